//! What the reviews of a stage add up to: results, and how far the reviewers are.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{coalition_names, names_of, rubric, stage_for_office, submissions_for};
use crate::competitions::model::Stage;
use crate::panels::model::{Assignment, AssignmentState};
use crate::panels::store::{self as panels, Filter};
use crate::people::Person;
use crate::platform::db::Reads;
use crate::platform::http::{Asked, Page, PageAsked};
use crate::platform::ids::{AssignmentId, CoalitionId, PersonId, StageId};
use crate::platform::refusal::Result;
use crate::proposals::model::Submission;
use crate::reviews::model::{Basis, Review};
use crate::reviews::shown::{
    CriterionView, ProgressView, ResultView, ReviewerProgress, SubmissionProgress,
};
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

impl ResultsAsked {
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
    let mut rows = rows(r, who, &stage, asked.scores.unwrap_or(Basis::Independent))?;
    rows.retain(|row| asked.wants(row));
    asked.sort(&mut rows);
    Page::of_ordered(rows, &page, |row| row.submission_id.0)
}

/// Every result of a stage that the reader may count, in no particular order.
pub(super) fn rows(
    r: &mut Reads<'_>,
    who: &Person,
    stage: &Stage,
    basis: Basis,
) -> Result<Vec<ResultView>> {
    let submissions = submissions_for(r, who, stage)?;
    if submissions.is_empty() {
        return Ok(Vec::new());
    }
    let about: BTreeSet<CoalitionId> = submissions.iter().map(|s| s.coalition_id).collect();
    let reviews = store::submitted_reviews(r, stage.id)?;
    let results = results::of_stage(rubric(stage)?, &about, &reviews, basis);
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
                reviews_wanted: stage.reviews_per_submission,
                criteria: CriterionView::all(&result),
            })
        })
        .collect())
}

/// How far the reviewers of a stage are, as far as the reader may count them.
pub fn progress(r: &mut Reads<'_>, who: &Person, id: StageId) -> Result<ProgressView> {
    let stage = stage_for_office(r, who, id, access::reads_progress)?;
    let submissions = submissions_for(r, who, &stage)?;
    let about: BTreeSet<CoalitionId> = submissions.iter().map(|s| s.coalition_id).collect();
    let mut assignments = panels::assignments_of_stage(r, id, &Filter::default())?;
    assignments.retain(|a| a.is_live() && about.contains(&a.coalition_id));
    let reviews: HashMap<AssignmentId, Review> = store::reviews_of_stage(r, id)?
        .into_iter()
        .map(|review| (review.assignment_id, review))
        .collect();
    Ok(ProgressView {
        reviewers: by_reviewer(r, &assignments, &reviews)?,
        submissions: by_submission(r, &stage, submissions, &assignments, &reviews)?,
    })
}

fn by_reviewer(
    r: &mut Reads<'_>,
    assignments: &[Assignment],
    reviews: &HashMap<AssignmentId, Review>,
) -> Result<Vec<ReviewerProgress>> {
    let mut by_person: BTreeMap<PersonId, Vec<&Assignment>> = BTreeMap::new();
    for assignment in assignments {
        by_person
            .entry(assignment.person_id)
            .or_default()
            .push(assignment);
    }
    let people: Vec<PersonId> = by_person.keys().copied().collect();
    let mut names = names_of(r, &people)?;
    let mut rows: Vec<ReviewerProgress> = by_person
        .into_iter()
        .map(|(person_id, given)| {
            let begun = given.iter().filter_map(|a| reviews.get(&a.id));
            let (submitted, drafted): (Vec<&Review>, _) = begun.partition(|r| r.is_submitted());
            let accepted = |a: &&&Assignment| a.state == AssignmentState::Accepted;
            ReviewerProgress {
                person_id,
                name: names.remove(&person_id).unwrap_or_default(),
                assigned: given.len(),
                accepted: given.iter().filter(accepted).count(),
                drafted: drafted.len(),
                submitted: submitted.len(),
            }
        })
        .collect();
    rows.sort_by(|a, b| (&a.name, a.person_id).cmp(&(&b.name, b.person_id)));
    Ok(rows)
}

fn by_submission(
    r: &mut Reads<'_>,
    stage: &Stage,
    submissions: Vec<Submission>,
    assignments: &[Assignment],
    reviews: &HashMap<AssignmentId, Review>,
) -> Result<Vec<SubmissionProgress>> {
    let names = coalition_names(r, stage.competition_id)?;
    let counts = |about: CoalitionId| {
        let given = assignments.iter().filter(|a| a.coalition_id == about);
        let submitted = given
            .clone()
            .filter(|a| reviews.get(&a.id).is_some_and(Review::is_submitted));
        (given.count(), submitted.count())
    };
    let mut rows: Vec<SubmissionProgress> = submissions
        .into_iter()
        .map(|submission| {
            let (assigned, submitted) = counts(submission.coalition_id);
            SubmissionProgress {
                submission_id: submission.id,
                coalition: names
                    .get(&submission.coalition_id)
                    .cloned()
                    .unwrap_or_default(),
                title: submission.title,
                wanted: stage.reviews_per_submission,
                assigned,
                submitted,
            }
        })
        .collect();
    rows.sort_by(|a, b| (&a.title, a.submission_id).cmp(&(&b.title, b.submission_id)));
    Ok(rows)
}
