//! Nobody keeps somebody else from their account, whatever they try or ask for elsewhere.

use std::time::Duration;

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::for_each_database;
use crate::world::{Nobody, PASSWORD, Reply, Sender, World as Civitas};

const ATTACKER: &str = "[2001:db8:1:2::9]:4000";

/// Of the attacker's own network, in which they have any number of addresses.
const NEXT_DOOR: &str = "[2001:db8:1:2:ffff::1]:4000";

const OWNER: &str = "192.0.2.9:4000";

/// What is typed at a door, for a password.
type Typed<'t> = &'t dyn Fn(&str) -> Value;

async fn ask(
    w: &Civitas,
    from: &str,
    by: &impl Sender,
    (method, path): (Method, &str),
    body: &Value,
) -> Reply {
    w.ask(by, method, path).from(from).json(body).send().await
}

async fn ask_for_a_link(w: &Civitas, from: &str, email: &str) -> Reply {
    let body = json!({ "email": email });
    ask(w, from, &Nobody, (Method::POST, "/password-resets"), &body).await
}

for_each_database! {
    async fn wrong_passwords_from_elsewhere_shut_only_their_client_out(w: &mut World) {
        let olive = w.administrator("Olive").await;
        let with = |password: &str| json!({"email": olive.email, "password": password});
        let door = || (Method::POST, "/sessions");
        let mut answers = Vec::new();
        for _ in 0..30 {
            answers.push(ask(w, ATTACKER, &Nobody, door(), &with("not it, certainly")).await.status);
        }
        assert_eq!(answers[..5], [401; 5]);
        assert_eq!(answers[5..], [429; 25]);
        ask(w, ATTACKER, &Nobody, door(), &with(PASSWORD)).await.expect(429);
        ask(w, NEXT_DOOR, &Nobody, door(), &with(PASSWORD)).await.expect(429);
        ask(w, OWNER, &Nobody, door(), &with(PASSWORD)).await.expect(201);
        // Nor does the owner's success give the attacker more tries.
        ask(w, NEXT_DOOR, &Nobody, door(), &with("not it, certainly")).await.expect(429);
    }

    async fn who_has_a_session_of_somebody_s_locks_nobody_out_of_proving_themselves(w: &mut World) {
        let olive = w.administrator("Olive").await;
        let prove = |password: &str| json!({ "password": password });
        let change = |password: &str| json!({"current": password, "password": "the newest of them"});
        let doors: [(Method, &str, Typed<'_>); 2] = [
            (Method::POST, "/me/fresh-sign-ins", &prove),
            (Method::PUT, "/me/password", &change),
        ];
        for ((method, path, body), network) in doors.into_iter().zip(["2001:db8:1:3", "2001:db8:1:4"]) {
            let door = || (method.clone(), path);
            let attacker = format!("[{network}::9]:4000");
            let mut answers = Vec::new();
            for _ in 0..30 {
                answers.push(ask(w, &attacker, &olive, door(), &body("not it, certainly")).await.status);
            }
            assert_eq!(answers[..5], [401; 5], "{path}");
            assert_eq!(answers[5..], [429; 25], "{path}");
            let next_door = format!("[{network}:ffff::1]:4000");
            ask(w, &next_door, &olive, door(), &body(PASSWORD)).await.expect(429);
            ask(w, OWNER, &olive, door(), &body(PASSWORD)).await.expect(204);
        }
    }

    async fn links_that_others_ask_for_keep_nobody_from_theirs(w: &mut World) {
        let olive = w.administrator("Olive").await;
        // Every minute of three hours, from a client that nobody has seen yet.
        for minute in 0..180 {
            let client = format!("198.51.100.{minute}:4000");
            ask_for_a_link(w, &client, &olive.email).await.expect(202);
            if minute % 40 == 30 {
                ask_for_a_link(w, OWNER, &olive.email).await.expect(202);
            }
            let newest = format!("/password-resets/{}", w.link_to(&olive.email));
            w.ask_page(Method::GET, &newest).send().await.expect(200);
            w.clock.advance(Duration::from_secs(60));
        }
        let letters = w.mail_to(&olive.email).await.len();
        assert!((15..=40).contains(&letters), "{letters} letters");
        let body = json!({"token": w.link_to(&olive.email), "password": "the newest of them"});
        w.post(&Nobody, "/password-resets/completions", body).await.expect(204);
    }

    async fn letters_of_other_kinds_hold_no_link_up(w: &mut World) {
        let olive = w.administrator("Olive").await;
        let account = json!({"email": olive.email, "name": "Olive", "password": "a perfectly long one"});
        for client in 0..40 {
            let client = format!("198.51.100.{client}:4000");
            ask(w, &client, &Nobody, (Method::POST, "/accounts"), &account).await.expect(202);
        }
        let told = w.mail_to(&olive.email).await.len();
        assert!((5..=15).contains(&told), "{told} letters");
        ask_for_a_link(w, OWNER, &olive.email).await.expect(202);
        assert_eq!(w.mail_to(&olive.email).await.len(), 1);
    }

    async fn a_client_that_asks_for_many_links_is_slowed_down(w: &mut World) {
        let olive = w.administrator("Olive").await;
        let mut answers = Vec::new();
        for _ in 0..8 {
            answers.push(ask_for_a_link(w, ATTACKER, &olive.email).await.status);
        }
        assert_eq!(answers, [202, 202, 202, 202, 202, 429, 429, 429]);
        ask_for_a_link(w, NEXT_DOOR, &olive.email).await.expect(429);
        ask_for_a_link(w, OWNER, &olive.email).await.expect(202);
    }
}
