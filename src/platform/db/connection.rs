//! One connection type over both databases.
#![allow(missing_docs, reason = "the derive writes items of its own")]

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::sql_types::Bool;
use diesel::{Connection as _, PgConnection, RunQueryDsl as _, SqliteConnection};

/// What to look at where a file can't be written.
const OF_FILES: &str = "look who owns the file and its folder, and how its file system is mounted";

/// What to look at where a server's database can't be written.
const OF_SERVERS: &str = "the server is a standby, or default_transaction_read_only is on";

/// A connection to whichever database the address names.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// Embedded.
    Sqlite(SqliteConnection),
    /// Over the network.
    Postgres(PgConnection),
}

/// Runs a query as on a [`Conn`], but on the connection within: `on_either!(r.conn(), |conn|
/// query.get_result(conn))`. Diesel then puts the query into words once for each connection, not
/// once for each call, which takes as long as running it. For what every request asks; all else
/// is as well without.
#[macro_export]
macro_rules! on_either {
    ($conn:expr, |$one:ident| $run:expr) => {
        match $conn {
            $crate::platform::db::Conn::Sqlite($one) => $run,
            $crate::platform::db::Conn::Postgres($one) => $run,
        }
    };
}

/// Where the data lives: `sqlite://PATH` or `postgres://…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres(String),
}

impl Address {
    /// Reads the address of a database.
    ///
    /// # Errors
    /// When it names neither SQLite nor PostgreSQL.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        if let Some(path) = text.strip_prefix("sqlite://") {
            if path.is_empty() {
                bail!("the database address {text:?} names no file");
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        bail!("a database address starts with sqlite:// or postgres://")
    }

    /// Opens a connection that may write.
    ///
    /// # Errors
    /// When the file can't be opened or the server does not answer.
    pub fn open(&self) -> anyhow::Result<Conn> {
        match self {
            Self::Sqlite(path) => {
                let name = path.to_str().context("the database's path is not UTF-8")?;
                if let Some(folder) = path
                    .parent()
                    .filter(|folder| !folder.as_os_str().is_empty())
                {
                    std::fs::create_dir_all(folder)
                        .with_context(|| format!("can't make the folder {}", folder.display()))?;
                }
                let mut conn = SqliteConnection::establish(name)
                    .with_context(|| format!("can't open the database {name}"))?;
                conn.batch_execute(
                    "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; \
                     PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                     PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000;",
                )
                .with_context(|| format!("{name} can't be written: {OF_FILES}"))?;
                Ok(Conn::Sqlite(conn))
            }
            Self::Postgres(url) => {
                let mut conn = PgConnection::establish(url).context("can't reach PostgreSQL")?;
                conn.batch_execute("SET TIME ZONE 'UTC'; SET lock_timeout = '20s'")?;
                Ok(Conn::Postgres(conn))
            }
        }
    }

    /// Opens a connection that only looks at what is there: no file is made, none is written. None
    /// where there is no file yet.
    ///
    /// # Errors
    /// As [`Address::open`].
    pub fn open_to_look(&self) -> anyhow::Result<Option<Conn>> {
        match self {
            Self::Sqlite(path) if !path.exists() => Ok(None),
            Self::Sqlite(path) => {
                let name = path.to_str().context("the database's path is not UTF-8")?;
                let mut conn = SqliteConnection::establish(name)
                    .with_context(|| format!("can't open the database {name}"))?;
                conn.batch_execute("PRAGMA busy_timeout = 10000; PRAGMA query_only = ON;")?;
                Ok(Some(Conn::Sqlite(conn)))
            }
            Self::Postgres(url) => {
                let mut conn = PgConnection::establish(url).context("can't reach PostgreSQL")?;
                conn.batch_execute("SET TIME ZONE 'UTC'; SET default_transaction_read_only = on")?;
                Ok(Some(Conn::Postgres(conn)))
            }
        }
    }

    /// Whether what this connection reaches can be written; nothing is.
    ///
    /// # Errors
    /// When it can't, with what to look at.
    pub fn can_be_written(&self, conn: &mut Conn) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(path) => conn
                .batch_execute("BEGIN IMMEDIATE; ROLLBACK")
                .with_context(|| format!("{} can't be written: {OF_FILES}", path.display())),
            Self::Postgres(_) => {
                // What this connection itself has set since does not count.
                let only_read = "pg_is_in_recovery() OR (SELECT reset_val FROM pg_settings \
                     WHERE name = 'default_transaction_read_only') = 'on'";
                if diesel::select(sql::<Bool>(only_read)).get_result(conn)? {
                    bail!("the database can't be written: {OF_SERVERS}");
                }
                Ok(())
            }
        }
    }

    /// Opens a connection for reading; on SQLite it refuses to write.
    ///
    /// # Errors
    /// As [`Address::open`].
    pub fn open_read_only(&self) -> anyhow::Result<Conn> {
        let mut conn = self.open()?;
        if let Conn::Sqlite(sqlite) = &mut conn {
            sqlite.batch_execute("PRAGMA query_only = ON; PRAGMA cache_size = -4000;")?;
        }
        Ok(conn)
    }
}
