//! Eligibility, founding, claims, amendments, and the coalition itself.

use actix_web::{delete, get, post, put};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::coalitions::actions::amendments;
use crate::coalitions::actions::claiming::{self, Dissolving};
use crate::coalitions::actions::claims::{self, Refusing};
use crate::coalitions::actions::eligibility::{self, EligibilityTold, PlaceAsked};
use crate::coalitions::actions::founding::{self, Founding};
use crate::coalitions::actions::members::{self, Names};
use crate::coalitions::actions::showing::{self, Wanted};
use crate::coalitions::model::{ClaimState, Sector};
use crate::coalitions::views::{CoalitionLine, CoalitionView};
use crate::competitions::actions::calls::NewAmendment;
use crate::competitions::model::Amendment;
use crate::people::Call;
use crate::platform::http::{Answer, Asked, IfMatch, Input, Page, PageAsked, PathId};
use crate::platform::ids::{ClaimId, CoalitionId, CompetitionId, PlaceId};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(check)
        .service(found)
        .service(list)
        .service(show)
        .service(rename)
        .service(confirm)
        .service(refuse)
        .service(revoke)
        .service(claim)
        .service(give_up)
        .service(dissolve)
        .service(amend);
}

/// Ask whether a place may apply, with the reasons. Leaves nothing behind.
#[utoipa::path(tag = "coalitions", params(("id" = CompetitionId, Path)), request_body = PlaceAsked, responses((status = 200, body = EligibilityTold)))]
#[post("/competitions/{id}/eligibility-checks")]
async fn check(call: Call, id: PathId<CompetitionId>, input: Input<PlaceAsked>) -> Answer {
    call.read(move |r, who| eligibility::check(r, who, id.get(), &input))
        .await
}

/// Found a coalition. The founder, whose address is verified, becomes its convenor.
///
/// A claim is confirmed at once when the founder's address is of the place's own domain, else by
/// an officer. Until then the coalition can draft and submit, but blocks nobody, and is lost when
/// another's claim to its place is confirmed.
#[utoipa::path(tag = "coalitions", params(("id" = CompetitionId, Path)), request_body = Founding, responses((status = 201, body = CoalitionView)))]
#[post("/competitions/{id}/coalitions")]
async fn found(call: Call, id: PathId<CompetitionId>, input: Input<Founding>) -> Answer {
    call.create(move |w, who| founding::found(w, who, id.get(), &input))
        .await
}

/// Which coalitions.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CoalitionsAsked {
    /// Items on a page, 1 to 200; 50 unless said otherwise.
    limit: Option<u32>,
    /// As given in `next`.
    cursor: Option<String>,
    /// Only those that claim this place.
    place: Option<PlaceId>,
    /// Only those with a claim in this state.
    claim: Option<ClaimState>,
    /// Only those that still speak for a place, or only those that do not.
    live: Option<bool>,
    /// Only those where nobody has joined yet for this sector.
    lacking: Option<Sector>,
}

/// The coalitions of a competition: to its officers, assistants and approvers all that are open
/// to them, to everyone else their own.
#[utoipa::path(tag = "coalitions", params(("id" = CompetitionId, Path), CoalitionsAsked), responses((status = 200, body = Page<CoalitionLine>)))]
#[get("/competitions/{id}/coalitions")]
async fn list(call: Call, id: PathId<CompetitionId>, asked: Asked<CoalitionsAsked>) -> Answer {
    call.read_page(move |r, who| {
        showing::list(r, who, id.get(), || {
            let asked = asked.get()?;
            let wanted = Wanted {
                place: asked.place,
                claim: asked.claim,
                live: asked.live,
                lacking: asked.lacking,
            };
            let page = PageAsked::new(asked.limit, asked.cursor.as_deref())?;
            Ok((wanted, page))
        })
    })
    .await
}

/// One coalition with its claims, to its members and the competition's officers.
#[utoipa::path(tag = "coalitions", params(("id" = CoalitionId, Path)), responses((status = 200, body = CoalitionView)))]
#[get("/coalitions/{id}")]
async fn show(call: Call, id: PathId<CoalitionId>) -> Answer {
    call.read(move |r, who| showing::show(r, who, id.get()))
        .await
}

