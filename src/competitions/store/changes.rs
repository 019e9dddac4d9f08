//! How often something changed that a competition's lists and results are worked out from: its
//! texts, stages and announcements, submissions, screenings, assignments, reviews that count, and
//! all that closes a door. The tables' own triggers count, so that no way of changing them can be
//! forgotten.

use diesel::dsl::{count_star, sum};
use diesel::prelude::*;

use crate::on_either;
use crate::platform::db::schema::competition_changes;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::CompetitionId;
use crate::platform::refusal::Result;

/// Rows that may stand before they are added up: reading so few costs nothing.
const FEW: i64 = 32;

/// The number of changes up to this unit's snapshot. Two snapshots of one number see the same:
/// each is the state after so many changes.
pub fn changes_of(r: &mut Reads<'_>, competition: CompetitionId) -> Result<i64> {
    r.changes(competition.0, |r| counted(r, competition))
}

fn counted(r: &mut Reads<'_>, competition: CompetitionId) -> Result<i64> {
    let query = competition_changes::table
        .filter(competition_changes::competition_id.eq(competition.0))
        .select(sum(competition_changes::number));
    let number: Option<i64> = on_either!(r.conn(), |conn| query.get_result(conn))?;
    Ok(number.unwrap_or(0))
}

/// Whether a competition has enough rows to add them up.
pub fn changes_are_many(r: &mut Reads<'_>) -> Result<bool> {
    let of_many: Option<i64> = competition_changes::table
        .group_by(competition_changes::competition_id)
        .having(count_star().gt(FEW))
        .select(competition_changes::competition_id)
        .first(r.conn())
        .optional()?;
    Ok(of_many.is_some())
}

/// Adds up the changes of each competition into one row; the sums stay.
pub fn add_changes_up(w: &mut Writes<'_>) -> Result<()> {
    let rows: Vec<(i64, i64, i32)> = competition_changes::table
        .order(competition_changes::competition_id)
        .select(competition_changes::all_columns)
        .load(w.conn())?;
    for of_one in rows.chunk_by(|a, b| a.1 == b.1) {
        let [(kept, competition, _), others @ ..] = of_one else {
            continue;
        };
        if others.is_empty() {
            continue;
        }
        let sum: i32 = of_one.iter().map(|(_, _, number)| number).sum();
        let known: Vec<i64> = others.iter().map(|(id, _, _)| *id).collect();
        for ids in known.chunks(500) {
            diesel::delete(
                competition_changes::table
                    .filter(competition_changes::competition_id.eq(competition))
                    .filter(competition_changes::id.eq_any(ids.to_vec())),
            )
            .execute(w.conn())?;
        }
        diesel::update(competition_changes::table.find(kept))
            .set(competition_changes::number.eq(sum))
            .execute(w.conn())?;
    }
    Ok(())
}
