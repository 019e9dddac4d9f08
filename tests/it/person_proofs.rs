//! Proofs of who one is: second factors, and guesses that are counted wherever one can guess.

use civitas::people::links::{self, LinkKind};
use civitas::people::{Role, keys, registration, second_factor};
use civitas::platform::refusal::{Failure, Refusal};
use futures_util::future::join_all;
use serde_json::json;

use crate::for_each_database;
use crate::world::{Actor, Nobody, PASSWORD, World as Civitas};

/// Signs in by password, and code where given, as any program does.
pub async fn by_password(w: &Civitas, who: &Actor, code: Option<String>) -> Actor {
    let body = json!({"email": who.email, "password": PASSWORD, "code": code});
    let tokens = w.post(&Nobody, "/sessions", body).await.expect(201);
    Actor {
        token: tokens.json["access_token"].as_str().unwrap().to_owned(),
        ..who.clone()
    }
}

/// Sets up a second factor; gives its secret and the first recovery code.
pub async fn enrol(w: &Civitas, who: &Actor) -> (String, String) {
    let offer = w
        .post(who, "/me/second-factor", json!({}))
        .await
        .expect(201);
    let secret = offer.json["secret"].as_str().unwrap().to_owned();
    let body = json!({"code": code(w, &secret)});
    let codes = w
        .post(who, "/me/second-factor/confirmation", body)
        .await
        .expect(201);
    (
        secret,
        codes.json["recovery_codes"][0].as_str().unwrap().to_owned(),
    )
}

pub fn code(w: &Civitas, secret: &str) -> String {
    second_factor::code_at(secret, w.now().seconds() / 30).unwrap()
}

pub async fn token(w: &Civitas, who: &Actor) -> Actor {
    let body = json!({"name": "export", "scopes": ["read", "write"], "days": 30});
    let made = w.post(who, "/me/tokens", body).await.expect(201);
    Actor {
        token: made.json["token"].as_str().unwrap().to_owned(),
        ..who.clone()
    }
}

pub async fn competition(w: &Civitas, by: &Actor) -> i64 {
    let call = json!({"programme": "Cities", "edition": "2026", "time_zone": "America/New_York",
        "currency": "USD"});
    w.post(by, "/competitions", call).await.expect(201).id()
}

