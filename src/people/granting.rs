//! Giving and taking away roles and the administrator's rights, whoever asks for it: each leaves
//! an act, and no administrator is left without word of it.

use serde_json::json;

use super::model::{Person, Role};
use super::own;
use super::store::PersonRow;
use super::{letters, store};
use crate::platform::audit::{self, Act};
use crate::platform::db::Writes;
use crate::platform::ids::{CompetitionId, PersonId};
use crate::platform::refusal::{OrNotFound as _, Result};

/// Who gives or takes.
#[derive(Clone, Copy, Debug)]
pub enum Granter<'a> {
    /// Someone with the right to.
    Person(&'a Person),
    /// Whoever operates the server.
    CommandLine,
}

impl Granter<'_> {
    /// Their identity, as the audit log names the actor.
    pub const fn id(&self) -> Option<PersonId> {
        match self {
            Self::Person(who) => Some(who.id),
            Self::CommandLine => None,
        }
    }

    /// How letters name them.
    pub fn name(&self) -> &str {
        match self {
            Self::Person(who) => &who.name,
            Self::CommandLine => "The server's operator",
        }
    }
}

/// What a letter says that the administrator's rights reach to.
const EVERYTHING: &str = "the whole instance";

/// Gives a role in a competition. Who holds it already and has no password yet gets the letter
/// with the link to set one again; else nothing happens.
///
/// # Errors
/// When the database fails, or there is no such person or competition.
pub fn give_role(
    w: &mut Writes<'_>,
    by: Granter<'_>,
    person: PersonId,
    competition: CompetitionId,
    role: Role,
) -> Result<()> {
    if store::roles_of(w, person)?.contains(&(competition, role)) {
        let holder = store::person(w, person)?.or_not_found()?;
        if holder.password_hash.is_some() {
            return Ok(());
        }
        let (row, named) = record_role(w, by, "role.letter_sent_again", competition, person, role)?;
        return letters::first_password(w, &row, role.as_str(), &named);
    }
    store::give_role(w, person, competition, role, by.id())?;
    let (row, named) = record_role(w, by, "role.granted", competition, person, role)?;
    letters::role_given(w, by, &row, role.as_str(), &named)
}

/// Takes a role away that is held.
///
/// # Errors
/// When the database fails, or there is no such person or competition.
pub fn take_role(
    w: &mut Writes<'_>,
    by: Granter<'_>,
    person: PersonId,
    competition: CompetitionId,
    role: Role,
) -> Result<()> {
    store::take_role(w, person, competition, role)?;
    let (row, named) = record_role(w, by, "role.taken", competition, person, role)?;
    letters::role_taken(w, by, &row, role.as_str(), &named)
}

/// Makes someone an administrator of the instance, or no longer; nothing happens when it is so
/// already.
///
/// # Errors
/// When the database fails, or there is no such person.
pub fn set_administrator(
    w: &mut Writes<'_>,
    by: Granter<'_>,
    person: PersonId,
    administrator: bool,
) -> Result<()> {
    let row = store::person(w, person)?.or_not_found()?;
    if row.administrator == administrator {
        return Ok(());
    }
    store::set_administrator(w, person, administrator)?;
    if administrator {
        own::record(w, by.id(), "administrator.granted", person)?;
        letters::role_given(w, by, &row, "administrator", EVERYTHING)
    } else {
        own::record(w, by.id(), "administrator.taken", person)?;
        letters::role_taken(w, by, &row, "administrator", EVERYTHING)
    }
}

/// Leaves an act about a role; gives whose it is, and of which competition in a letter's words.
fn record_role(
    w: &mut Writes<'_>,
    by: Granter<'_>,
    act: &str,
    competition: CompetitionId,
    person: PersonId,
    role: Role,
) -> Result<(PersonRow, String)> {
    audit::record(
        w,
        Act {
            actor: by.id(),
            act,
            object: ("person", person.0),
            competition: Some(competition),
            coalition: None,
            detail: json!({"role": role}),
        },
    )?;
    Ok((
        store::person(w, person)?.or_not_found()?,
        store::competition_name(w, competition)?.or_not_found()?,
    ))
}
