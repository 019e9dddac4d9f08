//! Telling officers that letters of their competition could not be delivered: once a day at most.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::store;
use crate::coalitions::doors;
use crate::competitions::store as competitions;
use crate::people::{Role, store as people};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId};
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::Result;

/// The kind of the letter, which is not counted itself.
const KIND: &str = "dead-letters";
/// Hours between two letters to one officer on one competition.
const BETWEEN_HOURS: i64 = 24;
/// Days after which a dead letter is no news.
const NEWS_DAYS: i64 = 7;

/// Writes to officers how many letters died since they were told last; of coalitions that are open
/// to them.
///
/// # Errors
/// When the database fails.
pub fn tell(w: &mut Writes<'_>) -> Result<()> {
    let now = w.now();
    let mut by_competition: BTreeMap<CompetitionId, Vec<(Instant, Option<CoalitionId>)>> =
        BTreeMap::new();
    for (competition, coalition, at) in store::died_since(w, KIND, now.plus_days(-NEWS_DAYS))? {
        let of_competition = by_competition.entry(competition).or_default();
        of_competition.push((at, coalition));
    }
    for (id, died) in by_competition {
        let Some(competition) = competitions::competition(w, id)? else {
            continue;
        };
        for officer in people::holders(w, id, Role::Officer)? {
            let count = news_for(w, id, officer, &died)?;
            if count > 0 {
                write(w, id, &competition.title(), officer, count)?;
            }
        }
    }
    Ok(())
}

/// How many of these letters an officer has not been told of; none while the last telling is fresh.
fn news_for(
    r: &mut Reads<'_>,
    competition: CompetitionId,
    officer: PersonId,
    died: &[(Instant, Option<CoalitionId>)],
) -> Result<usize> {
    let last = outbox::store::last_written(r, KIND, competition, officer)?;
    if last.is_some_and(|at| at.plus_hours(BETWEEN_HOURS) > r.now()) {
        return Ok(0);
    }
    let closed: BTreeSet<CoalitionId> = doors::closed_to(r, officer)?.into_iter().collect();
    Ok(died
        .iter()
        .filter(|(at, _)| last.is_none_or(|last| *at > last))
        .filter(|(_, of)| of.is_none_or(|coalition| !closed.contains(&coalition)))
        .count())
}

fn write(
    w: &mut Writes<'_>,
    id: CompetitionId,
    title: &str,
    officer: PersonId,
    count: usize,
) -> Result<()> {
    let now = w.now();
    outbox::enqueue(
        w,
        Letter {
            kind: KIND,
            to: Recipient::Person(officer),
            dedupe_key: format!("{KIND}:{id}:{now}:{officer}"),
            cause: ("competition", id.0),
            competition: Some(id),
            coalition: None,
            due_at: None,
            fields: json!({"competition": title, "count": count}),
        },
    )?;
    Ok(())
}
