//! Opening the database for a command.

use anyhow::{Context as _, bail};
use secrecy::ExposeSecret as _;

use crate::platform::config::Config;
use crate::platform::db::{Address, Db, migrate};
use crate::platform::random::Entropy;

/// The address of the database in the settings.
///
/// # Errors
/// When it names no known kind of database.
pub fn address(config: &Config) -> anyhow::Result<Address> {
    Address::parse(config.database.url.expose_secret())
}

/// Opens a database that is of this version. An embedded one is brought there; for a server's,
/// where other processes may be at work, `civitas migrate` is a step of its own.
///
/// # Errors
/// When the database can't be reached or is of another version.
pub fn database(config: &Config) -> anyhow::Result<Db> {
    let address = address(config)?;
    let mut conn = address.open()?;
    match &address {
        Address::Sqlite(path) => {
            migrate::run(&mut conn)
                .with_context(|| format!("can't bring {} to this version", path.display()))?;
        }
        Address::Postgres(_) => {
            let pending = migrate::pending(&mut conn)?;
            if !pending.is_empty() {
                bail!(
                    "the database lacks {} step(s) of this version: run `civitas migrate`",
                    pending.len()
                );
            }
        }
    }
    drop(conn);
    let db = Db::open(&address, config.database.connections, Entropy::system())?;
    db.let_wait(config.database.waiting);
    Ok(db)
}
