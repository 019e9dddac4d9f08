//! What follows an announcement: corrections, promotions from the waitlist, and public summaries.
//! A follow-up is a decision of its own: it waits for its own approval and announcement, and
//! changes nothing for anyone until that is due.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::record::{self, new_decision, terms, trace, void_docket};
use super::spending::within_budget;
use crate::decisions::access::Right;
use crate::decisions::desk::{Desk, desk, desk_behind};
use crate::decisions::ledger::Ledger;
use crate::decisions::model::{Decision, Origin, Outcome};
use crate::decisions::rules::{self, TEXT_AT_MOST};
use crate::decisions::shown::{CaseView, DecisionInput};
use crate::decisions::store;
use crate::people::Person;
use crate::platform::counting::characters;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, IfMatch, Input};
use crate::platform::ids::{CoalitionId, DecisionId, StageId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule};
use crate::reviews::rules::plain;

/// A waitlisted submission that moves up.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    /// Whose submission.
    pub coalition: CoalitionId,
    /// The new decision: an award, or an advance to the next stage.
    pub decision: DecisionInput,
}

/// A public summary, approved as it stands or not.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SummaryInput {
    /// What the public reads; plain text.
    pub summary: String,
    /// Whether an officer stands by these words.
    pub approved: bool,
}

/// Records a promotion from the waitlist, within the freed budget.
pub fn promote(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    input: &Input<Promotion>,
) -> Result<Created<CaseView>> {
    let desk = desk(w, who, stage, Right::Decide)?;
    desk.require_told()?;
    let Promotion {
        coalition,
        decision,
    } = input.get()?;
    if desk.coalition(w, coalition).is_err() {
        return Err(Failure::invalid(
            "/coalition",
            "There is no such coalition.",
        ));
    }
    let current = told(&desk, desk.latest_on(w, coalition)?)?;
    if current.content.outcome != Outcome::Waitlist {
        return Err(Failure::rule(
            Rule::WrongPhase,
            "Only a waitlisted submission can be promoted; others are corrected.",
        ));
    }
    follow(
        w,
        who,
        &desk,
        &current,
        Origin::Promotion,
        decision,
        "/decision",
    )
}

/// Records the correction of a decision that was told.
pub fn correct(
    w: &mut Writes<'_>,
    who: &Person,
    id: DecisionId,
    input: &Input<DecisionInput>,
) -> Result<Created<CaseView>> {
    let (desk, decision) = of_decision(w, who, id)?;
    desk.require_told()?;
    let latest = desk.latest_on(w, decision.coalition)?;
    let current = told(&desk, latest)?;
    if current.id != id {
        return Err(Failure::rule(
            Rule::WrongPhase,
            "Another decision took the place of this one: correct that one.",
        ));
    }
    follow(
        w,
        who,
        &desk,
        &current,
        Origin::Correction,
        input.get()?,
        "",
    )
}

/// A decision, with the desk of its stage, for who decides there.
fn of_decision(r: &mut Reads<'_>, who: &Person, id: DecisionId) -> Result<(Desk, Decision)> {
    let decision = store::decision(r, id)?.or_not_found()?;
    let desk = desk_behind(r, who, decision.stage, Right::Decide)?;
    if !desk.sees(decision.coalition) {
        return Err(Failure::not_found());
    }
    Ok((desk, decision))
}

fn told(desk: &Desk, current: Option<Decision>) -> Result<Decision> {
    match current {
        Some(decision) if decision.is_told(desk.now) => Ok(decision),
        Some(_) => Err(Failure::rule(
            Rule::AlreadyThere,
            "A change of this decision is recorded and not told yet: change that one.",
        )),
        None => Err(Failure::rule(
            Rule::NotReady,
            "Nothing was decided on this submission.",
        )),
    }
}

fn follow(
    w: &mut Writes<'_>,
    who: &Person,
    desk: &Desk,
    earlier: &Decision,
    origin: Origin,
    input: DecisionInput,
    at: &str,
) -> Result<Created<CaseView>> {
    if !desk.to_decide.contains(&earlier.coalition) {
        return Err(Failure::rule(
            Rule::NotReady,
            "The submission was withdrawn.",
        ));
    }
    let terms = terms(w, desk, origin)?;
    let (mut content, errors) = rules::content(input, &terms, at);
    crate::platform::refusal::refuse_if_any(errors)?;
    let ledger = Ledger::of(w, desk.competition.id)?;
    within_budget(desk, &ledger, earlier.coalition, &content)?;
    // The public summary stands, approval and all, unless other words are sent.
    if content.public_summary.is_empty() {
        content
            .public_summary
            .clone_from(&earlier.content.public_summary);
    }
    let same_summary = content.public_summary == earlier.content.public_summary;
    // An approval that was announced by now is not concerned by what comes after it.
    let others_wait = !super::docket::pending(w, desk)?.is_empty();
    let mut decision = new_decision(w, who, desk, earlier.coalition, origin, content);
    decision.summary_approved_by = earlier.summary_approved_by.filter(|_| same_summary);
    store::insert_decision(w, &decision)?;
    store::supersede(w, earlier.id, decision.id)?;
    trace(w, who, &decision, "decision.recorded")?;
    if others_wait {
        void_docket(w, who, desk)?;
    }
    let (stage, coalition) = (desk.stage.id, earlier.coalition);
    Ok(Created::at(
        format!("/api/v1/stages/{stage}/decisions/{coalition}"),
        record::case(w, desk, coalition)?,
    ))
}

/// The public summary of a decision.
pub fn summary(r: &mut Reads<'_>, who: &Person, id: DecisionId) -> Result<SummaryInput> {
    let (_, decision) = of_decision(r, who, id)?;
    Ok(shown(&decision))
}

fn shown(decision: &Decision) -> SummaryInput {
    SummaryInput {
        summary: decision.content.public_summary.clone(),
        approved: decision.summary_approved_by.is_some(),
    }
}

/// Writes the public summary, approved as it stands or not; at any time, also once told.
pub fn write_summary(
    w: &mut Writes<'_>,
    who: &Person,
    id: DecisionId,
    if_match: &IfMatch,
    input: &Input<SummaryInput>,
) -> Result<SummaryInput> {
    let (_, decision) = of_decision(w, who, id)?;
    if_match.check(&shown(&decision))?;
    let SummaryInput { summary, approved } = input.get()?;
    let summary = plain(&summary).trim().to_owned();
    if characters(&summary) > TEXT_AT_MOST {
        let detail = format!("At most {TEXT_AT_MOST} characters.");
        return Err(Failure::invalid("/summary", detail));
    }
    if approved && summary.is_empty() {
        return Err(Failure::invalid(
            "/summary",
            "Write what is to be approved.",
        ));
    }
    store::approve_summary(w, id, &summary, approved.then_some(who.id))?;
    let decision = store::decision(w, id)?.or_not_found()?;
    trace(w, who, &decision, "decision.summary_written")?;
    Ok(shown(&decision))
}
