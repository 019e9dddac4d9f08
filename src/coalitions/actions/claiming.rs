//! A joint coalition takes on another place, or gives one up; and a coalition is ended by its
//! convenor.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::claims::{open_again, place_title, require_no_award};
use super::eligibility::{PlaceAsked, place_asked};
use super::founding::{judge, made, require_open_call};
use super::letters::{self, News};
use super::showing;
use crate::coalitions::access::Right;
use crate::coalitions::grace::demand_no_grace;
use crate::coalitions::model::{Claim, ClaimState, Coalition, PLACES_AT_MOST};
use crate::coalitions::views::CoalitionView;
use crate::coalitions::{stand, stand_with, store};
use crate::competitions::model::{Competition, Place};
use crate::people::Person;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, Input};
use crate::platform::ids::{ClaimId, CoalitionId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule};

/// The word that confirms that a coalition is dissolved.
pub const CONFIRMATION: &str = "dissolve";

/// The confirmation that a coalition is dissolved.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dissolving {
    /// The word `dissolve`, so that nobody ends a coalition by accident.
    #[schema(example = "dissolve")]
    pub confirm: String,
}

/// Claims a further place, judged and told as at the founding.
///
/// # Errors
/// 404, 403 and 422 as everywhere; 409 when the first stage is not open, the place may not apply,
/// another coalition holds it, or an officer decided on this claim before.
pub fn claim(
    w: &mut Writes<'_>,
    who: &Person,
    id: CoalitionId,
    input: &Input<PlaceAsked>,
) -> Result<Created<CoalitionView>> {
    let standing = stand_with(w, who, id, Right::ChoosePlaces)?;
    who.require_verified()?;
    let coalition = &standing.coalition;
    let competition = super::competition_of(w, coalition)?;
    let asked = input.get()?;
    let place = place_asked(w, &asked)?;
    require_open_call(w, &competition)?;
    let earlier = earlier_claim(w, coalition, &place)?;
    require_room(w, coalition)?;
    let places = [place];
    let claim = judge(w, who, &competition, coalition, &[asked], &places)?
        .pop()
        .or_not_found()?;
    let claim = if let Some(earlier) = earlier {
        let again = Claim {
            id: earlier.id,
            ..claim
        };
        store::claim_again(w, &again)?;
        again
    } else {
        store::insert_claim(w, &claim)?;
        claim
    };
    made(w, who, coalition, &claim)?;
    tell_of_claim(w, who, &competition, coalition, &claim)?;
    let location = format!("/api/v1/coalitions/{id}");
    Ok(Created::at(location, showing::view(w, &standing)?))
}

/// A claim to the place that this coalition lost or gave up before, to be made anew.
fn earlier_claim(r: &mut Reads<'_>, coalition: &Coalition, place: &Place) -> Result<Option<Claim>> {
    let earlier = store::claims_of(r, coalition.id)?
        .into_iter()
        .find(|claim| claim.place_id == place.id);
    let words = match earlier.as_ref().map(|claim| claim.state) {
        None | Some(ClaimState::Lost | ClaimState::GivenUp) => return Ok(earlier),
        Some(ClaimState::Claimed | ClaimState::Confirmed) => {
            "Your coalition claims this place already."
        }
        Some(ClaimState::Refused | ClaimState::Revoked) => {
            "An officer decided against this claim: speak with the program officers."
        }
    };
    Err(Failure::rule(Rule::AlreadyThere, words))
}

fn require_room(r: &mut Reads<'_>, coalition: &Coalition) -> Result<()> {
    if store::places_of(r, coalition.id)?.len() < PLACES_AT_MOST {
        return Ok(());
    }
    let words = format!("At most {PLACES_AT_MOST} places apply together.");
    Err(Failure::rule(Rule::QuotaUsedUp, words))
}

