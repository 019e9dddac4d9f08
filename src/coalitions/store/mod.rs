//! Coalitions and their members: rows in, values out.

mod claims;
mod facts;
mod handovers;
mod invitations;
mod joins;
mod published;
mod questions;
mod seats;
mod waivers;

pub use claims::*;
pub use facts::*;
pub use handovers::*;
pub use invitations::*;
pub use joins::*;
pub use published::*;
pub use questions::*;
pub use seats::*;
pub use waivers::*;

use std::collections::HashSet;

use diesel::prelude::*;

use super::model::{Coalition, Member, MemberRole};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{coalitions, members};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, CompetitionId, MemberId, PersonId};
use crate::platform::refusal::Result;

type CoalitionRow = (
    CoalitionId,
    CompetitionId,
    String,
    String,
    Option<String>,
    PersonId,
    Instant,
    Option<Instant>,
    i64,
);

fn coalition_of(row: CoalitionRow) -> Coalition {
    let (id, competition_id, name, lead_organisation, fiscal_agent, by, at, dissolved_at, version) =
        row;
    Coalition {
        id,
        competition_id,
        name,
        lead_organisation,
        fiscal_agent,
        founded_by: by,
        founded_at: at,
        dissolved_at,
        version,
    }
}

/// A coalition, live or not.
///
/// # Errors
/// When the database fails.
pub fn coalition(r: &mut Reads<'_>, id: CoalitionId) -> Result<Option<Coalition>> {
    let row: Option<CoalitionRow> = coalitions::table
        .find(id)
        .select(coalitions::all_columns)
        .first(r.conn())
        .optional()?;
    Ok(row.map(coalition_of))
}

/// The live coalitions of a competition, by name.
///
/// # Errors
/// When the database fails.
pub fn coalitions_of(r: &mut Reads<'_>, competition: CompetitionId) -> Result<Vec<Coalition>> {
    let mut all = every_coalition_of(r, competition)?;
    all.retain(Coalition::is_live);
    Ok(all)
}

/// The coalitions of a competition, those that lost their places too, by name.
///
/// # Errors
/// When the database fails.
pub fn every_coalition_of(r: &mut Reads<'_>, competition: CompetitionId) -> Result<Vec<Coalition>> {
    let rows: Vec<CoalitionRow> = coalitions::table
        .filter(coalitions::competition_id.eq(competition))
        .order((coalitions::name, coalitions::id))
        .select(coalitions::all_columns)
        .load(r.conn())?;
    Ok(rows.into_iter().map(coalition_of).collect())
}

/// The coalitions of a competition that are over: without a place left, or dissolved.
///
/// # Errors
/// When the database fails.
pub fn coalitions_over(
    r: &mut Reads<'_>,
    competition: CompetitionId,
) -> Result<HashSet<CoalitionId>> {
    let over: Vec<CoalitionId> = coalitions::table
        .filter(coalitions::competition_id.eq(competition))
        .filter(coalitions::dissolved_at.is_not_null())
        .select(coalitions::id)
        .load(r.conn())?;
    Ok(over.into_iter().collect())
}

/// The coalitions that a person is a live member of, in any competition.
///
/// # Errors
/// When the database fails.
pub fn coalitions_joined_by(r: &mut Reads<'_>, person: PersonId) -> Result<Vec<Coalition>> {
    let rows: Vec<CoalitionRow> = coalitions::table
        .inner_join(members::table.on(members::coalition_id.eq(coalitions::id)))
        .filter(members::person_id.eq(person))
        .filter(members::ended_at.is_null())
        .order((coalitions::name, coalitions::id))
        .select(coalitions::all_columns)
        .load(r.conn())?;
    Ok(rows.into_iter().map(coalition_of).collect())
}

/// How many live coalitions of a competition a person founded.
///
/// # Errors
/// When the database fails.
pub fn count_founded(
    r: &mut Reads<'_>,
    competition: CompetitionId,
    person: PersonId,
) -> Result<i64> {
    Ok(coalitions::table
        .filter(coalitions::competition_id.eq(competition))
        .filter(coalitions::founded_by.eq(person))
        .filter(coalitions::dissolved_at.is_null())
        .count()
        .get_result(r.conn())?)
}

