//! Databases that may only be read, and folders too.

use std::process::Command;

use actix_web::http::Method;
use civitas::platform::clock::Clock;
use civitas::platform::db::Address;
use serde_json::json;

use super::{log_of, with_own_mounts};
use crate::commands::civitas;
use crate::competitions::call;
use crate::demo::free_port;
use crate::served::{Client, Served};
use crate::world::{World, execute};

/// Runs `civitas` to its end with settings; gives whether it did well, and all that it said.
fn ends(mut command: Command, words: &[&str], settings: &[(&str, String)]) -> (bool, String) {
    let output = command
        .args(words)
        .env(
            "CIVITAS__SERVER__BIND",
            format!("127.0.0.1:{}", free_port()),
        )
        .env("CIVITAS__SERVER__METRICS_BIND", "")
        .envs(settings.iter().map(|(name, value)| (*name, value)))
        .output()
        .unwrap();
    let told = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(told).unwrap())
}

#[actix_web::test]
async fn a_file_system_that_may_only_be_read_is_named_at_once() {
    let w = World::on_sqlite().await;
    let seed = w.seed();
    let setup = format!(
        "mount --bind {0} {0}; mount -o remount,bind,ro {0}",
        seed.display()
    );
    let folder = w.folder.path().display().to_string();
    let of_database = [
        (
            "CIVITAS__DATABASE__URL",
            format!("sqlite://{}/civitas.db", seed.display()),
        ),
        ("CIVITAS__FILES__FOLDER", format!("{folder}/files")),
    ];
    let of_files = [
        ("CIVITAS__DATABASE__URL", w.database_url()),
        (
            "CIVITAS__FILES__FOLDER",
            seed.join("files").display().to_string(),
        ),
    ];
    for name in ["incoming", "kept"] {
        std::fs::create_dir_all(seed.join("files").join(name)).unwrap();
    }
    for (settings, expected) in [
        (&of_database, ["civitas.db", "can't be written"]),
        (&of_files, ["files", "can't be written"]),
    ] {
        for words in ["serve", "check-config"] {
            let Some(command) = with_own_mounts(&setup) else {
                return;
            };
            let (well, told) = ends(command, &[words], settings);
            assert!(!well, "{words}: {told}");
            for expected in expected {
                assert!(told.contains(expected), "{words}: {told}");
            }
        }
    }
    w.finish();
}

#[actix_web::test]
async fn a_postgres_that_may_only_be_read_is_read_and_written_again_afterwards() {
    let Some(mut w) = World::on_postgres().await else {
        return;
    };
    w.clock.set(Clock::system().now());
    let olive = w.administrator("Olive").await;
    let server = std::env::var("CIVITAS_TEST_POSTGRES").unwrap();
    let Address::Postgres(url) = w.app.db.address().clone() else {
        unreachable!()
    };
    let (_, name) = url.rsplit_once('/').unwrap();
    // Settings of a database hold for new connections.
    let from_now_on = |words: &str| {
        execute(&server, &format!("ALTER DATABASE {name} {words}"));
        execute(
            &server,
            &format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            ),
        );
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_civitas"));
    let log = log_of(&mut command, &w);
    let port = free_port();
    let served = Served::by(command, &w, &url, port, &[]);
    let client = Client::new(port, &olive.token);

    from_now_on("SET default_transaction_read_only = on");
    for key in ["first", "second"] {
        let headers = [("idempotency-key", key)];
        let refused = client.send(
            &Method::POST,
            "/api/v1/competitions",
            &headers,
            Some(&call()),
        );
        let refused = refused.unwrap();
        assert_eq!(refused.status, 503, "{refused:?}");
        assert!(refused.retry_after.is_some(), "{refused:?}");
        assert_eq!(client.read("/api/v1/me").status, 200);
    }
    let told = std::fs::read_to_string(&log).unwrap();
    assert!(told.contains("the database may only be read"), "{told}");
    for words in ["serve", "check-config"] {
        let output = civitas(w.folder.path(), w.app.db.address(), &[words]);
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8(told).unwrap();
        assert!(!output.status.success(), "{words}: {told}");
        assert!(told.contains("can't be written"), "{words}: {told}");
    }

    execute(
        &server,
        &format!("ALTER DATABASE {name} RESET default_transaction_read_only"),
    );
    let made = client.act("/api/v1/competitions", "first", &call());
    assert_eq!(made.status, 201);
    assert_eq!(
        client.read("/api/v1/competitions").json["items"],
        json!([made.json])
    );
    served.stop();
    w.finish();
}
