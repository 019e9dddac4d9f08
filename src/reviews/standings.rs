//! The results of a stage as they stand: worked out once from the marks, then kept in memory for
//! all readers until a review, a submission or a door changes.

use std::collections::{BTreeSet, HashSet};
use std::ops::Deref;
use std::sync::Arc;

use super::model::{Basis, Marks};
use super::ranking::{Place, order, places};
use super::results::{self, SubmissionResult};
use super::store;
use crate::competitions::model::{Phase, Rubric, Stage};
use crate::competitions::store::{self as competitions, Changes};
use crate::platform::db::Reads;
use crate::platform::ids::CoalitionId;
use crate::platform::refusal::Result;
use crate::proposals::model::{SubmissionSummary, Verdict};
use crate::proposals::store as proposals;

/// One eligible submission's result, with its place among all of them.
#[derive(Clone, Debug)]
pub struct Standing {
    entry: Arc<Entry>,
    /// None without a value to rank by.
    pub place: Option<Place>,
}

/// What does not change with the others' results.
#[derive(Debug)]
pub struct Entry {
    /// The submission.
    pub submission: Arc<SubmissionSummary>,
    /// What its reviews say.
    pub result: SubmissionResult,
    /// What orders it, highest first; none without a value.
    values: Option<Vec<f64>>,
}

impl Entry {
    /// What it is ranked by, highest first.
    pub fn values(&self) -> Option<&[f64]> {
        self.values.as_deref()
    }
}

impl Deref for Standing {
    type Target = Entry;

    fn deref(&self) -> &Entry {
        &self.entry
    }
}

/// The results of a stage, best first; what has no place comes last. Equals are in the order of
/// their titles.
#[derive(Debug, Default)]
pub struct Standings(Vec<Standing>);

/// By either version of the reviews, with the changes that were seen.
struct Both {
    independent: Arc<Standings>,
    last: Arc<Standings>,
    seen: Changes,
}

/// The results of a stage's eligible submissions, as if by somebody who sees all of them. After a
/// change, the marks of those submissions alone are read that it is about.
///
/// # Errors
/// When the database fails.
pub fn of_stage(r: &mut Reads<'_>, stage: &Stage, basis: Basis) -> Result<Arc<Standings>> {
    let changes = competitions::changes_of(r, stage.competition_id)?;
    let tag = (changes, stage.version);
    let both = r.kept_up(stage.id.0, tag, |r, earlier| work_out(r, stage, earlier))?;
    Ok(Arc::clone(both.by(basis)))
}

fn work_out(r: &mut Reads<'_>, stage: &Stage, earlier: Option<Arc<Both>>) -> Result<Both> {
    let seen = competitions::changes_seen(r, stage.competition_id)?;
    let earlier = earlier.and_then(|both| Some((seen.since(&both.seen)?, both)));
    let changed = earlier.as_ref().map(|(changed, _)| changed);
    let all = proposals::summaries_in_force(r, stage.id, stage.competition_id)?;
    let anew: Vec<Arc<SubmissionSummary>> = all
        .iter()
        .filter(|one| changed.is_none_or(|changed| changed.contains(&one.coalition_id)))
        .filter(|one| is_eligible(one, Phase::Reviewing))
        .cloned()
        .collect();
    let marks = store::marks(r, stage.id, changed)?;
    let by = |basis| {
        let mut entries = entries(stage, &anew, &marks, basis);
        if let Some((changed, both)) = &earlier {
            let same = |one: &&Standing| !changed.contains(&one.submission.coalition_id);
            let kept = both.by(basis).0.iter().filter(same);
            entries.extend(kept.map(|one| Arc::clone(&one.entry)));
        }
        Arc::new(Standings::of(entries))
    };
    Ok(Both {
        independent: by(Basis::Independent),
        last: by(Basis::Final),
        seen,
    })
}

/// Whether a submission is reviewed: found eligible, or where nobody screens, not looked at.
pub fn is_eligible(submission: &SubmissionSummary, phase: Phase) -> bool {
    match submission.verdict {
        Some(verdict) => verdict == Verdict::Eligible,
        None => phase > Phase::Screening,
    }
}

fn entries(
    stage: &Stage,
    eligible: &[Arc<SubmissionSummary>],
    marks: &[Marks],
    basis: Basis,
) -> Vec<Arc<Entry>> {
    let nothing = Rubric {
        criteria: Vec::new(),
    };
    let rubric = stage.rubric.as_ref().unwrap_or(&nothing);
    let about: BTreeSet<CoalitionId> = eligible.iter().map(|one| one.coalition_id).collect();
    let results = results::of_stage(rubric, &about, marks, basis);
    let mut by_coalition: Vec<&Arc<SubmissionSummary>> = eligible.iter().collect();
    by_coalition.sort_by_key(|one| one.coalition_id);
    let both = results.into_iter().zip(by_coalition);
    both.map(|(result, submission)| {
        Arc::new(Entry {
            values: results::values(&result, stage.order_by, stage.tie_rule),
            submission: Arc::clone(submission),
            result,
        })
    })
    .collect()
}

impl Both {
    const fn by(&self, basis: Basis) -> &Arc<Standings> {
        match basis {
            Basis::Independent => &self.independent,
            Basis::Final => &self.last,
        }
    }
}

impl Standings {
    fn of(mut entries: Vec<Arc<Entry>>) -> Self {
        entries.sort_by(|a, b| {
            order(b.values.as_deref(), a.values.as_deref())
                .then_with(|| a.submission.title.cmp(&b.submission.title))
                .then(a.submission.id.cmp(&b.submission.id))
        });
        let places = places(entries.iter().map(|one| one.values.as_deref()));
        let rows = entries.into_iter().zip(places);
        Self(
            rows.map(|(entry, place)| Standing { entry, place })
                .collect(),
        )
    }

    /// All of them.
    pub fn rows(&self) -> &[Standing] {
        &self.0
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
    use crate::reviews::ranking::rank;

    fn standings(values: &[Option<u8>]) -> Standings {
        let entry = |(id, value): (i64, &Option<u8>)| {
            Arc::new(Entry {
                submission: Arc::new(submission(id)),
                result: results::of_submission(&no_rubric(), CoalitionId(id), &[]),
                values: value.map(|value| vec![f64::from(value)]),
            })
        };
        Standings::of((0..).zip(values).map(entry).collect())
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
