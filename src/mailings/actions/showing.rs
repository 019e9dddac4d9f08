//! What was written to whom, as far as somebody of the office may see it.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::sending::CAUSE;
use super::{competition_of_office, competition_seen};
use crate::coalitions::doors;
use crate::competitions::store as competitions;
use crate::mailings::drafting::is_sealed;
use crate::mailings::model::{
    Mailing, MailingDraft, MailingFilter, MailingGroup, MailingLetter, OfStage,
};
use crate::mailings::store;
use crate::people::Person;
use crate::people::store as people;
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::http::{Asked, Page, PageQuery};
use crate::platform::ids::{CoalitionId, CompetitionId, MailingId, MessageId, PersonId};
use crate::platform::mail::texts::MergeField;
use crate::platform::outbox::{Delivery, MessageState};
use crate::platform::refusal::{OrNotFound as _, Result};
use crate::proposals::actions::waivers::still_taking;

/// A group that can be written to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MailingGroupView {
    /// Its name.
    pub group: MailingGroup,
    /// Who is in it.
    pub meaning: &'static str,
    /// Whether it is of a stage.
    pub of_stage: OfStage,
    /// By what it can be narrowed.
    pub filters: Vec<MailingFilter>,
    /// What can be merged into a letter, written like `{{competition}}`.
    pub fields: Vec<MergeField>,
}

/// A letter to a group that was sent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MailingView {
    /// Its identity.
    pub id: MailingId,
    /// The competition.
    pub competition_id: CompetitionId,
    /// What was written to whom.
    pub mailing: MailingDraft,
    /// Names what was previewed.
    pub digest: String,
    /// The officer who sent it.
    pub sent_by: PersonId,
    /// When.
    pub sent_at: Instant,
    /// When what had not left was called back.
    pub called_back_at: Option<Instant>,
    /// Whether nobody may know yet who got it: until the stage is no longer sealed.
    pub sealed: bool,
    /// How many letters there are, those of coalitions that are closed to the reader apart; null
    /// while nobody may know.
    pub recipients: Option<usize>,
    /// What became of them; null while nobody may know.
    pub delivery: Option<Delivery>,
}

/// A letter to a group, in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MailingLine {
    /// Its identity.
    pub id: MailingId,
    /// What was written to whom.
    pub mailing: MailingDraft,
    /// The officer who sent it.
    pub sent_by: PersonId,
    /// When.
    pub sent_at: Instant,
    /// When what had not left was called back.
    pub called_back_at: Option<Instant>,
}

/// What one person was sent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MailingLetterView {
    /// The message in the outbox.
    pub message_id: MessageId,
    /// Who.
    pub person_id: PersonId,
    /// Their name.
    pub name: String,
    /// The address that it went to.
    pub address: String,
    /// The coalitions as whose member, or for whose submissions, they got it.
    pub coalitions: Vec<CoalitionId>,
    /// What became of it.
    pub state: MessageState,
}

/// The groups that can be written to, with what can be merged into the letters.
///
/// # Errors
/// 404 when they may not see the competition, 403 for whoever is not of its office.
pub fn groups(
    r: &mut Reads<'_>,
    who: &Person,
    id: CompetitionId,
    asked: &Asked<PageQuery>,
) -> Result<Page<MailingGroupView>> {
    competition_of_office(r, who, id)?;
    let all = MailingGroup::ALL
        .iter()
        .map(|group| MailingGroupView {
            group: *group,
            meaning: group.meaning(),
            of_stage: group.of_stage(),
            filters: group.filters(),
            fields: group.fields(),
        })
        .collect();
    Page::of_all(all, &asked.get()?.page()?, |one: &MailingGroupView| {
        MailingGroup::ALL
            .iter()
            .position(|group| *group == one.group)
    })
}

/// What was written to groups of a competition, the latest first.
///
/// # Errors
/// As [`groups`].
pub fn list(
    r: &mut Reads<'_>,
    who: &Person,
    id: CompetitionId,
    asked: &Asked<PageQuery>,
) -> Result<Page<MailingLine>> {
    competition_of_office(r, who, id)?;
    let page = asked.get()?.page()?;
    let closed = doors::closed_to(r, who.id)?;
    let mut all = store::mailings_of(r, id)?;
    all.retain(|mailing| is_open(mailing, &closed));
    let page = Page::of_all(all, &page, |one| {
        (Reverse(one.sent_at.to_string()), Reverse(one.id.0))
    })?;
    Ok(page.map(|one| MailingLine {
        id: one.id,
        mailing: one.draft,
        sent_by: one.sent_by,
        sent_at: one.sent_at,
        called_back_at: one.called_back_at,
    }))
}

