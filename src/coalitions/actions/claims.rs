//! Deciding who speaks for a place.

use serde::Deserialize;
use serde_json::{Value, json};
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

/// Why a claim is refused or revoked.
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
    let reason = reason_in(input)?;
    require_undecided(&claim)?;
    let coalition = &standing.coalition;
    store::decide_claim(w, id, ClaimState::Refused, Some(who.id), &reason)?;
    let detail = json!({ "place": claim.place_id });
    super::trace(w, who, "claim.refused", ("claim", id.0), coalition, detail)?;
    let told = ("claim-refused", "claim-refused-and-over");
    tell_of_loss(w, who, coalition, &claim, told, ("reason", &reason))?;
    let standing = stand(w, who, coalition.id)?;
    showing::view(w, &standing)
}

/// Takes a confirmed claim back, with a reason: the place is free again, and the claims that
/// were lost to this one wait for an officer as before.
///
/// # Errors
/// 404 and 403 as for any coalition; 409 when it is not confirmed or the coalition accepted an
/// award; 422 without a reason.
pub fn revoke(
    w: &mut Writes<'_>,
    who: &Person,
    id: ClaimId,
    input: &Input<Refusing>,
) -> Result<CoalitionView> {
    let (standing, claim) = claim_before(w, who, id)?;
    let reason = reason_in(input)?;
    if claim.state != ClaimState::Confirmed {
        let words = "Only a confirmed claim is revoked.";
        return Err(Failure::rule(Rule::WrongPhase, words));
    }
    let coalition = &standing.coalition;
    require_no_award(w, coalition)?;
    store::decide_claim(w, id, ClaimState::Revoked, Some(who.id), &reason)?;
    let detail = json!({ "place": claim.place_id });
    super::trace(w, who, "claim.revoked", ("claim", id.0), coalition, detail)?;
    let told = ("claim-revoked", "claim-revoked-and-over");
    tell_of_loss(w, who, coalition, &claim, told, ("reason", &reason))?;
    open_again(w, who, &claim)?;
    let standing = stand(w, who, coalition.id)?;
    showing::view(w, &standing)
}

fn reason_in(input: &Input<Refusing>) -> Result<String> {
    let mut reading = Reading::default();
    let reason = reading.reason("/reason", &input.get()?.reason);
    refuse_if_any(reading.errors())?;
    Ok(reason)
}

/// Money is promised to who speaks for these places.
pub(super) fn require_no_award(r: &mut Reads<'_>, coalition: &Coalition) -> Result<()> {
    if !store::award_is_accepted(r, coalition.id)? {
        return Ok(());
    }
    let words = "The coalition accepted an award for its places.";
    Err(Failure::rule(Rule::WrongPhase, words))
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
    for claim in store::undecided_claims_to(w, won.competition_id, won.place_id)? {
        let Some(loser) = store::coalition(w, claim.coalition_id)? else {
            continue;
        };
        let reason = "The claim of another coalition was confirmed.";
        store::decide_claim(w, claim.id, ClaimState::Lost, None, reason)?;
        let detail = json!({ "place": claim.place_id });
        super::trace(w, who, "claim.lost", ("claim", claim.id.0), &loser, detail)?;
        let told = ("claim-lost", "claim-lost-and-over");
        tell_of_loss(w, who, &loser, &claim, told, ("holder", &winner.name))?;
    }
    Ok(())
}

/// Tells the members that their coalition no longer claims a place: by the first kind of letter
/// where another place is left, by the second where the coalition is over with it.
fn tell_of_loss(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: &Coalition,
    claim: &Claim,
    (lost, over): (&'static str, &'static str),
    (field, words): (&str, &str),
) -> Result<()> {
    let is_over = end_without_place(w, who, coalition)?;
    let mut fields = json!({
        "coalition": coalition.name,
        "competition": super::competition_of(w, coalition)?.title(),
        "place": place_title(w, claim.place_id)?,
    });
    fields[field] = Value::from(words);
    let news = News {
        kind: if is_over { over } else { lost },
        cause: ("claim", claim.id.0),
        fields,
    };
    letters::tell_members(w, coalition, &news)
}

/// A coalition that lost its last place is over, and so is its submission; its members can still
/// read both. Gives whether it is.
fn end_without_place(w: &mut Writes<'_>, who: &Person, coalition: &Coalition) -> Result<bool> {
    if !store::places_of(w, coalition.id)?.is_empty() {
        return Ok(false);
    }
    store::dissolve(w, coalition.id)?;
    let object = ("coalition", coalition.id.0);
    super::trace(w, who, "coalition.dissolved", object, coalition, json!({}))?;
    Ok(true)
}

/// A place that nobody holds any more is open to those who lost it: their claims wait for an
/// officer as before, and a coalition that was over for want of this place lives again.
pub(super) fn open_again(w: &mut Writes<'_>, who: &Person, left: &Claim) -> Result<()> {
    let lost = store::claims_to(w, left.competition_id, left.place_id, ClaimState::Lost)?;
    for claim in lost {
        let Some(coalition) = store::coalition(w, claim.coalition_id)? else {
            continue;
        };
        store::claim_again(
            w,
            &Claim {
                state: ClaimState::Claimed,
                decided_by: None,
                decided_at: None,
                reason: String::new(),
                ..claim.clone()
            },
        )?;
        let object = ("claim", claim.id.0);
        let detail = json!({ "place": claim.place_id });
        super::trace(w, who, "claim.reopened", object, &coalition, detail)?;
        if !coalition.is_live() {
            store::revive(w, coalition.id)?;
            let object = ("coalition", coalition.id.0);
            super::trace(w, who, "coalition.revived", object, &coalition, json!({}))?;
        }
        let fields = json!({
            "coalition": coalition.name,
            "competition": super::competition_of(w, &coalition)?.title(),
            "place": place_title(w, claim.place_id)?,
        });
        let news = News {
            kind: "claim-reopened",
            cause: object,
            fields,
        };
        letters::tell_members(w, &coalition, &news)?;
    }
    Ok(())
}

pub(super) fn place_title(r: &mut Reads<'_>, id: PlaceId) -> Result<String> {
    let place = competitions::places(r, &[id])?.pop().or_not_found()?;
    Ok(place.title())
}
