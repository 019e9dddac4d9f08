//! The uploads that a database names, whatever its version.

use anyhow::{Context as _, bail};

use super::catalogue::{columns, references_to};
use super::cells::{Cell, rows};
use crate::platform::db::Conn;

/// An upload whose bytes are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Under which name.
    pub name: String,
    /// SHA-256 of the bytes, in hexadecimal.
    pub digest: String,
    /// Size in bytes.
    pub size: u64,
    /// Whether something shows it: else it is still coming in, or nobody wants it any more.
    pub is_shown: bool,
}

/// The uploads that a database names, but for those that are being deleted.
///
/// # Errors
/// When the database fails.
pub fn uploads(conn: &mut Conn) -> anyhow::Result<Vec<Upload>> {
    let Some(known) = columns(conn, "files")? else {
        return Ok(Vec::new());
    };
    // In earlier versions the digest was the name, and what was deleted was forgotten at once.
    let has = |column: &str| known.contains_key(column);
    let name = if has("name") { "name" } else { "digest" };
    let staying = if has("leaving_at") {
        "WHERE f.leaving_at IS NULL"
    } else {
        ""
    };
    let showing: Vec<String> = references_to(conn, "files")?
        .iter()
        .map(|(table, column)| {
            format!("EXISTS (SELECT 1 FROM \"{table}\" s WHERE s.\"{column}\" = f.id)")
        })
        .collect();
    let showing = if showing.is_empty() {
        "1 = 0".to_owned()
    } else {
        showing.join(" OR ")
    };
    let query = format!(
        "SELECT f.{name}, f.digest, f.size, CASE WHEN {showing} THEN 1 ELSE 0 END
         FROM files f {staying} ORDER BY f.id"
    );
    rows(conn, &query)?.into_iter().map(upload).collect()
}

fn upload(row: Vec<Cell>) -> anyhow::Result<Upload> {
    let Ok([name, digest, size, is_shown]) = <[Cell; 4]>::try_from(row) else {
        bail!("a row of another length");
    };
    Ok(Upload {
        name: name.text()?,
        digest: digest.text()?,
        size: u64::try_from(size.number()?).context("a size below nothing")?,
        is_shown: is_shown.number()? == 1,
    })
}
