//! Conflicts as officers see, add and decide them.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::declaring::{end_conflicted, in_force, put_in_force};
use super::views::{self, ConflictView};
use super::{
    MayBeReviewed, NAME_AT_MOST, NOTE_AT_MOST, ReasonRequest, facts_of, lifting, limit,
    stage_of_office, stage_of_officers,
};
use crate::coalitions::{self, doors};
use crate::panels::access::{self, Facts, Rights};
use crate::panels::model::{
    Assignment, Conflict, ConflictKind, ConflictSource, ConflictState, PanelMember,
};
use crate::panels::{letters, store};
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Asked, Created, Input, Page, PageAsked};
use crate::platform::ids::{CoalitionId, CompetitionId, ConflictId, PersonId, StageId};
use crate::platform::refusal::{Failure, FieldError, OrNotFound as _, Result, Rule, refuse_if_any};

/// A tie that an officer knows of. It closes every door between the two at once.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddRequest {
    /// Someone on the stage's panel or in the competition's office.
    pub person: PersonId,
    /// The coalition.
    pub coalition: CoalitionId,
    /// Of what kind.
    pub kind: ConflictKind,
    /// From when to when.
    #[serde(default)]
    pub years: String,
    /// What it is, and how it is known.
    pub note: String,
}

/// Why it is one.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionRequest {
    /// Why, if there is more to say than the evidence.
    #[serde(default)]
    pub reason: String,
}

/// Which conflicts are listed.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ConflictQuery {
    /// Only those in this state.
    pub state: Option<ConflictState>,
    /// Only those of this person.
    pub person: Option<i64>,
    /// Only those with this coalition.
    pub coalition: Option<i64>,
    /// Items on a page, 1 to 200.
    pub limit: Option<u32>,
    /// The `next` of the page before.
    pub cursor: Option<String>,
}

pub(super) fn unknown_coalition() -> Failure {
    Failure::invalid("/coalition", "There is no such coalition in this stage.")
}

pub(super) fn text_errors(years: &str, note: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    limit(&mut errors, "/years", years, NAME_AT_MOST);
    limit(&mut errors, "/note", note, NOTE_AT_MOST);
    errors
}

/// Adds a conflict that an officer knows of.
///
/// # Errors
/// 404, 403 for others than officers, 422.
pub fn add(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    input: &Input<AddRequest>,
) -> Result<Created<ConflictView>> {
    let stage = stage_of_officers(w, who, stage)?;
    let request = input.get()?;
    let mut errors = text_errors(&request.years, &request.note);
    if request.note.trim().is_empty() {
        errors.push(FieldError::at("/note", "Say what the conflict is."));
    }
    let coalition = coalitions::store::coalition(w, request.coalition)?
        .filter(|coalition| coalition.competition_id == stage.competition_id);
    let closed = doors::is_closed(w, who.id, request.coalition)?;
    if coalition.is_none() || closed {
        return Err(unknown_coalition());
    }
    if !concerned(w, stage.competition_id, stage.id)?.contains(&request.person) {
        errors.push(FieldError::at(
            "/person",
            "They are neither on the panel nor in the competition's office.",
        ));
    }
    refuse_if_any(errors)?;
    if in_force(w, request.coalition, request.person)?.is_some() {
        return Err(Failure::rule(
            Rule::AlreadyThere,
            "A conflict between the two is in force already.",
        ));
    }
    let was_closed = doors::is_closed(w, request.person, request.coalition)?;
    let now = w.now();
    let conflict = Conflict {
        id: w.fresh_id(),
        competition_id: stage.competition_id,
        coalition_id: request.coalition,
        person_id: request.person,
        kind: request.kind,
        source: ConflictSource::Officer,
        state: ConflictState::Confirmed,
        years: request.years.trim().to_owned(),
        evidence: request.note.trim().to_owned(),
        declared_by: Some(who.id),
        created_at: now,
        decided_by: Some(who.id),
        decided_at: Some(now),
        reason: request.note.trim().to_owned(),
    };
    let id = put_in_force(w, who, conflict, "conflict.added")?;
    let conflict = store::conflict(w, id)?.or_not_found()?;
    if !was_closed {
        letters::conflict_in_force(w, who, &conflict)?;
    }
    Ok(Created::at(
        format!("/api/v1/conflicts/{id}"),
        view(w, conflict)?,
    ))
}

/// Whose ties matter in a stage: its reviewers and the competition's office.
fn concerned(
    r: &mut Reads<'_>,
    competition: CompetitionId,
    stage: StageId,
) -> Result<HashSet<PersonId>> {
    let mut people: HashSet<PersonId> = store::panel_of(r, stage)?
        .into_iter()
        .filter(PanelMember::is_live)
        .map(|member| member.person_id)
        .collect();
    people.extend(store::office_of(r, competition)?);
    Ok(people)
}

