//! Clocks that are wrong: set back while the server runs, or far from the database's.

use std::time::Duration;

use actix_web::http::Method;
use civitas::people::{jobs, keys};
use civitas::platform::audit::{Verdict, chain_once, head, verify};
use civitas::platform::clock::Clock;
use civitas::platform::db::Address;
use civitas::platform::ids::LinkId;
use serde_json::json;

use crate::commands::civitas;
use crate::for_each_database;
use crate::proposals::scene::{OPENS, Scene};
use crate::world::{Nobody, PASSWORD, Reply, World, execute};

const HOUR: i64 = 3600;

impl World {
    /// The clock goes on from so many seconds earlier.
    pub fn set_back(&self, seconds: i64) {
        self.clock.set(self.now().plus_seconds(-seconds));
    }

    async fn ready(&self) -> Reply {
        self.ask_page(Method::GET, "/health/ready").send().await
    }
}

for_each_database! {
    async fn a_clock_set_back_breaks_no_chain(w: &mut World) {
        let chained = |w: &World| {
            while w.write(chain_once) > 0 {}
            w.write(|w| head(w)).1
        };
        w.person("Ana").await;
        let first = chained(w);
        w.set_back(HOUR);
        w.person("Ben").await;
        let second = chained(w);
        w.clock.advance(Duration::from_secs(1800));
        w.person("Cleo").await;
        chained(w);
        for head in [first, second] {
            let verdict = w.write(move |w| verify(w, Some(&head)));
            assert!(matches!(verdict, Verdict::Whole { .. }), "{verdict:?}");
        }
    }

    async fn a_receipt_stays_what_it_was_and_the_newer_submission_counts(w: &mut World) {
        let scene = Scene::open(w).await;
        w.clock.advance(Duration::from_secs(7200));
        let convenor = w.sign_in(scene.convenor.id);
        scene.fill(w).await;
        let first = scene.submit(w, &convenor).await.expect(201);
        w.set_back(HOUR);
        let convenor = w.sign_in(scene.convenor.id);
        let better = json!({"problem": "Better."});
        scene.save(w, &scene.editor, "idea", better).await.expect(200);
        let second = scene.submit(w, &convenor).await.expect(201);
        let (first, second) = (&first.json, &second.json);
        assert!(first["submitted_at"].as_str() > second["submitted_at"].as_str(), "each is true");
        for (receipt, state) in [(first, "replaced"), (second, "in_force")] {
            let path = format!("/submissions/{}", receipt["submission_id"]);
            let shown = w.get(&convenor, &path).await.expect(200);
            assert_eq!(shown.json["state"], state, "{shown}");
            let kept = w.get(&convenor, &format!("{path}/receipt")).await.expect(200);
            assert_eq!(kept.json, *receipt);
        }
        // Before the stage opens it is not open, whatever the clock said before.
        w.set_time(OPENS);
        w.set_back(HOUR);
        let convenor = w.sign_in(scene.convenor.id);
        let early = scene.submit(w, &convenor).await.expect(409);
        assert_eq!(early.problem(), "not-open-yet");
    }

    async fn a_clock_set_back_revives_no_session_and_shuts_nobody_out(w: &mut World) {
        let ana = w.person("Ana").await;
        w.clock.advance(Duration::from_secs(401 * 24 * 3600));
        w.get(&ana, "/me").await.expect(401);
        w.write(jobs::clean_up);
        w.set_back(48 * HOUR);
        w.get(&ana, "/me").await.expect(401);

        // Of what a clock that was ahead has told, nothing counts.
        w.clock.advance(Duration::from_secs(24 * 3600));
        let sign_in = json!({"email": ana.email, "password": PASSWORD});
        let ahead = w.post(&Nobody, "/sessions", sign_in.clone()).await.expect(201).json;
        let wrong = json!({"email": ana.email, "password": "not it, certainly"});
        for _ in 0..8 {
            w.post(&Nobody, "/sessions", wrong.clone()).await;
        }
        w.post(&Nobody, "/sessions", sign_in.clone()).await.expect(429);
        w.set_back(24 * HOUR);
        let mut of_then = ana.clone();
        of_then.token = ahead["access_token"].as_str().unwrap().to_owned();
        w.get(&of_then, "/me").await.expect(401);
        w.post(&Nobody, "/sessions", sign_in).await.expect(201);
        // Its session goes on by the refresh token, once.
        let refresh = json!({"refresh_token": ahead["refresh_token"]});
        let refreshed = w.post(&Nobody, "/sessions/refreshes", refresh.clone()).await.expect(201);
        of_then.token = refreshed.json["access_token"].as_str().unwrap().to_owned();
        w.get(&of_then, "/me").await.expect(200);
        w.set_back(HOUR);
        w.post(&Nobody, "/sessions/refreshes", refresh).await.expect(401);
    }

    async fn the_newest_signing_key_signs_whatever_the_clock_said(w: &mut World) {
        let token = |w: &World| {
            let keys = w.app.gate.keys.clone();
            w.write(move |w| keys.refresh(w));
            w.app.gate.keys.link_token(LinkId(1)).unwrap()
        };
        let first = token(w);
        w.write(keys::rotate);
        let second = token(w);
        w.set_back(HOUR);
        w.write(keys::rotate);
        let third = token(w);
        assert!(first != second && second != third);
        let opens = |token: &str| w.app.gate.keys.known_link_of(token).is_some();
        assert_eq!([&first, &second, &third].map(|token| opens(token)), [false, true, true]);
    }

    async fn a_clock_far_from_the_database_s_is_told_and_in_the_end_not_served_by(w: &mut World) {
        let look = async |seconds: i64| {
            w.clock.set(Clock::system().now().plus_seconds(seconds));
            w.app.drift.look(&w.app.db, &w.clock).await.unwrap();
            let ready = w.ready().await;
            let told = |name: &str| ready.json[name].as_array().map_or(0, Vec::len);
            (ready.status, told("warnings"), told("lacking"))
        };
        assert_eq!(look(0).await, (200, 0, 0));
        let far = if w.is_postgres() {
            [(200, 1, 0), (503, 0, 1)]
        } else {
            [(200, 0, 0); 2]
        };
        for (seconds, expected) in [(5, far[0]), (-5, far[0]), (90, far[1]), (-90, far[1])] {
            assert_eq!(look(seconds).await, expected, "{seconds}");
        }
        assert_eq!(look(0).await, (200, 0, 0), "and well again");
    }
}

#[actix_web::test]
async fn a_server_does_not_start_with_a_clock_far_from_the_database_s() {
    let Some(w) = World::on_postgres().await else {
        return;
    };
    let server = std::env::var("CIVITAS_TEST_POSTGRES").unwrap();
    let Address::Postgres(url) = w.app.db.address() else {
        unreachable!()
    };
    // Whoever asks this database for the time is told that of two minutes ago.
    execute(
        url,
        "CREATE SCHEMA late;
         CREATE FUNCTION late.clock_timestamp() RETURNS timestamptz LANGUAGE sql
         AS $$ SELECT pg_catalog.clock_timestamp() - interval '2 minutes' $$",
    );
    let (_, name) = url.rsplit_once('/').unwrap();
    execute(
        &server,
        &format!("ALTER DATABASE {name} SET search_path = late, public, pg_catalog"),
    );
    for words in ["serve", "check-config"] {
        let output = civitas(w.folder.path(), w.app.db.address(), &[words]);
        let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!output.status.success(), "{words}: {told}");
        assert!(
            told.contains("clock is 120.0 seconds ahead of the database's"),
            "{words}: {told}"
        );
    }
    w.finish();
}
