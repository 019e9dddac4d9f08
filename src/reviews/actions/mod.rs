//! The use cases of reviewing, each in one transaction.

pub mod closing;
pub mod discussion;
pub mod exports;
pub mod peers;
pub mod reopening;
pub mod tables;
pub mod writing;

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use utoipa::IntoParams;

use super::access::{self, Facts, Part};
use super::store;
use crate::coalitions::doors;
use crate::competitions::model::{Phase, Rubric, Stage};
use crate::competitions::store as competitions;
use crate::panels::model::{Assignment, AssignmentState};
use crate::panels::store::{self as panels, Filter};
use crate::people::{Person, Role};
use crate::platform::db::Reads;
use crate::platform::http::PageAsked;
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId, StageId, SubmissionId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result};
use crate::proposals::model::{Submission, Verdict};
use crate::proposals::store as proposals;

/// Which page of a list is asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ListAsked {
    /// Items on the page, 1 to 200; 50 unless told otherwise.
    pub limit: Option<u32>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

impl ListAsked {
    fn page(self) -> Result<PageAsked> {
        PageAsked::new(self.limit, self.cursor.as_deref())
    }
}

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
fn submissions_for(r: &mut Reads<'_>, who: &Person, stage: &Stage) -> Result<Vec<Submission>> {
    let phase = stage.phase(r.now());
    if phase < Phase::Reviewing {
        return Ok(Vec::new());
    }
    let ineligible: HashSet<CoalitionId> = proposals::screenings_of(r, stage.id)?
        .into_iter()
        .filter(|screening| screening.verdict == Verdict::Ineligible)
        .map(|screening| screening.coalition_id)
        .collect();
    let closed = doors::closed_to(r, who.id)?;
    let parts = parts_of(r, who, stage)?;
    let mut submissions = proposals::submissions_in_force(r, stage.id)?;
    submissions.retain(|submission| {
        let about = submission.coalition_id;
        let facts = Facts {
            office: office(who, stage.competition_id),
            part: parts.get(&about).copied().unwrap_or(Part::None),
            door_closed: closed.contains(&about),
            phase,
            discussion: stage.discussion,
        };
        !ineligible.contains(&about) && access::counts_for(&facts)
    });
    Ok(submissions)
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

fn coalition_names(
    r: &mut Reads<'_>,
    competition: CompetitionId,
) -> Result<HashMap<CoalitionId, String>> {
    let coalitions = crate::coalitions::store::every_coalition_of(r, competition)?;
    Ok(coalitions.into_iter().map(|c| (c.id, c.name)).collect())
}
