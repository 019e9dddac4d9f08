//! Reading submissions: each reader sees what their tie lets them see.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::capital::CapitalStackView;
use super::{openings, turned_away};
use crate::coalitions::store::{self as coalitions, Waived};
use crate::competitions::model::{Form, Phase, Stage, Visibility};
use crate::competitions::store as competitions;
use crate::people::{Person, Role};
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::ids::{
    CoalitionId, CompetitionId, PersonId, ProposalId, StageId, SubmissionId,
};
use crate::platform::refusal::{Failure, OrNotFound as _, Result};
use crate::proposals::access::{Reader, SubmissionFacts, submission_reader};
use crate::proposals::model::{
    AnswerWindow, Receipt, Screening, SnapshotCoalition, SnapshotFile, Submission, SubmissionState,
    Verdict, own_window,
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
    /// When the server had turned an earlier attempt away, where this one counts for that reason;
    /// for members and the office.
    pub turned_away_at: Option<Instant>,
    /// What became of it.
    pub state: SubmissionState,
    /// When it was replaced or withdrawn.
    pub ended_at: Option<Instant>,
    /// The submission that a stage without a form carries on.
    pub carried_from: Option<SubmissionId>,
    /// The submission that this one corrects, after it was given back.
    pub corrects: Option<SubmissionId>,
    /// The sections that were corrected in it.
    pub corrected_sections: Vec<String>,
    /// The latest correction of this one; null where it says what counts.
    pub corrected_by: Option<SubmissionId>,
    /// Who handed it in; for members.
    pub submitted_by: Option<PersonId>,
    /// The receipt; for members.
    pub receipt: Option<Receipt>,
    /// What screening found, as far as the coalition was told; for members.
    pub screening: Option<ToldScreening>,
    /// The coalition at that moment.
    pub coalition: SnapshotCoalition,
    /// Sections with the answers that this reader may see.
    pub sections: Vec<SectionRead>,
    /// The money.
    pub capital_stack: CapitalStackView,
}

/// What a coalition was told of its screening.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ToldScreening {
    /// The verdict.
    pub verdict: Verdict,
    /// Why it is not eligible; null when it is.
    pub reason: Option<String>,
    /// When it was told.
    pub told_at: Option<Instant>,
}

impl ToldScreening {
    fn of(screening: Screening) -> Option<Self> {
        let verdict = screening.told_verdict?;
        Some(Self {
            verdict,
            reason: screening
                .told_reason
                .filter(|_| verdict == Verdict::Ineligible),
            told_at: screening.told_at,
        })
    }
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
    #[schema(value_type = Value)]
    pub value: Value,
    /// The files.
    pub files: Vec<SnapshotFile>,
}

/// A submission and as what the person reads it.
///
/// # Errors
/// 404 when it is not theirs to know of.
pub fn readable(r: &mut Reads<'_>, who: &Person, id: SubmissionId) -> Result<(Submission, Reader)> {
    let (submission, reader, _) = readable_at(r, who, id)?;
    Ok((submission, reader))
}

/// As [`readable`], with the stage.
fn readable_at(
    r: &mut Reads<'_>,
    who: &Person,
    id: SubmissionId,
) -> Result<(Submission, Reader, Arc<Stage>)> {
    let submission = store::submission(r, id)?.or_not_found()?;
    let stage = competitions::shared_stage(r, submission.stage_id)?.or_not_found()?;
    let reader = reader_of(r, who, &submission, &stage)?.or_not_found()?;
    Ok((submission, reader, stage))
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
    let over = store::is_over(r, submission.competition_id, submission.coalition_id)?;
    let ties = Ties::of(r, who, stage)?;
    Ok(ties.reader_of(&Version {
        coalition: submission.coalition_id,
        state: submission.state,
        ended_at: submission.ended_at,
        coalition_over: over,
    }))
}

/// One of a coalition's submissions, as far as its readers hang on it.
struct Version {
    coalition: CoalitionId,
    state: SubmissionState,
    ended_at: Option<Instant>,
    coalition_over: bool,
}

/// A person's ties to the submissions of a stage, for one of them or a whole list.
pub(super) struct Ties<'s> {
    of_person: Arc<store::Ties>,
    stage: &'s Stage,
    office: Option<Role>,
    /// Who has more time than others.
    waived: Arc<Waived>,
    now: Instant,
    deciding: bool,
}

impl<'s> Ties<'s> {
    pub(super) fn of(r: &mut Reads<'_>, who: &Person, stage: &'s Stage) -> Result<Self> {
        let now = r.now();
        Ok(Self {
            of_person: store::ties(r, who.id, stage.competition_id)?,
            office: office(who, stage.competition_id),
            waived: coalitions::waived(r, stage.id, stage.competition_id)?,
            deciding: stage.phase(now) >= Phase::Deciding,
            now,
            stage,
        })
    }

