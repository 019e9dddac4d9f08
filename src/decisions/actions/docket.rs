//! The docket: what approvers read, approve or send back before anything is announced.

use std::collections::{BTreeMap, HashMap, HashSet};

use askama::Template;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::notices;
use crate::coalitions::doors;
use crate::competitions::model::StageActKind;
use crate::competitions::store as competitions;
use crate::decisions::access::Right;
use crate::decisions::desk::{Desk, desk};
use crate::decisions::docket::{digest_of, is_approved, standing};
use crate::decisions::ledger::{Ledger, latest_of_each};
use crate::decisions::model::{Decision, Moment};
use crate::decisions::order;
use crate::decisions::shown::{DecisionView, NamedCoalition};
use crate::decisions::store::{self, DocketRow, DocketVerdict};
use crate::people::store as people;
use crate::people::{Person, Role};
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, HttpFile, Input};
use crate::platform::ids::{CoalitionId, DecisionId, PersonId, StageId};
use crate::platform::money::Money;
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::{Failure, FieldError, Result, Rule, refuse_if_any};
use crate::proposals::model::{Origin, Snapshot};
use crate::proposals::store as proposals;
use crate::reviews::rules::plain;

/// The decisions of a stage that wait for approval and announcement, to be printed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DocketView {
    /// The stage.
    pub stage_id: StageId,
    /// Its name.
    pub stage: String,
    /// Programme and edition.
    pub competition: String,
    /// Names the docket as it stands: a verdict repeats it.
    pub digest: String,
    /// What waits, by the coalition's name.
    pub cases: Vec<DocketCase>,
    /// The money of these cases.
    pub total: Money,
    /// What approvers said, earliest first.
    pub verdicts: Vec<VerdictView>,
    /// Whether the docket as it stands is approved.
    pub approved: bool,
}

/// A case on the docket.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DocketCase {
    /// Whose submission.
    pub coalition: NamedCoalition,
    /// Its rank among those that this reader sees; null without reviews.
    pub rank: Option<u32>,
    /// What the proposal asks for, from its capital stack.
    pub ask: Money,
    /// What was decided.
    pub decision: DecisionView,
}

/// What an approver said.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VerdictView {
    /// Approved, or sent back.
    pub verdict: DocketVerdict,
    /// The day of the meeting.
    pub meeting_date: String,
    /// The number of the resolution.
    pub resolution: String,
    /// Why it was sent back.
    pub reason: String,
    /// Who said it.
    pub decided_by: PersonId,
    /// When.
    pub decided_at: Instant,
    /// Whether it was said on the docket as it stands.
    pub current: bool,
    /// The cases that it was said on, as they stood then; those apart that are closed to the reader.
    pub cases: Vec<DocketCase>,
}

/// An approver's word.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "verdict": "approved", "digest": "9f86d081…", "meeting_date": "2026-06-01", "resolution": "2026-14"
}))]
pub struct VerdictInput {
    /// Approved, or sent back.
    pub verdict: DocketVerdict,
    /// The digest of the docket that was read.
    pub digest: String,
    /// The day of the meeting, like `2026-06-01`.
    pub meeting_date: String,
    /// The number of the resolution.
    pub resolution: String,
    /// Why it is sent back.
    #[serde(default)]
    pub reason: String,
}

/// The decisions of a desk that wait for an announcement, by coalition; not those whose
/// submission was withdrawn meanwhile.
pub fn pending(r: &mut Reads<'_>, desk: &Desk) -> Result<Vec<Decision>> {
    let mut waiting = latest_of_each(store::decisions_of_stage(r, desk.stage.id)?);
    waiting.retain(|d| d.is_pending() && desk.to_decide.contains(&d.coalition));
    Ok(waiting)
}

/// The docket of a stage as this person may see it.
pub fn show(r: &mut Reads<'_>, who: &Person, stage: StageId) -> Result<DocketView> {
    let desk = desk(r, who, stage, Right::ReadDocket)?;
    require_docket(&desk)?;
    view(r, &desk)
}

