//! Numbered changes to a published call, sent to every coalition.

use std::collections::BTreeMap;

use serde_json::json;

use crate::coalitions::store;
use crate::competitions::actions::calls::{self, NewAmendment};
use crate::competitions::model::{Amendment, Competition};
use crate::people::Person;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, Input};
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId};
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::Result;

/// Publishes the next amendment and sends it to every member of every live coalition, once.
///
/// # Errors
/// 404 and 403 as everywhere; 409 while the call is not published; 422 without a text.
pub fn publish(
    w: &mut Writes<'_>,
    who: &Person,
    id: CompetitionId,
    input: &Input<NewAmendment>,
) -> Result<Created<Amendment>> {
    let (competition, amendment) = calls::amend(w, who, id, input)?;
    for (person, coalition) in members_of_all(w, id)? {
        send(w, &competition, &amendment, person, coalition)?;
    }
    let location = format!("/api/v1/competitions/{id}/amendments");
    Ok(Created::at(location, amendment))
}

/// Every member, with a coalition of theirs: who conflicts with it sees nothing of the letter.
///
/// # Errors
/// When the database fails.
pub fn members_of_all(
    r: &mut Reads<'_>,
    id: CompetitionId,
) -> Result<BTreeMap<PersonId, CoalitionId>> {
    let mut people = BTreeMap::new();
    for coalition in store::coalitions_of(r, id)? {
        for member in store::live_members(r, coalition.id)? {
            people.entry(member.person_id).or_insert(coalition.id);
        }
    }
    Ok(people)
}

fn send(
    w: &mut Writes<'_>,
    competition: &Competition,
    amendment: &Amendment,
    person: PersonId,
    coalition: CoalitionId,
) -> Result<()> {
    outbox::enqueue(
        w,
        Letter {
            kind: "amendment-published",
            to: Recipient::Person(person),
            dedupe_key: format!("amendment-published:{}:{person}", amendment.id),
            cause: ("amendment", amendment.id),
            competition: Some(competition.id),
            coalition: Some(coalition),
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