for_each_database! {
    async fn no_token_reaches_past_a_second_factor(w: &mut World) {
        w.require_second_factor().await;
        let root = w.administrator("Root").await;
        let competition = competition(w, &root).await;
        let olive = w.person("Olive").await;
        let early = token(w, &olive).await;
        w.grant(&olive, Role::Officer, competition);
        let olive = by_password(w, &olive, None).await;
        let body = json!({"name": "export", "scopes": ["read"], "days": 30});
        let refused = w.post(&olive, "/me/tokens", body).await.expect(403);
        assert_eq!(refused.problem(), "second-factor-needed");
        // A token from before the role is bound like the session.
        let roles = format!("/competitions/{competition}/roles");
        assert_eq!(w.get(&early, &roles).await.expect(403).problem(), "second-factor-needed");
        assert_eq!(w.get(&early, "/me").await.expect(200).json["second_factor_needed"], true);
        // What is open to anyone is read as anyone reads it.
        assert_eq!(w.get(&olive, "/competitions").await.expect(200).items().len(), 0);
        assert_eq!(w.get(&early, "/competitions").await.expect(200).items().len(), 0);

        enrol(w, &olive).await;
        w.get(&olive, &roles).await.expect(200);
        w.get(&early, &roles).await.expect(200);
        assert_eq!(w.get(&early, "/competitions").await.expect(200).items().len(), 1);
        token(w, &olive).await;
    }

    async fn a_burst_of_guesses_is_worth_no_more_than_a_row(w: &mut World) {
        let ana = w.person("Ana").await;
        let wrong = json!({"email": ana.email, "password": "not it, certainly"});
        let burst = join_all((0..40).map(|_| w.post(&Nobody, "/sessions", wrong.clone()))).await;
        let judged = burst.iter().filter(|reply| reply.status == 401).count();
        assert!(judged <= 5, "{judged} guesses were judged");
        assert!(burst.iter().all(|reply| [401, 429, 503].contains(&reply.status)), "{burst:?}");
        if !w.is_postgres() {
            let right = json!({"email": ana.email, "password": PASSWORD});
            w.post(&Nobody, "/sessions", right).await.expect(429);
        }
    }

    async fn wrong_codes_count_at_every_door(w: &mut World) {
        let ana = w.person("Ana").await;
        let (secret, _) = enrol(w, &ana).await;
        w.clock.advance(std::time::Duration::from_secs(60));
        let wrong = json!({"password": PASSWORD, "code": "no code"});
        for _ in 0..5 {
            w.post(&ana, "/me/fresh-sign-ins", wrong.clone()).await.expect(401);
        }
        w.post(&ana, "/me/fresh-sign-ins", wrong).await.expect(429);
        let right = json!({"email": ana.email, "password": PASSWORD, "code": code(w, &secret)});
        w.post(&Nobody, "/sessions", right.clone()).await.expect(429);
        w.clock.advance(std::time::Duration::from_secs(60));
        let right = json!({"email": ana.email, "password": PASSWORD, "code": code(w, &secret)});
        w.post(&Nobody, "/sessions", right).await.expect(201);

        // The page of an invitation is such a door.
        let (keys, email) = (w.app.gate.keys.clone(), ana.email.clone());
        let link = w.write(move |w| links::make(w, LinkKind::Invitation, (None, &email), Some(1), 24));
        let page = format!("/invitations/{}", keys.link_token(link).unwrap());
        let form = format!("answer=accept&password={}&code=000000x", PASSWORD.replace(' ', "+"));
        let mut statuses = Vec::new();
        for _ in 0..6 {
            let filled = w.ask_page(actix_web::http::Method::POST, &page)
                .body("application/x-www-form-urlencoded", form.clone());
            statuses.push(filled.send().await.status);
        }
        assert_eq!(statuses, [401, 401, 401, 401, 401, 429]);
    }

    async fn a_new_signing_key_leaves_the_one_before_it_good(w: &mut World) {
        let ana = w.person("Ana").await;
        let verification = {
            let email = ana.email.clone();
            let link = w.write(move |w| links::make(w, LinkKind::Unsubscribe, (None, &email), None, 24));
            w.app.gate.keys.link_token(link).unwrap()
        };
        let rotate = |w: &Civitas| {
            let keys = w.app.gate.keys.clone();
            w.write(move |w| { keys::rotate(w)?; keys.refresh(w) });
        };
        w.clock.advance(std::time::Duration::from_secs(1));
        rotate(w);
        w.clock.advance(std::time::Duration::from_secs(1));
        w.get(&ana, "/me").await.expect(200);
        assert!(w.app.gate.keys.known_link_of(&verification).is_some());
        let newer = by_password(w, &ana, None).await;
        rotate(w);
        w.get(&ana, "/me").await.expect(401);
        assert!(w.app.gate.keys.known_link_of(&verification).is_none());
        w.get(&newer, "/me").await.expect(200);
        let root = w.administrator("Root").await;
        let traced = w.get(&root, "/audit-log?act=signing_key.rotated").await.expect(200);
        assert_eq!(traced.items().len(), 2);
    }

    async fn one_reset_uses_up_every_reset_link(w: &mut World) {
        let ana = w.person("Ana").await;
        let mut links = Vec::new();
        for _ in 0..2 {
            w.post(&Nobody, "/password-resets", json!({"email": ana.email})).await.expect(202);
            links.push(w.link_to(&ana.email));
            w.clock.advance(std::time::Duration::from_secs(1));
        }
        let body = |token: &String| json!({"token": token, "password": "the newest of them"});
        w.post(&Nobody, "/password-resets/completions", body(&links[1])).await.expect(204);
        w.post(&Nobody, "/password-resets/completions", body(&links[0])).await.expect(409);
    }

    async fn mail_to_strangers_is_bounded(w: &mut World) {
        let account = |name: &str| json!({"email": format!("{name}@city.example"), "name": "Clerk",
            "password": "a perfectly long one"});
        let mut statuses = Vec::new();
        for _ in 0..12 {
            statuses.push(w.post(&Nobody, "/accounts", account("clerk")).await.status);
        }
        assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 5, "{statuses:?}");
        assert_eq!(w.mail_to("clerk@city.example").await.len(), 5);
        // Another address, until this client has asked for a lot of mail.
        let many = (0..40).map(|n| format!("clerk{n}"));
        let mut taken = 0;
        for name in many {
            taken += usize::from(w.post(&Nobody, "/accounts", account(&name)).await.status == 202);
        }
        assert!((20..35).contains(&taken), "{taken}");
    }

    async fn the_letter_of_a_proof_is_asked_for_a_few_times(w: &mut World) {
        let ana = w.person("Ana").await;
        let id = ana.id;
        w.write(move |w| {
            use civitas::platform::db::schema::people;
            use diesel::prelude::*;
            diesel::update(people::table.find(id)).set(people::verified_at.eq(None::<civitas::platform::clock::Instant>)).execute(w.conn())?;
            Ok(())
        });
        let mut statuses = Vec::new();
        for _ in 0..6 {
            statuses.push(w.post(&ana, "/me/email-verification", json!({})).await.status);
        }
        assert_eq!(statuses, [202, 202, 202, 202, 202, 429]);
    }

    async fn proving_oneself_leaves_a_trace(w: &mut World) {
        let root = w.administrator("Root").await;
        w.post(&root, "/me/fresh-sign-ins", json!({"password": PASSWORD})).await.expect(204);
        enrol(w, &root).await;
        for act in ["person.proved_anew", "person.second_factor_offered", "person.second_factor_added"] {
            let rows = w.get(&root, &format!("/audit-log?act={act}")).await.expect(200);
            assert_eq!(rows.items().len(), 1, "{act}");
        }
    }

    async fn what_has_expired_is_removed(w: &mut World) {
        use civitas::platform::db::schema::{idempotency_keys, refresh_tokens, sign_in_delays};
        use diesel::prelude::*;
        let ana = w.person("Ana").await;
        w.post(&Nobody, "/sessions", json!({"email": ana.email, "password": "not it, no"})).await.expect(401);
        let root = w.administrator("Root").await;
        let body = json!({"programme": "Cities", "edition": "2026", "time_zone": "America/New_York", "currency": "USD"});
        w.ask(&root, actix_web::http::Method::POST, "/competitions").header("idempotency-key", "k").json(&body).send().await.expect(201);
        let counts = |w: &Civitas| -> (i64, i64, i64) {
            w.write(|w| Ok((
                idempotency_keys::table.count().get_result(w.conn())?,
                sign_in_delays::table.count().get_result(w.conn())?,
                refresh_tokens::table.count().get_result(w.conn())?,
            )))
        };
        w.write(civitas::people::jobs::clean_up);
        assert_eq!(counts(w), (1, 1, 2));
        w.clock.advance(std::time::Duration::from_secs(25 * 3600));
        w.write(civitas::people::jobs::clean_up);
        assert_eq!(counts(w), (0, 0, 2));
        w.clock.advance(std::time::Duration::from_secs(500 * 24 * 3600));
        w.write(civitas::people::jobs::clean_up);
        assert_eq!(counts(w), (0, 0, 0));
    }
}

