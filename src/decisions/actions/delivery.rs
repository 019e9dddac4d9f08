//! Sending the letters of an announcement again that could not be delivered, all at once.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::announced::find;
use super::telling::CAUSE;
use crate::decisions::letters::readers;
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::db::Writes;
use crate::platform::ids::{AnnouncementId, CoalitionId, PersonId};
use crate::platform::outbox::{MessageState, store as outbox};
use crate::platform::refusal::Result;

/// How many letters are sent again.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Resent {
    /// How many.
    pub resent: usize,
}

/// Sends every dead letter of an announcement again, to the present addresses of those who are
/// still members; none about a coalition that is closed to the officer.
pub fn resend(w: &mut Writes<'_>, who: &Person, id: AnnouncementId) -> Result<Resent> {
    let (desk, announcement) = find(w, who, id)?;
    let mut members: HashMap<CoalitionId, HashSet<PersonId>> = HashMap::new();
    let mut resent = 0;
    for (message, coalition, person, state) in outbox::outcomes(w, (CAUSE, id.0))? {
        let (Some(coalition), Some(person)) = (coalition, person) else {
            continue;
        };
        if state != MessageState::Dead || !desk.sees(coalition) {
            continue;
        }
        let present = match members.entry(coalition) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let now = readers(w, coalition)?.into_iter().map(|row| row.id);
                new.insert(now.collect())
            }
        };
        if !present.contains(&person) {
            continue;
        }
        outbox::send_again(w, message)?;
        audit::record(
            w,
            Act {
                actor: Some(who.id),
                act: "message.resent",
                object: ("message", message.0),
                competition: Some(announcement.competition),
                coalition: Some(coalition),
                detail: json!({"announcement": id}),
            },
        )?;
        resent += 1;
    }
    Ok(Resent { resent })
}
