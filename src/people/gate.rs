//! Who stands behind a bearer token or a link, with their rights as of the transaction that asks.

use super::keys::Keys;
use super::model::{Person, Role};
use super::once::Running;
use super::store;
use crate::platform::clock::Instant;
use crate::platform::db::{Db, Reads};
use crate::platform::digest::sha256_hex;
use crate::platform::ids::PersonId;
use crate::platform::refusal::{OrNotFound as _, Refusal, Result};

/// What it takes to know a caller.
#[derive(Clone)]
pub struct Gate {
    /// The database.
    pub db: Db,
    /// The keys that tokens are signed with.
    pub keys: Keys,
    /// Whether officers, approvers and administrators need a second factor.
    pub second_factor_required: bool,
    /// How long a sign-in counts as fresh, in seconds.
    pub fresh_for: i64,
    /// Whatever a signed-in caller writes is undone before the answer: for asking who may do what.
    pub undoes: bool,
    /// Requests with an idempotency key that run now.
    pub running: Running,
}

impl Gate {
    /// The caller that a bearer token stands for, with their rights as of this transaction.
    ///
    /// # Errors
    /// 401 when the token is none of ours, or its session or account has ended.
    pub fn caller(&self, r: &mut Reads<'_>, bearer: Option<&str>) -> Result<Person> {
        let token = bearer.ok_or(Refusal::SignInNeeded)?;
        if token.starts_with("civ_") {
            let (person, has_second_factor) =
                store::caller_by_token(r, &sha256_hex(token))?.ok_or(Refusal::SignInNeeded)?;
            return Ok(self.judged(person, has_second_factor));
        }
        let session = self
            .keys
            .session_of(r, token)?
            .ok_or(Refusal::SignInNeeded)?;
        let (person, second_factor) =
            store::caller_in_session(r, session)?.ok_or(Refusal::SignInNeeded)?;
        Ok(self.judged(person, second_factor))
    }

    /// The caller, with whether their role asks for a second factor that a session did not have,
    /// or, for a token, that its owner has not set up.
    fn judged(&self, mut person: Person, second_factor: bool) -> Person {
        person.fresh_for = self.fresh_for;
        if !person.verified {
            // Whoever took the address for this account may not be its owner.
            person.without_rights();
        }
        let asks = person.administrator
            || person
                .roles()
                .iter()
                .any(|(_, role)| matches!(role, Role::Officer | Role::Approver));
        person.lacks_second_factor = self.second_factor_required && asks && !second_factor;
        person
    }

    /// Whether a bearer token may be one of ours, as far as can be told without the database.
    pub fn may_be_ours(&self, token: &str, now: Instant) -> bool {
        token.starts_with("civ_") || self.keys.known_session_of(token, now).is_some()
    }

    /// Someone who proved their address by a link just now, for answering what the link is about;
    /// it opens nothing else, so no fresh sign-in and no session come with it.
    ///
    /// # Errors
    /// 404 when there is no such person.
    pub fn by_link(&self, r: &mut Reads<'_>, id: PersonId) -> Result<Person> {
        let row = store::person(r, id)?.or_not_found()?;
        Ok(Person {
            id,
            name: row.name,
            email: row.email,
            language: row.language,
            administrator: false,
            verified: row.verified_at.is_some(),
            session: None,
            authenticated_at: None,
            scopes: None,
            lacks_second_factor: false,
            fresh_for: 0,
            roles: Vec::new(),
        })
    }
}
