//! Reading submissions: each reader sees what their tie lets them see.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::capital::CapitalStackView;
use crate::coalitions::{doors, store as coalitions};
use crate::competitions::model::{Form, Phase, Stage, Visibility};
use crate::competitions::store as competitions;
use crate::panels::model::PanelState;
use crate::panels::store as panels;
use crate::people::{Person, Role};
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::http::{Asked, Page, PageAsked};
use crate::platform::ids::{
    CoalitionId, CompetitionId, PersonId, ProposalId, StageId, SubmissionId,
};
use crate::platform::refusal::{Failure, OrNotFound as _, Result};
use crate::proposals::access::{Listing, Reader, SubmissionFacts, listing, submission_reader};
use crate::proposals::model::{
    Receipt, SnapshotCoalition, SnapshotFile, Submission, SubmissionState, Verdict, answer_window,
};
use crate::proposals::store;

/// A submission with what this reader sees of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SubmissionView {
    /// Identity.
    pub id: SubmissionId,
    /// The stage that it was handed in at.
    pub stage_id: StageId,
    /// The competition.
    pub competition_id: CompetitionId,
    /// Whose it is.
    pub coalition_id: CoalitionId,
    /// The proposal that it froze.
    pub proposal_id: ProposalId,
    /// Title.
    pub title: String,
    /// When it was handed in.
    pub submitted_at: Instant,
    /// Whether it came after the deadline, within the grace.
    pub in_grace: bool,
    /// What became of it.
    pub state: SubmissionState,
    /// When it was replaced or withdrawn.
    pub ended_at: Option<Instant>,
    /// The submission that a stage without a form carries on.
    pub carried_from: Option<SubmissionId>,
    /// Who handed it in; for members.
    pub submitted_by: Option<PersonId>,
    /// The receipt; for members.
    pub receipt: Option<Receipt>,
    /// The coalition at that moment.
    pub coalition: SnapshotCoalition,
    /// Sections with the answers that this reader may see.
    pub sections: Vec<SectionRead>,
    /// The money.
    pub capital_stack: CapitalStackView,
}

/// A section as it is read.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SectionRead {
    /// The section's key.
    pub key: String,
    /// Its title in the form.
    pub title: String,
    /// In the form's order.
    pub answers: Vec<AnswerRead>,
}

/// An answer as it is read.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AnswerRead {
    /// The question's key.
    pub question: String,
    /// The question.
    pub label: String,
    /// Who may read the answer.
    pub visibility: Visibility,
    /// The answer; null when it was left empty or files are the answer.
    #[schema(value_type = Object)]
    pub value: Value,
    /// The files.
    pub files: Vec<SnapshotFile>,
}

/// A submission in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SubmissionItem {
    /// Identity.
    pub id: SubmissionId,
    /// The stage.
    pub stage_id: StageId,
    /// Whose it is.
    pub coalition_id: CoalitionId,
    /// The coalition's name at that moment.
    pub coalition: String,
    /// Names of its places at that moment.
    pub places: Vec<String>,
    /// Title.
    pub title: String,
    /// When it was handed in.
    pub submitted_at: Instant,
    /// Whether it came after the deadline, within the grace.
    pub in_grace: bool,
    /// What became of it.
    pub state: SubmissionState,
    /// What screening found so far; for officers and assistants.
    pub screening: Option<Verdict>,
}

/// Which page of a list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// 1 to 200, 50 when left out.
    pub limit: Option<u32>,
    /// Of the page before.
    pub cursor: Option<String>,
}

fn paging(asked: &Asked<Paging>) -> Result<PageAsked> {
    let asked = asked.get()?;
    PageAsked::new(asked.limit, asked.cursor.as_deref())
}

/// A submission and as what the person reads it.
///
/// # Errors
/// 404 when it is not theirs to know of.
pub fn readable(r: &mut Reads<'_>, who: &Person, id: SubmissionId) -> Result<(Submission, Reader)> {
    let submission = store::submission(r, id)?.or_not_found()?;
    let stage = competitions::stage(r, submission.stage_id)?.or_not_found()?;
    let reader = reader_of(r, who, &submission, &stage)?.or_not_found()?;
    Ok((submission, reader))
}

