//! A whole copy of an embedded database, made while others write; and whether a copy is sound.

use std::path::Path;

use anyhow::{Context as _, bail};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{Address, Conn};

#[derive(QueryableByName)]
struct Fault {
    #[diesel(sql_type = Text)]
    words: String,
}

/// Copies an embedded database as it is at one moment, into a file that is there and empty. Nobody
/// who reads or writes has to wait.
///
/// # Errors
/// When there is no database, or no room for the copy.
pub fn copy(from: &Path, into: &Path) -> anyhow::Result<()> {
    let name = into.to_str().context("the copy's path is not UTF-8")?;
    let Some(mut conn) = Address::Sqlite(from.to_owned()).open_to_look()? else {
        bail!("there is no database at {}", from.display());
    };
    // What is written is the copy alone.
    conn.batch_execute("PRAGMA query_only = OFF; PRAGMA cache_size = -8000")?;
    let name = name.replace('\'', "''");
    conn.batch_execute(&format!("VACUUM INTO '{name}'"))
        .with_context(|| format!("can't copy {}", from.display()))
}

/// What is wrong with an embedded database as a file: nothing, where it is sound. From then on this
/// connection believes nothing that the file says of itself.
///
/// # Errors
/// When it can't be read at all.
pub fn faults(conn: &mut Conn) -> anyhow::Result<Vec<String>> {
    let Conn::Sqlite(conn) = conn else {
        return Ok(Vec::new());
    };
    conn.batch_execute("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")?;
    // Raw SQL: pragmas are no tables.
    let found = |conn: &mut SqliteConnection, sql: &str| {
        let faults: QueryResult<Vec<Fault>> = diesel::sql_query(sql).load(conn);
        faults.map(|faults| faults.into_iter().map(|fault| fault.words))
    };
    let mut faults: Vec<String> = found(
        conn,
        "SELECT integrity_check AS words FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
    )?
    .collect();
    faults.extend(found(
        conn,
        "SELECT 'a row of ' || \"table\" || ' refers to one of ' || parent || ' that is not there'
            AS words
         FROM pragma_foreign_key_check GROUP BY \"table\", parent",
    )?);
    Ok(faults)
}
