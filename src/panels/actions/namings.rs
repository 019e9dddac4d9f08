//! Whom a coalition names. It names freely and learns nothing from it: a match with a reviewer is
//! a hint to officers, and every answer is the same with or without one.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::views::NamingView;
use super::{NOTE_AT_MOST, limit, limit_line};
use crate::coalitions::model::MemberRole;
use crate::coalitions::{self, Standing};
use crate::panels::model::Naming;
use crate::panels::{conflicts, store};
use crate::people::{Person, Role};
use crate::platform::audit::{self, Act};
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Asked, Created, Input, Page, PageQuery};
use crate::platform::ids::{CoalitionId, NamingId};
use crate::platform::refusal::{Failure, FieldError, OrNotFound as _, Result, Rule, refuse_if_any};

/// How many names a coalition may have on record.
const NAMINGS_AT_MOST: usize = 100;

/// Someone whom the coalition does not want to be read by.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NamingRequest {
    /// A person's full name; or leave it empty to name an organisation.
    #[serde(default)]
    #[schema(example = "Jane Alvarez")]
    pub name: String,
    /// An organisation; with a name, where that person works.
    #[serde(default)]
    #[schema(example = "Harbor Community Bank")]
    pub organisation: String,
    /// Why.
    #[schema(example = "Our lead organisation is in a lawsuit with them.")]
    pub reason: String,
}

impl NamingRequest {
    fn errors(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.name.trim().is_empty() && self.organisation.trim().is_empty() {
            errors.push(FieldError::at("/name", "Name a person or an organisation."));
        }
        if self.reason.trim().is_empty() {
            errors.push(FieldError::at("/reason", "Give a reason."));
        }
        limit_line(&mut errors, "/name", &self.name);
        limit_line(&mut errors, "/organisation", &self.organisation);
        limit(&mut errors, "/reason", &self.reason, NOTE_AT_MOST);
        errors
    }
}

fn standing(r: &mut Reads<'_>, who: &Person, coalition: CoalitionId) -> Result<Standing> {
    let standing = coalitions::standing(r, who, coalition)?.or_not_found()?;
    let office = standing.holds(Role::Officer) || standing.holds(Role::Assistant);
    if standing.member.is_none() && !office {
        return Err(Failure::not_found());
    }
    Ok(standing)
}

fn writers_only(standing: &Standing) -> Result<()> {
    let writes = matches!(
        standing.role(),
        Some(MemberRole::Convenor | MemberRole::Editor)
    );
    if writes && standing.coalition.is_live() {
        return Ok(());
    }
    Err(Failure::forbidden(
        "This is for the coalition's convenor and editors.",
    ))
}

/// Names someone.
///
/// # Errors
/// 404, 403 for others than the convenor and editors, 409 at the quota, 422.
pub fn add_naming(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: CoalitionId,
    input: &Input<NamingRequest>,
) -> Result<Created<NamingView>> {
    let standing = standing(w, who, coalition)?;
    writers_only(&standing)?;
    let request = input.get()?;
    refuse_if_any(request.errors())?;
    if store::namings_of(w, coalition)?.len() >= NAMINGS_AT_MOST {
        return Err(Failure::rule(
            Rule::QuotaUsedUp,
            format!("A coalition names at most {NAMINGS_AT_MOST}."),
        ));
    }
    let naming = Naming {
        id: w.fresh_id(),
        coalition_id: coalition,
        name: request.name.trim().to_owned(),
        organisation: request.organisation.trim().to_owned(),
        reason: request.reason.trim().to_owned(),
        named_by: who.id,
        created_at: w.now(),
        removed_at: None,
    };
    store::insert_naming(w, &naming)?;
    trace(w, who, &standing, naming.id, "conflict_naming.added")?;
    conflicts::detect_for_coalition(w, &standing.coalition)?;
    Ok(Created::at(
        format!("/api/v1/conflict-namings/{}", naming.id),
        naming.into(),
    ))
}

/// Lists whom a coalition named.
///
/// # Errors
/// 404 for others than its members and the office, 400.
pub fn list_namings(
    r: &mut Reads<'_>,
    who: &Person,
    coalition: CoalitionId,
    query: &Asked<PageQuery>,
) -> Result<Page<NamingView>> {
    standing(r, who, coalition)?;
    let asked = query.get()?.page()?;
    let namings = store::namings_of(r, coalition)?;
    let page = Page::of_all(namings, &asked, |one| {
        (one.created_at.to_string(), one.id.0)
    })?;
    Ok(Page {
        items: page.items.into_iter().map(NamingView::from).collect(),
        next: page.next,
    })
}

/// Takes a naming back. What it led officers to stays theirs to decide.
///
/// # Errors
/// 404, 403 for others than the convenor and editors.
pub fn remove_naming(w: &mut Writes<'_>, who: &Person, id: NamingId) -> Result<()> {
    let naming = store::naming(w, id)?
        .filter(|naming| naming.removed_at.is_none())
        .or_not_found()?;
    let standing = standing(w, who, naming.coalition_id)?;
    writers_only(&standing)?;
    store::remove_naming(w, id)?;
    trace(w, who, &standing, id, "conflict_naming.removed")
}

fn trace(
    w: &mut Writes<'_>,
    who: &Person,
    standing: &Standing,
    id: NamingId,
    act: &str,
) -> Result<()> {
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act,
            object: ("conflict_naming", id.0),
            competition: Some(standing.competition_id),
            coalition: Some(standing.coalition.id),
            detail: json!({}),
        },
    )
}
