//! The databases of the tests: migrated once, then copied for each story.

use std::sync::OnceLock;

use civitas::platform::db::{Address, Conn, migrate};
use civitas::platform::random::Entropy;
use diesel::connection::SimpleConnection as _;

pub(super) fn migrated_sqlite() -> &'static std::path::Path {
    static TEMPLATE: OnceLock<(tempfile::TempDir, std::path::PathBuf)> = OnceLock::new();
    let (_, path) = TEMPLATE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("template.db");
        let mut conn = Address::Sqlite(path.clone()).open().unwrap();
        migrate::run(&mut conn).unwrap();
        conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
            .unwrap();
        (folder, path)
    });
    path
}

pub(super) fn migrated_postgres(server: &str) -> &'static str {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let name = format!("civitas_template_{}", Entropy::system().id());
        execute(server, &format!("CREATE DATABASE {name}"));
        let mut conn = Address::Postgres(with_database(server, &name))
            .open()
            .unwrap();
        migrate::run(&mut conn).unwrap();
        name
    })
}

/// The address of another database on the same server.
pub fn with_database(server: &str, name: &str) -> String {
    let (before, _) = server.rsplit_once('/').expect("a URL with a database");
    format!("{before}/{name}")
}

/// Runs SQL on a server.
pub fn execute(server: &str, sql: &str) {
    let mut conn: Conn = Address::Postgres(server.to_owned()).open().unwrap();
    conn.batch_execute(sql).unwrap();
}

/// An empty database on the PostgreSQL server of the tests; none, said aloud, without a server.
/// It stays until the server, which is a throw-away one, goes.
pub fn empty_postgres() -> Option<Address> {
    let Ok(server) = std::env::var("CIVITAS_TEST_POSTGRES") else {
        eprintln!("skipped: CIVITAS_TEST_POSTGRES names no server (tests/run sets it)");
        return None;
    };
    let name = format!("civitas_empty_{}", Entropy::system().id());
    execute(&server, &format!("CREATE DATABASE {name}"));
    Some(Address::Postgres(with_database(&server, &name)))
}
