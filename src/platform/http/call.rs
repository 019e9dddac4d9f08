//! What every request brings: its id, when its head arrived, and its conditions.

use std::cell::RefCell;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use serde::Serialize;
use serde_json::Value;

use super::doorway::ClientAddress;
use super::input::{BodyDigest, media_type, sent_json};
use crate::platform::clock::{Clock, Instant};
use crate::platform::digest::sha256_hex;
use crate::platform::random::Entropy;
use crate::platform::refusal::{Failure, Refusal, Result};

thread_local! {
    /// The id of the request whose failure is being turned into an answer on this thread.
    static REQUEST_ID: RefCell<String> = const { RefCell::new(String::new()) };
}

pub(super) fn current_request_id() -> String {
    REQUEST_ID.with_borrow(Clone::clone)
}

#[derive(Clone)]
struct Arrival {
    id: String,
    at: Instant,
}

/// The body of an answer to HEAD: as long as the one to GET would be, and never sent.
struct Unsent(BodySize);

impl MessageBody for Unsent {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        self.0
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Bytes, Self::Error>>> {
        Poll::Ready(None)
    }
}

/// Middleware: gives each request its id and its moment, and every answer its `X-Request-Id`.
/// HEAD is asked as GET, and answered without the body.
///
/// # Errors
/// Passes on what the handler gives.
pub async fn arrival<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> std::result::Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let is_head = request.method() == Method::HEAD;
    if is_head {
        request.head_mut().method = Method::GET;
    }
    let clock = request
        .app_data::<web::Data<Clock>>()
        .map_or_else(Clock::system, |clock| clock.get_ref().clone());
    let id = request
        .app_data::<web::Data<Entropy>>()
        .map_or_else(String::new, |entropy| {
            crate::platform::digest::hex(&entropy.bytes::<12>())
        });
    request.extensions_mut().insert(Arrival {
        id: id.clone(),
        at: clock.now(),
    });
    let outcome = next.call(request).await;
    REQUEST_ID.with_borrow_mut(|current| current.clone_from(&id));
    let mut response = outcome?.map_into_boxed_body();
    // A failure that became an answer inside the handler service left the id to be filled in.
    if let Some(error) = response
        .response()
        .error()
        .and_then(|error| error.as_error::<Failure>())
    {
        super::problem::log(error, &id);
        let yours = given_back(error, response.request());
        let answer = super::problem::respond(error, &id, yours);
        response = ServiceResponse::new(response.request().clone(), answer);
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-request-id"), value);
    }
    if is_head {
        response = response.map_body(|_, body| Unsent(body.size()).boxed());
    }
    Ok(response)
}

/// What was sent with a change that came too late, or after somebody else's: nothing typed is
/// ever lost, so it goes back with the refusal.
fn given_back(failure: &Failure, request: &HttpRequest) -> Option<Value> {
    let late = matches!(
        failure,
        Failure::Refused(Refusal::Stale { .. } | Refusal::Rule(..))
    );
    // Only what is changed under a condition is a draft; a password is none.
    let is_draft = request.headers().contains_key("if-match");
    (late && is_draft).then(|| sent_json(request)).flatten()
}

/// What a request says about itself, apart from its path and body.
#[derive(Clone, Debug)]
pub struct RequestFacts {
    /// As in `X-Request-Id`.
    pub id: String,
    /// When its head arrived: the moment that deadlines are judged by.
    pub arrived: Instant,
    /// GET or HEAD.
    pub is_read: bool,
    /// Method and path pattern, the idempotency key's room.
    pub route: String,
    /// `If-None-Match`.
    pub if_none_match: Option<String>,
    /// `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// The bearer token.
    pub bearer: Option<String>,
    /// The address that the request comes from, by the configured proxies' word at most.
    pub peer: String,
}

impl RequestFacts {
    /// Reads them off a request.
    pub fn of(request: &HttpRequest) -> Self {
        let header = |name: &str| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let arrival = request.extensions().get::<Arrival>().cloned();
        let (id, arrived) = arrival.map_or_else(
            || (String::new(), Clock::system().now()),
            |arrival| (arrival.id, arrival.at),
        );
        Self {
            id,
            arrived,
            is_read: request.method().is_safe(),
            route: format!("{} {}", request.method(), request.path()),
            if_none_match: header("if-none-match"),
            // A key that is no text must be refused, not left aside.
            idempotency_key: request
                .headers()
                .get("idempotency-key")
                .map(|value| value.to_str().unwrap_or_default().to_owned()),
            bearer: header("authorization").and_then(|value| bearer_token(&value)),
            peer: client_address(request),
        }
    }

    /// The digest of all that a request asks with beside method and path: its query, its body
    /// and what the body is. An extractor has read the body before, or there is none.
    pub fn sent_digest(request: &HttpRequest) -> String {
        let extensions = request.extensions();
        let body = extensions
            .get::<BodyDigest>()
            .map_or("", |digest| digest.0.as_str());
        let (query, media_type) = (request.query_string(), media_type(request));
        sha256_hex(format!("{query}\n{media_type}\n{body}").as_bytes())
    }
}

/// The token of `Authorization: Bearer …`; the scheme's name is of any case (RFC 9110, 11.1).
fn bearer_token(value: &str) -> Option<String> {
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().to_owned())
}

/// By the configured proxies' word, where the doorway stands before the application.
fn client_address(request: &HttpRequest) -> String {
    let told = request
        .extensions()
        .get::<ClientAddress>()
        .map(|told| told.0);
    let peer = || request.peer_addr().map(|address| address.ip());
    told.or_else(peer)
        .map_or_else(String::new, |address| address.to_string())
}

/// `If-Match`, judged inside the action against what the caller would see now.
#[derive(Clone, Debug, Default)]
pub struct IfMatch(Option<String>);

impl IfMatch {
    /// A condition that names this very version; for pages, tests and samples.
    pub fn version(view: &impl Serialize) -> Self {
        Self(Some(super::etag_of(view)))
    }

    /// Holds when the caller's version is the current one.
    ///
    /// # Errors
    /// 428 without a condition, 412 with the current version when it is stale.
    pub fn check(&self, current: &impl Serialize) -> Result<()> {
        let Some(tags) = &self.0 else {
            return Err(Refusal::IfMatchNeeded.into());
        };
        let etag = super::etag_of(current);
        if super::answer::names(tags, &etag) {
            return Ok(());
        }
        Err(Refusal::Stale {
            etag,
            current: serde_json::to_value(current)?,
        }
        .into())
    }
}

impl FromRequest for IfMatch {
    type Error = Failure;
    type Future = Ready<std::result::Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let tags = request
            .headers()
            .get("if-match")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        ready(Ok(Self(tags)))
    }
}
