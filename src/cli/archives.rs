//! What the commands share that write an instance into an archive, and lay one down from it.

use std::collections::HashSet;
use std::path::Path;

use actix_web::rt::Runtime;
use anyhow::{Context as _, bail};

use super::say;
use crate::platform::archive::{About, Content, FORM, Manifest, Uploads, What, Writing, upload};
use crate::platform::audit::head;
use crate::platform::config::{Config, FileStore};
use crate::platform::db::moving::{Upload, uploads};
use crate::platform::db::{Address, Reads, migrate};
use crate::platform::files::{Files, kept_in};

/// What an archive that is being made says it is.
///
/// # Errors
/// When the database fails.
pub fn about(r: &mut Reads<'_>, what: What, config: &Config) -> anyhow::Result<About> {
    let (audit_rows, audit_head) = head(r)?;
    Ok(About {
        what,
        form: FORM,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at: r.now(),
        steps: migrate::taken(r.conn())?,
        audit_rows,
        audit_head,
        uploads: match config.files.store {
            FileStore::Local => Uploads::Inside,
            FileStore::S3 => Uploads::Bucket,
        },
    })
}

/// What became of the uploads that an archive was to hold, as its list tells it.
#[derive(Debug, Default)]
pub struct Gathered(Manifest);

impl Gathered {
    /// Adds the uploads of a folder to an archive. Those that are coming in right now are no part of
    /// what the database shows.
    ///
    /// # Errors
    /// When one can't be read, or the archive can't be written.
    pub fn add(
        writing: &mut Writing,
        folder: &Path,
        named: &[Upload],
        database: &Address,
    ) -> anyhow::Result<Self> {
        let (mut amiss, mut absent) = (Manifest::default(), Vec::new());
        for one in named {
            let Some(file) = kept_in(folder, &one.name)? else {
                if one.is_shown {
                    absent.push(one.name.clone());
                }
                continue;
            };
            let size = file.metadata()?.len();
            let sha256 = writing.add(&upload(&one.name), size, file)?;
            if sha256 != one.digest {
                amiss.damaged.push(one.name.clone());
            }
        }
        if !absent.is_empty() {
            let still = shown(database)?;
            (amiss.lost, amiss.removed) = absent.into_iter().partition(|name| still.contains(name));
        }
        Ok(Self(amiss))
    }

    /// Ends the archive, and says what it holds.
    ///
    /// # Errors
    /// When it can't be finished; and when it can, but uploads that are shown are not what they
    /// should be.
    pub fn finish(self, writing: Writing, about: &About, file: &Path) -> anyhow::Result<()> {
        let manifest = writing.finish(self.0)?;
        told(about, &manifest, file);
        if !manifest.lost.is_empty() || !manifest.damaged.is_empty() {
            bail!(
                "the archive is written, but the store of files is not as the database says.{}{}",
                names(" Not there: ", &manifest.lost),
                names(" Not what was uploaded: ", &manifest.damaged)
            );
        }
        Ok(())
    }
}

fn shown(database: &Address) -> anyhow::Result<HashSet<String>> {
    let conn = database.open_to_look()?;
    let named = uploads(&mut conn.context("the database is gone")?)?;
    let shown = named.into_iter().filter(|one| one.is_shown);
    Ok(shown.map(|one| one.name).collect())
}

fn told(about: &About, manifest: &Manifest, file: &Path) {
    let bytes: u64 = manifest.members.iter().map(|member| member.size).sum();
    say(format_args!(
        "{}: {}, {bytes} bytes",
        file.display(),
        in_words(about, manifest)
    ));
    say(format_args!(
        "the audit log's head: {} after {} row(s)",
        about.audit_head, about.audit_rows
    ));
    if !manifest.removed.is_empty() {
        eprintln!(
            "{} upload(s) were deleted meanwhile, and are not in it",
            manifest.removed.len()
        );
    }
}

/// What an archive holds.
pub fn in_words(about: &About, manifest: &Manifest) -> String {
    let held = match about.what {
        What::Backup => "the database".to_owned(),
        What::Export => format!("{} tables", manifest.tables().count()),
    };
    match about.uploads {
        Uploads::Inside => format!("{held} and {} upload(s)", manifest.uploads().count()),
        Uploads::Bucket => format!("{held}; the uploads stay in their bucket"),
    }
}

/// Names in a sentence, where there are any.
fn names(before: &str, names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("{before}{one}."),
        [first, ..] => format!("{before}{first} and {} more.", names.len() - 1),
    }
}

/// Uploads that are being laid into the store of files: deleted again, unless they are to stay.
pub struct Laying {
    files: Files,
    runtime: Runtime,
    laid: Vec<String>,
    stays: bool,
}

impl Laying {
    /// Opens the store of files that the settings name.
    ///
    /// # Errors
    /// When it can't be opened.
    pub fn into_store(config: &Config) -> anyhow::Result<Self> {
        Ok(Self {
            files: Files::of(&config.files)?,
            runtime: Runtime::new()?,
            laid: Vec::new(),
            stays: false,
        })
    }

    /// Lays down one.
    ///
    /// # Errors
    /// When it is not as it was when the archive was checked, or can't be kept.
    pub fn lay(&mut self, name: &str, content: &mut Content<'_>) -> anyhow::Result<()> {
        let mut file = self.files.nameless()?;
        let sha256 = content.lay_into(&mut file)?;
        let keeping = self.files.put_back(file, name, &sha256);
        if self.runtime.block_on(keeping)? {
            self.laid.push(name.to_owned());
        }
        Ok(())
    }

    /// Has them stay.
    pub fn keep(mut self) {
        self.stays = true;
    }
}

impl Drop for Laying {
    fn drop(&mut self) {
        if self.stays {
            return;
        }
        for name in &self.laid {
            // It was not there before, and nothing names it: left behind, it would only take room.
            drop(self.runtime.block_on(self.files.delete(name)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::archive::{Part, Reading};
    use crate::platform::clock::Clock;
    use crate::platform::db::look;
    use crate::platform::random::Entropy;

    #[test]
    fn what_the_database_shows_no_more_was_deleted_and_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        let database = Address::Sqlite(folder.path().join("civitas.db"));
        let mut conn = database.open().unwrap();
        migrate::run(&mut conn).unwrap();
        let config = Config::defaults().unwrap();
        let now = Clock::system().now();
        let about = look(&mut conn, now, &Entropy::system(), |r| {
            Ok(about(r, What::Backup, &config)?)
        });
        let about = about.unwrap();
        let named = |letter: &str, is_shown| Upload {
            name: letter.repeat(64),
            digest: letter.repeat(64),
            size: 1,
            is_shown,
        };
        let file = folder.path().join("one.tar");
        let part = Part::begin(&file, false).unwrap();
        let mut writing = Writing::begin(part, &about).unwrap();
        let coming_in = named("b", false);
        let all = [named("a", true), coming_in];
        let gathered = Gathered::add(&mut writing, folder.path(), &all, &database).unwrap();
        gathered.finish(writing, &about, &file).unwrap();
        let read = Reading::open(&file, What::Backup).unwrap().check().unwrap();
        assert_eq!(read.manifest().removed, ["a".repeat(64)]);
        assert!(read.manifest().lost.is_empty() && read.manifest().damaged.is_empty());
    }
}
