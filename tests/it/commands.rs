//! The command line, as whoever operates the server types it.

use std::path::Path;
use std::process::{Command, Output};

use crate::for_each_database;
use crate::world::{Nobody, PASSWORD, World as Civitas};
use civitas::platform::audit::chain_once;
use civitas::platform::db::Address;
use serde_json::json;

/// Runs `civitas` over a database, in a folder of its own.
pub fn civitas(folder: &Path, database: &Address, words: &[&str]) -> Output {
    let url = match database {
        Address::Sqlite(path) => format!("sqlite://{}", path.display()),
        Address::Postgres(url) => url.clone(),
    };
    Command::new(env!("CARGO_BIN_EXE_civitas"))
        .args(words)
        .args(["--database", &url])
        .current_dir(folder)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs it over the world's database; it must do well.
pub fn run(w: &Civitas, words: &[&str]) -> String {
    let output = civitas(w.folder.path(), w.app.db.address(), words);
    assert!(
        output.status.success(),
        "{words:?}: {}",
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// Runs it over the world's database; it must refuse, and says why.
fn refused(w: &Civitas, words: &[&str]) -> String {
    let output = civitas(w.folder.path(), w.app.db.address(), words);
    assert!(
        !output.status.success(),
        "{words:?}: {}",
        text(&output.stdout)
    );
    text(&output.stderr)
}

pub fn password_in(told: &str) -> String {
    let line = told
        .lines()
        .find_map(|line| line.strip_prefix("password: "));
    line.unwrap_or_else(|| panic!("no password in {told}"))
        .to_owned()
}

for_each_database! {
    async fn administrators_come_from_the_command_line(w: &mut World) {
        let root = w.administrator("Root").await;
        let password = password_in(&run(w, &["admin", "create", "ada@example.org", "--name", "Ada Park"]));
        let body = json!({"email": "ada@example.org", "password": password});
        let signed_in = w.post(&Nobody, "/sessions", body).await.expect(201);
        let ada = crate::world::Actor {
            id: serde_json::from_value(signed_in.json["person"].clone()).unwrap(),
            email: "ada@example.org".into(),
            token: signed_in.json["access_token"].as_str().unwrap().into(),
        };
        assert_eq!(w.get(&ada, "/me").await.expect(200).json["administrator"], true);
        assert!(refused(w, &["admin", "create", "ada@example.org"]).contains("already"));
        w.get(&ada, "/me").await.expect(200);
        run(w, &["admin", "disable", "ada@example.org"]);
        w.get(&ada, "/me").await.expect(401);
        let told = run(w, &["admin", "create", "ada@example.org"]);
        assert!(told.contains("enabled again"), "{told}");
        let body = json!({"email": "ada@example.org", "password": password_in(&told)});
        w.post(&Nobody, "/sessions", body).await.expect(201);
        // The command line goes by the machine's own clock.
        w.clock.set(civitas::platform::clock::Clock::system().now());
        let told: Vec<String> = w.run_jobs().await.into_iter().map(|mail| mail.to).collect();
        assert!(told.contains(&root.email), "{told:?}");
    }

    async fn an_account_that_is_made_an_administrator_s_is_its_owner_s_alone(w: &mut World) {
        let ana = w.person("Ana").await;
        let body = json!({"name": "script", "scopes": ["read"], "days": 30});
        let made = w.post(&ana, "/me/tokens", body).await.expect(201);
        let token = crate::world::Actor { token: made.json["token"].as_str().unwrap().into(), ..ana.clone() };
        run(w, &["admin", "create", &ana.email]);
        w.get(&ana, "/me").await.expect(401);
        w.get(&token, "/me").await.expect(401);
        w.post(&Nobody, "/sessions", json!({"email": ana.email, "password": PASSWORD})).await.expect(401);
    }

    async fn a_lost_device_takes_its_recovery_codes_with_it(w: &mut World) {
        use civitas::platform::db::schema::recovery_codes;
        use diesel::prelude::*;
        let ana = w.person("Ana").await;
        let offer = w.post(&ana, "/me/second-factor", json!({})).await.expect(201);
        let secret = offer.json["secret"].as_str().unwrap();
        let code = civitas::people::second_factor::code_at(secret, w.now().seconds() / 30).unwrap();
        w.post(&ana, "/me/second-factor/confirmation", json!({"code": code})).await.expect(201);
        let told = run(w, &["admin", "reset-password", &ana.email, "--second-factor"]);
        w.get(&ana, "/me").await.expect(401);
        let left: i64 = w.write(|w| Ok(recovery_codes::table.count().get_result(w.conn())?));
        assert_eq!(left, 0);
        let body = json!({"email": ana.email, "password": password_in(&told)});
        w.post(&Nobody, "/sessions", body).await.expect(201);
    }

    async fn the_signing_key_is_rotated(w: &mut World) {
        let ana = w.person("Ana").await;
        run(w, &["admin", "rotate-key"]);
        let keys = w.app.gate.keys.clone();
        w.write(move |w| keys.refresh(w));
        w.get(&ana, "/me").await.expect(200);
    }

    async fn a_row_that_was_changed_is_named(w: &mut World) {
        use civitas::platform::db::schema::audit_log;
        use diesel::prelude::*;
        for name in ["Ana", "Ben", "Cleo"] {
            w.person(name).await;
        }
        while w.write(chain_once) > 0 {}
        let head = run(w, &["audit", "head"]);
        run(w, &["audit", "verify", "--head", head.trim()]);
        assert!(refused(w, &["audit", "verify", "--head", &"a".repeat(64)]).contains("not in it"));
        let wrong = ["audit", "verify", "--head", head.trim(), "--signature", "made-up"];
        assert!(refused(w, &wrong).contains("signature"));
        w.write(|w| {
            diesel::update(audit_log::table.filter(audit_log::position.eq(4)))
                .set(audit_log::act.eq("nothing.happened"))
                .execute(w.conn())?;
            Ok(())
        });
        let found = refused(w, &["audit", "verify"]);
        assert!(found.contains("position 4"), "{found}");
    }
}

#[test]
fn what_only_looks_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let database = Address::Sqlite(folder.path().join("new").join("civitas.db"));
    let dry = civitas(folder.path(), &database, &["migrate", "--dry-run"]);
    assert!(dry.status.success());
    assert!(
        text(&dry.stdout).contains("would run"),
        "{}",
        text(&dry.stdout)
    );
    let checked = civitas(folder.path(), &database, &["check-config"]);
    assert!(checked.status.success(), "{}", text(&checked.stdout));
    let verified = civitas(folder.path(), &database, &["audit", "verify"]);
    assert!(!verified.status.success());
    assert!(
        text(&verified.stderr).contains("there is no database"),
        "{}",
        text(&verified.stderr)
    );
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}
