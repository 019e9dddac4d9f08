//! Reading an archive that may be cut off, changed or made by somebody else. Nothing is believed
//! before all of it was read once and is as its list says.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use serde::de::DeserializeOwned;
use tar::{Archive, Entry, EntryType};

use super::writing::Summing;
use super::{ABOUT, About, DATABASE, FORM, MANIFEST, Manifest, Member, What, table_in, upload_in};

/// The largest member that is held in memory: it lists a million others.
const LIST_AT_MOST: u64 = 256 * 1024 * 1024;

/// Members that an archive has at most.
const MEMBERS_AT_MOST: usize = 1_000_000;

/// An archive of which no more is known than what it says it is.
#[derive(Debug)]
pub struct Reading {
    path: PathBuf,
    about: About,
}

/// An archive that was read to its end and is as its list says.
#[derive(Debug)]
pub struct Checked {
    reading: Reading,
    manifest: Manifest,
}

/// The bytes of a member, read once.
pub struct Content<'r> {
    name: &'r str,
    size: u64,
    bytes: Summing<&'r mut dyn Read>,
    /// Its digest, where it is known already.
    expected: Option<String>,
}

impl Reading {
    /// Reads what an archive says it is.
    ///
    /// # Errors
    /// When it is none of ours, of another kind, or of a form that this version does not know.
    pub fn open(path: &Path, what: What) -> anyhow::Result<Self> {
        let (file, length) = opened(path)?;
        let mut archive = Archive::new(file);
        let first = archive.entries()?.raw(true).next();
        let first = first.with_context(|| format!("{} is empty", path.display()))?;
        let mut entry = first.with_context(|| no_archive(path))?;
        let name = Order::default().next(&entry, length)?;
        let size = entry.header().entry_size()?;
        let mut content = Content::of(&name, size, &mut entry);
        let about: About = content.json().with_context(|| no_archive(path))?;
        ensure!(
            about.form == FORM,
            "{} is of form {}, written by version {}: this version reads form {FORM}",
            path.display(),
            about.form,
            about.version
        );
        ensure!(about.what == what, "{} is {}", path.display(), about.what);
        Ok(Self {
            path: path.to_owned(),
            about,
        })
    }

    /// What it says it is.
    pub const fn about(&self) -> &About {
        &self.about
    }

    /// Reads all of it, and holds each member against the list.
    ///
    /// # Errors
    /// When a member is not as it was written, lacking or not on the list, with its name; when the
    /// archive was cut off, or holds what no archive of ours does.
    pub fn check(self) -> anyhow::Result<Checked> {
        let mut list = None;
        let members = walk(&self.path, |content| {
            if content.name == MANIFEST {
                list = Some(content.json::<Manifest>()?);
            }
            Ok(())
        })?;
        let manifest = list.context("the archive was cut off: it ends without its list")?;
        compare(&members, &manifest.members)?;
        Ok(Checked {
            reading: self,
            manifest,
        })
    }
}

impl Checked {
    /// What it is.
    pub const fn about(&self) -> &About {
        &self.reading.about
    }

    /// What it holds.
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Gives each member to `act`, in their order, but for what says what the archive is.
    ///
    /// # Errors
    /// What `act` gives, with the member's name; when the archive is not as it was any more.
    pub fn each(
        &self,
        mut act: impl FnMut(&mut Content<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let listed = self.manifest.by_name();
        walk(&self.reading.path, |content| {
            if [ABOUT, MANIFEST].contains(&content.name) {
                return Ok(());
            }
            let listed = listed.get(content.name);
            let member = listed.context("it was not there before")?;
            content.expected = Some(member.sha256.clone());
            act(content)
        })?;
        Ok(())
    }
}

impl<'r> Content<'r> {
    fn of(name: &'r str, size: u64, bytes: &'r mut dyn Read) -> Self {
        Self {
            name,
            size,
            bytes: Summing::over(bytes),
            expected: None,
        }
    }

    /// The member's name.
    pub const fn name(&self) -> &str {
        self.name
    }

    /// Writes it into a file; gives its digest.
    ///
    /// # Errors
    /// When it can't be written, or is not as it was when the archive was checked.
    pub fn lay_into(&mut self, file: &mut File) -> anyhow::Result<String> {
        io::copy(&mut self.bytes, file)?;
        let (_, sha256) = self.bytes.sum();
        ensure!(
            self.expected.as_ref() == Some(&sha256),
            "it changed while the archive was read"
        );
        Ok(sha256)
    }

