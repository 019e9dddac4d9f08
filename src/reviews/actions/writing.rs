//! A reviewer's own review: reading it, saving it, putting it in force.

use std::collections::HashSet;

use serde_json::json;

use super::{before_submission, independence, rubric};
use crate::coalitions::doors;
use crate::competitions::model::Stage;
use crate::competitions::store as competitions;
use crate::panels::model::Assignment;
use crate::panels::store as panels;
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::db::{Reads, Writes};
use crate::platform::digest::sha256_hex;
use crate::platform::http::{Asked, IfMatch, Input, Page, PageQuery};
use crate::platform::ids::{AssignmentId, ReviewId, SubmissionId};
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule, refuse_if_any};
use crate::proposals::model::Submission;
use crate::proposals::store as proposals;
use crate::reviews::access::{self, OwnReview, Sight};
use crate::reviews::model::{Review, ReviewState, ReviewText, ReviewVersion};
use crate::reviews::shown::{ReviewView, VersionView};
use crate::reviews::{results, rules, store};

/// A reviewer's own assignment, and what they may do with its review.
struct Desk {
    assignment: Assignment,
    stage: Stage,
    right: OwnReview,
    review: Option<Review>,
}

/// The desk of the assignment's own reviewer; hidden from anyone else.
fn desk(r: &mut Reads<'_>, who: &Person, id: AssignmentId) -> Result<Desk> {
    let assignment = panels::assignment(r, id)?
        .filter(|assignment| assignment.person_id == who.id)
        .or_not_found()?;
    let stage = competitions::stage(r, assignment.stage_id)?.or_not_found()?;
    let door_closed = doors::is_closed(r, who.id, assignment.coalition_id)?;
    let right = access::own_review(assignment.state, door_closed, stage.phase(r.now()));
    match right {
        OwnReview::Hidden => Err(Failure::not_found()),
        OwnReview::Unanswered => Err(Failure::forbidden(
            "Accept the assignment first; then its review opens.",
        )),
        OwnReview::Read | OwnReview::Write => Ok(Desk {
            review: store::review_on(r, id)?,
            assignment,
            stage,
            right,
        }),
    }
}

impl Desk {
    fn must_write(&self) -> Result<()> {
        if self.right == OwnReview::Write {
            return Ok(());
        }
        Err(Failure::rule(
            Rule::WrongPhase,
            "Reviews can be written while the stage is under review. Your text was not saved.",
        ))
    }

    fn submission(&self, r: &mut Reads<'_>) -> Result<Option<Submission>> {
        proposals::submission_in_force(r, self.stage.id, self.assignment.coalition_id)
    }

    /// The submission in force; a proposal that was withdrawn is not reviewed any more.
    fn submission_to_review(&self, r: &mut Reads<'_>) -> Result<Submission> {
        let withdrawn = || Failure::rule(Rule::WrongPhase, "The proposal was withdrawn.");
        self.submission(r)?.ok_or_else(withdrawn)
    }

    fn view(&self, r: &mut Reads<'_>) -> Result<ReviewView> {
        let in_force = self.submission(r)?.map(|submission| submission.id);
        if let Some(review) = &self.review {
            return self.of_author(review, in_force);
        }
        Ok(ReviewView::blank(
            self.assignment.id,
            in_force.or_not_found()?,
        ))
    }

    /// The author's review, with what would keep it from being submitted as it is.
    fn of_author(&self, review: &Review, in_force: Option<SubmissionId>) -> Result<ReviewView> {
        let warnings = rules::wrong_in_draft(rubric(&self.stage)?, review.working_text());
        Ok(ReviewView::for_author(review, warnings).beside(in_force))
    }
}

/// The review on an assignment: for its author with the work in progress, for officers and
/// assistants once it is in force.
pub fn show(r: &mut Reads<'_>, who: &Person, id: AssignmentId) -> Result<ReviewView> {
    if let Some(review) = review_for_office(r, who, id)? {
        return of_office(r, review.id);
    }
    desk(r, who, id)?.view(r)
}

