//! Single-use links in e-mails. No row holds a token: it is the row's identity and a signature,
//! made when the e-mail is sent. GET never consumes one.

use diesel::prelude::*;

use super::keys::Keys;
use crate::platform::clock::Instant;
use crate::platform::db::schema::links;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{LinkId, PersonId};
use crate::platform::refusal::{Failure, Result, Rule};
use crate::text_enum;

text_enum! {
    /// What a link is good for.
    LinkKind {
        /// Proves that an address is its owner's.
        Verification = "verification",
        /// Sets a new password.
        Reset = "reset",
        /// Joins a coalition, or makes an account for a role or panel.
        Invitation = "invitation",
        /// Stops reminders; stays good.
        Unsubscribe = "unsubscribe",
    }
}

/// A link as stored.
#[derive(Clone, Debug, Queryable)]
pub struct Link {
    /// Identity, from which the token derives.
    pub id: LinkId,
    /// What it is good for.
    pub kind: LinkKind,
    /// Whose it is, where that is known.
    pub person: Option<PersonId>,
    /// The address that it was sent to, in lower case.
    pub address: String,
    /// What it leads to, for example an invitation.
    pub subject: Option<i64>,
    /// When it stops working.
    pub expires_at: Instant,
    /// When it was used.
    pub used_at: Option<Instant>,
}

/// Makes a link, good for so many hours; its token is [`Keys::link_token`] of the identity given
/// back.
///
/// # Errors
/// When the database fails.
pub fn make(
    w: &mut Writes<'_>,
    kind: LinkKind,
    to: (Option<PersonId>, &str),
    subject: Option<i64>,
    hours: i64,
) -> Result<LinkId> {
    let (id, now) = (w.fresh_id::<LinkId>(), w.now());
    diesel::insert_into(links::table)
        .values((
            links::id.eq(id),
            links::kind.eq(kind),
            links::person_id.eq(to.0),
            links::address.eq(to.1.to_lowercase()),
            links::subject_id.eq(subject),
            links::created_at.eq(now),
            links::expires_at.eq(now.plus_hours(hours)),
        ))
        .execute(w.conn())?;
    Ok(id)
}

/// The link behind a token, used up or not.
///
/// # Errors
/// When the database fails.
pub fn find(r: &mut Reads<'_>, keys: &Keys, kind: LinkKind, token: &str) -> Result<Option<Link>> {
    let Some(id) = keys.link_of(r, token)? else {
        return Ok(None);
    };
    Ok(links::table
        .filter(links::id.eq(id))
        .filter(links::kind.eq(kind))
        .select((
            links::id,
            links::kind,
            links::person_id,
            links::address,
            links::subject_id,
            links::expires_at,
            links::used_at,
        ))
        .first(r.conn())
        .optional()?)
}

/// Uses a link up.
///
/// # Errors
/// 409 when it is unknown, expired or used.
pub fn consume(w: &mut Writes<'_>, keys: &Keys, kind: LinkKind, token: &str) -> Result<Link> {
    let link = find(w, keys, kind, token)?
        .filter(|link| link.used_at.is_none() && link.expires_at > w.now());
    let link = link.ok_or_else(|| Failure::rule(Rule::LinkUsedUp, "Ask for a new link."))?;
    let now = w.now();
    diesel::update(links::table.find(link.id))
        .set(links::used_at.eq(now))
        .execute(w.conn())?;
    Ok(link)
}

/// Ends a person's links of one kind, for example when one of them has done its work.
///
/// # Errors
/// When the database fails.
pub fn end_all_of(w: &mut Writes<'_>, kind: LinkKind, person: PersonId) -> Result<()> {
    let now = w.now();
    diesel::update(
        links::table
            .filter(links::kind.eq(kind))
            .filter(links::person_id.eq(person))
            .filter(links::used_at.is_null()),
    )
    .set(links::used_at.eq(now))
    .execute(w.conn())?;
    Ok(())
}

/// Ends links that lead to something which is over, for example a withdrawn invitation.
///
/// # Errors
/// When the database fails.
pub fn end_all(w: &mut Writes<'_>, kind: LinkKind, subject: i64) -> Result<()> {
    let now = w.now();
    diesel::update(
        links::table
            .filter(links::kind.eq(kind))
            .filter(links::subject_id.eq(subject))
            .filter(links::used_at.is_null()),
    )
    .set(links::used_at.eq(now))
    .execute(w.conn())?;
    Ok(())
}
