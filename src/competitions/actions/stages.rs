//! Setting up and changing stages.

use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::{Given, mine_to_change, require_change, seen, seen_stage, set};
use crate::competitions::access::Rights;
use crate::competitions::model::{
    Form, OrderBy, Phase, Rubric, Stage, StageActKind, StageKind, TieRule, builtin,
};
use crate::competitions::store;
use crate::competitions::views::StageView;
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::digest::sha256_hex;
use crate::platform::http::{Asked, Created, IfMatch, Input, Page, PageAsked};
use crate::platform::ids::{CompetitionId, StageId};
use crate::platform::refusal::{Failure, Result, Rule, refuse_if_any};

/// Which page of a short list.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Items on a page, 1 to 200; 50 unless given.
    pub(super) limit: Option<u32>,
    /// Where the page before ended.
    pub(super) cursor: Option<String>,
}

impl PageQuery {
    /// Which page it asks for.
    pub(super) fn page(asked: &Asked<Self>) -> Result<PageAsked> {
        let query = asked.get()?;
        PageAsked::new(query.limit, query.cursor.as_deref())
    }
}

/// A stage to set up, or what changes of one; what is not given keeps its default or stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StageSettings {
    /// Its name for people; needed in a new stage.
    #[schema(example = "Full proposal")]
    name: Option<String>,
    /// What it is; needed in a new stage.
    kind: Option<StageKind>,
    /// What is asked; null: nothing, the last submission is carried on. A new stage begins with
    /// the built-in form of its kind.
    #[serde(default)]
    #[schema(value_type = Option<Form>)]
    form: Given<Form>,
    /// What is judged by; null: nothing. A new stage begins with the four questions.
    #[serde(default)]
    #[schema(value_type = Option<Rubric>)]
    rubric: Given<Rubric>,
    /// When proposals can be written.
    #[serde(default)]
    #[schema(value_type = Option<Instant>)]
    opens_at: Given<Instant>,
    /// The last moment to submit on time. Once the stage is open it moves to a later time only,
    /// for all, with a reason.
    #[serde(default)]
    #[schema(value_type = Option<Instant>)]
    deadline: Given<Instant>,
    /// How long after the deadline a submission is still taken; 300 in a new stage.
    grace_seconds: Option<i32>,
    /// Whether submissions stay unread until nothing more can arrive; true in a new stage.
    sealed: Option<bool>,
    /// Whether officers screen; true in a new stage.
    has_screening: Option<bool>,
    /// Whether a panel reviews; true in a new stage.
    has_review: Option<bool>,
    /// How many reviews each submission should have; 3 in a new stage.
    reviews_per_submission: Option<i32>,
    /// When reviews should be in.
    #[serde(default)]
    #[schema(value_type = Option<Instant>)]
    review_deadline: Given<Instant>,
    /// Whether the panel has a discussion; true in a new stage.
    discussion: Option<bool>,
    /// Whether the signatory must confirm a version before it can be submitted.
    signatory_confirmation: Option<bool>,
    /// Whether decisions need an approved docket before they can be announced.
    docket_approval: Option<bool>,
    /// How many hours before a deadline reminders go out; 168 and 24 in a new stage.
    reminder_hours: Option<Vec<i32>>,
    /// Which value orders the results; the raw mean in a new stage. Fixed once reviews open.
    order_by: Option<OrderBy>,
    /// What decides ties; the shared rank in a new stage. Fixed once reviews open.
    tie_rule: Option<TieRule>,
    /// Why the deadline of an open stage moves.
    reason: Option<String>,
}

impl StageSettings {
    fn apply(self, stage: &mut Stage) {
        set(
            &mut stage.name,
            self.name.map(|name| name.trim().to_owned()),
        );
        set(&mut stage.kind, self.kind);
        self.form.put_into(&mut stage.form);
        self.rubric.put_into(&mut stage.rubric);
        self.opens_at.put_into(&mut stage.opens_at);
        self.deadline.put_into(&mut stage.deadline);
        set(&mut stage.grace_seconds, self.grace_seconds);
        set(&mut stage.sealed, self.sealed);
        set(&mut stage.has_screening, self.has_screening);
        set(&mut stage.has_review, self.has_review);
        set(
            &mut stage.reviews_per_submission,
            self.reviews_per_submission,
        );
        self.review_deadline.put_into(&mut stage.review_deadline);
        set(&mut stage.discussion, self.discussion);
        set(
            &mut stage.signatory_confirmation,
            self.signatory_confirmation,
        );
        set(&mut stage.docket_approval, self.docket_approval);
        set(&mut stage.reminder_hours, self.reminder_hours);
        set(&mut stage.order_by, self.order_by);
        set(&mut stage.tie_rule, self.tie_rule);
    }
}

