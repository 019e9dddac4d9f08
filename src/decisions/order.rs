//! The order of a stage's results, and which decisions depart from it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::desk::Desk;
use super::model::{Decision, Placed, out_of_order};
use crate::competitions::model::OrderBy;
use crate::platform::db::Reads;
use crate::platform::ids::CoalitionId;
use crate::platform::refusal::Result;
use crate::reviews::model::Basis;
use crate::reviews::ranking::{Ranking, places};
use crate::reviews::standings::{self, Standing};

/// The results of the submissions to be decided, best first.
#[derive(Clone, Debug)]
pub struct Standings {
    all: Arc<standings::Standings>,
    to_decide: BTreeSet<CoalitionId>,
    values: HashMap<CoalitionId, f64>,
}

/// The results of all submissions to be decided; none where nobody reviews.
///
/// # Errors
/// When the database fails.
pub fn standings(r: &mut Reads<'_>, desk: &Desk) -> Result<Standings> {
    let judged = desk.stage.has_review && desk.stage.rubric.is_some();
    let all = if judged {
        standings::of_stage(r, &desk.stage, Basis::Independent)?
    } else {
        Arc::default()
    };
    let value = |row: &Standing| {
        let value = match desk.stage.order_by {
            OrderBy::RawMean => row.result.mean,
            OrderBy::RawMedian => row.result.median,
        };
        Some((row.submission.coalition_id, value?))
    };
    Ok(Standings {
        values: all.rows().iter().filter_map(value).collect(),
        to_decide: desk.to_decide.clone(),
        all,
    })
}

impl Standings {
    /// The value that orders, of one submission.
    pub fn value(&self, coalition: CoalitionId) -> Option<f64> {
        let value = self.values.get(&coalition).copied();
        value.filter(|_| self.to_decide.contains(&coalition))
    }

    /// The ranking of those submissions that pass the filter.
    pub fn ranking(&self, sees: impl Fn(CoalitionId) -> bool) -> Ranking {
        let shown: Vec<&Standing> = self
            .all
            .rows()
            .iter()
            .filter(|row| {
                let coalition = row.submission.coalition_id;
                self.to_decide.contains(&coalition) && sees(coalition)
            })
            .collect();
        let places = places(shown.iter().map(|row| row.values()));
        let placed = shown.iter().zip(places);
        placed
            .filter_map(|(row, place)| Some((row.submission.coalition_id, place?)))
            .collect()
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
