//! Conflicts, and the names that coalitions give.

use diesel::prelude::*;

use crate::panels::model::{Conflict, ConflictState, Naming};
use crate::people::Role;
use crate::platform::db::schema::{
    coalitions, conflict_namings, conflicts, members, people, roles,
};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, CompetitionId, ConflictId, NamingId, PersonId};
use crate::platform::refusal::Result;

/// A conflict by its identity.
pub fn conflict(r: &mut Reads<'_>, id: ConflictId) -> Result<Option<Conflict>> {
    Ok(conflicts::table.find(id).first(r.conn()).optional()?)
}

/// Everything known between one person and one coalition.
pub fn conflicts_of_pair(
    r: &mut Reads<'_>,
    coalition: CoalitionId,
    person: PersonId,
) -> Result<Vec<Conflict>> {
    Ok(conflicts::table
        .filter(conflicts::coalition_id.eq(coalition))
        .filter(conflicts::person_id.eq(person))
        .order(conflicts::id)
        .load(r.conn())?)
}

/// Everything known about one person, wherever.
pub fn conflicts_of_person(r: &mut Reads<'_>, person: PersonId) -> Result<Vec<Conflict>> {
    Ok(conflicts::table
        .filter(conflicts::person_id.eq(person))
        .order(conflicts::id)
        .load(r.conn())?)
}

/// Every conflict of a competition, hints and dismissed ones included.
pub fn conflicts_of_competition(
    r: &mut Reads<'_>,
    competition: CompetitionId,
) -> Result<Vec<Conflict>> {
    Ok(conflicts::table
        .filter(conflicts::competition_id.eq(competition))
        .order(conflicts::id)
        .load(r.conn())?)
}

/// Records a conflict.
pub fn insert_conflict(w: &mut Writes<'_>, conflict: &Conflict) -> Result<()> {
    diesel::insert_into(conflicts::table)
        .values((
            conflicts::id.eq(conflict.id),
            conflicts::competition_id.eq(conflict.competition_id),
            conflicts::coalition_id.eq(conflict.coalition_id),
            conflicts::person_id.eq(conflict.person_id),
            conflicts::kind.eq(conflict.kind),
            conflicts::source.eq(conflict.source),
            conflicts::state.eq(conflict.state),
            conflicts::years.eq(&conflict.years),
            conflicts::evidence.eq(&conflict.evidence),
            conflicts::declared_by.eq(conflict.declared_by),
            conflicts::created_at.eq(conflict.created_at),
            conflicts::decided_by.eq(conflict.decided_by),
            conflicts::decided_at.eq(conflict.decided_at),
            conflicts::reason.eq(&conflict.reason),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Stores a conflict anew in place of an earlier one with its identity.
pub fn replace_conflict(w: &mut Writes<'_>, conflict: &Conflict) -> Result<()> {
    diesel::update(conflicts::table.find(conflict.id))
        .set((
            conflicts::state.eq(conflict.state),
            conflicts::years.eq(&conflict.years),
            conflicts::evidence.eq(&conflict.evidence),
            conflicts::declared_by.eq(conflict.declared_by),
            conflicts::created_at.eq(conflict.created_at),
            conflicts::decided_by.eq(conflict.decided_by),
            conflicts::decided_at.eq(conflict.decided_at),
            conflicts::reason.eq(&conflict.reason),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Records what an officer decided on a conflict.
pub fn decide(
    w: &mut Writes<'_>,
    id: ConflictId,
    state: ConflictState,
    by: PersonId,
    reason: &str,
) -> Result<()> {
    let now = w.now();
    diesel::update(conflicts::table.find(id))
        .set((
            conflicts::state.eq(state),
            conflicts::decided_by.eq(Some(by)),
            conflicts::decided_at.eq(Some(now)),
            conflicts::reason.eq(reason),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Stores in what a hint was found this time.
pub fn set_evidence(w: &mut Writes<'_>, id: ConflictId, evidence: &str) -> Result<()> {
    diesel::update(conflicts::table.find(id))
        .set(conflicts::evidence.eq(evidence))
        .execute(w.conn())?;
    Ok(())
}

/// Makes a hint again of what was dismissed, because of what was found since; why it was
/// dismissed stays on record.
pub fn reopen_hint(w: &mut Writes<'_>, id: ConflictId, evidence: &str) -> Result<()> {
    diesel::update(conflicts::table.find(id))
        .set((
            conflicts::state.eq(ConflictState::Hint),
            conflicts::evidence.eq(evidence),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// A naming by its identity.
pub fn naming(r: &mut Reads<'_>, id: NamingId) -> Result<Option<Naming>> {
    Ok(conflict_namings::table
        .find(id)
        .first(r.conn())
        .optional()?)
}

/// Whom a coalition named and did not take back, oldest first.
pub fn namings_of(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<Vec<Naming>> {
    Ok(conflict_namings::table
        .filter(conflict_namings::coalition_id.eq(coalition))
        .filter(conflict_namings::removed_at.is_null())
        .order((conflict_namings::created_at, conflict_namings::id))
        .load(r.conn())?)
}

/// Whom the coalitions of a competition named and did not take back.
pub fn namings_of_competition(
    r: &mut Reads<'_>,
    competition: CompetitionId,
) -> Result<Vec<Naming>> {
    let of_competition = coalitions::table
        .filter(coalitions::competition_id.eq(competition))
        .select(coalitions::id);
    Ok(conflict_namings::table
        .filter(conflict_namings::removed_at.is_null())
        .filter(conflict_namings::coalition_id.eq_any(of_competition))
        .order(conflict_namings::id)
        .load(r.conn())?)
}

/// Records a naming.
pub fn insert_naming(w: &mut Writes<'_>, naming: &Naming) -> Result<()> {
    diesel::insert_into(conflict_namings::table)
        .values((
            conflict_namings::id.eq(naming.id),
            conflict_namings::coalition_id.eq(naming.coalition_id),
            conflict_namings::name.eq(&naming.name),
            conflict_namings::organisation.eq(&naming.organisation),
            conflict_namings::reason.eq(&naming.reason),
            conflict_namings::named_by.eq(naming.named_by),
            conflict_namings::created_at.eq(naming.created_at),
            conflict_namings::removed_at.eq(naming.removed_at),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Takes a naming back.
pub fn remove_naming(w: &mut Writes<'_>, id: NamingId) -> Result<()> {
    let now = w.now();
    diesel::update(conflict_namings::table.find(id))
        .set(conflict_namings::removed_at.eq(Some(now)))
        .execute(w.conn())?;
    Ok(())
}

/// Everyone who is or was a member of a coalition.
pub fn people_ever_in(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<Vec<PersonId>> {
    let mut people: Vec<PersonId> = members::table
        .filter(members::coalition_id.eq(coalition))
        .order(members::person_id)
        .select(members::person_id)
        .load(r.conn())?;
    people.dedup();
    Ok(people)
}

/// Everyone whose office brings them near a competition's submissions: officers, assistants,
/// approvers and the administrators of the instance.
pub fn office_of(r: &mut Reads<'_>, competition: CompetitionId) -> Result<Vec<PersonId>> {
    let mut office: Vec<PersonId> = roles::table
        .filter(roles::competition_id.eq(competition))
        .filter(roles::role.eq_any([Role::Officer, Role::Assistant, Role::Approver]))
        .select(roles::person_id)
        .load(r.conn())?;
    let administrators: Vec<PersonId> = people::table
        .filter(people::administrator.eq(true))
        .select(people::id)
        .load(r.conn())?;
    office.extend(administrators);
    Ok(office)
}
