//! A city comes in: may it apply, who speaks for it, who came first.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::eligibility::{Holder, NO_SUCH_PLACE, PlaceAsked, holder_of, told_against};
use super::letters::{self, News};
use super::showing;
use crate::coalitions::model::{
    Claim, ClaimState, Coalition, FOUNDED_AT_MOST, MemberRole, PLACES_AT_MOST,
};
use crate::coalitions::views::CoalitionView;
use crate::coalitions::words::{Reading, domain_of};
use crate::coalitions::{stand, store};
use crate::competitions::model::{
    Competition, Eligibility, EligibilityVerdict, Phase, Place, eligible,
};
use crate::competitions::store as competitions;
use crate::people::Person;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, Input};
use crate::platform::ids::{CoalitionId, CompetitionId, PlaceId};
use crate::platform::mail_providers;
use crate::platform::refusal::{Failure, Refusal, Result, Rule, refuse_if_any};

/// A coalition to be founded.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Founding {
    /// What it calls itself.
    #[schema(example = "Chelsea Thrives")]
    pub name: String,
    /// The organisation that leads it.
    pub lead_organisation: String,
    /// The organisation that takes the money, where another.
    #[serde(default)]
    pub fiscal_agent: Option<String>,
    /// The places that it claims to speak for; several for a joint coalition.
    pub places: Vec<PlaceAsked>,
}

/// Founds a coalition; the founder becomes its convenor. A claim is confirmed at once when the
/// founder's verified address is of the place's own domain; until it is confirmed, it blocks
/// nobody.
///
/// # Errors
/// 404 when the caller may not see the competition; 409 when their address is not verified, the
/// call is not open, a place may not apply, or another coalition holds a place.
pub fn found(
    w: &mut Writes<'_>,
    who: &Person,
    competition: CompetitionId,
    input: &Input<Founding>,
) -> Result<Created<CoalitionView>> {
    let competition = super::competition_seen(w, who, competition)?;
    who.require_verified()?;
    let founding = input.get()?;
    let (mut coalition, places) = read(w, who, &competition, &founding)?;
    require_open_call(w, &competition)?;
    let claims = judge(w, who, &competition, &coalition, &founding.places, &places)?;
    require_few(w, who, competition.id)?;

    coalition.id = w.fresh_id();
    store::insert_coalition(w, &coalition)?;
    super::join(
        w,
        &coalition,
        who.id,
        MemberRole::Convenor,
        Vec::new(),
        None,
    )?;
    for mut claim in claims {
        claim.coalition_id = coalition.id;
        store::insert_claim(w, &claim)?;
        made(w, who, &coalition, &claim)?;
    }
    super::trace(
        w,
        who,
        "coalition.founded",
        ("coalition", coalition.id.0),
        &coalition,
        json!({ "places": places.iter().map(|place| place.id).collect::<Vec<_>>() }),
    )?;
    tell(w, who, &competition, &coalition, &places)?;
    let standing = stand(w, who, coalition.id)?;
    let view = showing::view(w, &standing)?;
    Ok(Created::at(
        format!("/api/v1/coalitions/{}", coalition.id),
        view,
    ))
}

/// What follows from a claim that is stored: its trace, and, where an address confirmed it, that
/// nobody else claims the place any more.
pub(super) fn made(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    claim: &Claim,
) -> Result<()> {
    let detail = json!({ "place": claim.place_id, "state": claim.state });
    let object = ("claim", claim.id.0);
    super::trace(w, who, "claim.made", object, coalition, detail)?;
    if claim.state == ClaimState::Confirmed {
        super::claims::take_from_others(w, who, claim)?;
    }
    Ok(())
}

