//! `civitas export`

use std::io::{BufWriter, Seek as _, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use super::archives::{Gathered, about};
use super::audit::told;
use super::{Settings, opening};
use crate::platform::archive::{About, Part, Uploads, What, Writing, table};
use crate::platform::audit::verify;
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::db::moving::{Upload, ours, uploads, write_lines};
use crate::platform::db::{Reads, look, migrate};
use crate::platform::random::Entropy;

/// Put all that an instance holds into one file that the other kind of database takes in
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  civitas export moving.tar --database sqlite://civitas.db
  civitas import moving.tar --database postgres://civitas@db/civitas

For moving between SQLite and PostgreSQL, in either direction; \"Moving to PostgreSQL\" in README.md
goes through it step by step. Stop the servers first: what they write later is not in the file.
Uploads of a folder go with it; those in a bucket stay there. As in a backup, everything is in it,
and only its owner may read it: remove it once the move is done.")]
pub struct Export {
    /// Where to write the archive
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace FILE if it is there
    #[arg(long)]
    force: bool,
}

impl Export {
    pub(super) fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let config = settings.load()?;
        let address = opening::address(&config)?;
        let mut conn = opening::only_to_look(&config)?;
        if migrate::taken(&mut conn)? != migrate::all()? {
            bail!("the database is not of this version: run `civitas migrate` first");
        }
        let part = Part::begin(&self.file, self.force)?;
        let now = Clock::system().now();
        let (mut writing, about, named) = look(&mut conn, now, &Entropy::system(), |r| {
            let verdict = verify(r, None)?;
            told(&verdict)?;
            Ok(tables(r, part, &config)?)
        })?;
        drop(conn);
        let folder = &config.files.folder;
        let gathered = Gathered::add(&mut writing, folder, &named, &address)?;
        gathered.finish(writing, &about, &self.file)
    }
}

/// Writes every table as it is in one snapshot; gives the uploads that it names.
fn tables(
    r: &mut Reads<'_>,
    part: Part,
    config: &Config,
) -> anyhow::Result<(Writing, About, Vec<Upload>)> {
    let about = about(r, What::Export, config)?;
    let folder = part.folder().to_owned();
    let mut writing = Writing::begin(part, &about)?;
    for (name, columns) in ours(r.conn())? {
        // An archive tells a member's size before its bytes.
        let lines = tempfile::tempfile_in(&folder)
            .with_context(|| format!("can't write in {}", folder.display()))?;
        let mut lines = BufWriter::new(lines);
        write_lines(r.conn(), &name, &columns, &mut lines)?;
        lines.flush()?;
        let mut lines = lines.into_inner()?;
        let size = lines.stream_position()?;
        lines.rewind()?;
        writing.add(&table(&name), size, lines)?;
    }
    let named = match about.uploads {
        Uploads::Inside => uploads(r.conn())?,
        Uploads::Bucket => Vec::new(),
    };
    Ok((writing, about, named))
}
