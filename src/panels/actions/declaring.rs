//! Ties in force: one's own declaration, one's own list, and the end of what a tie forbids.

use std::collections::HashSet;

use serde::Deserialize;
use utoipa::ToSchema;

use super::conflicts::{text_errors, trace, unknown_coalition};
use super::seen_stage;
use super::views::OwnConflictView;
use crate::coalitions::{self, doors};
use crate::competitions::model::Stage;
use crate::panels::model::{
    AssignmentState, Conflict, ConflictKind, ConflictSource, ConflictState,
};
use crate::panels::{letters, store};
use crate::people::{Person, Role};
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Asked, Input, Page, PageQuery};
use crate::platform::ids::{CoalitionId, CompetitionId, ConflictId, PersonId, StageId};
use crate::platform::outbox;
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule, refuse_if_any};

/// One's own tie to a coalition. It closes every door between the two at once.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclarationRequest {
    /// The coalition: for reviewers, as in the list of those to declare on.
    pub coalition: CoalitionId,
    /// Of what kind.
    pub kind: ConflictKind,
    /// From when to when.
    #[serde(default)]
    #[schema(example = "2009 to 2012")]
    pub years: String,
    /// What it is.
    #[serde(default)]
    #[schema(example = "I sat on the board of its lead organisation.")]
    pub note: String,
}

/// A stage on whose submissions the person may declare ties: as a reviewer of it, or because an
/// office brings them near.
///
/// # Errors
/// 404 when it is not there for them, 403 for others.
pub fn stage_to_declare_on(r: &mut Reads<'_>, who: &Person, stage: StageId) -> Result<Stage> {
    let (stage, rights) = seen_stage(r, who, stage)?;
    if rights.answer || is_brought_near(who, stage.competition_id) {
        return Ok(stage);
    }
    Err(Failure::forbidden(
        "This is for the reviewers of the stage and the competition's office.",
    ))
}

/// Whether an office brings the person near the submissions of a competition, the administrators'
/// included, who read its audit log and its mail.
pub fn is_brought_near(who: &Person, competition: CompetitionId) -> bool {
    let of_office = [Role::Officer, Role::Assistant, Role::Approver]
        .into_iter()
        .any(|role| who.is(role, competition));
    of_office || who.administrator
}

