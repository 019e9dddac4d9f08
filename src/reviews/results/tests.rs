use proptest::prelude::*;

use super::*;
use crate::competitions::model::builtin;
use crate::platform::clock::Instant;
use crate::platform::ids::{
    AssignmentId, CompetitionId, PersonId, ReviewId, StageId, SubmissionId,
};
use crate::reviews::model::{Review, ReviewState, ReviewText, Score};

/// Criteria `a`, `b`, … with these weights, all from 0 to 5 in steps of 0.1.
fn rubric(weights: &[u32]) -> Rubric {
    let pattern = &builtin::four_questions().criteria[0];
    let criteria = weights.iter().zip("abcdefgh".chars());
    Rubric {
        criteria: criteria
            .map(|(weight, key)| Criterion {
                key: key.to_string(),
                weight: *weight,
                ..pattern.clone()
            })
            .collect(),
    }
}

/// Marks in tenths, by criterion in order; `None` does not apply.
fn scores(tenths: &[Option<i64>]) -> Scores {
    let marks = tenths.iter().zip("abcdefgh".chars());
    marks
        .map(|(mark, key)| (key.to_string(), score(*mark)))
        .collect()
}

fn score(tenths: Option<i64>) -> Score {
    tenths.map_or(Score::NotApplicable, |t| {
        Score::Points(Points::from_thousandths(t * 100))
    })
}

fn marks(reviews: &[Review]) -> Vec<Marks> {
    let submitted = reviews.iter().filter(|review| review.is_submitted());
    submitted
        .map(|review| Marks {
            coalition_id: review.coalition_id,
            last: review.text.scores.clone(),
            independent: review.independent.as_ref().map(|kept| kept.scores.clone()),
        })
        .collect()
}

fn review(coalition: i64, person: i64, scores: Scores) -> Review {
    let at = Instant::from_micros(0);
    Review {
        id: ReviewId(person),
        assignment_id: AssignmentId(person),
        stage_id: StageId(1),
        competition_id: CompetitionId(1),
        coalition_id: CoalitionId(coalition),
        submission_id: SubmissionId(coalition),
        person_id: PersonId(person),
        state: ReviewState::Submitted,
        text: ReviewText {
            scores,
            ..ReviewText::default()
        },
        revision: None,
        total: None,
        independent: None,
        pseudonym: String::new(),
        version: 1,
        created_at: at,
        updated_at: at,
        submitted_at: Some(at),
        excluded: None,
    }
}

fn of_one(rubric: &Rubric, marks: &[Scores]) -> SubmissionResult {
    of_submission(rubric, CoalitionId(1), &marks.iter().collect::<Vec<_>>())
}

#[test]
fn a_total_is_the_weighted_mean_of_what_applies() {
    let rubric = rubric(&[50, 30, 20]);
    for (marks, expected) in [
        (vec![Some(40), Some(30), Some(20)], Some(3.3)),
        (vec![Some(40), None, Some(20)], Some(24.0 / 7.0)),
        (vec![None, None, Some(20)], Some(2.0)),
        (vec![None, None, None], None),
        (vec![Some(0), Some(0), Some(0)], Some(0.0)),
        (vec![Some(50)], Some(5.0)),
        (vec![], None),
    ] {
        let total = total(&rubric, &scores(&marks));
        assert_eq!(total, expected.map(rounded), "{marks:?}");
    }
}

#[test]
fn criteria_without_weight_do_not_count() {
    let rubric = rubric(&[100, 0]);
    assert_eq!(total(&rubric, &scores(&[Some(10), Some(50)])), Some(1.0));
    assert_eq!(total(&rubric, &scores(&[None, Some(50)])), None);
}

#[test]
fn marks_on_different_scales_meet_in_percent() {
    let mut rubric = rubric(&[50, 50]);
    assert!(share_a_scale(&rubric));
    rubric.criteria[1].lowest = Points::whole(1);
    rubric.criteria[1].highest = Points::whole(11);
    assert!(!share_a_scale(&rubric));
    assert_eq!(total(&rubric, &scores(&[Some(50), Some(60)])), Some(75.0));
}

