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
