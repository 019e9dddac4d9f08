//! What happens by itself: reminders before the review deadline, the end of what a seat or a
//! membership has closed since it was assigned, and a call for an officer where none is left.
//! Called each minute; calling twice does nothing more. Each has a part that only reads, so that
//! nothing waits for the writer while nothing is due.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::letters::Deserted;
use super::model::Assignment;
use super::{actions, letters, store};
use crate::coalitions::doors;
use crate::competitions;
use crate::competitions::model::{Phase, Stage};
use crate::people::{self, Role};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{AssignmentId, CoalitionId, CompetitionId, PersonId};
use crate::platform::outbox;
use crate::platform::refusal::Result;

/// The assignments of a stage on which nothing is left to do. Reviews and submissions are known
/// to modules on the right only.
pub type Done<'a> = &'a dyn Fn(&mut Reads<'_>, &Stage) -> Result<HashSet<AssignmentId>>;

/// A reminder that is due.
#[derive(Clone, Debug)]
pub struct Reminder {
    stage: Stage,
    person: PersonId,
    open: usize,
    deadline: Instant,
    key: String,
}

/// The reminders that are due and not written yet: for each stage under review, the latest of its
/// reminder times that has come, once for each reviewer with something open that they were given
/// before that time.
///
/// # Errors
/// When the database fails.
pub fn reminders_due(r: &mut Reads<'_>, done: Done<'_>) -> Result<Vec<Reminder>> {
    let now = r.now();
    let mut due = Vec::new();
    for stage in competitions::store::published_stages(r)? {
        if stage.phase(now) != Phase::Reviewing {
            continue;
        }
        for ((person, deadline), open) in open_reviews(r, &stage, done)? {
            let Some((hours, at)) = reminder_time(&stage, deadline, now) else {
                continue;
            };
            let open = open.iter().filter(|given| **given < at).count();
            let key = format!("{}:{}:{hours}:{person}", stage.id, deadline.micros());
            let written = outbox::store::id_of_key(r, &format!("review-reminder:{key}"))?;
            if open > 0 && written.is_none() {
                due.push(Reminder {
                    stage: stage.clone(),
                    person,
                    open,
                    deadline,
                    key,
                });
            }
        }
    }
    Ok(due)
}

/// Writes the reminders that are due. Gives how many there are.
///
/// # Errors
/// When the database fails.
pub fn remind(w: &mut Writes<'_>, done: Done<'_>) -> Result<usize> {
    let due = reminders_due(w, done)?;
    for reminder in &due {
        let (person, open) = (reminder.person, reminder.open);
        let due = Some(reminder.deadline);
        letters::reminder(w, &reminder.stage, person, open, due, &reminder.key)?;
    }
    Ok(due.len())
}

/// The reminder time before a deadline that has come last, in hours and as a moment.
fn reminder_time(stage: &Stage, deadline: Instant, now: Instant) -> Option<(i32, Instant)> {
    if now >= deadline {
        return None;
    }
    let at = |hours: i32| (hours, deadline.plus_hours(-i64::from(hours)));
    let times = stage.reminder_hours.iter().map(|hours| at(*hours));
    times.filter(|(_, at)| *at <= now).min()
}

/// When the reviews were given that each reviewer of a stage still has to hand in, by the time that
/// they are due: the stage's, or one of their own.
fn open_reviews(
    r: &mut Reads<'_>,
    stage: &Stage,
    done: Done<'_>,
) -> Result<BTreeMap<(PersonId, Instant), Vec<Instant>>> {
    let mut closed = Closed::default();
    let mut open: BTreeMap<(PersonId, Instant), Vec<Instant>> = BTreeMap::new();
    let done = done(r, stage)?;
    for assignment in store::assignments_of_stage(r, stage.id, &store::Filter::default())? {
        let Some(due) = assignment.due_at.or(stage.review_deadline) else {
            continue;
        };
        let counts = assignment.is_live()
            && !done.contains(&assignment.id)
            && !closed.to(r, assignment.person_id, assignment.coalition_id)?;
        if counts {
            let given = open.entry((assignment.person_id, due)).or_default();
            given.push(assignment.assigned_at);
        }
    }
    Ok(open)
}

/// The live assignments of reviewers who have become members of the coalition or taken a seat at
/// its table since.
///
/// # Errors
/// When the database fails.
pub fn closed_assignments(r: &mut Reads<'_>) -> Result<Vec<Assignment>> {
    let mut closed = Closed::default();
    let mut found = Vec::new();
    for assignment in store::live_assignments(r, None, None)? {
        if closed.to(r, assignment.person_id, assignment.coalition_id)? {
            found.push(assignment);
        }
    }
    Ok(found)
}

/// Ends those assignments. Access ended with the act itself; this tells the reviewers and the
/// officers. Gives how many assignments ended.
///
/// # Errors
/// When the database fails.
pub fn end_closed_assignments(w: &mut Writes<'_>) -> Result<usize> {
    let mut ended = 0;
    for assignment in closed_assignments(w)? {
        let (coalition, person) = (assignment.coalition_id, assignment.person_id);
        ended += actions::end_conflicted(w, None, coalition, person, None)?;
    }
    Ok(ended)
}

/// Whether the administrators have yet to hear that a coalition is closed to every officer.
///
/// # Errors
/// When the database fails.
pub fn officers_are_wanted(r: &mut Reads<'_>) -> Result<bool> {
    Ok(!deserted(r)?.is_empty())
}

/// Asks the administrators for another officer wherever every officer is shut out of a coalition,
/// once for each such coalition as long as the officers are the same. Gives how many there are.
///
/// # Errors
/// When the database fails.
pub fn ask_for_officers(w: &mut Writes<'_>) -> Result<usize> {
    let deserted = deserted(w)?;
    for one in &deserted {
        letters::officer_wanted(w, one)?;
    }
    Ok(deserted.len())
}

/// The coalitions of which administrators are still to be told, of competitions with something
/// left to decide.
fn deserted(r: &mut Reads<'_>) -> Result<Vec<Deserted>> {
    let now = r.now();
    let competitions: BTreeSet<CompetitionId> = competitions::store::published_stages(r)?
        .into_iter()
        .filter(|stage| (Phase::Open..Phase::Told).contains(&stage.phase(now)))
        .map(|stage| stage.competition_id)
        .collect();
    let mut found = Vec::new();
    for competition in competitions {
        for coalition in closed_to_every_officer(r, competition)? {
            if !coalition.untold(r)?.is_empty() {
                found.push(coalition);
            }
        }
    }
    Ok(found)
}

fn closed_to_every_officer(r: &mut Reads<'_>, competition: CompetitionId) -> Result<Vec<Deserted>> {
    let mut officers = people::store::holders(r, competition, Role::Officer)?;
    officers.sort_unstable();
    let mut shared: Option<BTreeSet<CoalitionId>> = None;
    for officer in &officers {
        let closed = doors::closed_to(r, *officer)?;
        shared = Some(match shared {
            None => closed.into_iter().collect(),
            Some(shared) => shared
                .into_iter()
                .filter(|one| closed.contains(one))
                .collect(),
        });
    }
    let mut found = Vec::new();
    for id in shared.unwrap_or_default() {
        let coalition = crate::coalitions::store::coalition(r, id)?;
        if coalition.is_some_and(|one| one.competition_id == competition && one.is_live()) {
            found.push(Deserted {
                competition,
                coalition: id,
                officers: officers.clone(),
            });
        }
    }
    Ok(found)
}

/// What is closed to whom, read once for each person.
#[derive(Debug, Default)]
pub struct Closed(HashMap<PersonId, HashSet<CoalitionId>>);

impl Closed {
    /// Whether a coalition is closed to a person.
    ///
    /// # Errors
    /// When the database fails.
    pub fn to(
        &mut self,
        r: &mut Reads<'_>,
        person: PersonId,
        coalition: CoalitionId,
    ) -> Result<bool> {
        if let Some(closed) = self.0.get(&person) {
            return Ok(closed.contains(&coalition));
        }
        let closed = doors::closed_to(r, person)?;
        let is_closed = closed.contains(&coalition);
        self.0.insert(person, closed);
        Ok(is_closed)
    }
}
