//! Decisions and the money that goes with them.

use std::collections::{BTreeSet, HashMap, HashSet};

use diesel::prelude::*;

use crate::decisions::model::{Amount, Announced, Content, Decision, Origin, Outcome};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{announcements, decision_amounts, decisions, submissions};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{
    AnnouncementId, BudgetLineId, CoalitionId, CompetitionId, DecisionId, PersonId, StageId,
};
use crate::platform::refusal::Result;
use crate::proposals::model::SubmissionState;

#[derive(Queryable)]
struct Row {
    id: DecisionId,
    stage: StageId,
    competition: CompetitionId,
    coalition: CoalitionId,
    outcome: Outcome,
    origin: Origin,
    reason: String,
    rationale: String,
    conditions: String,
    answer_by: Option<Instant>,
    out_of_order_reason: String,
    public_summary: String,
    summary_approved_by: Option<PersonId>,
    recorded_by: PersonId,
    recorded_at: Instant,
    superseded_by: Option<DecisionId>,
    version: i64,
    announcement: Option<AnnouncementId>,
    told_at: Option<Instant>,
    public_at: Option<Instant>,
}

impl Row {
    fn into_decision(self, amounts: Vec<Amount>, withdrawn_at: Option<Instant>) -> Decision {
        let announced = match (self.announcement, self.told_at, self.public_at) {
            (Some(id), Some(told_at), Some(public_at)) => Some(Announced {
                id,
                told_at,
                public_at,
            }),
            _ => None,
        };
        Decision {
            id: self.id,
            stage: self.stage,
            competition: self.competition,
            coalition: self.coalition,
            content: Content {
                outcome: self.outcome,
                reason: self.reason,
                rationale: self.rationale,
                conditions: self.conditions,
                answer_by: self.answer_by,
                out_of_order_reason: self.out_of_order_reason,
                public_summary: self.public_summary,
                amounts,
            },
            origin: self.origin,
            superseded_by: self.superseded_by,
            summary_approved_by: self.summary_approved_by,
            recorded_by: self.recorded_by,
            recorded_at: self.recorded_at,
            announced,
            withdrawn_at,
            version: self.version,
        }
    }
}

macro_rules! rows {
    () => {
        decisions::table
            .left_join(
                announcements::table
                    .on(decisions::announcement_id.eq(announcements::id.nullable())),
            )
            .select((
                decisions::id,
                decisions::stage_id,
                decisions::competition_id,
                decisions::coalition_id,
                decisions::outcome,
                decisions::origin,
                decisions::reason,
                decisions::rationale,
                decisions::conditions,
                decisions::answer_by,
                decisions::out_of_order_reason,
                decisions::public_summary,
                decisions::summary_approved_by,
                decisions::recorded_by,
                decisions::recorded_at,
                decisions::superseded_by,
                decisions::version,
                decisions::announcement_id,
                announcements::told_at.nullable(),
                announcements::public_at.nullable(),
            ))
    };
}

fn with_amounts(r: &mut Reads<'_>, rows: Vec<Row>) -> Result<Vec<Decision>> {
    let ids: Vec<DecisionId> = rows.iter().map(|row| row.id).collect();
    let mut amounts: HashMap<DecisionId, Vec<Amount>> = HashMap::new();
    for some in ids.chunks(500) {
        let found: Vec<(DecisionId, BudgetLineId, i64)> = decision_amounts::table
            .filter(decision_amounts::decision_id.eq_any(some.to_vec()))
            .order(decision_amounts::budget_line_id)
            .select((
                decision_amounts::decision_id,
                decision_amounts::budget_line_id,
                decision_amounts::amount,
            ))
            .load(r.conn())?;
        for (decision, line, amount) in found {
            let of_decision = amounts.entry(decision).or_default();
            of_decision.push(Amount { line, amount });
        }
    }
    let withdrawn = withdrawals(r, &rows)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let of_decision = amounts.remove(&row.id).unwrap_or_default();
            let left = withdrawn.get(&(row.stage, row.coalition)).copied();
            row.into_decision(of_decision, left)
        })
        .collect())
}