/// A stage with the safe defaults: sealed, screened, reviewed, five minutes of grace.
fn fresh(w: &Writes<'_>, competition: CompetitionId, position: i32, kind: StageKind) -> Stage {
    let form = match kind {
        StageKind::ExpressionOfInterest => Some(builtin::form("expression_of_interest").clone()),
        StageKind::Design | StageKind::FullProposal => Some(builtin::form("full_proposal").clone()),
        StageKind::Interview | StageKind::SiteVisit => None,
    };
    Stage {
        id: w.fresh_id(),
        competition_id: competition,
        position,
        name: String::new(),
        kind,
        form,
        rubric: Some(builtin::four_questions().clone()),
        opens_at: None,
        deadline: None,
        grace_seconds: 300,
        sealed: true,
        has_screening: true,
        has_review: true,
        reviews_per_submission: 3,
        review_deadline: None,
        discussion: true,
        signatory_confirmation: false,
        docket_approval: false,
        reminder_hours: vec![168, 24],
        order_by: OrderBy::RawMean,
        tie_rule: TieRule::SharedRank,
        texts_changed_at: None,
        created_at: w.now(),
        version: 1,
        published_at: None,
        acts: Vec::new(),
        told_at: None,
        public_at: None,
    }
}

/// The stages of a competition, in their order.
pub fn list(
    r: &mut Reads<'_>,
    who: Option<&Person>,
    id: CompetitionId,
    asked: &Asked<PageQuery>,
) -> Result<Page<StageView>> {
    let (_, rights) = seen(r, who, id)?;
    let page = PageQuery::page(asked)?;
    let now = r.now();
    let stages = store::stages_of(r, id)?;
    let stages = Page::of_all(stages, &page, |s| (s.position.to_string(), s.id.0));
    Ok(stages.map(|stage| StageView::of(stage, rights, now)))
}

/// One stage.
pub fn show(r: &mut Reads<'_>, who: Option<&Person>, id: StageId) -> Result<StageView> {
    let (stage, rights) = seen_stage(r, who, id)?;
    Ok(StageView::of(stage, rights, r.now()))
}

/// Adds a stage after the last one.
pub fn create(
    w: &mut Writes<'_>,
    who: &Person,
    id: CompetitionId,
    input: &Input<StageSettings>,
) -> Result<Created<StageView>> {
    let (competition, rights) = seen(w, Some(who), id)?;
    require_change(rights)?;
    let settings = input.get()?;
    let last = store::stages_of(w, id)?.last().map_or(0, |s| s.position);
    let Some(kind) = settings.kind else {
        return Err(Failure::invalid("/kind", "Say what the stage is."));
    };
    let mut stage = fresh(w, id, last + 1, kind);
    settings.apply(&mut stage);
    stage.published_at = competition.published_at;
    if !stage.has_review && stage.rubric.as_ref() == Some(builtin::four_questions()) {
        stage.rubric = None;
    }
    refuse_if_any(stage.errors())?;
    store::insert_stage(w, &stage)?;
    record(
        w,
        who,
        "stage.created",
        &stage,
        json!({ "position": stage.position }),
    )?;
    let location = format!("/api/v1/stages/{}", stage.id);
    let now = w.now();
    Ok(Created::at(location, StageView::of(stage, rights, now)))
}

