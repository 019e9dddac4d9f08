//! Disks without room, real ones: small file systems in memory that are filled to the last byte.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use actix_web::http::Method;
use civitas::platform::clock::Clock;
use civitas::platform::db::schema::stages;
use civitas::platform::db::{Address, Writes, migrate};
use civitas::platform::refusal::Failure;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::{is_root, log_of, seen_by, with_own_mounts};
use crate::commands;
use crate::competitions::call;
use crate::demo::{Running, free_port};
use crate::proposals::scene::Scene;
use crate::served::{Answer, Client, Served};
use crate::world::{World, execute};

/// Whatever room there was, up to the last byte, until it is dropped.
struct Ballast(PathBuf);

impl Ballast {
    fn fill(folder: &Path) -> Self {
        let ballast = Self(folder.join("ballast"));
        let mut file = std::fs::File::create(&ballast.0).unwrap();
        for size in [64 * 1024, 1] {
            let bytes = vec![0; size];
            while file.write_all(&bytes).is_ok() {}
        }
        ballast
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// An edition of a competition, made under a key.
fn make(client: &Client, number: usize) -> Answer {
    let mut edition = call();
    edition["edition"] = json!(format!("Edition {number}"));
    edition["summary"] = json!("What it is about. ".repeat(100));
    let key = number.to_string();
    let headers = [("idempotency-key", key.as_str())];
    let path = "/api/v1/competitions";
    client
        .send(&Method::POST, path, &headers, Some(&edition))
        .expect("an answer")
}

/// The editions that are there, page by page.
fn editions(client: &Client) -> Vec<Value> {
    let (mut editions, mut next) = (Vec::new(), String::new());
    loop {
        let page = client
            .read(&format!("/api/v1/competitions?limit=200{next}"))
            .json;
        editions.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["id"].clone()),
        );
        match page["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => return editions,
        }
    }
}

/// Asks to come back.
fn is_asked_to_come_back(answer: &Answer) {
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.json["type"], "/problems/unavailable", "{answer:?}");
    assert!(answer.retry_after.is_some(), "{answer:?}");
}

/// Writes until the disk is full and beyond; then room is made, and the same server goes on.
fn writes_through_a_full_disk(client: &Client, room: &Path, log: &Path) {
    let before = editions(client).len();
    let mut acknowledged = vec![make(client, 0).json["id"].clone()];
    let ballast = Ballast::fill(room);
    let first_refused = (1..5000)
        .find(|number| match make(client, *number) {
            made if made.status == 201 => {
                acknowledged.push(made.json["id"].clone());
                false
            }
            refused => {
                is_asked_to_come_back(&refused);
                true
            }
        })
        .expect("the disk is full at last");
    for number in first_refused..first_refused + 5 {
        is_asked_to_come_back(&make(client, number));
    }
    assert_eq!(
        client.get("/api/v1/me").unwrap().status,
        200,
        "reading goes on"
    );
    assert_eq!(client.get("/health/ready").unwrap().status, 200);
    assert_eq!(editions(client).len(), before + acknowledged.len());
    let told = std::fs::read_to_string(log).unwrap();
    assert!(told.contains("disk is full"), "{told}");

    drop(ballast);
    for number in first_refused..first_refused + 5 {
        let made = make(client, number);
        assert_eq!(made.status, 201, "{made:?}");
        acknowledged.push(made.json["id"].clone());
        assert_eq!(make(client, number).json["id"], made.json["id"], "once");
    }
    let there = editions(client);
    assert_eq!(there.len(), before + acknowledged.len());
    assert!(
        acknowledged.iter().all(|id| there.contains(id)),
        "what was acknowledged is there"
    );
}

/// The chain of a database that a process sees in a folder, which stands still meanwhile.
fn chain_is_whole(w: &World, process: u32, folder: &Path) {
    let tell = |signal: &str| {
        let told = Command::new("kill")
            .args([signal, &process.to_string()])
            .status();
        assert!(told.unwrap().success());
    };
    let copy = w.folder.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    tell("-STOP");
    for name in ["civitas.db", "civitas.db-wal"] {
        std::fs::copy(seen_by(process, folder).join(name), copy.join(name)).unwrap();
    }
    tell("-CONT");
    let url = format!("sqlite://{}", copy.join("civitas.db").display());
    let verified = Command::new(env!("CARGO_BIN_EXE_civitas"))
        .args(["audit", "verify", "--database", &url])
        .output()
        .unwrap();
    assert!(verified.status.success(), "{verified:?}");
}

