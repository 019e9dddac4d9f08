//! How sessions go on and end, and what they may do once a right, a second factor or the
//! freshness of a sign-in is gone.

use std::time::Duration;

use actix_web::http::Method;
use civitas::people::Role;
use futures_util::future::join;
use serde_json::{Value, json};

use crate::competitions::begun;
use crate::decisions::scene::Scene;
use crate::for_each_database;
use crate::person_proofs::{by_password, code, enrol, token};
use crate::world::{Actor, Nobody, PASSWORD, Reply, World as Civitas};

/// Signs in as any program does.
async fn signed_in(w: &Civitas, who: &Actor) -> Reply {
    let body = json!({"email": who.email, "password": PASSWORD});
    w.post(&Nobody, "/sessions", body).await.expect(201)
}

async fn refreshed(w: &Civitas, tokens: &Reply) -> Reply {
    let body = json!({"refresh_token": tokens.json["refresh_token"]});
    w.post(&Nobody, "/sessions/refreshes", body).await
}

fn bearer(who: &Actor, tokens: &Reply) -> Actor {
    Actor {
        token: tokens.json["access_token"].as_str().unwrap().to_owned(),
        ..who.clone()
    }
}

/// The session that gave these tokens is over: none of them is good for anything.
async fn is_over(w: &Civitas, who: &Actor, tokens: &[&Reply]) {
    for one in tokens {
        w.get(&bearer(who, one), "/me").await.expect(401);
        refreshed(w, one).await.expect(401);
    }
}

fn pass(w: &Civitas, seconds: u64) {
    w.clock.advance(Duration::from_secs(seconds));
}

for_each_database! {
    async fn two_tabs_that_refresh_at_once_both_go_on(w: &mut World) {
        let ana = w.person("Ana").await;
        let first = signed_in(w, &ana).await;
        let (one, other) = join(refreshed(w, &first), refreshed(w, &first)).await;
        for tab in [one.expect(201), other.expect(201)] {
            w.get(&bearer(&ana, &tab), "/me").await.expect(200);
            pass(w, 1);
            let next = refreshed(w, &tab).await.expect(201);
            w.get(&bearer(&ana, &next), "/me").await.expect(200);
        }
    }

    async fn the_token_before_the_one_in_use_is_a_race_for_ten_seconds(w: &mut World) {
        let ana = w.person("Ana").await;
        let first = signed_in(w, &ana).await;
        let second = refreshed(w, &first).await.expect(201);
        pass(w, 10);
        let raced = refreshed(w, &first).await.expect(201);
        pass(w, 1);
        w.get(&bearer(&ana, &raced), "/me").await.expect(200);
        // A second later it is a theft, and ends what it began.
        refreshed(w, &first).await.expect(401);
        is_over(w, &ana, &[&first, &second, &raced]).await;
    }

    async fn an_older_token_ends_its_session_at_any_time(w: &mut World) {
        let ana = w.person("Ana").await;
        let (first, apart) = (signed_in(w, &ana).await, signed_in(w, &ana).await);
        pass(w, 1);
        let second = refreshed(w, &first).await.expect(201);
        pass(w, 1);
        let third = refreshed(w, &second).await.expect(201);
        pass(w, 1);
        w.get(&bearer(&ana, &third), "/me").await.expect(200);
        refreshed(w, &first).await.expect(401);
        is_over(w, &ana, &[&first, &second, &third]).await;
        // Other sessions are others.
        w.get(&bearer(&ana, &apart), "/me").await.expect(200);
        refreshed(w, &apart).await.expect(201);
    }
}

async fn ask(w: &Civitas, who: &Actor, method: &Method, path: &str, body: &Value) -> Reply {
    let ask = w.ask(who, method.clone(), path);
    if method == Method::POST {
        return ask.json(body).send().await;
    }
    ask.send().await
}

