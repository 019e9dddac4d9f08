//! Drafts: sections, the capital stack, confirmations.

use diesel::prelude::*;

use crate::coalitions::model::MemberRole;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{
    attachments, capital_stacks, confirmations, draft_sections, members, proposals,
};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{PersonId, ProposalId, StageId};
use crate::platform::refusal::Result;
use crate::proposals::model::{Answers, CapitalStack, DraftSection};

type SectionRow = (String, String, i64, Instant, PersonId);

fn as_section(row: SectionRow) -> Result<DraftSection> {
    Ok(DraftSection {
        section: row.0,
        answers: serde_json::from_str(&row.1)?,
        version: row.2,
        saved_at: row.3,
        saved_by: row.4,
    })
}

macro_rules! columns {
    () => {
        (
            draft_sections::section,
            draft_sections::answers,
            draft_sections::version,
            draft_sections::saved_at,
            draft_sections::saved_by,
        )
    };
}

/// The saved sections of a draft, by key.
///
/// # Errors
/// When the database fails.
pub fn sections_of(
    r: &mut Reads<'_>,
    proposal: ProposalId,
    stage: StageId,
) -> Result<Vec<DraftSection>> {
    let rows: Vec<SectionRow> = draft_sections::table
        .filter(draft_sections::proposal_id.eq(proposal))
        .filter(draft_sections::stage_id.eq(stage))
        .order(draft_sections::section)
        .select(columns!())
        .load(r.conn())?;
    rows.into_iter().map(as_section).collect()
}

/// One saved section of a draft.
///
/// # Errors
/// When the database fails.
pub fn section_of(
    r: &mut Reads<'_>,
    proposal: ProposalId,
    stage: StageId,
    section: &str,
) -> Result<Option<DraftSection>> {
    let row: Option<SectionRow> = draft_sections::table
        .filter(draft_sections::proposal_id.eq(proposal))
        .filter(draft_sections::stage_id.eq(stage))
        .filter(draft_sections::section.eq(section))
        .select(columns!())
        .first(r.conn())
        .optional()?;
    row.map(as_section).transpose()
}

/// Whether anything of a stage's draft was saved or carried over yet.
///
/// # Errors
/// When the database fails.
pub fn draft_is_started(r: &mut Reads<'_>, proposal: ProposalId, stage: StageId) -> Result<bool> {
    let sections: i64 = draft_sections::table
        .filter(draft_sections::proposal_id.eq(proposal))
        .filter(draft_sections::stage_id.eq(stage))
        .count()
        .get_result(r.conn())?;
    Ok(sections > 0 || capital_stack_row(r, proposal, stage)?.is_some())
}

/// Saves a section's answers as its next version.
///
/// # Errors
/// When the database fails.
pub fn save_section(
    w: &mut Writes<'_>,
    proposal: ProposalId,
    stage: StageId,
    section: &str,
    answers: &Answers,
    by: PersonId,
) -> Result<()> {
    let text = serde_json::to_string(answers)?;
    let now = w.now();
    let target = draft_sections::table
        .filter(draft_sections::proposal_id.eq(proposal))
        .filter(draft_sections::stage_id.eq(stage))
        .filter(draft_sections::section.eq(section));
    let changed = diesel::update(target)
        .set((
            draft_sections::answers.eq(&text),
            draft_sections::version.eq(draft_sections::version + 1),
            draft_sections::saved_at.eq(now),
            draft_sections::saved_by.eq(by),
        ))
        .execute(w.conn())?;
    if changed == 0 {
        let id: i64 = w.fresh_id();
        diesel::insert_into(draft_sections::table)
            .values((
                draft_sections::id.eq(id),
                draft_sections::proposal_id.eq(proposal),
                draft_sections::stage_id.eq(stage),
                draft_sections::section.eq(section),
                draft_sections::answers.eq(&text),
                draft_sections::version.eq(1_i64),
                draft_sections::saved_at.eq(now),
                draft_sections::saved_by.eq(by),
            ))
            .execute(w.conn())?;
    }
    Ok(())
}

/// The saved capital stack of a draft.
///
/// # Errors
/// When the database fails.
pub fn capital_stack_row(
    r: &mut Reads<'_>,
    proposal: ProposalId,
    stage: StageId,
) -> Result<Option<CapitalStack>> {
    let lines: Option<String> = capital_stacks::table
        .filter(capital_stacks::proposal_id.eq(proposal))
        .filter(capital_stacks::stage_id.eq(stage))
        .select(capital_stacks::lines)
        .first(r.conn())
        .optional()?;
    lines
        .map(|lines| {
            Ok(CapitalStack {
                lines: serde_json::from_str(&lines)?,
            })
        })
        .transpose()
}