    /// As what they read the submission in force of a coalition that is not over.
    pub(super) fn reader(&self, coalition: CoalitionId) -> Option<Reader> {
        self.reader_of(&Version {
            coalition,
            state: SubmissionState::InForce,
            ended_at: None,
            coalition_over: false,
        })
    }

    fn reader_of(&self, version: &Version) -> Option<Reader> {
        let (ties, coalition) = (&self.of_person, version.coalition);
        let replaced = version.state == SubmissionState::Replaced;
        submission_reader(&SubmissionFacts {
            member: ties.joined.contains(&coalition),
            door_closed: ties.closed.contains(&coalition),
            office: self.office,
            assigned: ties.assigned.contains(&(self.stage.id, coalition)),
            corrected: replaced && self.was_over(coalition, version.ended_at),
            window: self.window_at(coalition, self.now),
            sealed: self.stage.sealed,
            deciding: self.deciding,
            state: version.state,
            coalition_over: version.coalition_over,
        })
    }

    fn window_at(&self, coalition: CoalitionId, moment: Instant) -> AnswerWindow {
        let until = self.waived.0.get(&coalition).copied();
        own_window(self.stage, until, moment)
    }

    fn was_over(&self, coalition: CoalitionId, moment: Option<Instant>) -> bool {
        moment.is_some_and(|at| self.window_at(coalition, at) == AnswerWindow::Over)
    }
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
    open(r, who, id).map(|(view, _)| view)
}

/// As [`show`]; also tells whether this is the first reading of the stage's submissions outside of
/// their coalitions, which is to be noted before it is answered.
///
/// # Errors
/// 404 when it is not the person's to know of.
pub fn open(r: &mut Reads<'_>, who: &Person, id: SubmissionId) -> Result<(SubmissionView, bool)> {
    let (submission, reader, stage) = readable_at(r, who, id)?;
    let opens = openings::opens(reader, &stage, r.now());
    let competition = competitions::shared_competition(r, submission.competition_id)?;
    let competition = competition.or_not_found()?;
    let (mut turned_away_at, mut receipt, mut screening) = (None, None, None);
    if matches!(reader, Reader::Member | Reader::Staff) {
        turned_away_at = store::sent_again_after(r, id)?;
    }
    if reader == Reader::Member {
        receipt = Some(turned_away::receipt(
            r,
            &submission,
            &competition.time_zone,
        )?);
        if submission.state == SubmissionState::InForce {
            let found = store::screening_of(r, submission.stage_id, submission.coalition_id)?;
            screening = found.and_then(ToldScreening::of);
        }
    }
    let returns = store::returns_at(r, stage.id, stage.competition_id)?;
    let answers = returns.answered_by(id);
    let answered = match submission.carried_from {
        Some(from) => stage_of_carried(r, from)?,
        None => stage,
    };
    let nothing = Form::default();
    let form = answered.form.as_ref().unwrap_or(&nothing);
    let view = SubmissionView {
        turned_away_at,
        receipt,
        screening,
        corrects: answers.map(|back| back.submission_id),
        corrected_sections: answers.map_or_else(Vec::new, |back| back.sections.clone()),
        corrected_by: returns.correction_of(id),
        ..view(submission, reader, form, &competition.currency)
    };
    Ok((view, opens))
}

/// The form that a submission answers: of its own stage, or of the one that it is carried from.
///
/// # Errors
/// When the database fails.
pub fn form_of(r: &mut Reads<'_>, submission: &Submission) -> Result<Form> {
    let stage = match submission.carried_from {
        Some(from) => stage_of_carried(r, from)?,
        None => competitions::shared_stage(r, submission.stage_id)?.or_not_found()?,
    };
    Ok(stage.form.clone().unwrap_or_default())
}

fn stage_of_carried(r: &mut Reads<'_>, from: SubmissionId) -> Result<Arc<Stage>> {
    let answered = store::submission(r, from)?.or_not_found()?.stage_id;
    competitions::shared_stage(r, answered)?.or_not_found()
}

fn view(submission: Submission, reader: Reader, form: &Form, currency: &str) -> SubmissionView {
    let seen = submission.snapshot.seen_by(reader.sees());
    let member = reader == Reader::Member;
    SubmissionView {
        id: submission.id,
        stage_id: submission.stage_id,
        competition_id: submission.competition_id,
        coalition_id: submission.coalition_id,
        proposal_id: submission.proposal_id,
        title: submission.title,
        submitted_at: submission.submitted_at,
        in_grace: submission.in_grace,
        turned_away_at: None,
        state: submission.state,
        ended_at: submission.ended_at,
        carried_from: submission.carried_from,
        corrects: None,
        corrected_sections: Vec::new(),
        corrected_by: None,
        submitted_by: member.then_some(submission.submitted_by),
        receipt: None,
        screening: None,
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
    let competition = competitions::competition(r, submission.competition_id)?.or_not_found()?;
    turned_away::receipt(r, &submission, &competition.time_zone)
}
