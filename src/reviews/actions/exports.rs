//! Results and reviews as tables to save.

use serde::Deserialize;
use utoipa::IntoParams;

use super::{coalition_names, names_of, office, rubric, stage_for_office, submissions_for, tables};
use crate::competitions::model::{Rubric, Stage};
use crate::people::{Person, Role};
use crate::platform::db::Reads;
use crate::platform::http::{Asked, HttpFile, csv_file};
use crate::platform::ids::{PersonId, StageId};
use crate::platform::refusal::{Failure, Result};
use crate::reviews::model::{Basis, Review};
use crate::reviews::shown::ResultView;
use crate::reviews::{access, store};

/// Which results are asked for.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ExportAsked {
    /// Which version of each review counts; independent unless told otherwise.
    pub scores: Option<Basis>,
}

/// The results of a stage as CSV, best first.
pub fn results_csv(
    r: &mut Reads<'_>,
    who: &Person,
    id: StageId,
    query: &Asked<ExportAsked>,
) -> Result<HttpFile> {
    let stage = stage_for_office(r, who, id, access::reads_results)?;
    let basis = query.get()?.scores.unwrap_or(Basis::Independent);
    let mut rows = tables::rows(r, who, &stage, basis)?;
    rows.sort_by(|a, b| {
        let key = |row: &ResultView| (row.rank.unwrap_or(u32::MAX), row.title.clone());
        key(a)
            .cmp(&key(b))
            .then(a.submission_id.cmp(&b.submission_id))
    });
    let criteria = stage
        .rubric
        .as_ref()
        .map_or(&[][..], |rubric| &rubric.criteria);
    let mut header: Vec<String> = [
        "rank",
        "tied",
        "submission_id",
        "coalition",
        "title",
        "scores",
        "mean",
        "median",
        "deviation",
        "lowest",
        "highest",
        "reviews",
        "reviews_wanted",
    ]
    .map(str::to_owned)
    .into();
    header.extend(
        criteria
            .iter()
            .map(|criterion| format!("mean_{}", criterion.key)),
    );
    csv_file(
        &format!("results-{id}.csv"),
        header,
        rows.into_iter().map(result_cells),
    )
}

fn result_cells(row: ResultView) -> Vec<String> {
    let mut cells = vec![
        row.rank.map_or_else(String::new, |rank| rank.to_string()),
        row.tied.to_string(),
        row.submission_id.to_string(),
        row.coalition,
        row.title,
        row.scores.to_string(),
        number(row.mean),
        number(row.median),
        number(row.deviation),
        number(row.lowest),
        number(row.highest),
        row.reviews.to_string(),
        row.reviews_wanted.to_string(),
    ];
    cells.extend(
        row.criteria
            .into_iter()
            .map(|criterion| number(criterion.mean)),
    );
    cells
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// Every submitted review of a stage as CSV, for officers: whole, under its author's name.
pub fn reviews_csv(r: &mut Reads<'_>, who: &Person, id: StageId) -> Result<HttpFile> {
    let stage = stage_for_office(r, who, id, access::reads_progress)?;
    if office(who, stage.competition_id) != Some(Role::Officer) {
        return Err(Failure::forbidden("Officers export the reviews."));
    }
    let rubric = rubric(&stage)?;
    let rows = review_rows(r, who, &stage, rubric)?;
    csv_file(&format!("reviews-{id}.csv"), review_header(rubric), rows)
}

fn review_header(rubric: &Rubric) -> Vec<String> {
    let mut header: Vec<String> = [
        "submission_id",
        "coalition",
        "title",
        "reviewer_id",
        "reviewer",
        "submitted_at",
        "total_independent",
        "total_final",
    ]
    .map(str::to_owned)
    .into();
    for criterion in &rubric.criteria {
        for column in ["independent", "final", "narrative"] {
            header.push(format!("{}_{column}", criterion.key));
        }
    }
    header.push("confidential_note".to_owned());
    header
}

fn review_rows(
    r: &mut Reads<'_>,
    who: &Person,
    stage: &Stage,
    rubric: &Rubric,
) -> Result<Vec<Vec<String>>> {
    let submissions = submissions_for(r, who, stage)?;
    let mut reviews = store::submitted_reviews(r, stage.id)?;
    let people: Vec<PersonId> = reviews.iter().map(|review| review.person_id).collect();
    let people = names_of(r, &people)?;
    let coalitions = coalition_names(r, stage.competition_id)?;
    let name = |person: &PersonId| people.get(person).cloned().unwrap_or_default();
    reviews.sort_by_cached_key(|review| (name(&review.person_id), review.person_id));
    let mut rows = Vec::new();
    for submission in &submissions {
        let coalition = coalitions.get(&submission.coalition_id).cloned();
        for review in reviews
            .iter()
            .filter(|r| r.coalition_id == submission.coalition_id)
        {
            let mut cells = vec![
                submission.id.to_string(),
                coalition.clone().unwrap_or_default(),
                submission.title.clone(),
                review.person_id.to_string(),
                name(&review.person_id),
            ];
            cells.extend(review_cells(review, rubric));
            rows.push(cells);
        }
    }
    Ok(rows)
}

fn review_cells(review: &Review, rubric: &Rubric) -> Vec<String> {
    let mut cells = vec![
        review
            .submitted_at
            .map_or_else(String::new, |at| at.to_string()),
        number(review.total(Basis::Independent)),
        number(review.total(Basis::Final)),
    ];
    for criterion in &rubric.criteria {
        for basis in [Basis::Independent, Basis::Final] {
            let score = review.scores(basis).get(&criterion.key);
            cells.push(score.map_or_else(String::new, ToString::to_string));
        }
        let narrative = review.text.narratives.get(&criterion.key);
        cells.push(narrative.cloned().unwrap_or_default());
    }
    cells.push(review.text.confidential_note.clone());
    cells
}
