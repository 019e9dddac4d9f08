//! `civitas restore`

use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::Args;

use super::archives::{Laying, in_words};
use super::examining::examine;
use super::{Settings, opening, say};
use crate::platform::archive::{Checked, DATABASE, Part, Reading, What, upload_in, with_ending};
use crate::platform::config::Config;
use crate::platform::db::{Address, migrate};

/// Check a backup, or lay it back
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  civitas restore --check civitas-2026-11-29.tar
  civitas restore civitas-2026-11-29.tar --database sqlite:///var/lib/civitas/civitas.db

Stop the server first, and move the old database away: an existing one is never touched. Run it as
the user that the server runs as, with its settings: they say where database and uploads go. Before
anything is laid down, the whole archive is read and found to be as it was written: every member
against its digest, the database's soundness and references, the chain of the audit log, and every
upload that something shows. --check does that and no more; it needs room for the database in the
folder for temporary files (TMPDIR). The exit code is 1 when something is wrong.")]
pub struct Restore {
    /// The archive
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only check it; nothing is laid down
    #[arg(long)]
    check: bool,
}

impl Restore {
    pub(super) fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let config = settings.load()?;
        if self.check {
            return self.only_check();
        }
        let Address::Sqlite(database) = opening::address(&config)? else {
            bail!(
                "PostgreSQL is restored by its own tool, pg_restore; the commands are in \
                 README.md under \"Backups\""
            );
        };
        let _alone = opening::alone_with(&database)?;
        let is_empty = must_be_free(&database)?;
        let archive = Reading::open(&self.file, What::Backup)?.check()?;
        let part = Part::begin(&database, is_empty)?;
        lay_database(&archive, &mut part.file()?)?;
        let found = examine(&Address::Sqlite(part.path()), &archive)?;
        found.must_be_sound()?;
        let laying = lay_uploads(&archive, &config)?;
        part.finish()?;
        laying.keep();
        laid_down(&archive, &database)
    }

    fn only_check(&self) -> anyhow::Result<()> {
        let archive = Reading::open(&self.file, What::Backup)?.check()?;
        say(format_args!(
            "every member is as it was written: {}",
            in_words(archive.about(), archive.manifest())
        ));
        let folder = tempfile::tempdir().context("no room for the database")?;
        let path = folder.path().join(DATABASE);
        lay_database(&archive, &mut File::create_new(&path)?)?;
        let found = examine(&Address::Sqlite(path), &archive)?;
        for line in &found.well {
            say(line);
        }
        found.must_be_whole()?;
        let about = archive.about();
        say(format_args!(
            "the backup of {} by version {} is good",
            about.taken_at, about.version
        ));
        Ok(())
    }
}

/// Says what was done, and what is to be done next.
fn laid_down(archive: &Checked, database: &Path) -> anyhow::Result<()> {
    say(format_args!(
        "laid down at {}: {}",
        database.display(),
        in_words(archive.about(), archive.manifest())
    ));
    if archive.about().steps != migrate::all()? {
        say("next: `civitas migrate`, as it is of an earlier version");
    }
    say(format_args!(
        "next: `civitas audit verify --head HASH`, with the newest head that was mailed to you \
         before {}",
        archive.about().taken_at
    ));
    Ok(())
}

/// Whether an empty file is where the database goes; anything else there is left alone.
fn must_be_free(database: &Path) -> anyhow::Result<bool> {
    let there = database.symlink_metadata().ok();
    let is_empty = |there: &Metadata| there.is_file() && there.len() == 0;
    ensure!(
        there.as_ref().is_none_or(is_empty),
        "there is a database at {} already: stop its server and move it away, or name another \
         place with --database",
        database.display()
    );
    for ending in ["-wal", "-shm", "-journal"] {
        let left = with_ending(database, ending);
        ensure!(
            !left.exists(),
            "{} belongs to another database: move it away together with that",
            left.display()
        );
    }
    Ok(there.is_some())
}

fn lay_database(archive: &Checked, into: &mut File) -> anyhow::Result<()> {
    let mut is_there = false;
    archive.each(|content| {
        if content.name() == DATABASE {
            content.lay_into(into)?;
            is_there = true;
        }
        Ok(())
    })?;
    ensure!(is_there, "the archive holds no database");
    Ok(())
}

fn lay_uploads(archive: &Checked, config: &Config) -> anyhow::Result<Laying> {
    let mut laying = Laying::into_store(config)?;
    archive.each(|content| {
        let member = content.name().to_owned();
        match upload_in(&member) {
            Some(upload) => laying.lay(upload, content),
            None => Ok(()),
        }
    })?;
    Ok(laying)
}
