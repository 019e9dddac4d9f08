//! Lists of submissions: a stage's, a proposal's, one's own.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::desk::desk;
use super::reading::{Ties, office};
use super::screening_list::Found;
use crate::competitions::model::Stage;
use crate::competitions::store as competitions;
use crate::panels::model::PanelState;
use crate::panels::store as panels;
use crate::people::{Person, Role};
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::http::{Asked, Page, PageAsked};
use crate::platform::ids::{CoalitionId, ProposalId, StageId, SubmissionId};
use crate::platform::refusal::{Failure, FieldError, OrNotFound as _, Refusal, Result};
use crate::proposals::access::{Listing, Reader, listing};
use crate::proposals::model::{Submission, SubmissionState, SubmissionSummary, Verdict};
use crate::proposals::store;

/// A submission in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SubmissionItem {
    /// Identity.
    pub id: SubmissionId,
    /// The stage.
    pub stage_id: StageId,
    /// Whose it is.
    pub coalition_id: CoalitionId,
    /// The coalition's name at that moment.
    pub coalition: String,
    /// Names of its places at that moment.
    pub places: Vec<String>,
    /// Title.
    pub title: String,
    /// When it was handed in.
    pub submitted_at: Instant,
    /// Whether it came after the deadline, within the grace.
    pub in_grace: bool,
    /// What became of it.
    pub state: SubmissionState,
    /// What screening found so far; for officers and assistants.
    pub screening: Option<Verdict>,
}

/// Which page of a list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// 1 to 200, 50 when left out.
    pub limit: Option<u32>,
    /// Of the page before.
    pub cursor: Option<String>,
}

/// Which submissions of a stage are listed.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StageQuery {
    /// Only those of which screening found this so far; for officers and assistants.
    #[param(inline)]
    pub screening: Option<Found>,
    /// Only those with these words in title, coalition or places, whatever their case.
    pub text: Option<String>,
    /// Only those that came within the grace (true), or before the deadline (false).
    pub in_grace: Option<bool>,
    /// Items on a page, 1 to 200.
    pub limit: Option<u32>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

impl StageQuery {
    fn wants(&self, item: &SubmissionItem) -> bool {
        let named = |words: &str| {
            let words = words.to_lowercase();
            let mut texts = [&item.title, &item.coalition]
                .into_iter()
                .chain(&item.places);
            texts.any(|text| text.to_lowercase().contains(&words))
        };
        self.screening.is_none_or(|found| found.is(item.screening))
            && self.text.as_deref().is_none_or(named)
            && self.in_grace.is_none_or(|grace| grace == item.in_grace)
    }
}

pub(super) fn paging(asked: &Asked<Paging>) -> Result<PageAsked> {
    let asked = asked.get()?;
    PageAsked::new(asked.limit, asked.cursor.as_deref())
}

/// The submissions of a stage that a person may read: all in force for the office (none while
/// they are sealed), a reviewer's own assignments.
///
/// # Errors
/// 404 when the stage is not theirs to know of, 403 for who has no part in it.
pub fn of_stage(
    r: &mut Reads<'_>,
    who: &Person,
    stage: StageId,
    asked: &Asked<StageQuery>,
) -> Result<Page<SubmissionItem>> {
    let stage = competitions::stage(r, stage)?.or_not_found()?;
    let office = office(who, stage.competition_id);
    let on_panel = panels::panel_member(r, stage.id, who.id)?
        .is_some_and(|member| member.state == PanelState::Accepted);
    let Some(listing) = listing(office, on_panel) else {
        return Err(stranger(&stage, office, r.now()));
    };
    let query = asked.get()?;
    let asked = PageAsked::new(query.limit, query.cursor.as_deref())?;
    let staff = matches!(office, Some(Role::Officer | Role::Assistant));
    if query.screening.is_some() && !staff {
        let words = "for officers and assistants of the competition";
        return Err(Refusal::BadQuery(vec![FieldError::at("?screening", words)]).into());
    }
    let ties = Ties::of(r, who, &stage)?;
    let all = store::summaries_in_force(r, stage.id, stage.competition_id)?;
    let from = match asked.after::<(String, i64)>()? {
        Some(after) => all.partition_point(|one| one.sorts_as <= after),
        None => 0,
    };
    let items: Vec<SubmissionItem> = all[from..]
        .iter()
        .filter_map(|one| {
            let reader = ties.reader(one.coalition_id)?;
            let staff = listing == Listing::All && reader == Reader::Staff;
            let item = listed(one, one.verdict.filter(|_| staff));
            query.wants(&item).then_some(item)
        })
        .take(asked.limit + 1)
        .collect();
    Ok(Page::cut(items, &asked, key))
}

fn listed(summary: &SubmissionSummary, screening: Option<Verdict>) -> SubmissionItem {
    SubmissionItem {
        id: summary.id,
        stage_id: summary.stage_id,
        coalition_id: summary.coalition_id,
        coalition: summary.coalition.clone(),
        places: summary.places.clone(),
        title: summary.title.clone(),
        submitted_at: summary.submitted_at,
        in_grace: summary.in_grace,
        state: SubmissionState::InForce,
        screening,
    }
}

/// A call that is published is known to anyone, so its stage's list is forbidden, not absent.
fn stranger(stage: &Stage, office: Option<Role>, now: Instant) -> Failure {
    if office.is_some() || stage.published_at.is_some_and(|at| at <= now) {
        return Failure::forbidden("The list is for the competition's office and panel.");
    }
    Failure::not_found()
}

fn key(item: &SubmissionItem) -> (String, i64) {
    (item.coalition.to_lowercase(), item.id.0)
}

fn latest_first(item: &SubmissionItem) -> (Reverse<String>, i64) {
    (Reverse(item.submitted_at.to_string()), item.id.0)
}

fn item(submission: &Submission) -> SubmissionItem {
    SubmissionItem {
        id: submission.id,
        stage_id: submission.stage_id,
        coalition_id: submission.coalition_id,
        coalition: submission.snapshot.coalition.name.clone(),
        places: submission.snapshot.coalition.places.clone(),
        title: submission.title.clone(),
        submitted_at: submission.submitted_at,
        in_grace: submission.in_grace,
        state: submission.state,
        screening: None,
    }
}

/// Every submission of the coalitions that a person is a member of, latest first.
///
/// # Errors
/// 400 for a page that there is not.
pub fn mine(
    r: &mut Reads<'_>,
    who: &Person,
    asked: &Asked<Paging>,
) -> Result<Page<SubmissionItem>> {
    let asked = paging(asked)?;
    let items = store::submissions_of_person(r, who.id)?
        .iter()
        .map(item)
        .collect();
    Page::of_all(items, &asked, latest_first)
}

/// Every submission of a proposal, in whatever state, latest first; for its members.
///
/// # Errors
/// 404 when the proposal is not the person's to know of, 403 for who is no member.
pub fn of_proposal(
    r: &mut Reads<'_>,
    who: &Person,
    id: ProposalId,
    asked: &Asked<Paging>,
) -> Result<Page<SubmissionItem>> {
    let desk = desk(r, who, id, None)?;
    desk.demand_reading()?;
    let asked = paging(asked)?;
    let items = store::submissions_of_coalition(r, desk.proposal.coalition_id)?
        .iter()
        .map(item)
        .collect();
    Page::of_all(items, &asked, latest_first)
}
