//! Jurors rewording what an officer sent back.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::releases::{narrative, release_of, settle};
use crate::coalitions::doors;
use crate::competitions::model::Phase;
use crate::competitions::store as competitions;
use crate::decisions::feedback::{Release, ReleaseState};
use crate::decisions::rules::TEXT_AT_MOST;
use crate::decisions::store;
use crate::people::Person;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{IfMatch, Input};
use crate::platform::ids::ReviewId;
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule};
use crate::reviews::model::Review;
use crate::reviews::rules::plain;

/// New words of a juror who was asked for them.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RewordingInput {
    /// The new words.
    pub text: String,
}

/// What a juror is asked to reword.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RewordingView {
    /// The review.
    pub review_id: ReviewId,
    /// The criterion's key.
    pub criterion: String,
    /// The words as they were written.
    pub narrative: String,
    /// The officer's request, until it is answered.
    pub request: Option<String>,
    /// The new words, once given.
    pub reworded: Option<String>,
}

/// A narrative of the caller's own review that an officer asked to reword.
fn own(
    r: &mut Reads<'_>,
    who: &Person,
    id: ReviewId,
    criterion: &str,
) -> Result<(Review, String, Release)> {
    let (stage, coalition) = store::review(r, id)?.or_not_found()?;
    let (review, words) = narrative(r, stage, coalition, id, criterion)?;
    let shut_out = doors::is_closed(r, who.id, coalition)?;
    if review.person_id != who.id || shut_out {
        return Err(Failure::not_found());
    }
    let release = release_of(r, stage, coalition, id, criterion)?
        .filter(|release| {
            matches!(
                release.state,
                ReleaseState::ToReword | ReleaseState::Reworded
            )
        })
        .or_not_found()?;
    Ok((review, words, release))
}

fn rewording(criterion: &str, words: String, release: &Release) -> RewordingView {
    let asked = release.state == ReleaseState::ToReword;
    RewordingView {
        review_id: release.review,
        criterion: criterion.to_owned(),
        narrative: words,
        request: asked.then(|| release.body.clone()),
        reworded: (!asked).then(|| release.body.clone()),
    }
}

/// What the caller, a juror, is asked to reword.
pub fn show_rewording(
    r: &mut Reads<'_>,
    who: &Person,
    id: ReviewId,
    criterion: &str,
) -> Result<RewordingView> {
    let (_, words, release) = own(r, who, id, criterion)?;
    Ok(rewording(criterion, words, &release))
}

/// Gives the new words; the old ones are kept beside them. An officer releases them then.
pub fn reword(
    w: &mut Writes<'_>,
    who: &Person,
    id: ReviewId,
    criterion: &str,
    if_match: &IfMatch,
    input: &Input<RewordingInput>,
) -> Result<RewordingView> {
    let (review, words, release) = own(w, who, id, criterion)?;
    if_match.check(&rewording(criterion, words.clone(), &release))?;
    let now = w.now();
    let stage = competitions::stage(w, review.stage_id)?.or_not_found()?;
    if stage.phase(now) >= Phase::Told || stage.told_at.is_some() {
        return Err(Failure::rule(
            Rule::WrongPhase,
            "The announcement is confirmed: the text can't change any more.",
        ));
    }
    let text = plain(&input.get()?.text).trim().to_owned();
    if text.is_empty() || text.chars().count() > TEXT_AT_MOST {
        let detail = format!("Between 1 and {TEXT_AT_MOST} characters.");
        return Err(Failure::invalid("/text", detail));
    }
    settle(
        w,
        who,
        &review,
        criterion,
        &words,
        (ReleaseState::Reworded, text),
    )?;
    show_rewording(w, who, id, criterion)
}
