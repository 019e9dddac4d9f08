//! Deciding who speaks for a place.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::letters::{self, News};
use super::showing;
use crate::coalitions::access::Right;
use crate::coalitions::model::{Claim, ClaimState, Coalition};
use crate::coalitions::views::CoalitionView;
use crate::coalitions::words::Reading;
use crate::coalitions::{Standing, doors, stand, stand_with, store};
use crate::competitions::store as competitions;
use crate::people::Person;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::Input;
use crate::platform::ids::{ClaimId, PlaceId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule, refuse_if_any};

/// Why a claim is refused.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refusing {
    /// Read by the coalition's members.
    pub reason: String,
}

/// Confirms a claim: its coalition holds the place from now on, and whoever else claimed it has
/// lost it.
///
/// # Errors
/// 404 and 403 as for any coalition; 409 when it was decided already or another holds the place.
pub fn confirm(w: &mut Writes<'_>, who: &Person, id: ClaimId) -> Result<CoalitionView> {
    let (standing, claim) = claim_before(w, who, id)?;
    require_undecided(&claim)?;
    require_no_other_holder(w, who, &claim)?;
    let coalition = &standing.coalition;
    store::decide_claim(
        w,
        id,
        ClaimState::Confirmed,
        Some(who.id),
        "Confirmed by an officer.",
    )?;
    let detail = json!({ "place": claim.place_id });
    super::trace(
        w,
        who,
        "claim.confirmed",
        ("claim", id.0),
        coalition,
        detail,
    )?;
    let fields = json!({
        "coalition": coalition.name,
        "competition": super::competition_of(w, coalition)?.title(),
        "place": place_title(w, claim.place_id)?,
    });
    let news = News {
        kind: "claim-confirmed",
        cause: ("claim", id.0),
        fields,
    };
    letters::tell_members(w, coalition, &news)?;
    take_from_others(w, who, &claim)?;
    showing::view(w, &standing)
}

/// Refuses a claim with a reason; a coalition without a place left is over.
///
/// # Errors
/// 404 and 403 as for any coalition; 409 when it was decided already; 422 without a reason.
pub fn refuse(
    w: &mut Writes<'_>,
    who: &Person,
    id: ClaimId,
    input: &Input<Refusing>,
) -> Result<CoalitionView> {
    let (standing, claim) = claim_before(w, who, id)?;
    let mut reading = Reading::default();
    let reason = reading.reason("/reason", &input.get()?.reason);
    refuse_if_any(reading.errors())?;
    require_undecided(&claim)?;
    let coalition = &standing.coalition;
    store::decide_claim(w, id, ClaimState::Refused, Some(who.id), &reason)?;
    let detail = json!({ "place": claim.place_id });
    super::trace(w, who, "claim.refused", ("claim", id.0), coalition, detail)?;
    let fields = json!({
        "coalition": coalition.name,
        "competition": super::competition_of(w, coalition)?.title(),
        "place": place_title(w, claim.place_id)?,
        "reason": reason,
    });
    let news = News {
        kind: "claim-refused",
        cause: ("claim", id.0),
        fields,
    };
    letters::tell_members(w, coalition, &news)?;
    end_without_place(w, who, coalition)?;
    let standing = stand(w, who, coalition.id)?;
    showing::view(w, &standing)
}

fn claim_before(w: &mut Writes<'_>, who: &Person, id: ClaimId) -> Result<(Standing, Claim)> {
    let claim = store::claim(w, id)?.or_not_found()?;
    let standing = stand_with(w, who, claim.coalition_id, Right::DecideClaims)?;
    Ok((standing, claim))
}

fn require_undecided(claim: &Claim) -> Result<()> {
    if claim.state == ClaimState::Claimed {
        return Ok(());
    }
    let words = format!("This claim is {} already.", claim.state);
    Err(Failure::rule(Rule::WrongPhase, words))
}

fn require_no_other_holder(r: &mut Reads<'_>, who: &Person, claim: &Claim) -> Result<()> {
    let Some(holder) = store::holder_of(r, claim.competition_id, claim.place_id)? else {
        return Ok(());
    };
    let words = if doors::is_closed(r, who.id, holder)? {
        "Another coalition holds this place.".to_owned()
    } else {
        let holder = store::coalition(r, holder)?.or_not_found()?;
        format!("“{}” holds this place.", holder.name)
    };
    Err(Failure::rule(Rule::PlaceTaken, words))
}

/// Whoever else claimed the place without being confirmed has lost it, and is told so.
pub(super) fn take_from_others(w: &mut Writes<'_>, who: &Person, won: &Claim) -> Result<()> {
    let winner = store::coalition(w, won.coalition_id)?.or_not_found()?;
    let competition = super::competition_of(w, &winner)?;
    let place = place_title(w, won.place_id)?;
    for claim in store::undecided_claims_to(w, won.competition_id, won.place_id)? {
        let Some(loser) = store::coalition(w, claim.coalition_id)? else {
            continue;
        };
        let reason = "The claim of another coalition was confirmed.";
        store::decide_claim(w, claim.id, ClaimState::Lost, None, reason)?;
        let detail = json!({ "place": claim.place_id });
        super::trace(w, who, "claim.lost", ("claim", claim.id.0), &loser, detail)?;
        let fields = json!({
            "coalition": loser.name,
            "competition": competition.title(),
            "place": place,
            "holder": winner.name,
        });
        let news = News {
            kind: "claim-lost",
            cause: ("claim", claim.id.0),
            fields,
        };
        letters::tell_members(w, &loser, &news)?;
        end_without_place(w, who, &loser)?;
    }
    Ok(())
}

/// A coalition that lost its last place is over; its members can still read it.
fn end_without_place(w: &mut Writes<'_>, who: &Person, coalition: &Coalition) -> Result<()> {
    if !store::places_of(w, coalition.id)?.is_empty() {
        return Ok(());
    }
    store::dissolve(w, coalition.id)?;
    let object = ("coalition", coalition.id.0);
    super::trace(w, who, "coalition.dissolved", object, coalition, json!({}))
}

fn place_title(r: &mut Reads<'_>, id: PlaceId) -> Result<String> {
    let place = competitions::places(r, &[id])?.pop().or_not_found()?;
    Ok(place.title())
}
