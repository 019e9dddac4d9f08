//! Telling reviewers that closed reviews are open again.

use std::collections::BTreeSet;

use serde_json::json;

use crate::coalitions::doors;
use crate::competitions::model::{Phase, Stage, StageActKind};
use crate::competitions::store as competitions;
use crate::panels::model::AssignmentState;
use crate::panels::store::{self as panels, Filter};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::PersonId;
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::{OrNotFound as _, Result};

/// How long after a reopening its letters may still be written, in days.
const LATEST: i64 = 3;

/// Writes to the reviewers of every stage whose reviews were reopened of late, each once for each
/// reopening; gives how many stages that were. The act is recorded where reviews aren't known, so
/// this runs behind it.
pub fn tell_of_reopenings(w: &mut Writes<'_>) -> Result<usize> {
    let now = w.now();
    let mut told = 0;
    for stage in competitions::published_stages(w)? {
        let reopened = last_reopening(&stage);
        let Some(at) = reopened.filter(|at| *at > now.plus_days(-LATEST)) else {
            continue;
        };
        if stage.phase(now) == Phase::Reviewing {
            tell(w, &stage, at)?;
            told += 1;
        }
    }
    Ok(told)
}

fn last_reopening(stage: &Stage) -> Option<Instant> {
    let reopenings = stage
        .acts
        .iter()
        .filter(|act| act.act == StageActKind::ReviewsReopened);
    reopenings.map(|act| act.at).max()
}

fn tell(w: &mut Writes<'_>, stage: &Stage, at: Instant) -> Result<()> {
    let competition = competitions::competition(w, stage.competition_id)?.or_not_found()?;
    for person in reviewers(w, stage)? {
        let letter = Letter {
            kind: "reviews-reopened",
            to: Recipient::Person(person),
            dedupe_key: format!("reviews-reopened:{}:{}:{person}", stage.id, at.micros()),
            cause: ("stage", stage.id.0),
            competition: Some(stage.competition_id),
            coalition: None,
            due_at: None,
            fields: json!({
                "competition": competition.title(),
                "stage": stage.name,
                "path": "/assignments",
            }),
        };
        outbox::enqueue(w, letter)?;
    }
    Ok(())
}

/// Whoever has an assignment that stands, and a door that is open.
fn reviewers(r: &mut Reads<'_>, stage: &Stage) -> Result<BTreeSet<PersonId>> {
    let accepted = Filter {
        state: Some(AssignmentState::Accepted),
        ..Filter::default()
    };
    let mut people = BTreeSet::new();
    for assignment in panels::assignments_of_stage(r, stage.id, &accepted)? {
        if !doors::is_closed(r, assignment.person_id, assignment.coalition_id)? {
            people.insert(assignment.person_id);
        }
    }
    Ok(people)
}
