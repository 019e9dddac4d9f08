//! Raw results: what the marks say before any method corrects for who gave them. Pure.
//!
//! Each review's total is the mean of its marks weighted by criterion; "not applicable" leaves
//! the mean and the other weights count as they stand. Where the criteria's scales differ, marks
//! are first put on 0 to 100 within their own scale. A submission's mean, median and spread are
//! over its reviews' totals.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Basis, Marks, Scores};
use super::ranking::{Ranking, rank};
use crate::competitions::model::{Criterion, OrderBy, Points, Rubric, TieRule};
use crate::platform::ids::CoalitionId;

/// What the reviews say about one criterion of one submission.
#[derive(Clone, Debug, PartialEq)]
pub struct CriterionResult {
    /// The criterion's key.
    pub criterion: String,
    /// Mean of the marks given, on the criterion's own scale; none when nobody scored it.
    pub mean: Option<f64>,
    /// How many reviews scored it.
    pub scored: usize,
}

/// What the reviews say about one submission.
#[derive(Clone, Debug, PartialEq)]
pub struct SubmissionResult {
    /// Whose submission.
    pub coalition_id: CoalitionId,
    /// How many reviews were submitted.
    pub reviews: usize,
    /// Mean of the reviews' totals; none without one.
    pub mean: Option<f64>,
    /// Median of the reviews' totals.
    pub median: Option<f64>,
    /// Standard deviation of the reviews' totals (n − 1); none below two.
    pub deviation: Option<f64>,
    /// The lowest total.
    pub lowest: Option<f64>,
    /// The highest total.
    pub highest: Option<f64>,
    /// By criterion, in the rubric's order.
    pub criteria: Vec<CriterionResult>,
}

/// The results of a stage: one for each of `submissions`, in order of identity, from the marks of
/// the reviews given; those of other submissions are left out.
pub fn of_stage(
    rubric: &Rubric,
    submissions: &BTreeSet<CoalitionId>,
    reviews: &[Marks],
    basis: Basis,
) -> Vec<SubmissionResult> {
    let mut scores: BTreeMap<CoalitionId, Vec<&Scores>> =
        submissions.iter().map(|id| (*id, Vec::new())).collect();
    for review in reviews {
        if let Some(of_submission) = scores.get_mut(&review.coalition_id) {
            of_submission.push(review.scores(basis));
        }
    }
    scores
        .into_iter()
        .map(|(coalition, scores)| of_submission(rubric, coalition, &scores))
        .collect()
}

/// The result of one submission from the marks of its reviews.
pub fn of_submission(
    rubric: &Rubric,
    coalition_id: CoalitionId,
    scores: &[&Scores],
) -> SubmissionResult {
    let mut totals: Vec<f64> = scores.iter().filter_map(|s| total(rubric, s)).collect();
    totals.sort_by(f64::total_cmp);
    SubmissionResult {
        coalition_id,
        reviews: scores.len(),
        mean: mean(&totals),
        median: median(&totals),
        deviation: deviation(&totals),
        lowest: totals.first().copied(),
        highest: totals.last().copied(),
        criteria: rubric
            .criteria
            .iter()
            .map(|criterion| of_criterion(criterion, scores))
            .collect(),
    }
}

fn of_criterion(criterion: &Criterion, scores: &[&Scores]) -> CriterionResult {
    let mut marks: Vec<f64> = scores
        .iter()
        .filter_map(|scores| scores.get(&criterion.key)?.points())
        .map(Points::value)
        .collect();
    marks.sort_by(f64::total_cmp);
    CriterionResult {
        criterion: criterion.key.clone(),
        mean: mean(&marks),
        scored: marks.len(),
    }
}

/// The weighted mean of one review's marks; none when no criterion of weight was scored.
pub fn total(rubric: &Rubric, scores: &Scores) -> Option<f64> {
    let one_scale = share_a_scale(rubric);
    let mut sum = 0.0;
    let mut weights = 0.0;
    for criterion in &rubric.criteria {
        let Some(mark) = scores.get(&criterion.key).and_then(|score| score.points()) else {
            continue;
        };
        let mark = if one_scale {
            mark.value()
        } else {
            in_percent(criterion, mark)
        };
        let weight = f64::from(criterion.weight);
        sum += weight * mark;
        weights += weight;
    }
    (weights > 0.0).then(|| rounded(sum / weights))
}

/// Whether all criteria are scored on the same scale, which is then the total's too.
pub fn share_a_scale(rubric: &Rubric) -> bool {
    let scale = |criterion: &Criterion| (criterion.lowest, criterion.highest);
    rubric
        .criteria
        .windows(2)
        .all(|pair| scale(&pair[0]) == scale(&pair[1]))
}

fn in_percent(criterion: &Criterion, mark: Points) -> f64 {
    let (lowest, highest) = (criterion.lowest.value(), criterion.highest.value());
    100.0 * (mark.value() - lowest) / (highest - lowest)
}

/// The order of results by the stage's value, ties decided by its rule; what has no value has no
/// place.
pub fn ranking(results: &[SubmissionResult], order_by: OrderBy, tie_rule: TieRule) -> Ranking {
    let values = results
        .iter()
        .filter_map(|result| Some((result.coalition_id, values(result, order_by, tie_rule)?)))
        .collect();
    rank(&values)
}

/// What a result is ranked by, highest first: the stage's value, then what decides between equals;
/// none without that value.
pub fn values(result: &SubmissionResult, order_by: OrderBy, tie_rule: TieRule) -> Option<Vec<f64>> {
    let first = match order_by {
        OrderBy::RawMean => result.mean?,
        OrderBy::RawMedian => result.median?,
    };
    let mut values = vec![first];
    values.extend(tie_breakers(result, tie_rule));
    Some(values)
}

/// What decides between equal values; higher is better, what is unknown is worst.
fn tie_breakers(result: &SubmissionResult, rule: TieRule) -> Vec<f64> {
    let known = |value: Option<f64>| value.unwrap_or(f64::NEG_INFINITY);
    match rule {
        TieRule::SharedRank => Vec::new(),
        TieRule::CriteriaInOrder => result.criteria.iter().map(|c| known(c.mean)).collect(),
        TieRule::SmallerSpread => vec![known(result.deviation.map(|deviation| -deviation))],
    }
}

#[expect(clippy::cast_precision_loss, reason = "no submission has 2^52 reviews")]
fn count(values: &[f64]) -> f64 {
    values.len() as f64
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| rounded(values.iter().sum::<f64>() / count(values)))
}

/// Of values in ascending order.
fn median(values: &[f64]) -> Option<f64> {
    let upper = *values.get(values.len() / 2)?;
    let lower = values[(values.len() - 1) / 2];
    Some(rounded(f64::midpoint(lower, upper)))
}

fn deviation(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / count(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some(rounded((squares / (count(values) - 1.0)).sqrt()))
}

/// To nine decimals, so that equal marks in another order give equal values.
fn rounded(value: f64) -> f64 {
    (value * 1e9).round() / 1e9
}

#[cfg(test)]
mod tests;
