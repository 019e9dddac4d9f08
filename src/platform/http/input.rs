//! What was sent, read late: the object is looked up and the rights are checked before a body is
//! parsed, so that a wrong body tells nothing about what the caller may not see.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::scan;
use super::shape::{self, Filler};
use crate::platform::digest::sha256_hex;
use crate::platform::refusal::{Failure, FieldError, Refusal, Result, refuse_if_any};

/// A JSON body that is parsed when it is asked for.
#[derive(Clone, Debug)]
pub enum Input<T> {
    /// As it came.
    Sent(Arc<Body>, PhantomData<fn() -> T>),
    /// Made by another face of the same actions (a page, a test, a sample).
    Ready(T),
}

/// The bytes of a request, or why there are none.
#[derive(Debug)]
pub struct Body {
    bytes: Bytes,
    media_type: String,
    fault: Option<Fault>,
    reading: Mutex<Reading>,
}

/// How a body is read now, and what came of it.
#[derive(Clone, Copy, Debug, Default)]
struct Reading {
    /// Read as a copy whose faults are mended with these; none: as it was sent.
    filler: Option<Filler>,
    /// Whether its shape was found to be wrong.
    misshapen: bool,
}

/// Why a body is not there in whole.
#[derive(Clone, Copy, Debug)]
enum Fault {
    TooLarge(usize),
    BrokeOff,
    TooSlow(u64),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::TooLarge(limit) => Refusal::TooLarge(limit).into(),
            Fault::BrokeOff => Refusal::Malformed("The body broke off.".into()).into(),
            Fault::TooSlow(seconds) => Refusal::TooSlow(seconds).into(),
        }
    }
}

impl<T: DeserializeOwned + Clone> Input<T> {
    /// A value that needs no parsing.
    pub const fn ready(value: T) -> Self {
        Self::Ready(value)
    }

    /// Parses the body.
    ///
    /// # Errors
    /// 413 when it was too large, 415 when it is not JSON by its type, 400 when it can't be read,
    /// 422 with a pointer when a value or field is not as declared.
    pub fn get(&self) -> Result<T> {
        match self {
            Self::Ready(value) => Ok(value.clone()),
            Self::Sent(body, _) => parse(body),
        }
    }
}

impl<T: DeserializeOwned + Clone> Input<T> {
    /// As [`Input::get`], for values that are judged without the database.
    ///
    /// # Errors
    /// As [`Input::get`]; what `judge` finds, at once with what is wrong with the shape.
    pub fn judged(&self, judge: impl Fn(&T) -> Result<()>) -> Result<T> {
        let found = || {
            let value = self.get()?;
            judge(&value).map(|()| value)
        };
        match self {
            Self::Ready(_) => found(),
            Self::Sent(body, _) => body.judged(&mut (), |()| found(), |()| found()),
        }
    }
}

impl<T: DeserializeOwned + Clone + Default> Input<T> {
    /// As [`Input::get`], for acts that need no body: none at all is the default value.
    ///
    /// # Errors
    /// As [`Input::get`].
    pub fn get_or_default(&self) -> Result<T> {
        match self {
            Self::Sent(body, _) if body.is_absent() => Ok(T::default()),
            _ => self.get(),
        }
    }
}

impl Body {
    /// A body made by another face of the same actions.
    pub fn of(bytes: impl Into<Bytes>, media_type: &str) -> Self {
        Self {
            bytes: bytes.into(),
            media_type: media_type.to_owned(),
            fault: None,
            reading: Mutex::default(),
        }
    }

    /// Whether nothing was sent.
    fn is_absent(&self) -> bool {
        self.bytes.is_empty() && self.fault.is_none()
    }

    /// The bytes as they came, for bodies that are not JSON.
    ///
    /// # Errors
    /// 413 when it was too large, 400 when it broke off, 408 when it took too long, 415 when its
    /// type is not `media_type`.
    pub fn of_type(&self, media_type: &str) -> Result<&Bytes> {
        if let Some(fault) = self.fault {
            return Err(fault.into());
        }
        if self.media_type != media_type {
            return Err(Refusal::WrongMediaType(format!("Send {media_type}.")).into());
        }
        Ok(&self.bytes)
    }

