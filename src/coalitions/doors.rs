//! Which coalitions are closed to whom. A conflict in force closes every door: list, search,
//! count, export, mail, discussion, page, audit log.
//!
//! What closes a door is a confirmed conflict, a seat that the person accepted, and a live
//! membership. These doors belong to rights of office and of review; what people may do as
//! members of their own coalition is not asked here. A name in a text, an invitation or an
//! unaccepted seat closes nothing.

use std::collections::HashSet;

use diesel::prelude::*;

use super::model::SeatState;
use crate::on_either;
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::db::schema::{conflicts, members, seats};
use crate::platform::ids::{CoalitionId, PersonId};
use crate::platform::refusal::Result;
use crate::text_enum;

text_enum! {
    /// Of what kind a tie between a person and a proposal is.
    ConflictKind {
        /// Works, or worked, for a partner.
        Employment = "employment",
        /// Family or household.
        Family = "family",
        /// Money: owner, lender, borrower, paid adviser.
        Financial = "financial",
        /// On a board of a partner.
        Board = "board",
        /// Helped to write or to plan the proposal.
        Advice = "advice",
        /// A close friend or an open dispute.
        Personal = "personal",
        /// The same organisation.
        Organisation = "organisation",
        /// The same domain in the e-mail address, other than public providers.
        MailDomain = "mail_domain",
        /// Lives in one of the places.
        HomeCity = "home_city",
        /// A seat at the table.
        Seat = "seat",
        /// A member of the coalition, now or before.
        Membership = "membership",
        /// Named in the proposal.
        Named = "named",
        /// Another tie, told in words.
        Other = "other",
    }
}

text_enum! {
    /// Whether a tie closes doors.
    ConflictState {
        /// Found or told, not decided: for an officer's eyes, closes nothing.
        Hint = "hint",
        /// In force: declared by the person, or decided by an officer.
        Confirmed = "confirmed",
        /// Looked at and found to be none.
        Dismissed = "dismissed",
    }
}

impl ConflictState {
    /// Whether it closes the doors between the two.
    pub const fn closes(self) -> bool {
        matches!(self, Self::Confirmed)
    }
}

/// The coalitions that are closed to a person's rights of office and review.
///
/// # Errors
/// When the database fails.
pub fn closed_to(r: &mut Reads<'_>, person: PersonId) -> Result<HashSet<CoalitionId>> {
    let in_conflict = conflicts::table
        .filter(conflicts::person_id.eq(person))
        .filter(conflicts::state.eq(ConflictState::Confirmed))
        .select(conflicts::coalition_id);
    let joined = members::table
        .filter(members::person_id.eq(person))
        .filter(members::ended_at.is_null())
        .select(members::coalition_id);
    let seated = seats::table
        .filter(seats::person_id.eq(person))
        .filter(seats::state.eq(SeatState::Filled))
        .filter(seats::removed_at.is_null())
        .select(seats::coalition_id);
    let query = in_conflict.union_all(joined).union_all(seated);
    let closed: Vec<CoalitionId> = on_either!(r.conn(), |conn| query.load(conn))?;
    Ok(closed.into_iter().collect())
}

/// Whether one coalition is closed to a person's rights of office and review.
///
/// # Errors
/// When the database fails.
pub fn is_closed(r: &mut Reads<'_>, person: PersonId, coalition: CoalitionId) -> Result<bool> {
    Ok(people_shut_out(r, coalition)?.contains(&person))
}

/// Everyone whose rights of office and review end before this coalition; for whom not to mail.
///
/// # Errors
/// When the database fails.
pub fn people_shut_out(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<HashSet<PersonId>> {
    let mut shut_out = in_conflict_with(r, coalition)?;
    let joined: Vec<PersonId> = members::table
        .filter(members::coalition_id.eq(coalition))
        .filter(members::ended_at.is_null())
        .select(members::person_id)
        .load(r.conn())?;
    shut_out.extend(joined);
    shut_out.extend(seated_at(r, coalition)?);
    Ok(shut_out)
}

/// Everyone to whom this coalition was closed by a moment that has passed just now: by a conflict
/// or a membership of later nobody is. Seats keep no moment, so one that was taken since closes too.
///
/// # Errors
/// When the database fails.
pub fn people_shut_out_by(
    r: &mut Reads<'_>,
    coalition: CoalitionId,
    moment: Instant,
) -> Result<HashSet<PersonId>> {
    let known: Vec<(PersonId, Option<Instant>, Instant)> = conflicts::table
        .filter(conflicts::coalition_id.eq(coalition))
        .filter(conflicts::state.eq(ConflictState::Confirmed))
        .select((
            conflicts::person_id,
            conflicts::decided_at,
            conflicts::created_at,
        ))
        .load(r.conn())?;
    let mut shut_out: HashSet<PersonId> = known
        .into_iter()
        .filter(|(_, decided_at, created_at)| decided_at.unwrap_or(*created_at) <= moment)
        .map(|(person, _, _)| person)
        .collect();
    let joined: Vec<PersonId> = members::table
        .filter(members::coalition_id.eq(coalition))
        .filter(members::joined_at.le(moment))
        .filter(members::ended_at.is_null().or(members::ended_at.gt(moment)))
        .select(members::person_id)
        .load(r.conn())?;
    shut_out.extend(joined);
    shut_out.extend(seated_at(r, coalition)?);
    Ok(shut_out)
}

/// Everyone who holds a seat at the table.
fn seated_at(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<Vec<PersonId>> {
    let seated: Vec<Option<PersonId>> = seats::table
        .filter(seats::coalition_id.eq(coalition))
        .filter(seats::state.eq(SeatState::Filled))
        .filter(seats::removed_at.is_null())
        .select(seats::person_id)
        .load(r.conn())?;
    Ok(seated.into_iter().flatten().collect())
}

/// Everyone with a confirmed conflict, members and seats apart.
///
/// # Errors
/// When the database fails.
pub fn in_conflict_with(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<HashSet<PersonId>> {
    let people: Vec<PersonId> = conflicts::table
        .filter(conflicts::coalition_id.eq(coalition))
        .filter(conflicts::state.eq(ConflictState::Confirmed))
        .select(conflicts::person_id)
        .load(r.conn())?;
    Ok(people.into_iter().collect())
}
