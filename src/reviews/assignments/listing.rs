//! What is shown of assignments, to officers and to the reviewers themselves.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::coalitions::doors;
use crate::competitions;
use crate::competitions::model::Stage;
use crate::panels::actions::{PersonView, seen_assignment, stage_of_office};
use crate::panels::model::{Assignment, AssignmentState, ConflictKind, ConflictState};
use crate::panels::store as panels;
use crate::people::{self, Person};
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::http::{Asked, Page, PageAsked};
use crate::platform::ids::{AssignmentId, CoalitionId, PersonId, StageId, SubmissionId};
use crate::platform::refusal::{OrNotFound as _, Result};
use crate::reviews::model::Review;
use crate::reviews::store::{self, Head};
use crate::text_enum;

text_enum! {
    /// How far one's own review is.
    ReviewProgress {
        /// Not begun.
        None = "none",
        /// Begun, and not submitted.
        Draft = "draft",
        /// In force.
        Submitted = "submitted",
        /// In force, with changes that are not submitted.
        RevisionPending = "revision_pending",
    }
}

impl ReviewProgress {
    fn of(review: Option<&Review>) -> Self {
        match review {
            None => Self::None,
            Some(review) if !review.is_submitted() => Self::Draft,
            Some(review) if review.revision.is_some() => Self::RevisionPending,
            Some(_) => Self::Submitted,
        }
    }
}

/// One reviewer on one submission.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AssignmentView {
    /// Its identity.
    pub id: AssignmentId,
    /// The stage.
    pub stage_id: StageId,
    /// The stage's name.
    pub stage: String,
    /// Whose submission.
    pub coalition_id: CoalitionId,
    /// The coalition's name.
    pub coalition: String,
    /// The submission in force; for the reviewer once they have accepted.
    pub submission_id: Option<SubmissionId>,
    /// The title of the submission; empty once it is withdrawn.
    pub title: String,
    /// The places that the coalition speaks for.
    pub places: Vec<String>,
    /// Where it stands.
    pub state: AssignmentState,
    /// When the review is due.
    pub due_at: Option<Instant>,
    /// When it was given.
    pub assigned_at: Instant,
    /// When it was answered or ended.
    pub answered_at: Option<Instant>,
    /// The reason given with that.
    pub reason: String,
    /// How far the review is; for the reviewer, once they have accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewProgress>,
    /// The reviewer; for officers and assistants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<PersonView>,
    /// Kinds of possible ties that nobody has decided on yet; for officers and assistants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hints: Option<Vec<ConflictKind>>,
}

/// Which assignments are listed.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AssignmentQuery {
    /// Only those in this state.
    pub state: Option<AssignmentState>,
    /// Only those on this coalition's submission.
    pub coalition: Option<i64>,
    /// Only those of this person.
    pub reviewer: Option<i64>,
    /// Items on a page, 1 to 200.
    pub limit: Option<u32>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

/// Which of one's own assignments are listed.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OwnQuery {
    /// Only those in this state.
    pub state: Option<AssignmentState>,
    /// Items on a page, 1 to 200.
    pub limit: Option<u32>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

/// Lists a stage's assignments, coalitions apart that are closed to the reader.
pub(super) fn of_stage(
    r: &mut Reads<'_>,
    who: &Person,
    stage: StageId,
    query: &Asked<AssignmentQuery>,
) -> Result<Page<AssignmentView>> {
    let (stage, _) = stage_of_office(r, who, stage)?;
    let query = query.get()?;
    let asked = PageAsked::new(query.limit, query.cursor.as_deref())?;
    let filter = panels::Filter {
        coalition: query.coalition.map(CoalitionId),
        person: query.reviewer.map(PersonId),
        state: query.state,
    };
    let closed = doors::closed_to(r, who.id)?;
    let mut found = panels::assignments_of_stage(r, stage.id, &filter)?;
    found.retain(|one| !closed.contains(&one.coalition_id));
    let page = Page::of_all(found, &asked, |one| one.id.0)?;
    Ok(Page {
        items: office_views(r, page.items)?,
        next: page.next,
    })
}

/// Lists one's own assignments, coalitions apart that are closed to oneself; what is due first
/// comes first, what has no date last.
pub(super) fn own(
    r: &mut Reads<'_>,
    who: &Person,
    query: &Asked<OwnQuery>,
) -> Result<Page<AssignmentView>> {
    let query = query.get()?;
    let asked = PageAsked::new(query.limit, query.cursor.as_deref())?;
    let closed = doors::closed_to(r, who.id)?;
    let mut found = panels::assignments_of(r, who.id)?;
    found.retain(|one| {
        who.verified
            && !closed.contains(&one.coalition_id)
            && query.state.is_none_or(|state| state == one.state)
    });
    let mut stages = Stages::default();
    let mut by_due = Vec::with_capacity(found.len());
    for one in found {
        let due = one.due_at.or(stages.get(r, one.stage_id)?.review_deadline);
        by_due.push((due.map_or(i64::MAX, Instant::micros), one));
    }
    by_due.sort_by_key(|(due, one)| (*due, one.id));
    let page = Page::of_all(by_due, &asked, |(due, one)| (*due, one.id.0))?;
    let assignments = page.items.into_iter().map(|(_, one)| one).collect();
    Ok(Page {
        items: own_views(r, assignments)?,
        next: page.next,
    })
}

