//! Rows in, values out.

mod attachments;
mod drafts;
mod facts;
mod files;
mod returns;
mod screenings;
mod submissions;
mod turned_away;

pub use attachments::{
    attachment, attachments_of, attachments_of_submission, insert_attachment, remove_attachment,
    submissions_showing,
};
pub use drafts::{
    capital_stack_row, confirmation_of, draft_changed_at, draft_is_started, insert_confirmation,
    last_confirmation, save_capital_stack, save_section, section_of, sections_of,
};
pub use facts::{Over, Ties, advanced_from, all_over, is_over, places_are_held_by_others, ties};
pub use files::{
    Held, bytes_kept, forget_file, forget_removed, hold_file, is_attached, let_go, mark_leaving,
    still_holds,
};
pub use returns::{
    Returns, answer_return, end_return, insert_return, returns_at, returns_of, standing_return,
};
pub use screenings::{mark_told, save_screening, screening_of, screenings_of};
pub use submissions::{
    end_submission, has_submitted, insert_submission, submission, submission_in_force,
    submissions_in_force, submissions_of_coalition, submissions_of_person, summaries_in_force,
};

pub use turned_away::{insert_turned_away, mark_sent_again, sent_again_after, turned_away};

use diesel::prelude::*;

use super::model::Proposal;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{members, proposals};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId, ProposalId};
use crate::platform::refusal::Result;

type ProposalRow = (ProposalId, CompetitionId, CoalitionId, String, Instant);

fn as_proposal(row: ProposalRow) -> Proposal {
    Proposal {
        id: row.0,
        competition_id: row.1,
        coalition_id: row.2,
        title: row.3,
        created_at: row.4,
    }
}

macro_rules! columns {
    () => {
        (
            proposals::id,
            proposals::competition_id,
            proposals::coalition_id,
            proposals::title,
            proposals::created_at,
        )
    };
}

/// A proposal by its identity.
///
/// # Errors
/// When the database fails.
pub fn proposal(r: &mut Reads<'_>, id: ProposalId) -> Result<Option<Proposal>> {
    let row: Option<ProposalRow> = proposals::table
        .find(id)
        .select(columns!())
        .first(r.conn())
        .optional()?;
    Ok(row.map(as_proposal))
}

/// The one proposal of a coalition.
///
/// # Errors
/// When the database fails.
pub fn proposal_of(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<Option<Proposal>> {
    let row: Option<ProposalRow> = proposals::table
        .filter(proposals::coalition_id.eq(coalition))
        .select(columns!())
        .first(r.conn())
        .optional()?;
    Ok(row.map(as_proposal))
}

/// The proposals of all coalitions that a person is a live member of, by identity.
///
/// # Errors
/// When the database fails.
pub fn proposals_of_person(r: &mut Reads<'_>, person: PersonId) -> Result<Vec<Proposal>> {
    let rows: Vec<ProposalRow> = proposals::table
        .inner_join(members::table.on(members::coalition_id.eq(proposals::coalition_id)))
        .filter(members::person_id.eq(person))
        .filter(members::ended_at.is_null())
        .order(proposals::id)
        .select(columns!())
        .load(r.conn())?;
    Ok(rows.into_iter().map(as_proposal).collect())
}

/// Begins a proposal.
///
/// # Errors
/// When the database fails.
pub fn insert_proposal(w: &mut Writes<'_>, proposal: &Proposal) -> Result<()> {
    diesel::insert_into(proposals::table)
        .values((
            proposals::id.eq(proposal.id),
            proposals::competition_id.eq(proposal.competition_id),
            proposals::coalition_id.eq(proposal.coalition_id),
            proposals::title.eq(&proposal.title),
            proposals::created_at.eq(proposal.created_at),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Gives a proposal another title.
///
/// # Errors
/// When the database fails.
pub fn retitle(w: &mut Writes<'_>, id: ProposalId, title: &str) -> Result<()> {
    diesel::update(proposals::table.find(id))
        .set(proposals::title.eq(title))
        .execute(w.conn())?;
    Ok(())
}