    /// Its bytes, of which nothing is known before the last.
    pub fn bytes(&mut self) -> &mut impl Read {
        &mut self.bytes
    }

    fn json<T: DeserializeOwned>(&mut self) -> anyhow::Result<T> {
        ensure!(self.size <= LIST_AT_MOST, "it is too large");
        let mut words = Vec::new();
        self.bytes.read_to_end(&mut words)?;
        Ok(serde_json::from_slice(&words)?)
    }
}

fn opened(path: &Path) -> anyhow::Result<(BufReader<File>, u64)> {
    let file = File::open(path).with_context(|| format!("can't read {}", path.display()))?;
    let length = file.metadata()?.len();
    Ok((BufReader::with_capacity(256 * 1024, file), length))
}

fn no_archive(path: &Path) -> String {
    format!(
        "{} is no archive of Civitas, or was changed",
        path.display()
    )
}

/// Reads an archive from its beginning to its end, and gives each member to `act`.
fn walk(
    path: &Path,
    mut act: impl FnMut(&mut Content<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<Vec<Member>> {
    let (file, length) = opened(path)?;
    let mut archive = Archive::new(file);
    let mut order = Order::default();
    let mut members = Vec::new();
    for entry in archive.entries()?.raw(true) {
        let mut entry =
            entry.with_context(|| format!("{} was cut off or changed", path.display()))?;
        let name = order.next(&entry, length)?;
        let size = entry.header().entry_size()?;
        let sha256 = read(&mut entry, &name, size, &mut act)
            .with_context(|| format!("the member {name}"))?;
        members.push(Member { name, size, sha256 });
    }
    let mut rest = archive.into_inner();
    let mut piece = [0; 4096];
    loop {
        match rest.read(&mut piece)? {
            0 => break,
            read => ensure!(
                piece[..read].iter().all(|byte| *byte == 0),
                "something follows the end of the archive"
            ),
        }
    }
    Ok(members)
}

fn read(
    entry: &mut Entry<'_, BufReader<File>>,
    name: &str,
    size: u64,
    act: &mut impl FnMut(&mut Content<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<String> {
    let mut content = Content::of(name, size, entry);
    act(&mut content)?;
    io::copy(&mut content.bytes, &mut io::sink())?;
    let (read, sha256) = content.bytes.sum();
    ensure!(read == size, "the archive was cut off in it");
    ensure!(
        content.expected.is_none_or(|expected| expected == sha256),
        "it changed while the archive was read"
    );
    Ok(sha256)
}

/// Which members may come, and in which order.
#[derive(Default)]
struct Order {
    seen: HashSet<String>,
    is_over: bool,
}

impl Order {
    /// The name of the next member, if it is one that may come now.
    fn next(&mut self, entry: &Entry<'_, BufReader<File>>, length: u64) -> anyhow::Result<String> {
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let header = entry.header();
        ensure!(
            header.entry_type() == EntryType::Regular,
            "the member {name:?} is no plain file"
        );
        let is_known = [ABOUT, DATABASE, MANIFEST].contains(&name.as_str())
            || upload_in(&name).is_some()
            || table_in(&name).is_some();
        ensure!(is_known, "no archive of Civitas has a member {name:?}");
        ensure!(
            (name == ABOUT) == self.seen.is_empty(),
            "an archive of Civitas begins with {ABOUT}, and this with {name}"
        );
        ensure!(!self.is_over, "the member {name} comes behind the list");
        let end = entry.raw_file_position().checked_add(header.entry_size()?);
        ensure!(
            end.is_some_and(|end| end <= length),
            "the archive was cut off: its member {name} would end behind it"
        );
        ensure!(self.seen.len() < MEMBERS_AT_MOST, "it has too many members");
        ensure!(
            self.seen.insert(name.clone()),
            "the member {name} is there twice"
        );
        self.is_over = name == MANIFEST;
        Ok(name)
    }
}

/// Holds what was read, but for the list itself, against the list.
fn compare(read: &[Member], listed: &[Member]) -> anyhow::Result<()> {
    let read = read.split_last().map_or(read, |(_, others)| others);
    for (there, expected) in read.iter().zip(listed) {
        ensure!(
            there.name == expected.name,
            "the list has {} where the archive has {}",
            expected.name,
            there.name
        );
        ensure!(
            there == expected,
            "the member {} is not as it was written",
            there.name
        );
    }
    if let Some(more) = read.get(listed.len()) {
        bail!("the member {} is not on the list", more.name);
    }
    if let Some(lacking) = listed.get(read.len()) {
        bail!("the member {} is not there", lacking.name);
    }
    Ok(())
}
