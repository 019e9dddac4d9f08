//! Writing an archive, member by member.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write as _};

use anyhow::{Context as _, ensure};
use sha2::{Digest as _, Sha256};
use tar::{Builder, EntryType, Header};

use super::{ABOUT, About, MANIFEST, Manifest, Member, Part};
use crate::platform::digest::hex;

/// An archive that is being written.
pub struct Writing {
    part: Part,
    tar: Builder<BufWriter<File>>,
    seconds: u64,
    manifest: Manifest,
}

impl Writing {
    /// Begins with what it is.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub fn begin(part: Part, about: &About) -> anyhow::Result<Self> {
        let tar = Builder::new(BufWriter::with_capacity(256 * 1024, part.file()?));
        let mut writing = Self {
            part,
            tar,
            seconds: u64::try_from(about.taken_at.seconds()).unwrap_or(0),
            manifest: Manifest::default(),
        };
        let words = serde_json::to_vec_pretty(about)?;
        writing.add(ABOUT, words.len() as u64, words.as_slice())?;
        Ok(writing)
    }

    /// Adds a member of so many bytes; gives their digest.
    ///
    /// # Errors
    /// When they can't be read, are fewer, or can't be written: nothing comes of the archive then.
    pub fn add(&mut self, name: &str, size: u64, bytes: impl Read) -> anyhow::Result<String> {
        let mut bytes = Summing::over(bytes.take(size));
        self.append(name, size, &mut bytes)
            .with_context(|| format!("can't write {name} into the archive"))?;
        let (read, sha256) = bytes.sum();
        ensure!(read == size, "{name} became shorter while it was read");
        self.manifest.members.push(Member {
            name: name.to_owned(),
            size,
            sha256: sha256.clone(),
        });
        Ok(sha256)
    }

    fn append(&mut self, name: &str, size: u64, bytes: impl Read) -> anyhow::Result<()> {
        let mut header = Header::new_ustar();
        header.set_path(name)?;
        header.set_entry_type(EntryType::Regular);
        header.set_size(size);
        header.set_mode(0o600);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(self.seconds);
        header.set_cksum();
        Ok(self.tar.append(&header, bytes)?)
    }

    /// Ends with the list of what it holds, to which belongs what `amiss` tells of uploads, and gives
    /// the file its name.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn finish(mut self, amiss: Manifest) -> anyhow::Result<Manifest> {
        self.manifest = Manifest {
            members: self.manifest.members,
            ..amiss
        };
        let words = serde_json::to_vec(&self.manifest)?;
        self.append(MANIFEST, words.len() as u64, words.as_slice())?;
        self.tar.into_inner()?.flush()?;
        self.part.finish()?;
        Ok(self.manifest)
    }
}

/// Hashes and counts what is read through it.
pub(super) struct Summing<R> {
    from: R,
    hash: Sha256,
    read: u64,
}

impl<R: Read> Summing<R> {
    pub fn over(from: R) -> Self {
        Self {
            from,
            hash: Sha256::new(),
            read: 0,
        }
    }

    /// How many bytes were read so far, and their digest.
    pub fn sum(&self) -> (u64, String) {
        (self.read, hex(&self.hash.clone().finalize()))
    }
}

impl<R: Read> Read for Summing<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(into)?;
        self.hash.update(&into[..read]);
        self.read += read as u64;
        Ok(read)
    }
}
