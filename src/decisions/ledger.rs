//! The money of a competition as its decisions stand: lines, and what is drawn on them.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::budget::{Drawn, OfferState, Reply, larger, offer_state};
use super::model::{Amount, Decision, Outcome, in_effect, latest};
use super::store;
use crate::competitions::model::BudgetLine;
use crate::competitions::store as competitions;
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::ids::{BudgetLineId, CoalitionId, CompetitionId, StageId};
use crate::platform::refusal::Result;

/// What one coalition draws by its submission to one stage.
#[derive(Debug)]
struct Draw {
    stage: StageId,
    coalition: CoalitionId,
    /// By what was told, and not replaced, freed or withdrawn since.
    told: Vec<Amount>,
    /// The same or, line by line, what was decided since and waits to be told, if that is more.
    kept: Vec<Amount>,
}

/// Lines and draws, read in one transaction.
#[derive(Debug)]
pub struct Ledger {
    /// The budget lines, in their order.
    pub lines: Vec<BudgetLine>,
    draws: Vec<Draw>,
}

impl Ledger {
    /// Reads the ledger of a competition.
    ///
    /// # Errors
    /// When the database fails.
    pub fn of(r: &mut Reads<'_>, competition: CompetitionId) -> Result<Self> {
        let now = r.now();
        let lines = competitions::budget_lines(r, competition)?;
        let replies = store::replies_in(r, competition)?;
        let in_force = store::in_force_in(r, competition)?;
        let counting = |decision: Option<&Decision>| -> Vec<Amount> {
            let Some(decision) = decision else {
                return Vec::new();
            };
            let withdrawn = !in_force.contains(&(decision.stage, decision.coalition));
            let reply = replies.get(&decision.id).copied();
            if came_to_nothing(decision, reply, withdrawn, now) {
                return Vec::new();
            }
            decision.content.amounts.clone()
        };
        let draws = chains(store::decisions_of_competition(r, competition)?)
            .into_iter()
            .map(|((stage, coalition), chain)| {
                let told = counting(in_effect(&chain, now));
                let kept = larger(&told, &counting(latest(&chain)));
                Draw {
                    stage,
                    coalition,
                    told,
                    kept,
                }
            })
            .collect();
        Ok(Self { lines, draws })
    }

    /// What coalitions that pass the filter draw, apart from the decisions on some coalitions'
    /// submissions to a stage.
    pub fn drawn_without(
        &self,
        stage: StageId,
        coalitions: &HashSet<CoalitionId>,
        counts: impl Fn(CoalitionId) -> bool,
    ) -> Drawn {
        let mut drawn = Drawn::default();
        for draw in &self.draws {
            let replaced = draw.stage == stage && coalitions.contains(&draw.coalition);
            if !replaced && counts(draw.coalition) {
                drawn.add(draw.coalition, &draw.kept);
            }
        }
        drawn
    }

    /// All that is drawn.
    pub fn drawn(&self) -> Drawn {
        let mut drawn = Drawn::default();
        for draw in &self.draws {
            drawn.add(draw.coalition, &draw.kept);
        }
        drawn
    }

    /// What is drawn by what coalitions were told.
    pub fn drawn_as_told(&self) -> Drawn {
        let mut drawn = Drawn::default();
        for draw in &self.draws {
            drawn.add(draw.coalition, &draw.told);
        }
        drawn
    }

    /// The lines on which coalitions that pass the filter draw more than is there.
    pub fn overdrawn_lines(&self, counts: impl Fn(CoalitionId) -> bool) -> Vec<&BudgetLine> {
        let drawn = self.drawn();
        self.lines
            .iter()
            .filter(|line| drawn.on(line.id, &counts) > line.amount)
            .collect()
    }

    /// The amount of each line.
    pub fn amounts(&self) -> HashMap<BudgetLineId, i64> {
        self.lines.iter().map(|l| (l.id, l.amount)).collect()
    }

    /// A line by its identity.
    pub fn line(&self, id: BudgetLineId) -> Option<&BudgetLine> {
        self.lines.iter().find(|line| line.id == id)
    }
}

/// Where the offer of a decision stands; none when it offers no award or was not told.
pub fn offer_of(
    decision: &Decision,
    reply: Option<Reply>,
    withdrawn: bool,
    now: Instant,
) -> Option<OfferState> {
    let offers = decision.content.outcome == Outcome::Award && decision.is_told(now);
    offers.then(|| offer_state(decision.content.answer_by, reply, withdrawn, now))
}

/// Whether the money of a decision is free again: an offer that came to nothing, or a submission
/// that was withdrawn.
fn came_to_nothing(
    decision: &Decision,
    reply: Option<Reply>,
    withdrawn: bool,
    now: Instant,
) -> bool {
    match offer_of(decision, reply, withdrawn, now) {
        Some(state) => state.frees_money(),
        None => withdrawn,
    }
}

/// Decisions by submission, each submission's in their order.
pub fn chains(all: Vec<Decision>) -> BTreeMap<(StageId, CoalitionId), Vec<Decision>> {
    let mut by_submission: BTreeMap<(StageId, CoalitionId), Vec<Decision>> = BTreeMap::new();
    for decision in all {
        let of_submission = by_submission.entry((decision.stage, decision.coalition));
        of_submission.or_default().push(decision);
    }
    by_submission
}

/// The latest decision on each submission.
pub fn latest_of_each(all: Vec<Decision>) -> Vec<Decision> {
    chains(all)
        .into_values()
        .filter_map(|chain| latest(&chain).cloned())
        .collect()
}

/// The decision on each submission that holds for its coalition.
pub fn told_of_each(all: Vec<Decision>, now: Instant) -> Vec<Decision> {
    chains(all)
        .into_values()
        .filter_map(|chain| in_effect(&chain, now).cloned())
        .collect()
}
