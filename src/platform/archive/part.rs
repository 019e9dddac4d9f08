//! A file that is there whole or not at all, and that its owner alone reads.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// Its owner reads and writes it, nobody else does anything.
const OWNERS_ALONE: u32 = 0o600;

/// An archive that is being written, under the name `FILE.part`; it is removed unless it is
/// finished. What an earlier run left that was killed is removed by the next.
#[derive(Debug)]
pub struct Part {
    file: File,
    goal: PathBuf,
    replaces: bool,
    is_finished: bool,
}

impl Part {
    /// Begins to write `goal`.
    ///
    /// # Errors
    /// When there is such a file already that must not be replaced, when another run writes it, or
    /// when the folder can't be written.
    pub fn begin(goal: &Path, replaces: bool) -> anyhow::Result<Self> {
        if goal.file_name().is_none() {
            bail!("{} names no file", goal.display());
        }
        must_be_free(goal, replaces)?;
        let part = with_ending(goal, ".part");
        if let Ok(left) = File::open(&part) {
            if left.try_lock().is_err() {
                bail!("{} is being written by another run", goal.display());
            }
            fs::remove_file(&part)?;
        }
        let file = owners_alone(&part)?;
        // Where no lock can be had, two runs at once find out when one finishes.
        drop(file.try_lock());
        let begun = Self {
            file,
            goal: goal.to_owned(),
            replaces,
            is_finished: false,
        };
        drop(fs::remove_file(begun.beside()));
        Ok(begun)
    }

    /// Where the bytes go.
    ///
    /// # Errors
    /// When the system has no handle to give.
    pub fn file(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Where it lies while it is being written.
    pub fn path(&self) -> PathBuf {
        with_ending(&self.goal, ".part")
    }

    /// A name beside it for what is needed while it is being written, removed at the end.
    pub fn beside(&self) -> PathBuf {
        with_ending(&self.goal, ".part-db")
    }

    /// Makes the empty file of [`Part::beside`].
    ///
    /// # Errors
    /// When it can't be made.
    pub fn make_beside(&self) -> anyhow::Result<PathBuf> {
        let path = self.beside();
        owners_alone(&path)?;
        Ok(path)
    }

    /// The folder in which it lies.
    pub fn folder(&self) -> &Path {
        folder_of(&self.goal)
    }

    /// Brings it to the disk and gives it its name.
    ///
    /// # Errors
    /// When the disk does not take it, or somebody took the name meanwhile.
    pub fn finish(mut self) -> anyhow::Result<()> {
        self.file.sync_all()?;
        must_be_free(&self.goal, self.replaces)?;
        fs::rename(self.path(), &self.goal)?;
        self.is_finished = true;
        sync_folder(self.folder())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        drop(fs::remove_file(self.beside()));
        if !self.is_finished {
            drop(fs::remove_file(self.path()));
        }
    }
}

/// The folder in which a file lies.
pub fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Brings the names in a folder to the disk.
///
/// # Errors
/// When the disk does not take them.
pub fn sync_folder(folder: &Path) -> anyhow::Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.with_context(|| format!("{} can't be brought to the disk", folder.display()))
}

/// The path with an ending put behind the whole of its name.
pub fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

fn must_be_free(goal: &Path, replaces: bool) -> anyhow::Result<()> {
    if !replaces && goal.symlink_metadata().is_ok() {
        bail!(
            "{} is there already: name another file, or replace it with --force",
            goal.display()
        );
    }
    Ok(())
}

fn owners_alone(path: &Path) -> anyhow::Result<File> {
    OpenOptions::new()
        .write(true)
        .read(true)
        .create_new(true)
        .mode(OWNERS_ALONE)
        .open(path)
        .with_context(|| format!("can't write {}", path.display()))
}
