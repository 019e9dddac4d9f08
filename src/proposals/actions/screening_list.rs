//! What screening found about a stage's submissions, and what it has still to look at.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;

use super::reading::Ties;
use super::screening::{LookedAt, ScreeningView, stage_of_office, view};
use crate::competitions::model::Stage;
use crate::people::{Person, Role};
use crate::platform::db::Reads;
use crate::platform::http::{Asked, Page, PageAsked};
use crate::platform::ids::{CoalitionId, StageId};
use crate::platform::refusal::{OrNotFound as _, Result};
use crate::proposals::access::Reader;
use crate::proposals::model::{Screening, SubmissionSummary, Verdict};
use crate::proposals::store;
use crate::text_enum;

text_enum! {
    /// What screening found so far.
    Found {
        /// Nobody has looked at it.
        None = "none",
        /// It may be reviewed.
        Eligible = "eligible",
        /// It may not.
        Ineligible = "ineligible",
    }
}

impl Found {
    /// Whether this is what was found.
    pub(super) fn is(self, verdict: Option<Verdict>) -> bool {
        match self {
            Self::None => verdict.is_none(),
            Self::Eligible => verdict == Some(Verdict::Eligible),
            Self::Ineligible => verdict == Some(Verdict::Ineligible),
        }
    }
}

/// Which screenings are listed.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ScreeningQuery {
    /// Only submissions of which this was found so far.
    #[param(inline)]
    pub screening: Option<Found>,
    /// Items on a page, 1 to 200.
    pub limit: Option<u32>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

/// What screening found about a stage's submissions, for the office; by coalition.
///
/// # Errors
/// 404 or 403 for who is not of the office, 400.
pub fn list(
    r: &mut Reads<'_>,
    who: &Person,
    stage: StageId,
    query: &Asked<ScreeningQuery>,
) -> Result<Page<ScreeningView>> {
    let stage = stage_of_office(r, who, stage, &[Role::Officer, Role::Assistant])?;
    let query = query.get()?;
    let asked = PageAsked::new(query.limit, query.cursor.as_deref())?;
    let found = found_at(r, stage.id)?;
    let views: Vec<ScreeningView> = readable(r, who, &stage)?
        .iter()
        .map(|one| {
            let of = LookedAt {
                stage: stage.id,
                coalition: one.coalition_id,
                name: &one.coalition,
                submission: one.id,
                title: &one.title,
            };
            view(&of, found.get(&one.coalition_id))
        })
        .filter(|view| query.screening.is_none_or(|asked| asked.is(view.verdict)))
        .collect();
    Page::of_all(views, &asked, key)
}

fn key(view: &ScreeningView) -> (String, i64) {
    (view.coalition.to_lowercase(), view.submission_id.0)
}

/// Shows what was found about one submission.
///
/// # Errors
/// 404 when there is no such submission for the person, 403 for who is not of the office.
pub fn show(
    r: &mut Reads<'_>,
    who: &Person,
    stage: StageId,
    coalition: CoalitionId,
) -> Result<ScreeningView> {
    let stage = stage_of_office(r, who, stage, &[Role::Officer, Role::Assistant])?;
    let submission = store::submission_in_force(r, stage.id, coalition)?.or_not_found()?;
    if Ties::of(r, who, &stage)?.reader(coalition) != Some(Reader::Staff) {
        return Err(crate::platform::refusal::Failure::not_found());
    }
    let found = store::screening_of(r, stage.id, coalition)?;
    let of = LookedAt {
        stage: stage.id,
        coalition,
        name: &submission.snapshot.coalition.name,
        submission: submission.id,
        title: &submission.title,
    };
    Ok(view(&of, found.as_ref()))
}

fn found_at(r: &mut Reads<'_>, stage: StageId) -> Result<HashMap<CoalitionId, Screening>> {
    let found = store::screenings_of(r, stage)?;
    Ok(found
        .into_iter()
        .map(|screening| (screening.coalition_id, screening))
        .collect())
}

/// In the order of the coalitions' names.
fn readable(r: &mut Reads<'_>, who: &Person, stage: &Stage) -> Result<Vec<Arc<SubmissionSummary>>> {
    let ties = Ties::of(r, who, stage)?;
    let all = store::summaries_in_force(r, stage.id, stage.competition_id)?;
    let readable = all
        .iter()
        .filter(|one| ties.reader(one.coalition_id) == Some(Reader::Staff));
    Ok(readable.cloned().collect())
}

/// How many coalitions are named that are still to be screened.
const NAMED_AT_MOST: usize = 20;

/// What is still to be screened, for somebody who wanted to end screening: by name what they may
/// see, and of the rest only that another must look at it.
///
/// # Errors
/// When the database fails.
pub fn still_to_screen(r: &mut Reads<'_>, who: &Person, stage: &Stage) -> Result<String> {
    let found = found_at(r, stage.id)?;
    let is_open = |one: &SubmissionSummary| !found.contains_key(&one.coalition_id);
    let all = store::summaries_in_force(r, stage.id, stage.competition_id)?;
    let total = all.iter().filter(|one| is_open(one)).count();
    let mut names: Vec<String> = readable(r, who, stage)?
        .into_iter()
        .filter(|one| is_open(one))
        .map(|one| one.coalition.clone())
        .collect();
    names.sort();
    let mut sentences = Vec::new();
    if !names.is_empty() {
        let more = names.len().saturating_sub(NAMED_AT_MOST);
        let named = names[..names.len() - more].join(", ");
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        sentences.push(format!("Not screened yet: {named}{more}."));
    }
    if total > names.len() {
        sentences.push(
            "Something that is not yours to see waits to be screened by another officer or \
             assistant."
                .to_owned(),
        );
    }
    Ok(sentences.join(" "))
}