/// One that names a coalition which is closed to the reader may tell of it.
fn is_open(mailing: &Mailing, closed: &HashSet<CoalitionId>) -> bool {
    let named = &mailing.draft.filters.coalitions;
    !named.iter().any(|one| closed.contains(one))
}

/// A mailing that somebody of the office may see.
///
/// # Errors
/// 404 to everyone else.
pub fn find(r: &mut Reads<'_>, who: &Person, id: MailingId) -> Result<Mailing> {
    let mailing = store::mailing(r, id)?.or_not_found()?;
    competition_seen(r, who, mailing.competition_id)?;
    let closed = doors::closed_to(r, who.id)?;
    Some(mailing)
        .filter(|one| who.works_for(one.competition_id) && is_open(one, &closed))
        .or_not_found()
}

/// One mailing.
///
/// # Errors
/// 404 when it is not theirs to see.
pub fn show(r: &mut Reads<'_>, who: &Person, id: MailingId) -> Result<MailingView> {
    let mailing = find(r, who, id)?;
    view(r, who, mailing)
}

/// A mailing as somebody of the office sees it.
///
/// # Errors
/// When the database fails.
pub fn view(r: &mut Reads<'_>, who: &Person, mailing: Mailing) -> Result<MailingView> {
    let sealed = still_sealed(r, &mailing)?;
    let delivery = if sealed {
        None
    } else {
        Some(delivery(r, who, &mailing)?)
    };
    Ok(MailingView {
        id: mailing.id,
        competition_id: mailing.competition_id,
        mailing: mailing.draft,
        digest: mailing.digest,
        sent_by: mailing.sent_by,
        sent_at: mailing.sent_at,
        called_back_at: mailing.called_back_at,
        sealed,
        recipients: delivery.map(|(recipients, _)| recipients),
        delivery: delivery.map(|(_, delivery)| delivery),
    })
}

/// Whether nobody may know yet who got it.
fn still_sealed(r: &mut Reads<'_>, mailing: &Mailing) -> Result<bool> {
    let Some(id) = mailing.draft.stage.filter(|_| mailing.sealed) else {
        return Ok(false);
    };
    let (now, stage) = (r.now(), competitions::stage(r, id)?);
    Ok(is_sealed(mailing.draft.group, stage.as_ref(), now))
}

fn delivery(r: &mut Reads<'_>, who: &Person, mailing: &Mailing) -> Result<(usize, Delivery)> {
    let states = store::messages_of(r, (CAUSE, mailing.id))?;
    let letters = open_letters(r, who, mailing)?;
    let mut delivery = Delivery::default();
    for letter in &letters {
        if let Some((_, state)) = states.get(&letter.message_id) {
            delivery.count(*state);
        }
    }
    Ok((letters.len(), delivery))
}

/// The letters that the reader may know of: not those that were written for the sake of coalitions
/// alone that are closed to them, or whose submitting is sealed because they have more time.
fn open_letters(r: &mut Reads<'_>, who: &Person, of: &Mailing) -> Result<Vec<MailingLetter>> {
    let mut closed = doors::closed_to(r, who.id)?;
    if let Some(id) = of.draft.stage.filter(|_| of.sealed) {
        let stage = competitions::stage(r, id)?.or_not_found()?;
        closed.extend(still_taking(r, &stage)?);
    }
    let mut letters = store::letters_of(r, of.id)?;
    letters.retain_mut(|letter| {
        let for_none = letter.coalitions.is_empty();
        letter.coalitions.retain(|one| !closed.contains(one));
        for_none || !letter.coalitions.is_empty()
    });
    Ok(letters)
}

/// Who was sent a mailing, and what became of each letter; nobody while the stage is sealed.
///
/// # Errors
/// 404 when it is not theirs to see.
pub fn letters(
    r: &mut Reads<'_>,
    who: &Person,
    id: MailingId,
    asked: &Asked<PageQuery>,
) -> Result<Page<MailingLetterView>> {
    let mailing = find(r, who, id)?;
    let page = asked.get()?.page()?;
    let open = if still_sealed(r, &mailing)? {
        Vec::new()
    } else {
        open_letters(r, who, &mailing)?
    };
    let page = Page::of_all(open, &page, |one| one.id)?;
    let ids: Vec<PersonId> = page.items.iter().map(|one| one.person_id).collect();
    let names: HashMap<PersonId, String> = people::persons(r, &ids)?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    let messages = store::messages_of(r, (CAUSE, id))?;
    Ok(page.map(|one| {
        let (address, state) = messages
            .get(&one.message_id)
            .cloned()
            .unwrap_or((String::new(), MessageState::Cancelled));
        MailingLetterView {
            message_id: one.message_id,
            person_id: one.person_id,
            name: names.get(&one.person_id).cloned().unwrap_or_default(),
            address,
            coalitions: one.coalitions,
            state,
        }
    }))
}
