//! What an address asks: its query and the identities in its path, read late like a body, so that a
//! wrong one tells nothing about what the caller may not see.

use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use serde::de::DeserializeOwned;

use super::scan;
use crate::platform::refusal::{Failure, FieldError, Refusal, Result};

/// A query string that is parsed when it is asked for; an unknown parameter is refused.
#[derive(Clone, Debug)]
pub struct Asked<T>(String, PhantomData<fn() -> T>);

impl<T: DeserializeOwned> Asked<T> {
    /// A query made by another face of the same actions.
    pub fn of(query: &str) -> Self {
        Self(query.to_owned(), PhantomData)
    }

    /// Parses the query.
    ///
    /// # Errors
    /// 400 naming the parameter.
    pub fn get(&self) -> Result<T> {
        if let Some((name, _)) = form_pairs(&self.0).find(|(_, value)| value.contains('\0')) {
            let errors = vec![FieldError::at(format!("?{name}"), scan::NO_NUL)];
            return Err(Refusal::BadQuery(errors).into());
        }
        let reader = serde_urlencoded::Deserializer::new(form_pairs(&self.0));
        serde_path_to_error::deserialize(reader).map_err(|error| {
            let path = error.path().to_string();
            let name = if path == "." {
                "?".to_owned()
            } else {
                format!("?{path}")
            };
            Refusal::BadQuery(vec![FieldError::at(name, error.into_inner().to_string())]).into()
        })
    }
}

fn form_pairs(query: &str) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(query.as_bytes())
}

impl<T> FromRequest for Asked<T> {
    type Error = Failure;
    type Future = Ready<std::result::Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        request.extensions_mut().insert(QueryIsRead);
        ready(Ok(Self(request.query_string().to_owned(), PhantomData)))
    }
}

/// Left with the request where the route reads its query.
struct QueryIsRead;

/// The parameters of a request whose route takes none.
pub fn unread_query(request: &HttpRequest) -> Vec<FieldError> {
    if request.extensions().get::<QueryIsRead>().is_some() {
        return Vec::new();
    }
    form_pairs(request.query_string())
        .map(|(name, _)| FieldError::at(format!("?{name}"), "This address takes no parameters."))
        .collect()
}

/// An identity in the path. What is no identity is read as one that nothing has, so that it
/// answers like any absent object.
#[derive(Clone, Copy, Debug)]
pub struct PathId<I>(I);

impl<I: Copy> PathId<I> {
    /// The identity.
    pub const fn get(&self) -> I {
        self.0
    }
}

impl<I: From<i64>> FromRequest for PathId<I> {
    type Error = Failure;
    type Future = Ready<std::result::Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(nth_id(request, 0))))
    }
}

/// Two identities in the path, in order.
#[derive(Clone, Copy, Debug)]
pub struct PathIds<T>(T);

impl<T: Copy> PathIds<T> {
    /// The identities.
    pub const fn get(&self) -> T {
        self.0
    }
}

impl<A: From<i64>, B: From<i64>> FromRequest for PathIds<(A, B)> {
    type Error = Failure;
    type Future = Ready<std::result::Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self((nth_id(request, 0), nth_id(request, 1)))))
    }
}

fn nth_id<I: From<i64>>(request: &HttpRequest, n: usize) -> I {
    let text = request
        .match_info()
        .iter()
        .nth(n)
        .map_or("", |(_, value)| value);
    let canonical = text
        .parse::<i64>()
        .ok()
        .filter(|id| *id > 0 && id.to_string() == text);
    I::from(canonical.unwrap_or(0))
}
