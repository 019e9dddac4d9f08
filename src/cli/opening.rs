//! Opening the database for a command.

use std::fs::{File, TryLockError};
use std::path::Path;

use anyhow::{Context as _, bail};
use secrecy::ExposeSecret as _;

use crate::platform::archive::folder_of;
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::db::{Address, Conn, Db, migrate};
use crate::platform::drift::{self, Gap};
use crate::platform::random::Entropy;

/// The address of the database in the settings.
///
/// # Errors
/// When it names no known kind of database.
pub fn address(config: &Config) -> anyhow::Result<Address> {
    Address::parse(config.database.url.expose_secret())
}

/// The steps that the database lacks, without making or changing anything.
///
/// # Errors
/// When the database can't be read.
pub fn pending(address: &Address) -> anyhow::Result<Vec<String>> {
    match address.open_to_look()? {
        Some(mut conn) => migrate::pending(&mut conn),
        None => migrate::all(),
    }
}

/// Opens a database that is there, of whatever version, to look at it and no more.
///
/// # Errors
/// When there is none, or it can't be reached.
pub fn only_to_look(config: &Config) -> anyhow::Result<Conn> {
    let address = address(config)?;
    let told = match &address {
        Address::Sqlite(path) => path.display().to_string(),
        Address::Postgres(_) => "the given address".to_owned(),
    };
    let mut conn = address
        .open_to_look()?
        .with_context(|| format!("there is no database at {told}"))?;
    if migrate::pending(&mut conn)? == migrate::all()? {
        bail!("the database at {told} is empty: nothing ran `civitas migrate` on it yet");
    }
    Ok(conn)
}

/// How far this machine's clock is from the database's; none where that has none.
///
/// # Errors
/// When the database does not answer.
pub fn clocks_apart(db: &Db) -> anyhow::Result<Option<Gap>> {
    let clock = Clock::system();
    Ok(db.read_here(clock.now(), |r| drift::gap(r, &clock))?)
}

/// Opens a database that is of this version. An embedded one is brought there; for a server's,
/// where other processes may be at work, `civitas migrate` is a step of its own.
///
/// # Errors
/// When the database can't be reached or is of another version.
pub fn database(config: &Config) -> anyhow::Result<Db> {
    let address = address(config)?;
    let mut conn = address.open()?;
    address.can_be_written(&mut conn)?;
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

/// Tells commands that would lay another database in its place, as long as the answer lives, that a
/// server works with this one. None where that can't be told.
///
/// # Errors
/// When such a command is at work.
pub fn served(address: &Address) -> anyhow::Result<Option<File>> {
    let Address::Sqlite(database) = address else {
        return Ok(None);
    };
    // The folder is locked, not a file in it: whoever moves the files away moves no lock. Where it
    // can't be had, opening the database says why.
    let path = folder_of(database);
    let made = std::fs::create_dir_all(path);
    let Ok(folder) = made.and_then(|()| File::open(path)) else {
        return Ok(None);
    };
    if let Err(TryLockError::WouldBlock) = folder.try_lock_shared() {
        bail!("a database is being laid down in the folder of this one: wait for its end");
    }
    Ok(Some(folder))
}

/// Keeps servers from starting on a database in this folder as long as the answer lives.
///
/// # Errors
/// When one runs.
pub fn alone_with(database: &Path) -> anyhow::Result<File> {
    let path = folder_of(database);
    std::fs::create_dir_all(path)
        .with_context(|| format!("can't make the folder {}", path.display()))?;
    let folder = File::open(path).with_context(|| format!("can't read {}", path.display()))?;
    if let Err(TryLockError::WouldBlock) = folder.try_lock() {
        bail!(
            "a server works with a database in {}: stop it first, or restore into another folder",
            path.display()
        );
    }
    Ok(folder)
}
