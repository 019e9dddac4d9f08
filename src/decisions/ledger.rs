//! The money of a competition as its decisions stand: lines, and what is drawn on them.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::budget::{Drawn, OfferState, Reply, offer_state};
use super::model::{Decision, Outcome, latest};
use super::store;
use crate::competitions::model::BudgetLine;
use crate::competitions::store as competitions;
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::ids::{BudgetLineId, CoalitionId, CompetitionId, DecisionId, StageId};
use crate::platform::refusal::Result;

/// Lines and draws, read in one transaction.
#[derive(Debug)]
pub struct Ledger {
    /// The budget lines, in their order.
    pub lines: Vec<BudgetLine>,
    latest: Vec<Decision>,
    freed: HashSet<DecisionId>,
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
        let latest = latest_of_each(store::decisions_of_competition(r, competition)?);
        let freed = latest
            .iter()
            .filter(|decision| {
                let withdrawn = !in_force.contains(&(decision.stage, decision.coalition));
                came_to_nothing(decision, replies.get(&decision.id).copied(), withdrawn, now)
            })
            .map(|decision| decision.id)
            .collect();
        Ok(Self {
            lines,
            latest,
            freed,
        })
    }

    /// What is drawn, apart from the decisions on these coalitions' submissions to a stage.
    pub fn drawn_without(&self, stage: StageId, coalitions: &HashSet<CoalitionId>) -> Drawn {
        let others = self
            .latest
            .iter()
            .filter(|other| other.stage != stage || !coalitions.contains(&other.coalition));
        Drawn::from(others, |id| self.freed.contains(&id))
    }

    /// All that is drawn.
    pub fn drawn(&self) -> Drawn {
        Drawn::from(&self.latest, |id| self.freed.contains(&id))
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
/// withdrawn before anything was told.
fn came_to_nothing(
    decision: &Decision,
    reply: Option<Reply>,
    withdrawn: bool,
    now: Instant,
) -> bool {
    match offer_of(decision, reply, withdrawn, now) {
        Some(state) => state.frees_money(),
        None => withdrawn && !decision.is_told(now),
    }
}

/// The latest decision on each submission.
pub fn latest_of_each(all: Vec<Decision>) -> Vec<Decision> {
    let mut by_submission: BTreeMap<(StageId, CoalitionId), Vec<Decision>> = BTreeMap::new();
    for decision in all {
        let of_submission = by_submission.entry((decision.stage, decision.coalition));
        of_submission.or_default().push(decision);
    }
    by_submission
        .into_values()
        .filter_map(|chain| latest(&chain).cloned())
        .collect()
}
