//! How often something changed that a competition's lists and results are worked out from: its
//! texts, stages and announcements, submissions, screenings, assignments, reviews that count, and
//! all that closes a door; and what the latest changes were about. The tables' own triggers count,
//! so that no way of changing them can be forgotten.

use std::collections::BTreeSet;

use diesel::dsl::{count_star, sum};
use diesel::prelude::*;

use crate::on_either;
use crate::platform::db::schema::competition_changes;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, CompetitionId};
use crate::platform::refusal::Result;

/// Rows that may stand before they are added up: reading so few costs nothing.
const FEW: i64 = 64;

/// More changes than these are not told one by one.
const MANY: usize = 500;

/// The latest rows, which still say what they are about when the others were added up.
const LATEST: usize = 32;

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

/// The changes that a snapshot sees, to tell later what was changed since.
#[derive(Clone, Debug)]
pub struct Changes(Vec<Change>);

#[derive(Clone, Debug)]
struct Change {
    row: i64,
    number: i64,
    about: Option<CoalitionId>,
}

/// The changes up to this unit's snapshot.
pub fn changes_seen(r: &mut Reads<'_>, competition: CompetitionId) -> Result<Changes> {
    let rows: Vec<(i64, i32, Option<i64>)> = competition_changes::table
        .filter(competition_changes::competition_id.eq(competition.0))
        .order(competition_changes::id)
        .select((
            competition_changes::id,
            competition_changes::number,
            competition_changes::coalition_id,
        ))
        .load(r.conn())?;
    let change = |(row, number, about): (i64, i32, Option<i64>)| Change {
        row,
        number: i64::from(number),
        about: about.map(CoalitionId),
    };
    Ok(Changes(rows.into_iter().map(change).collect()))
}

impl Changes {
    fn number(&self) -> i64 {
        self.0.iter().map(|change| change.number).sum()
    }

    /// The coalitions that all changes since an earlier snapshot were about; none where that can't
    /// be told: a change was about the competition itself, or was added to others since. Nor is it
    /// where there were so many that reading everything anew is no more work.
    ///
    /// Every change is one row, or was added to one. So the rows that are new tell of all changes
    /// exactly when they make up the difference between the two numbers.
    pub fn since(&self, earlier: &Self) -> Option<BTreeSet<CoalitionId>> {
        let known = |row: i64| earlier.0.binary_search_by_key(&row, |one| one.row).is_ok();
        let new: Vec<&Change> = self.0.iter().filter(|one| !known(one.row)).collect();
        let told: i64 = new.iter().map(|one| one.number).sum();
        if told != self.number() - earlier.number() || new.len() > MANY {
            return None;
        }
        new.iter().map(|one| one.about).collect()
    }
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

/// Adds up the changes of each competition into one row, but for the latest; the sums stay.
pub fn add_changes_up(w: &mut Writes<'_>) -> Result<()> {
    let rows: Vec<(i64, i64, i32)> = competition_changes::table
        .order((competition_changes::competition_id, competition_changes::id))
        .select((
            competition_changes::id,
            competition_changes::competition_id,
            competition_changes::number,
        ))
        .load(w.conn())?;
    for of_one in rows.chunk_by(|a, b| a.1 == b.1) {
        let earlier = &of_one[..of_one.len().saturating_sub(LATEST)];
        let [(kept, competition, _), others @ ..] = earlier else {
            continue;
        };
        if others.is_empty() {
            continue;
        }
        let sum: i32 = earlier.iter().map(|(_, _, number)| number).sum();
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
            .set((
                competition_changes::number.eq(sum),
                competition_changes::coalition_id.eq(None::<i64>),
            ))
            .execute(w.conn())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(rows: Rows<'_>) -> Changes {
        let change = |(row, number, about): &(i64, i64, Option<i64>)| Change {
            row: *row,
            number: *number,
            about: about.map(CoalitionId),
        };
        Changes(rows.iter().map(change).collect())
    }

    /// Rows: their number, how many changes, and about whom.
    type Rows<'a> = &'a [(i64, i64, Option<i64>)];

    #[test]
    fn what_changed_since_is_told_only_where_all_of_it_is_known() {
        let earlier = changes(&[(1, 40, None), (5, 1, Some(7)), (6, 1, Some(8))]);
        let cases: &[(&str, Rows<'_>, Option<&[i64]>)] = &[
            (
                "nothing",
                &[(1, 40, None), (5, 1, Some(7)), (6, 1, Some(8))],
                Some(&[]),
            ),
            (
                "two of one, one of another",
                &[
                    (1, 40, None),
                    (5, 1, Some(7)),
                    (6, 1, Some(8)),
                    (7, 1, Some(9)),
                    (8, 1, Some(2)),
                    (9, 1, Some(9)),
                ],
                Some(&[2, 9]),
            ),
            (
                "one that was about all",
                &[
                    (1, 40, None),
                    (5, 1, Some(7)),
                    (6, 1, Some(8)),
                    (7, 1, None),
                ],
                None,
            ),
            (
                "what was seen was added up",
                &[(1, 42, None), (7, 1, Some(9))],
                Some(&[9]),
            ),
            (
                "what was not seen was added up too",
                &[(1, 43, None), (8, 1, Some(9))],
                None,
            ),
            (
                "all was added up to a row that was not seen",
                &[(7, 43, None)],
                None,
            ),
            (
                "a row of smaller number, written by a longer unit",
                &[
                    (1, 40, None),
                    (4, 1, Some(3)),
                    (5, 1, Some(7)),
                    (6, 1, Some(8)),
                ],
                Some(&[3]),
            ),
            (
                "a state before that",
                &[(1, 40, None), (5, 1, Some(7))],
                None,
            ),
        ];
        for (what, now, expected) in cases {
            let expected = expected.map(|ids| ids.iter().copied().map(CoalitionId).collect());
            assert_eq!(changes(now).since(&earlier), expected, "{what}");
        }
    }
}