for_each_database! {
    async fn what_hands_out_rights_asks_for_a_fresh_sign_in(w: &mut World) {
        let (root, competition) = begun(w).await;
        let ana = w.person("Ana").await;
        let roles = format!("/competitions/{competition}/roles");
        let funder = json!({"email": ana.email, "role": "funder"});
        let given = w.post(&root, &roles, funder).await.expect(201).id();
        let program = token(w, &root).await;
        let (secret, _) = enrol(w, &root).await;
        pass(w, 16 * 60);

        let (role, administration) = (format!("{roles}/{given}"), format!("/people/{}/administration", ana.id));
        let (none, assistant) = (json!({}), json!({"email": ana.email, "role": "assistant"}));
        let name = json!({"name": "export", "scopes": ["read"], "days": 30});
        let acts = [
            (Method::POST, roles.as_str(), &assistant, 201),
            (Method::DELETE, &role, &none, 204),
            (Method::POST, &administration, &none, 200),
            (Method::DELETE, &administration, &none, 204),
            (Method::POST, "/me/tokens", &name, 201),
            (Method::DELETE, "/me/second-factor", &none, 204),
            (Method::POST, "/me/second-factor", &none, 201),
        ];
        for (method, path, body, _) in &acts {
            for who in [&root, &program] {
                let stale = ask(w, who, method, path, body).await.expect(403);
                assert_eq!(stale.problem(), "fresh-sign-in-needed", "{method} {path}");
            }
        }
        let proof = json!({"password": PASSWORD, "code": code(w, &secret)});
        w.post(&root, "/me/fresh-sign-ins", proof).await.expect(204);
        for (method, path, body, done) in &acts {
            let stale = ask(w, &program, method, path, body).await.expect(403);
            assert_eq!(stale.problem(), "fresh-sign-in-needed", "{method} {path} by a token");
            ask(w, &root, method, path, body).await.expect(*done);
        }
    }

    async fn a_role_that_was_taken_away_works_no_more_at_once(w: &mut World) {
        let (root, competition) = begun(w).await;
        let ana = w.person("Ana").await;
        let (ana, program) = (by_password(w, &ana, None).await, token(w, &ana).await);
        let roles = format!("/competitions/{competition}/roles");
        let assistant = json!({"email": ana.email, "role": "assistant"});
        let given = w.post(&root, &roles, assistant).await.expect(201).id();
        for who in [&ana, &program] {
            w.get(who, &roles).await.expect(200);
        }
        w.delete(&root, &format!("{roles}/{given}")).await.expect(204);
        for who in [&ana, &program] {
            w.get(who, &roles).await.expect(404);
            w.get(who, "/me").await.expect(200);
        }
        let administration = format!("/people/{}/administration", ana.id);
        w.post(&root, &administration, json!({})).await.expect(200);
        for who in [&ana, &program] {
            w.get(who, "/people").await.expect(200);
        }
        w.delete(&root, &administration).await.expect(204);
        for who in [&ana, &program] {
            w.get(who, "/people").await.expect(404);
        }
    }

    async fn an_account_that_is_open_again_has_nothing_of_before(w: &mut World) {
        let (root, ana) = (w.administrator("Root").await, w.person("Ana").await);
        let (session, program) = (signed_in(w, &ana).await, token(w, &ana).await);
        let disabling = format!("/people/{}/disabling", ana.id);
        let all_refused = async |w: &Civitas| {
            is_over(w, &ana, &[&session]).await;
            w.get(&program, "/me").await.expect(401);
        };
        w.get(&program, "/me").await.expect(200);
        w.post(&root, &disabling, json!({})).await.expect(200);
        all_refused(w).await;
        w.delete(&root, &disabling).await.expect(204);
        all_refused(w).await;
        let anew = signed_in(w, &ana).await;
        w.get(&bearer(&ana, &anew), "/me").await.expect(200);
    }

    async fn who_removes_their_second_factor_has_no_right_that_asks_for_one(w: &mut World) {
        w.require_second_factor().await;
        let (_, competition) = begun(w).await;
        let olive = w.person("Olga").await;
        w.grant(&olive, Role::Officer, competition);
        let roles = format!("/competitions/{competition}/roles");
        let olive = by_password(w, &olive, None).await;
        let (secret, _) = enrol(w, &olive).await;
        pass(w, 60);
        let elsewhere = by_password(w, &olive, Some(code(w, &secret))).await;
        for session in [&olive, &elsewhere] {
            w.get(session, &roles).await.expect(200);
        }
        w.delete(&elsewhere, "/me/second-factor").await.expect(204);
        for session in [&olive, &elsewhere] {
            let refused = w.get(session, &roles).await.expect(403);
            assert_eq!(refused.problem(), "second-factor-needed");
        }
        pass(w, 60);
        enrol(w, &olive).await;
        w.get(&olive, &roles).await.expect(200);
        w.get(&elsewhere, &roles).await.expect(403);
    }

    async fn a_second_factor_is_asked_of_whoever_can_do_harm_and_of_nobody_else(w: &mut World) {
        let s = Scene::with(w, json!({"docket_approval": true})).await;
        w.require_second_factor().await;
        let (root, officer) = (w.administrator("Root").await, s.staff(w, "Olga", Role::Officer).await);
        let approver = s.staff(w, "Abe", Role::Approver).await;
        let (assistant, funder) = (s.staff(w, "Ann", Role::Assistant).await, s.staff(w, "Fay", Role::Funder).await);
        let (docket, roles) = (s.path("docket"), format!("/competitions/{}/roles", s.competition));
        let competition = format!("/competitions/{}", s.competition);
        for (who, path) in [(&root, "/people"), (&officer, &roles), (&approver, &docket)] {
            let session = by_password(w, who, None).await;
            let refused = w.get(&session, path).await.expect(403);
            assert_eq!(refused.problem(), "second-factor-needed", "{path}");
            enrol(w, &session).await;
            w.get(&session, path).await.expect(200);
        }
        for (who, path) in [(&assistant, &roles), (&funder, &competition)] {
            let session = by_password(w, who, None).await;
            w.get(&session, path).await.expect(200);
        }
    }
}
