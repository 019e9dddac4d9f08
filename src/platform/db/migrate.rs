//! Migrations, compiled in: the same steps under the same names for both databases.

use anyhow::anyhow;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use super::Conn;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The names of the steps that the database has not seen yet, oldest first.
///
/// # Errors
/// When the database can't be read.
pub fn pending(conn: &mut Conn) -> anyhow::Result<Vec<String>> {
    use diesel::migration::{Migration, MigrationSource as _};
    let applied: Vec<String> = match conn {
        Conn::Sqlite(conn) => versions(conn.applied_migrations()),
        Conn::Postgres(conn) => versions(conn.applied_migrations()),
    }?;
    let known: Vec<Box<dyn Migration<diesel::sqlite::Sqlite>>> =
        SQLITE.migrations().map_err(|e| anyhow!("{e}"))?;
    Ok(known
        .iter()
        .filter(|step| !applied.contains(&step.name().version().to_string()))
        .map(|step| step.name().to_string())
        .collect())
}

fn versions(
    applied: diesel::migration::Result<Vec<diesel::migration::MigrationVersion<'static>>>,
) -> anyhow::Result<Vec<String>> {
    let applied =
        applied.map_err(|error| anyhow!("can't read which migrations were run: {error}"))?;
    Ok(applied.iter().map(ToString::to_string).collect())
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
