//! Texts of announcements.

use actix_web::web::Path;
use actix_web::{delete, get, put};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::decisions::actions::texts::{self, TextView};
use crate::decisions::texts::{Text, TextKind};
use crate::people::Call;
use crate::platform::http::{Answer, Asked, IfMatch, Input, Page, PageQuery, PathId};
use crate::platform::ids::StageId;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(show)
        .service(write)
        .service(reset);
}

/// List the texts of a stage's announcement, with the merge fields that they know.
///
/// For officers.
#[utoipa::path(
    tag = "announcements",
    params(("id" = StageId, Path), PageQuery),
    responses((status = 200, body = Page<TextView>))
)]
#[get("/stages/{id}/announcement-texts")]
async fn list(call: Call, id: PathId<StageId>, asked: Asked<PageQuery>) -> Answer {
    call.read_page(move |r, who| {
        let all = texts::list(r, who, id.get())?;
        Page::of_ordered(all, &asked.get()?.page()?, |one| {
            (one.outcome, one.language.clone())
        })
    })
    .await
}

/// Show the text for an outcome in a language.
///
/// For officers.
#[utoipa::path(
    tag = "announcements",
    params(
        ("id" = StageId, Path),
        ("outcome" = TextKind, Path),
        ("language" = String, Path, example = "en")
    ),
    responses((status = 200, body = TextView))
)]
#[get("/stages/{id}/announcement-texts/{outcome}/{language}")]
async fn show(call: Call, id: PathId<StageId>, path: Path<(String, String, String)>) -> Answer {
    call.read(move |r, who| texts::show(r, who, id.get(), &path.1, &path.2))
        .await
}

/// Write the text for an outcome in a language.
///
/// For officers. An unknown merge field is refused where it stands.
#[utoipa::path(
    tag = "announcements",
    params(
        ("id" = StageId, Path),
        ("outcome" = TextKind, Path),
        ("language" = String, Path, example = "en"),
        ("if-match" = String, Header)
    ),
    request_body = Text,
    responses((status = 200, body = TextView))
)]
#[put("/stages/{id}/announcement-texts/{outcome}/{language}")]
async fn write(
    call: Call,
    id: PathId<StageId>,
    path: Path<(String, String, String)>,
    if_match: IfMatch,
    input: Input<Text>,
) -> Answer {
    call.change(move |w, who| {
        let text = (path.1.as_str(), path.2.as_str());
        texts::write(w, who, id.get(), text, &if_match, &input)
    })
    .await
}

/// Go back to the built-in text for an outcome in a language.
///
/// For officers; 404 where it is the built-in one.
#[utoipa::path(
    tag = "announcements",
    params(
        ("id" = StageId, Path),
        ("outcome" = TextKind, Path),
        ("language" = String, Path, example = "en"),
        ("if-match" = String, Header)
    ),
    responses((status = 204))
)]
#[delete("/stages/{id}/announcement-texts/{outcome}/{language}")]
async fn reset(
    call: Call,
    id: PathId<StageId>,
    path: Path<(String, String, String)>,
    if_match: IfMatch,
) -> Answer {
    call.remove(move |w, who| {
        let text = (path.1.as_str(), path.2.as_str());
        texts::reset(w, who, id.get(), text, &if_match)
    })
    .await
}
