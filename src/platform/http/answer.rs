//! Answers: JSON with an `ETag` that derives from its own bytes, so only from what this reader sees.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, ETAG, LOCATION};
use serde::Serialize;

use super::call::RequestFacts;
use crate::platform::digest::sha256_hex;
use crate::platform::refusal::{Failure, Result};

/// What a handler gives.
pub type Answer = std::result::Result<HttpResponse, Failure>;

/// Something made, and where it now is.
#[derive(Clone, Debug)]
pub struct Created<T> {
    /// Its address, from `/api/v1` on.
    pub location: String,
    /// What is shown of it.
    pub view: T,
    /// Whether it was there already: answered as 200, not 201.
    pub found: bool,
}

impl<T> Created<T> {
    /// Made, and found at this address from now on.
    pub fn at(location: impl Into<String>, view: T) -> Self {
        Self {
            location: location.into(),
            view,
            found: false,
        }
    }

    /// Not made: the same was there already, at this address.
    pub fn found(location: impl Into<String>, view: T) -> Self {
        Self {
            found: true,
            ..Self::at(location, view)
        }
    }
}

/// A file made for the caller.
#[derive(Clone, Debug)]
pub struct HttpFile {
    /// Its name when saved.
    pub name: String,
    /// For example `text/csv; charset=utf-8`.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The strong entity tag of JSON bytes: quotes and 32 hexadecimal digits of their SHA-256.
pub fn etag_of_bytes(bytes: &[u8]) -> String {
    format!("\"{}\"", &sha256_hex(bytes)[..32])
}

/// The strong entity tag of what would be served.
pub fn etag_of(view: &impl Serialize) -> String {
    etag_of_bytes(&serde_json::to_vec(view).unwrap_or_default())
}

/// JSON with its entity tag; 304 when a GET names that tag in `If-None-Match`.
///
/// # Errors
/// When the view can't be written as JSON.
pub fn shown(
    facts: &RequestFacts,
    status: StatusCode,
    location: Option<&str>,
    view: &impl Serialize,
) -> Answer {
    Ok(written(facts, status, location, serde_json::to_vec(view)?))
}

/// As [`shown`], from JSON that is written already.
pub fn written(
    facts: &RequestFacts,
    status: StatusCode,
    location: Option<&str>,
    bytes: Vec<u8>,
) -> HttpResponse {
    let etag = etag_of_bytes(&bytes);
    if facts.is_read
        && facts
            .if_none_match
            .as_deref()
            .is_some_and(|tags| names(tags, &etag))
    {
        return HttpResponse::NotModified()
            .insert_header((ETAG, etag))
            .finish();
    }
    let mut builder = HttpResponse::build(status);
    builder
        .insert_header((ETAG, etag))
        .insert_header(("Cache-Control", "private, no-cache"));
    if let Some(location) = location {
        builder.insert_header((LOCATION, location));
    }
    builder.content_type("application/json").body(bytes)
}

/// Whether a list of entity tags names this one (or `*`). A proxy that packs answers marks their tags
/// as weak: they are of these bytes all the same.
pub(super) fn names(tags: &str, etag: &str) -> bool {
    tags.split(',')
        .map(str::trim)
        .any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

/// Nothing to show.
pub fn no_content() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// A file to save, never to be run in the browser.
///
/// # Errors
/// Never at present; the type lets handlers return it directly.
pub fn file(file: HttpFile) -> Result<HttpResponse> {
    let safe: String = file
        .name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "._-".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    Ok(HttpResponse::Ok()
        .content_type(file.media_type)
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{safe}\""),
        ))
        .insert_header(("X-Content-Type-Options", "nosniff"))
        .insert_header(("Cache-Control", "private, no-store"))
        .body(file.bytes))
}