/// What the review on an assignment said over time, oldest first: for its author, and for
/// officers and assistants.
pub fn versions(
    r: &mut Reads<'_>,
    who: &Person,
    id: AssignmentId,
    asked: &Asked<PageQuery>,
) -> Result<Page<VersionView>> {
    let review = match review_for_office(r, who, id)? {
        Some(review) => Some(review),
        None => desk(r, who, id)?.review,
    };
    let versions = match review {
        Some(review) => store::versions(r, review.id)?,
        None => Vec::new(),
    };
    let page = Page::of_all(versions, &asked.get()?.page()?, |v| (v.number, v.id.0))?;
    Ok(page.map(VersionView::from))
}

/// Someone else's review that counts, if the person reads reviews under their authors' names.
fn review_for_office(r: &mut Reads<'_>, who: &Person, id: AssignmentId) -> Result<Option<Review>> {
    let found = store::review_on(r, id)?.filter(|review| review.person_id != who.id);
    let Some(review) = found.filter(Review::is_submitted) else {
        return Ok(None);
    };
    let before = before_submission(r, who, review.submission_id)?;
    if access::sight(&before.facts) != Sight::Names {
        return Ok(None);
    }
    if review.excluded.is_some() {
        return Ok(Some(review));
    }
    let counting = store::submitted_reviews_of(r, review.stage_id, review.coalition_id)?;
    Ok(counting.into_iter().find(|other| other.id == review.id))
}

/// A review as the office sees it, whether it counts or not.
pub(super) fn of_office(r: &mut Reads<'_>, id: ReviewId) -> Result<ReviewView> {
    let review = store::review(r, id)?.or_not_found()?;
    let in_force = proposals::submission_in_force(r, review.stage_id, review.coalition_id)?;
    let in_force = in_force.map(|submission| submission.id);
    Ok(ReviewView::for_office(&review).beside(in_force))
}

/// Saves a draft, or the changes to a submitted review, with everything optional. A mark off its
/// scale and a text that is too long are kept with a warning; submitting refuses them.
pub fn save(
    w: &mut Writes<'_>,
    who: &Person,
    id: AssignmentId,
    if_match: &IfMatch,
    input: &Input<ReviewText>,
) -> Result<ReviewView> {
    let desk = desk(w, who, id)?;
    desk.must_write()?;
    let submission = desk.submission_to_review(w)?;
    if_match.check(&desk.view(w)?)?;
    let text = rules::tidied(input.get()?);
    refuse_if_any(rules::foreign(rubric(&desk.stage)?, &text))?;
    let review = match &desk.review {
        None => begun(w, &desk.assignment, &submission, text)?,
        Some(review) if *review.working_text() == text => {
            return desk.of_author(review, Some(submission.id));
        }
        Some(review) => continued(w, review.clone(), text)?,
    };
    record(
        w,
        who,
        &review,
        "review.saved",
        json!({"version": review.version}),
    )?;
    desk.of_author(&review, Some(submission.id))
}

fn begun(
    w: &mut Writes<'_>,
    assignment: &Assignment,
    submission: &Submission,
    text: ReviewText,
) -> Result<Review> {
    let review = Review {
        id: w.fresh_id(),
        assignment_id: assignment.id,
        stage_id: assignment.stage_id,
        competition_id: submission.competition_id,
        coalition_id: assignment.coalition_id,
        submission_id: submission.id,
        person_id: assignment.person_id,
        state: ReviewState::Draft,
        text,
        revision: None,
        total: None,
        independent: None,
        pseudonym: String::new(),
        version: 1,
        created_at: w.now(),
        updated_at: w.now(),
        submitted_at: None,
        excluded: None,
    };
    store::insert(w, &review)?;
    Ok(review)
}

fn continued(w: &mut Writes<'_>, mut review: Review, text: ReviewText) -> Result<Review> {
    if review.is_submitted() {
        review.revision = (text != review.text).then_some(text);
    } else {
        review.text = text;
    }
    review.version += 1;
    review.updated_at = w.now();
    store::update(w, &review)?;
    Ok(review)
}

