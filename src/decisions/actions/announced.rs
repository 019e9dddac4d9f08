//! What is seen of announcements, called back or not: by officers in full, by the public in how far
//! the decisions depart from the results.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::telling::CAUSE;
use crate::decisions::access::Right;
use crate::decisions::desk::{Desk, desk, desk_behind};
use crate::decisions::store::{self, Announcement};
use crate::people::Person;
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::ids::{
    AnnouncementId, CoalitionId, CompetitionId, DecisionId, PersonId, StageId,
};
use crate::platform::outbox::{self, Delivery};
use crate::platform::refusal::{OrNotFound as _, Result};

/// A confirmed announcement.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AnnouncementView {
    /// Its identity.
    pub id: AnnouncementId,
    /// The stage.
    pub stage_id: StageId,
    /// When coalitions are told.
    pub told_at: Instant,
    /// When it is public.
    pub public_at: Instant,
    /// Of everything that is told.
    pub digest: String,
    /// How many decisions it tells, of those that this reader may see.
    pub decisions: usize,
    /// How many e-mails, likewise: to those who are members when it was confirmed, and once it is
    /// due to those who were then.
    pub messages: usize,
    /// What became of those e-mails.
    pub delivery: Delivery,
    /// How many decisions depart from the order of the results, likewise.
    pub out_of_order: usize,
    /// Head of the audit chain when it was confirmed.
    pub audit_head: String,
    /// Who confirmed it.
    pub confirmed_by: PersonId,
    /// When.
    pub confirmed_at: Instant,
    /// When it was called back.
    pub called_back_at: Option<Instant>,
    /// Why.
    pub call_back_reason: String,
}

/// What is kept of an announcement beside its columns.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Record {
    pub(super) decisions: Vec<(DecisionId, CoalitionId)>,
    pub(super) messages: BTreeMap<CoalitionId, usize>,
    pub(super) out_of_order: BTreeSet<CoalitionId>,
    pub(super) audit_head: String,
}

fn view(r: &mut Reads<'_>, desk: &Desk, of: &Announcement) -> Result<AnnouncementView> {
    let record: Record = serde_json::from_str(&of.record)?;
    let sees = |coalition: &CoalitionId| desk.sees(*coalition);
    let mut delivery = Delivery::default();
    let mut written = 0;
    for (_, coalition, _, state) in outbox::store::outcomes(r, (CAUSE, of.id.0))? {
        if coalition.as_ref().is_some_and(sees) {
            delivery.count(state);
            written += 1;
        }
    }
    let foreseen = record.messages.iter().filter(|(c, _)| sees(c));
    Ok(AnnouncementView {
        id: of.id,
        stage_id: of.stage,
        told_at: of.told_at,
        public_at: of.public_at,
        digest: of.digest.clone(),
        decisions: record.decisions.iter().filter(|(_, c)| sees(c)).count(),
        messages: match of.letters_at {
            Some(_) => written,
            None => foreseen.map(|(_, n)| n).sum(),
        },
        delivery,
        out_of_order: record.out_of_order.iter().filter(|c| sees(c)).count(),
        audit_head: record.audit_head,
        confirmed_by: of.confirmed_by,
        confirmed_at: of.confirmed_at,
        called_back_at: of.called_back_at,
        call_back_reason: of.call_back_reason.clone(),
    })
}

/// The decisions that depart from the order of the results, of all announcements of a competition
/// that the public knows of: by stage and coalition.
///
/// # Errors
/// When the database fails.
pub fn departures_known(
    r: &mut Reads<'_>,
    competition: CompetitionId,
) -> Result<BTreeSet<(StageId, CoalitionId)>> {
    let now = r.now();
    let mut announcements = store::announcements_in(r, competition)?;
    announcements.retain(|announcement| announcement.public_at <= now);
    announcements.sort_by_key(|announcement| (announcement.public_at, announcement.told_at));
    let mut departures = BTreeSet::new();
    for announcement in announcements {
        let record: Record = serde_json::from_str(&announcement.record)?;
        // The last word on a case counts: what was corrected departs no more.
        for (_, coalition) in record.decisions {
            let case = (announcement.stage, coalition);
            if record.out_of_order.contains(&coalition) {
                departures.insert(case);
            } else {
                departures.remove(&case);
            }
        }
    }
    Ok(departures)
}

/// The announcements of a stage, those called back too.
pub fn list(r: &mut Reads<'_>, who: &Person, stage: StageId) -> Result<Vec<AnnouncementView>> {
    let desk = desk(r, who, stage, Right::Announce)?;
    let items = store::announcements_of(r, stage)?
        .iter()
        .map(|announcement| view(r, &desk, announcement))
        .collect::<Result<_>>()?;
    Ok(items)
}

/// An announcement, with the desk of its stage, for who announces there.
///
/// # Errors
/// 404 and 403 as [`desk_behind`].
pub(super) fn find(
    r: &mut Reads<'_>,
    who: &Person,
    id: AnnouncementId,
) -> Result<(Desk, Announcement)> {
    let announcement = store::announcement(r, id)?.or_not_found()?;
    let desk = desk_behind(r, who, announcement.stage, Right::Announce)?;
    Ok((desk, announcement))
}

/// One announcement, called back or not.
pub fn show(r: &mut Reads<'_>, who: &Person, id: AnnouncementId) -> Result<AnnouncementView> {
    let (desk, announcement) = find(r, who, id)?;
    view(r, &desk, &announcement)
}
