//! A table as lines of JSON: first the names of its columns, then a line for each row, by identity.

use std::io::{self, Write};

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

use super::catalogue::Columns;
use super::cells::each_row;
use crate::platform::db::Conn;
use crate::platform::digest::hex;

/// What the lines of a table add up to: the same for the same rows, on whichever database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    /// Rows.
    pub rows: u64,
    /// SHA-256 of the lines.
    pub sha256: String,
}

/// The list of columns for a statement, in the order of the lines.
pub(super) fn quoted(columns: &Columns) -> String {
    let quoted: Vec<String> = columns.keys().map(|name| format!("\"{name}\"")).collect();
    quoted.join(", ")
}

/// Writes the lines of a table.
///
/// # Errors
/// When the database fails, holds what has no line, or the lines can't be written.
pub fn write_lines(
    conn: &mut Conn,
    table: &str,
    columns: &Columns,
    to: &mut impl Write,
) -> anyhow::Result<Lines> {
    let mut to = Summing::over(to);
    let names: Vec<&String> = columns.keys().collect();
    to.line(&names)?;
    let mut rows = 0;
    let query = format!("SELECT {} FROM \"{table}\" ORDER BY id", quoted(columns));
    each_row(conn, &query, |row| {
        rows += 1;
        to.line(&row)
    })
    .with_context(|| format!("the table {table}, after {rows} row(s)"))?;
    to.to.flush()?;
    Ok(Lines {
        rows,
        sha256: hex(&to.hash.finalize()),
    })
}

/// Hashes what it passes on.
struct Summing<W> {
    to: W,
    hash: Sha256,
    line: Vec<u8>,
}

impl<W: Write> Summing<W> {
    fn over(to: W) -> Self {
        Self {
            to,
            hash: Sha256::new(),
            line: Vec::new(),
        }
    }

    fn line(&mut self, values: &impl serde::Serialize) -> anyhow::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, values)?;
        self.line.push(b'\n');
        self.hash.update(&self.line);
        self.to.write_all(&self.line).map_err(cant_be_written)
    }
}

fn cant_be_written(error: io::Error) -> anyhow::Error {
    anyhow::Error::new(error).context("the lines can't be written")
}
