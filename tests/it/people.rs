//! Accounts, sessions and rights.

use serde_json::json;

use crate::for_each_database;
use crate::world::{Nobody, PASSWORD};

for_each_database! {
    async fn signing_in_and_out(w: &mut World) {
        let ana = w.person("Ana").await;
        let wrong = w.post(&Nobody, "/sessions", json!({"email": ana.email, "password": "not it, no"})).await;
        assert_eq!((wrong.status, wrong.problem()), (401, "sign-in-failed"));
        let unknown = w.post(&Nobody, "/sessions", json!({"email": "no@people.example", "password": "not it, no"})).await;
        assert_eq!(wrong.json["detail"], unknown.json["detail"]);
        let tokens = w.post(&Nobody, "/sessions", json!({"email": "ANA@people.example", "password": PASSWORD})).await.expect(201);
        let refresh = json!({"refresh_token": tokens.json["refresh_token"]});
        w.post(&Nobody, "/sessions/refreshes", refresh.clone()).await.expect(201);
        w.clock.advance(std::time::Duration::from_secs(60));
        w.post(&Nobody, "/sessions/refreshes", refresh).await.expect(401);
        let reused = crate::world::Actor { token: tokens.json["access_token"].as_str().unwrap().into(), ..ana.clone() };
        w.delete(&reused, "/sessions/1").await.expect(401);
        w.delete(&ana, &format!("/sessions/{}", tokens.json["session"])).await.expect(404);
    }

    async fn unknown_addresses_ask_for_sign_in_first(w: &mut World) {
        let ana = w.person("Ana").await;
        w.get(&Nobody, "/nothing").await.expect(401);
        w.get(&ana, "/nothing").await.expect(404);
        let wrong = w.get(&Nobody, "/sessions").await.expect(405);
        assert_eq!(wrong.header("allow"), Some("POST"));
        let unread = w.post(&Nobody, "/sessions", json!({"email": "a@b.c", "pasword": "x"})).await.expect(422);
        assert_eq!(unread.json["errors"][0]["pointer"], "/pasword");
    }
}