#[actix_web::test]
async fn an_embedded_database_goes_on_once_there_is_room_again() {
    let mut w = World::on_sqlite().await;
    w.clock.set(Clock::system().now());
    let olive = w.administrator("Olive").await;
    let (seed, room) = (w.seed(), w.folder.path().join("room"));
    std::fs::create_dir(&room).unwrap();
    let setup = format!(
        "mount -t tmpfs -o size=16m none {0}; cp {1}/* {0}",
        room.display(),
        seed.display()
    );
    let Some(mut command) = with_own_mounts(&setup) else {
        return;
    };
    let log = log_of(&mut command, &w);
    let url = format!("sqlite://{}", room.join("civitas.db").display());
    let port = free_port();
    let served = Served::by(command, &w, &url, port, &[]);
    let client = Client::new(port, &olive.token);
    writes_through_a_full_disk(&client, &seen_by(served.id(), &room), &log);
    chain_is_whole(&w, served.id(), &room);
    served.stop();
    w.finish();
}

#[actix_web::test]
async fn a_folder_for_uploads_takes_them_once_there_is_room_again() {
    let mut w = World::on_sqlite().await;
    let scene = Scene::open(&mut w).await;
    w.clock.set(Clock::system().now());
    w.write(|w| {
        let tomorrow = Some(w.now().plus_days(1));
        diesel::update(stages::table)
            .set(stages::deadline.eq(tomorrow))
            .execute(w.conn())?;
        Ok(())
    });
    let editor = w.sign_in(scene.editor.id);
    let room = w.folder.path().join("room");
    std::fs::create_dir(&room).unwrap();
    let setup = format!("mount -t tmpfs -o size=4m none {}", room.display());
    let Some(mut command) = with_own_mounts(&setup) else {
        return;
    };
    let log = log_of(&mut command, &w);
    let port = free_port();
    let files = ("CIVITAS__FILES__FOLDER", room.display().to_string());
    let served = Served::by(command, &w, &w.database_url(), port, &[files]);
    let client = Client::new(port, &editor.token);
    let path = format!("/api/v1{}", scene.path("/attachments?question=letters"));
    let send = |words: &str| client.upload(&path, &format!("{words}\n").repeat(20_000));

    let kept = send("A letter that was there before.");
    assert_eq!(kept.status, 201, "{kept:?}");
    let ballast = Ballast::fill(&seen_by(served.id(), &room));
    for _ in 0..2 {
        is_asked_to_come_back(&send("A letter that finds no room."));
    }
    let told = std::fs::read_to_string(&log).unwrap();
    assert!(
        told.contains("the disk is full: uploads can't be kept"),
        "{told}"
    );
    drop(ballast);
    let late = send("A letter that finds no room.");
    assert_eq!(late.status, 201, "{late:?}");
    for kept in [kept, late] {
        let content = format!("/api/v1/attachments/{}/content", kept.json["id"]);
        assert_eq!(client.get(&content).unwrap().status, 200);
    }
    served.stop();
    w.finish();
}

