//! Reviewers of a stage and what they know.

use diesel::prelude::*;

use crate::panels::model::{ExpertiseDocument, PanelMember};
use crate::platform::db::schema::{expertise_documents, panel_members};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CompetitionId, ExpertiseDocumentId, PanelMemberId, PersonId, StageId};
use crate::platform::refusal::Result;

/// A reviewer's part in a panel by its identity.
pub fn member(r: &mut Reads<'_>, id: PanelMemberId) -> Result<Option<PanelMember>> {
    Ok(panel_members::table.find(id).first(r.conn()).optional()?)
}

/// A person's part in the panel of a stage, in whatever state.
pub fn panel_member(
    r: &mut Reads<'_>,
    stage: StageId,
    person: PersonId,
) -> Result<Option<PanelMember>> {
    Ok(panel_members::table
        .filter(panel_members::stage_id.eq(stage))
        .filter(panel_members::person_id.eq(person))
        .first(r.conn())
        .optional()?)
}

/// Everyone who was ever asked onto the panel of a stage.
pub fn panel_of(r: &mut Reads<'_>, stage: StageId) -> Result<Vec<PanelMember>> {
    Ok(panel_members::table
        .filter(panel_members::stage_id.eq(stage))
        .order(panel_members::id)
        .load(r.conn())?)
}

/// Everyone who was ever asked onto a panel of a competition.
pub fn panels_of_competition(
    r: &mut Reads<'_>,
    competition: CompetitionId,
) -> Result<Vec<PanelMember>> {
    Ok(panel_members::table
        .filter(panel_members::competition_id.eq(competition))
        .order(panel_members::id)
        .load(r.conn())?)
}

/// Every panel that a person was asked onto.
pub fn panels_of(r: &mut Reads<'_>, person: PersonId) -> Result<Vec<PanelMember>> {
    Ok(panel_members::table
        .filter(panel_members::person_id.eq(person))
        .order(panel_members::id)
        .load(r.conn())?)
}

/// Adds a reviewer to a panel.
pub fn insert_member(w: &mut Writes<'_>, member: &PanelMember) -> Result<()> {
    diesel::insert_into(panel_members::table)
        .values((
            panel_members::id.eq(member.id),
            panel_members::stage_id.eq(member.stage_id),
            panel_members::competition_id.eq(member.competition_id),
            panel_members::person_id.eq(member.person_id),
            panel_members::state.eq(member.state),
            panel_members::max_load.eq(member.max_load),
            panel_members::organisation.eq(&member.organisation),
            panel_members::home_city.eq(&member.home_city),
            panel_members::sectors.eq(serde_json::to_string(&member.sectors)?),
            panel_members::expert_in.eq(serde_json::to_string(&member.expert_in)?),
            panel_members::invited_by.eq(member.invited_by),
            panel_members::invited_at.eq(member.invited_at),
            panel_members::answered_at.eq(member.answered_at),
            panel_members::answer_reason.eq(&member.answer_reason),
            panel_members::version.eq(member.version),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Stores what changed about a reviewer.
pub fn update_member(w: &mut Writes<'_>, member: &PanelMember) -> Result<()> {
    diesel::update(panel_members::table.find(member.id))
        .set((
            panel_members::state.eq(member.state),
            panel_members::max_load.eq(member.max_load),
            panel_members::organisation.eq(&member.organisation),
            panel_members::home_city.eq(&member.home_city),
            panel_members::sectors.eq(serde_json::to_string(&member.sectors)?),
            panel_members::expert_in.eq(serde_json::to_string(&member.expert_in)?),
            panel_members::invited_by.eq(member.invited_by),
            panel_members::invited_at.eq(member.invited_at),
            panel_members::answered_at.eq(member.answered_at),
            panel_members::answer_reason.eq(&member.answer_reason),
            panel_members::version.eq(member.version),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// A reviewer's expertise documents, oldest first.
pub fn documents(r: &mut Reads<'_>, member: PanelMemberId) -> Result<Vec<ExpertiseDocument>> {
    Ok(expertise_documents::table
        .filter(expertise_documents::panel_member_id.eq(member))
        .order((expertise_documents::created_at, expertise_documents::id))
        .load(r.conn())?)
}

/// One expertise document.
pub fn document(r: &mut Reads<'_>, id: ExpertiseDocumentId) -> Result<Option<ExpertiseDocument>> {
    Ok(expertise_documents::table
        .find(id)
        .first(r.conn())
        .optional()?)
}

/// Adds an expertise document.
pub fn insert_document(w: &mut Writes<'_>, document: &ExpertiseDocument) -> Result<()> {
    diesel::insert_into(expertise_documents::table)
        .values((
            expertise_documents::id.eq(document.id),
            expertise_documents::panel_member_id.eq(document.panel_member_id),
            expertise_documents::title.eq(&document.title),
            expertise_documents::body.eq(&document.body),
            expertise_documents::created_at.eq(document.created_at),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Stores another title and text for an expertise document.
pub fn update_document(w: &mut Writes<'_>, document: &ExpertiseDocument) -> Result<()> {
    diesel::update(expertise_documents::table.find(document.id))
        .set((
            expertise_documents::title.eq(&document.title),
            expertise_documents::body.eq(&document.body),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Removes an expertise document.
pub fn remove_document(w: &mut Writes<'_>, id: ExpertiseDocumentId) -> Result<()> {
    diesel::delete(expertise_documents::table.find(id)).execute(w.conn())?;
    Ok(())
}
