//! The people of the sample, and what they act with.

use std::collections::HashMap;

use crate::app::App;
use crate::people::accounts::{self, Newcomer};
use crate::people::keys::Keys;
use crate::people::sessions::{self, Lifetimes};
use crate::people::{Person, store};
use crate::platform::clock::Instant;
use crate::platform::db::Writes;
use crate::platform::ids::{PersonId, SessionId};
use crate::platform::refusal::{OrNotFound as _, Result};

use super::data::Names;

/// Everyone's password in the sample; it is for this machine only.
pub const PASSWORD: &str = "a-table-of-many-chairs";

/// How long a session of the sample counts as fresh, in seconds.
const FRESH: i64 = 900;

/// Who has an account, and who is signed in.
pub struct Cast {
    keys: Keys,
    lifetimes: Lifetimes,
    /// Of [`PASSWORD`]: one for all, because hashing takes long by design.
    hash: String,
    by_email: HashMap<String, PersonId>,
    sessions: HashMap<PersonId, (SessionId, Instant)>,
    names_given: usize,
}

impl Cast {
    /// Nobody yet.
    pub fn new(app: &App, hash: &str) -> Self {
        Self {
            keys: app.gate.keys.clone(),
            lifetimes: app.lifetimes,
            hash: hash.to_owned(),
            by_email: HashMap::new(),
            sessions: HashMap::new(),
            names_given: 0,
        }
    }

    /// The person of an address; they get a verified account when they have none.
    pub fn person(&mut self, w: &mut Writes<'_>, newcomer: Newcomer) -> Result<PersonId> {
        if let Some(id) = self.by_email.get(&newcomer.email) {
            return Ok(*id);
        }
        let id = accounts::add(w, &newcomer, Some(self.hash.clone()), true)?.id;
        self.by_email.insert(newcomer.email, id);
        Ok(id)
    }

    /// As [`Cast::person`], with the next name of the list.
    pub fn member(
        &mut self,
        w: &mut Writes<'_>,
        names: &Names,
        email: &str,
        organisation: &str,
        home_city: &str,
    ) -> Result<PersonId> {
        if let Some(id) = self.by_email.get(email) {
            return Ok(*id);
        }
        let (first, last) = (names.first.len(), names.last.len());
        let number = self.names_given;
        self.names_given += 1;
        let name = format!(
            "{} {}",
            names.first[number % first],
            names.last[(number + number / first) % last]
        );
        let newcomer = Newcomer {
            email: email.to_owned(),
            name,
            organisation: organisation.to_owned(),
            home_city: home_city.to_owned(),
            ..Newcomer::default()
        };
        self.person(w, newcomer)
    }

    /// A person signed in a moment ago, with their rights as they are now.
    pub fn acting(&mut self, w: &mut Writes<'_>, id: PersonId) -> Result<Person> {
        let now = w.now();
        let signed_in = self.sessions.get(&id).filter(|(_, begun)| {
            let age = now.seconds_since(*begun);
            (0..FRESH / 2).contains(&age)
        });
        let session = match signed_in {
            Some((session, _)) => *session,
            None => self.sign_in(w, id)?,
        };
        let (mut person, _) = store::caller_in_session(w, session)?.or_not_found()?;
        person.fresh_for = FRESH;
        Ok(person)
    }

    fn sign_in(&mut self, w: &mut Writes<'_>, id: PersonId) -> Result<SessionId> {
        let row = store::person(w, id)?.or_not_found()?;
        let begun = sessions::begin(w, &self.keys, &row, true, self.lifetimes)?;
        self.sessions.insert(id, (begun.session, w.now()));
        Ok(begun.session)
    }

    /// Signs everyone out: nobody of the sample is signed in when the server starts.
    pub fn leave(&self, w: &mut Writes<'_>) -> Result<()> {
        for id in self.by_email.values() {
            sessions::end_all(w, *id, None, "the sample is loaded")?;
        }
        Ok(())
    }
}
