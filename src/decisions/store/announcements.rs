//! Confirmed announcements.

use diesel::prelude::*;

use crate::platform::clock::Instant;
use crate::platform::db::schema::announcements;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{AnnouncementId, CompetitionId, PersonId, StageId};
use crate::platform::refusal::Result;

/// The act that tells a stage's decisions.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Announcement {
    /// Its identity.
    pub id: AnnouncementId,
    /// The stage.
    pub stage: StageId,
    /// The competition of the stage.
    pub competition: CompetitionId,
    /// When coalitions are told.
    pub told_at: Instant,
    /// When it is public.
    pub public_at: Instant,
    /// Of everything that is told, as it was previewed.
    pub digest: String,
    /// What it holds: ids, counts, the head of the audit chain; JSON.
    pub record: String,
    /// Who confirmed it.
    pub confirmed_by: PersonId,
    /// When.
    pub confirmed_at: Instant,
    /// When it was called back.
    pub called_back_at: Option<Instant>,
    /// By whom.
    pub called_back_by: Option<PersonId>,
    /// Why.
    pub call_back_reason: String,
    /// When its letters were put into the outbox: as soon as it was due.
    pub letters_at: Option<Instant>,
}

/// An announcement by its identity, called back or not.
///
/// # Errors
/// When the database fails.
pub fn announcement(r: &mut Reads<'_>, id: AnnouncementId) -> Result<Option<Announcement>> {
    Ok(announcements::table.find(id).first(r.conn()).optional()?)
}

/// The announcements of a stage that were not called back, by the time of telling.
///
/// # Errors
/// When the database fails.
pub fn standing_announcements(r: &mut Reads<'_>, stage: StageId) -> Result<Vec<Announcement>> {
    Ok(announcements::table
        .filter(announcements::stage_id.eq(stage))
        .filter(announcements::called_back_at.is_null())
        .order((announcements::told_at, announcements::id))
        .load(r.conn())?)
}

/// The announcements of a competition that were not called back.
///
/// # Errors
/// When the database fails.
pub fn announcements_in(
    r: &mut Reads<'_>,
    competition: CompetitionId,
) -> Result<Vec<Announcement>> {
    Ok(announcements::table
        .filter(announcements::competition_id.eq(competition))
        .filter(announcements::called_back_at.is_null())
        .order((announcements::told_at, announcements::id))
        .load(r.conn())?)
}

/// Every announcement of a stage, those called back too, by the time of telling.
///
/// # Errors
/// When the database fails.
pub fn announcements_of(r: &mut Reads<'_>, stage: StageId) -> Result<Vec<Announcement>> {
    Ok(announcements::table
        .filter(announcements::stage_id.eq(stage))
        .order((announcements::told_at, announcements::id))
        .load(r.conn())?)
}

/// The announcements that are due and whose letters are not written yet, the earliest first.
///
/// # Errors
/// When the database fails.
pub fn announcements_to_tell(r: &mut Reads<'_>) -> Result<Vec<Announcement>> {
    let now = r.now();
    Ok(announcements::table
        .filter(announcements::told_at.le(now))
        .filter(announcements::called_back_at.is_null())
        .filter(announcements::letters_at.is_null())
        .order((announcements::told_at, announcements::id))
        .load(r.conn())?)
}

/// Notes that the letters of an announcement are in the outbox.
///
/// # Errors
/// When the database fails.
pub fn note_letters(w: &mut Writes<'_>, id: AnnouncementId) -> Result<()> {
    let now = w.now();
    diesel::update(announcements::table.find(id))
        .set(announcements::letters_at.eq(Some(now)))
        .execute(w.conn())?;
    Ok(())
}

/// Writes a confirmed announcement.
///
/// # Errors
/// When the database fails.
pub fn insert_announcement(w: &mut Writes<'_>, new: &Announcement) -> Result<()> {
    diesel::insert_into(announcements::table)
        .values((
            announcements::id.eq(new.id),
            announcements::stage_id.eq(new.stage),
            announcements::competition_id.eq(new.competition),
            announcements::told_at.eq(new.told_at),
            announcements::public_at.eq(new.public_at),
            announcements::digest.eq(&new.digest),
            announcements::record.eq(&new.record),
            announcements::confirmed_by.eq(new.confirmed_by),
            announcements::confirmed_at.eq(new.confirmed_at),
            announcements::call_back_reason.eq(&new.call_back_reason),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Marks an announcement as called back now.
///
/// # Errors
/// When the database fails.
pub fn call_back(w: &mut Writes<'_>, id: AnnouncementId, by: PersonId, reason: &str) -> Result<()> {
    let now = w.now();
    diesel::update(announcements::table.find(id))
        .set((
            announcements::called_back_at.eq(Some(now)),
            announcements::called_back_by.eq(Some(by)),
            announcements::call_back_reason.eq(reason),
        ))
        .execute(w.conn())?;
    Ok(())
}
