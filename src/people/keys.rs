//! Signing keys and what they sign: access tokens and the links in e-mails.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock, RwLockReadGuard};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::prelude::*;
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::db::schema::signing_keys;
use crate::platform::db::{Reads, Writes};
use crate::platform::digest::hmac_sha256;
use crate::platform::ids::{LinkId, PersonId, SessionId};
use crate::platform::refusal::{Failure, Result};

/// Who signs, and for whom.
const ISSUER: &str = "civitas";

/// What a token must say; expiry is judged apart, by the program's own clock.
static RULES: LazyLock<Validation> = LazyLock::new(|| {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_issuer(&[ISSUER]);
    rules.set_audience(&[ISSUER]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    rules.validate_exp = false;
    rules
});

#[derive(Clone)]
struct Key {
    id: i64,
    secret: Vec<u8>,
    verifies: DecodingKey,
}

/// The keys in force, newest first; the newest signs, all of them verify.
#[derive(Clone, Default)]
pub struct Keys(Arc<Known>);

#[derive(Default)]
struct Known {
    keys: RwLock<Vec<Key>>,
    /// The second in which the database was last asked for a key that is not known here.
    asked_at: AtomicI64,
}

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
        if read(w, false)?.is_empty() {
            add(w)?;
        }
        self.refresh(w)
    }

    /// Reads the keys again, for example after another server rotated them.
    ///
    /// # Errors
    /// When the database fails.
    pub fn refresh(&self, r: &mut Reads<'_>) -> Result<()> {
        let keys = read(r, false)?;
        *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// As [`Keys::refresh`], for what was signed by none of the keys known here: another server may
    /// have rotated them a moment ago. No more than once in a second, since anyone can make up a key.
    fn look_again(&self, r: &mut Reads<'_>) -> Result<()> {
        let now = r.now();
        let is_due = |at: i64| now.seconds() > at || Instant::of_seconds(at).is_ahead_of(now);
        let asked = self
            .0
            .asked_at
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |at| {
                is_due(at).then_some(now.seconds())
            });
        if asked.is_ok() {
            self.refresh(r)?;
        }
        Ok(())
    }

    fn known(&self) -> RwLockReadGuard<'_, Vec<Key>> {
        self.0.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn newest(&self) -> Result<Key> {
        self.known()
            .first()
            .cloned()
            .ok_or_else(|| Failure::broken("there is no signing key"))
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
    ///
    /// # Errors
    /// When the database fails.
    pub fn session_of(&self, r: &mut Reads<'_>, token: &str) -> Result<Option<SessionId>> {
        let Some(named) = named_key(token) else {
            return Ok(None);
        };
        let is_known = self.known().iter().any(|key| key.id == named);
        if !is_known {
            self.look_again(r)?;
        }
        Ok(self.session_by(named, token, r.now()))
    }

    /// As [`Keys::session_of`], by the keys that are known here.
    pub fn known_session_of(&self, token: &str, now: Instant) -> Option<SessionId> {
        self.session_by(named_key(token)?, token, now)
    }

    fn session_by(&self, named: i64, token: &str, now: Instant) -> Option<SessionId> {
        let verifies = {
            let keys = self.known();
            keys.iter().find(|key| key.id == named)?.verifies.clone()
        };
        let claims = decode::<Claims>(token, &verifies, &RULES).ok()?.claims;
        let begins = Instant::of_seconds(claims.iat);
        (claims.exp > now.seconds() && !begins.is_ahead_of(now)).then_some(SessionId(claims.sid))
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
    ///
    /// # Errors
    /// When the database fails.
    pub fn link_of(&self, r: &mut Reads<'_>, token: &str) -> Result<Option<LinkId>> {
        if let Some(link) = self.known_link_of(token) {
            return Ok(Some(link));
        }
        self.look_again(r)?;
        Ok(self.known_link_of(token))
    }

    /// As [`Keys::link_of`], by the keys that are known here.
    pub fn known_link_of(&self, token: &str) -> Option<LinkId> {
        let link = LinkId(token.split_once('.')?.0.parse().ok()?);
        self.known()
            .iter()
            .any(|key| same(&signed(key, link), token))
            .then_some(link)
    }

    /// A signature over the head of the audit log, for keeping both outside of the database.
    ///
    /// # Errors
    /// When there is no key.
    pub fn signature_of_head(&self, head: &str) -> Result<String> {
        Ok(head_signed(&self.newest()?, head))
    }
}

/// The key that a token says it was signed by.
fn named_key(token: &str) -> Option<i64> {
    decode_header(token).ok()?.kid?.parse().ok()
}

fn signed(key: &Key, link: LinkId) -> String {
    let signature = hmac_sha256(&key.secret, format!("link {link}").as_bytes());
    format!("{link}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn head_signed(key: &Key, head: &str) -> String {
    let signature = hmac_sha256(&key.secret, format!("audit head {head}").as_bytes());
    URL_SAFE_NO_PAD.encode(signature)
}

/// Whether a signature over the head of the audit log was made here, by whatever key, in force or
/// retired.
///
/// # Errors
/// When the database fails.
pub fn signed_head(r: &mut Reads<'_>, head: &str, signature: &str) -> Result<bool> {
    let keys = read(r, true)?;
    Ok(keys
        .iter()
        .any(|key| same(&head_signed(key, head), signature)))
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

fn read(r: &mut Reads<'_>, retired_too: bool) -> Result<Vec<Key>> {
    let rows: Vec<(i64, String, Option<Instant>)> = signing_keys::table
        .order((signing_keys::created_at.desc(), signing_keys::id.desc()))
        .select((
            signing_keys::id,
            signing_keys::secret,
            signing_keys::retired_at,
        ))
        .load(r.conn())?;
    rows.into_iter()
        .filter(|(_, _, retired_at)| retired_too || retired_at.is_none())
        .map(|(id, secret, _)| {
            let secret = URL_SAFE_NO_PAD
                .decode(secret)
                .map_err(|error| Failure::Broken(error.into()))?;
            Ok(Key {
                id,
                verifies: DecodingKey::from_secret(&secret),
                secret,
            })
        })
        .collect()
}

/// Makes a new key, by which everything is signed from now on. What the one before it signed is
/// still good; what those before that signed is not.
///
/// # Errors
/// When the database fails.
pub fn rotate(w: &mut Writes<'_>) -> Result<()> {
    let id = add(w)?;
    audit::record(
        w,
        Act {
            actor: None,
            act: "signing_key.rotated",
            object: ("signing_key", id),
            competition: None,
            coalition: None,
            detail: json!({}),
        },
    )
}

/// Adds a key, which signs from now on; older ones than the one before it are retired.
///
/// # Errors
/// When the database fails.
fn add(w: &mut Writes<'_>) -> Result<i64> {
    let (id, now) = (w.fresh_id::<i64>(), w.now());
    let secret = w.entropy().token();
    let newest: Option<(i64, Instant)> = signing_keys::table
        .filter(signing_keys::retired_at.is_null())
        .order((signing_keys::created_at.desc(), signing_keys::id.desc()))
        .select((signing_keys::id, signing_keys::created_at))
        .first(w.conn())
        .optional()?;
    let kept: Vec<i64> = newest.iter().map(|(id, _)| *id).collect();
    // The newest key signs, also where the clock was set back since the one before it was made.
    let after_it = newest.map_or(now, |(_, at)| Instant::from_micros(at.micros() + 1));
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
            signing_keys::created_at.eq(now.max(after_it)),
        ))
        .execute(w.conn())?;
    Ok(id)
}
