//! The results of a stage as they stand: worked out once from the marks, then kept in memory for
//! all readers until a review, a submission or a door changes.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::model::{Basis, Marks, Place};
use super::results::{self, SubmissionResult};
use super::store;
use crate::competitions::model::{Phase, Rubric, Stage};
use crate::competitions::store as competitions;
use crate::platform::db::Reads;
use crate::platform::ids::CoalitionId;
use crate::platform::refusal::Result;
use crate::proposals::model::{SubmissionSummary, Verdict};
use crate::proposals::store as proposals;

/// One eligible submission's result, with its place among all of them.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The submission.
    pub submission: SubmissionSummary,
    /// What its reviews say.
    pub result: SubmissionResult,
    /// None without a value to rank by.
    pub place: Option<Place>,
}

/// The results of a stage, best first; what has no place comes last. Equals are in the order of
/// their titles.
#[derive(Debug)]
pub struct Standings(Vec<Standing>);

/// By either version of the reviews.
struct Both {
    independent: Arc<Standings>,
    last: Arc<Standings>,
}

/// The results of a stage's eligible submissions, as if by somebody who sees all of them.
///
/// # Errors
/// When the database fails.
pub fn of_stage(r: &mut Reads<'_>, stage: &Stage, basis: Basis) -> Result<Arc<Standings>> {
    let changes = competitions::changes_of(r, stage.competition_id)?;
    let both = r.kept(stage.id.0, (changes, stage.version), |r| work_out(r, stage))?;
    Ok(Arc::clone(match basis {
        Basis::Independent => &both.independent,
        Basis::Final => &both.last,
    }))
}

fn work_out(r: &mut Reads<'_>, stage: &Stage) -> Result<Both> {
    let all = proposals::summaries_in_force(r, stage.id, stage.competition_id)?;
    let eligible: Vec<&SubmissionSummary> = all
        .iter()
        .filter(|one| is_eligible(one, Phase::Reviewing))
        .collect();
    let marks = store::marks(r, stage.id)?;
    let by = |basis| Arc::new(Standings::of(stage, &eligible, &marks, basis));
    Ok(Both {
        independent: by(Basis::Independent),
        last: by(Basis::Final),
    })
}

/// Whether a submission is reviewed: found eligible, or where nobody screens, not looked at.
pub fn is_eligible(submission: &SubmissionSummary, phase: Phase) -> bool {
    match submission.verdict {
        Some(verdict) => verdict == Verdict::Eligible,
        None => phase > Phase::Screening,
    }
}

impl Standings {
    fn of(stage: &Stage, eligible: &[&SubmissionSummary], marks: &[Marks], basis: Basis) -> Self {
        let nothing = Rubric {
            criteria: Vec::new(),
        };
        let rubric = stage.rubric.as_ref().unwrap_or(&nothing);
        let about: BTreeSet<CoalitionId> = eligible.iter().map(|one| one.coalition_id).collect();
        let results = results::of_stage(rubric, &about, marks, basis);
        let ranking = results::ranking(&results, stage.order_by, stage.tie_rule);
        let mut by_coalition: Vec<&SubmissionSummary> = eligible.to_vec();
        by_coalition.sort_by_key(|one| one.coalition_id);
        let mut rows: Vec<Standing> = results
            .into_iter()
            .zip(by_coalition)
            .map(|(result, submission)| Standing {
                place: ranking.get(&result.coalition_id).copied(),
                submission: submission.clone(),
                result,
            })
            .collect();
        rows.sort_by(|a, b| {
            let key = |one: &Standing| {
                let rank = one.place.map(|place| place.rank);
                (rank.is_none(), rank)
            };
            key(a)
                .cmp(&key(b))
                .then_with(|| a.submission.title.cmp(&b.submission.title))
                .then(a.submission.id.cmp(&b.submission.id))
        });
        Self(rows)
    }

