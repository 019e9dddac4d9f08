//! Refusals as RFC 9457 problem documents.

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, ETAG, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::Value;

use crate::platform::refusal::{Failure, FieldError, Refusal, TakenBy};

/// A refusal as it is served (RFC 9457).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// A stable slug under `/problems/`.
    #[serde(rename = "type")]
    #[schema(example = "/problems/not-found")]
    pub kind: String,
    /// What this kind of problem is.
    #[schema(example = "There is nothing here")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 404)]
    pub status: u16,
    /// What happened here.
    pub detail: String,
    /// The request's id, as in `X-Request-Id`.
    pub instance: String,
    /// For bad input: each wrong value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// For a stale version (412): the current one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<Value>,
    /// For a change that was not saved (409, 412): what was sent, so that it is not lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub yours: Option<Value>,
    /// For a place that is taken: the coalition that holds it, where the caller may know of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<TakenBy>,
}

/// Tells the operator of what is broken, once.
pub(super) fn log(failure: &Failure, request_id: &str) {
    if let Failure::Broken(error) = failure {
        tracing::error!(request_id, error = format!("{error:#}"), "a request failed");
    }
}

/// The answer to a failure, with what was sent where it is to go back.
pub(super) fn respond(failure: &Failure, request_id: &str, yours: Option<Value>) -> HttpResponse {
    match failure {
        Failure::Refused(refusal) => refused(refusal, request_id, yours),
        Failure::Broken(_) => {
            let problem = Problem {
                kind: "/problems/broken".into(),
                title: "Something is broken on our side".into(),
                status: 500,
                detail: "It was logged under the id in instance.".into(),
                instance: request_id.to_owned(),
                errors: Vec::new(),
                current: None,
                yours: None,
                taken_by: None,
            };
            document(HttpResponse::InternalServerError(), &problem)
        }
    }
}

fn refused(refusal: &Refusal, request_id: &str, yours: Option<Value>) -> HttpResponse {
    let (slug, status, title) = refusal.words();
    let mut builder =
        HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::CONFLICT));
    let (mut errors, mut current, mut taken_by) = (Vec::new(), None, None);
    match refusal {
        Refusal::SignInNeeded | Refusal::SignInFailed => {
            builder.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        Refusal::WrongMethod(known) => {
            builder.insert_header((ALLOW, known.as_str()));
        }
        Refusal::TooMany(seconds) | Refusal::Unavailable(seconds) => {
            builder.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        Refusal::Invalid(all) | Refusal::BadQuery(all) => errors = told(all),
        Refusal::Stale {
            etag,
            current: value,
        } => {
            builder.insert_header((ETAG, etag.as_str()));
            current = Some(value.clone());
        }
        Refusal::PlaceTaken(_, holder) => taken_by = Some(holder.clone()),
        _ => {}
    }
    let problem = Problem {
        kind: format!("/problems/{slug}"),
        title: title.to_owned(),
        status,
        detail: refusal.detail(),
        instance: request_id.to_owned(),
        errors,
        current,
        yours,
        taken_by,
    };
    document(builder, &problem)
}

/// More errors than anybody reads are counted instead.
const ERRORS_AT_MOST: usize = 200;

fn told(all: &[FieldError]) -> Vec<FieldError> {
    let mut told = all[..all.len().min(ERRORS_AT_MOST)].to_vec();
    let untold = all.len() - told.len();
    if untold > 0 {
        let words = format!("There are {untold} more errors: mend these first.");
        told.push(FieldError::at("", words));
    }
    told
}

fn document(mut builder: actix_web::HttpResponseBuilder, problem: &Problem) -> HttpResponse {
    builder
        .content_type("application/problem+json")
        .insert_header(("Cache-Control", "no-store"))
        .body(serde_json::to_vec(problem).unwrap_or_default())
}

/// Handlers that fail by `?` are answered here; `super::call` has put the request's id in place.
impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Refused(refusal) => {
                StatusCode::from_u16(refusal.words().1).unwrap_or(StatusCode::CONFLICT)
            }
            Self::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        respond(self, &super::call::current_request_id(), None)
    }
}
