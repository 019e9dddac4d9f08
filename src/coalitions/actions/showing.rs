//! Looking at coalitions: lists and single ones, as far as the caller may.

use std::collections::{HashMap, HashSet};

use crate::coalitions::access;
use crate::coalitions::model::{Claim, ClaimState, Coalition, Member, Sector};
use crate::coalitions::views::{
    ClaimView, CoalitionLine, CoalitionView, PersonNamed, PlaceClaimed, PlaceNamed,
};
use crate::coalitions::{Standing, doors, stand, store};
use crate::competitions::model::Place;
use crate::competitions::store as competitions;
use crate::people::store as people;
use crate::people::{Person, Role};
use crate::platform::db::Reads;
use crate::platform::http::{Page, PageAsked};
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId, PlaceId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result};

/// Which coalitions of a competition are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Only those that claim this place.
    pub place: Option<PlaceId>,
    /// Only those with a claim in this state.
    pub claim: Option<ClaimState>,
    /// Only those that still speak for a place, or only those that do not.
    pub live: Option<bool>,
    /// Only those where nobody has joined yet for this sector.
    pub lacking: Option<Sector>,
}

/// The coalitions of a competition that the caller may see: to its officers, assistants and
/// approvers all but those closed to them, to everyone their own.
///
/// # Errors
/// 404 when they may not see the competition.
pub fn list(
    r: &mut Reads<'_>,
    who: &Person,
    competition: CompetitionId,
    wanted: impl FnOnce() -> Result<(Wanted, PageAsked)>,
) -> Result<Page<CoalitionLine>> {
    super::competition_seen(r, who, competition)?;
    let (wanted, asked) = wanted()?;
    let visible = visible_to(r, who, competition)?;
    let mut claims: HashMap<CoalitionId, Vec<Claim>> = HashMap::new();
    for claim in store::claims_in(r, competition)? {
        claims.entry(claim.coalition_id).or_default().push(claim);
    }
    let seated = match wanted.lacking {
        Some(sector) => store::seated_in(r, competition, sector)?,
        None => HashSet::default(),
    };
    let chosen = visible
        .into_iter()
        .filter(|(coalition, _)| {
            let claims = claims.get(&coalition.id).map_or(&[][..], Vec::as_slice);
            wanted.takes(coalition, claims) && !seated.contains(&coalition.id)
        })
        .collect();
    let page = Page::of_all(chosen, &asked, |(coalition, _): &(Coalition, _)| {
        (coalition.name.clone(), coalition.id.0)
    });
    let ids: Vec<PlaceId> = claims
        .values()
        .flatten()
        .map(|claim| claim.place_id)
        .collect();
    let places = places_named(r, &ids)?;
    Ok(page.map(|(coalition, member)| {
        let claims = claims.remove(&coalition.id).unwrap_or_default();
        line(coalition, member.as_ref(), &claims, &places)
    }))
}

impl Wanted {
    fn takes(&self, coalition: &Coalition, claims: &[Claim]) -> bool {
        self.live.is_none_or(|live| coalition.is_live() == live)
            && self
                .place
                .is_none_or(|place| claims.iter().any(|claim| claim.place_id == place))
            && self
                .claim
                .is_none_or(|state| claims.iter().any(|claim| claim.state == state))
    }
}

/// The coalitions of a competition that a person may see, with their own part in each, by name.
///
/// # Errors
/// When the database fails.
pub fn visible_to(
    r: &mut Reads<'_>,
    who: &Person,
    competition: CompetitionId,
) -> Result<Vec<(Coalition, Option<Member>)>> {
    let in_office = [Role::Officer, Role::Assistant, Role::Approver]
        .into_iter()
        .any(|role| access::reads(role) && who.is(role, competition));
    let mut own: HashMap<CoalitionId, Member> = store::memberships_of(r, who.id)?
        .into_iter()
        .map(|member| (member.coalition_id, member))
        .collect();
    let closed = if in_office {
        doors::closed_to(r, who.id)?
    } else {
        HashSet::default()
    };
    Ok(store::every_coalition_of(r, competition)?
        .into_iter()
        .filter(|coalition| {
            own.contains_key(&coalition.id) || (in_office && !closed.contains(&coalition.id))
        })
        .collect::<Vec<_>>()
        .into_iter()
        .map(|coalition| {
            let member = own.remove(&coalition.id);
            (coalition, member)
        })
        .collect())
}

/// One coalition.
///
/// # Errors
/// 404 when the caller may not know that it exists.
pub fn show(r: &mut Reads<'_>, who: &Person, id: CoalitionId) -> Result<CoalitionView> {
    let standing = stand(r, who, id)?;
    view(r, &standing)
}

