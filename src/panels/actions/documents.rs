//! Expertise documents: what a reviewer knows about. Officers and the reviewer keep them.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::views::DocumentView;
use super::{limit, limit_line, members};
use crate::panels::model::{ExpertiseDocument, PanelMember};
use crate::panels::store;
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, IfMatch, Input};
use crate::platform::ids::{ExpertiseDocumentId, PanelMemberId};
use crate::platform::refusal::{Failure, FieldError, OrNotFound as _, Result, Rule, refuse_if_any};

/// How long a document's text may be, in characters.
const TEXT_AT_MOST: usize = 50_000;
/// How many documents one reviewer may have.
const DOCUMENTS_AT_MOST: usize = 50;

/// A text about what a reviewer knows.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentRequest {
    /// Its title.
    #[schema(example = "Small-business lending in gateway cities")]
    pub title: String,
    /// Its text, plain.
    pub text: String,
}

impl DocumentRequest {
    /// What is wrong with it; pointers start with `at`.
    pub(super) fn errors(&self, at: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.title.trim().is_empty() {
            errors.push(FieldError::at(format!("{at}/title"), "Give a title."));
        }
        if self.text.trim().is_empty() {
            errors.push(FieldError::at(format!("{at}/text"), "Give a text."));
        }
        limit_line(&mut errors, &format!("{at}/title"), &self.title);
        limit(&mut errors, &format!("{at}/text"), &self.text, TEXT_AT_MOST);
        errors
    }
}

/// Adds documents to a reviewer who was just asked.
pub(super) fn insert_all(
    w: &mut Writes<'_>,
    member: PanelMemberId,
    requests: &[DocumentRequest],
) -> Result<()> {
    for request in requests {
        let document = ExpertiseDocument {
            id: w.fresh_id(),
            panel_member_id: member,
            title: request.title.trim().to_owned(),
            body: request.text.trim().to_owned(),
            created_at: w.now(),
        };
        store::insert_document(w, &document)?;
    }
    Ok(())
}

/// Adds a document to a reviewer.
///
/// # Errors
/// 404 for others than officers, assistants and the reviewer, 403 for assistants, 422.
pub fn add_document(
    w: &mut Writes<'_>,
    who: &Person,
    member: PanelMemberId,
    input: &Input<DocumentRequest>,
) -> Result<Created<DocumentView>> {
    let member = members::changeable(w, who, member)?;
    let request = input.get()?;
    refuse_if_any(request.errors(""))?;
    if store::documents(w, member.id)?.len() >= DOCUMENTS_AT_MOST {
        return Err(Failure::rule(
            Rule::QuotaUsedUp,
            format!("A reviewer has at most {DOCUMENTS_AT_MOST} documents."),
        ));
    }
    let document = ExpertiseDocument {
        id: w.fresh_id(),
        panel_member_id: member.id,
        title: request.title.trim().to_owned(),
        body: request.text.trim().to_owned(),
        created_at: w.now(),
    };
    store::insert_document(w, &document)?;
    trace(w, who, &member, document.id, "expertise_document.added")?;
    Ok(Created::at(
        format!("/api/v1/expertise-documents/{}", document.id),
        document.into(),
    ))
}

/// Shows a document.
///
/// # Errors
/// 404 for others than officers, assistants and the reviewer.
pub fn show_document(
    r: &mut Reads<'_>,
    who: &Person,
    id: ExpertiseDocumentId,
) -> Result<DocumentView> {
    let document = store::document(r, id)?.or_not_found()?;
    members::seen(r, who, document.panel_member_id)?;
    Ok(document.into())
}

/// Gives a document another title and text.
///
/// # Errors
/// 404 for others than officers, assistants and the reviewer, 403 for assistants, 428, 412, 422.
pub fn change_document(
    w: &mut Writes<'_>,
    who: &Person,
    id: ExpertiseDocumentId,
    if_match: &IfMatch,
    input: &Input<DocumentRequest>,
) -> Result<DocumentView> {
    let mut document = store::document(w, id)?.or_not_found()?;
    let member = members::changeable(w, who, document.panel_member_id)?;
    if_match.check(&DocumentView::from(document.clone()))?;
    let request = input.get()?;
    refuse_if_any(request.errors(""))?;
    request.title.trim().clone_into(&mut document.title);
    request.text.trim().clone_into(&mut document.body);
    store::update_document(w, &document)?;
    trace(w, who, &member, id, "expertise_document.changed")?;
    Ok(document.into())
}

/// Removes a document.
///
/// # Errors
/// 404 for others than officers, assistants and the reviewer, 403 for assistants.
pub fn remove_document(w: &mut Writes<'_>, who: &Person, id: ExpertiseDocumentId) -> Result<()> {
    let document = store::document(w, id)?.or_not_found()?;
    let member = members::changeable(w, who, document.panel_member_id)?;
    store::remove_document(w, id)?;
    trace(w, who, &member, id, "expertise_document.removed")
}

fn trace(
    w: &mut Writes<'_>,
    who: &Person,
    member: &PanelMember,
    id: ExpertiseDocumentId,
    act: &str,
) -> Result<()> {
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act,
            object: ("expertise_document", id.0),
            competition: Some(member.competition_id),
            coalition: None,
            detail: json!({"panel_member": member.id}),
        },
    )
}
