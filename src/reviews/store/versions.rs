//! What reviews said over time: rows in, values out.

use diesel::prelude::*;

use super::read_json;
use crate::platform::clock::Instant;
use crate::platform::db::schema::review_versions;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::ReviewId;
use crate::platform::refusal::Result;
use crate::reviews::model::{ReviewText, ReviewVersion, ReviewVersionId};

/// Keeps what was put in force.
pub fn insert_version(w: &mut Writes<'_>, version: &ReviewVersion) -> Result<()> {
    diesel::insert_into(review_versions::table)
        .values((
            review_versions::id.eq(version.id),
            review_versions::review_id.eq(version.review_id),
            review_versions::number.eq(version.number),
            review_versions::at.eq(version.at),
            review_versions::scores.eq(serde_json::to_string(&version.text.scores)?),
            review_versions::narratives.eq(serde_json::to_string(&version.text.narratives)?),
            review_versions::confidential_note.eq(&version.text.confidential_note),
            review_versions::total.eq(version.total),
            review_versions::after_seeing_others.eq(version.after_seeing_others),
        ))
        .execute(w.conn())?;
    Ok(())
}

type VersionRow = (
    ReviewVersionId,
    ReviewId,
    i64,
    Instant,
    String,
    String,
    String,
    Option<f64>,
    bool,
);

/// What a review said over time, oldest first.
pub fn versions(r: &mut Reads<'_>, review: ReviewId) -> Result<Vec<ReviewVersion>> {
    review_versions::table
        .filter(review_versions::review_id.eq(review))
        .order(review_versions::number)
        .select(review_versions::all_columns)
        .load::<VersionRow>(r.conn())?
        .into_iter()
        .map(into_version)
        .collect()
}

fn into_version(row: VersionRow) -> Result<ReviewVersion> {
    let (id, review_id, number, at, scores, narratives, confidential_note, total, after) = row;
    Ok(ReviewVersion {
        id,
        review_id,
        number,
        at,
        text: ReviewText {
            scores: read_json(&scores)?,
            narratives: read_json(&narratives)?,
            confidential_note,
        },
        total,
        after_seeing_others: after,
    })
}