/// What someone of this standing sees.
pub(super) fn view(r: &mut Reads<'_>, standing: &Standing) -> Result<CoalitionView> {
    let coalition = &standing.coalition;
    let claims = store::claims_of(r, coalition.id)?;
    let places = places_named(
        r,
        &claims
            .iter()
            .map(|claim| claim.place_id)
            .collect::<Vec<_>>(),
    )?;
    let people = people_named(r, claims.iter().map(|claim| claim.person_id))?;
    let mut claims: Vec<ClaimView> = claims
        .into_iter()
        .map(|claim| claim_view(claim, &places, &people))
        .collect::<Result<_>>()?;
    claims.sort_by(|one, other| one.place.order().cmp(&other.place.order()));
    let member = standing.member.as_ref();
    Ok(CoalitionView {
        id: coalition.id,
        competition_id: coalition.competition_id,
        name: coalition.name.clone(),
        lead_organisation: coalition.lead_organisation.clone(),
        fiscal_agent: coalition.fiscal_agent.clone(),
        live: coalition.is_live(),
        founded_at: coalition.founded_at,
        dissolved_at: coalition.dissolved_at,
        claims,
        your_role: member.map(|member| member.role),
        your_sections: member
            .map(|member| member.sections.clone())
            .unwrap_or_default(),
    })
}

fn line(
    coalition: Coalition,
    member: Option<&Member>,
    claims: &[Claim],
    places: &HashMap<PlaceId, PlaceNamed>,
) -> CoalitionLine {
    let mut places: Vec<PlaceClaimed> = claims
        .iter()
        .filter_map(|claim| {
            Some(PlaceClaimed {
                claim_id: claim.id,
                place: places.get(&claim.place_id)?.clone(),
                state: claim.state,
            })
        })
        .collect();
    places.sort_by(|one, other| one.place.order().cmp(&other.place.order()));
    CoalitionLine {
        id: coalition.id,
        live: coalition.is_live(),
        founded_at: coalition.founded_at,
        name: coalition.name,
        lead_organisation: coalition.lead_organisation,
        places,
        your_role: member.map(|member| member.role),
    }
}

fn claim_view(
    claim: Claim,
    places: &HashMap<PlaceId, PlaceNamed>,
    people: &HashMap<PersonId, PersonNamed>,
) -> Result<ClaimView> {
    Ok(ClaimView {
        id: claim.id,
        place: places
            .get(&claim.place_id)
            .cloned()
            .ok_or_else(|| absent("place"))?,
        state: claim.state,
        claimed_by: named(people, claim.person_id)?,
        answers: claim.answers,
        verdict: claim.verdict,
        created_at: claim.created_at,
        decided_at: claim.decided_at,
        reason: claim.reason,
    })
}

/// Places by identity, in a few words.
pub(super) fn places_named(
    r: &mut Reads<'_>,
    ids: &[PlaceId],
) -> Result<HashMap<PlaceId, PlaceNamed>> {
    let found = competitions::places(r, ids)?;
    Ok(found
        .into_iter()
        .map(|place| (place.id, place_named(place)))
        .collect())
}

fn place_named(place: Place) -> PlaceNamed {
    PlaceNamed {
        id: place.id,
        name: place.name,
        region: place.region,
        country: place.country,
    }
}

/// People by identity, as the others at the table know them.
pub(super) fn people_named(
    r: &mut Reads<'_>,
    ids: impl IntoIterator<Item = PersonId>,
) -> Result<HashMap<PersonId, PersonNamed>> {
    let ids: Vec<PersonId> = ids.into_iter().collect();
    Ok(people::persons(r, &ids)?
        .into_iter()
        .map(|row| {
            let person = PersonNamed {
                id: row.id,
                name: row.name,
                email: row.email,
                organisation: row.organisation,
            };
            (person.id, person)
        })
        .collect())
}

/// One person, as the others at the table know them.
pub(super) fn person_named(r: &mut Reads<'_>, id: PersonId) -> Result<PersonNamed> {
    people_named(r, [id])?.remove(&id).or_not_found()
}

/// One of the people that were read together.
pub(super) fn named(people: &HashMap<PersonId, PersonNamed>, id: PersonId) -> Result<PersonNamed> {
    people.get(&id).cloned().ok_or_else(|| absent("person"))
}

fn absent(what: &str) -> Failure {
    Failure::broken(format_args!(
        "a {what} that a coalition refers to is not there"
    ))
}