fn require_docket(desk: &Desk) -> Result<()> {
    if desk.stage.docket_approval {
        return Ok(());
    }
    Err(Failure::rule(
        Rule::WrongPhase,
        "This stage asks for no approval.",
    ))
}

/// The verdicts that count for the docket as it stands: none that a later change or a reopening
/// voided, and none on a case that is closed by now to who gave it.
///
/// # Errors
/// When the database fails.
pub fn counting_verdicts(
    r: &mut Reads<'_>,
    desk: &Desk,
    pending: &[Decision],
) -> Result<Vec<DocketRow>> {
    let coalition_of: HashMap<DecisionId, CoalitionId> =
        pending.iter().map(|d| (d.id, d.coalition)).collect();
    let mut verdicts = standing(store::verdicts_on(r, desk.stage.id)?, &desk.stage.acts);
    for row in &mut verdicts {
        let closed = doors::closed_to(r, row.decided_by)?;
        row.seen.retain(|id| {
            let coalition = coalition_of.get(id);
            coalition.is_none_or(|coalition| !closed.contains(coalition))
        });
    }
    Ok(verdicts)
}

fn view(r: &mut Reads<'_>, desk: &Desk) -> Result<DocketView> {
    let pending = pending(r, desk)?;
    let digest = digest_of(&pending);
    let verdicts = store::verdicts_on(r, desk.stage.id)?;
    let counting = counting_verdicts(r, desk, &pending)?;
    let current: HashSet<i64> = counting
        .iter()
        .filter(|row| row.digest == digest)
        .map(|row| row.id)
        .collect();
    let seen: Vec<&Decision> = pending.iter().filter(|d| desk.sees(d.coalition)).collect();
    let total = seen
        .iter()
        .fold(0_i64, |sum, d| sum.saturating_add(d.total()));
    Ok(DocketView {
        stage_id: desk.stage.id,
        stage: desk.stage.name.clone(),
        competition: desk.competition.title(),
        cases: cases(r, desk, &seen)?,
        total: Money::new(total, &desk.competition.currency),
        approved: is_approved(&counting, &digest, &pending),
        verdicts: verdicts
            .iter()
            .map(|row| shown(desk, row, current.contains(&row.id)))
            .collect::<Result<_>>()?,
        digest,
    })
}

/// Decisions with rank and ask, by the coalition's name.
fn cases(r: &mut Reads<'_>, desk: &Desk, seen: &[&Decision]) -> Result<Vec<DocketCase>> {
    let ledger = Ledger::of(r, desk.competition.id)?;
    let names = desk.coalitions(r)?;
    let currency = &desk.competition.currency;
    let ranks = order::standings(r, desk)?.ranking(|id| desk.sees(id));
    let asks: HashMap<CoalitionId, i64> = proposals::submissions_in_force(r, desk.stage.id)?
        .into_iter()
        .map(|submission| (submission.coalition_id, asked_in(&submission.snapshot)))
        .collect();
    let mut cases: Vec<DocketCase> = seen
        .iter()
        .filter_map(|decision| {
            let ask = asks.get(&decision.coalition).copied().unwrap_or(0);
            Some(DocketCase {
                coalition: NamedCoalition::from(names.get(&decision.coalition)?),
                rank: ranks.get(&decision.coalition).map(|place| place.rank),
                ask: Money::new(ask, currency),
                decision: DecisionView::of(decision, &ledger, currency),
            })
        })
        .collect();
    cases.sort_by(|a, b| {
        let key = |case: &DocketCase| (case.coalition.name.clone(), case.coalition.id);
        key(a).cmp(&key(b))
    });
    Ok(cases)
}

fn asked_in(snapshot: &Snapshot) -> i64 {
    snapshot
        .capital_stack
        .lines
        .iter()
        .filter(|line| line.origin == Some(Origin::Asked))
        .filter_map(|line| line.amount.as_ref())
        .fold(0_i64, |sum, amount| sum.saturating_add(amount.amount))
}

