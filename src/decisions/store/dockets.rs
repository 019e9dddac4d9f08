//! What approvers said about the docket of a stage.

use diesel::prelude::*;

use crate::platform::clock::Instant;
use crate::platform::db::schema::dockets;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{DecisionId, PersonId, StageId};
use crate::platform::refusal::Result;
use crate::text_enum;

text_enum! {
    /// What an approver says.
    DocketVerdict {
        /// The decisions may be announced.
        Approved = "approved",
        /// Something must be decided anew.
        SentBack = "sent_back",
    }
}

/// A verdict on a docket as it stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocketRow {
    /// Its identity.
    pub id: i64,
    /// Of all decisions that the docket held.
    pub digest: String,
    /// The decisions that this approver saw: none whose coalition they conflict with.
    pub seen: Vec<DecisionId>,
    /// What they said.
    pub verdict: DocketVerdict,
    /// The day of the meeting, like `2026-06-01`.
    pub meeting_date: String,
    /// The number of the resolution.
    pub resolution: String,
    /// Why it was sent back.
    pub reason: String,
    /// Who said it.
    pub decided_by: PersonId,
    /// When.
    pub decided_at: Instant,
    /// How many acts were recorded on the stage before: what is recorded later may void it.
    pub after_acts: usize,
    /// The decisions as this approver saw them.
    pub cases: Vec<serde_json::Value>,
}

type Row = (
    i64,
    String,
    String,
    DocketVerdict,
    String,
    String,
    String,
    PersonId,
    Instant,
    i64,
    String,
);

/// The verdicts on a stage's dockets, earliest first.
///
/// # Errors
/// When the database fails.
pub fn verdicts_on(r: &mut Reads<'_>, stage: StageId) -> Result<Vec<DocketRow>> {
    let rows: Vec<Row> = dockets::table
        .filter(dockets::stage_id.eq(stage))
        .order(dockets::number)
        .select((
            dockets::id,
            dockets::digest,
            dockets::seen,
            dockets::verdict,
            dockets::meeting_date,
            dockets::resolution,
            dockets::reason,
            dockets::decided_by,
            dockets::decided_at,
            dockets::after_acts,
            dockets::cases,
        ))
        .load(r.conn())?;
    rows.into_iter()
        .map(|row| {
            Ok(DocketRow {
                id: row.0,
                digest: row.1,
                seen: serde_json::from_str(&row.2)?,
                verdict: row.3,
                meeting_date: row.4,
                resolution: row.5,
                reason: row.6,
                decided_by: row.7,
                decided_at: row.8,
                after_acts: usize::try_from(row.9).unwrap_or(0),
                cases: serde_json::from_str(&row.10)?,
            })
        })
        .collect()
}

/// Records a verdict.
///
/// # Errors
/// When the database fails.
pub fn insert_verdict(w: &mut Writes<'_>, stage: StageId, row: &DocketRow) -> Result<()> {
    let last: Option<i64> = dockets::table
        .filter(dockets::stage_id.eq(stage))
        .select(diesel::dsl::max(dockets::number))
        .first(w.conn())?;
    diesel::insert_into(dockets::table)
        .values((
            dockets::id.eq(row.id),
            dockets::stage_id.eq(stage),
            dockets::digest.eq(&row.digest),
            dockets::seen.eq(serde_json::to_string(&row.seen)?),
            dockets::verdict.eq(row.verdict),
            dockets::meeting_date.eq(&row.meeting_date),
            dockets::resolution.eq(&row.resolution),
            dockets::reason.eq(&row.reason),
            dockets::decided_by.eq(row.decided_by),
            dockets::decided_at.eq(row.decided_at),
            dockets::number.eq(last.unwrap_or(0) + 1),
            dockets::after_acts.eq(i64::try_from(row.after_acts).unwrap_or(i64::MAX)),
            dockets::cases.eq(serde_json::to_string(&row.cases)?),
        ))
        .execute(w.conn())?;
    Ok(())
}