/// Changes a stage, as far as its phase still allows.
pub fn change(
    w: &mut Writes<'_>,
    who: &Person,
    id: StageId,
    if_match: &IfMatch,
    input: &Input<StageSettings>,
) -> Result<StageView> {
    let (old, rights) = seen_stage(w, Some(who), id)?;
    require_change(rights)?;
    let now = w.now();
    if_match.check(&StageView::of(old.clone(), rights, now))?;
    let settings = input.get()?;
    let reason = settings.reason.clone().unwrap_or_default();
    let mut new = old.clone();
    settings.apply(&mut new);
    refuse_if_any(new.errors())?;
    refuse_what_is_fixed(&old, &new, now)?;
    let differences = old.differences(&new);
    if differences.is_empty() {
        return Ok(StageView::of(old, rights, now));
    }
    let open = old.phase(now) >= Phase::Open;
    if open && differences.contains(&"deadline") {
        extend(w, who, &old, &reason)?;
    }
    if open
        && differences
            .iter()
            .any(|d| ["name", "form", "rubric"].contains(d))
    {
        new.texts_changed_at = Some(now);
    }
    store::update_stage(w, &new)?;
    let trace = json!({
        "changed": differences,
        "after_opening": open,
        "form": digest(new.form.as_ref())?,
        "rubric": digest(new.rubric.as_ref())?,
    });
    record(w, who, "stage.changed", &new, trace)?;
    show(w, Some(who), id)
}

fn refuse_what_is_fixed(old: &Stage, new: &Stage, now: Instant) -> Result<()> {
    let refused = old.changes_refused(new, now);
    if refused.is_empty() {
        return Ok(());
    }
    let each: Vec<String> = refused
        .into_iter()
        .map(|error| format!("{}: {}", error.pointer, error.detail))
        .collect();
    Err(Failure::rule(Rule::WrongPhase, each.join("\n")))
}

fn extend(w: &mut Writes<'_>, who: &Person, stage: &Stage, reason: &str) -> Result<()> {
    require_reason(reason)?;
    store::record_act(
        w,
        stage.id,
        StageActKind::DeadlineExtended,
        who.id,
        reason.trim(),
    )
}

/// Refuses a blank reason where one is needed.
pub(super) fn require_reason(reason: &str) -> Result<()> {
    let length = reason.trim().chars().count();
    if (1..=2000).contains(&length) {
        return Ok(());
    }
    Err(Failure::invalid(
        "/reason",
        "Say why, in 1 to 2000 characters.",
    ))
}

fn digest<T: serde::Serialize>(document: Option<&T>) -> Result<Option<String>> {
    Ok(match document {
        Some(document) => Some(sha256_hex(serde_json::to_string(document)?)),
        None => None,
    })
}

pub(super) fn record(
    w: &mut Writes<'_>,
    who: &Person,
    act: &str,
    stage: &Stage,
    detail: serde_json::Value,
) -> Result<()> {
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act,
            object: ("stage", stage.id.0),
            competition: Some(stage.competition_id),
            coalition: None,
            detail,
        },
    )
}

/// Removes the last stage, as long as it is a draft that nothing hangs on.
pub fn remove(w: &mut Writes<'_>, who: &Person, id: StageId) -> Result<()> {
    let (stage, rights) = seen_stage(w, Some(who), id)?;
    require_change(rights)?;
    mine_to_change(w, who, stage.competition_id)?;
    let last = store::stages_of(w, stage.competition_id)?.pop();
    if last.is_none_or(|last| last.id != id) {
        return Err(Failure::rule(
            Rule::WrongPhase,
            "Only the last stage can be removed.",
        ));
    }
    stage.require_phase(w.now(), &[Phase::Draft, Phase::Scheduled])?;
    if store::has_panel(w, id)? {
        return Err(Failure::rule(
            Rule::WrongPhase,
            "The stage has a panel already.",
        ));
    }
    store::delete_stage(w, id)?;
    record(
        w,
        who,
        "stage.removed",
        &stage,
        json!({ "position": stage.position }),
    )
}

/// Gives a new competition the stages of an earlier one, without dates and acts. Drafts of
/// forms are copied only by who may read them.
pub(super) fn copy_all(
    w: &mut Writes<'_>,
    who: &Person,
    from: CompetitionId,
    rights: Rights,
    to: CompetitionId,
) -> Result<()> {
    let now = w.now();
    for earlier in store::stages_of(w, from)? {
        if !rights.read_staff_part && earlier.phase(now) == Phase::Draft {
            continue;
        }
        let stage = Stage {
            opens_at: None,
            deadline: None,
            review_deadline: None,
            texts_changed_at: None,
            ..earlier
        };
        let stage = Stage {
            id: w.fresh_id(),
            competition_id: to,
            created_at: now,
            version: 1,
            ..stage
        };
        store::insert_stage(w, &stage)?;
        record(
            w,
            who,
            "stage.created",
            &stage,
            json!({ "position": stage.position }),
        )?;
    }
    Ok(())
}
