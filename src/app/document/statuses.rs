//! With which statuses a route may answer: derived from what the route is, so that each of them
//! can happen. The tests hold every answer that they get against it.

use serde_json::json;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use super::{Route, parameters};

/// Status, slug and title of each problem, and when it comes.
const PROBLEMS: &[(u16, &str, &str, &str)] = &[
    (
        400,
        "bad-query",
        "The address has wrong parameters",
        "A parameter or header is wrong or unknown, or the body can't be read",
    ),
    (
        401,
        "sign-in-needed",
        "Sign in first",
        "Nobody is signed in, or the token that came is no longer good",
    ),
    (
        403,
        "forbidden",
        "This is not yours to do",
        "Not the caller's to do, with this token or this sign-in",
    ),
    (
        404,
        "not-found",
        "There is nothing here",
        "It does not exist, or the caller may not see it",
    ),
    (
        408,
        "too-slow",
        "The body took too long",
        "The body did not come in whole in time",
    ),
    (
        409,
        "wrong-phase",
        "This can't be done in the present phase",
        "A rule of the competition stands against it",
    ),
    (
        412,
        "stale",
        "Someone changed this meanwhile",
        "Someone changed it meanwhile; holds the current version and what was sent",
    ),
    (
        413,
        "too-large",
        "This is too large",
        "The body is too large",
    ),
    (
        415,
        "wrong-media-type",
        "This type is not taken here",
        "A type that is not taken here",
    ),
    (
        422,
        "invalid",
        "Some values are wrong",
        "Some values are wrong, each with its pointer; or an idempotency key came with another request",
    ),
    (
        428,
        "if-match-needed",
        "Say which version you change",
        "`If-Match` is missing",
    ),
    (429, "too-many", "Too many attempts", "Too many attempts"),
    (
        500,
        "broken",
        "Something is broken on our side",
        "A fault of ours, logged under the request's id",
    ),
    (
        503,
        "unavailable",
        "Busy: try again soon",
        "Busy: try again",
    ),
];

/// Statuses that a route's method, path and body don't tell.
const FURTHER: &[(&str, &[u16])] = &[
    ("POST /api/v1/accounts", &[429]),
    ("POST /api/v1/me/email-verification", &[429]),
    ("POST /api/v1/sessions", &[401, 429]),
    ("POST /api/v1/sessions/refreshes", &[401]),
    ("POST /api/v1/email-verifications", &[409]),
    ("POST /api/v1/password-resets", &[429]),
    ("POST /api/v1/password-resets/completions", &[409]),
    ("POST /api/v1/me/tokens", &[409]),
    ("PUT /api/v1/me/password", &[429]),
    ("POST /api/v1/me/fresh-sign-ins", &[429]),
    ("GET /api/v1/stages/{id}/conflict-candidates", &[409]),
    ("GET /api/v1/stages/{id}/docket", &[409]),
    ("GET /api/v1/stages/{id}/docket.html", &[409]),
    ("GET /api/v1/proposals/{id}/sections", &[409]),
    ("GET /api/v1/proposals/{id}/sections/{key}", &[409]),
    ("GET /api/v1/proposals/{id}/capital-stack", &[409]),
    ("GET /api/v1/proposals/{id}/completeness", &[409]),
    ("GET /api/v1/proposals/{id}/attachments", &[409]),
    ("GET /api/v1/proposals/{id}/submissions", &[409]),
];

/// Routes without an identity that are there for some only.
const HIDDEN: &[&str] = &[
    "GET /api/v1/people",
    "GET /api/v1/messages",
    "GET /api/v1/mail-queue",
    "DELETE /api/v1/mail-queue/pause",
    "POST /api/v1/bounces",
    "GET /api/v1/audit-log",
];

pub(super) fn complete(route: &Route, operation: &mut Operation) {
    for status in of_route(route, operation) {
        add(operation, status);
    }
    let makes = operation.responses.responses.contains_key("201");
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response {
            name_headers(route, makes, status, response);
        }
    }
}

fn of_route(route: &Route, operation: &Operation) -> Vec<u16> {
    let mut statuses = vec![500, 503];
    if !route.is_of_the_api() {
        return statuses;
    }
    let is_read = route.method == "GET";
    statuses.push(400);
    if !route.public {
        statuses.extend([401, 403]);
    } else if is_read {
        // Open to anyone, but a token that comes must be good.
        statuses.extend([401, 403]);
    }
    if route.path.contains('{') || route.is_one_of(HIDDEN) {
        statuses.push(404);
    }
    if is_read {
        statuses.push(304);
    } else if !route.public {
        statuses.push(409);
    }
    if operation.request_body.is_some() {
        statuses.extend([408, 413, 415, 422]);
    }
    if parameters::takes_key(route) {
        statuses.push(422);
    }
    if parameters::needs_condition(route) {
        statuses.extend([412, 428]);
    }
    for (name, further) in FURTHER {
        if route.is(name) {
            statuses.extend(*further);
        }
    }
    statuses
}

fn add(operation: &mut Operation, status: u16) {
    let responses = &mut operation.responses.responses;
    responses
        .entry(status.to_string())
        .or_insert_with(|| response(status).into());
}

fn response(status: u16) -> Response {
    let Some((_, slug, title, words)) = PROBLEMS.iter().find(|(known, ..)| *known == status) else {
        return ResponseBuilder::new()
            .description("As the reader has it already")
            .build();
    };
    let example = json!({
        "type": format!("/problems/{slug}"),
        "title": title,
        "status": status,
        "detail": format!("{words}."),
        "instance": "5d2f0a9c4b7e61d8a3f0c2b1",
    });
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .example(Some(example))
        .build();
    ResponseBuilder::new()
        .description(*words)
        .content("application/problem+json", content)
        .build()
}

/// Headers that a client acts on.
fn name_headers(route: &Route, makes: bool, status: &str, response: &mut Response) {
    let mut name = |name: &str, words: &str| {
        response
            .headers
            .entry(name.to_owned())
            .or_insert_with(|| header(words).into());
    };
    match status {
        "429" | "503" => name("Retry-After", "Seconds to wait before asking again"),
        // Made now, or found as it was made before.
        "200" | "201" if makes => name("Location", "Where it now is"),
        "302" => name("Location", "Where to get it, for a minute"),
        "304" | "412" => name("ETag", "The current version"),
        _ => {}
    }
    let is_json = response.content.contains_key("application/json");
    if status.starts_with('2') && is_json && route.is_of_the_api() {
        let words = "The version that is shown, for `If-None-Match` and `If-Match`";
        response
            .headers
            .entry("ETag".to_owned())
            .or_insert_with(|| header(words).into());
    }
}

fn header(words: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .description(Some(words))
        .build()
}
