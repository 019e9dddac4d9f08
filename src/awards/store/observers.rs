//! Which funders watch which budget lines.

use diesel::prelude::*;

use crate::platform::db::schema::line_observers;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{BudgetLineId, CompetitionId, PersonId};
use crate::platform::refusal::Result;

/// A funder and a line of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Who.
    pub person: PersonId,
    /// Which line.
    pub line: BudgetLineId,
}

/// Every funder's lines in a competition, by person.
///
/// # Errors
/// When the database fails.
pub fn watches_in(r: &mut Reads<'_>, competition: CompetitionId) -> Result<Vec<Watch>> {
    let rows: Vec<(PersonId, BudgetLineId)> = line_observers::table
        .filter(line_observers::competition_id.eq(competition))
        .order((line_observers::person_id, line_observers::budget_line_id))
        .select((line_observers::person_id, line_observers::budget_line_id))
        .load(r.conn())?;
    Ok(rows
        .into_iter()
        .map(|(person, line)| Watch { person, line })
        .collect())
}

/// The lines of one funder.
///
/// # Errors
/// When the database fails.
pub fn lines_of(
    r: &mut Reads<'_>,
    competition: CompetitionId,
    person: PersonId,
) -> Result<Vec<BudgetLineId>> {
    Ok(watches_in(r, competition)?
        .into_iter()
        .filter(|watch| watch.person == person)
        .map(|watch| watch.line)
        .collect())
}

/// Gives a funder exactly these lines.
///
/// # Errors
/// When the database fails.
pub fn set_lines(
    w: &mut Writes<'_>,
    competition: CompetitionId,
    person: PersonId,
    lines: &[BudgetLineId],
    by: PersonId,
) -> Result<()> {
    let before = line_observers::table
        .filter(line_observers::competition_id.eq(competition))
        .filter(line_observers::person_id.eq(person));
    diesel::delete(before).execute(w.conn())?;
    let now = w.now();
    for line in lines {
        let id: i64 = w.fresh_id();
        diesel::insert_into(line_observers::table)
            .values((
                line_observers::id.eq(id),
                line_observers::competition_id.eq(competition),
                line_observers::person_id.eq(person),
                line_observers::budget_line_id.eq(line),
                line_observers::granted_by.eq(by),
                line_observers::granted_at.eq(now),
            ))
            .execute(w.conn())?;
    }
    Ok(())
}