#[test]
fn mean_median_and_spread_are_over_reviews() {
    let rubric = rubric(&[100]);
    let marks = [10, 20, 50, 40].map(|tenths| scores(&[Some(tenths)]));
    let result = of_one(&rubric, &marks);
    assert_eq!(result.reviews, 4);
    assert_eq!(result.mean, Some(3.0));
    assert_eq!(result.median, Some(3.0));
    assert_eq!((result.lowest, result.highest), (Some(1.0), Some(5.0)));
    // (4 + 1 + 4 + 1) / 3
    assert_eq!(result.deviation, Some(rounded((10.0_f64 / 3.0).sqrt())));
    let of_three = of_one(&rubric, &marks[..3]);
    assert_eq!(of_three.median, Some(2.0));
    let of_one_review = of_one(&rubric, &marks[..1]);
    assert_eq!(
        (of_one_review.mean, of_one_review.deviation),
        (Some(1.0), None)
    );
}

#[test]
fn a_submission_without_reviews_has_no_values() {
    let result = of_one(&rubric(&[50, 50]), &[]);
    assert_eq!(
        (result.reviews, result.mean, result.median),
        (0, None, None)
    );
    assert_eq!((result.deviation, result.lowest), (None, None));
    assert!(
        result
            .criteria
            .iter()
            .all(|c| c.mean.is_none() && c.scored == 0)
    );
}

#[test]
fn each_criterion_has_the_mean_of_the_marks_given() {
    let rubric = rubric(&[50, 50]);
    let marks = [scores(&[Some(10), None]), scores(&[Some(20), Some(40)])];
    let result = of_one(&rubric, &marks);
    let criteria: Vec<_> = result.criteria.iter().map(|c| (c.mean, c.scored)).collect();
    assert_eq!(criteria, [(Some(1.5), 2), (Some(4.0), 1)]);
    assert_eq!(result.mean, Some(2.0));
}

#[test]
fn independent_scores_count_unless_the_final_ones_are_asked_for() {
    let rubric = rubric(&[100]);
    let mut review = review(1, 1, scores(&[Some(20)]));
    review.total = total(&rubric, &review.text.scores);
    review.freeze_independent(Instant::from_micros(5));
    review.text.scores = scores(&[Some(50)]);
    review.total = total(&rubric, &review.text.scores);
    review.freeze_independent(Instant::from_micros(9));
    assert_eq!(
        review.independent.as_ref().unwrap().at,
        Instant::from_micros(5)
    );
    let about = [CoalitionId(1)].into();
    for (basis, mean) in [(Basis::Independent, 2.0), (Basis::Final, 5.0)] {
        let result = of_stage(
            &rubric,
            &about,
            &marks(std::slice::from_ref(&review)),
            basis,
        );
        assert_eq!(result[0].mean, Some(mean));
        assert_eq!(review.total(basis), Some(mean));
    }
}

#[test]
fn drafts_and_reviews_of_other_submissions_do_not_count() {
    let mut draft = review(1, 1, scores(&[Some(20)]));
    draft.state = ReviewState::Draft;
    let other = review(2, 2, scores(&[Some(20)]));
    let results = of_stage(
        &rubric(&[100]),
        &[CoalitionId(1)].into(),
        &marks(&[draft, other]),
        Basis::Independent,
    );
    assert_eq!(results.len(), 1);
    assert_eq!(results[0].reviews, 0);
}

#[test]
fn ties_follow_the_rule_of_the_stage() {
    let rubric = rubric(&[50, 50]);
    let reviews = [
        review(1, 1, scores(&[Some(20), Some(40)])),
        review(1, 2, scores(&[Some(20), Some(40)])),
        review(2, 3, scores(&[Some(50), Some(50)])),
        review(2, 4, scores(&[Some(10), Some(10)])),
        review(3, 5, scores(&[Some(40), Some(30)])),
    ];
    let about = (1..=4).map(CoalitionId).collect();
    let results = of_stage(&rubric, &about, &marks(&reviews), Basis::Independent);
    for (order_by, rule, expected) in [
        (OrderBy::RawMean, TieRule::SharedRank, [2, 2, 1]),
        (OrderBy::RawMedian, TieRule::SharedRank, [2, 2, 1]),
        (OrderBy::RawMean, TieRule::CriteriaInOrder, [3, 2, 1]),
        (OrderBy::RawMean, TieRule::SmallerSpread, [2, 3, 1]),
    ] {
        let ranking = ranking(&results, order_by, rule);
        let ranks: Vec<u32> = ranking.values().map(|place| place.rank).collect();
        assert_eq!(ranks, expected, "{order_by} {rule}");
        assert!(!ranking.contains_key(&CoalitionId(4)), "nothing to rank by");
    }
}

