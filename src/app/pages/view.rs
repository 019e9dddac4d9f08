//! How pages look and what headers they carry.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get};
use askama::Template;

use crate::people::Call;
use crate::platform::http::Answer;
use crate::platform::refusal::{Failure, Refusal};

const STYLESHEET: &str = include_str!("../../../assets/civitas.css");

/// A page with at most one form.
#[derive(Template, Default)]
#[template(path = "pages/link.html")]
pub(super) struct LinkPage {
    pub(super) heading: String,
    pub(super) problem: String,
    pub(super) lines: Vec<String>,
    pub(super) form: bool,
    pub(super) action: String,
    pub(super) asks_name: bool,
    pub(super) password_label: &'static str,
    pub(super) shortest: u16,
    pub(super) autocomplete: &'static str,
    pub(super) asks_code: bool,
    pub(super) asks_reason: bool,
    pub(super) buttons: Vec<(&'static str, &'static str)>,
}

impl LinkPage {
    /// A page that only says something.
    pub(super) fn says(heading: &str, line: &str) -> Self {
        Self {
            heading: heading.into(),
            lines: vec![line.into()],
            ..Self::default()
        }
    }

    /// The page for a link that is used up.
    pub(super) fn used_up() -> Self {
        Self::says(
            "This link can no longer be used",
            "It was used already, has expired, or was called back. Ask for a new one.",
        )
    }

    /// As it is sent.
    pub(super) fn answer(&self, status: StatusCode) -> Answer {
        html(status, self)
    }
}

/// The front page: published calls and where the API is.
#[derive(Template)]
#[template(path = "pages/home.html")]
struct Home {
    calls: Vec<(String, String)>,
}

/// The front page, for anyone.
#[get("/")]
pub(super) async fn home(call: Call) -> Answer {
    let db = call.gate().db.clone();
    let calls = db
        .read(
            call.facts().arrived,
            crate::competitions::store::published_names,
        )
        .await?;
    html(StatusCode::OK, &Home { calls })
}

/// How proposals are ordered and feedback is released.
#[derive(Template)]
#[template(path = "pages/method.html")]
struct Method;

/// How proposals are ordered and feedback is released, for anyone: letters link to it.
#[get("/method")]
pub(super) async fn method() -> Answer {
    html(StatusCode::OK, &Method)
}

/// The stylesheet, for anyone.
#[get("/assets/civitas.css")]
pub(super) async fn stylesheet() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header(("Cache-Control", "public, max-age=3600"))
        .body(STYLESHEET)
}

const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

fn html(status: StatusCode, page: &impl Template) -> Answer {
    html_under(POLICY, status, page)
}

/// A page with a policy of its own.
pub(super) fn html_under(policy: &str, status: StatusCode, page: &impl Template) -> Answer {
    let body = page
        .render()
        .map_err(|error| Failure::Broken(error.into()))?;
    Ok(HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header(("Content-Security-Policy", policy))
        .insert_header(("Referrer-Policy", "no-referrer"))
        .insert_header(("X-Content-Type-Options", "nosniff"))
        .insert_header(("Cache-Control", "no-store"))
        .body(body))
}

/// What a form's refusal says, and with which status; a fault of ours stays one.
pub(super) fn words_of(failure: Failure) -> Result<(StatusCode, String), Failure> {
    match failure {
        Failure::Refused(refusal) => {
            let words = match &refusal {
                Refusal::Invalid(errors) => errors
                    .iter()
                    .map(|error| error.detail.clone())
                    .collect::<Vec<_>>()
                    .join("; "),
                other => other.detail(),
            };
            Ok((
                StatusCode::from_u16(refusal.words().1).unwrap_or(StatusCode::CONFLICT),
                words,
            ))
        }
        broken @ Failure::Broken(_) => Err(broken),
    }
}
