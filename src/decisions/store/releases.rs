//! What officers decided on each narrative of the reviews.

use diesel::prelude::*;

use crate::decisions::feedback::{Release, ReleaseState};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{narrative_releases, reviews};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, PersonId, ReviewId, StageId};
use crate::platform::refusal::Result;

#[derive(Queryable)]
struct Row {
    order: i64,
    review: ReviewId,
    criterion: String,
    state: ReleaseState,
    body: String,
    original_digest: String,
    decided_by: PersonId,
    decided_at: Instant,
}

impl Row {
    fn into_release(self) -> Release {
        Release {
            order: self.order,
            review: self.review,
            criterion: self.criterion,
            state: self.state,
            body: self.body,
            original_digest: self.original_digest,
            decided_by: self.decided_by,
            decided_at: self.decided_at,
        }
    }
}

macro_rules! rows {
    () => {
        narrative_releases::table
            .inner_join(reviews::table.on(reviews::id.eq(narrative_releases::review_id)))
            .select((
                narrative_releases::id,
                narrative_releases::review_id,
                narrative_releases::criterion,
                narrative_releases::state,
                narrative_releases::body,
                narrative_releases::original_digest,
                narrative_releases::decided_by,
                narrative_releases::decided_at,
            ))
            .order(narrative_releases::id)
    };
}

/// What was decided on the narratives of a stage, in the order that coalitions read them.
///
/// # Errors
/// When the database fails.
pub fn releases_of_stage(r: &mut Reads<'_>, stage: StageId) -> Result<Vec<Release>> {
    let rows: Vec<Row> = rows!().filter(reviews::stage_id.eq(stage)).load(r.conn())?;
    Ok(rows.into_iter().map(Row::into_release).collect())
}

/// As [`releases_of_stage`], of one submission.
///
/// # Errors
/// When the database fails.
pub fn releases_of_coalition(
    r: &mut Reads<'_>,
    stage: StageId,
    coalition: CoalitionId,
) -> Result<Vec<Release>> {
    let rows: Vec<Row> = rows!()
        .filter(reviews::stage_id.eq(stage))
        .filter(reviews::coalition_id.eq(coalition))
        .load(r.conn())?;
    Ok(rows.into_iter().map(Row::into_release).collect())
}

/// The narratives that somebody was asked to reword: review and criterion.
///
/// # Errors
/// When the database fails.
pub fn asked_to_reword(r: &mut Reads<'_>, author: PersonId) -> Result<Vec<(ReviewId, String)>> {
    Ok(narrative_releases::table
        .inner_join(reviews::table.on(reviews::id.eq(narrative_releases::review_id)))
        .filter(reviews::person_id.eq(author))
        .filter(narrative_releases::state.eq(ReleaseState::ToReword))
        .order((narrative_releases::review_id, narrative_releases::criterion))
        .select((narrative_releases::review_id, narrative_releases::criterion))
        .load(r.conn())?)
}

/// The stage and coalition of a review.
///
/// # Errors
/// When the database fails.
pub fn review(r: &mut Reads<'_>, id: ReviewId) -> Result<Option<(StageId, CoalitionId)>> {
    Ok(reviews::table
        .find(id)
        .select((reviews::stage_id, reviews::coalition_id))
        .first(r.conn())
        .optional()?)
}

/// Writes what was decided on a narrative, in place of an earlier decision; the order of reading
/// stays.
///
/// # Errors
/// When the database fails.
pub fn save_release(w: &mut Writes<'_>, release: &Release) -> Result<()> {
    let earlier = narrative_releases::table
        .filter(narrative_releases::review_id.eq(release.review))
        .filter(narrative_releases::criterion.eq(&release.criterion));
    let changed = diesel::update(earlier)
        .set((
            narrative_releases::state.eq(release.state),
            narrative_releases::body.eq(&release.body),
            narrative_releases::original_digest.eq(&release.original_digest),
            narrative_releases::decided_by.eq(release.decided_by),
            narrative_releases::decided_at.eq(release.decided_at),
        ))
        .execute(w.conn())?;
    if changed == 0 {
        diesel::insert_into(narrative_releases::table)
            .values((
                narrative_releases::id.eq(release.order),
                narrative_releases::review_id.eq(release.review),
                narrative_releases::criterion.eq(&release.criterion),
                narrative_releases::state.eq(release.state),
                narrative_releases::body.eq(&release.body),
                narrative_releases::original_digest.eq(&release.original_digest),
                narrative_releases::decided_by.eq(release.decided_by),
                narrative_releases::decided_at.eq(release.decided_at),
            ))
            .execute(w.conn())?;
    }
    Ok(())
}