/// Where SQLite itself ends the transaction, everybody of the batch is asked to come back, and the
/// writer goes on.
#[actix_web::test]
async fn a_transaction_that_sqlite_ends_takes_nobody_with_it_for_good() {
    let mut w = World::on_sqlite().await;
    let olive = w.administrator("Olive").await;
    let may_not_grow = |w: &mut Writes<'_>| {
        w.conn()
            .batch_execute("PRAGMA max_page_count = 1")
            .map_err(Failure::from)
    };
    w.write(may_not_grow);
    let make = async |number: usize| {
        let mut edition = call();
        edition["edition"] = json!(format!("Edition {number}"));
        edition["summary"] = json!("What it is about. ".repeat(1000));
        w.post(&olive, "/competitions", edition).await
    };
    let mut acknowledged = 0;
    let refused = loop {
        let reply = make(acknowledged).await;
        if reply.status != 201 {
            break reply;
        }
        acknowledged += 1;
        assert!(acknowledged < 500, "the disk is full at last");
    };
    assert_eq!(
        (refused.status, refused.problem()),
        (503, "unavailable"),
        "{refused}"
    );
    assert!(refused.header("retry-after").is_some());
    w.write(|w| {
        w.conn()
            .batch_execute("PRAGMA max_page_count = 1000000")
            .map_err(Failure::from)
    });
    make(acknowledged).await.expect(201);
    let there = w.get(&olive, "/competitions?limit=200").await.expect(200);
    assert_eq!(there.items().len(), acknowledged + 1);
    w.finish();
}

/// A PostgreSQL server of its own whose tables lie on a small file system; ends with the story.
struct SmallPostgres {
    process: Running,
    folder: tempfile::TempDir,
    room: PathBuf,
}

impl SmallPostgres {
    /// None, said aloud, where it can't be started.
    fn start() -> Option<Self> {
        let programs = std::fs::read_dir("/usr/lib/postgresql")
            .ok()
            .and_then(|versions| {
                let folders = versions.map(|version| version.unwrap().path().join("bin"));
                folders
                    .filter(|folder| folder.join("initdb").exists())
                    .max()
            });
        let (Some(programs), true) = (programs, is_root()) else {
            eprintln!("skipped: a PostgreSQL on a file system of its own takes Debian's, and root");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let room = folder.path().join("room");
        let script = format!(
            "cd {0}; mkdir room; mount -t tmpfs -o size=40m none room; chown -R postgres .
             runuser -u postgres -- {1}/initdb --pgdata={0}/data --username=postgres --auth=trust \\
                --encoding=UTF8 --locale=C --no-sync > /dev/null
             exec setpriv --reuid=postgres --regid=postgres --clear-groups {1}/postgres -D {0}/data \\
                -k {0} -c listen_addresses= -c fsync=off -c lc_messages=C",
            folder.path().display(),
            programs.display()
        );
        let process = Command::new("unshare")
            .args(["--mount", "bash", "-ec", &script])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self {
            process: Running(process),
            folder,
            room,
        };
        while Address::Postgres(server.url("postgres")).open().is_err() {
            std::thread::sleep(Duration::from_millis(50));
        }
        let place = format!(
            "CREATE TABLESPACE small LOCATION '{}'",
            server.room.display()
        );
        execute(&server.url("postgres"), &place);
        execute(
            &server.url("postgres"),
            "CREATE DATABASE civitas TABLESPACE small",
        );
        Some(server)
    }

    fn url(&self, name: &str) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://postgres@{folder}/{name}")
    }
}

#[actix_web::test]
async fn postgres_goes_on_once_there_is_room_again() {
    let Some(server) = SmallPostgres::start() else {
        return;
    };
    let w = World::on_sqlite().await;
    let address = Address::Postgres(server.url("civitas"));
    migrate::run(&mut address.open().unwrap()).unwrap();
    let created = commands::civitas(
        w.folder.path(),
        &address,
        &["admin", "create", "olive@example.org"],
    );
    let password = commands::password_in(&String::from_utf8(created.stdout).unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_civitas"));
    let log = log_of(&mut command, &w);
    let port = free_port();
    let served = Served::by(command, &w, &server.url("civitas"), port, &[]);
    let body = json!({"email": "olive@example.org", "password": password});
    let tokens = Client::new(port, "")
        .send(&Method::POST, "/api/v1/sessions", &[], Some(&body))
        .unwrap()
        .json;
    let client = Client::new(port, tokens["access_token"].as_str().unwrap());
    writes_through_a_full_disk(&client, &seen_by(server.process.0.id(), &server.room), &log);
    let verified = commands::civitas(w.folder.path(), &address, &["audit", "verify"]);
    assert!(verified.status.success(), "{verified:?}");
    served.stop();
    w.finish();
}
