//! The panel of a stage: who is on it, and what is known of them.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::views::{self, PanelMemberView, PersonView};
use super::{facts_of, limit_line, stage_of_office};
use crate::coalitions::doors;
use crate::competitions;
use crate::competitions::model::{Sector, Stage};
use crate::panels::access::{self, Facts, Rights};
use crate::panels::model::{Assignment, PanelMember, PanelState};
use crate::panels::{conflicts, store};
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Asked, IfMatch, Input, Page, PageAsked, PageQuery};
use crate::platform::ids::{PanelMemberId, PersonId, StageId};
use crate::platform::refusal::{Failure, FieldError, OrNotFound as _, Result, refuse_if_any};

/// How many submissions one reviewer can be asked to read.
const LOAD_AT_MOST: i32 = 500;

/// What is known of a reviewer on this panel.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRequest {
    /// How many submissions they read at most; only an officer changes it.
    #[schema(minimum = 1, maximum = 500)]
    pub max_load: i32,
    /// Where they work.
    pub organisation: String,
    /// Where they live.
    pub home_city: String,
    /// The sectors they come from.
    pub sectors: Vec<Sector>,
    /// Keys of the rubric's criteria that they are expert in.
    pub expert_in: Vec<String>,
}

/// Which part of the panel is listed.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MemberQuery {
    /// Only those in this state.
    pub state: Option<PanelState>,
    /// Items on a page, 1 to 200.
    pub limit: Option<u32>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

/// How much of their maximum a reviewer has.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LoadView {
    /// The reviewer's place on the panel.
    pub panel_member_id: PanelMemberId,
    /// The reviewer.
    pub person: PersonView,
    /// Whether they said yes.
    pub state: PanelState,
    /// Assignments that are invited or accepted, those apart that the reader may not know of.
    pub load: i64,
    /// The most that was agreed.
    pub max_load: i32,
}

/// A juror, for everyone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct JurorView {
    /// Their name.
    #[schema(example = "Jane Alvarez")]
    pub name: String,
    /// Where they work.
    #[schema(example = "Harbor Community Bank")]
    pub organisation: String,
}

/// A reviewer whom the person may see, with their rights. An account whose address is not
/// verified may be anyone's: what was sent to the address is not yet theirs.
pub(super) fn seen(
    r: &mut Reads<'_>,
    who: &Person,
    id: PanelMemberId,
) -> Result<(PanelMember, Rights)> {
    let member = store::member(r, id)?.or_not_found()?;
    let rights = access::over_panel(Facts {
        own: who.verified && member.person_id == who.id,
        ..facts_of(who, member.competition_id)
    });
    if !rights.see {
        return Err(Failure::not_found());
    }
    Ok((member, rights))
}

/// A reviewer whom the person may change: an officer anyone, a reviewer themselves.
pub(super) fn changeable(
    r: &mut Reads<'_>,
    who: &Person,
    id: PanelMemberId,
) -> Result<PanelMember> {
    let (member, rights) = seen(r, who, id)?;
    if !rights.decide && !rights.answer {
        return Err(Failure::forbidden(
            "This is for the officers of the competition and the reviewer.",
        ));
    }
    Ok(member)
}

pub(super) fn fact_errors(
    max_load: i32,
    organisation: &str,
    home_city: &str,
    expert_in: &[String],
    stage: &Stage,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if !(1..=LOAD_AT_MOST).contains(&max_load) {
        errors.push(FieldError::at(
            "/max_load",
            format!("From 1 to {LOAD_AT_MOST}."),
        ));
    }
    limit_line(&mut errors, "/organisation", organisation);
    limit_line(&mut errors, "/home_city", home_city);
    let known = |key: &String| {
        let rubric = stage.rubric.as_ref();
        rubric.is_some_and(|rubric| rubric.criterion(key).is_some())
    };
    for (number, key) in expert_in.iter().enumerate() {
        if !known(key) {
            errors.push(FieldError::at(
                format!("/expert_in/{number}"),
                "The rubric of this stage has no such criterion.",
            ));
        }
    }
    errors
}