fn read(
    w: &mut Writes<'_>,
    who: &Person,
    competition: &Competition,
    founding: &Founding,
) -> Result<(Coalition, Vec<Place>)> {
    let mut reading = Reading::default();
    let coalition = Coalition {
        id: CoalitionId(0),
        competition_id: competition.id,
        name: reading.name("/name", &founding.name),
        lead_organisation: reading.name("/lead_organisation", &founding.lead_organisation),
        fiscal_agent: read_agent(&mut reading, founding.fiscal_agent.as_deref()),
        founded_by: who.id,
        founded_at: w.now(),
        dissolved_at: None,
        version: 1,
    };
    let places = read_places(w, &mut reading, &founding.places)?;
    refuse_if_any(reading.errors())?;
    Ok((coalition, places))
}

/// The fiscal agent's name; an empty one is none.
pub(super) fn read_agent(reading: &mut Reading, typed: Option<&str>) -> Option<String> {
    typed
        .map(|name| reading.line("/fiscal_agent", name))
        .filter(|name| !name.is_empty())
}

fn read_places(
    r: &mut Reads<'_>,
    reading: &mut Reading,
    asked: &[PlaceAsked],
) -> Result<Vec<Place>> {
    if asked.is_empty() || asked.len() > PLACES_AT_MOST {
        reading.wrong("/places", format!("Name 1 to {PLACES_AT_MOST} places."));
        return Ok(Vec::new());
    }
    let ids: Vec<PlaceId> = asked.iter().map(|one| one.place_id).collect();
    let found = competitions::places(r, &ids)?;
    let mut seen = HashSet::new();
    let mut places = Vec::new();
    for (at, id) in ids.iter().enumerate() {
        let pointer = format!("/places/{at}/place_id");
        if !seen.insert(*id) {
            reading.wrong(pointer, "This place is named twice.");
        } else if let Some(place) = found.iter().find(|place| place.id == *id) {
            places.push(place.clone());
        } else {
            reading.wrong(pointer, NO_SUCH_PLACE);
        }
    }
    Ok(places)
}

/// Places are claimed while the competition's first stage is open.
pub(super) fn require_open_call(r: &mut Reads<'_>, competition: &Competition) -> Result<()> {
    let now = r.now();
    let stages = competitions::stages_of(r, competition.id)?;
    let phase = stages
        .first()
        .map_or(Phase::Draft, |stage| stage.phase(now));
    match phase {
        Phase::Open => Ok(()),
        Phase::Draft | Phase::Scheduled => Err(Failure::rule(
            Rule::NotOpenYet,
            "Places can be claimed from the moment that the first stage opens.",
        )),
        _ => Err(Failure::rule(
            Rule::DeadlinePassed,
            "The deadline of the first stage has passed, so no place can be claimed any more.",
        )),
    }
}

/// One person can't hold a competition's coalitions by the dozen.
fn require_few(r: &mut Reads<'_>, who: &Person, competition: CompetitionId) -> Result<()> {
    if store::count_founded(r, competition, who.id)? >= FOUNDED_AT_MOST {
        return Err(Failure::rule(
            Rule::QuotaUsedUp,
            format!("One person founds at most {FOUNDED_AT_MOST} coalitions in a competition."),
        ));
    }
    Ok(())
}

/// Judges each place: eligible, not claimed by the same person before, free.
pub(super) fn judge(
    w: &mut Writes<'_>,
    who: &Person,
    competition: &Competition,
    coalition: &Coalition,
    all_asked: &[PlaceAsked],
    places: &[Place],
) -> Result<Vec<Claim>> {
    let mut against = Vec::new();
    let mut claims = Vec::new();
    for (asked, place) in all_asked.iter().zip(places) {
        let verdict = eligible(&competition.eligibility, &place.values(), &asked.answers);
        against.extend(told_against(competition, place, &verdict));
        claims.push(claim(w, who, coalition, place, asked, verdict));
    }
    if !against.is_empty() {
        return Err(Failure::rule(Rule::NotEligible, against.join(" ")));
    }
    for place in places {
        require_not_claimed_before(w, who, competition.id, place)?;
        require_free(w, who, competition.id, place)?;
    }
    Ok(claims)
}