fn tell_of_claim(
    w: &mut Writes<'_>,
    who: &Person,
    competition: &Competition,
    coalition: &Coalition,
    claim: &Claim,
) -> Result<()> {
    let news = News {
        kind: if claim.state == ClaimState::Confirmed {
            "claim-added-and-confirmed"
        } else {
            "claim-added"
        },
        cause: ("claim", claim.id.0),
        fields: json!({
            "coalition": coalition.name,
            "competition": competition.title(),
            "place": place_title(w, claim.place_id)?,
            "person": who.name,
            "address": who.email,
        }),
    };
    letters::tell_officers(w, coalition, &news)
}

/// Gives one of several places up; whoever lost it may be heard again.
///
/// # Errors
/// 404 and 403 as everywhere; 409 when the claim no longer stands, it is the last one, an award is
/// accepted, or a deadline's grace runs.
pub fn give_up(w: &mut Writes<'_>, who: &Person, id: ClaimId) -> Result<()> {
    let claim = store::claim(w, id)?.or_not_found()?;
    let standing = stand(w, who, claim.coalition_id)?;
    standing.demand(Right::ChoosePlaces)?;
    let coalition = &standing.coalition;
    if !claim.is_live() {
        let words = "Your coalition no longer claims this place.";
        return Err(Failure::rule(Rule::WrongPhase, words));
    }
    if store::places_of(w, coalition.id)?.len() < 2 {
        let words = "This is the coalition's last place: dissolve the coalition instead.";
        return Err(Failure::rule(Rule::NotReady, words));
    }
    require_no_award(w, coalition)?;
    demand_no_grace(w, coalition.competition_id)?;
    let_go(w, who, coalition, &claim)?;
    let news = News {
        kind: "claim-given-up",
        cause: ("claim", id.0),
        fields: json!({
            "coalition": coalition.name,
            "competition": super::competition_of(w, coalition)?.title(),
            "place": place_title(w, claim.place_id)?,
            "convenor": who.name,
        }),
    };
    letters::tell_members(w, coalition, &news)?;
    letters::tell_officers(w, coalition, &news)
}

/// Ends a coalition: a separate, confirmed act. Its places are free again, and its members can
/// still read it.
///
/// # Errors
/// 404 and 403 as everywhere; 422 without the confirming word; 409 while a submission is in force.
pub fn dissolve(
    w: &mut Writes<'_>,
    who: &Person,
    id: CoalitionId,
    input: &Input<Dissolving>,
) -> Result<CoalitionView> {
    let standing = stand_with(w, who, id, Right::Dissolve)?;
    let coalition = &standing.coalition;
    if input.get()?.confirm != CONFIRMATION {
        let words = "Write “dissolve” to confirm.";
        return Err(Failure::invalid("/confirm", words));
    }
    if store::submission_is_in_force(w, id)? {
        let words = "A submission is in force: withdraw it first.";
        return Err(Failure::rule(Rule::NotReady, words));
    }
    store::dissolve(w, id)?;
    let object = ("coalition", id.0);
    super::trace(w, who, "coalition.dissolved", object, coalition, json!({}))?;
    for claim in store::claims_of(w, id)? {
        // What was lost is given up too, so that it does not come back when the place is free.
        if claim.is_live() || claim.state == ClaimState::Lost {
            let_go(w, who, coalition, &claim)?;
        }
    }
    let news = News {
        kind: "coalition-dissolved",
        cause: object,
        fields: json!({
            "coalition": coalition.name,
            "competition": super::competition_of(w, coalition)?.title(),
            "convenor": who.name,
        }),
    };
    letters::tell_members(w, coalition, &news)?;
    letters::tell_officers(w, coalition, &news)?;
    showing::show(w, who, id)
}

fn let_go(w: &mut Writes<'_>, who: &Person, coalition: &Coalition, claim: &Claim) -> Result<()> {
    let reason = "Given up by the convenor.";
    store::decide_claim(w, claim.id, ClaimState::GivenUp, Some(who.id), reason)?;
    let object = ("claim", claim.id.0);
    let detail = json!({ "place": claim.place_id });
    super::trace(w, who, "claim.given_up", object, coalition, detail)?;
    if claim.state == ClaimState::Confirmed {
        open_again(w, who, claim)?;
    }
    Ok(())
}
