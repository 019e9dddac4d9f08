//! Addresses that somebody takes before their owner comes.

use actix_web::http::Method;
use civitas::people::Role;
use serde_json::json;

use crate::competitions::begun;
use crate::for_each_database;
use crate::world::{Actor, Nobody, PASSWORD};

const TAKEN: &str = "officer@foundation.example";

/// Somebody registers an address that is not theirs, and signs in without proving it.
async fn squatter(w: &crate::world::World) -> Actor {
    let account =
        json!({"email": TAKEN, "password": PASSWORD, "name": "Visit https://evil.example"});
    w.post(&Nobody, "/accounts", account).await.expect(202);
    let signed_in = w
        .post(
            &Nobody,
            "/sessions",
            json!({"email": TAKEN, "password": PASSWORD}),
        )
        .await
        .expect(201);
    Actor {
        id: serde_json::from_value(signed_in.json["person"].clone()).unwrap(),
        email: TAKEN.into(),
        token: signed_in.json["access_token"].as_str().unwrap().into(),
    }
}

for_each_database! {
    async fn a_role_goes_to_the_owner_of_an_address_not_to_who_took_it(w: &mut World) {
        let (olive, competition) = begun(w).await;
        let squatter = squatter(w).await;
        let roles = format!("/competitions/{competition}/roles");
        w.post(&olive, &roles, json!({"email": TAKEN, "role": "officer"})).await.expect(201);
        w.get(&squatter, "/me").await.expect(401);
        w.post(&Nobody, "/sessions", json!({"email": TAKEN, "password": PASSWORD})).await.expect(401);
        let mail = w.mail_to(TAKEN).await;
        assert!(mail.iter().all(|mail| !mail.raw.contains("evil.example")), "{mail:?}");
        let first = mail.iter().find(|mail| mail.subject.contains("officer")).unwrap();
        let own = json!({"token": first.token(), "password": "the owner chose this one"});
        w.post(&Nobody, "/password-resets/completions", own).await.expect(204);
        let owner = json!({"email": TAKEN, "password": "the owner chose this one"});
        let signed_in = w.post(&Nobody, "/sessions", owner).await.expect(201);
        let owner = Actor { token: signed_in.json["access_token"].as_str().unwrap().into(), ..squatter };
        let me = w.get(&owner, "/me").await.expect(200).json;
        assert_eq!((&me["roles"][0]["role"], &me["verified"]), (&json!("officer"), &json!(true)));
    }

    async fn rights_wait_until_the_address_is_proven(w: &mut World) {
        let (_, competition) = begun(w).await;
        let squatter = squatter(w).await;
        w.grant(&squatter, Role::Officer, competition);
        let id = squatter.id;
        w.write(move |w| civitas::people::store::set_administrator(w, id, true));
        let me = w.get(&squatter, "/me").await.expect(200).json;
        assert_eq!((&me["roles"], &me["administrator"]), (&json!([]), &json!(false)), "{me}");
        w.get(&squatter, &format!("/competitions/{competition}")).await.expect(404);
    }

    async fn nothing_made_before_the_proof_outlives_it(w: &mut World) {
        let squatter = squatter(w).await;
        let token = json!({"name": "door", "scopes": ["read"], "days": 366});
        let refused = w.post(&squatter, "/me/tokens", token).await.expect(409);
        assert_eq!(refused.problem(), "address-not-verified");
        let offer = w.post(&squatter, "/me/second-factor", json!({})).await.expect(201);
        let secret = offer.json["secret"].as_str().unwrap();
        let code = civitas::people::second_factor::code_at(secret, w.now().seconds() / 30).unwrap();
        w.post(&squatter, "/me/second-factor/confirmation", json!({"code": code})).await.expect(201);
        assert!(w.mail_to(TAKEN).await.iter().all(|mail| !mail.subject.contains("changed")), "a stranger's box stays empty");
        w.post(&Nobody, "/password-resets", json!({"email": TAKEN})).await.expect(202);
        let link = w.mail_to(TAKEN).await.pop().unwrap();
        let own = json!({"token": link.token(), "password": "the owner chose this one"});
        w.post(&Nobody, "/password-resets/completions", own).await.expect(204);
        // No second factor of somebody else's stands in the way.
        let owner = json!({"email": TAKEN, "password": "the owner chose this one"});
        w.post(&Nobody, "/sessions", owner).await.expect(201);
    }

    async fn a_new_password_ends_every_token(w: &mut World) {
        let ana = w.person("Ana").await;
        let made = w.post(&ana, "/me/tokens", json!({"name": "script", "scopes": ["read"], "days": 30})).await.expect(201);
        let token = Actor { token: made.json["token"].as_str().unwrap().into(), ..ana.clone() };
        w.get(&token, "/me").await.expect(200);
        let change = json!({"current": PASSWORD, "password": "another one, long enough"});
        w.ask(&ana, Method::PUT, "/me/password").json(&change).send().await.expect(204);
        w.get(&token, "/me").await.expect(401);
    }

    async fn names_and_addresses_are_what_they_look_like(w: &mut World) {
        let account = |email: &str, name: &str| json!({"email": email, "password": PASSWORD, "name": name});
        for (email, name, pointer) in [
            ("a@localhost", "Ana", "/email"),
            ("a@[127.0.0.1]", "Ana", "/email"),
            ("a@city.example", "Ana \u{202e}gro.live", "/name"),
            ("a@city.example", "\u{200b}Ana", "/name"),
        ] {
            let refused = w.post(&Nobody, "/accounts", account(email, name)).await.expect(422);
            assert_eq!(crate::competitions::pointers(&refused), [pointer], "{name}");
        }
        w.post(&Nobody, "/accounts", account("a@city.example", "می\u{200c}خواهم")).await.expect(202);
    }

    async fn nobody_keeps_more_tokens_than_fifty(w: &mut World) {
        let ana = w.person("Ana").await;
        let token = json!({"name": "script", "scopes": ["read"], "days": 30});
        for _ in 0..50 {
            w.post(&ana, "/me/tokens", token.clone()).await.expect(201);
        }
        let refused = w.post(&ana, "/me/tokens", token).await.expect(409);
        assert_eq!(refused.problem(), "quota-used-up");
    }
}