fn claim(
    w: &Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    place: &Place,
    asked: &PlaceAsked,
    verdict: EligibilityVerdict,
) -> Claim {
    let confirmed = verdict.outcome == Eligibility::Eligible && speaks_by_address(who, place);
    Claim {
        id: w.fresh_id(),
        competition_id: coalition.competition_id,
        coalition_id: coalition.id,
        place_id: place.id,
        person_id: who.id,
        answers: asked.answers.clone(),
        verdict,
        state: if confirmed {
            ClaimState::Confirmed
        } else {
            ClaimState::Claimed
        },
        decided_by: None,
        decided_at: confirmed.then(|| w.now()),
        reason: if confirmed {
            BY_ADDRESS.to_owned()
        } else {
            String::new()
        },
        created_at: w.now(),
    }
}

const BY_ADDRESS: &str = "The founder's verified address is of the place's own domain.";

/// Whether a verified address is of the very domain that is on file for the place.
fn speaks_by_address(who: &Person, place: &Place) -> bool {
    let domain = place.mail_domain.as_deref().unwrap_or_default().trim();
    let own = !domain.is_empty() && !mail_providers::is_public(domain);
    who.verified && own && domain_of(&who.email).eq_ignore_ascii_case(domain)
}

fn require_not_claimed_before(
    r: &mut Reads<'_>,
    who: &Person,
    competition: CompetitionId,
    place: &Place,
) -> Result<()> {
    let mine = store::undecided_claims_to(r, competition, place.id)?
        .into_iter()
        .any(|claim| claim.person_id == who.id);
    if mine {
        return Err(Failure::rule(
            Rule::AlreadyThere,
            format!(
                "You claimed {} already; an officer will decide.",
                place.title()
            ),
        ));
    }
    Ok(())
}

/// Who comes second is shown that a coalition exists, and where to ask to join.
fn require_free(
    r: &mut Reads<'_>,
    who: &Person,
    competition: CompetitionId,
    place: &Place,
) -> Result<()> {
    let title = place.title();
    match holder_of(r, who, competition, place.id)? {
        None => Ok(()),
        Some(Holder::Hidden) => {
            let words = format!("Another coalition speaks for {title} in this competition.");
            Err(Failure::rule(Rule::PlaceTaken, words))
        }
        Some(Holder::Known(holder)) => {
            let words = format!(
                "“{}” speaks for {title} in this competition. To join it, ask its convenor: \
                 POST /api/v1/coalitions/{}/join-requests.",
                holder.name, holder.coalition_id
            );
            Err(Refusal::PlaceTaken(words, holder).into())
        }
    }
}

/// The founder has it in writing; the officers hear of each new claim.
fn tell(
    w: &mut Writes<'_>,
    who: &Person,
    competition: &Competition,
    coalition: &Coalition,
    places: &[Place],
) -> Result<()> {
    let undecided = store::claims_of(w, coalition.id)?
        .iter()
        .any(|claim| claim.state == ClaimState::Claimed);
    let places: Vec<String> = places.iter().map(Place::title).collect();
    let places = places.join("; ");
    let founded = News {
        kind: if undecided {
            "coalition-founded-unconfirmed"
        } else {
            "coalition-founded"
        },
        cause: ("coalition", coalition.id.0),
        fields: json!({
            "coalition": coalition.name,
            "competition": competition.title(),
            "places": places,
        }),
    };
    letters::tell(w, coalition, who.id, &founded)?;
    let made = News {
        kind: if undecided {
            "claim-made"
        } else {
            "claim-made-and-confirmed"
        },
        cause: ("coalition", coalition.id.0),
        fields: json!({
            "coalition": coalition.name,
            "competition": competition.title(),
            "places": places,
            "founder": who.name,
            "address": who.email,
        }),
    };
    letters::tell_officers(w, coalition, &made)
}
