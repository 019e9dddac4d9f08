//! Taking a review out of the results with a reason, and back in.

use serde_json::json;

use super::{before_submission, writing};
use crate::competitions::model::Phase;
use crate::competitions::store as competitions;
use crate::panels::actions::ReasonRequest;
use crate::people::{Person, Role};
use crate::platform::audit::{self, Act};
use crate::platform::db::Writes;
use crate::platform::http::Input;
use crate::platform::ids::ReviewId;
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule};
use crate::proposals::store as proposals;
use crate::reviews::access::{self, Sight};
use crate::reviews::model::Review;
use crate::reviews::shown::ReviewView;
use crate::reviews::store;

/// Takes a submitted review out of every result and of the feedback. It is kept, and its author is
/// told.
///
/// # Errors
/// 404 when it is not there for the person, 403 for who is no officer, 409 when it is excluded
/// already or the stage is decided, 422 without a reason.
pub fn exclude(
    w: &mut Writes<'_>,
    who: &Person,
    id: ReviewId,
    input: &Input<ReasonRequest>,
) -> Result<ReviewView> {
    let review = before_officer(w, who, id)?;
    let reason = input.get()?.checked()?;
    demand_undecided(w, &review)?;
    if review.excluded.is_some() {
        return Err(Failure::rule(Rule::AlreadyThere, "It is excluded already."));
    }
    store::exclude(w, id, who.id, &reason)?;
    record(w, who, &review, "review.excluded")?;
    tell(w, &review, "review-excluded", &reason)?;
    writing::of_office(w, id)
}

/// Lets an excluded review count again.
///
/// # Errors
/// As [`exclude`]; 409 when it is not excluded.
pub fn include(
    w: &mut Writes<'_>,
    who: &Person,
    id: ReviewId,
    input: &Input<ReasonRequest>,
) -> Result<ReviewView> {
    let review = before_officer(w, who, id)?;
    let reason = input.get()?.checked()?;
    demand_undecided(w, &review)?;
    if review.excluded.is_none() {
        return Err(Failure::rule(Rule::WrongPhase, "It is not excluded."));
    }
    store::include(w, id)?;
    record(w, who, &review, "review.included")?;
    tell(w, &review, "review-included", &reason)?;
    writing::of_office(w, id)
}

/// A submitted review of somebody else, before an officer who reads reviews under their authors'
/// names.
fn before_officer(w: &mut Writes<'_>, who: &Person, id: ReviewId) -> Result<Review> {
    let review = store::review(w, id)?.or_not_found()?;
    let before = before_submission(w, who, review.submission_id)?;
    if access::sight(&before.facts) != Sight::Names || !review.is_submitted() {
        return Err(Failure::not_found());
    }
    if !who.is(Role::Officer, review.competition_id) || review.person_id == who.id {
        return Err(Failure::forbidden(
            "An officer takes another's review out of the results.",
        ));
    }
    Ok(review)
}

fn demand_undecided(w: &mut Writes<'_>, review: &Review) -> Result<()> {
    let stage = competitions::stage(w, review.stage_id)?.or_not_found()?;
    stage.require_phase(w.now(), &[Phase::Reviewing, Phase::Deciding])
}

fn tell(w: &mut Writes<'_>, review: &Review, kind: &'static str, reason: &str) -> Result<()> {
    let stage = competitions::stage(w, review.stage_id)?.or_not_found()?;
    let competition = competitions::competition(w, review.competition_id)?.or_not_found()?;
    let submission = proposals::submission(w, review.submission_id)?.or_not_found()?;
    let once: i64 = w.fresh_id();
    let letter = Letter {
        kind,
        to: Recipient::Person(review.person_id),
        dedupe_key: format!("{kind}:{}:{once}", review.id),
        cause: ("review", review.id.0),
        competition: Some(review.competition_id),
        coalition: Some(review.coalition_id),
        due_at: None,
        fields: json!({
            "competition": competition.title(),
            "stage": stage.name,
            "title": submission.title,
            "reason": reason,
        }),
    };
    outbox::enqueue(w, letter)?;
    Ok(())
}

fn record(w: &mut Writes<'_>, who: &Person, review: &Review, act: &str) -> Result<()> {
    let act = Act {
        actor: Some(who.id),
        act,
        object: ("review", review.id.0),
        competition: Some(review.competition_id),
        coalition: Some(review.coalition_id),
        detail: json!({"stage": review.stage_id}),
    };
    audit::record(w, act)
}