/// Shows an assignment to an officer, an assistant or its reviewer.
pub(super) fn show(r: &mut Reads<'_>, who: &Person, id: AssignmentId) -> Result<AssignmentView> {
    let (assignment, stage, _) = seen_assignment(r, who, id)?;
    if who.works_for(stage.competition_id) {
        office_view(r, assignment)
    } else {
        own_view(r, assignment)
    }
}

/// What its reviewer sees of an assignment.
pub(super) fn own_view(r: &mut Reads<'_>, assignment: Assignment) -> Result<AssignmentView> {
    own_views(r, vec![assignment])?.pop().or_not_found()
}

/// What their reviewer sees of several assignments.
fn own_views(r: &mut Reads<'_>, assignments: Vec<Assignment>) -> Result<Vec<AssignmentView>> {
    let ids: Vec<AssignmentId> = assignments.iter().map(|one| one.id).collect();
    let reviews: HashMap<AssignmentId, Review> = store::reviews_on(r, &ids)?
        .into_iter()
        .map(|review| (review.assignment_id, review))
        .collect();
    let mut shown = views(r, assignments)?;
    for view in &mut shown {
        if view.state == AssignmentState::Accepted {
            view.review = Some(ReviewProgress::of(reviews.get(&view.id)));
        } else {
            view.submission_id = None;
        }
    }
    Ok(shown)
}

/// What officers see of an assignment.
pub(super) fn office_view(r: &mut Reads<'_>, assignment: Assignment) -> Result<AssignmentView> {
    office_views(r, vec![assignment])?.pop().or_not_found()
}

/// What officers see of several assignments.
pub(super) fn office_views(
    r: &mut Reads<'_>,
    assignments: Vec<Assignment>,
) -> Result<Vec<AssignmentView>> {
    let ids: Vec<PersonId> = assignments.iter().map(|one| one.person_id).collect();
    let known: HashMap<PersonId, PersonView> = people::store::persons(r, &ids)?
        .iter()
        .map(|row| (row.id, row.into()))
        .collect();
    let mut shown = views(r, assignments)?;
    for (view, person) in shown.iter_mut().zip(ids) {
        view.reviewer = known.get(&person).cloned();
        view.hints = Some(hints(r, view.coalition_id, person)?);
    }
    Ok(shown)
}

/// Kinds of possible ties between two that nobody has decided on yet.
pub(super) fn hints(
    r: &mut Reads<'_>,
    coalition: CoalitionId,
    person: PersonId,
) -> Result<Vec<ConflictKind>> {
    let kinds: HashSet<ConflictKind> = panels::conflicts_of_pair(r, coalition, person)?
        .into_iter()
        .filter(|conflict| conflict.state == ConflictState::Hint)
        .map(|conflict| conflict.kind)
        .collect();
    let mut kinds: Vec<ConflictKind> = kinds.into_iter().collect();
    kinds.sort_unstable();
    Ok(kinds)
}

fn views(r: &mut Reads<'_>, assignments: Vec<Assignment>) -> Result<Vec<AssignmentView>> {
    let about: Vec<CoalitionId> = assignments.iter().map(|one| one.coalition_id).collect();
    let heads = store::heads(r, &about)?;
    let mut stages = Stages::default();
    let mut shown = Vec::with_capacity(assignments.len());
    for assignment in assignments {
        let head = heads.get(&assignment.coalition_id).or_not_found()?;
        let stage = stages.get(r, assignment.stage_id)?;
        shown.push(view(stage, head, assignment));
    }
    Ok(shown)
}

/// Stages, each read once.
#[derive(Default)]
struct Stages(HashMap<StageId, Stage>);

impl Stages {
    fn get(&mut self, r: &mut Reads<'_>, id: StageId) -> Result<&Stage> {
        Ok(match self.0.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                place.insert(competitions::store::stage(r, id)?.or_not_found()?)
            }
        })
    }
}

fn view(stage: &Stage, head: &Head, assignment: Assignment) -> AssignmentView {
    let submission = head.submissions.get(&stage.id);
    AssignmentView {
        id: assignment.id,
        stage_id: stage.id,
        stage: stage.name.clone(),
        coalition_id: assignment.coalition_id,
        coalition: head.coalition.clone(),
        submission_id: submission.map(|(id, _)| *id),
        title: submission.map_or_else(String::new, |(_, title)| title.clone()),
        places: head.places.clone(),
        state: assignment.state,
        due_at: assignment.due_at.or(stage.review_deadline),
        assigned_at: assignment.assigned_at,
        answered_at: assignment.answered_at,
        reason: assignment.reason,
        review: None,
        reviewer: None,
        hints: None,
    }
}
