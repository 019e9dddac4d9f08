//! Letters to funders on the awards of their own budget lines, from when the public knows them.

use std::collections::BTreeMap;

use serde_json::json;

use super::public::known_awards;
use crate::awards::model::Award;
use crate::awards::store;
use crate::coalitions::doors;
use crate::coalitions::store as coalitions;
use crate::competitions::store as competitions;
use crate::people::{Role, store as people};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::PersonId;
use crate::platform::money::Money;
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::{OrNotFound as _, Result};

/// For how long an announcement is still told, if the server was down.
const TOLD_DAYS: i64 = 7;

/// Tells funders of the awards on their lines that became public of late; of each once.
///
/// # Errors
/// When the database fails.
pub fn tell_of_public_awards(w: &mut Writes<'_>) -> Result<()> {
    let oldest = w.now().plus_days(-TOLD_DAYS);
    for competition in store::competitions_with_public_awards(w)? {
        for award in known_awards(w, competition)? {
            let public_at = award.decision.telling().map(|told| told.public_at);
            if public_at.is_some_and(|at| at > oldest) {
                tell(w, &award, "award-public-funder")?;
            }
        }
    }
    Ok(())
}

/// Writes to the funders whose lines an award draws on, if the public knows the award.
///
/// # Errors
/// When the database fails.
pub fn tell(w: &mut Writes<'_>, award: &Award, kind: &'static str) -> Result<()> {
    let decision = &award.decision;
    if !decision.is_public(w.now()) {
        return Ok(());
    }
    let competition = competitions::competition(w, decision.competition)?.or_not_found()?;
    let coalition = coalitions::coalition(w, decision.coalition)?.or_not_found()?;
    for (funder, amount) in funders_of(w, award)? {
        let total = Money::new(amount, &competition.currency);
        outbox::enqueue(
            w,
            Letter {
                kind,
                to: Recipient::Person(funder),
                dedupe_key: format!("{kind}:{}:{funder}", award.id()),
                cause: ("award", award.id().0),
                competition: Some(competition.id),
                coalition: Some(coalition.id),
                due_at: None,
                fields: json!({
                    "competition": competition.title(),
                    "coalition": coalition.name,
                    "total": total.written(),
                }),
            },
        )?;
    }
    Ok(())
}

/// Who watches a line that the award draws on, with the money on their lines; nobody to whom the
/// coalition is closed.
fn funders_of(r: &mut Reads<'_>, award: &Award) -> Result<BTreeMap<PersonId, i64>> {
    let decision = &award.decision;
    let mut funders = people::holders(r, decision.competition, Role::Funder)?;
    let shut_out = doors::people_shut_out(r, decision.coalition)?;
    funders.retain(|funder| !shut_out.contains(funder));
    let mut amounts = BTreeMap::new();
    for watch in store::watches_in(r, decision.competition)? {
        let parts = &decision.content.amounts;
        let drawn = parts.iter().find(|part| part.line == watch.line);
        if let Some(part) = drawn.filter(|_| funders.contains(&watch.person)) {
            *amounts.entry(watch.person).or_default() += part.amount;
        }
    }
    Ok(amounts)
}
