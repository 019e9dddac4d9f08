//! Submissions that were given back for correction.

use std::sync::Arc;

use diesel::prelude::*;

use crate::coalitions::model::Ended;
use crate::competitions::store::changes_of;
use crate::on_either;
use crate::platform::clock::Instant;
use crate::platform::db::schema::submission_returns as returns;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId, ReturnId, StageId, SubmissionId};
use crate::platform::refusal::Result;
use crate::proposals::model::SubmissionReturn;

#[derive(Queryable)]
struct Row {
    id: ReturnId,
    submission_id: SubmissionId,
    stage_id: StageId,
    competition_id: CompetitionId,
    coalition_id: CoalitionId,
    sections: String,
    until: Instant,
    reason: String,
    asked_by: PersonId,
    asked_at: Instant,
    answered_by: Option<SubmissionId>,
    ended_by: Option<PersonId>,
    ended_at: Option<Instant>,
    end_reason: String,
}

impl Row {
    fn read(self) -> Result<SubmissionReturn> {
        let ended = self.ended_by.zip(self.ended_at).map(|(by, at)| Ended {
            by,
            at,
            reason: self.end_reason,
        });
        Ok(SubmissionReturn {
            id: self.id,
            submission_id: self.submission_id,
            stage_id: self.stage_id,
            competition_id: self.competition_id,
            coalition_id: self.coalition_id,
            sections: serde_json::from_str(&self.sections)?,
            until: self.until,
            reason: self.reason,
            asked_by: self.asked_by,
            asked_at: self.asked_at,
            answered_by: self.answered_by,
            ended,
        })
    }
}

fn read_all(rows: Vec<Row>) -> Result<Vec<SubmissionReturn>> {
    rows.into_iter().map(Row::read).collect()
}

/// What was given back to a coalition, in that order.
///
/// # Errors
/// When the database fails.
pub fn returns_of(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<Vec<SubmissionReturn>> {
    let query = returns::table
        .filter(returns::coalition_id.eq(coalition))
        .order((returns::asked_at, returns::id));
    let rows: Vec<Row> = on_either!(r.conn(), |conn| query.load(conn))?;
    read_all(rows)
}

/// What was given back at a stage.
#[derive(Debug)]
pub struct Returns(pub Vec<SubmissionReturn>);

/// What was given back at a stage, in that order. Kept in memory: every reader of a submission asks.
///
/// # Errors
/// When the database fails.
pub fn returns_at(
    r: &mut Reads<'_>,
    stage: StageId,
    competition: CompetitionId,
) -> Result<Arc<Returns>> {
    let changes = changes_of(r, competition)?;
    r.kept(stage.0, (changes, 0), |r| {
        let query = returns::table
            .filter(returns::stage_id.eq(stage))
            .order((returns::asked_at, returns::id));
        let rows: Vec<Row> = on_either!(r.conn(), |conn| query.load(conn))?;
        read_all(rows).map(Returns)
    })
}

impl Returns {
    /// The return that was answered by handing a submission in.
    pub fn answered_by(&self, submission: SubmissionId) -> Option<&SubmissionReturn> {
        let found = self.0.iter();
        found.rev().find(|one| one.answered_by == Some(submission))
    }

    /// The latest correction of a submission.
    pub fn correction_of(&self, submission: SubmissionId) -> Option<SubmissionId> {
        let found = self.0.iter();
        found
            .filter(|one| one.submission_id == submission)
            .filter_map(|one| one.answered_by)
            .next_back()
    }
}

/// What a coalition may correct at a stage at this moment.
///
/// # Errors
/// When the database fails.
pub fn standing_return(
    r: &mut Reads<'_>,
    stage: StageId,
    coalition: CoalitionId,
) -> Result<Option<SubmissionReturn>> {
    let now = r.now();
    let query = returns::table
        .filter(returns::stage_id.eq(stage))
        .filter(returns::coalition_id.eq(coalition))
        .filter(returns::ended_at.is_null());
    let row: Option<Row> = on_either!(r.conn(), |conn| query.first(conn)).optional()?;
    let found = row.map(Row::read).transpose()?;
    Ok(found.filter(|found| found.stands_at(now)))
}

/// Writes a return, and ends the one before it at this stage, whose time is over.
///
/// # Errors
/// When the database fails.
pub fn insert_return(w: &mut Writes<'_>, back: &SubmissionReturn) -> Result<()> {
    end_return(w, back.stage_id, back.coalition_id, back.asked_by, "")?;
    diesel::insert_into(returns::table)
        .values((
            returns::id.eq(back.id),
            returns::submission_id.eq(back.submission_id),
            returns::stage_id.eq(back.stage_id),
            returns::competition_id.eq(back.competition_id),
            returns::coalition_id.eq(back.coalition_id),
            returns::sections.eq(serde_json::to_string(&back.sections)?),
            returns::until_at.eq(back.until),
            returns::reason.eq(&back.reason),
            returns::asked_by.eq(back.asked_by),
            returns::asked_at.eq(back.asked_at),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Notes the latest correction.
///
/// # Errors
/// When the database fails.
pub fn answer_return(w: &mut Writes<'_>, id: ReturnId, by: SubmissionId) -> Result<()> {
    diesel::update(returns::table.find(id))
        .set(returns::answered_by.eq(Some(by)))
        .execute(w.conn())?;
    Ok(())
}

/// Ends what is given back to a coalition at a stage; gives whether there was anything.
///
/// # Errors
/// When the database fails.
pub fn end_return(
    w: &mut Writes<'_>,
    stage: StageId,
    coalition: CoalitionId,
    by: PersonId,
    reason: &str,
) -> Result<bool> {
    let now = w.now();
    let standing = returns::table
        .filter(returns::stage_id.eq(stage))
        .filter(returns::coalition_id.eq(coalition))
        .filter(returns::ended_at.is_null());
    let ended = diesel::update(standing)
        .set((
            returns::ended_by.eq(Some(by)),
            returns::ended_at.eq(Some(now)),
            returns::end_reason.eq(reason),
        ))
        .execute(w.conn())?;
    Ok(ended > 0)
}
