//! The use cases of reviewing, each in one transaction.

pub mod closing;
pub mod discussion;
pub mod exclusion;
pub mod exports;
pub mod honoraria;
pub mod independence;
pub mod peers;
pub mod progress;
pub mod tables;
mod telling;
pub mod writing;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::access::{self, Facts, Part};
use super::standings::is_eligible;
use super::store;
use crate::coalitions::doors;
use crate::competitions::model::{Phase, Rubric, Stage};
use crate::competitions::store as competitions;
use crate::panels::model::{Assignment, AssignmentState};
use crate::panels::store::{self as panels, Filter};
use crate::people::{Person, Role};
use crate::platform::db::Reads;
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId, StageId, SubmissionId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result};
use crate::proposals::actions::waivers::still_taking;
use crate::proposals::model::{Submission, SubmissionSummary};
use crate::proposals::store as proposals;

/// The person's highest office in a competition.
fn office(who: &Person, competition: CompetitionId) -> Option<Role> {
    [Role::Officer, Role::Assistant, Role::Approver, Role::Funder]
        .into_iter()
        .find(|role| who.is(*role, competition))
}

/// The stage's rubric; a stage that is reviewed has one.
fn rubric(stage: &Stage) -> Result<&Rubric> {
    let lacking = || {
        Failure::broken(format_args!(
            "stage {} is reviewed without rubric",
            stage.id
        ))
    };
    stage.rubric.as_ref().ok_or_else(lacking)
}

/// What is judged at a stage; nothing where nothing is reviewed.
fn judged(stage: &Stage) -> Rubric {
    let nothing = || Rubric {
        criteria: Vec::new(),
    };
    stage.rubric.clone().unwrap_or_else(nothing)
}

/// How many reviews a submission should have; none at a stage without review.
const fn wanted(stage: &Stage) -> i32 {
    if stage.has_review {
        stage.reviews_per_submission
    } else {
        0
    }
}

/// A submission, its stage, and what decides about the person's rights before it.
struct Before {
    submission: Submission,
    stage: Stage,
    facts: Facts,
}

fn before_submission(r: &mut Reads<'_>, who: &Person, id: SubmissionId) -> Result<Before> {
    let submission = proposals::submission(r, id)?.or_not_found()?;
    let stage = competitions::stage(r, submission.stage_id)?.or_not_found()?;
    let facts = facts(r, who, &stage, submission.coalition_id)?;
    Ok(Before {
        submission,
        stage,
        facts,
    })
}

fn facts(r: &mut Reads<'_>, who: &Person, stage: &Stage, about: CoalitionId) -> Result<Facts> {
    let assignment = panels::live_assignment_of(r, stage.id, about, who.id)?;
    let part = match assignment {
        Some(assignment) => part(r, &assignment)?,
        None => Part::None,
    };
    Ok(Facts {
        office: office(who, stage.competition_id),
        part,
        door_closed: doors::is_closed(r, who.id, about)?,
        phase: stage.phase(r.now()),
        discussion: stage.discussion,
    })
}

fn part(r: &mut Reads<'_>, assignment: &Assignment) -> Result<Part> {
    if assignment.state != AssignmentState::Accepted {
        return Ok(Part::Invited);
    }
    let review = store::review_on(r, assignment.id)?;
    Ok(match review {
        Some(review) if review.is_submitted() => Part::Submitted,
        _ => Part::Pending,
    })
}

/// What a person of office may count of a stage: the eligible submissions in force, without those
/// whose door is closed to them and those that they have still to review themselves.
fn submissions_for(
    r: &mut Reads<'_>,
    who: &Person,
    stage: &Stage,
) -> Result<Vec<Arc<SubmissionSummary>>> {
    if stage.phase(r.now()) < Phase::Reviewing {
        return Ok(Vec::new());
    }
    eligible_for(r, who, stage, access::counts_for)
}

/// As [`submissions_for`], and while screening goes on what was found eligible so far: reviewers
/// are assigned then.
fn submissions_to_cover(
    r: &mut Reads<'_>,
    who: &Person,
    stage: &Stage,
) -> Result<Vec<Arc<SubmissionSummary>>> {
    if stage.phase(r.now()) < Phase::Screening {
        return Ok(Vec::new());
    }
    eligible_for(r, who, stage, access::shows_in_progress)
}

fn eligible_for(
    r: &mut Reads<'_>,
    who: &Person,
    stage: &Stage,
    shows: fn(&Facts) -> bool,
) -> Result<Vec<Arc<SubmissionSummary>>> {
    let phase = stage.phase(r.now());
    let closed = doors::closed_to(r, who.id)?;
    let parts = parts_of(r, who, stage)?;
    let all = proposals::summaries_in_force(r, stage.id, stage.competition_id)?;
    let coming = still_taking(r, stage)?;
    let arrived = all.iter().filter(|one| !coming.contains(&one.coalition_id));
    let shown = arrived.filter(|submission| {
        let about = submission.coalition_id;
        let facts = Facts {
            office: office(who, stage.competition_id),
            part: parts.get(&about).copied().unwrap_or(Part::None),
            door_closed: closed.contains(&about),
            phase,
            discussion: stage.discussion,
        };
        is_eligible(submission, phase) && shows(&facts)
    });
    Ok(shown.cloned().collect())
}

/// Whose results the person may not count, of those that [`submissions_for`] leaves out.
fn hidden_from(r: &mut Reads<'_>, who: &Person, stage: &Stage) -> Result<HashSet<CoalitionId>> {
    let mut hidden = doors::closed_to(r, who.id)?;
    hidden.extend(still_taking(r, stage)?);
    let parts = parts_of(r, who, stage)?;
    hidden.extend(parts.into_iter().filter_map(|(about, part)| {
        let facts = Facts {
            office: office(who, stage.competition_id),
            part,
            door_closed: false,
            phase: stage.phase(r.now()),
            discussion: stage.discussion,
        };
        (!access::counts_for(&facts)).then_some(about)
    }));
    Ok(hidden)
}

/// How far the person's own reviews of a stage have come.
///
/// # Errors
/// When the database fails.
pub fn parts_of(
    r: &mut Reads<'_>,
    who: &Person,
    stage: &Stage,
) -> Result<HashMap<CoalitionId, Part>> {
    let mine = Filter {
        person: Some(who.id),
        ..Filter::default()
    };
    let mut parts = HashMap::new();
    for assignment in panels::assignments_of_stage(r, stage.id, &mine)? {
        if assignment.is_live() {
            parts.insert(assignment.coalition_id, part(r, &assignment)?);
        }
    }
    Ok(parts)
}

/// A stage for which the person holds an office that `may` reads by; hidden from anyone else.
fn stage_for_office(
    r: &mut Reads<'_>,
    who: &Person,
    id: StageId,
    may: fn(Option<Role>) -> bool,
) -> Result<Stage> {
    let stage = competitions::stage(r, id)?.or_not_found()?;
    if may(office(who, stage.competition_id)) {
        Ok(stage)
    } else {
        Err(Failure::not_found())
    }
}

fn names_of(r: &mut Reads<'_>, people: &[PersonId]) -> Result<HashMap<PersonId, String>> {
    let rows = crate::people::store::persons(r, people)?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}
