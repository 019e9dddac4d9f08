//! Rows of another database, taken in as they are: into an empty one, in one transaction.

use std::io::{BufRead, Read as _};

use anyhow::{Context as _, bail, ensure};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Double, Integer, Nullable, Text};

use super::catalogue::{Columns, Tables, ours};
use super::cells::rows;
use super::lifting::{Lifting, texts};
use super::lines::{Lines, quoted, write_lines};
use super::values::{Value, bound, values};
use crate::platform::clock::Instant;
use crate::platform::db::sql::InstantSql;
use crate::platform::db::{Conn, Reads, dialect};
use crate::platform::random::Entropy;

/// The longest line that is read: no row of ours comes near it.
const LINE_AT_MOST: u64 = 256 * 1024 * 1024;

/// Values that one statement brings in at most, and bytes of their lines.
const VALUES_AT_ONCE: usize = 2000;
const BYTES_AT_ONCE: usize = 1024 * 1024;

/// An empty database that is being filled. What is not committed never was.
pub struct Filling<'c> {
    conn: &'c mut Conn,
    tables: Tables,
    back: Vec<String>,
    is_over: bool,
}

impl<'c> Filling<'c> {
    /// Begins to fill a database of this version.
    ///
    /// # Errors
    /// When a table of it holds a row, with the table's name; when it is of another version.
    pub fn begin(conn: &'c mut Conn) -> anyhow::Result<Self> {
        let tables = ours(conn)?;
        let words = match conn {
            Conn::Sqlite(_) => "BEGIN IMMEDIATE",
            Conn::Postgres(_) => "BEGIN",
        };
        dialect::begin(conn, words)?;
        let mut filling = Self {
            conn,
            tables,
            back: Vec::new(),
            is_over: false,
        };
        let lifting = Lifting::of(filling.conn, &filling.tables)?;
        for words in &lifting.now {
            filling.run(words)?;
        }
        filling.back = lifting.back;
        filling.must_be_empty()?;
        Ok(filling)
    }

    fn run(&mut self, words: &str) -> anyhow::Result<()> {
        // Raw SQL: what is altered, the catalogue says.
        let done = self.conn.batch_execute(words);
        done.with_context(|| words.lines().next().unwrap_or_default().to_owned())
    }

    fn must_be_empty(&mut self) -> anyhow::Result<()> {
        for table in self.tables.keys() {
            if !rows(self.conn, &format!("SELECT id FROM \"{table}\" LIMIT 1"))?.is_empty() {
                bail!(
                    "the database is not empty: there are rows in {table}. An import goes into a \
                     new database, on which no server has run"
                );
            }
        }
        Ok(())
    }

    /// The tables, all of which are to be filled.
    pub fn tables(&self) -> Vec<String> {
        self.tables.keys().cloned().collect()
    }

    /// Takes in the lines of a table.
    ///
    /// # Errors
    /// When a line is none of this table, or holds what the database can't.
    pub fn take_in(&mut self, table: &str, mut lines: impl BufRead) -> anyhow::Result<()> {
        let Some(columns) = self.tables.get(table).cloned() else {
            bail!("this version has no table {table}");
        };
        let mut line = Vec::new();
        ensure!(next_line(&mut lines, &mut line)?, "there is no first line");
        let names: Vec<String> = serde_json::from_slice(&line).context("the first line")?;
        ensure!(
            columns.keys().eq(&names),
            "these are not the columns of {table}: {}",
            names.join(", ")
        );
        let (mut taken, mut bytes, mut number) = (Vec::new(), 0, 1_u64);
        while next_line(&mut lines, &mut line)? {
            number += 1;
            let row = values(&columns, &line).with_context(|| format!("line {number}"))?;
            bytes += line.len();
            taken.extend(row);
            if taken.len() >= VALUES_AT_ONCE || bytes >= BYTES_AT_ONCE {
                self.insert(table, &columns, std::mem::take(&mut taken))
                    .with_context(|| format!("lines up to {number}"))?;
                bytes = 0;
            }
        }
        if !taken.is_empty() {
            self.insert(table, &columns, taken)?;
        }
        Ok(())
    }