#[actix_web::test]
async fn who_waits_too_long_for_a_hash_is_turned_away() {
    let passwords = civitas::people::passwords::Passwords::new(64, 1, 1).unwrap();
    let clients: Vec<String> = (0..200).map(|number| format!("192.0.2.{number}")).collect();
    let asked = clients
        .iter()
        .map(|client| passwords.check(client, PASSWORD.to_owned(), None));
    let (turned_away, judged): (Vec<_>, Vec<_>) =
        join_all(asked).await.into_iter().partition(Result::is_err);
    assert!(turned_away.len() > 100, "{}", turned_away.len());
    for refused in turned_away {
        let failure = refused.unwrap_err();
        let busy = matches!(failure, Failure::Refused(Refusal::Unavailable(2)));
        assert!(busy, "{failure:?}");
    }
    // Without a hash no password is right; with its own it is, once the line is gone.
    assert!(
        !judged.is_empty()
            && judged
                .into_iter()
                .all(|right| right.unwrap().right_for().is_none())
    );
    let hash = passwords
        .hash("192.0.2.7", PASSWORD.to_owned())
        .await
        .unwrap();
    let right = passwords
        .check("192.0.2.7", PASSWORD.to_owned(), Some(hash))
        .await;
    assert!(right.unwrap().right_for().is_some());
}

#[actix_web::test]
async fn no_client_keeps_the_others_from_signing_in() {
    let passwords = civitas::people::passwords::Passwords::new(64, 1, 1).unwrap();
    // Each of a network's many addresses is the same client.
    let greedy: Vec<String> = (0..200)
        .map(|number| format!("2001:db8::{number:x}"))
        .collect();
    let asked = greedy
        .iter()
        .map(|client| passwords.check(client, PASSWORD.to_owned(), None));
    let patient = passwords.check("192.0.2.7", PASSWORD.to_owned(), None);
    let (greedy, patient) = futures_util::future::join(join_all(asked), patient).await;
    assert!(patient.is_ok());
    assert!(greedy.iter().filter(|answer| answer.is_err()).count() > 100);
}

#[test]
fn names_are_one_line() {
    assert!(registration::check_name("Ana Ruiz").is_none());
    for wrong in ["", "  ", "a\nb", &"x".repeat(121)] {
        assert!(registration::check_name(wrong).is_some(), "{wrong:?}");
    }
}
