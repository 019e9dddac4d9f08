//! The order of a stage's results, and which decisions depart from it.

use std::collections::BTreeSet;

use super::desk::Desk;
use super::model::{Decision, Placed, out_of_order};
use crate::competitions::model::OrderBy;
use crate::platform::db::Reads;
use crate::platform::ids::CoalitionId;
use crate::platform::refusal::Result;
use crate::reviews::model::Basis;
use crate::reviews::ranking::Ranking;
use crate::reviews::results::{self, SubmissionResult};
use crate::reviews::store as reviews;

/// The results of a stage, for ordering.
#[derive(Clone, Debug)]
pub struct Standings {
    results: Vec<SubmissionResult>,
    order_by: OrderBy,
    tie_rule: crate::competitions::model::TieRule,
}

/// The results of all submissions to be decided; none where nobody reviews.
///
/// # Errors
/// When the database fails.
pub fn standings(r: &mut Reads<'_>, desk: &Desk) -> Result<Standings> {
    let results = match desk.stage.rubric.as_ref().filter(|_| desk.stage.has_review) {
        None => Vec::new(),
        Some(rubric) => {
            let marks = reviews::marks(r, desk.stage.id, None)?;
            results::of_stage(rubric, &desk.to_decide, &marks, Basis::Independent)
        }
    };
    Ok(Standings {
        results,
        order_by: desk.stage.order_by,
        tie_rule: desk.stage.tie_rule,
    })
}

impl Standings {
    /// The value that orders, of one submission.
    pub fn value(&self, coalition: CoalitionId) -> Option<f64> {
        let result = self
            .results
            .iter()
            .find(|result| result.coalition_id == coalition)?;
        match self.order_by {
            OrderBy::RawMean => result.mean,
            OrderBy::RawMedian => result.median,
        }
    }

    /// The ranking of those submissions that pass the filter.
    pub fn ranking(&self, sees: impl Fn(CoalitionId) -> bool) -> Ranking {
        let seen: Vec<SubmissionResult> = self
            .results
            .iter()
            .filter(|result| sees(result.coalition_id))
            .cloned()
            .collect();
        results::ranking(&seen, self.order_by, self.tie_rule)
    }

    /// The coalitions whose decision departs from the order, tie rule included, as if there were
    /// only those that pass the filter: to whom some are closed, the others' must not tell of them.
    pub fn departing<'d>(
        &self,
        decisions: impl IntoIterator<Item = &'d Decision>,
        sees: impl Fn(CoalitionId) -> bool,
    ) -> BTreeSet<CoalitionId> {
        let ranking = self.ranking(sees);
        let placed: Vec<Placed> = decisions
            .into_iter()
            .filter_map(|decision| {
                let place = ranking.get(&decision.coalition)?;
                Some(Placed {
                    coalition: decision.coalition,
                    value: -f64::from(place.rank),
                    outcome: decision.content.outcome,
                })
            })
            .collect();
        out_of_order(&placed).into_iter().collect()
    }
}