fn any_marks() -> impl Strategy<Value = Vec<Vec<Option<i64>>>> {
    let review = prop::collection::vec(prop::option::of(0..=50_i64), 4);
    prop::collection::vec(review, 0..8)
}

fn any_weights() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(0..=100_u32, 4)
}

proptest! {
    #[test]
    fn values_stay_between_the_lowest_and_the_highest(weights in any_weights(), marks in any_marks()) {
        let marks: Vec<Scores> = marks.iter().map(|m| scores(m)).collect();
        let result = of_one(&rubric(&weights), &marks);
        prop_assert_eq!(result.reviews, marks.len());
        if let (Some(lowest), Some(highest)) = (result.lowest, result.highest) {
            for value in [result.mean, result.median].into_iter().flatten() {
                prop_assert!(lowest - 1e-8 <= value && value <= highest + 1e-8);
            }
            prop_assert!((0.0..=5.0).contains(&lowest) && (0.0..=5.0).contains(&highest));
            prop_assert!(result.deviation.is_none_or(|d| (0.0..=highest - lowest + 1e-8).contains(&d)));
        } else {
            prop_assert!(result.mean.is_none() && result.median.is_none());
        }
    }

    #[test]
    fn the_order_of_reviews_does_not_matter(weights in any_weights(), marks in any_marks()) {
        let mut marks: Vec<Scores> = marks.iter().map(|m| scores(m)).collect();
        let rubric = rubric(&weights);
        let result = of_one(&rubric, &marks);
        marks.reverse();
        prop_assert_eq!(result, of_one(&rubric, &marks));
    }

    #[test]
    fn not_applicable_is_as_if_the_criterion_were_not_there(
        weights in any_weights(), marks in prop::collection::vec(0..=50_i64, 4), without in 0..4_usize,
    ) {
        let mut given: Vec<Option<i64>> = marks.into_iter().map(Some).collect();
        given[without] = None;
        let whole = rubric(&weights);
        let mut smaller = whole.clone();
        let key = smaller.criteria.remove(without).key;
        let mut fewer = scores(&given);
        fewer.remove(&key);
        prop_assert_eq!(total(&whole, &scores(&given)), total(&smaller, &fewer));
    }

    #[test]
    fn a_better_mark_never_lowers_the_total(
        weights in any_weights(), marks in prop::collection::vec(0..50_i64, 4), raised in 0..4_usize,
    ) {
        let rubric = rubric(&weights);
        let before: Vec<Option<i64>> = marks.into_iter().map(Some).collect();
        let mut after = before.clone();
        after[raised] = after[raised].map(|mark| mark + 1);
        prop_assert!(total(&rubric, &scores(&after)) >= total(&rubric, &scores(&before)));
    }

    #[test]
    fn ranks_count_who_is_better(marks in prop::collection::vec(0..=6_i32, 0..12)) {
        let values: std::collections::BTreeMap<CoalitionId, Vec<f64>> = (1..)
            .zip(&marks)
            .map(|(id, mark)| (CoalitionId(id), vec![Points::whole(*mark).value()]))
            .collect();
        let ranking = crate::reviews::ranking::rank(&values);
        for (id, mark) in (1..).zip(&marks) {
            let better = marks.iter().filter(|other| *other > mark).count();
            let equal = marks.iter().filter(|other| *other == mark).count();
            let place = ranking[&CoalitionId(id)];
            prop_assert_eq!(place.rank as usize, better + 1);
            prop_assert_eq!(place.tied, equal > 1);
        }
    }
}
