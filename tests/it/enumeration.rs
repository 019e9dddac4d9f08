//! Nobody learns by answers whose address has an account, and in which state it is.

use actix_web::http::Method;
use civitas::people::accounts::{self, Newcomer};
use civitas::people::passwords::Passwords;
use civitas::people::store;
use serde_json::{Value, json};

use crate::for_each_database;
use crate::person_proofs::enrol;
use crate::world::{Actor, Nobody, PASSWORD, World as Civitas};

const UNKNOWN: &str = "nobody@people.example";

/// One address in each state that an account may be in, after the one that has none.
async fn addresses(w: &mut Civitas) -> Vec<String> {
    let root = w.administrator("Root").await;
    let (known, disabled) = (w.person("Known").await, w.person("Disabled").await);
    let with_factor = w.person("Factor").await;
    enrol(w, &with_factor).await;
    let path = format!("/people/{}/disabling", disabled.id);
    w.post(&root, &path, json!({})).await.expect(200);
    let mut all = vec![
        UNKNOWN.to_owned(),
        known.email,
        disabled.email,
        with_factor.email,
    ];
    let hash = w.app.passwords.hash_here(PASSWORD).unwrap();
    for (name, hash) in [("invited", None), ("unproven", Some(hash))] {
        let email = format!("{name}@people.example");
        let newcomer = Newcomer {
            email: email.clone(),
            ..Newcomer::default()
        };
        w.write(move |w| accounts::add(w, &newcomer, hash.clone(), false).map(drop));
        all.push(email);
    }
    all
}

/// What is typed at a door, for an address.
type Typed<'t> = &'t dyn Fn(&str) -> Value;

type Seen = (u16, Vec<(String, String)>, String);

/// What six such requests in a row see, from a client of their own.
async fn seen(w: &Civitas, client: usize, path: &str, body: &Value) -> Vec<Seen> {
    let client = format!("192.0.2.{client}:4000");
    let mut seen = Vec::new();
    for _ in 0..6 {
        let ask = w.ask(&Nobody, Method::POST, path).from(&client).json(body);
        seen.push(ask.send().await.seen());
    }
    seen
}

for_each_database! {
    async fn no_door_tells_whose_address_has_an_account(w: &mut World) {
        let addresses = addresses(w).await;
        let sign_in = |email: &str| json!({"email": email, "password": "not it, certainly"});
        let reset = |email: &str| json!({ "email": email });
        let account = |email: &str| json!({"email": email, "name": "Ana", "password": "a perfectly long one"});
        let doors: [(&str, [u16; 2], Typed<'_>); 3] = [
            ("/sessions", [401, 429], &sign_in),
            ("/password-resets", [202, 429], &reset),
            ("/accounts", [202, 429], &account),
        ];
        for (door, (path, statuses, body)) in doors.into_iter().enumerate() {
            let unknown = seen(w, 10 * door, path, &body(UNKNOWN)).await;
            let told: Vec<u16> = unknown.iter().map(|seen| seen.0).collect();
            let expected = [[statuses[0]; 5].as_slice(), &statuses[1..]].concat();
            assert_eq!(told, expected, "{path}");
            for (client, email) in addresses.iter().enumerate().skip(1) {
                let known = seen(w, 10 * door + client, path, &body(email)).await;
                assert_eq!(known, unknown, "{path} {email}");
            }
        }
    }

    async fn the_right_password_tells_nothing_where_it_opens_nothing(w: &mut World) {
        let addresses = addresses(w).await;
        let sign_in = |email: &str, code: Option<&str>| json!({"email": email, "password": PASSWORD, "code": code});
        let unknown = seen(w, 1, "/sessions", &sign_in(UNKNOWN, None)).await;
        let shut = |email: &&String| email.starts_with("disabled") || email.starts_with("factor") || email.starts_with("invited");
        for (client, email) in addresses.iter().filter(shut).enumerate() {
            for (more, code) in [None, Some("000000")].into_iter().enumerate() {
                let known = seen(w, 10 + 2 * client + more, "/sessions", &sign_in(email, code)).await;
                assert_eq!(known, unknown, "{email} {code:?}");
            }
        }
        // Those that it opens.
        for email in ["known@people.example", "unproven@people.example"] {
            w.post(&Nobody, "/sessions", sign_in(email, None)).await.expect(201);
        }
    }

    async fn a_password_is_hashed_anew_where_that_takes_more_work_and_only_there(w: &mut World) {
        let ana = w.person("Ana").await;
        let sign_in = json!({"email": ana.email, "password": PASSWORD});
        for (memory, stored) in [(64, "m=64,t=1,p=1"), (128, "m=128,t=1,p=1"), (64, "m=128,t=1,p=1")] {
            w.change(|app| app.passwords = Passwords::new(memory, 1, 1).unwrap()).await;
            w.post(&Nobody, "/sessions", json!({"email": ana.email, "password": "not it, no"})).await.expect(401);
            w.post(&Nobody, "/sessions", sign_in.clone()).await.expect(201);
            let hash = hash_of(w, &ana);
            assert!(hash.contains(stored), "{hash}");
        }
    }
}

fn hash_of(w: &Civitas, who: &Actor) -> String {
    let id = who.id;
    let row = w.write(move |w| store::person(w, id)).unwrap();
    row.password_hash.unwrap()
}