fn shown(desk: &Desk, row: &DocketRow, current: bool) -> Result<VerdictView> {
    let mut cases = Vec::new();
    for case in &row.cases {
        let case: DocketCase = serde_json::from_value(case.clone())?;
        if desk.sees(case.coalition.id) {
            cases.push(case);
        }
    }
    Ok(VerdictView {
        verdict: row.verdict,
        meeting_date: row.meeting_date.clone(),
        resolution: row.resolution.clone(),
        reason: row.reason.clone(),
        decided_by: row.decided_by,
        decided_at: row.decided_at,
        current,
        cases,
    })
}

/// The docket as a page to print.
#[derive(Template)]
#[template(path = "decisions/docket.html")]
struct Sheet {
    docket: DocketView,
}

/// The docket of a stage as this person may see it, to be printed: plain HTML without any script.
pub fn printed(r: &mut Reads<'_>, who: &Person, stage: StageId) -> Result<HttpFile> {
    let docket = show(r, who, stage)?;
    let bytes = Sheet { docket }.render().map_err(Failure::broken)?;
    Ok(HttpFile {
        name: format!("docket-{stage}.html"),
        media_type: "text/html; charset=utf-8".into(),
        bytes: bytes.into(),
    })
}

/// Lays the docket before the approvers: they are told of it, once for each docket as it stands.
pub fn lay(w: &mut Writes<'_>, who: &Person, stage: StageId) -> Result<DocketView> {
    let desk = desk(w, who, stage, Right::Decide)?;
    require_docket(&desk)?;
    require_open(&desk)?;
    let pending = pending(w, &desk)?;
    if pending.is_empty() {
        return Err(Failure::rule(Rule::NotReady, "The docket is empty."));
    }
    let decided: HashSet<CoalitionId> = store::decisions_of_stage(w, stage)?
        .iter()
        .map(|decision| decision.coalition)
        .collect();
    if desk.to_decide.iter().any(|id| !decided.contains(id)) {
        return Err(Failure::rule(
            Rule::NotReady,
            "Some submissions have no decision yet.",
        ));
    }
    let digest = digest_of(&pending);
    notices::docket_laid(w, &desk.competition, &desk.stage, &digest)?;
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act: "docket.laid",
            object: ("stage", stage.0),
            competition: Some(desk.competition.id),
            coalition: None,
            detail: json!({"digest": digest}),
        },
    )?;
    view(w, &desk)
}

/// Approves the docket, or sends it back.
pub fn rule(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    input: &Input<VerdictInput>,
) -> Result<Created<DocketView>> {
    let desk = desk(w, who, stage, Right::RuleOnDocket)?;
    require_docket(&desk)?;
    require_open(&desk)?;
    let pending = pending(w, &desk)?;
    let seen: Vec<&Decision> = pending.iter().filter(|d| desk.sees(d.coalition)).collect();
    let input = input.get()?;
    refuse_if_any(wrong(&input))?;
    if input.digest != digest_of(&pending) {
        return Err(Failure::rule(
            Rule::PreviewOutdated,
            "The docket changed since it was read: read it again.",
        ));
    }
    if seen.is_empty() {
        return Err(Failure::rule(Rule::NotReady, "The docket is empty."));
    }
    if seen.iter().any(|decision| decision.recorded_by == who.id) {
        return Err(Failure::forbidden(
            "Nobody rules on what they recorded themselves.",
        ));
    }
    let row = DocketRow {
        id: w.fresh_id(),
        digest: input.digest,
        seen: seen.iter().map(|decision| decision.id).collect(),
        verdict: input.verdict,
        meeting_date: input.meeting_date,
        resolution: plain(&input.resolution).trim().to_owned(),
        reason: plain(&input.reason).trim().to_owned(),
        decided_by: who.id,
        decided_at: w.now(),
        after_acts: desk.stage.acts.len(),
        cases: cases(w, &desk, &seen)?
            .iter()
            .map(serde_json::to_value)
            .collect::<std::result::Result<_, _>>()?,
    };
    store::insert_verdict(w, stage, &row)?;
    record_on_stage(w, who, &desk, &row, &pending)?;
    tell_officers(w, &desk, &row)?;
    let view = view(w, &desk)?;
    Ok(Created::at(format!("/api/v1/stages/{stage}/docket"), view))
}

