//! Personal tokens, for programs that act in their owner's name.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::letters;
use super::model::{Person, Scope};
use super::own::record;
use crate::platform::clock::Instant;
use crate::platform::counting::characters;
use crate::platform::db::schema::api_tokens;
use crate::platform::db::{Reads, Writes};
use crate::platform::digest::sha256_hex;
use crate::platform::http::{Created, Input};
use crate::platform::ids::PersonId;
use crate::platform::plain;
use crate::platform::refusal::{Failure, FieldError, Result, Rule, refuse_if_any};

/// More tokens than these nobody keeps track of.
const LIVE_AT_MOST: usize = 50;

/// A personal token, without its secret.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TokenView {
    /// Identity.
    pub id: i64,
    /// What it is for.
    pub name: String,
    /// How far it reaches.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Instant,
    /// When it stops working.
    pub expires_at: Instant,
    /// The token itself, shown once when made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// A personal token to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for: 1 to 100 characters.
    pub name: String,
    /// How far it reaches.
    pub scopes: Vec<Scope>,
    /// Days until it stops working, 1 to 366.
    #[schema(minimum = 1, maximum = 366)]
    pub days: i64,
}

/// Makes a personal token. A token can't make another.
///
/// # Errors
/// 403 without a fresh sign-in, 422 when values are wrong.
pub fn make_token(
    w: &mut Writes<'_>,
    who: &Person,
    input: &Input<NewToken>,
) -> Result<Created<TokenView>> {
    who.require_fresh(w.now())?;
    who.require_verified()?;
    if tokens(w, who)?.len() >= LIVE_AT_MOST {
        let words = "You have as many tokens as anyone may have: end one that nobody uses.";
        return Err(Failure::rule(Rule::QuotaUsedUp, words));
    }
    let asked = input.get()?;
    let mut errors = Vec::new();
    if asked.name.trim().is_empty() || characters(&asked.name) > 100 {
        errors.push(FieldError::at("/name", "1 to 100 characters"));
    }
    errors.extend(plain::objection("/name", &asked.name));
    if asked.scopes.is_empty() {
        errors.push(FieldError::at("/scopes", "at least one"));
    }
    if !(1..=366).contains(&asked.days) {
        errors.push(FieldError::at("/days", "1 to 366"));
    }
    refuse_if_any(errors)?;
    let (id, now, secret) = (
        w.fresh_id::<i64>(),
        w.now(),
        format!("civ_{}", w.entropy().token()),
    );
    diesel::insert_into(api_tokens::table)
        .values((
            api_tokens::id.eq(id),
            api_tokens::person_id.eq(who.id),
            api_tokens::name.eq(asked.name.trim()),
            api_tokens::scopes.eq(serde_json::to_string(&asked.scopes)?),
            api_tokens::token_hash.eq(sha256_hex(&secret)),
            api_tokens::created_at.eq(now),
            api_tokens::expires_at.eq(now.plus_days(asked.days)),
        ))
        .execute(w.conn())?;
    record(w, Some(who.id), "token.made", who.id)?;
    letters::changed(w, who.id, &who.name, "a token for programs was made")?;
    let view = TokenView {
        id,
        name: asked.name.trim().to_owned(),
        scopes: asked.scopes,
        created_at: now,
        expires_at: now.plus_days(asked.days),
        token: Some(secret),
    };
    Ok(Created::at(format!("/api/v1/me/tokens/{id}"), view))
}

/// One's live tokens, newest first.
///
/// # Errors
/// When the database fails.
pub fn tokens(r: &mut Reads<'_>, who: &Person) -> Result<Vec<TokenView>> {
    let now = r.now();
    let rows: Vec<(i64, String, String, Instant, Instant)> = api_tokens::table
        .filter(api_tokens::person_id.eq(who.id))
        .filter(api_tokens::revoked_at.is_null())
        .filter(api_tokens::expires_at.gt(now))
        .order((api_tokens::created_at.desc(), api_tokens::id))
        .select((
            api_tokens::id,
            api_tokens::name,
            api_tokens::scopes,
            api_tokens::created_at,
            api_tokens::expires_at,
        ))
        .load(r.conn())?;
    rows.into_iter()
        .map(|(id, name, scopes, created_at, expires_at)| {
            Ok(TokenView {
                id,
                name,
                scopes: serde_json::from_str(&scopes)?,
                created_at,
                expires_at,
                token: None,
            })
        })
        .collect()
}

/// Ends a token.
///
/// # Errors
/// 404 when it is not one's own.
pub fn revoke_token(w: &mut Writes<'_>, who: &Person, id: i64) -> Result<()> {
    let now = w.now();
    let ended = diesel::update(
        api_tokens::table
            .find(id)
            .filter(api_tokens::person_id.eq(who.id))
            .filter(api_tokens::revoked_at.is_null()),
    )
    .set(api_tokens::revoked_at.eq(now))
    .execute(w.conn())?;
    if ended == 0 {
        return Err(Failure::not_found());
    }
    record(w, Some(who.id), "token.revoked", who.id)
}

/// Ends every token of a person.
///
/// # Errors
/// When the database fails.
pub fn revoke_all(w: &mut Writes<'_>, person: PersonId) -> Result<()> {
    let now = w.now();
    let ended = diesel::update(
        api_tokens::table
            .filter(api_tokens::person_id.eq(person))
            .filter(api_tokens::revoked_at.is_null()),
    )
    .set(api_tokens::revoked_at.eq(now))
    .execute(w.conn())?;
    if ended == 0 {
        return Ok(());
    }
    record(w, None, "token.revoked", person)
}