/// Lists what is known of ties in a stage's competition, coalitions apart that are closed to the
/// reader.
///
/// # Errors
/// 404, 403 for others than officers and assistants, 400.
pub fn list_conflicts(
    r: &mut Reads<'_>,
    who: &Person,
    stage: StageId,
    query: &Asked<ConflictQuery>,
) -> Result<Page<ConflictView>> {
    let (stage, _) = stage_of_office(r, who, stage)?;
    let query = query.get()?;
    let asked = PageAsked::new(query.limit, query.cursor.as_deref())?;
    let closed = doors::closed_to(r, who.id)?;
    let concerned = concerned(r, stage.competition_id, stage.id)?;
    let mut found = store::conflicts_of_competition(r, stage.competition_id)?;
    found.retain(|conflict| {
        !closed.contains(&conflict.coalition_id)
            && concerned.contains(&conflict.person_id)
            && query.state.is_none_or(|state| state == conflict.state)
            && query.person.is_none_or(|id| id == conflict.person_id.0)
            && query
                .coalition
                .is_none_or(|id| id == conflict.coalition_id.0)
    });
    let page = Page::of_all(found, &asked, |conflict| conflict.id.0)?;
    let items: Result<Vec<ConflictView>> = page.items.into_iter().map(|one| view(r, one)).collect();
    Ok(Page {
        items: items?,
        next: page.next,
    })
}

fn view(r: &mut Reads<'_>, conflict: Conflict) -> Result<ConflictView> {
    let known = views::persons(r, &[conflict.person_id])?;
    let person = views::person_in(&known, conflict.person_id);
    let coalition = coalitions::store::coalition(r, conflict.coalition_id)?.or_not_found()?;
    Ok(ConflictView::new(conflict, coalition.name, person))
}

fn seen(r: &mut Reads<'_>, who: &Person, id: ConflictId) -> Result<(Conflict, Rights)> {
    let conflict = store::conflict(r, id)?.or_not_found()?;
    let rights = access::over_conflict(Facts {
        own: conflict.person_id == who.id,
        closed: doors::is_closed(r, who.id, conflict.coalition_id)?,
        ..facts_of(who, conflict.competition_id)
    });
    if !rights.see {
        return Err(Failure::not_found());
    }
    Ok((conflict, rights))
}

/// Shows a conflict.
///
/// # Errors
/// 404 for others than officers and assistants to whom the coalition is open.
pub fn show_conflict(r: &mut Reads<'_>, who: &Person, id: ConflictId) -> Result<ConflictView> {
    let (conflict, _) = seen(r, who, id)?;
    view(r, conflict)
}

fn decidable(r: &mut Reads<'_>, who: &Person, id: ConflictId) -> Result<Conflict> {
    let (conflict, rights) = seen(r, who, id)?;
    if !rights.decide {
        return Err(Failure::forbidden(
            "This is for the officers of the competition, and nobody decides on their own ties.",
        ));
    }
    Ok(conflict)
}

/// Confirms a conflict: from now on it closes every door.
///
/// # Errors
/// 404, 403 for others than officers and on one's own ties, 409 when it is in force, 422.
pub fn confirm(
    w: &mut Writes<'_>,
    who: &Person,
    id: ConflictId,
    input: &Input<DecisionRequest>,
) -> Result<ConflictView> {
    let conflict = decidable(w, who, id)?;
    let request = input.get()?;
    let mut errors = Vec::new();
    limit(&mut errors, "/reason", &request.reason, NOTE_AT_MOST);
    refuse_if_any(errors)?;
    if conflict.is_in_force() {
        return Err(Failure::rule(Rule::AlreadyThere, "It is in force already."));
    }
    let was_closed = doors::is_closed(w, conflict.person_id, conflict.coalition_id)?;
    store::decide(
        w,
        id,
        ConflictState::Confirmed,
        who.id,
        request.reason.trim(),
    )?;
    trace(w, who, &conflict, "conflict.confirmed")?;
    end_conflicted(
        w,
        Some(who.id),
        conflict.coalition_id,
        conflict.person_id,
        Some(id),
    )?;
    let conflict = store::conflict(w, id)?.or_not_found()?;
    if !was_closed {
        letters::conflict_in_force(w, who, &conflict)?;
    }
    view(w, conflict)
}

/// Dismisses a conflict: it closes nothing, and the same hint is not brought up again. Unless
/// another tie closes the door still, what conflicts ended between the two stands again; gives
/// those assignments too.
///
/// # Errors
/// 404, 403 for others than officers and on one's own ties, 409 when it is dismissed, 422.
pub fn dismiss(
    w: &mut Writes<'_>,
    who: &Person,
    id: ConflictId,
    input: &Input<ReasonRequest>,
    may_be_reviewed: MayBeReviewed<'_>,
) -> Result<(ConflictView, Vec<Assignment>)> {
    let conflict = decidable(w, who, id)?;
    let reason = input.get()?.checked()?;
    if conflict.state == ConflictState::Dismissed {
        return Err(Failure::rule(
            Rule::AlreadyThere,
            "It is dismissed already.",
        ));
    }
    store::decide(w, id, ConflictState::Dismissed, who.id, &reason)?;
    trace(w, who, &conflict, "conflict.dismissed")?;
    let mut reopened = Vec::new();
    let lifted =
        conflict.is_in_force() && !doors::is_closed(w, conflict.person_id, conflict.coalition_id)?;
    if lifted {
        letters::conflict_lifted(w, &conflict)?;
        reopened = lifting::reopen(w, who, &conflict, may_be_reviewed)?;
    }
    let conflict = store::conflict(w, id)?.or_not_found()?;
    Ok((view(w, conflict)?, reopened))
}

pub(super) fn trace(
    w: &mut Writes<'_>,
    who: &Person,
    conflict: &Conflict,
    act: &str,
) -> Result<()> {
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act,
            object: ("conflict", conflict.id.0),
            competition: Some(conflict.competition_id),
            coalition: Some(conflict.coalition_id),
            detail: json!({"person": conflict.person_id, "kind": conflict.kind}),
        },
    )
}
