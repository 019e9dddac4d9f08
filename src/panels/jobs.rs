//! What happens by itself: reminders before the review deadline, and the end of what a seat or
//! a membership has closed since it was assigned. Called each minute; calling twice does nothing
//! more.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::model::Assignment;
use super::{actions, letters, store};
use crate::coalitions::doors;
use crate::competitions;
use crate::competitions::model::{Phase, Stage};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, PersonId};
use crate::platform::refusal::Result;

/// Writes the reminders that are due: for each stage under review, the latest of its reminder
/// times that has come, once for each reviewer with something open. `is_done` says whether the
/// review of an assignment is in; reviews are known to a module on the right only.
/// Gives how many reviewers have one.
///
/// # Errors
/// When the database fails.
pub fn due_reminders(
    w: &mut Writes<'_>,
    is_done: &dyn Fn(&mut Reads<'_>, &Assignment) -> Result<bool>,
) -> Result<usize> {
    let now = w.now();
    let mut reminded = 0;
    for stage in competitions::store::published_stages(w)? {
        let Some(hours) = reminder_due(&stage, now) else {
            continue;
        };
        for (person, open) in open_reviews(w, &stage, is_done)? {
            let deadline = stage.review_deadline.map_or(0, Instant::micros);
            let key = format!("{}:{deadline}:{hours}:{person}", stage.id);
            letters::reminder(w, &stage, person, open, &key)?;
            reminded += 1;
        }
    }
    Ok(reminded)
}

/// The reminder time that has come last, in hours before the deadline; none outside a review.
fn reminder_due(stage: &Stage, now: Instant) -> Option<i32> {
    let deadline = stage.review_deadline?;
    if now >= deadline || stage.phase(now) != Phase::Reviewing {
        return None;
    }
    let come = |hours: &i32| deadline.plus_hours(-i64::from(*hours)) <= now;
    stage.reminder_hours.iter().copied().filter(come).min()
}

/// How many reviews each reviewer of a stage still has to hand in.
fn open_reviews(
    w: &mut Writes<'_>,
    stage: &Stage,
    is_done: &dyn Fn(&mut Reads<'_>, &Assignment) -> Result<bool>,
) -> Result<BTreeMap<PersonId, usize>> {
    let mut closed = Closed::default();
    let mut open = BTreeMap::new();
    for assignment in store::assignments_of_stage(w, stage.id, &store::Filter::default())? {
        let counts = assignment.is_live()
            && !closed.to(w, assignment.person_id, assignment.coalition_id)?
            && !is_done(w, &assignment)?;
        if counts {
            *open.entry(assignment.person_id).or_default() += 1;
        }
    }
    Ok(open)
}

/// Ends the assignments of reviewers who have become members of the coalition or taken a seat at
/// its table since. Their access ended with the act itself; this tells them and the officers.
/// Gives how many assignments ended.
///
/// # Errors
/// When the database fails.
pub fn end_closed_assignments(w: &mut Writes<'_>) -> Result<usize> {
    let mut closed = Closed::default();
    let mut ended = 0;
    for assignment in store::live_assignments(w, None, None)? {
        if closed.to(w, assignment.person_id, assignment.coalition_id)? {
            ended +=
                actions::end_conflicted(w, None, assignment.coalition_id, assignment.person_id)?;
        }
    }
    Ok(ended)
}

/// What is closed to whom, read once for each person.
#[derive(Default)]
struct Closed(HashMap<PersonId, HashSet<CoalitionId>>);

impl Closed {
    fn to(&mut self, r: &mut Reads<'_>, person: PersonId, coalition: CoalitionId) -> Result<bool> {
        if let Some(closed) = self.0.get(&person) {
            return Ok(closed.contains(&coalition));
        }
        let closed = doors::closed_to(r, person)?;
        let is_closed = closed.contains(&coalition);
        self.0.insert(person, closed);
        Ok(is_closed)
    }
}