pub(super) fn names_of(sectors: &[Sector]) -> Vec<String> {
    let mut names: Vec<String> = sectors.iter().map(ToString::to_string).collect();
    names.sort();
    names.dedup();
    names
}

/// Lists the panel of a stage, in whatever state.
///
/// # Errors
/// 404, 403 for others than officers and assistants, 400.
pub fn list_members(
    r: &mut Reads<'_>,
    who: &Person,
    stage: StageId,
    query: &Asked<MemberQuery>,
) -> Result<Page<PanelMemberView>> {
    let (stage, _) = stage_of_office(r, who, stage)?;
    let query = query.get()?;
    let asked = PageAsked::new(query.limit, query.cursor.as_deref())?;
    let mut panel = store::panel_of(r, stage.id)?;
    panel.retain(|member| query.state.is_none_or(|state| state == member.state));
    let page = Page::of_all(panel, &asked, |member| member.id.0)?;
    Ok(Page {
        items: views::member_views(r, page.items)?,
        next: page.next,
    })
}

/// Shows a reviewer's part in a panel.
///
/// # Errors
/// 404 for others than officers, assistants and the reviewer.
pub fn show_member(r: &mut Reads<'_>, who: &Person, id: PanelMemberId) -> Result<PanelMemberView> {
    let (member, _) = seen(r, who, id)?;
    views::member_view(r, member)
}

/// Lists the panels that one was asked onto.
///
/// # Errors
/// 400 for a wrong query.
pub fn list_own_panels(
    r: &mut Reads<'_>,
    who: &Person,
    query: &Asked<MemberQuery>,
) -> Result<Page<PanelMemberView>> {
    let query = query.get()?;
    let asked = PageAsked::new(query.limit, query.cursor.as_deref())?;
    let mut panels = store::panels_of(r, who.id)?;
    panels.retain(|member| who.verified && query.state.is_none_or(|state| state == member.state));
    let page = Page::of_all(panels, &asked, |member| member.id.0)?;
    Ok(Page {
        items: views::member_views(r, page.items)?,
        next: page.next,
    })
}

/// The jurors of a stage by name, where the competition publishes them; never who read what.
///
/// # Errors
/// 404 where it does not, 400 for a wrong page.
pub fn roster(
    r: &mut Reads<'_>,
    stage: StageId,
    query: &Asked<PageQuery>,
) -> Result<Page<JurorView>> {
    let stage = competitions::store::stage(r, stage)?.or_not_found()?;
    let competition = competitions::store::competition(r, stage.competition_id)?.or_not_found()?;
    if !competition.is_published(r.now()) || !competition.roster_public {
        return Err(Failure::not_found());
    }
    let asked = query.get()?.page()?;
    let mut panel = store::panel_of(r, stage.id)?;
    panel.retain(|member| member.state == PanelState::Accepted);
    let ids: Vec<_> = panel.iter().map(|member| member.person_id).collect();
    let known = views::persons(r, &ids)?;
    let mut jurors: Vec<JurorView> = panel
        .into_iter()
        .map(|member| JurorView {
            name: views::person_in(&known, member.person_id).name,
            organisation: member.organisation,
        })
        .collect();
    jurors.sort();
    Page::of_ordered(jurors, &asked, |juror| {
        (juror.name.clone(), juror.organisation.clone())
    })
}

