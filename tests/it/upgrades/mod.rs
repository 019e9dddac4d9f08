//! A database of every earlier version, with rows in all its tables, becomes one of this version:
//! through `civitas migrate`, on both databases, and a server works with it afterwards.

mod filling;
pub mod looking;

use civitas::cli::demo;
use civitas::platform::audit::chain_once;
use civitas::platform::clock::Clock;
use civitas::platform::db::{Address, Conn, migrate};
use civitas::platform::random::Entropy;
use diesel::connection::SimpleConnection as _;
use diesel_migrations::{FileBasedMigrations, MigrationHarness as _};

use crate::commands::civitas;
use crate::demo::free_port;
use crate::for_each_database;
use crate::served::{Client, Served};
use crate::world::{World, execute, with_database};
use looking::{columns, dangling, lines_of, lost};

/// Tables and columns (`table.column`) that a step drops, or whose values it changes, on purpose.
const LEFT_BEHIND: &[&str] = &[];

/// Takes the first steps on an empty database, from the folder of its kind.
fn take_steps(conn: &mut Conn, count: usize) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    for _ in 0..count {
        match conn {
            Conn::Sqlite(conn) => {
                let steps = FileBasedMigrations::from_path(format!("{folder}/sqlite")).unwrap();
                conn.run_next_migration(steps).unwrap();
            }
            Conn::Postgres(conn) => {
                let steps = FileBasedMigrations::from_path(format!("{folder}/postgres")).unwrap();
                conn.run_next_migration(steps).unwrap();
            }
        }
    }
}

/// A database after so many steps, its tables filled from the world's, which is of this version. What it
/// held then can be read beside it in the schema `before`.
pub fn old(w: &World, steps: usize) -> Address {
    match w.app.db.address() {
        Address::Sqlite(sample) => {
            let at = |name: &str| w.folder.path().join(format!("{name}-{steps}.db"));
            let old = Address::Sqlite(at("old"));
            let mut conn = old.open().unwrap();
            take_steps(&mut conn, steps);
            let (sample, before) = (sample.display(), at("before"));
            conn.batch_execute(&format!(
                "ATTACH '{sample}' AS sample; PRAGMA foreign_keys = OFF"
            ))
            .unwrap();
            filling::fill(&mut conn);
            conn.batch_execute(&format!(
                "DETACH sample; VACUUM INTO '{}'",
                before.display()
            ))
            .unwrap();
            old
        }
        Address::Postgres(sample) => {
            let (_, sample) = sample.rsplit_once('/').unwrap();
            let name = format!("civitas_old_{}", Entropy::system().id());
            let server = std::env::var("CIVITAS_TEST_POSTGRES").unwrap();
            // A database can be copied while nobody is connected to it.
            execute(
                &server,
                &format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{sample}'"
                ),
            );
            execute(
                &server,
                &format!("CREATE DATABASE {name} TEMPLATE {sample}"),
            );
            let old = Address::Postgres(with_database(&server, &name));
            let mut conn = old.open().unwrap();
            conn.batch_execute("ALTER SCHEMA public RENAME TO sample; CREATE SCHEMA public")
                .unwrap();
            take_steps(&mut conn, steps);
            conn.batch_execute("SET session_replication_role = replica; CREATE SCHEMA before")
                .unwrap();
            filling::fill(&mut conn);
            for table in columns(&mut conn, "public").keys() {
                conn.batch_execute(&format!(
                    "CREATE TABLE before.{table} AS TABLE public.{table}"
                ))
                .unwrap();
            }
            conn.batch_execute("DROP SCHEMA sample CASCADE").unwrap();
            old
        }
    }
}

/// A connection that sees what the database held before, too.
fn with_before(w: &World, old: &Address, steps: usize) -> Conn {
    let mut conn = old.open().unwrap();
    if let Conn::Sqlite(conn) = &mut conn {
        let before = w.folder.path().join(format!("before-{steps}.db"));
        conn.batch_execute(&format!("ATTACH '{}' AS before", before.display()))
            .unwrap();
    }
    conn
}

fn commanded(w: &World, database: &Address, words: &[&str]) -> String {
    let output = civitas(w.folder.path(), database, words);
    let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{words:?}: {}",
        told(&output.stderr)
    );
    told(&output.stdout)
}

/// A server finds it ready and shows from it.
pub fn can_be_served(w: &World, database: &Address) {
    let url = match database {
        Address::Sqlite(path) => format!("sqlite://{}", path.display()),
        Address::Postgres(url) => url.clone(),
    };
    let port = free_port();
    let served = Served::start(w, &url, port, &[]);
    let shown = Client::new(port, "").read("/api/v1/competitions");
    assert!(shown.json["items"].is_array(), "{shown:?}");
    served.stop();
}

for_each_database! {
    async fn every_earlier_version_becomes_this_one_and_loses_nothing(w: &mut World) {
        w.clock.set(Clock::system().now());
        demo::load(&w.app, || {}).unwrap();
        while w.write(chain_once) > 0 {}
        let steps = migrate::all().unwrap();
        let this_version = lines_of(&mut w.app.db.address().open().unwrap());
        for taken in 1..steps.len() {
            let last = &steps[taken - 1];
            let old = old(w, taken);
            let told = commanded(w, &old, &["migrate"]);
            assert_eq!(told.lines().count(), steps.len() - taken, "after {last}: {told}");
            let mut conn = with_before(w, &old, taken);
            let lost = lost(&mut conn, LEFT_BEHIND);
            assert!(lost.is_empty(), "after {last}, lost or changed: {lost:?}");
            let dangling = dangling(&mut conn);
            assert!(dangling.is_empty(), "after {last}, nothing is where these point to: {dangling:?}");
            assert_eq!(lines_of(&mut conn), this_version, "after {last}");
            drop(conn);
            let verified = commanded(w, &old, &["audit", "verify"]);
            assert!(verified.contains("as it was written"), "after {last}: {verified}");
            can_be_served(w, &old);
        }
    }
}
