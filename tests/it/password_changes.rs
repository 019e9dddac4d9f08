//! A password that was right when it was checked opens nothing once the account has another.

use civitas::people::guesses::Tally;
use civitas::people::passwords::Checked;
use civitas::people::proofs::{self, Attempt};
use civitas::people::store;
use serde_json::json;

use crate::for_each_database;
use crate::world::{Actor, Nobody, PASSWORD, World as Civitas};

const NEWEST: &str = "the newest of them";

/// The password of everyone, checked against the hash that the account has now.
async fn checked(w: &Civitas, who: &Actor) -> Checked {
    let id = who.id;
    let row = w.write(move |w| store::person(w, id)).unwrap();
    let passwords = &w.app.passwords;
    let checked = passwords.check("192.0.2.7", PASSWORD.to_owned(), row.password_hash);
    checked.await.unwrap()
}

fn tally(who: &Actor) -> Tally {
    Tally::of_guesses(&who.email, "192.0.2.1")
}

/// Whether the unit of work that signs in begins a session.
fn signs_in(w: &Civitas, attempt: &Attempt) -> bool {
    let (keys, last) = (w.app.gate.keys.clone(), w.app.lifetimes);
    let attempt = attempt.clone();
    w.write(move |w| proofs::sign_in(w, &keys, &attempt, last))
        .is_some()
}

for_each_database! {
    async fn a_password_that_was_reset_while_it_was_checked_signs_nobody_in(w: &mut World) {
        let ana = w.person("Ana").await;
        let attempt = Attempt {
            tally: tally(&ana),
            person: Some(ana.id),
            password: checked(w, &ana).await,
            renewed: Some(w.app.passwords.hash_here(PASSWORD).unwrap()),
            code: None,
        };
        let unhurried = Attempt { renewed: None, ..attempt.clone() };
        assert!(signs_in(w, &unhurried));

        w.post(&Nobody, "/password-resets", json!({"email": ana.email})).await.expect(202);
        let reset = json!({"token": w.link_to(&ana.email), "password": NEWEST});
        w.post(&Nobody, "/password-resets/completions", reset).await.expect(204);
        assert!(!signs_in(w, &attempt), "by a password that is no more");
        let sign_in = |password: &str| json!({"email": ana.email, "password": password});
        w.post(&Nobody, "/sessions", sign_in(PASSWORD)).await.expect(401);
        w.post(&Nobody, "/sessions", sign_in(NEWEST)).await.expect(201);
    }

    async fn a_password_that_was_changed_while_it_was_checked_proves_nothing(w: &mut World) {
        let ana = w.person("Ana").await;
        let old = checked(w, &ana).await;
        let (newest, other) = (
            w.app.passwords.hash_here(NEWEST).unwrap(),
            w.app.passwords.hash_here("somebody else's choice").unwrap(),
        );
        let acts = |w: &Civitas| {
            let (gate, token, tally) = (w.app.gate.clone(), ana.token.clone(), tally(&ana));
            let (old, other) = (old.clone(), other.clone());
            w.write(move |w| {
                let who = gate.caller(w, Some(&token))?;
                Ok((
                    proofs::prove_anew(w, &who, &tally, &old, None)?,
                    proofs::change_password(w, &who, &tally, &old, &other)?,
                ))
            })
        };
        let id = ana.id;
        w.write(move |w| store::set_password(w, id, &newest));
        assert_eq!(acts(w), (false, false));
        w.post(&ana, "/me/fresh-sign-ins", json!({"password": PASSWORD})).await.expect(401);
        w.post(&ana, "/me/fresh-sign-ins", json!({"password": NEWEST})).await.expect(204);
    }

    async fn a_password_that_stayed_proves_and_changes(w: &mut World) {
        let ana = w.person("Ana").await;
        w.post(&ana, "/me/fresh-sign-ins", json!({"password": "not it, certainly"})).await.expect(401);
        w.post(&ana, "/me/fresh-sign-ins", json!({"password": PASSWORD})).await.expect(204);
        let change = |current: &str| json!({"current": current, "password": NEWEST});
        let put = async |body| w.ask(&ana, actix_web::http::Method::PUT, "/me/password").json(&body).send().await;
        put(change("not it, certainly")).await.expect(401);
        put(change(PASSWORD)).await.expect(204);
        put(change(PASSWORD)).await.expect(401);
        w.post(&ana, "/me/fresh-sign-ins", json!({"password": NEWEST})).await.expect(204);
    }
}
