//! Proposals and their drafts.

use actix_web::web::Path;
use actix_web::{get, post, put};
use utoipa_actix_web::service_config::ServiceConfig;

use super::AtStage;
use crate::people::Call;
use crate::platform::http::{Answer, Asked, IfMatch, Input, Page, PathId};
use crate::platform::ids::{CoalitionId, ProposalId};
use crate::proposals::actions::capital::{self, DraftStackView};
use crate::proposals::actions::completeness::{self, Completeness, Confirmed};
use crate::proposals::actions::drafts::{
    self, SectionInput, SectionState, SectionView, SheetAsked,
};
use crate::proposals::actions::listing::Paging;
use crate::proposals::actions::proposals::{self, ProposalAtWork, ProposalView, Titled};
use crate::proposals::model::CapitalStack;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(begin)
        .service(show)
        .service(mine)
        .service(of_coalition)
        .service(retitle)
        .service(sections)
        .service(section)
        .service(save_section)
        .service(capital_stack)
        .service(save_capital_stack)
        .service(lacks)
        .service(confirm);
}

/// Begin the coalition's one proposal: its convenor or an editor.
#[utoipa::path(tag = "proposals", params(("id" = CoalitionId, Path)), request_body = Titled,
    responses((status = 201, body = ProposalView)))]
#[post("/coalitions/{id}/proposals")]
async fn begin(call: Call, id: PathId<CoalitionId>, input: Input<Titled>) -> Answer {
    call.create(move |w, who| proposals::begin(w, who, id.get(), &input))
        .await
}

/// Show a proposal: members; officers and assistants without its title.
#[utoipa::path(tag = "proposals", params(("id" = ProposalId, Path)),
    responses((status = 200, body = ProposalView)))]
#[get("/proposals/{id}")]
async fn show(call: Call, id: PathId<ProposalId>) -> Answer {
    call.read(move |r, who| proposals::show(r, who, id.get()))
        .await
}

/// List the proposals of one's own coalitions.
#[utoipa::path(tag = "proposals",
    params(("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Page<ProposalView>)))]
#[get("/me/proposals")]
async fn mine(call: Call, asked: Asked<Paging>) -> Answer {
    call.read_page(move |r, who| proposals::mine(r, who, &asked))
        .await
}

/// List the one proposal of a coalition, with how far its sections are: members, and officers and
/// assistants once its stage is not sealed.
#[utoipa::path(tag = "proposals",
    params(("id" = CoalitionId, Path), ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Page<ProposalAtWork>)))]
#[get("/coalitions/{id}/proposals")]
async fn of_coalition(call: Call, id: PathId<CoalitionId>, asked: Asked<Paging>) -> Answer {
    call.read_page(move |r, who| proposals::of_coalition(r, who, id.get(), &asked))
        .await
}

/// Give a proposal its title: convenor and editors, while a stage takes drafts.
#[utoipa::path(tag = "proposals", params(("id" = ProposalId, Path), ("If-Match" = String, Header)),
    request_body = Titled, responses((status = 200, body = ProposalView)))]
#[put("/proposals/{id}")]
async fn retitle(
    call: Call,
    id: PathId<ProposalId>,
    if_match: IfMatch,
    input: Input<Titled>,
) -> Answer {
    call.change(move |w, who| proposals::retitle(w, who, id.get(), &if_match, &input))
        .await
}

/// Show how far each section of the draft is: members, officers and assistants.
#[utoipa::path(tag = "proposals",
    params(("id" = ProposalId, Path), ("stage" = Option<i64>, Query),
        ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Page<SectionState>)))]
#[get("/proposals/{id}/sections")]
async fn sections(call: Call, id: PathId<ProposalId>, asked: Asked<SheetAsked>) -> Answer {
    call.read_page(move |r, who| drafts::states(r, who, id.get(), &asked))
        .await
}