/// Puts the review in force, or the changes to it, once nothing is lacking.
pub fn submit(w: &mut Writes<'_>, who: &Person, id: AssignmentId) -> Result<ReviewView> {
    let desk = desk(w, who, id)?;
    desk.must_write()?;
    let submission = desk.submission_to_review(w)?;
    let rubric = rubric(&desk.stage)?;
    let text = desk.review.as_ref().map(Review::working_text);
    refuse_if_any(match text {
        None => rules::missing(rubric, &ReviewText::default()),
        Some(text) => [
            rules::wrong_in_draft(rubric, text),
            rules::missing(rubric, text),
        ]
        .concat(),
    })?;
    let mut review = desk.review.or_not_found()?;
    if review.is_submitted() && review.revision.is_none() {
        return Err(Failure::rule(
            Rule::AlreadyThere,
            "Nothing has changed since you submitted this review.",
        ));
    }
    let first = !review.is_submitted();
    review.text = review.revision.take().unwrap_or(review.text);
    review.total = results::total(rubric, &review.text.scores);
    review.state = ReviewState::Submitted;
    if first {
        review.submitted_at = Some(w.now());
        review.pseudonym = free_pseudonym(w, &review)?;
    }
    review.submission_id = submission.id;
    review.version += 1;
    review.updated_at = w.now();
    put_in_force(w, who, review, &desk.assignment, (&desk.stage, &submission))
}

fn put_in_force(
    w: &mut Writes<'_>,
    who: &Person,
    mut review: Review,
    assignment: &Assignment,
    (stage, submission): (&Stage, &Submission),
) -> Result<ReviewView> {
    let first = store::versions(w, review.id)?.is_empty();
    let before = independence::comes_after_others(w, who, assignment, &mut review)?;
    let version = ReviewVersion {
        id: w.fresh_id(),
        review_id: review.id,
        number: review.version,
        at: w.now(),
        text: review.text.clone(),
        total: review.total,
        after_seeing_others: before,
    };
    store::insert_version(w, &version)?;
    let became_visible_to = independence::open_to_each_other(w, &mut review)?;
    store::update(w, &review)?;
    let detail = json!({
        "version": review.version,
        "digest": sha256_hex(serde_json::to_string(&review.text)?),
        "after_seeing_others": version.after_seeing_others,
        "became_visible_to": became_visible_to,
    });
    let act = if first {
        "review.submitted"
    } else {
        "review.revised"
    };
    record(w, who, &review, act, detail)?;
    thank(w, &review, stage, submission)?;
    Ok(ReviewView::for_author(&review, Vec::new()))
}

fn free_pseudonym(w: &mut Writes<'_>, review: &Review) -> Result<String> {
    let taken: HashSet<String> = store::pseudonyms_on(w, review.stage_id, review.coalition_id)?;
    Ok(rules::pseudonym(&taken, |bound| w.entropy().below(bound)))
}

fn thank(
    w: &mut Writes<'_>,
    review: &Review,
    stage: &Stage,
    submission: &Submission,
) -> Result<()> {
    let competition = competitions::competition(w, stage.competition_id)?.or_not_found()?;
    let letter = Letter {
        kind: "review-submitted",
        to: Recipient::Person(review.person_id),
        dedupe_key: format!("review-submitted:{}:{}", review.id, review.version),
        cause: ("review", review.id.0),
        competition: Some(review.competition_id),
        coalition: Some(review.coalition_id),
        due_at: None,
        fields: json!({
            "competition": competition.title(),
            "stage": stage.name,
            "title": submission.title,
        }),
    };
    outbox::enqueue(w, letter)?;
    Ok(())
}

fn record(
    w: &mut Writes<'_>,
    who: &Person,
    review: &Review,
    act: &'static str,
    detail: serde_json::Value,
) -> Result<()> {
    let act = Act {
        actor: Some(who.id),
        act,
        object: ("review", review.id.0),
        competition: Some(review.competition_id),
        coalition: Some(review.coalition_id),
        detail,
    };
    audit::record(w, act)
}
