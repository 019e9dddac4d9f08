//! Messages as files, for trying out: one `.eml` for each, named by its `Message-ID`.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;

use super::{Outcome, Transport};
use crate::platform::mail::compose::Outgoing;

/// A folder that takes messages.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Into this folder, which is made when it is missing.
    pub const fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Writes beside the file and renames, so that a reader never sees a part of it, and a
    /// message that is sent again replaces itself.
    fn write(&self, message: &Outgoing) -> std::io::Result<()> {
        fs::create_dir_all(&self.0)?;
        let unfinished = self.0.join(format!(".{}.unfinished", message.name));
        let mut file = File::create(&unfinished)?;
        file.write_all(&message.bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, self.0.join(format!("{}.eml", message.name)))
    }
}

impl Transport for Folder {
    fn send(&self, message: &Outgoing) -> Outcome {
        match self.write(message) {
            Ok(()) => Outcome::Sent,
            Err(error) => Outcome::Held(format!("can't write into {}: {error}", self.0.display())),
        }
    }
}
