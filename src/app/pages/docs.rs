//! The API's page to browse: Swagger UI as its crate brings it, so that it works without the
//! rest of the internet. Nothing in it is inline, so its policy is as strict as that of all pages.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use askama::Template;
use utoipa_swagger_ui::Config;

use super::view;
use crate::platform::http::Answer;
use crate::platform::refusal::{Failure, OrNotFound as _};

/// Scripts of this server alone, which ask this server alone. Its icons are `data:` addresses.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// The files that the page loads.
const FILES: &[&str] = &[
    "swagger-ui.css",
    "index.css",
    "swagger-ui-bundle.js",
    "swagger-ui-standalone-preset.js",
    "swagger-initializer.js",
    "favicon-32x32.png",
];

#[derive(Template)]
#[template(path = "pages/docs.html")]
struct Docs;

/// The page, for anyone.
pub(super) async fn page() -> Answer {
    view::html_under(POLICY, StatusCode::OK, &Docs)
}

/// One of its files, for anyone.
pub(super) async fn file(name: Path<String>) -> Answer {
    let name = name.into_inner();
    if name.is_empty() {
        return page().await;
    }
    let known = FILES.iter().find(|known| **known == name).or_not_found()?;
    let config = Config::new(["/api/v1/openapi.json"])
        .use_base_layout()
        .deep_linking(true)
        // Else the page would show the document to a server elsewhere.
        .validator_url("none");
    let found = utoipa_swagger_ui::serve(known, Arc::new(config))
        .map_err(|error| Failure::broken(format_args!("Swagger UI: {error}")))?
        .or_not_found()?;
    Ok(HttpResponse::Ok()
        .content_type(found.content_type)
        .insert_header(("X-Content-Type-Options", "nosniff"))
        .insert_header(("Cache-Control", "public, max-age=3600"))
        .body(found.bytes.into_owned()))
}
