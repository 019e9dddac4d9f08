//! Telling reviewers whose reviews are not submitted that reviews are closed.

use std::collections::BTreeSet;

use serde_json::json;

use crate::coalitions::doors;
use crate::competitions::model::{Phase, Stage, StageActKind};
use crate::competitions::store as competitions;
use crate::panels::model::AssignmentState;
use crate::panels::store::{self as panels, Filter};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::PersonId;
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::{OrNotFound as _, Result};
use crate::reviews::assignments;

/// How long after a closing its letters may still be written, in days.
const LATEST_DAYS: i64 = 3;

/// Writes to the reviewers of every stage whose reviews were closed of late and who had some left
/// to submit, each once for each closing. The act is recorded where reviews aren't known, so this
/// runs behind it.
///
/// # Errors
/// When the database fails.
pub fn tell_of_closings(w: &mut Writes<'_>) -> Result<()> {
    let now = w.now();
    for stage in competitions::published_stages(w)? {
        let last = stage.acts.iter().rposition(|act| {
            matches!(
                act.act,
                StageActKind::ReviewsClosed | StageActKind::ReviewsReopened
            )
        });
        let Some(at) = last.filter(|at| stage.acts[*at].act == StageActKind::ReviewsClosed) else {
            continue;
        };
        let recent = stage.acts[at].at > now.plus_days(-LATEST_DAYS);
        if recent && stage.phase(now) >= Phase::Deciding {
            tell(w, &stage, at)?;
        }
    }
    Ok(())
}

fn tell(w: &mut Writes<'_>, stage: &Stage, closing: usize) -> Result<()> {
    let competition = competitions::competition(w, stage.competition_id)?.or_not_found()?;
    for person in with_open_reviews(w, stage)? {
        let letter = Letter {
            kind: "reviews-closed",
            to: Recipient::Person(person),
            dedupe_key: format!("reviews-closed:{}:{closing}:{person}", stage.id),
            cause: ("stage", stage.id.0),
            competition: Some(stage.competition_id),
            coalition: None,
            due_at: None,
            fields: json!({"competition": competition.title(), "stage": stage.name}),
        };
        outbox::enqueue(w, letter)?;
    }
    Ok(())
}

/// Whoever has an assignment that stands without a submitted review, and a door that is open.
fn with_open_reviews(r: &mut Reads<'_>, stage: &Stage) -> Result<BTreeSet<PersonId>> {
    let accepted = Filter {
        state: Some(AssignmentState::Accepted),
        ..Filter::default()
    };
    let done = assignments::done(r, stage)?;
    let mut people = BTreeSet::new();
    for assignment in panels::assignments_of_stage(r, stage.id, &accepted)? {
        let open = !done.contains(&assignment.id)
            && !doors::is_closed(r, assignment.person_id, assignment.coalition_id)?;
        if open {
            people.insert(assignment.person_id);
        }
    }
    Ok(people)
}
