//! `civitas import`

use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::PathBuf;

use anyhow::{bail, ensure};
use clap::Args;

use super::archives::{Laying, in_words};
use super::audit::told;
use super::examining::Found;
use super::{Settings, opening, say};
use crate::platform::archive::{Checked, Reading, Uploads, What, table_in, upload_in};
use crate::platform::audit::verify;
use crate::platform::clock::Clock;
use crate::platform::config::FileStore;
use crate::platform::db::moving::Filling;
use crate::platform::db::{Conn, migrate};

/// Fill a new database with what `civitas export` wrote
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  civitas import moving.tar --database postgres://civitas@db/civitas
  civitas import moving.tar --database sqlite://civitas.db

The database must be new: nothing in it, not even what a server writes when it starts. Where no
`civitas migrate` ran on it, this does that first. Uploads that are in the archive are laid into the
store of files that the settings name, a folder or a bucket. All comes in, is read again and found
to be the same, row by row, or nothing does.")]
pub struct Import {
    /// The archive
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Import {
    pub(super) fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let config = settings.load()?;
        let address = opening::address(&config)?;
        let archive = Reading::open(&self.file, What::Export)?;
        let about = archive.about();
        let is = format!("the archive, by version {},", about.version);
        let remedy = "run `civitas migrate` where it comes from, and export anew";
        of_this_version(&is, &about.steps, remedy)?;
        let archive = archive.check()?;
        let mut conn = address.open()?;
        address.can_be_written(&mut conn)?;
        prepare(&mut conn)?;
        let mut filling = Filling::begin(&mut conn)?;
        let tables: Vec<&str> = archive.manifest().tables().map(|(name, _)| name).collect();
        ensure!(
            filling.tables() == tables,
            "the archive has other tables than this version"
        );
        let mut laying = Laying::into_store(&config)?;
        take_in(&archive, &mut filling, &mut laying)?;
        filling.put_back()?;
        let rows = compared(&archive, &mut filling)?;
        let head = &archive.about().audit_head;
        let now = Clock::system().now();
        told(&filling.look(now, |r| verify(r, Some(head)))?)?;
        let mut found = Found::default();
        filling.look(now, |r| Ok(found.uploads(r.conn(), &archive)?))?;
        found.must_be_sound()?;
        filling.commit()?;
        laying.keep();
        say(format_args!(
            "taken in, and found to be the same: {}, {rows} row(s)",
            in_words(archive.about(), archive.manifest())
        ));
        if archive.about().uploads == Uploads::Bucket && config.files.store == FileStore::Local {
            eprintln!("the uploads lie in a bucket still: name it in the settings ([files])");
        }
        Ok(())
    }
}

/// Brings a database that nothing was done to yet to this version; any other must be of it.
fn prepare(conn: &mut Conn) -> anyhow::Result<()> {
    let taken = migrate::taken(conn)?;
    if !taken.is_empty() {
        return of_this_version("the database", &taken, "run `civitas migrate` first");
    }
    migrate::run(conn)?;
    say("the database is of this version now");
    Ok(())
}

/// Refuses what is not of this version, and says by which step it differs.
fn of_this_version(what: &str, steps: &[String], remedy: &str) -> anyhow::Result<()> {
    let ours = migrate::all()?;
    if let Some(step) = steps.iter().find(|step| !ours.contains(step)) {
        bail!("{what} has the step {step}, which this version does not know");
    }
    if let Some(step) = ours.iter().find(|step| !steps.contains(step)) {
        bail!("{what} lacks the step {step} of this version: {remedy}");
    }
    Ok(())
}

fn take_in(
    archive: &Checked,
    filling: &mut Filling<'_>,
    laying: &mut Laying,
) -> anyhow::Result<()> {
    archive.each(|content| {
        let member = content.name().to_owned();
        match (table_in(&member), upload_in(&member)) {
            (Some(table), _) => filling.take_in(table, BufReader::new(content.bytes())),
            (None, Some(upload)) => laying.lay(upload, content),
            (None, None) => bail!("an export has no such member"),
        }
    })
}

/// Reads each table again, and holds it against what the archive has; gives the number of rows.
fn compared(archive: &Checked, filling: &mut Filling<'_>) -> anyhow::Result<u64> {
    let listed: BTreeMap<&str, _> = archive.manifest().tables().collect();
    let mut rows = 0;
    for (table, member) in listed {
        let lines = filling.lines(table)?;
        ensure!(
            lines.sha256 == member.sha256,
            "the table {table} came in otherwise than it is in the archive: nothing was taken in"
        );
        rows += lines.rows;
    }
    Ok(rows)
}