/// When the submissions that these rows decide on were withdrawn, where none took their place.
fn withdrawals(
    r: &mut Reads<'_>,
    rows: &[Row],
) -> Result<HashMap<(StageId, CoalitionId), Instant>> {
    let coalitions: BTreeSet<CoalitionId> = rows.iter().map(|row| row.coalition).collect();
    let coalitions: Vec<CoalitionId> = coalitions.into_iter().collect();
    let (mut withdrawn, mut in_force) = (HashMap::new(), HashSet::new());
    for some in coalitions.chunks(500) {
        let found: Vec<(StageId, CoalitionId, SubmissionState, Option<Instant>)> =
            submissions::table
                .filter(submissions::coalition_id.eq_any(some.to_vec()))
                .filter(submissions::state.ne(SubmissionState::Replaced))
                .order(submissions::submitted_at)
                .select((
                    submissions::stage_id,
                    submissions::coalition_id,
                    submissions::state,
                    submissions::ended_at,
                ))
                .load(r.conn())?;
        for (stage, coalition, state, ended_at) in found {
            if state == SubmissionState::InForce {
                in_force.insert((stage, coalition));
            } else if let Some(at) = ended_at {
                withdrawn.insert((stage, coalition), at);
            }
        }
    }
    withdrawn.retain(|submission, _| !in_force.contains(submission));
    Ok(withdrawn)
}

/// A decision by its identity.
///
/// # Errors
/// When the database fails.
pub fn decision(r: &mut Reads<'_>, id: DecisionId) -> Result<Option<Decision>> {
    let row: Option<Row> = rows!()
        .filter(decisions::id.eq(id))
        .first(r.conn())
        .optional()?;
    Ok(with_amounts(r, row.into_iter().collect())?.pop())
}

/// Every decision of a stage, replaced ones too, in the order of recording.
///
/// # Errors
/// When the database fails.
pub fn decisions_of_stage(r: &mut Reads<'_>, stage: StageId) -> Result<Vec<Decision>> {
    let found: Vec<Row> = rows!()
        .filter(decisions::stage_id.eq(stage))
        .order((decisions::recorded_at, decisions::id))
        .load(r.conn())?;
    with_amounts(r, found)
}

/// Every decision of a competition, replaced ones too, in the order of recording.
///
/// # Errors
/// When the database fails.
pub fn decisions_of_competition(
    r: &mut Reads<'_>,
    competition: CompetitionId,
) -> Result<Vec<Decision>> {
    let found: Vec<Row> = rows!()
        .filter(decisions::competition_id.eq(competition))
        .order((decisions::recorded_at, decisions::id))
        .load(r.conn())?;
    with_amounts(r, found)
}

