//! What is shown of panels and conflicts.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::panels::model::{
    Conflict, ConflictKind, ConflictSource, ConflictState, ExpertiseDocument, Naming, PanelMember,
    PanelState,
};
use crate::panels::store;
use crate::people;
use crate::people::store::PersonRow;
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::ids::{
    CoalitionId, CompetitionId, ConflictId, ExpertiseDocumentId, NamingId, PanelMemberId, PersonId,
    StageId,
};
use crate::platform::refusal::Result;

/// A person, for those who work with them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PersonView {
    /// Who.
    pub id: PersonId,
    /// Their name; empty while an invited person has not made their account.
    #[schema(example = "Jane Alvarez")]
    pub name: String,
    /// Their address.
    #[schema(example = "jane@harborbank.example")]
    pub email: String,
}

impl From<&PersonRow> for PersonView {
    fn from(row: &PersonRow) -> Self {
        Self {
            id: row.id,
            name: row.name.clone(),
            email: row.email.clone(),
        }
    }
}

/// People by identity, for views.
///
/// # Errors
/// When the database fails.
pub fn persons(r: &mut Reads<'_>, ids: &[PersonId]) -> Result<HashMap<PersonId, PersonView>> {
    let rows = people::store::persons(r, ids)?;
    Ok(rows.iter().map(|row| (row.id, row.into())).collect())
}

/// A person whose account is gone is shown by identity alone.
pub fn person_in(known: &HashMap<PersonId, PersonView>, id: PersonId) -> PersonView {
    known.get(&id).cloned().unwrap_or(PersonView {
        id,
        name: String::new(),
        email: String::new(),
    })
}

/// An expertise document.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DocumentView {
    /// Its identity.
    pub id: ExpertiseDocumentId,
    /// Whose: the place on the panel.
    pub panel_member_id: PanelMemberId,
    /// Its title.
    #[schema(example = "Small-business lending in gateway cities")]
    pub title: String,
    /// Its text.
    pub text: String,
    /// When it was added.
    pub created_at: Instant,
}

impl From<ExpertiseDocument> for DocumentView {
    fn from(document: ExpertiseDocument) -> Self {
        Self {
            id: document.id,
            panel_member_id: document.panel_member_id,
            title: document.title,
            text: document.body,
            created_at: document.created_at,
        }
    }
}

/// A reviewer's part in a panel.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PanelMemberView {
    /// Its identity.
    pub id: PanelMemberId,
    /// The stage.
    pub stage_id: StageId,
    /// The reviewer.
    pub person: PersonView,
    /// Whether they said yes.
    pub state: PanelState,
    /// How many submissions they read at most.
    pub max_load: i32,
    /// Where they work.
    pub organisation: String,
    /// Where they live.
    pub home_city: String,
    /// The sectors they come from.
    pub sectors: Vec<String>,
    /// Keys of the criteria that they are expert in.
    pub expert_in: Vec<String>,
    /// What they know about.
    pub documents: Vec<DocumentView>,
    /// When they were asked.
    pub invited_at: Instant,
    /// When they answered, or their part ended.
    pub answered_at: Option<Instant>,
    /// The reason given with the answer or the end.
    pub answer_reason: String,
}

/// What is shown of a reviewer.
///
/// # Errors
/// When the database fails.
pub fn member_view(r: &mut Reads<'_>, member: PanelMember) -> Result<PanelMemberView> {
    let known = persons(r, &[member.person_id])?;
    view_with(r, member, &known)
}

/// What is shown of several reviewers.
///
/// # Errors
/// When the database fails.
pub fn member_views(r: &mut Reads<'_>, members: Vec<PanelMember>) -> Result<Vec<PanelMemberView>> {
    let ids: Vec<PersonId> = members.iter().map(|member| member.person_id).collect();
    let known = persons(r, &ids)?;
    members
        .into_iter()
        .map(|member| view_with(r, member, &known))
        .collect()
}

fn view_with(
    r: &mut Reads<'_>,
    member: PanelMember,
    known: &HashMap<PersonId, PersonView>,
) -> Result<PanelMemberView> {
    let documents = store::documents(r, member.id)?;
    Ok(PanelMemberView {
        id: member.id,
        stage_id: member.stage_id,
        person: person_in(known, member.person_id),
        state: member.state,
        max_load: member.max_load,
        organisation: member.organisation,
        home_city: member.home_city,
        sectors: member.sectors,
        expert_in: member.expert_in,
        documents: documents.into_iter().map(DocumentView::from).collect(),
        invited_at: member.invited_at,
        answered_at: member.answered_at,
        answer_reason: member.answer_reason,
    })
}

/// A conflict, for officers and assistants.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConflictView {
    /// Its identity.
    pub id: ConflictId,
    /// The coalition.
    pub coalition_id: CoalitionId,
    /// The coalition's name.
    pub coalition: String,
    /// The person tied to it.
    pub person: PersonView,
    /// Of what kind the tie is.
    pub kind: ConflictKind,
    /// Who brought it up.
    pub source: ConflictSource,
    /// Whether it closes the door.
    pub state: ConflictState,
    /// From when to when, as declared.
    pub years: String,
    /// The note, or what a hint was found in, one finding a line.
    pub evidence: String,
    /// When it came up.
    pub created_at: Instant,
    /// The officer who decided on it.
    pub decided_by: Option<PersonId>,
    /// When.
    pub decided_at: Option<Instant>,
    /// Why it was decided so.
    pub reason: String,
}

impl ConflictView {
    /// What is shown of a conflict.
    pub fn new(conflict: Conflict, coalition: String, person: PersonView) -> Self {
        Self {
            id: conflict.id,
            coalition_id: conflict.coalition_id,
            coalition,
            person,
            kind: conflict.kind,
            source: conflict.source,
            state: conflict.state,
            years: conflict.years,
            evidence: conflict.evidence,
            created_at: conflict.created_at,
            decided_by: conflict.decided_by,
            decided_at: conflict.decided_at,
            reason: conflict.reason,
        }
    }
}

/// That a conflict in force exists, for the person it is about; nothing else is told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnConflictView {
    /// The competition.
    pub competition_id: CompetitionId,
    /// The coalition that is closed.
    pub coalition_id: CoalitionId,
    /// Its name.
    pub coalition: String,
    /// Since when.
    pub since: Instant,
}

/// A person or an organisation that a coalition named.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NamingView {
    /// Its identity.
    pub id: NamingId,
    /// The person's name, or nothing.
    pub name: String,
    /// The organisation, or nothing.
    pub organisation: String,
    /// Why.
    pub reason: String,
    /// When.
    pub created_at: Instant,
}

impl From<Naming> for NamingView {
    fn from(naming: Naming) -> Self {
        Self {
            id: naming.id,
            name: naming.name,
            organisation: naming.organisation,
            reason: naming.reason,
            created_at: naming.created_at,
        }
    }
}
