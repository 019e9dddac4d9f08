//! The only file of queries that knows which database it talks to: what diesel can't say on both.

use diesel::connection::{AnsiTransactionManager, TransactionManager as _};
use diesel::result::{DatabaseErrorKind, Error, QueryResult};

use super::Conn;

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

/// Whether the database can no longer be reached on this connection, or can't write at all now.
pub fn is_lost_connection(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection, _)
        | Error::BrokenTransactionManager => true,
        Error::DatabaseError(_, about) => {
            let message = about.message();
            [
                "server closed the connection",
                "terminating connection",
                "connection to server",
                "no connection to the server",
                "SSL connection has been closed",
                "could not receive data",
                "could not send data",
                "the database system is",
                "lock timeout",
                "database or disk is full",
                "disk I/O error",
                "database is locked",
                "readonly database",
            ]
            .iter()
            .any(|words| message.contains(words))
        }
        Error::RollbackErrorOnCommit { commit_error, .. } => is_lost_connection(commit_error),
        _ => false,
    }
}
