//! Migrations, compiled in: the same steps under the same names for both databases.

use anyhow::anyhow;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use super::Conn;
use record::__diesel_schema_migrations as ran;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

mod record {
    #![allow(missing_docs, reason = "diesel writes it")]

    diesel::table! {
        /// Diesel's own record of the steps that were run.
        __diesel_schema_migrations (version) {
            version -> Text,
        }
    }
}

/// The names of all steps, oldest first: what a database that is not there yet lacks.
///
/// # Errors
/// When what is compiled in can't be read.
pub fn all() -> anyhow::Result<Vec<String>> {
    lacking(&[])
}

/// The names of the steps that the database has not seen yet, oldest first. Only reads, so that
/// a connection which may not write can ask, and an empty database stays empty.
///
/// # Errors
/// When the database can't be read.
pub fn pending(conn: &mut Conn) -> anyhow::Result<Vec<String>> {
    lacking(&applied(conn)?)
}

fn lacking(applied: &[String]) -> anyhow::Result<Vec<String>> {
    use diesel::migration::{Migration, MigrationSource as _};
    let known: Vec<Box<dyn Migration<diesel::sqlite::Sqlite>>> =
        SQLITE.migrations().map_err(|e| anyhow!("{e}"))?;
    Ok(known
        .iter()
        .filter(|step| !applied.contains(&step.name().version().to_string()))
        .map(|step| step.name().to_string())
        .collect())
}

fn applied(conn: &mut Conn) -> anyhow::Result<Vec<String>> {
    // Catalogues are each database's own, so the table's existence can't be asked in diesel's DSL.
    let exists = match conn {
        Conn::Sqlite(_) => {
            "EXISTS (SELECT 1 FROM sqlite_master WHERE name = '__diesel_schema_migrations')"
        }
        Conn::Postgres(_) => "to_regclass('__diesel_schema_migrations') IS NOT NULL",
    };
    if !diesel::select(sql::<Bool>(exists)).get_result::<bool>(conn)? {
        return Ok(Vec::new());
    }
    Ok(ran::table.select(ran::version).load(conn)?)
}

/// The steps that a database has seen, oldest first, by name: those that this version does not know by
/// their number. Only reads.
///
/// # Errors
/// When the database can't be read.
pub fn taken(conn: &mut Conn) -> anyhow::Result<Vec<String>> {
    let mut applied = applied(conn)?;
    applied.sort();
    let lacking = lacking(&applied)?;
    let mut taken: Vec<String> = all()?;
    taken.retain(|step| !lacking.contains(step));
    let known = taken.iter().map(|step| number(step)).collect::<Vec<_>>();
    applied.retain(|number| !known.contains(number));
    taken.append(&mut applied);
    Ok(taken)
}

/// The number of a step, as the database records it: the digits before its name.
fn number(step: &str) -> String {
    let (number, _) = step.split_once('_').unwrap_or((step, ""));
    number.replace('-', "")
}

/// Runs what is pending; gives the names of the steps run.
///
/// # Errors
/// When a step fails; the steps before it stay.
pub fn run(conn: &mut Conn) -> anyhow::Result<Vec<String>> {
    let ran = match conn {
        Conn::Sqlite(conn) => conn
            .run_pending_migrations(SQLITE)
            .map(|ran| ran.iter().map(ToString::to_string).collect()),
        Conn::Postgres(conn) => conn
            .run_pending_migrations(POSTGRES)
            .map(|ran| ran.iter().map(ToString::to_string).collect()),
    };
    ran.map_err(|error| anyhow!("a migration failed: {error}"))
}
