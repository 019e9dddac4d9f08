//! What the reviews of a stage add up to.

use std::sync::Arc;

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{hidden_from, stage_for_office, wanted};
use crate::competitions::model::{Phase, Stage};
use crate::people::Person;
use crate::platform::db::Reads;
use crate::platform::http::{Asked, Page, PageAsked};
use crate::platform::ids::StageId;
use crate::platform::refusal::Result;
use crate::reviews::access;
use crate::reviews::model::Basis;
use crate::reviews::results::SubmissionResult;
use crate::reviews::shown::{CriterionView, ResultView};
use crate::reviews::standings::{self, Seen, Standing, Standings};

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
    #[param(inline)]
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
        let Some(standings) = self.standings(r, stage)? else {
            return Ok(Vec::new());
        };
        let seen = standings.without(hidden_from(r, who, stage)?);
        let rows = self.chosen(stage, &seen).into_iter();
        Ok(rows.map(|row| self.view(stage, &seen, row)).collect())
    }

    /// None before reviewing has begun.
    fn standings(&self, r: &mut Reads<'_>, stage: &Stage) -> Result<Option<Arc<Standings>>> {
        if stage.phase(r.now()) < Phase::Reviewing {
            return Ok(None);
        }
        standings::of_stage(r, stage, self.basis()).map(Some)
    }

    fn basis(&self) -> Basis {
        self.scores.unwrap_or(Basis::Independent)
    }

    fn chosen<'s>(&self, stage: &Stage, seen: &Seen<'s>) -> Vec<&'s Standing> {
        let mut rows = seen.rows();
        rows.retain(|row| self.wants(stage, &row.result));
        self.sort(&mut rows);
        rows
    }

    fn view(&self, stage: &Stage, seen: &Seen<'_>, row: &Standing) -> ResultView {
        let (submission, result, place) = (&row.submission, &row.result, seen.place(row));
        ResultView {
            submission_id: submission.id,
            coalition_id: submission.coalition_id,
            coalition: submission.coalition_now.clone(),
            title: submission.title.clone(),
            scores: self.basis(),
            rank: place.map(|place| place.rank),
            tied: place.is_some_and(|place| place.tied),
            mean: result.mean,
            median: result.median,
            deviation: result.deviation,
            lowest: result.lowest,
            highest: result.highest,
            reviews: result.reviews,
            reviews_wanted: wanted(stage),
            criteria: CriterionView::all(result),
        }
    }

    fn wants(&self, stage: &Stage, result: &SubmissionResult) -> bool {
        let at_least = |value: Option<f64>, from: Option<f64>| {
            from.is_none_or(|from| value.is_some_and(|value| value >= from))
        };
        let at_most = self
            .mean_to
            .is_none_or(|to| result.mean.is_some_and(|mean| mean <= to));
        let wanted = usize::try_from(wanted(stage)).unwrap_or(0);
        at_most
            && at_least(result.mean, self.mean_from)
            && at_least(result.deviation, self.deviation_from)
            && self
                .lacking_reviews
                .is_none_or(|lacking| lacking == (result.reviews < wanted))
    }

    fn sort(&self, rows: &mut [&Standing]) {
        let by = self.sort.unwrap_or(ResultSort::Rank);
        if by == ResultSort::Rank {
            return;
        }
        let highest_first = |value: Option<f64>| (value.is_none(), -value.unwrap_or(0.0));
        let number = |result: &SubmissionResult| match by {
            ResultSort::Mean => highest_first(result.mean),
            ResultSort::Median => highest_first(result.median),
            ResultSort::Deviation => highest_first(result.deviation),
            ResultSort::Reviews => (false, f64::from(u32::try_from(result.reviews).unwrap_or(0))),
            ResultSort::Rank | ResultSort::Title => (false, 0.0),
        };
        rows.sort_by(|a, b| {
            let ((no_a, of_a), (no_b, of_b)) = (number(&a.result), number(&b.result));
            no_a.cmp(&no_b)
                .then(of_a.total_cmp(&of_b))
                .then_with(|| a.submission.title.cmp(&b.submission.title))
                .then(a.submission.id.cmp(&b.submission.id))
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
    let selection = asked.selection();
    let Some(standings) = selection.standings(r, &stage)? else {
        return Page::of_ordered(Vec::new(), &page, |row: &ResultView| row.submission_id.0);
    };
    let seen = standings.without(hidden_from(r, who, &stage)?);
    let rows = selection.chosen(&stage, &seen);
    let rows = Page::of_ordered(rows, &page, |row| row.submission.id.0)?;
    Ok(rows.map(|row| selection.view(&stage, &seen, row)))
}
