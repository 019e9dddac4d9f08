//! Who is in a group, at this moment, with what a letter can tell each.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::model::{MailingFilters, MailingGroup};
use super::reviewers;
use crate::awards::actions::offers::awards_of;
use crate::coalitions::model::{ClaimState, Coalition, MemberRole, Sector};
use crate::coalitions::{coverage, store as coalitions};
use crate::competitions::model::{Competition, Stage};
use crate::competitions::store as competitions;
use crate::decisions::budget::OfferState;
use crate::decisions::model::Outcome;
use crate::decisions::store as decisions;
use crate::people::Role;
use crate::people::store::{self as people, PersonRow};
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::ids::{CoalitionId, PersonId, PlaceId};
use crate::platform::money::Money;
use crate::platform::refusal::Result;
use crate::proposals::actions::desk::coalitions_at;
use crate::proposals::actions::waivers::still_taking;
use crate::proposals::store as proposals;

/// A group as it is asked for.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The competition.
    pub competition: &'a Competition,
    /// The stage that the group is of.
    pub stage: Option<&'a Stage>,
    /// The group.
    pub group: MailingGroup,
    /// By what it is narrowed.
    pub filters: &'a MailingFilters,
}

/// What a letter can tell its reader, beside what it tells everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The name of the reader's coalition.
    pub coalition: String,
    /// Sectors for which nobody sits at its table.
    pub lacking: Vec<Sector>,
    /// Places whose claims nobody decided on.
    pub places: Vec<String>,
    /// Until when its offer can be answered.
    pub answer_by: Option<Instant>,
    /// What is offered.
    pub total: Option<Money>,
    /// How many reviews of the reader's are due and not in.
    pub open_reviews: usize,
}

/// Somebody in a group.
#[derive(Clone, Debug)]
pub struct InGroup {
    /// Who.
    pub person: PersonId,
    /// The coalitions as whose member, or for whose submissions, they are in it; none for those who
    /// are in it for another reason.
    pub coalitions: Vec<CoalitionId>,
    /// What a letter can tell them.
    pub told: Told,
    /// What of it is shown to whom these coalitions are closed; none where that is nothing.
    pub shown: Option<Told>,
}

/// Everybody in a group; `closed`: the coalitions of which the one who looks may see nothing.
///
/// # Errors
/// When the database fails.
pub fn in_group(
    r: &mut Reads<'_>,
    wanted: &Wanted<'_>,
    closed: &HashSet<CoalitionId>,
) -> Result<Vec<InGroup>> {
    match (wanted.group, wanted.stage) {
        (MailingGroup::Office, _) => office(r, wanted.competition),
        (MailingGroup::ReviewersLate, Some(stage)) => {
            reviewers::late(r, stage, wanted.filters.within_days.unwrap_or(0), closed)
        }
        (MailingGroup::ReviewersInvited, Some(stage)) => reviewers::invited(r, stage),
        (MailingGroup::Reviewers, Some(stage)) => reviewers::on_the_panel(r, stage),
        _ => members(r, wanted, closed),
    }
}

fn office(r: &mut Reads<'_>, competition: &Competition) -> Result<Vec<InGroup>> {
    let mut office = BTreeSet::new();
    for role in [Role::Officer, Role::Assistant] {
        office.extend(people::holders(r, competition.id, role)?);
    }
    Ok(office.into_iter().map(of_no_coalition).collect())
}

/// Somebody who is in a group for no coalition's sake.
pub(super) fn of_no_coalition(person: PersonId) -> InGroup {
    InGroup {
        person,
        coalitions: Vec::new(),
        told: Told::default(),
        shown: Some(Told::default()),
    }
}

/// The members of the coalitions that a group is of.
fn members(
    r: &mut Reads<'_>,
    wanted: &Wanted<'_>,
    closed: &HashSet<CoalitionId>,
) -> Result<Vec<InGroup>> {
    let only = &wanted.filters.coalitions;
    let mut found = Vec::new();
    for (coalition, told) in of_coalitions(r, wanted)? {
        if !only.is_empty() && !only.contains(&coalition.id) {
            continue;
        }
        let told = Told {
            coalition: coalition.name,
            ..told
        };
        let shown = (!closed.contains(&coalition.id)).then(|| told.clone());
        for member in coalitions::live_members(r, coalition.id)? {
            if has_a_part(member.role, &wanted.filters.roles) {
                found.push(InGroup {
                    person: member.person_id,
                    coalitions: vec![coalition.id],
                    told: told.clone(),
                    shown: shown.clone(),
                });
            }
        }
    }
    Ok(found)
}

fn has_a_part(role: MemberRole, wanted: &[MemberRole]) -> bool {
    wanted.is_empty() || wanted.contains(&role)
}

type Found = Vec<(Coalition, Told)>;

/// The live coalitions that a group is of, by name.
fn of_coalitions(r: &mut Reads<'_>, wanted: &Wanted<'_>) -> Result<Found> {
    match (wanted.group, wanted.stage) {
        (MailingGroup::SeatsUnfilled, _) => lacking_seats(r, wanted),
        (MailingGroup::ClaimsWaiting, _) => with_claims_waiting(r, wanted.competition),
        (MailingGroup::AwardsUnanswered, _) => with_offers(r, wanted),
        (group, Some(stage)) => at_stage(r, group, stage),
        (_, None) => {
            let all = coalitions::coalitions_of(r, wanted.competition.id)?;
            Ok(all.into_iter().map(bare).collect())
        }
    }
}

