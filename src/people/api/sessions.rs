//! Signing in and out.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{delete, post};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::people::Call;
use crate::people::guesses::{self, Tally};
use crate::people::passwords::Passwords;
use crate::people::proofs::{self, Attempt};
use crate::people::sessions::{self, Lifetimes, SignIn, Tokens};
use crate::people::store;
use crate::platform::http::PathId;
use crate::platform::http::{self, Answer, Input};
use crate::platform::ids::SessionId;
use crate::platform::refusal::{Failure, Refusal};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(sign_in).service(refresh).service(end);
}

/// Sign in: a short-lived access token and a refresh token.
#[utoipa::path(tag = "people", security(()), request_body = SignIn, responses((status = 201, body = Tokens)))]
#[post("/sessions")]
async fn sign_in(
    call: Call,
    passwords: Data<Passwords>,
    last: Data<Lifetimes>,
    input: Input<SignIn>,
) -> Answer {
    call.takes_no_query()?;
    let asked = input.get()?;
    let (facts, db) = (call.facts().clone(), call.gate().db.clone());
    let tally = Tally::of_guesses(&asked.email, &facts.peer);
    let (email, before) = (asked.email.clone(), tally.clone());
    let row = db
        .read(facts.arrived, move |r| {
            guesses::check(r, &before)?;
            store::person_by_email(r, &email)
        })
        .await?;
    let person = row.as_ref().map(|row| row.id);
    let hash = row.and_then(|row| row.password_hash);
    let password = passwords
        .check(&facts.peer, asked.password.clone(), hash)
        .await?;
    let is_outdated = |hash| passwords.is_outdated(hash);
    let renewed = if password.right_for().is_some_and(is_outdated) {
        Some(passwords.hash(&facts.peer, asked.password).await?)
    } else {
        None
    };
    let attempt = Attempt {
        tally,
        person,
        password,
        renewed,
        code: asked.code,
    };
    let (keys, last) = (call.gate().keys.clone(), **last);
    let begun = db
        .write(facts.arrived, move |w| {
            proofs::sign_in(w, &keys, &attempt, last)
        })
        .await?;
    secret(&call, begun.ok_or(Failure::Refused(Refusal::SignInFailed))?)
}

/// A refresh token.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Refresh {
    /// As given at sign-in or at the last refresh.
    refresh_token: String,
}

/// Exchange a refresh token for a new pair. Using one twice ends the session.
#[utoipa::path(tag = "people", security(()), request_body = Refresh, responses((status = 201, body = Tokens)))]
#[post("/sessions/refreshes")]
async fn refresh(call: Call, last: Data<Lifetimes>, input: Input<Refresh>) -> Answer {
    call.takes_no_query()?;
    let asked = input.get()?;
    let (keys, last) = (call.gate().keys.clone(), **last);
    let db = call.gate().db.clone();
    let tokens = db
        .write(call.facts().arrived, move |w| {
            sessions::refresh(w, &keys, &asked.refresh_token, last)
        })
        .await?;
    secret(
        &call,
        tokens.ok_or(Failure::Refused(Refusal::SignInNeeded))?,
    )
}

fn secret(call: &Call, tokens: Tokens) -> Answer {
    let location = format!("/api/v1/sessions/{}", tokens.session);
    let mut answer = http::shown(call.facts(), StatusCode::CREATED, Some(&location), &tokens)?;
    answer.headers_mut().insert(
        actix_web::http::header::CACHE_CONTROL,
        actix_web::http::header::HeaderValue::from_static("no-store"),
    );
    Ok(answer)
}

/// End one of your sessions, for example the present one.
#[utoipa::path(tag = "people", responses((status = 204)))]
#[delete("/sessions/{id}")]
async fn end(call: Call, id: PathId<SessionId>) -> Answer {
    let id = id.get();
    let call = call.own_account();
    call.remove(move |w, who| {
        if !store::is_session_of(w, id, who.id)? {
            return Err(Failure::not_found());
        }
        sessions::end(w, id, "signed_out")
    })
    .await
}
