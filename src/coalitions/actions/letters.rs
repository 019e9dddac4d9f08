//! Who is told what. A letter names nobody who reviewed, and none of the other recipients.

use std::collections::HashSet;

use serde_json::Value;

use crate::coalitions::model::{Coalition, Invitation, MemberRole};
use crate::coalitions::{doors, store};
use crate::people::Role;
use crate::people::store as people;
use crate::platform::db::Writes;
use crate::platform::ids::PersonId;
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::Result;

/// Something to tell, by kind of letter, cause and merge fields.
pub(super) struct News {
    pub kind: &'static str,
    pub cause: (&'static str, i64),
    pub fields: Value,
}

/// Tells one person.
pub(super) fn tell(
    w: &mut Writes<'_>,
    coalition: &Coalition,
    person: PersonId,
    news: &News,
) -> Result<()> {
    send(w, coalition, Recipient::Person(person), news)
}

/// Tells one person, if they are a member still; gives whether they are.
pub(super) fn tell_member(
    w: &mut Writes<'_>,
    coalition: &Coalition,
    person: PersonId,
    news: &News,
) -> Result<bool> {
    let member = store::live_member(w, coalition.id, person)?.is_some();
    if member {
        tell(w, coalition, person, news)?;
    }
    Ok(member)
}

/// Tells who invited, or, when they are no member any more, the convenor; an officer's
/// invitation concerns the officers.
pub(super) fn tell_inviter(
    w: &mut Writes<'_>,
    coalition: &Coalition,
    invitation: &Invitation,
    news: &News,
) -> Result<()> {
    if invitation.role == MemberRole::Convenor {
        return tell_officers(w, coalition, news);
    }
    if tell_member(w, coalition, invitation.invited_by, news)? {
        return Ok(());
    }
    tell_convenor(w, coalition, news)
}

/// Tells an address that may have no account yet.
pub(super) fn tell_address(
    w: &mut Writes<'_>,
    coalition: &Coalition,
    address: &str,
    default_language: &str,
    news: &News,
) -> Result<()> {
    let known = people::person_by_email(w, address)?;
    let language = known.map_or_else(|| default_language.to_owned(), |person| person.language);
    let to = Recipient::Address {
        address: address.to_owned(),
        language,
    };
    send(w, coalition, to, news)
}

/// Tells every member.
pub(super) fn tell_members(w: &mut Writes<'_>, coalition: &Coalition, news: &News) -> Result<()> {
    for member in store::live_members(w, coalition.id)? {
        tell(w, coalition, member.person_id, news)?;
    }
    Ok(())
}

/// Tells the convenor.
pub(super) fn tell_convenor(w: &mut Writes<'_>, coalition: &Coalition, news: &News) -> Result<()> {
    let members = store::live_members(w, coalition.id)?;
    for member in members {
        if member.role == MemberRole::Convenor {
            tell(w, coalition, member.person_id, news)?;
        }
    }
    Ok(())
}

/// Tells the competition's officers, except those to whom the coalition is closed.
pub(super) fn tell_officers(w: &mut Writes<'_>, coalition: &Coalition, news: &News) -> Result<()> {
    let shut_out: HashSet<PersonId> = doors::people_shut_out(w, coalition.id)?;
    for officer in people::holders(w, coalition.competition_id, Role::Officer)? {
        if !shut_out.contains(&officer) {
            tell(w, coalition, officer, news)?;
        }
    }
    Ok(())
}

fn send(w: &mut Writes<'_>, coalition: &Coalition, to: Recipient, news: &News) -> Result<()> {
    // Each of these acts happens once in its transaction, so that its letters need no more than
    // an identity of their own: a role that changes twice is told twice.
    let once: i64 = w.fresh_id();
    outbox::enqueue(
        w,
        Letter {
            kind: news.kind,
            to,
            dedupe_key: format!("{}:{}:{once}", news.kind, news.cause.1),
            cause: news.cause,
            competition: Some(coalition.competition_id),
            coalition: Some(coalition.id),
            due_at: None,
            fields: news.fields.clone(),
        },
    )?;
    Ok(())
}