    /// The bytes of a JSON body, without the byte order mark that some editors put before it.
    fn json(&self) -> Result<&[u8]> {
        let bytes = self.of_type("application/json")?;
        Ok(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `act` comes to with this body; where the body's shape is wrong, what is wrong with the
    /// meaning of its other values is told with it. For that, `tried` acts and undoes what it did.
    ///
    /// # Errors
    /// What `act` gives.
    pub fn judged<T, C>(
        &self,
        on: &mut C,
        act: impl FnOnce(&mut C) -> Result<T>,
        tried: impl Fn(&mut C) -> Result<T>,
    ) -> Result<T> {
        *self.reading() = Reading::default();
        let done = act(on);
        match done {
            Err(Failure::Refused(Refusal::Invalid(mut told))) if self.reading().misshapen => {
                let meant = self.meant(|| tried(on));
                let about = told.clone();
                told.extend(
                    meant
                        .into_iter()
                        .filter(|error| error.is_apart_from(&about)),
                );
                Err(Refusal::Invalid(told).into())
            }
            done => done,
        }
    }

    /// What is wrong whatever stands in the place of the wrong values.
    fn meant<T>(&self, mut tried: impl FnMut() -> Result<T>) -> Vec<FieldError> {
        let [low, high] = [Filler::Low, Filler::High].map(|filler| {
            self.reading().filler = Some(filler);
            let outcome = tried();
            self.reading().filler = None;
            match outcome {
                Err(Failure::Refused(Refusal::Invalid(errors))) => errors,
                _ => Vec::new(),
            }
        });
        low.into_iter()
            .filter(|error| high.contains(error))
            .collect()
    }

    /// SHA-256 of what came, for the idempotency key's comparison.
    pub fn digest(&self) -> String {
        sha256_hex(&self.bytes)
    }
}

fn parse<T: DeserializeOwned>(body: &Body) -> Result<T> {
    let bytes = body.json()?;
    if let Some(filler) = body.reading().filler {
        // Whoever reads a copy knows already what is wrong with the shape.
        return shape::mended(bytes, filler).ok_or_else(|| Refusal::Invalid(Vec::new()).into());
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read: std::result::Result<T, _> = serde_path_to_error::deserialize(&mut reader);
    let value = read.map_err(|error| -> Failure {
        if error.inner().is_data() {
            body.reading().misshapen = true;
            Refusal::Invalid(shape::faults::<T>(bytes, &error)).into()
        } else {
            Refusal::Malformed(format!("This is not JSON: {}.", error.inner())).into()
        }
    })?;
    reader
        .end()
        .map_err(|_| Refusal::Malformed("Something follows the JSON value.".into()))?;
    let faults = scan::faults_in(bytes);
    body.reading().misshapen = !faults.is_empty();
    refuse_if_any(faults)?;
    Ok(value)
}

impl<T> FromRequest for Input<T> {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Self, Failure>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = Body::read(request, payload);
        Box::pin(async move { Ok(Self::Sent(body.await, PhantomData)) })
    }
}

/// How large a JSON or CSV body may be, and how long it may take.
#[derive(Clone, Copy, Debug)]
pub struct BodyRules {
    /// In bytes.
    pub limit: usize,
    /// The body is in whole within so many seconds after its head.
    pub seconds: u64,
}

impl Default for BodyRules {
    fn default() -> Self {
        Self {
            limit: 2 * 1024 * 1024,
            seconds: 60,
        }
    }
}

impl BodyRules {
    fn of(request: &HttpRequest) -> Self {
        let set = request.app_data::<actix_web::web::Data<Self>>();
        set.map_or_else(Self::default, |rules| *rules.get_ref())
    }
}

impl BodyRules {
    /// What `work` reads of a body, in the time that a body may take.
    ///
    /// # Errors
    /// 408 when it takes longer; what `work` gives.
    pub async fn in_time<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::time::timeout(Duration::from_secs(self.seconds), work)
            .await
            .unwrap_or_else(|_| Err(Refusal::TooSlow(self.seconds).into()))
    }
}

impl Body {
    async fn take_in(&mut self, payload: &mut Payload, limit: usize) {
        let mut bytes = Vec::new();
        while let Some(chunk) = payload.next().await {
            let Ok(chunk) = chunk else {
                self.fault = Some(Fault::BrokeOff);
                break;
            };
            if bytes.len() + chunk.len() > limit {
                self.fault = Some(Fault::TooLarge(limit));
                break;
            }
            bytes.extend_from_slice(&chunk);
        }
        self.bytes = bytes.into();
    }
}

/// The media type of a request's body, without parameters; empty when it says none.
pub(super) fn media_type(request: &HttpRequest) -> String {
    request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

/// The body as it came, for routes that take something else than JSON.
impl Body {
    /// Reads the body of a request, as far as [`BodyRules`] allow.
    pub fn read(
        request: &HttpRequest,
        payload: &mut Payload,
    ) -> Pin<Box<dyn Future<Output = Arc<Self>>>> {
        let media_type = media_type(request);
        let announced = request
            .headers()
            .get("content-length")
            .and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
        let (request, rules) = (request.clone(), BodyRules::of(request));
        let mut payload = payload.take();
        Box::pin(async move {
            let mut body = Self::of(Bytes::new(), &media_type);
            if announced.is_some_and(|length| length > rules.limit) {
                body.fault = Some(Fault::TooLarge(rules.limit));
            } else {
                let time = Duration::from_secs(rules.seconds);
                let in_time = tokio::time::timeout(time, body.take_in(&mut payload, rules.limit));
                if in_time.await.is_err() {
                    body.fault = Some(Fault::TooSlow(rules.seconds));
                }
            }
            let body = Arc::new(body);
            let mut extensions = request.extensions_mut();
            extensions.insert(BodyDigest(body.digest()));
            extensions.insert(SentBody(Arc::clone(&body)));
            drop(extensions);
            body
        })
    }
}

/// A body that is not JSON (CSV, e-mail), read as far as [`BodyRules`] allow and judged when asked for.
#[derive(Clone, Debug)]
pub struct RawInput(pub Arc<Body>);

impl FromRequest for RawInput {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Self, Failure>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = Body::read(request, payload);
        Box::pin(async move { Ok(Self(body.await)) })
    }
}

/// Left with the request by whoever read its body, to go back where it could not be saved.
struct SentBody(Arc<Body>);

/// The body that a request was sent with, once an extractor has read it.
pub fn sent_body(request: &HttpRequest) -> Option<Arc<Body>> {
    let extensions = request.extensions();
    extensions.get::<SentBody>().map(|sent| Arc::clone(&sent.0))
}

/// The JSON that a request was sent with, once an extractor has read it.
pub(super) fn sent_json(request: &HttpRequest) -> Option<Value> {
    serde_json::from_slice(&sent_body(request)?.bytes).ok()
}

/// Left with the request by whoever read its body, for the idempotency key's comparison.
#[derive(Clone)]
pub(super) struct BodyDigest(pub(super) String);

/// Leaves what tells one streamed body from another (its digest, its name), for the idempotency
/// key's comparison.
pub fn leave_body_digest(request: &HttpRequest, parts: &[&str]) {
    request
        .extensions_mut()
        .insert(BodyDigest(sha256_hex(parts.join("\n").as_bytes())));
}
