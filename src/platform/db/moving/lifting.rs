//! Before rows of another database come in as they are, the triggers, which would count and write
//! what those rows hold already, are put out of force, and references may point to rows that come
//! later. Afterwards all is put back, word by word, in the same transaction.

use anyhow::bail;

use super::catalogue::Tables;
use super::cells::{Cell, rows};
use crate::platform::db::Conn;

/// What is done, and how it is put back: statements, to be run in their order.
#[derive(Debug, Default)]
pub(super) struct Lifting {
    pub now: Vec<String>,
    pub back: Vec<String>,
}

impl Lifting {
    /// What there is to lift in this database.
    pub fn of(conn: &mut Conn, tables: &Tables) -> anyhow::Result<Self> {
        match conn {
            Conn::Sqlite(_) => in_sqlite(conn),
            Conn::Postgres(_) => in_postgres(conn, tables),
        }
    }
}

fn in_sqlite(conn: &mut Conn) -> anyhow::Result<Lifting> {
    let mut lifting = Lifting::default();
    // Ends with the transaction, before which all references are looked at again.
    lifting
        .now
        .push("PRAGMA defer_foreign_keys = ON".to_owned());
    let query = "SELECT name, sql FROM main.sqlite_master WHERE type = 'trigger' ORDER BY rowid";
    for row in rows(conn, query)? {
        let [name, words] = texts(row)?;
        lifting.now.push(format!("DROP TRIGGER \"{name}\""));
        lifting.back.push(words);
    }
    Ok(lifting)
}

fn in_postgres(conn: &mut Conn, tables: &Tables) -> anyhow::Result<Lifting> {
    let mut lifting = Lifting::default();
    let names: Vec<String> = tables.keys().map(|name| format!("\"{name}\"")).collect();
    let all = names.join(", ");
    // Nobody writes beside this.
    lifting
        .now
        .push(format!("LOCK TABLE {all} IN SHARE ROW EXCLUSIVE MODE"));
    let of_ours = "n.nspname = current_schema() AND t.relname NOT LIKE '\\_\\_diesel%'";
    let triggers = format!(
        "SELECT format('%I', t.relname), format('%I', g.tgname) FROM pg_trigger g
         JOIN pg_class t ON t.oid = g.tgrelid JOIN pg_namespace n ON n.oid = t.relnamespace
         WHERE NOT g.tgisinternal AND g.tgenabled = 'O' AND {of_ours} ORDER BY 1, 2"
    );
    let mut back = Vec::new();
    for row in rows(conn, &triggers)? {
        let [table, trigger] = texts(row)?;
        let of = |what: &str| format!("ALTER TABLE {table} {what} TRIGGER {trigger}");
        lifting.now.push(of("DISABLE"));
        back.push(of("ENABLE"));
    }
    let references = format!(
        "SELECT format('%I', t.relname), format('%I', k.conname) FROM pg_constraint k
         JOIN pg_class t ON t.oid = k.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
         WHERE k.contype = 'f' AND NOT k.condeferrable AND {of_ours} ORDER BY 1, 2"
    );
    for row in rows(conn, &references)? {
        let [table, key] = texts(row)?;
        let of = |what: &str| format!("ALTER TABLE {table} ALTER CONSTRAINT {key} {what}");
        lifting.now.push(of("DEFERRABLE INITIALLY DEFERRED"));
        back.push(of("NOT DEFERRABLE"));
    }
    // Looks at all references now; no table is altered while some wait for that.
    lifting
        .back
        .push("SET CONSTRAINTS ALL IMMEDIATE".to_owned());
    lifting.back.append(&mut back);
    Ok(lifting)
}

pub(super) fn texts<const N: usize>(row: Vec<Cell>) -> anyhow::Result<[String; N]> {
    let words: anyhow::Result<Vec<String>> = row.into_iter().map(Cell::text).collect();
    match <[String; N]>::try_from(words?) {
        Ok(words) => Ok(words),
        Err(words) => bail!("{words:?}: another number of columns"),
    }
}