/// Show a section of the draft: members only.
#[utoipa::path(tag = "proposals",
    params(("id" = ProposalId, Path), ("key" = String, Path), ("stage" = Option<i64>, Query)),
    responses((status = 200, body = SectionView)))]
#[get("/proposals/{id}/sections/{key}")]
async fn section(
    call: Call,
    path: Path<(String, String)>,
    id: PathId<ProposalId>,
    asked: Asked<AtStage>,
) -> Answer {
    let key = path.into_inner().1;
    call.read(move |r, who| drafts::show(r, who, id.get(), &key, asked.get()?.stage))
        .await
}

/// Save a section of the draft: convenor, editors, and contributors whom it is given to.
/// Required questions may stay empty; what is too long, half typed or wrongly written is kept and
/// reported in `warnings`.
#[utoipa::path(tag = "proposals",
    params(("id" = ProposalId, Path), ("key" = String, Path), ("stage" = Option<i64>, Query),
        ("If-Match" = String, Header)),
    request_body = SectionInput, responses((status = 200, body = SectionView)))]
#[put("/proposals/{id}/sections/{key}")]
async fn save_section(
    call: Call,
    path: Path<(String, String)>,
    id: PathId<ProposalId>,
    asked: Asked<AtStage>,
    if_match: IfMatch,
    input: Input<SectionInput>,
) -> Answer {
    let key = path.into_inner().1;
    call.change(move |w, who| {
        let stage = asked.get()?.stage;
        drafts::save(w, who, id.get(), &key, stage, &if_match, &input)
    })
    .await
}

/// Show the draft's capital stack with what it comes to: members only.
#[utoipa::path(tag = "proposals",
    params(("id" = ProposalId, Path), ("stage" = Option<i64>, Query)),
    responses((status = 200, body = DraftStackView)))]
#[get("/proposals/{id}/capital-stack")]
async fn capital_stack(call: Call, id: PathId<ProposalId>, asked: Asked<AtStage>) -> Answer {
    call.read(move |r, who| capital::show(r, who, id.get(), asked.get()?.stage))
        .await
}

/// Save the draft's capital stack: convenor, editors, and contributors whom the section
/// `capital_stack` is given to. Lines may be half filled; what they lack is reported in `warnings`.
#[utoipa::path(tag = "proposals",
    params(("id" = ProposalId, Path), ("stage" = Option<i64>, Query), ("If-Match" = String, Header)),
    request_body = CapitalStack, responses((status = 200, body = DraftStackView)))]
#[put("/proposals/{id}/capital-stack")]
async fn save_capital_stack(
    call: Call,
    id: PathId<ProposalId>,
    asked: Asked<AtStage>,
    if_match: IfMatch,
    input: Input<CapitalStack>,
) -> Answer {
    call.change(move |w, who| {
        let stage = asked.get()?.stage;
        capital::save(w, who, id.get(), stage, &if_match, &input)
    })
    .await
}

/// List everything that the draft lacks, with the digest that a submission would have: members.
#[utoipa::path(tag = "proposals",
    params(("id" = ProposalId, Path), ("stage" = Option<i64>, Query)),
    responses((status = 200, body = Completeness)))]
#[get("/proposals/{id}/completeness")]
async fn lacks(call: Call, id: PathId<ProposalId>, asked: Asked<AtStage>) -> Answer {
    call.read(move |r, who| completeness::show(r, who, id.get(), asked.get()?.stage))
        .await
}

/// Confirm one version exactly: a signatory. A later edit voids it.
#[utoipa::path(tag = "proposals",
    params(("id" = ProposalId, Path), ("stage" = Option<i64>, Query)),
    request_body = Confirmed, responses((status = 201, body = Completeness)))]
#[post("/proposals/{id}/confirmations")]
async fn confirm(
    call: Call,
    id: PathId<ProposalId>,
    asked: Asked<AtStage>,
    input: Input<Confirmed>,
) -> Answer {
    call.create(move |w, who| completeness::confirm(w, who, id.get(), asked.get()?.stage, &input))
        .await
}
