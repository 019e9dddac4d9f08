//! What is sent and served of decisions.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ledger::Ledger;
use super::model::{Decision, Origin, Outcome};
use crate::coalitions::model::Coalition;
use crate::competitions::model::Instrument;
use crate::platform::clock::Instant;
use crate::platform::ids::{BudgetLineId, CoalitionId, DecisionId, PersonId, StageId};
use crate::platform::money::Money;
use crate::proposals::actions::exceptions::ExceptionView;

/// A coalition, named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NamedCoalition {
    /// Its identity.
    pub id: CoalitionId,
    /// Its name.
    pub name: String,
}

impl From<&Coalition> for NamedCoalition {
    fn from(coalition: &Coalition) -> Self {
        Self {
            id: coalition.id,
            name: coalition.name.clone(),
        }
    }
}

/// Money asked for on a budget line.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AmountInput {
    /// The budget line.
    pub line: BudgetLineId,
    /// Above zero, in the competition's currency.
    pub amount: Money,
}

/// A decision as an officer writes it.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "outcome": "award",
    "rationale": "The strongest table of all, and a lender that has closed loans.",
    "amounts": [{"line": 7_340_032_000_i64, "amount": {"amount": 30_000_000, "currency": "USD"}}],
    "conditions": "The school district joins the table before the first payment.",
    "answer_by": "2026-07-31T21:00:00Z",
    "public_summary": "Residents, schools and employers align training with jobs."
}))]
pub struct DecisionInput {
    /// What is decided.
    pub outcome: Outcome,
    /// Why; for officers and approvers.
    pub rationale: String,
    /// Money by budget line: for an award at least one, for an advance if it comes with money.
    #[serde(default)]
    pub amounts: Vec<AmountInput>,
    /// What the offer depends on; told to the coalition.
    #[serde(default)]
    pub conditions: String,
    /// Until when an award can be accepted.
    #[serde(default)]
    pub answer_by: Option<Instant>,
    /// Why it departs from the order of the results, where it does.
    #[serde(default)]
    pub out_of_order_reason: String,
    /// What the public reads, once approved.
    #[serde(default)]
    pub public_summary: String,
    /// For corrections and promotions: why, told to the coalition.
    #[serde(default)]
    pub reason: String,
}

/// One decision among several that are recorded together.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportedDecision {
    /// Whose submission.
    pub coalition: CoalitionId,
    /// The version that it takes the place of; absent where nothing is decided yet.
    #[serde(default)]
    pub version: Option<i64>,
    /// What is decided.
    pub decision: DecisionInput,
}

/// What an import recorded.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Imported {
    /// How many decisions.
    pub recorded: usize,
}

/// Money on a budget line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AmountView {
    /// The budget line.
    pub line: BudgetLineId,
    /// Who gives.
    pub funder: String,
    /// By what instrument.
    pub instrument: Instrument,
    /// How much.
    pub amount: Money,
}

/// A recorded decision, for officers and approvers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DecisionView {
    /// Its identity.
    pub id: DecisionId,
    /// What was decided.
    pub outcome: Outcome,
    /// How it came to be.
    pub origin: Origin,
    /// Why it is corrected or promoted.
    pub reason: String,
    /// Why it was decided so.
    pub rationale: String,
    /// Money by budget line.
    pub amounts: Vec<AmountView>,
    /// The sum of the money.
    pub total: Money,
    /// What the offer depends on.
    pub conditions: String,
    /// Until when it can be accepted.
    pub answer_by: Option<Instant>,
    /// Why it departs from the order of the results.
    pub out_of_order_reason: String,
    /// What the public reads, once approved.
    pub public_summary: String,
    /// Whether an officer approved the summary as it stands.
    pub summary_approved: bool,
    /// Who recorded it last.
    pub recorded_by: PersonId,
    /// When.
    pub recorded_at: Instant,
    /// When coalitions are told; null until an announcement is confirmed.
    pub told_at: Option<Instant>,
    /// When it is public, likewise.
    pub public_at: Option<Instant>,
    /// Counts its changes.
    pub version: i64,
}

/// What is decided on one submission, or that nothing is yet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaseView {
    /// The stage.
    pub stage_id: StageId,
    /// Whose submission.
    pub coalition: NamedCoalition,
    /// The latest decision; null until one is recorded.
    pub decision: Option<DecisionView>,
    /// What was granted to this coalition alone at this stage, in that order.
    pub exceptions: Vec<ExceptionView>,
}

/// A submission among those to be decided.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RankedCase {
    /// Whose submission, and what is decided.
    #[serde(flatten)]
    pub case: CaseView,
    /// The value that orders the results; null without reviews.
    pub value: Option<f64>,
    /// Its rank among all submissions of the stage that this reader sees.
    pub rank: Option<u32>,
    /// Whether the decision departs from the order of the results.
    pub out_of_order: bool,
}

/// Scores and words of the reviews, together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FeedbackView {
    /// Mean of the reviews' weighted totals.
    pub total: Option<f64>,
    /// By criterion, in the rubric's order.
    pub criteria: Vec<ToldCriterion>,
}

/// What the reviews say on one criterion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ToldCriterion {
    /// The criterion's key.
    pub criterion: String,
    /// Its title.
    pub title: String,
    /// The mean of the scores, on the criterion's scale; null when nobody scored it.
    pub mean: Option<f64>,
    /// The released narratives, in a random order of their own.
    pub narratives: Vec<String>,
}

/// The whole money of a competition, as one decides.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BudgetView {
    /// Its lines.
    pub lines: Vec<LineView>,
    /// What all lines hold.
    pub amount: Money,
    /// What the latest decisions draw.
    pub drawn: Money,
    /// What is left; negative when lines were cut below what is drawn.
    pub left: Money,
}

/// A budget line, as one decides.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LineView {
    /// Its identity.
    pub id: BudgetLineId,
    /// Who gives.
    pub funder: String,
    /// By what instrument.
    pub instrument: Instrument,
    /// What it may be used for.
    pub restriction: String,
    /// What it holds.
    pub amount: Money,
    /// What the latest decisions draw on it.
    pub drawn: Money,
    /// What is left.
    pub left: Money,
}

/// The money of a decision, by line, in the order of the lines.
pub fn amounts_shown(decision: &Decision, ledger: &Ledger, currency: &str) -> Vec<AmountView> {
    let of_line = |line: BudgetLineId| {
        let parts = &decision.content.amounts;
        parts.iter().find(|part| part.line == line)
    };
    ledger
        .lines
        .iter()
        .filter_map(|line| {
            Some(AmountView {
                line: line.id,
                funder: line.funder.clone(),
                instrument: line.instrument,
                amount: Money::new(of_line(line.id)?.amount, currency),
            })
        })
        .collect()
}

impl DecisionView {
    /// Shows a decision in full.
    pub fn of(decision: &Decision, ledger: &Ledger, currency: &str) -> Self {
        let content = decision.content.clone();
        Self {
            id: decision.id,
            outcome: content.outcome,
            origin: decision.origin,
            amounts: amounts_shown(decision, ledger, currency),
            total: Money::new(decision.total(), currency),
            reason: content.reason,
            rationale: content.rationale,
            conditions: content.conditions,
            answer_by: content.answer_by,
            out_of_order_reason: content.out_of_order_reason,
            public_summary: content.public_summary,
            summary_approved: decision.summary_approved_by.is_some(),
            recorded_by: decision.recorded_by,
            recorded_at: decision.recorded_at,
            told_at: decision.telling().map(|announced| announced.told_at),
            public_at: decision.telling().map(|announced| announced.public_at),
            version: decision.version,
        }
    }
}
