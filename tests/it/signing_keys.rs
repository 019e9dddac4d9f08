//! What is signed by our own key is believed only where every word of it is as we say it, and by
//! the key that it names.

use std::time::Duration;

use actix_web::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use civitas::people::keys::{self, Keys};
use civitas::people::links::{self, LinkKind};
use civitas::people::{sessions, store};
use civitas::platform::db::schema::signing_keys;
use diesel::prelude::*;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::for_each_database;
use crate::world::{Actor, World as Civitas};

/// The key that signs: its identity and its secret.
fn key(w: &Civitas) -> (i64, Vec<u8>) {
    let (id, secret): (i64, String) = w.write(|w| {
        Ok(signing_keys::table
            .filter(signing_keys::retired_at.is_null())
            .order(signing_keys::created_at.desc())
            .select((signing_keys::id, signing_keys::secret))
            .first(w.conn())?)
    });
    (id, URL_SAFE_NO_PAD.decode(secret).unwrap())
}

/// What a token of theirs says.
fn claims(who: &Actor) -> Value {
    let said = who.token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(said).unwrap()).unwrap()
}

fn signed(algorithm: Algorithm, kid: Option<String>, secret: &[u8], claims: &Value) -> String {
    let header = Header {
        kid,
        ..Header::new(algorithm)
    };
    encode(&header, claims, &EncodingKey::from_secret(secret)).unwrap()
}

async fn status(w: &Civitas, who: &Actor, token: &str) -> u16 {
    let token = token.to_owned();
    let bearer = Actor {
        token,
        ..who.clone()
    };
    w.get(&bearer, "/me").await.status
}

/// Another server over the same database, which has rotated the keys so many times.
fn rotated_elsewhere(w: &Civitas, times: usize) -> Keys {
    let there = Keys::default();
    let reading = there.clone();
    w.write(move |w| {
        for _ in 0..times {
            keys::rotate(w)?;
        }
        reading.refresh(w)
    });
    there
}

/// A token that another server gave.
fn given_by(w: &Civitas, there: &Keys, who: &Actor) -> String {
    let (there, id, last) = (there.clone(), who.id, w.app.lifetimes);
    w.write(move |w| {
        let row = store::person(w, id)?.expect("a person");
        Ok(sessions::begin(w, &there, &row, true, last)?.access_token)
    })
}

for_each_database! {
    async fn every_word_of_a_token_counts(w: &mut World) {
        let ana = w.person("Ana").await;
        let ((id, secret), said) = (key(w), claims(&ana));
        let kid = || Some(id.to_string());
        let with = |name: &str, value: Value| {
            let mut claims = said.clone();
            claims[name] = value;
            claims
        };
        let without = |name: &str| {
            let mut claims = said.clone();
            claims.as_object_mut().unwrap().remove(name);
            claims
        };
        let token = |claims: Value| signed(Algorithm::HS256, kid(), &secret, &claims);
        assert_eq!(status(w, &ana, &token(said.clone())).await, 200);
        for algorithm in [Algorithm::HS384, Algorithm::HS512] {
            let other = signed(algorithm, kid(), &secret, &said);
            assert_eq!(status(w, &ana, &other).await, 401, "{algorithm:?}");
        }
        for kid in [None, Some("1".to_owned()), Some(String::new()), Some(format!("{id} "))] {
            let other = signed(Algorithm::HS256, kid.clone(), &secret, &said);
            assert_eq!(status(w, &ana, &other).await, 401, "{kid:?}");
        }
        let now = w.now().seconds();
        for claims in [
            with("iss", json!("another")),
            with("aud", json!("another")),
            with("aud", json!(["another"])),
            with("exp", json!(now - 1)),
            with("exp", json!(now)),
            with("exp", json!("never")),
            with("iat", json!(now + 3600)),
            with("sid", json!(1)),
            without("iss"),
            without("aud"),
            without("exp"),
            without("iat"),
            without("sub"),
            without("sid"),
        ] {
            assert_eq!(status(w, &ana, &token(claims.clone())).await, 401, "{claims}");
        }
        assert_eq!(status(w, &ana, &token(with("exp", json!(now + 1)))).await, 200);
    }

    async fn a_key_signs_for_itself_alone(w: &mut World) {
        let ana = w.person("Ana").await;
        let ((old, secret), said) = (key(w), claims(&ana));
        rotated_elsewhere(w, 1);
        w.app.gate.db.read_here(w.now(), |r| w.app.gate.keys.refresh(r)).unwrap();
        let (new, _) = key(w);
        let token = |kid: i64| signed(Algorithm::HS256, Some(kid.to_string()), &secret, &said);
        assert_eq!(status(w, &ana, &token(old)).await, 200);
        assert_eq!(status(w, &ana, &token(new)).await, 401);
    }

    async fn what_another_server_signs_by_a_new_key_is_good_at_once(w: &mut World) {
        let ana = w.person("Ana").await;
        let there = rotated_elsewhere(w, 1);
        assert_eq!(status(w, &ana, &given_by(w, &there, &ana)).await, 200);
        w.get(&ana, "/me").await.expect(200);
        // With the second new key, what the first of all signed is over.
        w.clock.advance(Duration::from_secs(1));
        let there = rotated_elsewhere(w, 1);
        assert_eq!(status(w, &ana, &given_by(w, &there, &ana)).await, 200);
        w.get(&ana, "/me").await.expect(401);

        w.clock.advance(Duration::from_secs(1));
        let there = rotated_elsewhere(w, 1);
        let email = ana.email.clone();
        let link = w.write(move |w| links::make(w, LinkKind::Unsubscribe, (None, &email), None, 24));
        let page = format!("/unsubscribe/{}", there.link_token(link).unwrap());
        w.ask_page(Method::GET, &page).send().await.expect(200);
    }

    async fn made_up_keys_are_looked_for_once_in_a_second(w: &mut World) {
        let ana = w.person("Ana").await;
        w.clock.advance(Duration::from_secs(1));
        let made_up = signed(Algorithm::HS256, Some("7".into()), b"made up", &claims(&ana));
        assert_eq!(status(w, &ana, &made_up).await, 401);
        // The database is not asked again in this second, whatever comes.
        let there = rotated_elsewhere(w, 1);
        let new = given_by(w, &there, &ana);
        assert_eq!(status(w, &ana, &made_up).await, 401);
        assert_eq!(status(w, &ana, &new).await, 401);
        w.clock.advance(Duration::from_secs(1));
        assert_eq!(status(w, &ana, &made_up).await, 401);
        assert_eq!(status(w, &ana, &new).await, 200);
        // Nor does a clock that is set back stop it from being asked.
        w.clock.advance(Duration::from_secs(24 * 3600));
        assert_eq!(status(w, &ana, &made_up).await, 401);
        w.clock.set(w.now().plus_hours(-24));
        let there = rotated_elsewhere(w, 1);
        assert_eq!(status(w, &ana, &given_by(w, &there, &ana)).await, 200);
    }
}
