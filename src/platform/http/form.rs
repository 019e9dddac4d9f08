//! What the form of a page sends, read late like a JSON body, and as strictly: it goes to the same
//! actions.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use super::input::Body;
use super::scan;
use crate::platform::refusal::{Failure, FieldError, Refusal, Result, refuse_if_any};

/// A form that is parsed when it is asked for.
#[derive(Clone, Debug)]
pub struct Form<T>(Arc<Body>, PhantomData<fn() -> T>);

impl<T: DeserializeOwned> Form<T> {
    /// Parses the form.
    ///
    /// # Errors
    /// 413 when it was too large, 415 when it is no form by its type, 400 when it lacks a field,
    /// 422 when a value holds what no text may.
    pub fn get(&self) -> Result<T> {
        let bytes = self.0.of_type("application/x-www-form-urlencoded")?;
        let faults = form_urlencoded::parse(bytes).filter_map(|(name, value)| {
            let fault = scan::fault_in(&name).or_else(|| scan::fault_in(&value));
            fault.map(|words| FieldError::at(format!("/{}", scan::step(&name)), words))
        });
        refuse_if_any(faults.collect())?;
        serde_urlencoded::from_bytes(bytes)
            .map_err(|error| Refusal::Malformed(format!("The form can't be read: {error}.")).into())
    }
}

impl<T> FromRequest for Form<T> {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Self, Failure>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = Body::read(request, payload);
        Box::pin(async move { Ok(Self(body.await, PhantomData)) })
    }
}