for_each_database! {
    async fn an_account_from_registration_to_reset(w: &mut World) {
        let account = json!({"email": "Clerk@city.example", "name": "Clerk", "password": "a perfectly long one"});
        w.post(&Nobody, "/accounts", account.clone()).await.expect(202);
        let sign_in = json!({"email": "clerk@city.example", "password": "a perfectly long one"});
        let tokens = w.post(&Nobody, "/sessions", sign_in.clone()).await.expect(201);
        let clerk = crate::world::Actor {
            id: serde_json::from_value(tokens.json["person"].clone()).unwrap(),
            email: "clerk@city.example".into(),
            token: tokens.json["access_token"].as_str().unwrap().into(),
        };
        assert_eq!(w.get(&clerk, "/me").await.expect(200).json["verified"], false);
        let token = w.link_to("clerk@city.example");
        w.post(&Nobody, "/email-verifications", json!({"token": format!("{token}x")})).await.expect(409);
        w.post(&Nobody, "/email-verifications", json!({"token": token})).await.expect(204);
        w.post(&Nobody, "/email-verifications", json!({"token": token})).await.expect(409);
        assert_eq!(w.get(&clerk, "/me").await.json["verified"], true);

        // Registering again changes nothing and tells the caller nothing.
        w.clock.advance(std::time::Duration::from_secs(1));
        let again = w.post(&Nobody, "/accounts", json!({"email": "clerk@city.example", "name": "X", "password": "another long one"})).await;
        assert_eq!((again.status, again.bytes.len()), (202, 0));
        w.post(&Nobody, "/sessions", sign_in).await.expect(201);

        w.post(&Nobody, "/password-resets", json!({"email": "nobody@city.example"})).await.expect(202);
        w.post(&Nobody, "/password-resets", json!({"email": "clerk@city.example"})).await.expect(202);
        let token = w.link_to("clerk@city.example");
        let short = w.post(&Nobody, "/password-resets/completions", json!({"token": token, "password": "short"})).await.expect(422);
        assert_eq!(short.json["errors"][0]["pointer"], "/password");
        w.post(&Nobody, "/password-resets/completions", json!({"token": token, "password": "the newest of them"})).await.expect(204);
        w.get(&clerk, "/me").await.expect(401);
        w.post(&Nobody, "/sessions", json!({"email": "clerk@city.example", "password": "the newest of them"})).await.expect(201);
    }

    async fn a_second_factor_is_asked_for_once_set_up(w: &mut World) {
        let ana = w.person("Ana").await;
        let offer = w.post(&ana, "/me/second-factor", json!({})).await.expect(201);
        let secret = offer.json["secret"].as_str().unwrap().to_owned();
        let code = |w: &crate::world::World| {
            civitas::people::second_factor::code_at(&secret, w.now().seconds() / 30).unwrap()
        };
        w.post(&ana, "/me/second-factor/confirmation", json!({"code": "000000x"})).await.expect(401);
        let codes = w.post(&ana, "/me/second-factor/confirmation", json!({"code": code(w)})).await.expect(201);
        let recovery = codes.json["recovery_codes"][0].as_str().unwrap().to_owned();
        let plain = json!({"email": ana.email, "password": PASSWORD});
        w.post(&Nobody, "/sessions", plain).await.expect(401);
        w.clock.advance(std::time::Duration::from_secs(60));
        let with_code = json!({"email": ana.email, "password": PASSWORD, "code": code(w)});
        w.post(&Nobody, "/sessions", with_code.clone()).await.expect(201);
        w.post(&Nobody, "/sessions", with_code).await.expect(401);
        let with_recovery = json!({"email": ana.email, "password": PASSWORD, "code": recovery});
        w.post(&Nobody, "/sessions", with_recovery.clone()).await.expect(201);
        w.post(&Nobody, "/sessions", with_recovery).await.expect(401);
    }

    async fn tokens_reach_as_far_as_their_scopes(w: &mut World) {
        let ana = w.person("Ana").await;
        let body = json!({"name": "export", "scopes": ["read"], "days": 30});
        let made = w.post(&ana, "/me/tokens", body).await.expect(201);
        let token = crate::world::Actor { token: made.json["token"].as_str().unwrap().into(), ..ana.clone() };
        w.get(&token, "/me").await.expect(200);
        assert_eq!(w.post(&token, "/me/email-verification", json!({})).await.expect(403).problem(), "scope-too-small");
        assert_eq!(w.get(&ana, "/me/tokens").await.items()[0]["token"], serde_json::Value::Null);
        w.clock.advance(std::time::Duration::from_secs(31 * 24 * 3600));
        w.get(&token, "/me").await.expect(401);
        w.get(&ana, "/me").await.expect(200);
    }

    async fn administrators_end_accounts_at_once(w: &mut World) {
        let (root, ana) = (w.administrator("Root").await, w.person("Ana").await);
        w.get(&ana, "/people").await.expect(404);
        assert_eq!(w.get(&root, "/people?email=ana").await.expect(200).items().len(), 1);
        w.get(&root, "/people?mail=ana").await.expect(400);
        let path = format!("/people/{}/disabling", ana.id);
        w.post(&ana, &path, json!({})).await.expect(404);
        w.post(&root, &path, json!({})).await.expect(200);
        w.get(&ana, "/me").await.expect(401);
        w.post(&root, &format!("/people/{}/disabling", root.id), json!({})).await.expect(403);
        w.clock.advance(std::time::Duration::from_secs(16 * 60));
        let stale = w.delete(&root, &path).await.expect(403);
        assert_eq!(stale.problem(), "fresh-sign-in-needed");
        w.post(&root, "/me/fresh-sign-ins", json!({"password": PASSWORD})).await.expect(204);
        w.delete(&root, &path).await.expect(204);
    }

    async fn guessing_slows_down_for_this_address_only(w: &mut World) {
        let ana = w.person("Ana").await;
        let wrong = json!({"email": ana.email, "password": "not it, certainly"});
        for _ in 0..5 {
            w.post(&Nobody, "/sessions", wrong.clone()).await.expect(401);
        }
        let slowed = w.post(&Nobody, "/sessions", wrong.clone()).await.expect(429);
        assert!(slowed.header("retry-after").is_some());
        let right = json!({"email": ana.email, "password": PASSWORD});
        w.post(&Nobody, "/sessions", right.clone()).await.expect(429);
        w.clock.advance(std::time::Duration::from_secs(5));
        w.post(&Nobody, "/sessions", right).await.expect(201);
    }
}