/// Adds a coalition.
///
/// # Errors
/// When the database fails.
pub fn insert_coalition(w: &mut Writes<'_>, coalition: &Coalition) -> Result<()> {
    diesel::insert_into(coalitions::table)
        .values((
            coalitions::id.eq(coalition.id),
            coalitions::competition_id.eq(coalition.competition_id),
            coalitions::name.eq(&coalition.name),
            coalitions::lead_organisation.eq(&coalition.lead_organisation),
            coalitions::fiscal_agent.eq(&coalition.fiscal_agent),
            coalitions::founded_by.eq(coalition.founded_by),
            coalitions::founded_at.eq(coalition.founded_at),
            coalitions::dissolved_at.eq(coalition.dissolved_at),
            coalitions::version.eq(coalition.version),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Renames a coalition, its lead organisation and its fiscal agent.
///
/// # Errors
/// When the database fails.
pub fn rename_coalition(
    w: &mut Writes<'_>,
    id: CoalitionId,
    name: &str,
    lead_organisation: &str,
    fiscal_agent: Option<&str>,
) -> Result<()> {
    diesel::update(coalitions::table.find(id))
        .set((
            coalitions::name.eq(name),
            coalitions::lead_organisation.eq(lead_organisation),
            coalitions::fiscal_agent.eq(fiscal_agent),
            coalitions::version.eq(coalitions::version + 1),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Marks that a coalition is over: it lost its last place, or its convenor dissolved it.
///
/// # Errors
/// When the database fails.
pub fn dissolve(w: &mut Writes<'_>, id: CoalitionId) -> Result<()> {
    let now = w.now();
    end_at(w, id, Some(now))
}

/// Marks that a coalition may speak for a place again.
///
/// # Errors
/// When the database fails.
pub fn revive(w: &mut Writes<'_>, id: CoalitionId) -> Result<()> {
    end_at(w, id, None)
}

fn end_at(w: &mut Writes<'_>, id: CoalitionId, at: Option<Instant>) -> Result<()> {
    diesel::update(coalitions::table.find(id))
        .set((
            coalitions::dissolved_at.eq(at),
            coalitions::version.eq(coalitions::version + 1),
        ))
        .execute(w.conn())?;
    Ok(())
}

type MemberRow = (MemberId, CoalitionId, PersonId, MemberRole, String, Instant);

macro_rules! member_columns {
    () => {
        (
            members::id,
            members::coalition_id,
            members::person_id,
            members::role,
            members::sections,
            members::joined_at,
        )
    };
}

fn member_of(row: MemberRow) -> Result<Member> {
    let (id, coalition_id, person_id, role, sections, joined_at) = row;
    Ok(Member {
        id,
        coalition_id,
        person_id,
        role,
        sections: serde_json::from_str(&sections)?,
        joined_at,
    })
}

/// The live members of a coalition, in the order of joining.
///
/// # Errors
/// When the database fails.
pub fn live_members(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<Vec<Member>> {
    let rows: Vec<MemberRow> = members::table
        .filter(members::coalition_id.eq(coalition))
        .filter(members::ended_at.is_null())
        .order((members::joined_at, members::id))
        .select(member_columns!())
        .load(r.conn())?;
    rows.into_iter().map(member_of).collect()
}

/// A person's live part in a coalition.
///
/// # Errors
/// When the database fails.
pub fn live_member(
    r: &mut Reads<'_>,
    coalition: CoalitionId,
    person: PersonId,
) -> Result<Option<Member>> {
    let row: Option<MemberRow> = members::table
        .filter(members::coalition_id.eq(coalition))
        .filter(members::person_id.eq(person))
        .filter(members::ended_at.is_null())
        .select(member_columns!())
        .first(r.conn())
        .optional()?;
    row.map(member_of).transpose()
}

/// A live membership by its identity.
///
/// # Errors
/// When the database fails.
pub fn member(r: &mut Reads<'_>, id: MemberId) -> Result<Option<Member>> {
    let row: Option<MemberRow> = members::table
        .find(id)
        .filter(members::ended_at.is_null())
        .select(member_columns!())
        .first(r.conn())
        .optional()?;
    row.map(member_of).transpose()
}

/// Adds a member.
///
/// # Errors
/// When the database fails.
pub fn insert_member(
    w: &mut Writes<'_>,
    member: &Member,
    invited_by: Option<PersonId>,
) -> Result<()> {
    diesel::insert_into(members::table)
        .values((
            members::id.eq(member.id),
            members::coalition_id.eq(member.coalition_id),
            members::person_id.eq(member.person_id),
            members::role.eq(member.role),
            members::sections.eq(serde_json::to_string(&member.sections)?),
            members::joined_at.eq(member.joined_at),
            members::invited_by.eq(invited_by),
            members::end_reason.eq(""),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Gives a member another role and other sections.
///
/// # Errors
/// When the database fails.
pub fn change_member(
    w: &mut Writes<'_>,
    id: MemberId,
    role: MemberRole,
    sections: &[String],
) -> Result<()> {
    diesel::update(members::table.find(id))
        .set((
            members::role.eq(role),
            members::sections.eq(serde_json::to_string(sections)?),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Ends a membership; the row stays, and so do the member's words.
///
/// # Errors
/// When the database fails.
pub fn end_member(w: &mut Writes<'_>, id: MemberId, by: PersonId, reason: &str) -> Result<()> {
    let now = w.now();
    diesel::update(members::table.find(id))
        .set((
            members::ended_at.eq(Some(now)),
            members::ended_by.eq(Some(by)),
            members::end_reason.eq(reason),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// The live memberships of a person, in any competition.
///
/// # Errors
/// When the database fails.
pub fn memberships_of(r: &mut Reads<'_>, person: PersonId) -> Result<Vec<Member>> {
    let rows: Vec<MemberRow> = members::table
        .filter(members::person_id.eq(person))
        .filter(members::ended_at.is_null())
        .order(members::id)
        .select(member_columns!())
        .load(r.conn())?;
    rows.into_iter().map(member_of).collect()
}
