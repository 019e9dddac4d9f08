//! Numbered changes to a published call, sent to every coalition.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::coalitions::store;
use crate::competitions::model::{Amendment, Competition};
use crate::competitions::store as competitions;
use crate::people::{Person, Role};
use crate::platform::audit::{self, Act};
use crate::platform::db::{Reads, Writes};
use crate::platform::digest::sha256_hex;
use crate::platform::http::{Created, Input};
use crate::platform::ids::{CompetitionId, PersonId};
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::{Failure, Result, Rule};

/// Characters that an amendment has at most.
const AT_MOST: usize = 20_000;

/// A change to a call.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Amending {
    /// What changes, in plain text with line breaks.
    pub body: String,
}

/// Publishes the next amendment and sends it to every member of every live coalition.
///
/// # Errors
/// 404 and 403 as everywhere; 409 while the call is not published; 422 without a text.
pub fn publish(
    w: &mut Writes<'_>,
    who: &Person,
    id: CompetitionId,
    input: &Input<Amending>,
) -> Result<Created<Amendment>> {
    let competition = super::competition_seen(w, who, id)?;
    if !who.is(Role::Officer, id) {
        return Err(Failure::forbidden(
            "An officer of the competition may do this.",
        ));
    }
    let body = read(&input.get()?.body)?;
    if !competition.is_published(w.now()) {
        let words = "The call is not published yet: change the call itself.";
        return Err(Failure::rule(Rule::WrongPhase, words));
    }
    let amendment = competitions::record_amendment(w, id, &body, who.id)?;
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act: "amendment.published",
            object: ("amendment", amendment.id),
            competition: Some(id),
            coalition: None,
            detail: json!({ "number": amendment.number, "digest": sha256_hex(&body) }),
        },
    )?;
    for person in members_of_all(w, id)? {
        send(w, &competition, &amendment, person)?;
    }
    let location = format!("/api/v1/competitions/{id}/amendments");
    Ok(Created::at(location, amendment))
}

fn read(typed: &str) -> Result<String> {
    let body = typed.trim().replace("\r\n", "\n");
    let count = body.chars().count();
    if count == 0 || count > AT_MOST {
        let words = format!("Say in 1 to {AT_MOST} characters what changes.");
        return Err(Failure::invalid("/body", words));
    }
    Ok(body)
}

/// Every member of every live coalition, once.
fn members_of_all(r: &mut Reads<'_>, id: CompetitionId) -> Result<Vec<PersonId>> {
    let mut seen = HashSet::new();
    let mut people = Vec::new();
    for coalition in store::coalitions_of(r, id)? {
        for member in store::live_members(r, coalition.id)? {
            if seen.insert(member.person_id) {
                people.push(member.person_id);
            }
        }
    }
    Ok(people)
}

fn send(
    w: &mut Writes<'_>,
    competition: &Competition,
    amendment: &Amendment,
    person: PersonId,
) -> Result<()> {
    outbox::enqueue(
        w,
        Letter {
            kind: "amendment-published",
            to: Recipient::Person(person),
            dedupe_key: format!("amendment-published:{}:{person}", amendment.id),
            cause: ("amendment", amendment.id),
            competition: Some(competition.id),
            coalition: None,
            due_at: None,
            fields: json!({
                "competition": competition.title(),
                "number": amendment.number,
                "body": amendment.body,
            }),
        },
    )?;
    Ok(())
}
