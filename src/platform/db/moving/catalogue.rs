//! Which tables and columns a database has, by its own catalogue.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use diesel::{Connection as _, SqliteConnection};

use super::cells::rows;
use super::lifting::texts;
use crate::platform::db::{Conn, migrate};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number of 64 bits; on SQLite, also of fewer, or a yes or no.
    Number,
    /// A whole number of 32 bits.
    SmallNumber,
    /// Yes or no.
    YesNo,
    /// A number with a fraction.
    Real,
    /// Text; on SQLite, also a moment.
    Text,
    /// A moment.
    Moment,
}

impl Kind {
    fn of(words: &str) -> Option<Self> {
        Some(match words {
            "INTEGER" | "bigint" => Self::Number,
            "integer" => Self::SmallNumber,
            "boolean" => Self::YesNo,
            "REAL" | "double precision" => Self::Real,
            "TEXT" | "text" | "character varying" => Self::Text,
            "timestamp with time zone" => Self::Moment,
            _ => return None,
        })
    }
}

/// The columns of a table by their names.
pub type Columns = BTreeMap<String, Kind>;

/// Tables by their names.
pub type Tables = BTreeMap<String, Columns>;

/// Tables of ours, without the record of steps.
const IN_SQLITE: &str = "
    SELECT m.name, p.name, p.type FROM sqlite_master m JOIN pragma_table_info(m.name) p
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
        AND m.name NOT LIKE '\\_\\_diesel%' ESCAPE '\\'";

const IN_POSTGRES: &str = "
    SELECT t.relname::text, a.attname::text, format_type(a.atttypid, NULL)
    FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE t.relkind = 'r' AND n.nspname = current_schema()
        AND a.attnum > 0 AND NOT a.attisdropped AND t.relname NOT LIKE '\\_\\_diesel%'";

/// The tables of this version, as an embedded database has them.
///
/// # Errors
/// When what is compiled in can't be run.
pub fn of_this_version() -> anyhow::Result<Tables> {
    let mut conn = Conn::Sqlite(SqliteConnection::establish(":memory:")?);
    migrate::run(&mut conn)?;
    of(&mut conn)
}

/// The tables of a database that is of this version, whatever else somebody put beside them.
///
/// # Errors
/// When one of them, or a column, is not there or is of an unknown kind.
pub fn ours(conn: &mut Conn) -> anyhow::Result<Tables> {
    let mut there = of(conn)?;
    let mut ours = Tables::new();
    for (table, columns) in of_this_version()? {
        let found = there
            .remove(&table)
            .with_context(|| format!("the database has no table {table}, or none that is ours"))?;
        if found.keys().ne(columns.keys()) {
            bail!("the database's table {table} has other columns than this version's");
        }
        ours.insert(table, found);
    }
    Ok(ours)
}

fn of(conn: &mut Conn) -> anyhow::Result<Tables> {
    let query = match conn {
        Conn::Sqlite(_) => IN_SQLITE,
        Conn::Postgres(_) => IN_POSTGRES,
    };
    let mut tables = Tables::new();
    let mut strange = Vec::new();
    for row in rows(conn, query)? {
        let [table, column, kind] = texts(row)?;
        match Kind::of(&kind) {
            Some(kind) => drop(tables.entry(table).or_default().insert(column, kind)),
            None => strange.push(table),
        }
    }
    // What is not ours may hold whatever it likes.
    tables.retain(|table, _| !strange.contains(table));
    Ok(tables)
}

/// Which columns refer to the rows of a table: table and column of each.
///
/// # Errors
/// When the database fails.
pub fn references_to(conn: &mut Conn, table: &str) -> anyhow::Result<Vec<(String, String)>> {
    let query = match conn {
        Conn::Sqlite(_) => format!(
            "SELECT m.name, k.\"from\" FROM sqlite_master m
             JOIN pragma_foreign_key_list(m.name) k
             WHERE m.type = 'table' AND k.\"table\" = '{table}' ORDER BY m.name, k.\"from\""
        ),
        Conn::Postgres(_) => format!(
            "SELECT t.relname::text, a.attname::text FROM pg_constraint k
             JOIN pg_class t ON t.oid = k.conrelid
             JOIN pg_namespace n ON n.oid = t.relnamespace
             JOIN pg_class other ON other.oid = k.confrelid
             JOIN pg_attribute a ON a.attrelid = t.oid AND k.conkey = ARRAY[a.attnum]
             WHERE k.contype = 'f' AND n.nspname = current_schema() AND other.relname = '{table}'
             ORDER BY 1, 2"
        ),
    };
    let mut found = Vec::new();
    for row in rows(conn, &query)? {
        let [table, column] = texts(row)?;
        found.push((table, column));
    }
    Ok(found)
}

/// The columns of one table; none where it is not there.
///
/// # Errors
/// When the database fails.
pub fn columns(conn: &mut Conn, table: &str) -> anyhow::Result<Option<Columns>> {
    Ok(of(conn)?.remove(table))
}
