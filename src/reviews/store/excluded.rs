//! Reviews that were taken out of the results, and all that were ever done.

use diesel::prelude::*;

use crate::platform::clock::Instant;
use crate::platform::db::schema::reviews;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, PersonId, ReviewId, StageId};
use crate::platform::refusal::Result;

/// Takes a review out of the results.
pub fn exclude(w: &mut Writes<'_>, id: ReviewId, by: PersonId, reason: &str) -> Result<()> {
    let now = w.now();
    diesel::update(reviews::table.find(id))
        .set((
            reviews::excluded_at.eq(Some(now)),
            reviews::excluded_by.eq(Some(by)),
            reviews::exclusion_reason.eq(reason),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Lets a review count again.
pub fn include(w: &mut Writes<'_>, id: ReviewId) -> Result<()> {
    diesel::update(reviews::table.find(id))
        .set((
            reviews::excluded_at.eq(None::<Instant>),
            reviews::excluded_by.eq(None::<PersonId>),
            reviews::exclusion_reason.eq(""),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// A review that was ever put in force.
pub struct Completed {
    /// Its author.
    pub person: PersonId,
    /// Whose submission.
    pub coalition: CoalitionId,
    /// When it was first submitted.
    pub at: Instant,
}

/// Every review of a stage that was ever put in force, whatever became of it.
pub fn completed(r: &mut Reads<'_>, stage: StageId) -> Result<Vec<Completed>> {
    let rows: Vec<(PersonId, CoalitionId, Option<Instant>)> = reviews::table
        .filter(reviews::stage_id.eq(stage))
        .filter(reviews::submitted_at.is_not_null())
        .select((
            reviews::person_id,
            reviews::coalition_id,
            reviews::submitted_at,
        ))
        .load(r.conn())?;
    let completed = rows.into_iter().filter_map(|(person, coalition, at)| {
        Some(Completed {
            person,
            coalition,
            at: at?,
        })
    });
    Ok(completed.collect())
}
