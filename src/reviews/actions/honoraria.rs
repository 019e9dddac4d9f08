//! What each reviewer has done, to pay honoraria by.

use std::collections::BTreeMap;

use super::exports::taken;
use super::{hidden_from, office, stage_for_office};
use crate::panels::store as panels;
use crate::people::store as people;
use crate::people::{Person, Role};
use crate::platform::clock::Instant;
use crate::platform::db::Writes;
use crate::platform::http::{HttpFile, csv_file};
use crate::platform::ids::{PersonId, StageId};
use crate::platform::refusal::{Failure, Result};
use crate::reviews::{access, store};

/// What one reviewer has completed.
struct Done {
    reviews: usize,
    first: Instant,
    last: Instant,
}

/// How many reviews each reviewer of a stage has completed, those too that no longer count: the work
/// was done. It takes a fresh sign-in, and the log tells who took it.
pub fn csv(w: &mut Writes<'_>, who: &Person, id: StageId) -> Result<HttpFile> {
    let stage = stage_for_office(w, who, id, access::reads_progress)?;
    if office(who, stage.competition_id) != Some(Role::Officer) {
        return Err(Failure::forbidden(
            "Officers export what reviewers have done.",
        ));
    }
    who.require_fresh(w.now())?;
    let hidden = hidden_from(w, who, &stage)?;
    let mut by_person: BTreeMap<PersonId, Done> = BTreeMap::new();
    for completed in store::completed(w, id)? {
        if hidden.contains(&completed.coalition) {
            continue;
        }
        let at = completed.at;
        let done = by_person.entry(completed.person).or_insert(Done {
            reviews: 0,
            first: at,
            last: at,
        });
        done.reviews += 1;
        done.first = done.first.min(at);
        done.last = done.last.max(at);
    }
    let ids: Vec<PersonId> = by_person.keys().copied().collect();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for person in people::persons(w, &ids)? {
        let Some(done) = by_person.remove(&person.id) else {
            continue;
        };
        let member = panels::panel_member(w, id, person.id)?;
        rows.push(vec![
            person.name,
            person.email,
            member.map_or_else(String::new, |member| member.organisation),
            done.reviews.to_string(),
            done.first.to_string(),
            done.last.to_string(),
        ]);
    }
    rows.sort();
    taken(w, who, &stage, "honoraria.exported")?;
    let header = [
        "reviewer",
        "email",
        "organisation",
        "completed_reviews",
        "first_completed_at",
        "last_completed_at",
    ];
    csv_file(
        &format!("honoraria-{id}.csv"),
        header.map(str::to_owned).into(),
        rows,
    )
}
