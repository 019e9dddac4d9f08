//! What the reviews of a stage add up to.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{coalition_names, judged, stage_for_office, submissions_for, wanted};
use crate::competitions::model::Stage;
use crate::people::Person;
use crate::platform::db::Reads;
use crate::platform::http::{Asked, Page, PageAsked};
use crate::platform::ids::{CoalitionId, StageId};
use crate::platform::refusal::Result;
use crate::proposals::model::Submission;
use crate::reviews::model::Basis;
use crate::reviews::shown::{CriterionView, ResultView};
use crate::reviews::{access, results, store};

crate::text_enum! {
    /// By what a list of results is sorted.
    ResultSort {
        /// Best first.
        Rank = "rank",
        /// By mean, highest first.
        Mean = "mean",
        /// By median, highest first.
        Median = "median",
        /// By standard deviation, largest first.
        Deviation = "deviation",
        /// By number of reviews, fewest first.
        Reviews = "reviews",
        /// By title.
        Title = "title",
    }
}

/// Which results are asked for, and in which order.
#[derive(Clone, Debug, Default, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ResultsAsked {
    /// Which version of each review counts; independent unless told otherwise.
    pub scores: Option<Basis>,
    /// By what to sort; by rank unless told otherwise. What has no value comes last.
    pub sort: Option<ResultSort>,
    /// Only means from this value on.
    pub mean_from: Option<f64>,
    /// Only means up to this value.
    pub mean_to: Option<f64>,
    /// Only standard deviations from this value on.
    pub deviation_from: Option<f64>,
    /// Only submissions with fewer reviews than the stage asks for (true), or with enough (false).
    pub lacking_reviews: Option<bool>,
    /// Items on the page, 1 to 200; 50 unless told otherwise.
    pub limit: Option<u32>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

/// The same selection and order for the list and for the table.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Selection {
    pub(super) scores: Option<Basis>,
    pub(super) sort: Option<ResultSort>,
    pub(super) mean_from: Option<f64>,
    pub(super) mean_to: Option<f64>,
    pub(super) deviation_from: Option<f64>,
    pub(super) lacking_reviews: Option<bool>,
}

impl ResultsAsked {
    const fn selection(&self) -> Selection {
        Selection {
            scores: self.scores,
            sort: self.sort,
            mean_from: self.mean_from,
            mean_to: self.mean_to,
            deviation_from: self.deviation_from,
            lacking_reviews: self.lacking_reviews,
        }
    }
}

impl Selection {
    /// The results of a stage that the reader may count, chosen and sorted.
    pub(super) fn rows(
        &self,
        r: &mut Reads<'_>,
        who: &Person,
        stage: &Stage,
    ) -> Result<Vec<ResultView>> {
        let basis = self.scores.unwrap_or(Basis::Independent);
        let mut rows = rows(r, who, stage, basis)?;
        rows.retain(|row| self.wants(row));
        self.sort(&mut rows);
        Ok(rows)
    }

    fn wants(&self, row: &ResultView) -> bool {
        let at_least = |value: Option<f64>, from: Option<f64>| {
            from.is_none_or(|from| value.is_some_and(|value| value >= from))
        };
        let at_most = self
            .mean_to
            .is_none_or(|to| row.mean.is_some_and(|mean| mean <= to));
        let wanted = usize::try_from(row.reviews_wanted).unwrap_or(0);
        at_most
            && at_least(row.mean, self.mean_from)
            && at_least(row.deviation, self.deviation_from)
            && self
                .lacking_reviews
                .is_none_or(|lacking| lacking == (row.reviews < wanted))
    }

    fn sort(&self, rows: &mut [ResultView]) {
        let highest_first = |value: Option<f64>| (value.is_none(), -value.unwrap_or(0.0));
        let number = |row: &ResultView| match self.sort.unwrap_or(ResultSort::Rank) {
            ResultSort::Rank => (row.rank.is_none(), f64::from(row.rank.unwrap_or(0))),
            ResultSort::Mean => highest_first(row.mean),
            ResultSort::Median => highest_first(row.median),
            ResultSort::Deviation => highest_first(row.deviation),
            ResultSort::Reviews => (false, f64::from(u32::try_from(row.reviews).unwrap_or(0))),
            ResultSort::Title => (false, 0.0),
        };
        rows.sort_by(|a, b| {
            let ((no_a, of_a), (no_b, of_b)) = (number(a), number(b));
            no_a.cmp(&no_b)
                .then(of_a.total_cmp(&of_b))
                .then_with(|| a.title.cmp(&b.title))
                .then(a.submission_id.cmp(&b.submission_id))
        });
    }
}

/// A page of the results of a stage, as far as the reader may count them.
pub fn results(
    r: &mut Reads<'_>,
    who: &Person,
    id: StageId,
    query: &Asked<ResultsAsked>,
) -> Result<Page<ResultView>> {
    let stage = stage_for_office(r, who, id, access::reads_results)?;
    let asked = query.get()?;
    let page = PageAsked::new(asked.limit, asked.cursor.as_deref())?;
    let rows = asked.selection().rows(r, who, &stage)?;
    Page::of_ordered(rows, &page, |row| row.submission_id.0)
}

/// Every result of a stage that the reader may count, in no particular order.
fn rows(r: &mut Reads<'_>, who: &Person, stage: &Stage, basis: Basis) -> Result<Vec<ResultView>> {
    let submissions = submissions_for(r, who, stage)?;
    if submissions.is_empty() {
        return Ok(Vec::new());
    }
    let about: BTreeSet<CoalitionId> = submissions.iter().map(|s| s.coalition_id).collect();
    let reviews = store::submitted_reviews(r, stage.id)?;
    let results = results::of_stage(&judged(stage), &about, &reviews, basis);
    let ranking = results::ranking(&results, stage.order_by, stage.tie_rule);
    let names = coalition_names(r, stage.competition_id)?;
    let submissions: BTreeMap<CoalitionId, Submission> = submissions
        .into_iter()
        .map(|submission| (submission.coalition_id, submission))
        .collect();
    Ok(results
        .into_iter()
        .filter_map(|result| {
            let submission = submissions.get(&result.coalition_id)?;
            let place = ranking.get(&result.coalition_id);
            Some(ResultView {
                submission_id: submission.id,
                coalition_id: result.coalition_id,
                coalition: names.get(&result.coalition_id).cloned().unwrap_or_default(),
                title: submission.title.clone(),
                scores: basis,
                rank: place.map(|place| place.rank),
                tied: place.is_some_and(|place| place.tied),
                mean: result.mean,
                median: result.median,
                deviation: result.deviation,
                lowest: result.lowest,
                highest: result.highest,
                reviews: result.reviews,
                reviews_wanted: wanted(stage),
                criteria: CriterionView::all(&result),
            })
        })
        .collect())
}