/// Every decision on a coalition's submissions, replaced ones too, in the order of recording.
///
/// # Errors
/// When the database fails.
pub fn decisions_of_coalition(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<Vec<Decision>> {
    let found: Vec<Row> = rows!()
        .filter(decisions::coalition_id.eq(coalition))
        .order((decisions::recorded_at, decisions::id))
        .load(r.conn())?;
    with_amounts(r, found)
}

/// Writes a decision that was not there before; it waits for an announcement.
///
/// # Errors
/// When the database fails.
pub fn insert_decision(w: &mut Writes<'_>, decision: &Decision) -> Result<()> {
    let content = &decision.content;
    diesel::insert_into(decisions::table)
        .values((
            (
                decisions::id.eq(decision.id),
                decisions::stage_id.eq(decision.stage),
                decisions::competition_id.eq(decision.competition),
                decisions::coalition_id.eq(decision.coalition),
                decisions::origin.eq(decision.origin),
                decisions::superseded_by.eq(decision.superseded_by),
            ),
            (
                decisions::outcome.eq(content.outcome),
                decisions::reason.eq(&content.reason),
                decisions::rationale.eq(&content.rationale),
                decisions::conditions.eq(&content.conditions),
                decisions::answer_by.eq(content.answer_by),
                decisions::out_of_order_reason.eq(&content.out_of_order_reason),
                decisions::public_summary.eq(&content.public_summary),
            ),
            (
                decisions::summary_approved_by.eq(decision.summary_approved_by),
                decisions::recorded_by.eq(decision.recorded_by),
                decisions::recorded_at.eq(decision.recorded_at),
                decisions::version.eq(decision.version),
            ),
        ))
        .execute(w.conn())?;
    insert_amounts(w, decision)
}

/// Writes what changed in a decision that waits for its announcement.
///
/// # Errors
/// When the database fails.
pub fn update_decision(w: &mut Writes<'_>, decision: &Decision) -> Result<()> {
    let content = &decision.content;
    diesel::update(decisions::table.find(decision.id))
        .set((
            (
                decisions::outcome.eq(content.outcome),
                decisions::reason.eq(&content.reason),
                decisions::rationale.eq(&content.rationale),
                decisions::conditions.eq(&content.conditions),
                decisions::answer_by.eq(content.answer_by),
                decisions::out_of_order_reason.eq(&content.out_of_order_reason),
                decisions::public_summary.eq(&content.public_summary),
            ),
            (
                decisions::summary_approved_by.eq(decision.summary_approved_by),
                decisions::recorded_by.eq(decision.recorded_by),
                decisions::recorded_at.eq(decision.recorded_at),
                decisions::version.eq(decision.version),
            ),
        ))
        .execute(w.conn())?;
    delete_amounts(w, decision.id)?;
    insert_amounts(w, decision)
}

fn insert_amounts(w: &mut Writes<'_>, decision: &Decision) -> Result<()> {
    for part in &decision.content.amounts {
        let id: i64 = w.fresh_id();
        diesel::insert_into(decision_amounts::table)
            .values((
                decision_amounts::id.eq(id),
                decision_amounts::decision_id.eq(decision.id),
                decision_amounts::budget_line_id.eq(part.line),
                decision_amounts::amount.eq(part.amount),
            ))
            .execute(w.conn())?;
    }
    Ok(())
}

fn delete_amounts(w: &mut Writes<'_>, id: DecisionId) -> Result<()> {
    let of_decision = decision_amounts::table.filter(decision_amounts::decision_id.eq(id));
    diesel::delete(of_decision).execute(w.conn())?;
    Ok(())
}

/// Lets a decision take the place of an earlier one, from when it is told.
///
/// # Errors
/// When the database fails.
pub fn supersede(w: &mut Writes<'_>, earlier: DecisionId, later: DecisionId) -> Result<()> {
    diesel::update(decisions::table.find(earlier))
        .set(decisions::superseded_by.eq(Some(later)))
        .execute(w.conn())?;
    Ok(())
}

/// Takes back a decision that nobody was told; the one before it stands again.
///
/// # Errors
/// When the database fails.
pub fn delete_decision(w: &mut Writes<'_>, id: DecisionId) -> Result<()> {
    let earlier = decisions::table.filter(decisions::superseded_by.eq(id));
    diesel::update(earlier)
        .set(decisions::superseded_by.eq(None::<DecisionId>))
        .execute(w.conn())?;
    delete_amounts(w, id)?;
    diesel::delete(decisions::table.find(id)).execute(w.conn())?;
    Ok(())
}

/// Sets the public summary, and who approved it as it stands.
///
/// # Errors
/// When the database fails.
pub fn approve_summary(
    w: &mut Writes<'_>,
    id: DecisionId,
    summary: &str,
    approved_by: Option<PersonId>,
) -> Result<()> {
    diesel::update(decisions::table.find(id))
        .set((
            decisions::public_summary.eq(summary),
            decisions::summary_approved_by.eq(approved_by),
            decisions::version.eq(decisions::version + 1),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Lets an announcement hold decisions: from now on they don't change.
///
/// # Errors
/// When the database fails.
pub fn hold_for(
    w: &mut Writes<'_>,
    announcement: AnnouncementId,
    held: &[DecisionId],
) -> Result<()> {
    for id in held {
        diesel::update(decisions::table.find(id))
            .set(decisions::announcement_id.eq(Some(announcement)))
            .execute(w.conn())?;
    }
    Ok(())
}

/// Frees the decisions that an announcement held.
///
/// # Errors
/// When the database fails.
pub fn let_go_of(w: &mut Writes<'_>, announcement: AnnouncementId) -> Result<()> {
    let held = decisions::table.filter(decisions::announcement_id.eq(announcement));
    diesel::update(held)
        .set(decisions::announcement_id.eq(None::<AnnouncementId>))
        .execute(w.conn())?;
    Ok(())
}
