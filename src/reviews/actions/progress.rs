//! How far the reviewers of a stage are.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::Deserialize;
use utoipa::IntoParams;

use super::{names_of, stage_for_office, submissions_to_cover, wanted};
use crate::competitions::model::Stage;
use crate::panels::model::{Assignment, AssignmentState};
use crate::panels::store::{self as panels, Filter};
use crate::people::Person;
use crate::platform::db::Reads;
use crate::platform::http::{Asked, Page, PageAsked};
use crate::platform::ids::{AssignmentId, CoalitionId, PersonId, StageId};
use crate::platform::refusal::Result;
use crate::proposals::model::SubmissionSummary;
use crate::reviews::model::ReviewState;
use crate::reviews::shown::{ProgressView, ReviewerProgress, SubmissionProgress};
use crate::reviews::{access, store};

/// Which submissions are shown in the progress of a stage.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ProgressAsked {
    /// Only submissions with fewer reviewers than the stage asks for (true), or with enough (false).
    pub lacking_reviewers: Option<bool>,
    /// Submissions on the page, 1 to 200; 50 unless told otherwise.
    pub limit: Option<u32>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

impl ProgressAsked {
    fn wants(&self, row: &SubmissionProgress) -> bool {
        let wanted = usize::try_from(row.wanted).unwrap_or(0);
        self.lacking_reviewers
            .is_none_or(|lacking| lacking == (row.assigned < wanted))
    }
}

/// How far the reviewers of a stage are, as far as the reader may count them; while screening goes
/// on, how many reviewers each eligible submission has.
pub fn progress(
    r: &mut Reads<'_>,
    who: &Person,
    id: StageId,
    query: &Asked<ProgressAsked>,
) -> Result<ProgressView> {
    let stage = stage_for_office(r, who, id, access::reads_progress)?;
    let query = query.get()?;
    let asked = PageAsked::new(query.limit, query.cursor.as_deref())?;
    let submissions = submissions_to_cover(r, who, &stage)?;
    let about: BTreeSet<CoalitionId> = submissions.iter().map(|s| s.coalition_id).collect();
    let mut assignments = panels::assignments_of_stage(r, id, &Filter::default())?;
    assignments.retain(|a| a.is_live() && about.contains(&a.coalition_id));
    let reviews = store::states_of_stage(r, id)?;
    let mut rows = by_submission(&stage, submissions, &assignments, &reviews);
    rows.retain(|row| query.wants(row));
    let page = Page::of_ordered(rows, &asked, |row| row.submission_id.0)?;
    Ok(ProgressView {
        reviewers: by_reviewer(r, &assignments, &reviews)?,
        submissions: page.items,
        next: page.next,
    })
}

fn by_reviewer(
    r: &mut Reads<'_>,
    assignments: &[Assignment],
    reviews: &HashMap<AssignmentId, ReviewState>,
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
            let (submitted, drafted): (Vec<&ReviewState>, Vec<_>) =
                begun.partition(|state| **state == ReviewState::Submitted);
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
    stage: &Stage,
    submissions: Vec<Arc<SubmissionSummary>>,
    assignments: &[Assignment],
    reviews: &HashMap<AssignmentId, ReviewState>,
) -> Vec<SubmissionProgress> {
    let mut counts: HashMap<CoalitionId, (usize, usize)> = HashMap::new();
    for assignment in assignments {
        let (given, submitted) = counts.entry(assignment.coalition_id).or_default();
        *given += 1;
        let is_in = reviews.get(&assignment.id) == Some(&ReviewState::Submitted);
        *submitted += usize::from(is_in);
    }
    let mut rows: Vec<SubmissionProgress> = submissions
        .into_iter()
        .map(|submission| {
            let counted = counts.get(&submission.coalition_id);
            let (assigned, submitted) = counted.copied().unwrap_or_default();
            SubmissionProgress {
                submission_id: submission.id,
                coalition: submission.coalition_now.clone(),
                title: submission.title.clone(),
                wanted: wanted(stage),
                assigned,
                submitted,
            }
        })
        .collect();
    rows.sort_by(|a, b| (&a.title, a.submission_id).cmp(&(&b.title, b.submission_id)));
    rows
}
