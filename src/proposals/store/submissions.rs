//! Submissions: written once; only their state changes afterwards.

use std::collections::BTreeSet;
use std::sync::Arc;

use diesel::prelude::*;

use crate::competitions::store::{self as competitions, Changes};
use crate::on_either;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{coalitions, members, screenings, submissions};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{
    CoalitionId, CompetitionId, PersonId, ProposalId, StageId, SubmissionId,
};
use crate::platform::refusal::Result;
use crate::proposals::model::{Submission, SubmissionState, SubmissionSummary, Verdict};

#[derive(Queryable)]
struct Row {
    id: SubmissionId,
    stage_id: StageId,
    competition_id: CompetitionId,
    coalition_id: CoalitionId,
    proposal_id: ProposalId,
    receipt_number: i64,
    title: String,
    snapshot: String,
    digest: String,
    audit_head: String,
    submitted_at: Instant,
    submitted_by: PersonId,
    in_grace: bool,
    carried_from: Option<SubmissionId>,
    state: SubmissionState,
    ended_at: Option<Instant>,
    ended_by: Option<PersonId>,
    _coalition_name: String,
    _places: String,
}

impl Row {
    fn read(self) -> Result<Submission> {
        Ok(Submission {
            id: self.id,
            stage_id: self.stage_id,
            competition_id: self.competition_id,
            coalition_id: self.coalition_id,
            proposal_id: self.proposal_id,
            receipt_number: self.receipt_number,
            title: self.title,
            snapshot: serde_json::from_str(&self.snapshot)?,
            digest: self.digest,
            audit_head: self.audit_head,
            submitted_at: self.submitted_at,
            submitted_by: self.submitted_by,
            in_grace: self.in_grace,
            carried_from: self.carried_from,
            state: self.state,
            ended_at: self.ended_at,
            ended_by: self.ended_by,
        })
    }
}

fn read_all(rows: Vec<Row>) -> Result<Vec<Submission>> {
    rows.into_iter().map(Row::read).collect()
}

/// A submission by its identity, in whatever state.
///
/// # Errors
/// When the database fails.
pub fn submission(r: &mut Reads<'_>, id: SubmissionId) -> Result<Option<Submission>> {
    let query = submissions::table.find(id);
    let row: Option<Row> = on_either!(r.conn(), |conn| query.get_result(conn)).optional()?;
    row.map(Row::read).transpose()
}

/// The submission of a live coalition at a stage that counts: one that lost its last place, or
/// was dissolved, takes part no more.
///
/// # Errors
/// When the database fails.
pub fn submission_in_force(
    r: &mut Reads<'_>,
    stage: StageId,
    coalition: CoalitionId,
) -> Result<Option<Submission>> {
    let row: Option<Row> = submissions::table
        .inner_join(coalitions::table.on(coalitions::id.eq(submissions::coalition_id)))
        .filter(coalitions::dissolved_at.is_null())
        .filter(submissions::stage_id.eq(stage))
        .filter(submissions::coalition_id.eq(coalition))
        .filter(submissions::state.eq(SubmissionState::InForce))
        .select(submissions::all_columns)
        .first(r.conn())
        .optional()?;
    row.map(Row::read).transpose()
}

/// Whether a coalition ever had a submission at a stage, whatever became of it.
///
/// # Errors
/// When the database fails.
pub fn has_submitted(r: &mut Reads<'_>, stage: StageId, coalition: CoalitionId) -> Result<bool> {
    let count: i64 = submissions::table
        .filter(submissions::stage_id.eq(stage))
        .filter(submissions::coalition_id.eq(coalition))
        .count()
        .get_result(r.conn())?;
    Ok(count > 0)
}

/// All submissions of a stage that count, of live coalitions, by identity. Sealed ones too:
/// whoever asks before the deadline must not serve them.
///
/// # Errors
/// When the database fails.
pub fn submissions_in_force(r: &mut Reads<'_>, stage: StageId) -> Result<Vec<Submission>> {
    let rows: Vec<Row> = submissions::table
        .inner_join(coalitions::table.on(coalitions::id.eq(submissions::coalition_id)))
        .filter(coalitions::dissolved_at.is_null())
        .filter(submissions::stage_id.eq(stage))
        .filter(submissions::state.eq(SubmissionState::InForce))
        .order(submissions::id)
        .select(submissions::all_columns)
        .load(r.conn())?;
    read_all(rows)
}

/// As [`submissions_in_force`], without what they say and sorted as lists are.
#[derive(Debug)]
pub struct Summaries {
    rows: Vec<Arc<SubmissionSummary>>,
    seen: Changes,
}

impl std::ops::Deref for Summaries {
    type Target = [Arc<SubmissionSummary>];

    fn deref(&self) -> &Self::Target {
        &self.rows
    }
}

/// The summaries of a stage. Kept in memory, so that they cost the same whether there are ten or
/// ten thousand; after a change those alone are read that it is about.
///
/// # Errors
/// When the database fails.
pub fn summaries_in_force(
    r: &mut Reads<'_>,
    stage: StageId,
    competition: CompetitionId,
) -> Result<Arc<Summaries>> {
    let changes = competitions::changes_of(r, competition)?;
    r.kept_up(
        stage.0,
        (changes, 0),
        |r, earlier: Option<Arc<Summaries>>| {
            let seen = competitions::changes_seen(r, competition)?;
            let changed = earlier.and_then(|one| Some((seen.since(&one.seen)?, one)));
            let mut rows = match changed {
                None => read_summaries(r, stage, None)?,
                Some((changed, earlier)) => {
                    let mut rows = read_summaries(r, stage, Some(&changed))?;
                    let same = |one: &&Arc<SubmissionSummary>| !changed.contains(&one.coalition_id);
                    rows.extend(earlier.iter().filter(same).cloned());
                    rows
                }
            };
            rows.sort_by(|a, b| a.sorts_as.cmp(&b.sorts_as));
            Ok(Summaries { rows, seen })
        },
    )
}