/// Declares a tie of one's own, as a reviewer of the stage or one of the competition's office.
/// `may_declare_on` says which coalitions the person may know of, to declare on.
///
/// # Errors
/// 404, 403 for others, 422 for a coalition that they may not know of, 409 when they are shut out
/// already.
pub fn declare(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    input: &Input<DeclarationRequest>,
    may_declare_on: &dyn Fn(&mut Reads<'_>, CoalitionId) -> Result<bool>,
) -> Result<OwnConflictView> {
    let stage = stage_to_declare_on(w, who, stage)?;
    let request = input.get()?;
    refuse_if_any(text_errors(&request.years, &request.note))?;
    if in_force(w, request.coalition, who.id)?.is_some() {
        return Err(Failure::rule(
            Rule::AlreadyThere,
            "This conflict is in your list already.",
        ));
    }
    let known =
        !doors::is_closed(w, who.id, request.coalition)? && may_declare_on(w, request.coalition)?;
    if !known {
        return Err(unknown_coalition());
    }
    let conflict = Conflict {
        id: w.fresh_id(),
        competition_id: stage.competition_id,
        coalition_id: request.coalition,
        person_id: who.id,
        kind: request.kind,
        source: ConflictSource::Reviewer,
        state: ConflictState::Confirmed,
        years: request.years.trim().to_owned(),
        evidence: request.note.trim().to_owned(),
        declared_by: Some(who.id),
        created_at: w.now(),
        decided_by: None,
        decided_at: None,
        reason: String::new(),
    };
    put_in_force(w, who, conflict.clone(), "conflict.declared")?;
    own_view(w, &conflict)
}

/// The conflict that closes the doors between two, if one does.
pub(super) fn in_force(
    r: &mut Reads<'_>,
    coalition: CoalitionId,
    person: PersonId,
) -> Result<Option<Conflict>> {
    let known = store::conflicts_of_pair(r, coalition, person)?;
    Ok(known.into_iter().find(Conflict::is_in_force))
}

/// Records a conflict in force, in place of an earlier one of the same kind and source, and ends
/// what it forbids. Gives the identity under which it is kept.
pub(super) fn put_in_force(
    w: &mut Writes<'_>,
    who: &Person,
    conflict: Conflict,
    act: &str,
) -> Result<ConflictId> {
    let earlier = store::conflicts_of_pair(w, conflict.coalition_id, conflict.person_id)?
        .into_iter()
        .find(|known| known.kind == conflict.kind && known.source == conflict.source);
    let conflict = Conflict {
        id: earlier.as_ref().map_or(conflict.id, |earlier| earlier.id),
        ..conflict
    };
    match earlier {
        Some(_) => store::replace_conflict(w, &conflict)?,
        None => store::insert_conflict(w, &conflict)?,
    }
    trace(w, who, &conflict, act)?;
    end_conflicted(
        w,
        Some(who.id),
        conflict.coalition_id,
        conflict.person_id,
        Some(conflict.id),
    )?;
    Ok(conflict.id)
}

/// Ends what is assigned to a person who is now shut out of a coalition, and calls back what waits
/// to be sent to them about it; tells them and the officers. What a conflict ends is kept, for the case that it is found to be none. Gives how
/// many assignments there were.
///
/// # Errors
/// When the database fails.
pub(in crate::panels) fn end_conflicted(
    w: &mut Writes<'_>,
    actor: Option<PersonId>,
    coalition: CoalitionId,
    person: PersonId,
    conflict: Option<ConflictId>,
) -> Result<usize> {
    // Its own members go on reading what their coalition is told.
    if coalitions::store::live_member(w, coalition, person)?.is_none() {
        outbox::shut_out(w, person, coalition)?;
    }
    let live = store::live_assignments(w, Some(coalition), Some(person))?;
    for assignment in &live {
        if let Some(conflict) = conflict {
            store::keep_ending(w, assignment, conflict)?;
        }
        store::answer(w, assignment.id, AssignmentState::Ended, "conflict")?;
        super::answers::trace(w, actor, assignment, "assignment.ended_by_conflict")?;
        letters::ended_by_conflict(w, assignment)?;
    }
    Ok(live.len())
}

fn own_view(r: &mut Reads<'_>, conflict: &Conflict) -> Result<OwnConflictView> {
    let coalition = coalitions::store::coalition(r, conflict.coalition_id)?.or_not_found()?;
    Ok(OwnConflictView {
        competition_id: conflict.competition_id,
        coalition_id: conflict.coalition_id,
        coalition: coalition.name,
        since: conflict.decided_at.unwrap_or(conflict.created_at),
    })
}

/// Lists the coalitions that are closed to oneself by a conflict: that they are, and no more.
///
/// # Errors
/// 400 for a wrong page.
pub fn list_own_conflicts(
    r: &mut Reads<'_>,
    who: &Person,
    query: &Asked<PageQuery>,
) -> Result<Page<OwnConflictView>> {
    let asked = query.get()?.page()?;
    let mut known = store::conflicts_of_person(r, who.id)?;
    let mut shown = HashSet::new();
    known.retain(|conflict| conflict.is_in_force() && shown.insert(conflict.coalition_id));
    known.sort_by_key(|conflict| conflict.coalition_id.0);
    let page = Page::of_all(known, &asked, |one| one.coalition_id.0)?;
    let items: Result<Vec<OwnConflictView>> =
        page.items.iter().map(|one| own_view(r, one)).collect();
    Ok(Page {
        items: items?,
        next: page.next,
    })
}
