//! `civitas backup`

use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use super::archives::{Gathered, about};
use super::{Settings, opening};
use crate::platform::archive::{DATABASE, Part, Uploads, What, Writing};
use crate::platform::clock::Clock;
use crate::platform::db::moving::uploads;
use crate::platform::db::{Address, copying, look};
use crate::platform::random::Entropy;

/// Put database, uploads and signing keys into one file, while serving
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  civitas backup /mnt/backups/civitas-$(date +%F).tar
  civitas backup --force /mnt/backups/newest.tar

A server may run and write meanwhile: the archive holds the database as it was at one moment, and
the uploads that it names. It takes room for the database twice. The file is there whole or not at
all, and only its owner may read it: it holds personal data, and the keys that sign. Your settings
are not in it. `civitas restore --check FILE` reads it again.

PostgreSQL has a tool of its own, see \"Backups\" in README.md; so have buckets, whose uploads are not
in the archive.")]
pub struct Backup {
    /// Where to write the archive
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace FILE if it is there
    #[arg(long)]
    force: bool,
}

impl Backup {
    pub(super) fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let config = settings.load()?;
        let address = opening::address(&config)?;
        let Address::Sqlite(database) = &address else {
            bail!(
                "PostgreSQL is backed up by its own tool: pg_dump first, then the files; the \
                 commands are in README.md under \"Backups\""
            );
        };
        drop(opening::only_to_look(&config)?);
        let part = Part::begin(&self.file, self.force)?;
        let copy = part.make_beside()?;
        let now = Clock::system().now();
        copying::copy(database, &copy)?;
        let conn = Address::Sqlite(copy).open_to_look()?;
        let mut conn = conn.context("the copy is gone")?;
        let about = look(&mut conn, now, &Entropy::system(), |r| {
            Ok(about(r, What::Backup, &config)?)
        })?;
        let named = match about.uploads {
            Uploads::Inside => uploads(&mut conn)?,
            Uploads::Bucket => Vec::new(),
        };
        drop(conn);
        let bytes = File::open(part.beside())?;
        let mut writing = Writing::begin(part, &about)?;
        writing.add(DATABASE, bytes.metadata()?.len(), bytes)?;
        let folder = &config.files.folder;
        let gathered = Gathered::add(&mut writing, folder, &named, &address)?;
        gathered.finish(writing, &about, &self.file)
    }
}