fn bare(coalition: Coalition) -> (Coalition, Told) {
    (coalition, Told::default())
}

fn at_stage(r: &mut Reads<'_>, group: MailingGroup, stage: &Stage) -> Result<Found> {
    let submitted: HashSet<CoalitionId> =
        proposals::summaries_in_force(r, stage.id, stage.competition_id)?
            .iter()
            .map(|submission| submission.coalition_id)
            .collect();
    // Whoever has more time is in none of these groups until it is over: what they do is sealed.
    let coming = if group.tells_of_submitting() && stage.sealed {
        still_taking(r, stage)?
    } else {
        HashSet::new()
    };
    let mut there = coalitions_at(r, stage)?;
    there.retain(|coalition| !coming.contains(&coalition.id));
    let mut found = Vec::new();
    for coalition in there {
        let is_in = match group {
            MailingGroup::Submitted => submitted.contains(&coalition.id),
            MailingGroup::DraftsNotSubmitted => {
                !submitted.contains(&coalition.id)
                    && proposals::proposal_of(r, coalition.id)?.is_some()
            }
            MailingGroup::NotBegun => proposals::proposal_of(r, coalition.id)?.is_none(),
            _ => true,
        };
        if is_in {
            found.push(bare(coalition));
        }
    }
    Ok(found)
}

fn lacking_seats(r: &mut Reads<'_>, wanted: &Wanted<'_>) -> Result<Found> {
    let required = &wanted.competition.required_sectors;
    let asked = &wanted.filters.lacking;
    let mut found = Vec::new();
    for coalition in coalitions::coalitions_of(r, wanted.competition.id)? {
        let seats = coalitions::seats_of(r, coalition.id)?;
        let lacking = coverage(required, &seats).lacking;
        let is_in = if asked.is_empty() {
            !lacking.is_empty()
        } else {
            lacking.iter().any(|one| asked.contains(one))
        };
        if is_in {
            let told = Told {
                lacking,
                ..Told::default()
            };
            found.push((coalition, told));
        }
    }
    Ok(found)
}

fn with_claims_waiting(r: &mut Reads<'_>, competition: &Competition) -> Result<Found> {
    let mut waiting: BTreeMap<CoalitionId, Vec<PlaceId>> = BTreeMap::new();
    for claim in coalitions::claims_in(r, competition.id)? {
        if claim.state == ClaimState::Claimed {
            let places = waiting.entry(claim.coalition_id).or_default();
            places.push(claim.place_id);
        }
    }
    let ids: Vec<PlaceId> = waiting.values().flatten().copied().collect();
    let titles: HashMap<PlaceId, String> = competitions::places(r, &ids)?
        .into_iter()
        .map(|place| (place.id, place.title()))
        .collect();
    let mut found = Vec::new();
    for coalition in coalitions::coalitions_of(r, competition.id)? {
        if let Some(places) = waiting.get(&coalition.id) {
            let mut places: Vec<String> = places
                .iter()
                .filter_map(|id| titles.get(id).cloned())
                .collect();
            places.sort();
            let told = Told {
                places,
                ..Told::default()
            };
            found.push((coalition, told));
        }
    }
    Ok(found)
}

fn with_offers(r: &mut Reads<'_>, wanted: &Wanted<'_>) -> Result<Found> {
    let (competition, now) = (wanted.competition, r.now());
    let offered: HashSet<CoalitionId> = decisions::decisions_of_competition(r, competition.id)?
        .into_iter()
        .filter(|one| one.content.outcome == Outcome::Award && one.is_told(now))
        .map(|one| one.coalition)
        .collect();
    let ends = wanted
        .filters
        .within_days
        .map(|days| now.plus_days(i64::from(days)));
    let mut found = Vec::new();
    for coalition in coalitions::coalitions_of(r, competition.id)? {
        if !offered.contains(&coalition.id) {
            continue;
        }
        for award in awards_of(r, &coalition)? {
            let answer_by = award.decision.content.answer_by;
            let ends_by = |end| answer_by.is_some_and(|last| last <= end);
            if award.state == OfferState::Offered && ends.is_none_or(ends_by) {
                let total = Money::new(award.decision.total(), &competition.currency);
                let told = Told {
                    answer_by,
                    total: Some(total),
                    ..Told::default()
                };
                found.push((coalition.clone(), told));
            }
        }
    }
    Ok(found)
}

/// The accounts of some people, by identity.
///
/// # Errors
/// When the database fails.
pub fn accounts(r: &mut Reads<'_>, found: &[InGroup]) -> Result<HashMap<PersonId, PersonRow>> {
    let ids: BTreeSet<PersonId> = found.iter().map(|one| one.person).collect();
    let ids: Vec<PersonId> = ids.into_iter().collect();
    Ok(people::persons(r, &ids)?
        .into_iter()
        .map(|row| (row.id, row))
        .collect())
}
