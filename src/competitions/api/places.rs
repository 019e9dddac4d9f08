//! Places and their facts.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::competitions::actions::places::{
    self as actions, ImportQuery, ImportReport, PlacesQuery,
};
use crate::competitions::model::Place;
use crate::people::Call;
use crate::platform::http::{Answer, Asked, Page, PathId, RawInput};
use crate::platform::ids::PlaceId;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list).service(import).service(show);
}

/// List places by name, with their facts.
///
/// For anyone signed in.
#[utoipa::path(
    tag = "places",
    params(PlacesQuery),
    responses((status = 200, body = Page<Place>))
)]
#[get("/places")]
async fn list(call: Call, asked: Asked<PlacesQuery>) -> Answer {
    call.read_page(move |r, who| actions::list(r, who, &asked))
        .await
}

/// Load places and their facts from CSV.
///
/// For officers of any competition, and administrators. One fact a line, with the columns `name`,
/// `kind` (city, county or region), `region`, `country`, `mail_domain`, `fact`, `value`, `source`,
/// `as_of`. With
/// `dry_run=true` nothing is stored and the answer says what would change; all faults are named
/// at once, with their lines.
#[utoipa::path(
    tag = "places",
    params(ImportQuery),
    request_body(
        content = String,
        content_type = "text/csv",
        example = "name,kind,region,country,mail_domain,fact,value,source,as_of\nLawrence,city,Massachusetts,US,,population,89143,Census,2020\n"
    ),
    responses((status = 200, body = ImportReport))
)]
#[post("/places/imports")]
async fn import(call: Call, asked: Asked<ImportQuery>, file: RawInput) -> Answer {
    call.act(move |w, who| actions::import(w, who, &asked, &file))
        .await
}

/// Show a place with its facts.
///
/// For anyone signed in.
#[utoipa::path(
    tag = "places",
    params(("id" = PlaceId, Path)),
    responses((status = 200, body = Place))
)]
#[get("/places/{id}")]
async fn show(call: Call, id: PathId<PlaceId>) -> Answer {
    call.read(move |r, who| actions::show(r, who, id.get()))
        .await
}