fn require_open(desk: &Desk) -> Result<()> {
    match desk.moment {
        Moment::Confirmed => Err(Failure::rule(
            Rule::WrongPhase,
            "The announcement is confirmed: nothing waits for approval.",
        )),
        _ => desk.require_changeable(),
    }
}

fn wrong(input: &VerdictInput) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if input.meeting_date.parse::<jiff::civil::Date>().is_err() {
        let detail = "The day of the meeting, like 2026-06-01.";
        errors.push(FieldError::at("/meeting_date", detail));
    }
    if input.resolution.trim().is_empty() || input.resolution.chars().count() > 200 {
        let detail = "The number of the resolution, up to 200 characters.";
        errors.push(FieldError::at("/resolution", detail));
    }
    if input.verdict == DocketVerdict::SentBack && input.reason.trim().is_empty() {
        errors.push(FieldError::at(
            "/reason",
            "Say what should be decided anew.",
        ));
    }
    if input.reason.chars().count() > 5_000 {
        errors.push(FieldError::at("/reason", "At most 5000 characters."));
    }
    errors
}

fn record_on_stage(
    w: &mut Writes<'_>,
    who: &Person,
    desk: &Desk,
    row: &DocketRow,
    pending: &[Decision],
) -> Result<()> {
    let (stage, was) = (desk.stage.id, desk.stage.docket_is_approved());
    let verdicts = counting_verdicts(w, desk, pending)?;
    let is = is_approved(&verdicts, &row.digest, pending);
    if is && !was {
        let kind = StageActKind::DocketApproved;
        competitions::record_act(w, stage, kind, who.id, &row.resolution)?;
    }
    if was && !is {
        let kind = StageActKind::DocketVoided;
        competitions::record_act(w, stage, kind, who.id, &row.reason)?;
        let event = desk.stage.acts.len();
        notices::docket_voided(w, &desk.competition, &desk.stage, event)?;
    }
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act: match row.verdict {
                DocketVerdict::Approved => "docket.approved",
                DocketVerdict::SentBack => "docket.sent_back",
            },
            object: ("stage", stage.0),
            competition: Some(desk.competition.id),
            coalition: None,
            detail: json!({"digest": row.digest, "decisions": row.seen}),
        },
    )
}

fn tell_officers(w: &mut Writes<'_>, desk: &Desk, row: &DocketRow) -> Result<()> {
    for officer in people::holders(w, desk.competition.id, Role::Officer)? {
        let kind = match row.verdict {
            DocketVerdict::Approved => "docket-approved",
            DocketVerdict::SentBack => "docket-sent-back",
        };
        let mut fields = BTreeMap::from([
            ("competition", desk.competition.title()),
            ("stage", desk.stage.name.clone()),
            ("meeting_date", row.meeting_date.clone()),
            ("resolution", row.resolution.clone()),
        ]);
        if row.verdict == DocketVerdict::SentBack {
            // The words may name a case that is closed to one officer or another.
            fields.remove("resolution");
        }
        outbox::enqueue(
            w,
            Letter {
                kind,
                to: Recipient::Person(officer),
                dedupe_key: format!("{kind}:{}:{officer}", row.id),
                cause: ("docket", row.id),
                competition: Some(desk.competition.id),
                coalition: None,
                due_at: None,
                fields: json!(fields),
            },
        )?;
    }
    Ok(())
}