    fn insert(&mut self, table: &str, columns: &Columns, values: Vec<Value>) -> anyhow::Result<()> {
        let rows = values.len() / columns.len();
        match self.conn {
            Conn::Sqlite(conn) => {
                let words = insertion(table, columns, rows, |_| "?".to_owned());
                let mut query = sql_query(words).into_boxed::<diesel::sqlite::Sqlite>();
                for value in values {
                    query = bound!(query, value);
                }
                query.execute(conn)?;
            }
            Conn::Postgres(conn) => {
                let words = insertion(table, columns, rows, |at| format!("${at}"));
                let mut query = sql_query(words).into_boxed::<diesel::pg::Pg>();
                for value in values {
                    query = bound!(query, value);
                }
                query.execute(conn)?;
            }
        }
        Ok(())
    }

    /// Puts back what was lifted, once all is in, and has numbers that the database gives by itself
    /// go on behind those that came.
    ///
    /// # Errors
    /// When a row refers to one that did not come.
    pub fn put_back(&mut self) -> anyhow::Result<()> {
        for words in std::mem::take(&mut self.back) {
            self.run(&words)?;
        }
        match self.conn {
            Conn::Sqlite(_) => self.look_at_references(),
            Conn::Postgres(_) => self.go_on_behind(),
        }
    }

    fn look_at_references(&mut self) -> anyhow::Result<()> {
        let astray = "SELECT DISTINCT \"table\", \"parent\" FROM pragma_foreign_key_check LIMIT 1";
        if let Some(row) = rows(self.conn, astray)?.pop() {
            let [table, other] = texts(row)?;
            bail!("a row of {table} refers to one of {other} that did not come");
        }
        Ok(())
    }

    fn go_on_behind(&mut self) -> anyhow::Result<()> {
        for table in self.tables() {
            let given = format!("SELECT coalesce(pg_get_serial_sequence('\"{table}\"', 'id'), '')");
            let Some(row) = rows(self.conn, &given)?.pop() else {
                continue;
            };
            let [sequence] = texts(row)?;
            if !sequence.is_empty() {
                self.run(&format!(
                    "SELECT setval('{sequence}', coalesce(max(id), 1), max(id) IS NOT NULL)
                     FROM \"{table}\""
                ))?;
            }
        }
        Ok(())
    }

    /// What the lines of a table add up to, read from what has come in.
    ///
    /// # Errors
    /// When the database fails.
    pub fn lines(&mut self, table: &str) -> anyhow::Result<Lines> {
        let Some(columns) = self.tables.get(table) else {
            bail!("this version has no table {table}");
        };
        write_lines(self.conn, table, columns, &mut std::io::sink())
    }

    /// Runs `act` over what has come in.
    ///
    /// # Errors
    /// What `act` gives.
    pub fn look<T>(
        &mut self,
        now: Instant,
        act: impl FnOnce(&mut Reads<'_>) -> crate::platform::refusal::Result<T>,
    ) -> anyhow::Result<T> {
        Ok(act(&mut Reads::new(self.conn, now, &Entropy::system()))?)
    }

    /// Makes it last.
    ///
    /// # Errors
    /// When the database refuses: nothing has come in then.
    pub fn commit(mut self) -> anyhow::Result<()> {
        ensure!(self.back.is_empty(), "what was lifted was not put back");
        self.is_over = true;
        dialect::commit(self.conn)?;
        if let Conn::Postgres(conn) = self.conn {
            // So that its planner knows at once what there is. It would find out by itself in time.
            let known = conn.batch_execute("ANALYZE");
            drop(known);
        }
        Ok(())
    }
}

impl Drop for Filling<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            drop(dialect::rollback(self.conn));
        }
    }
}

/// Reads the next line, without its end; whether there was one.
fn next_line(from: &mut impl BufRead, into: &mut Vec<u8>) -> anyhow::Result<bool> {
    into.clear();
    let read = from.by_ref().take(LINE_AT_MOST).read_until(b'\n', into)?;
    if read == 0 {
        return Ok(false);
    }
    ensure!(into.pop() == Some(b'\n'), "a line that has no end");
    Ok(true)
}

fn insertion(
    table: &str,
    columns: &Columns,
    rows: usize,
    place: impl Fn(usize) -> String,
) -> String {
    let row = |number: usize| {
        let first = number * columns.len() + 1;
        let places: Vec<String> = (first..first + columns.len()).map(&place).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!(
        "INSERT INTO \"{table}\" ({}) VALUES {}",
        quoted(columns),
        rows.join(", ")
    )
}
