//! Rows of any table, as values that mean the same on both databases.

use diesel::connection::DefaultLoadingMode;
use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::pg::{Pg, PgRowByRowLoadingMode, PgValue};
use diesel::prelude::*;
use diesel::result::UnexpectedEndOfRow;
use diesel::row::{Field as _, NamedRow, Row};
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Double, Integer, Text};
use diesel::sqlite::{Sqlite, SqliteType, SqliteValue};
use serde::{Serialize, Serializer};

use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::sql::InstantSql;

/// One value of a row. A moment is its text, as SQLite keeps it; a yes is 1, a no is 0.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// NULL.
    Nothing,
    /// A whole number.
    Number(i64),
    /// A number with a fraction.
    Real(f64),
    /// Text.
    Text(String),
}

impl Cell {
    /// The number that it is.
    ///
    /// # Errors
    /// When it is something else.
    pub fn number(&self) -> anyhow::Result<i64> {
        match self {
            Self::Number(number) => Ok(*number),
            other => anyhow::bail!("{other:?} is no number"),
        }
    }

    /// The text that it is.
    ///
    /// # Errors
    /// When it is something else.
    pub fn text(self) -> anyhow::Result<String> {
        match self {
            Self::Text(text) => Ok(text),
            other => anyhow::bail!("{other:?} is no text"),
        }
    }
}

/// As JSON. Numbers with a fraction are texts that read back as the same number to the last bit,
/// which not every reader of JSON's own numbers gives.
impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing => serializer.serialize_none(),
            Self::Number(number) => serializer.serialize_i64(*number),
            // One zero: SQLite knows no other.
            Self::Real(number) => serializer.collect_str(&format_args!("{:?}", number + 0.0)),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// The values of a row, in the order of the query.
struct Cells(Vec<Cell>);

impl QueryableByName<Sqlite> for Cells {
    fn build<'a>(row: &impl NamedRow<'a, Sqlite>) -> deserialize::Result<Self> {
        let mut cells = Vec::with_capacity(row.field_count());
        for at in 0..row.field_count() {
            let field = Row::get(row, at).ok_or(UnexpectedEndOfRow)?;
            cells.push(match field.value() {
                Some(value) => of_sqlite(value)?,
                None => Cell::Nothing,
            });
        }
        Ok(Self(cells))
    }
}

impl QueryableByName<Pg> for Cells {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> deserialize::Result<Self> {
        let mut cells = Vec::with_capacity(row.field_count());
        for at in 0..row.field_count() {
            let field = Row::get(row, at).ok_or(UnexpectedEndOfRow)?;
            cells.push(match field.value() {
                Some(value) => of_postgres(value)?,
                None => Cell::Nothing,
            });
        }
        Ok(Self(cells))
    }
}

fn of_sqlite(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Cell> {
    Ok(match value.value_type() {
        Some(SqliteType::Long | SqliteType::Integer | SqliteType::SmallInt) => {
            Cell::Number(<i64 as FromSql<BigInt, Sqlite>>::from_sql(value)?)
        }
        Some(SqliteType::Double | SqliteType::Float) => {
            Cell::Real(<f64 as FromSql<Double, Sqlite>>::from_sql(value)?)
        }
        Some(SqliteType::Text) => Cell::Text(<String as FromSql<Text, Sqlite>>::from_sql(value)?),
        other => return Err(format!("a value of an unknown type, {other:?}").into()),
    })
}

fn of_postgres(value: PgValue<'_>) -> deserialize::Result<Cell> {
    // The numbers of PostgreSQL's own types, which never change.
    Ok(match value.get_oid().get() {
        16 => Cell::Number(<bool as FromSql<Bool, Pg>>::from_sql(value)?.into()),
        20 => Cell::Number(<i64 as FromSql<BigInt, Pg>>::from_sql(value)?),
        23 => Cell::Number(<i32 as FromSql<Integer, Pg>>::from_sql(value)?.into()),
        25 | 1043 => Cell::Text(<String as FromSql<Text, Pg>>::from_sql(value)?),
        701 => Cell::Real(<f64 as FromSql<Double, Pg>>::from_sql(value)?),
        1184 => {
            let at = <Instant as FromSql<InstantSql, Pg>>::from_sql(value)?;
            let words = at.to_string();
            if Instant::parse(&words).ok() != Some(at) {
                return Err("a moment that no calendar has".into());
            }
            Cell::Text(words)
        }
        other => return Err(format!("a value of an unknown type, {other}").into()),
    })
}

/// Gives every row of a query to `each`, one at a time, so that few are in memory at once.
///
/// # Errors
/// When the database fails, and what `each` gives.
pub fn each_row(
    conn: &mut Conn,
    query: &str,
    mut each: impl FnMut(Vec<Cell>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    // Raw SQL: which tables and columns there are, the catalogue says.
    match conn {
        Conn::Sqlite(conn) => {
            for row in sql_query(query).load_iter::<Cells, DefaultLoadingMode>(conn)? {
                each(row?.0)?;
            }
        }
        Conn::Postgres(conn) => {
            for row in sql_query(query).load_iter::<Cells, PgRowByRowLoadingMode>(conn)? {
                each(row?.0)?;
            }
        }
    }
    Ok(())
}

/// All rows of a query: for those that give few.
///
/// # Errors
/// When the database fails.
pub fn rows(conn: &mut Conn, query: &str) -> anyhow::Result<Vec<Vec<Cell>>> {
    let mut rows = Vec::new();
    each_row(conn, query, |row| {
        rows.push(row);
        Ok(())
    })?;
    Ok(rows)
}
