//! What a reviewer wrote before others' reviews came in sight, and what after.

use super::store;
use crate::panels::model::Assignment;
use crate::people::Person;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::ReviewId;
use crate::platform::refusal::Result;
use crate::reviews::model::{Independent, Review};

/// Whether what is put in force now comes after others' reviews were in sight of its author: of
/// this review, by office before the assignment put their own first, or of an earlier review of
/// theirs on the same submission, whose independent marks are kept then.
pub(super) fn comes_after_others(
    w: &mut Writes<'_>,
    who: &Person,
    assignment: &Assignment,
    review: &mut Review,
) -> Result<bool> {
    if review.independent.is_some() {
        return Ok(true);
    }
    if let Some(earlier) = from_earlier_review(w, review)? {
        review.independent = Some(earlier);
        return Ok(true);
    }
    read_others_in_office(w, who, assignment, review)
}

/// The independent marks of the author's first review on this submission that was submitted under
/// another assignment, since ended.
fn from_earlier_review(r: &mut Reads<'_>, review: &Review) -> Result<Option<Independent>> {
    let mut earlier = store::reviews_by(r, review.stage_id, review.coalition_id, review.person_id)?;
    earlier.retain(|other| other.id != review.id && other.is_submitted());
    let known = earlier.iter().find_map(|other| other.independent.clone());
    Ok(known.or_else(|| {
        earlier.first().map(|first| Independent {
            scores: first.text.scores.clone(),
            total: first.total,
            at: first.submitted_at.unwrap_or(first.updated_at),
        })
    }))
}

/// Whether the author could read others' reviews by office before the assignment put their own
/// first.
fn read_others_in_office(
    r: &mut Reads<'_>,
    who: &Person,
    assignment: &Assignment,
    review: &Review,
) -> Result<bool> {
    if !who.works_for(review.competition_id) {
        return Ok(false);
    }
    let reviews = store::submitted_reviews_of(r, review.stage_id, review.coalition_id)?;
    Ok(reviews.iter().any(|other| {
        other.id != review.id
            && other
                .submitted_at
                .is_some_and(|at| at < assignment.assigned_at)
    }))
}

/// A review in force and the others of its submission become visible to each other's authors: what
/// each says now is kept as its independent version, unless one is kept already.
pub(super) fn open_to_each_other(w: &mut Writes<'_>, review: &mut Review) -> Result<Vec<ReviewId>> {
    let now = w.now();
    let mut others = store::submitted_reviews_of(w, review.stage_id, review.coalition_id)?;
    others.retain(|other| other.id != review.id);
    if !others.is_empty() {
        review.freeze_independent(now);
    }
    let mut opened = Vec::new();
    for other in others.iter_mut().filter(|o| o.independent.is_none()) {
        other.freeze_independent(now);
        store::update(w, other)?;
        opened.push(other.id);
    }
    Ok(opened)
}

/// The review of an assignment that stands again is in sight of the others', and they of its.
///
/// # Errors
/// When the database fails.
pub fn counts_again(w: &mut Writes<'_>, assignment: &Assignment) -> Result<()> {
    let review = store::review_on(w, assignment.id)?;
    if let Some(mut review) = review.filter(Review::is_submitted) {
        open_to_each_other(w, &mut review)?;
        store::update(w, &review)?;
    }
    Ok(())
}