#[derive(Queryable)]
struct SummaryRow {
    id: SubmissionId,
    coalition_id: CoalitionId,
    receipt_number: i64,
    title: String,
    coalition: String,
    coalition_now: String,
    places: String,
    submitted_at: Instant,
    in_grace: bool,
    verdict: Option<Verdict>,
}

impl SummaryRow {
    fn read(self, stage: StageId) -> Result<Arc<SubmissionSummary>> {
        Ok(Arc::new(SubmissionSummary {
            sorts_as: (self.coalition.to_lowercase(), self.id.0),
            id: self.id,
            stage_id: stage,
            coalition_id: self.coalition_id,
            receipt_number: self.receipt_number,
            title: self.title,
            coalition: self.coalition,
            coalition_now: self.coalition_now,
            places: serde_json::from_str(&self.places)?,
            submitted_at: self.submitted_at,
            in_grace: self.in_grace,
            verdict: self.verdict,
        }))
    }
}

/// Of all coalitions, or of some alone.
fn read_summaries(
    r: &mut Reads<'_>,
    stage: StageId,
    only: Option<&BTreeSet<CoalitionId>>,
) -> Result<Vec<Arc<SubmissionSummary>>> {
    let mut query = submissions::table
        .inner_join(coalitions::table.on(coalitions::id.eq(submissions::coalition_id)))
        .left_join(
            screenings::table.on(screenings::stage_id
                .eq(submissions::stage_id)
                .and(screenings::coalition_id.eq(submissions::coalition_id))),
        )
        .filter(coalitions::dissolved_at.is_null())
        .filter(submissions::stage_id.eq(stage))
        .filter(submissions::state.eq(SubmissionState::InForce))
        .select((
            submissions::id,
            submissions::coalition_id,
            submissions::receipt_number,
            submissions::title,
            submissions::coalition_name,
            coalitions::name,
            submissions::places,
            submissions::submitted_at,
            submissions::in_grace,
            screenings::verdict.nullable(),
        ))
        .into_boxed();
    if let Some(only) = only {
        query = query.filter(submissions::coalition_id.eq_any(only.iter().copied()));
    }
    let rows: Vec<SummaryRow> = query.load(r.conn())?;
    rows.into_iter().map(|row| row.read(stage)).collect()
}

/// All submissions of a coalition, in whatever state, latest first.
///
/// # Errors
/// When the database fails.
pub fn submissions_of_coalition(
    r: &mut Reads<'_>,
    coalition: CoalitionId,
) -> Result<Vec<Submission>> {
    let rows: Vec<Row> = submissions::table
        .filter(submissions::coalition_id.eq(coalition))
        .order((submissions::submitted_at.desc(), submissions::id))
        .load(r.conn())?;
    read_all(rows)
}

/// The submissions of all coalitions that a person is a live member of, latest first.
///
/// # Errors
/// When the database fails.
pub fn submissions_of_person(r: &mut Reads<'_>, person: PersonId) -> Result<Vec<Submission>> {
    let rows: Vec<Row> = submissions::table
        .inner_join(members::table.on(members::coalition_id.eq(submissions::coalition_id)))
        .filter(members::person_id.eq(person))
        .filter(members::ended_at.is_null())
        .order((submissions::submitted_at.desc(), submissions::id))
        .select(submissions::all_columns)
        .load(r.conn())?;
    read_all(rows)
}

/// Writes a submission. An earlier one in force must be ended first.
///
/// # Errors
/// When the database fails.
pub fn insert_submission(w: &mut Writes<'_>, submission: &Submission) -> Result<()> {
    let snapshot = submission.snapshot.canonical()?;
    diesel::insert_into(submissions::table)
        .values((
            submissions::id.eq(submission.id),
            submissions::stage_id.eq(submission.stage_id),
            submissions::competition_id.eq(submission.competition_id),
            submissions::coalition_id.eq(submission.coalition_id),
            submissions::proposal_id.eq(submission.proposal_id),
            submissions::receipt_number.eq(submission.receipt_number),
            submissions::title.eq(&submission.title),
            submissions::snapshot.eq(snapshot),
            submissions::digest.eq(&submission.digest),
            submissions::audit_head.eq(&submission.audit_head),
            submissions::submitted_at.eq(submission.submitted_at),
            submissions::submitted_by.eq(submission.submitted_by),
            submissions::in_grace.eq(submission.in_grace),
            submissions::carried_from.eq(submission.carried_from),
            submissions::state.eq(submission.state),
            submissions::coalition_name.eq(&submission.snapshot.coalition.name),
            submissions::places.eq(serde_json::to_string(
                &submission.snapshot.coalition.places,
            )?),
        ))
        .execute(w.conn())?;
    super::attachments::link_files(w, submission)
}

/// Ends a submission: replaced or withdrawn.
///
/// # Errors
/// When the database fails.
pub fn end_submission(
    w: &mut Writes<'_>,
    id: SubmissionId,
    state: SubmissionState,
    by: PersonId,
) -> Result<()> {
    let now = w.now();
    diesel::update(submissions::table.find(id))
        .set((
            submissions::state.eq(state),
            submissions::ended_at.eq(Some(now)),
            submissions::ended_by.eq(Some(by)),
        ))
        .execute(w.conn())?;
    Ok(())
}
