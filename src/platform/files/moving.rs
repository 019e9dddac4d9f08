//! Files that go into an archive and come out of one, under the names that they have.

use std::fs::File;
use std::io;
use std::path::Path;

use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};

use super::{Files, Incoming, failed, path_of};
use crate::platform::digest;
use crate::platform::refusal::{Failure, Result};

/// Opens a file that is kept in a folder; none where it is not there.
///
/// # Errors
/// When it can't be read.
pub fn kept_in(folder: &Path, name: &str) -> anyhow::Result<Option<File>> {
    // What is no name of ours names nothing.
    let Ok(path) = path_of(name) else {
        return Ok(None);
    };
    let path = folder.join("kept").join(path.to_string());
    match File::open(&path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(anyhow::Error::new(error).context(path.display().to_string())),
    }
}

impl Files {
    /// An empty file without a name, for bytes that are on their way into the store.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn nameless(&self) -> Result<File> {
        tempfile::tempfile_in(&self.incoming).map_err(failed)
    }

    /// Keeps the bytes of a file under the name that it had elsewhere; whether they are new here.
    ///
    /// # Errors
    /// When other bytes are there under that name, which stay; when the store does not answer.
    pub async fn put_back(&self, file: File, name: &str, sha256: &str) -> Result<bool> {
        if self.exists(name).await? {
            if self.digest_of(name).await? == sha256 {
                return Ok(false);
            }
            let words = "another file is kept under the name";
            return Err(Failure::broken(format_args!("{words} {name}")));
        }
        let incoming = Incoming {
            size: file.metadata()?.len(),
            digest: sha256.to_owned(),
            file,
        };
        self.copy_over(&incoming, name).await?;
        Ok(true)
    }

    async fn digest_of(&self, name: &str) -> Result<String> {
        let mut pieces = self.open(name).await?;
        let mut hash = Sha256::new();
        while let Some(piece) = pieces.next().await {
            hash.update(piece.map_err(failed)?);
        }
        Ok(digest::hex(&hash.finalize()))
    }
}
