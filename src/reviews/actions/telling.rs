//! Telling that a discussion goes on: not who wrote, nor what.

use std::collections::BTreeSet;

use serde_json::json;

use super::Before;
use crate::competitions::store as competitions;
use crate::panels::model::Assignment;
use crate::panels::store::{self as panels, Filter};
use crate::people::{self, Role};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::PersonId;
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::{OrNotFound as _, Result};
use crate::reviews::model::Note;
use crate::reviews::store;

/// Writes to the reviewers whose own review is in and to the officers, each with an open door and
/// at most once a day for each submission; not to the note's author.
pub(super) fn discussion_goes_on(w: &mut Writes<'_>, before: &Before, note: &Note) -> Result<()> {
    let (stage, submission) = (&before.stage, &before.submission);
    let competition = competitions::competition(w, stage.competition_id)?.or_not_found()?;
    let day: String = w.now().to_string().chars().take(10).collect();
    for to in readers(w, before)? {
        if to == note.person_id {
            continue;
        }
        let letter = Letter {
            kind: "discussion-goes-on",
            to: Recipient::Person(to),
            dedupe_key: format!("discussion-goes-on:{}:{day}:{to}", submission.id),
            cause: ("submission", submission.id.0),
            competition: Some(stage.competition_id),
            coalition: Some(submission.coalition_id),
            due_at: None,
            fields: json!({
                "competition": competition.title(),
                "stage": stage.name,
                "title": submission.title,
            }),
        };
        outbox::enqueue(w, letter)?;
    }
    Ok(())
}

fn readers(r: &mut Reads<'_>, before: &Before) -> Result<BTreeSet<PersonId>> {
    let (stage, about) = (&before.stage, before.submission.coalition_id);
    let here = Filter {
        coalition: Some(about),
        ..Filter::default()
    };
    let assigned: BTreeSet<PersonId> = panels::assignments_of_stage(r, stage.id, &here)?
        .into_iter()
        .filter(Assignment::is_live)
        .map(|assignment| assignment.person_id)
        .collect();
    let mut readers: BTreeSet<PersonId> = store::submitted_reviews_of(r, stage.id, about)?
        .into_iter()
        .map(|review| review.person_id)
        .collect();
    let shut_out = crate::coalitions::doors::people_shut_out(r, about)?;
    for officer in people::store::holders(r, stage.competition_id, Role::Officer)? {
        if !shut_out.contains(&officer) && !assigned.contains(&officer) {
            readers.insert(officer);
        }
    }
    Ok(readers)
}