/// How much each reviewer of a stage has, those on coalitions that are closed to the reader
/// apart: they may not count what they may not know of.
///
/// # Errors
/// 404, 403 for others than officers and assistants, 400.
pub fn list_loads(
    r: &mut Reads<'_>,
    who: &Person,
    stage: StageId,
    query: &Asked<MemberQuery>,
) -> Result<Page<LoadView>> {
    let (stage, _) = stage_of_office(r, who, stage)?;
    let query = query.get()?;
    let asked = PageAsked::new(query.limit, query.cursor.as_deref())?;
    let closed = doors::closed_to(r, who.id)?;
    let mut given = store::assignments_of_stage(r, stage.id, &store::Filter::default())?;
    given.retain(|one| one.is_live() && !closed.contains(&one.coalition_id));
    let mut panel = store::panel_of(r, stage.id)?;
    panel.retain(|member| query.state.is_none_or(|state| state == member.state));
    let page = Page::of_all(panel, &asked, |member| member.id.0)?;
    let ids: Vec<_> = page.items.iter().map(|member| member.person_id).collect();
    let known = views::persons(r, &ids)?;
    let items = page.items.into_iter().map(|member| LoadView {
        panel_member_id: member.id,
        person: views::person_in(&known, member.person_id),
        state: member.state,
        load: load_of(&given, &member),
        max_load: member.max_load,
    });
    Ok(Page {
        items: items.collect(),
        next: page.next,
    })
}

/// How many live assignments each reviewer of a stage has, as far as `who` may know of them: an
/// officer who conflicts with a coalition could find out its reviewers by what is refused.
pub(super) fn loads_seen(
    r: &mut Reads<'_>,
    who: &Person,
    stage: StageId,
) -> Result<HashMap<PersonId, i64>> {
    let closed = doors::closed_to(r, who.id)?;
    let mut loads = HashMap::new();
    for one in store::assignments_of_stage(r, stage, &store::Filter::default())? {
        if one.is_live() && !closed.contains(&one.coalition_id) {
            *loads.entry(one.person_id).or_default() += 1;
        }
    }
    Ok(loads)
}

fn load_of(given: &[Assignment], member: &PanelMember) -> i64 {
    let own = given.iter().filter(|one| one.person_id == member.person_id);
    i64::try_from(own.count()).unwrap_or(i64::MAX)
}

/// Changes what is known of a reviewer, and compares them with the coalitions anew.
///
/// # Errors
/// 404, 403, 428, 412, 422.
pub fn change(
    w: &mut Writes<'_>,
    who: &Person,
    id: PanelMemberId,
    if_match: &IfMatch,
    input: &Input<ChangeRequest>,
) -> Result<PanelMemberView> {
    let mut member = changeable(w, who, id)?;
    if_match.check(&views::member_view(w, member.clone())?)?;
    let request = input.get()?;
    let stage = competitions::store::stage(w, member.stage_id)?.or_not_found()?;
    refuse_if_any(change_errors(w, who, &member, &request, &stage)?)?;
    member.max_load = request.max_load;
    request
        .organisation
        .trim()
        .clone_into(&mut member.organisation);
    request.home_city.trim().clone_into(&mut member.home_city);
    member.sectors = names_of(&request.sectors);
    member.expert_in = request.expert_in;
    member.version += 1;
    store::update_member(w, &member)?;
    if member.is_live() {
        conflicts::detect_for_reviewer(w, &member)?;
    }
    trace(w, who, &member, "panel_member.changed")?;
    views::member_view(w, member)
}

fn change_errors(
    r: &mut Reads<'_>,
    who: &Person,
    member: &PanelMember,
    request: &ChangeRequest,
    stage: &Stage,
) -> Result<Vec<FieldError>> {
    let mut errors = fact_errors(
        request.max_load,
        &request.organisation,
        &request.home_city,
        &request.expert_in,
        stage,
    );
    let officer = facts_of(who, member.competition_id).officer;
    if !officer && request.max_load != member.max_load {
        errors.push(FieldError::at("/max_load", "Ask an officer to change it."));
    }
    let load = loads_seen(r, who, member.stage_id)?
        .get(&member.person_id)
        .copied()
        .unwrap_or(0);
    if request.max_load != member.max_load && i64::from(request.max_load) < load {
        errors.push(FieldError::at(
            "/max_load",
            "They have more than that already.",
        ));
    }
    Ok(errors)
}

pub(super) fn trace(
    w: &mut Writes<'_>,
    who: &Person,
    member: &PanelMember,
    act: &str,
) -> Result<()> {
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act,
            object: ("panel_member", member.id.0),
            competition: Some(member.competition_id),
            coalition: None,
            detail: json!({"stage": member.stage_id, "person": member.person_id}),
        },
    )
}
