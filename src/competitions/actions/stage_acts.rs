//! The acts that move a stage on: screening done, reviews closed, reviews reopened.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::stages::{record, require_reason, show};
use super::{require_change, seen_stage};
use crate::competitions::model::{Phase, Stage, StageActKind};
use crate::competitions::store;
use crate::competitions::views::StageView;
use crate::people::Person;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::Input;
use crate::platform::ids::{CoalitionId, StageId};
use crate::platform::refusal::{Failure, Result, Rule};

/// Why something is done.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// In plain text, for the officers who come later.
    #[schema(example = "Two reviewers were ill and hand in next week.")]
    reason: String,
}

fn mine(w: &mut Writes<'_>, who: &Person, id: StageId) -> Result<Stage> {
    let (stage, rights) = seen_stage(w, Some(who), id)?;
    require_change(rights)?;
    Ok(stage)
}

fn act(
    w: &mut Writes<'_>,
    who: &Person,
    stage: &Stage,
    kind: StageActKind,
    reason: &str,
) -> Result<StageView> {
    store::record_act(w, stage.id, kind, who.id, reason.trim())?;
    record(w, who, &format!("stage.{kind}"), stage, json!({}))?;
    show(w, Some(who), stage.id)
}

/// What is still to be screened, in words for whoever wants to end screening. Submissions are
/// known to modules on the right only, so the caller brings the words.
pub type StillToScreen<'a> = &'a dyn Fn(&mut Reads<'_>, &Stage) -> Result<String>;

/// Screening is done: reviews open. Every submission must have been screened, and who speaks for
/// the places of the eligible ones must have been decided, so that one place is judged once.
pub fn complete_screening(
    w: &mut Writes<'_>,
    who: &Person,
    id: StageId,
    still_to_screen: StillToScreen<'_>,
) -> Result<StageView> {
    let stage = mine(w, who, id)?;
    stage.require_phase(w.now(), &[Phase::Screening])?;
    let coming = still_to_come(w, &stage)?;
    if !stage.has_review {
        demand_nothing_to_come(&coming)?;
    }
    if store::unscreened(w, id, &coming)? {
        let words = still_to_screen(w, &stage)?;
        return Err(Failure::rule(Rule::NotReady, words));
    }
    if store::eligible_with_open_claim(w, id)? {
        return Err(Failure::rule(
            Rule::NotReady,
            "A coalition whose submission is eligible waits for a decision on its claim to a place.",
        ));
    }
    act(w, who, &stage, StageActKind::ScreeningDone, "")
}

/// The coalitions that may still hand in because they have more time.
fn still_to_come(r: &mut Reads<'_>, stage: &Stage) -> Result<Vec<CoalitionId>> {
    let now = r.now();
    let waived = store::waived_at(r, stage.id)?.into_iter();
    let coming = waived.filter(|(_, until)| {
        let own = stage.clone().with_more_time(Some(*until));
        own.submissions_end().is_some_and(|end| now <= end)
    });
    Ok(coming.map(|(coalition, _)| coalition).collect())
}

fn demand_nothing_to_come(coming: &[CoalitionId]) -> Result<()> {
    if coming.is_empty() {
        return Ok(());
    }
    Err(Failure::rule(
        Rule::NotReady,
        "A coalition has more time and may still hand in: wait for it, or call its waiver back.",
    ))
}

/// Reviews are closed: nothing more can be submitted or revised.
pub fn close_reviews(w: &mut Writes<'_>, who: &Person, id: StageId) -> Result<StageView> {
    let stage = mine(w, who, id)?;
    stage.require_phase(w.now(), &[Phase::Reviewing])?;
    demand_nothing_to_come(&still_to_come(w, &stage)?)?;
    if stage.has_screening && store::unscreened(w, id, &[])? {
        let words = "A submission that came after screening was done is not screened yet.";
        return Err(Failure::rule(Rule::NotReady, words));
    }
    act(w, who, &stage, StageActKind::ReviewsClosed, "")
}

/// Closed reviews open again, with a reason; an approved docket is void.
pub fn reopen_reviews(
    w: &mut Writes<'_>,
    who: &Person,
    id: StageId,
    input: &Input<Reason>,
) -> Result<StageView> {
    let stage = mine(w, who, id)?;
    let reason = input.get()?.reason;
    require_reason(&reason)?;
    stage.require_phase(w.now(), &[Phase::Deciding, Phase::Decided])?;
    if !stage.has_review {
        return Err(Failure::rule(
            Rule::WrongPhase,
            "This stage has no reviews.",
        ));
    }
    if stage.told_at.is_some() {
        return Err(Failure::rule(
            Rule::WrongPhase,
            "An announcement is confirmed: call it back first.",
        ));
    }
    act(w, who, &stage, StageActKind::ReviewsReopened, &reason)
}
