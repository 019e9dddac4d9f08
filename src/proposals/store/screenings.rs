//! What screening found.

use diesel::prelude::*;

use crate::platform::clock::Instant;
use crate::platform::db::schema::screenings;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, PersonId, StageId};
use crate::platform::refusal::Result;
use crate::proposals::model::{Screening, Verdict};

type Row = (
    StageId,
    CoalitionId,
    Verdict,
    String,
    PersonId,
    Instant,
    Option<Verdict>,
    Option<Instant>,
    Option<String>,
);

fn as_screening(row: Row) -> Screening {
    Screening {
        stage_id: row.0,
        coalition_id: row.1,
        verdict: row.2,
        reason: row.3,
        decided_by: row.4,
        decided_at: row.5,
        told_verdict: row.6,
        told_at: row.7,
        told_reason: row.8,
    }
}

macro_rules! columns {
    () => {
        (
            screenings::stage_id,
            screenings::coalition_id,
            screenings::verdict,
            screenings::reason,
            screenings::decided_by,
            screenings::decided_at,
            screenings::told_verdict,
            screenings::told_at,
            screenings::told_reason,
        )
    };
}

/// What was found about a coalition's submission at a stage.
///
/// # Errors
/// When the database fails.
pub fn screening_of(
    r: &mut Reads<'_>,
    stage: StageId,
    coalition: CoalitionId,
) -> Result<Option<Screening>> {
    let row: Option<Row> = screenings::table
        .filter(screenings::stage_id.eq(stage))
        .filter(screenings::coalition_id.eq(coalition))
        .select(columns!())
        .first(r.conn())
        .optional()?;
    Ok(row.map(as_screening))
}

/// Everything found at a stage, by coalition.
///
/// # Errors
/// When the database fails.
pub fn screenings_of(r: &mut Reads<'_>, stage: StageId) -> Result<Vec<Screening>> {
    let rows: Vec<Row> = screenings::table
        .filter(screenings::stage_id.eq(stage))
        .order(screenings::coalition_id)
        .select(columns!())
        .load(r.conn())?;
    Ok(rows.into_iter().map(as_screening).collect())
}

/// Records a verdict, in place of an earlier one; what was told stays on record.
///
/// # Errors
/// When the database fails.
pub fn save_screening(
    w: &mut Writes<'_>,
    stage: StageId,
    coalition: CoalitionId,
    verdict: Verdict,
    reason: &str,
    by: PersonId,
) -> Result<()> {
    let now = w.now();
    let target = screenings::table
        .filter(screenings::stage_id.eq(stage))
        .filter(screenings::coalition_id.eq(coalition));
    let changed = diesel::update(target)
        .set((
            screenings::verdict.eq(verdict),
            screenings::reason.eq(reason),
            screenings::decided_by.eq(by),
            screenings::decided_at.eq(now),
        ))
        .execute(w.conn())?;
    if changed == 0 {
        let id: i64 = w.fresh_id();
        diesel::insert_into(screenings::table)
            .values((
                screenings::id.eq(id),
                screenings::stage_id.eq(stage),
                screenings::coalition_id.eq(coalition),
                screenings::verdict.eq(verdict),
                screenings::reason.eq(reason),
                screenings::decided_by.eq(by),
                screenings::decided_at.eq(now),
            ))
            .execute(w.conn())?;
    }
    Ok(())
}

/// Records that a coalition was told its present verdict and reason.
///
/// # Errors
/// When the database fails.
pub fn mark_told(w: &mut Writes<'_>, screening: &Screening) -> Result<()> {
    let now = w.now();
    let target = screenings::table
        .filter(screenings::stage_id.eq(screening.stage_id))
        .filter(screenings::coalition_id.eq(screening.coalition_id));
    diesel::update(target)
        .set((
            screenings::told_verdict.eq(Some(screening.verdict)),
            screenings::told_reason.eq(Some(&screening.reason)),
            screenings::told_at.eq(Some(now)),
        ))
        .execute(w.conn())?;
    Ok(())
}