    /// Without some coalitions: who may not know of them finds no gap in what is left.
    pub fn without(&self, hidden: HashSet<CoalitionId>) -> Seen<'_> {
        let ranks = self
            .0
            .iter()
            .filter(|_| !hidden.is_empty())
            .filter(|one| hidden.contains(&one.submission.coalition_id))
            .filter_map(|one| Some(one.place?.rank))
            .collect();
        Seen {
            all: &self.0,
            hidden,
            ranks,
        }
    }
}

/// Results without those that somebody may not know of.
pub struct Seen<'s> {
    all: &'s [Standing],
    hidden: HashSet<CoalitionId>,
    /// Of those that are hidden.
    ranks: Vec<u32>,
}

impl<'s> Seen<'s> {
    /// Best first.
    pub fn rows(&self) -> Vec<&'s Standing> {
        if self.hidden.is_empty() {
            return self.all.iter().collect();
        }
        self.all
            .iter()
            .filter(|one| !self.hidden.contains(&one.submission.coalition_id))
            .collect()
    }

    /// The place of one among those that are seen.
    pub fn place(&self, of: &Standing) -> Option<Place> {
        let place = of.place?;
        let before = self.ranks.iter().filter(|rank| **rank < place.rank).count();
        let equal = self
            .ranks
            .iter()
            .filter(|rank| **rank == place.rank)
            .count();
        Some(Place {
            rank: place.rank - u32::try_from(before).unwrap_or(0),
            tied: place.tied && (equal == 0 || self.sharing(place.rank) - equal > 1),
        })
    }

    /// How many share a rank.
    fn sharing(&self, rank: u32) -> usize {
        let rank_of = |one: &Standing| one.place.map_or(u32::MAX, |place| place.rank);
        let from = self.all.partition_point(|one| rank_of(one) < rank);
        let until = self.all.partition_point(|one| rank_of(one) <= rank);
        until - from
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::platform::clock::Instant;
    use crate::platform::ids::{StageId, SubmissionId};
    use crate::reviews::model::rank;

    fn standings(values: &[Option<u8>]) -> Standings {
        let ranking = rank(&values_of(values, &HashSet::new()));
        let mut rows: Vec<Standing> = (0_i64..)
            .zip(values)
            .map(|(id, _)| Standing {
                submission: submission(id),
                result: results::of_submission(&no_rubric(), CoalitionId(id), &[]),
                place: ranking.get(&CoalitionId(id)).copied(),
            })
            .collect();
        rows.sort_by_key(|one| one.place.map_or(u32::MAX, |place| place.rank));
        Standings(rows)
    }

    fn values_of(
        values: &[Option<u8>],
        hidden: &HashSet<CoalitionId>,
    ) -> std::collections::BTreeMap<CoalitionId, Vec<f64>> {
        (0_i64..)
            .map(CoalitionId)
            .zip(values)
            .filter(|(id, _)| !hidden.contains(id))
            .filter_map(|(id, value)| Some((id, vec![f64::from((*value)?)])))
            .collect()
    }

    fn no_rubric() -> Rubric {
        Rubric {
            criteria: Vec::new(),
        }
    }

    fn submission(id: i64) -> SubmissionSummary {
        SubmissionSummary {
            id: SubmissionId(id),
            stage_id: StageId(1),
            coalition_id: CoalitionId(id),
            receipt_number: id,
            title: String::new(),
            coalition: String::new(),
            coalition_now: String::new(),
            places: Vec::new(),
            submitted_at: Instant::from_micros(0),
            in_grace: false,
            verdict: None,
            sorts_as: (String::new(), id),
        }
    }

    proptest! {
        /// Hiding some gives the ranking that there is without them.
        #[test]
        fn who_is_hidden_leaves_no_gap(
            values in prop::collection::vec(prop::option::of(0_u8..5), 1..12),
            hidden in prop::collection::hash_set((0_i64..12).prop_map(CoalitionId), 0..5),
        ) {
            let expected = rank(&values_of(&values, &hidden));
            let standings = standings(&values);
            let seen = standings.without(hidden.clone());
            for row in seen.rows() {
                let id = row.submission.coalition_id;
                prop_assert!(!hidden.contains(&id));
                prop_assert_eq!(seen.place(row), expected.get(&id).copied());
            }
        }
    }
}
