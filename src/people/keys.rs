//! Signing keys and what they sign: access tokens and the links in e-mails.

use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::prelude::*;
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
};
use serde::{Deserialize, Serialize};

use crate::platform::clock::Instant;
use crate::platform::db::schema::signing_keys;
use crate::platform::db::{Reads, Writes};
use crate::platform::digest::hmac_sha256;
use crate::platform::ids::{LinkId, PersonId, SessionId};
use crate::platform::refusal::{Failure, Result};

/// Who signs, and for whom.
const ISSUER: &str = "civitas";

#[derive(Clone)]
struct Key {
    id: i64,
    secret: Vec<u8>,
}

/// The keys in force, newest first; the newest signs, all of them verify.
#[derive(Clone, Default)]
pub struct Keys(Arc<RwLock<Vec<Key>>>);

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: i64,
    iat: i64,
    exp: i64,
}

impl Keys {
    /// Reads the keys from the database and makes the first one when there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub fn load(&self, w: &mut Writes<'_>) -> Result<()> {
        if read(w)?.is_empty() {
            add(w)?;
        }
        self.refresh(w)
    }

    /// Reads the keys again, for example after another server rotated them.
    ///
    /// # Errors
    /// When the database fails.
    pub fn refresh(&self, r: &mut Reads<'_>) -> Result<()> {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = read(r)?;
        Ok(())
    }

    fn newest(&self) -> Result<Key> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.first()
            .cloned()
            .ok_or_else(|| Failure::broken("there is no signing key"))
    }

    fn named(&self, id: i64) -> Option<Key> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .find(|key| key.id == id)
            .cloned()
    }

    /// A token that says who acts in which session, valid for so many seconds.
    ///
    /// # Errors
    /// When there is no key.
    pub fn access_token(
        &self,
        person: PersonId,
        session: SessionId,
        now: Instant,
        seconds: i64,
    ) -> Result<String> {
        let key = self.newest()?;
        let header = Header {
            kid: Some(key.id.to_string()),
            ..Header::new(Algorithm::HS256)
        };
        let claims = Claims {
            iss: ISSUER.into(),
            aud: ISSUER.into(),
            sub: person.to_string(),
            sid: session.0,
            iat: now.seconds(),
            exp: now.seconds() + seconds,
        };
        encode(&header, &claims, &EncodingKey::from_secret(&key.secret))
            .map_err(|error| Failure::Broken(error.into()))
    }

    /// The session that a token names, if the token is ours, unexpired and of the one algorithm.
    pub fn session_of(&self, token: &str, now: Instant) -> Option<SessionId> {
        let header = decode_header(token).ok()?;
        let key = self.named(header.kid?.parse().ok()?)?;
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_issuer(&[ISSUER]);
        rules.set_audience(&[ISSUER]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Expiry is judged below by the program's own clock.
        rules.validate_exp = false;
        let claims = decode::<Claims>(token, &DecodingKey::from_secret(&key.secret), &rules)
            .ok()?
            .claims;
        (claims.exp > now.seconds()).then_some(SessionId(claims.sid))
    }

    /// The token of a link: its identity and a signature, so that no row and no waiting e-mail
    /// holds one.
    ///
    /// # Errors
    /// When there is no key.
    pub fn link_token(&self, link: LinkId) -> Result<String> {
        Ok(signed(&self.newest()?, link))
    }

    /// The link that a token names, if a key in force signed it.
    pub fn link_of(&self, token: &str) -> Option<LinkId> {
        let link = LinkId(token.split_once('.')?.0.parse().ok()?);
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter()
            .any(|key| same(&signed(key, link), token))
            .then_some(link)
    }

    /// A secret derived for one purpose, for example an order that must not be guessed.
    ///
    /// # Errors
    /// When there is no key.
    pub fn derived(&self, purpose: &str) -> Result<[u8; 32]> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys
            .last()
            .ok_or_else(|| Failure::broken("there is no signing key"))?;
        Ok(hmac_sha256(&key.secret, purpose.as_bytes()))
    }
}

fn signed(key: &Key, link: LinkId) -> String {
    let signature = hmac_sha256(&key.secret, format!("link {link}").as_bytes());
    format!("{link}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Compares in a time that tells nothing of where two texts differ.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one
            .bytes()
            .zip(other.bytes())
            .fold(0, |sum, (a, b)| sum | (a ^ b))
            == 0
}

fn read(r: &mut Reads<'_>) -> Result<Vec<Key>> {
    let rows: Vec<(i64, String)> = signing_keys::table
        .filter(signing_keys::retired_at.is_null())
        .order((signing_keys::created_at.desc(), signing_keys::id.desc()))
        .select((signing_keys::id, signing_keys::secret))
        .load(r.conn())?;
    rows.into_iter()
        .map(|(id, secret)| {
            let secret = URL_SAFE_NO_PAD
                .decode(secret)
                .map_err(|error| Failure::Broken(error.into()))?;
            Ok(Key { id, secret })
        })
        .collect()
}

/// Adds a key, which signs from now on; older ones than the one before it are retired.
///
/// # Errors
/// When the database fails.
pub fn add(w: &mut Writes<'_>) -> Result<()> {
    let (id, now) = (w.fresh_id::<i64>(), w.now());
    let secret = w.entropy().token();
    let kept: Vec<i64> = signing_keys::table
        .filter(signing_keys::retired_at.is_null())
        .order(signing_keys::created_at.desc())
        .limit(1)
        .select(signing_keys::id)
        .load(w.conn())?;
    diesel::update(
        signing_keys::table
            .filter(signing_keys::id.ne_all(kept))
            .filter(signing_keys::retired_at.is_null()),
    )
    .set(signing_keys::retired_at.eq(now))
    .execute(w.conn())?;
    diesel::insert_into(signing_keys::table)
        .values((
            signing_keys::id.eq(id),
            signing_keys::secret.eq(secret),
            signing_keys::created_at.eq(now),
        ))
        .execute(w.conn())?;
    Ok(())
}