/// Saves a draft's capital stack as its next version.
///
/// # Errors
/// When the database fails.
pub fn save_capital_stack(
    w: &mut Writes<'_>,
    proposal: ProposalId,
    stage: StageId,
    stack: &CapitalStack,
    by: PersonId,
) -> Result<()> {
    let lines = serde_json::to_string(&stack.lines)?;
    let now = w.now();
    let target = capital_stacks::table
        .filter(capital_stacks::proposal_id.eq(proposal))
        .filter(capital_stacks::stage_id.eq(stage));
    let changed = diesel::update(target)
        .set((
            capital_stacks::lines.eq(&lines),
            capital_stacks::version.eq(capital_stacks::version + 1),
            capital_stacks::saved_at.eq(now),
            capital_stacks::saved_by.eq(by),
        ))
        .execute(w.conn())?;
    if changed == 0 {
        let id: i64 = w.fresh_id();
        diesel::insert_into(capital_stacks::table)
            .values((
                capital_stacks::id.eq(id),
                capital_stacks::proposal_id.eq(proposal),
                capital_stacks::stage_id.eq(stage),
                capital_stacks::lines.eq(&lines),
                capital_stacks::version.eq(1_i64),
                capital_stacks::saved_at.eq(now),
                capital_stacks::saved_by.eq(by),
            ))
            .execute(w.conn())?;
    }
    Ok(())
}

/// Which signatory confirmed exactly this version of a draft, and when; the first one. A
/// confirmation counts as long as its person is a signatory of the coalition.
///
/// # Errors
/// When the database fails.
pub fn confirmation_of(
    r: &mut Reads<'_>,
    proposal: ProposalId,
    stage: StageId,
    digest: &str,
) -> Result<Option<(PersonId, Instant)>> {
    Ok(confirmations::table
        .inner_join(proposals::table.on(proposals::id.eq(confirmations::proposal_id)))
        .inner_join(
            members::table.on(members::coalition_id
                .eq(proposals::coalition_id)
                .and(members::person_id.eq(confirmations::person_id))),
        )
        .filter(confirmations::proposal_id.eq(proposal))
        .filter(confirmations::stage_id.eq(stage))
        .filter(confirmations::digest.eq(digest))
        .filter(members::role.eq(MemberRole::Signatory))
        .filter(members::ended_at.is_null())
        .order((confirmations::confirmed_at, confirmations::id))
        .select((confirmations::person_id, confirmations::confirmed_at))
        .first(r.conn())
        .optional()?)
}

/// The latest confirmation of any version of a draft.
///
/// # Errors
/// When the database fails.
pub fn last_confirmation(
    r: &mut Reads<'_>,
    proposal: ProposalId,
    stage: StageId,
) -> Result<Option<i64>> {
    Ok(confirmations::table
        .filter(confirmations::proposal_id.eq(proposal))
        .filter(confirmations::stage_id.eq(stage))
        .order((confirmations::confirmed_at.desc(), confirmations::id))
        .select(confirmations::id)
        .first(r.conn())
        .optional()?)
}

/// When a draft's sections, money or files changed last; none before the first save.
///
/// # Errors
/// When the database fails.
pub fn draft_changed_at(
    r: &mut Reads<'_>,
    proposal: ProposalId,
    stage: StageId,
) -> Result<Option<Instant>> {
    let saved: Vec<Instant> = draft_sections::table
        .filter(draft_sections::proposal_id.eq(proposal))
        .filter(draft_sections::stage_id.eq(stage))
        .select(draft_sections::saved_at)
        .load(r.conn())?;
    let money: Vec<Instant> = capital_stacks::table
        .filter(capital_stacks::proposal_id.eq(proposal))
        .filter(capital_stacks::stage_id.eq(stage))
        .select(capital_stacks::saved_at)
        .load(r.conn())?;
    let files: Vec<(Instant, Option<Instant>)> = attachments::table
        .filter(attachments::proposal_id.eq(proposal))
        .filter(attachments::stage_id.eq(stage))
        .select((attachments::uploaded_at, attachments::removed_at))
        .load(r.conn())?;
    let files = files
        .into_iter()
        .map(|(added, removed)| removed.unwrap_or(added));
    Ok(saved.into_iter().chain(money).chain(files).max())
}

/// Records that a person confirms a version.
///
/// # Errors
/// When the database fails.
pub fn insert_confirmation(
    w: &mut Writes<'_>,
    proposal: ProposalId,
    stage: StageId,
    digest: &str,
    by: PersonId,
) -> Result<()> {
    let id: i64 = w.fresh_id();
    let now = w.now();
    diesel::insert_into(confirmations::table)
        .values((
            confirmations::id.eq(id),
            confirmations::proposal_id.eq(proposal),
            confirmations::stage_id.eq(stage),
            confirmations::digest.eq(digest),
            confirmations::person_id.eq(by),
            confirmations::confirmed_at.eq(now),
        ))
        .execute(w.conn())?;
    Ok(())
}
