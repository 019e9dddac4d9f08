//! The only file of queries that knows which database it talks to: what diesel can't say on both.

use diesel::connection::{AnsiTransactionManager, TransactionManager as _};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error, QueryResult};

use super::Conn;
use super::sql::InstantSql;
use crate::platform::clock::Instant;

/// Begins a transaction with the given words.
///
/// # Errors
/// When the database refuses.
pub fn begin(conn: &mut Conn, words: &str) -> QueryResult<()> {
    match conn {
        Conn::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, words),
        Conn::Postgres(conn) => AnsiTransactionManager::begin_transaction_sql(conn, words),
    }
}

/// Makes what was written last.
///
/// # Errors
/// When the database refuses; the transaction is then over all the same.
pub fn commit(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Sqlite(conn) => AnsiTransactionManager::commit_transaction(conn),
        Conn::Postgres(conn) => AnsiTransactionManager::commit_transaction(conn),
    }
}

/// Undoes the innermost transaction or savepoint.
///
/// # Errors
/// When the connection is lost.
pub fn rollback(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Sqlite(conn) => AnsiTransactionManager::rollback_transaction(conn),
        Conn::Postgres(conn) => AnsiTransactionManager::rollback_transaction(conn),
    }
}

/// Opens a savepoint inside a transaction.
///
/// # Errors
/// When the connection is lost.
pub fn savepoint(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        Conn::Sqlite(conn) => AnsiTransactionManager::begin_transaction(conn),
        Conn::Postgres(conn) => AnsiTransactionManager::begin_transaction(conn),
    }
}

/// Whether another transaction won, so that this one may be run again from its start.
/// A unique violation counts too: the row that stands in the way is then seen and refused in words.
pub fn lost_against_another(error: &Error) -> bool {
    match error {
        Error::DatabaseError(
            DatabaseErrorKind::SerializationFailure | DatabaseErrorKind::UniqueViolation,
            _,
        ) => true,
        Error::DatabaseError(_, about) => about.message().contains("deadlock detected"),
        Error::RollbackErrorOnCommit { commit_error, .. } => lost_against_another(commit_error),
        _ => false,
    }
}

/// What the database's own clock says; none where it has none.
///
/// # Errors
/// When the database fails.
pub fn server_time(conn: &mut Conn) -> QueryResult<Option<Instant>> {
    match conn {
        Conn::Sqlite(_) => Ok(None),
        // Raw SQL: the moment of the transaction's beginning is all that diesel knows.
        Conn::Postgres(conn) => diesel::select(sql::<InstantSql>("clock_timestamp()"))
            .get_result(conn)
            .map(Some),
    }
}

/// What keeps the database from its work, through no fault of what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// It can't be reached, or not on this connection, or has no time.
    Lost,
    /// Its disk is full.
    Full,
    /// It may be read only.
    ReadOnly,
}

impl Hindrance {
    /// For the operator's log.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Lost => "the database did not answer",
            Self::Full => "the database's disk is full: nothing can be written until there is room",
            Self::ReadOnly => "the database may only be read: nothing can be written",
        }
    }
}

/// Words by which either database says what hinders it.
const SAID: &[(&str, Hindrance)] = &[
    ("server closed the connection", Hindrance::Lost),
    ("terminating connection", Hindrance::Lost),
    ("connection to server", Hindrance::Lost),
    ("no connection to the server", Hindrance::Lost),
    ("SSL connection has been closed", Hindrance::Lost),
    ("could not receive data", Hindrance::Lost),
    ("could not send data", Hindrance::Lost),
    ("the database system is", Hindrance::Lost),
    ("lock timeout", Hindrance::Lost),
    ("disk I/O error", Hindrance::Lost),
    ("database is locked", Hindrance::Lost),
    ("database or disk is full", Hindrance::Full),
    ("No space left on device", Hindrance::Full),
    ("Disk quota exceeded", Hindrance::Full),
    ("readonly database", Hindrance::ReadOnly),
    ("read-only transaction", Hindrance::ReadOnly),
    ("during recovery", Hindrance::ReadOnly),
    ("hot standby", Hindrance::ReadOnly),
];

/// What hinders the database, if that is why it failed.
pub fn hindrance(error: &Error) -> Option<Hindrance> {
    match error {
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection, _)
        | Error::BrokenTransactionManager => Some(Hindrance::Lost),
        Error::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _) => {
            Some(Hindrance::ReadOnly)
        }
        Error::DatabaseError(_, about) => SAID
            .iter()
            .find(|(words, _)| about.message().contains(words))
            .map(|(_, hindrance)| *hindrance),
        Error::RollbackErrorOnCommit { commit_error, .. } => hindrance(commit_error),
        _ => None,
    }
}