/// Change a coalition's name, lead organisation and fiscal agent; by its convenor.
#[utoipa::path(tag = "coalitions", params(("id" = CoalitionId, Path)), request_body = Names, responses((status = 200, body = CoalitionView)))]
#[put("/coalitions/{id}")]
async fn rename(
    call: Call,
    id: PathId<CoalitionId>,
    condition: IfMatch,
    input: Input<Names>,
) -> Answer {
    call.change(move |w, who| members::rename(w, who, id.get(), &condition, &input))
        .await
}

/// Confirm a claim; by an officer. Whoever else claimed the place has lost it, and is told so.
#[utoipa::path(tag = "coalitions", params(("id" = ClaimId, Path)), responses((status = 200, body = CoalitionView)))]
#[post("/claims/{id}/confirmation")]
async fn confirm(call: Call, id: PathId<ClaimId>) -> Answer {
    call.act(move |w, who| claims::confirm(w, who, id.get()))
        .await
}

/// Refuse a claim, with a reason that the members are told; by an officer.
#[utoipa::path(tag = "coalitions", params(("id" = ClaimId, Path)), request_body = Refusing, responses((status = 200, body = CoalitionView)))]
#[post("/claims/{id}/refusal")]
async fn refuse(call: Call, id: PathId<ClaimId>, input: Input<Refusing>) -> Answer {
    call.act(move |w, who| claims::refuse(w, who, id.get(), &input))
        .await
}

/// Take a confirmed claim back, with a reason that the members are told; by an officer. The place
/// is free again, and the claims that were lost to this one wait as before.
#[utoipa::path(tag = "coalitions", params(("id" = ClaimId, Path)), request_body = Refusing, responses((status = 200, body = CoalitionView)))]
#[post("/claims/{id}/revocation")]
async fn revoke(call: Call, id: PathId<ClaimId>, input: Input<Refusing>) -> Answer {
    call.act(move |w, who| claims::revoke(w, who, id.get(), &input))
        .await
}

/// Claim a further place while the first stage is open; by the convenor.
#[utoipa::path(tag = "coalitions", params(("id" = CoalitionId, Path)), request_body = PlaceAsked, responses((status = 201, body = CoalitionView)))]
#[post("/coalitions/{id}/claims")]
async fn claim(call: Call, id: PathId<CoalitionId>, input: Input<PlaceAsked>) -> Answer {
    call.create(move |w, who| claiming::claim(w, who, id.get(), &input))
        .await
}

/// Give one of several places up; by the convenor.
#[utoipa::path(tag = "coalitions", params(("id" = ClaimId, Path)), responses((status = 204)))]
#[delete("/claims/{id}")]
async fn give_up(call: Call, id: PathId<ClaimId>) -> Answer {
    call.remove(move |w, who| claiming::give_up(w, who, id.get()))
        .await
}

/// Dissolve a coalition that has no submission in force; by its convenor. Every member is told,
/// and its places are free again.
#[utoipa::path(tag = "coalitions", params(("id" = CoalitionId, Path)), request_body = Dissolving, responses((status = 200, body = CoalitionView)))]
#[post("/coalitions/{id}/dissolution")]
async fn dissolve(call: Call, id: PathId<CoalitionId>, input: Input<Dissolving>) -> Answer {
    call.act(move |w, who| claiming::dissolve(w, who, id.get(), &input))
        .await
}

/// Publish the next amendment of a call; every member of every live coalition is sent it.
#[utoipa::path(tag = "competitions", params(("id" = CompetitionId, Path)), request_body = NewAmendment, responses((status = 201, body = Amendment)))]
#[post("/competitions/{id}/amendments")]
async fn amend(call: Call, id: PathId<CompetitionId>, input: Input<NewAmendment>) -> Answer {
    call.create(move |w, who| amendments::publish(w, who, id.get(), &input))
        .await
}