/// As what a person reads a submission; none: it does not exist for them.
///
/// # Errors
/// When the database fails.
pub fn reader_of(
    r: &mut Reads<'_>,
    who: &Person,
    submission: &Submission,
    stage: &Stage,
) -> Result<Option<Reader>> {
    let coalition = submission.coalition_id;
    let now = r.now();
    let assignment = panels::live_assignment_of(r, stage.id, coalition, who.id)?;
    let facts = SubmissionFacts {
        member: coalitions::live_member(r, coalition, who.id)?.is_some(),
        door_closed: doors::is_closed(r, who.id, coalition)?,
        office: office(who, stage.competition_id),
        assigned: assignment.is_some_and(|assignment| assignment.opens_the_submission()),
        window: answer_window(stage, now),
        sealed: stage.sealed,
        deciding: stage.phase(now) >= Phase::Deciding,
        state: submission.state,
    };
    Ok(submission_reader(&facts))
}

/// The highest office that a person holds in a competition.
pub(super) fn office(who: &Person, competition: CompetitionId) -> Option<Role> {
    [Role::Officer, Role::Assistant, Role::Approver, Role::Funder]
        .into_iter()
        .find(|role| who.is(*role, competition))
}

/// Shows a submission.
///
/// # Errors
/// 404 when it is not the person's to know of.
pub fn show(r: &mut Reads<'_>, who: &Person, id: SubmissionId) -> Result<SubmissionView> {
    let (submission, reader) = readable(r, who, id)?;
    let competition = competitions::competition(r, submission.competition_id)?.or_not_found()?;
    let form = form_of(r, &submission)?;
    Ok(view(&submission, reader, &form, &competition.currency))
}

/// The form that a submission answers: of its own stage, or of the one that it is carried from.
///
/// # Errors
/// When the database fails.
pub fn form_of(r: &mut Reads<'_>, submission: &Submission) -> Result<Form> {
    let answered = match submission.carried_from {
        Some(from) => store::submission(r, from)?.or_not_found()?.stage_id,
        None => submission.stage_id,
    };
    let stage = competitions::stage(r, answered)?.or_not_found()?;
    Ok(stage.form.unwrap_or_default())
}

fn view(submission: &Submission, reader: Reader, form: &Form, currency: &str) -> SubmissionView {
    let seen = submission.snapshot.seen_by(reader.sees());
    let member = reader == Reader::Member;
    SubmissionView {
        id: submission.id,
        stage_id: submission.stage_id,
        competition_id: submission.competition_id,
        coalition_id: submission.coalition_id,
        proposal_id: submission.proposal_id,
        title: submission.title.clone(),
        submitted_at: submission.submitted_at,
        in_grace: submission.in_grace,
        state: submission.state,
        ended_at: submission.ended_at,
        carried_from: submission.carried_from,
        submitted_by: member.then_some(submission.submitted_by),
        receipt: member.then(|| submission.receipt()),
        capital_stack: CapitalStackView::of(&seen.capital_stack, currency),
        coalition: seen.coalition,
        sections: seen
            .sections
            .into_iter()
            .map(|section| SectionRead {
                title: form
                    .section(&section.key)
                    .map_or_else(String::new, |s| s.title.clone()),
                key: section.key,
                answers: section
                    .answers
                    .into_iter()
                    .map(|answer| AnswerRead {
                        label: form
                            .question(&answer.question)
                            .map_or_else(String::new, |q| q.label.clone()),
                        question: answer.question,
                        visibility: answer.visibility,
                        value: answer.value,
                        files: answer.files,
                    })
                    .collect(),
            })
            .collect(),
    }
}

