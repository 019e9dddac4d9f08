//! Results and reviews as tables to save.

use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::tables::{ResultSort, Selection};
use super::{judged, names_of, office, stage_for_office, submissions_for};
use crate::competitions::model::{Rubric, Stage};
use crate::people::{Person, Role};
use crate::platform::audit::{self, Act};
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Asked, HttpFile, csv_file};
use crate::platform::ids::{PersonId, StageId};
use crate::platform::refusal::{Failure, Result};
use crate::reviews::model::{Basis, Review};
use crate::reviews::shown::ResultView;
use crate::reviews::{access, store};

/// Which results are asked for, and in which order.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ExportAsked {
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
}

impl ExportAsked {
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

/// The results of a stage as CSV. A whole table leaves the house: it takes a fresh sign-in, and
/// the log tells who took it.
pub fn results_csv(
    w: &mut Writes<'_>,
    who: &Person,
    id: StageId,
    query: &Asked<ExportAsked>,
) -> Result<HttpFile> {
    let stage = stage_for_office(w, who, id, access::reads_results)?;
    who.require_fresh(w.now())?;
    let rows = query.get()?.selection().rows(w, who, &stage)?;
    taken(w, who, &stage, "results.exported")?;
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

/// Leaves a trace of a table that was taken.
pub(super) fn taken(
    w: &mut Writes<'_>,
    who: &Person,
    stage: &Stage,
    act: &'static str,
) -> Result<()> {
    let act = Act {
        actor: Some(who.id),
        act,
        object: ("stage", stage.id.0),
        competition: Some(stage.competition_id),
        coalition: None,
        detail: json!({}),
    };
    audit::record(w, act)
}

/// Every submitted review of a stage as CSV, for officers: whole, under its author's name. It
/// takes a fresh sign-in, and the log tells who took it.
pub fn reviews_csv(w: &mut Writes<'_>, who: &Person, id: StageId) -> Result<HttpFile> {
    let stage = stage_for_office(w, who, id, access::reads_progress)?;
    if office(who, stage.competition_id) != Some(Role::Officer) {
        return Err(Failure::forbidden("Officers export the reviews."));
    }
    who.require_fresh(w.now())?;
    let rubric = judged(&stage);
    let rows = review_rows(w, who, &stage, &rubric)?;
    taken(w, who, &stage, "reviews.exported")?;
    csv_file(&format!("reviews-{id}.csv"), review_header(&rubric), rows)
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
    let name = |person: &PersonId| people.get(person).cloned().unwrap_or_default();
    reviews.sort_by_cached_key(|review| (name(&review.person_id), review.person_id));
    let mut rows = Vec::new();
    for submission in &submissions {
        for review in reviews
            .iter()
            .filter(|r| r.coalition_id == submission.coalition_id)
        {
            let mut cells = vec![
                submission.id.to_string(),
                submission.coalition_now.clone(),
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