/// The receipt, for members.
///
/// # Errors
/// 404 when the submission is not the person's to know of, 403 for who is no member.
pub fn receipt(r: &mut Reads<'_>, who: &Person, id: SubmissionId) -> Result<Receipt> {
    let (submission, reader) = readable(r, who, id)?;
    if reader != Reader::Member {
        return Err(Failure::forbidden(
            "The receipt is for the coalition's members.",
        ));
    }
    Ok(submission.receipt())
}

/// The submissions of a stage that a person may read: all in force for the office (none while
/// they are sealed), a reviewer's own assignments.
///
/// # Errors
/// 404 when the stage is not theirs to know of, 403 for who has no part in it.
pub fn of_stage(
    r: &mut Reads<'_>,
    who: &Person,
    stage: StageId,
    asked: &Asked<Paging>,
) -> Result<Page<SubmissionItem>> {
    let stage = competitions::stage(r, stage)?.or_not_found()?;
    let office = office(who, stage.competition_id);
    let on_panel = panels::panel_member(r, stage.id, who.id)?
        .is_some_and(|member| member.state == PanelState::Accepted);
    let Some(listing) = listing(office, on_panel) else {
        return Err(stranger(&stage, office, r.now()));
    };
    let asked = paging(asked)?;
    let mut items = Vec::new();
    for submission in store::submissions_in_force(r, stage.id)? {
        if let Some(reader) = reader_of(r, who, &submission, &stage)? {
            let screening = store::screening_of(r, stage.id, submission.coalition_id)?
                .filter(|_| listing == Listing::All && reader == Reader::Staff)
                .map(|screening| screening.verdict);
            items.push(item(&submission, screening));
        }
    }
    items.sort_by(|one, other| key(one).cmp(&key(other)));
    Ok(Page::of_all(items, &asked, key))
}

/// A call that is published is known to anyone, so its stage's list is forbidden, not absent.
fn stranger(stage: &Stage, office: Option<Role>, now: Instant) -> Failure {
    if office.is_some() || stage.published_at.is_some_and(|at| at <= now) {
        return Failure::forbidden("The list is for the competition's office and panel.");
    }
    Failure::not_found()
}

fn key(item: &SubmissionItem) -> (String, i64) {
    (item.coalition.to_lowercase(), item.id.0)
}

fn item(submission: &Submission, screening: Option<Verdict>) -> SubmissionItem {
    SubmissionItem {
        id: submission.id,
        stage_id: submission.stage_id,
        coalition_id: submission.coalition_id,
        coalition: submission.snapshot.coalition.name.clone(),
        places: submission.snapshot.coalition.places.clone(),
        title: submission.title.clone(),
        submitted_at: submission.submitted_at,
        in_grace: submission.in_grace,
        state: submission.state,
        screening,
    }
}

/// Every submission of the coalitions that a person is a member of, latest first.
///
/// # Errors
/// 400 for a page that there is not.
pub fn mine(
    r: &mut Reads<'_>,
    who: &Person,
    asked: &Asked<Paging>,
) -> Result<Page<SubmissionItem>> {
    let asked = paging(asked)?;
    let items = store::submissions_of_person(r, who.id)?
        .iter()
        .map(|submission| item(submission, None))
        .collect();
    Ok(Page::of_all(items, &asked, |item: &SubmissionItem| {
        (item.submitted_at.to_string(), item.id.0)
    }))
}

/// Every submission of a proposal, in whatever state, latest first; for its members.
///
/// # Errors
/// 404 when the proposal is not the person's to know of, 403 for who is no member.
pub fn of_proposal(
    r: &mut Reads<'_>,
    who: &Person,
    id: ProposalId,
    asked: &Asked<Paging>,
) -> Result<Page<SubmissionItem>> {
    let desk = super::desk::desk(r, who, id, None)?;
    desk.demand_reading()?;
    let asked = paging(asked)?;
    let items = store::submissions_of_coalition(r, desk.proposal.coalition_id)?
        .iter()
        .map(|submission| item(submission, None))
        .collect();
    Ok(Page::of_all(items, &asked, |item: &SubmissionItem| {
        (item.submitted_at.to_string(), item.id.0)
    }))
}
