//! An instance in one file: a tar archive that holds plain files alone. The first says what it is
//! ([`About`]), the last lists all others with size and digest ([`Manifest`]): an archive without
//! it was cut off.

mod part;
mod reading;
mod writing;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::clock::Instant;

pub use part::{Part, folder_of, with_ending};
pub use reading::{Checked, Content, Reading};
pub use writing::Writing;

/// The member that says what the archive is: the first.
pub const ABOUT: &str = "civitas.json";

/// The database, in a backup.
pub const DATABASE: &str = "civitas.db";

/// The member that lists the others: the last.
pub const MANIFEST: &str = "manifest.json";

/// The form in which archives are written, and the only one that is read.
pub const FORM: u32 = 1;

/// Which kind of archive it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// An embedded database as a file, to be laid back as it is.
    Backup,
    /// All tables in lines that both databases take in.
    Export,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Backup => "a backup, which `civitas restore` lays back",
            Self::Export => "an export, which `civitas import` takes in",
        })
    }
}

/// Where the uploads' bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Uploads {
    /// In the archive.
    Inside,
    /// Where they were: in a bucket.
    Bucket,
}

/// What an archive is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Which kind.
    pub what: What,
    /// In which form: [`FORM`].
    pub form: u32,
    /// The version of the program that wrote it.
    pub version: String,
    /// When that was.
    pub taken_at: Instant,
    /// The steps of the database, oldest first.
    pub steps: Vec<String>,
    /// Rows in the audit log's chain.
    pub audit_rows: i64,
    /// Its newest hash.
    pub audit_head: String,
    /// Where the uploads are.
    pub uploads: Uploads,
}

/// What an archive holds beside its list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Its members, in their order.
    pub members: Vec<Member>,
    /// Uploads that were deleted while the archive was being made, by name.
    pub removed: Vec<String>,
    /// Uploads that something shows and whose bytes were not where they should be, by name.
    pub lost: Vec<String>,
    /// Uploads whose bytes were not those that were uploaded, by name: they are among the members.
    #[serde(default)]
    pub damaged: Vec<String>,
}

/// A member of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// The members by their names.
    pub fn by_name(&self) -> BTreeMap<&str, &Member> {
        self.members
            .iter()
            .map(|member| (member.name.as_str(), member))
            .collect()
    }

    /// The uploads among the members: their names in the store.
    pub fn uploads(&self) -> impl Iterator<Item = (&str, &Member)> {
        self.members
            .iter()
            .filter_map(|member| Some((upload_in(&member.name)?, member)))
    }

    /// The tables among the members.
    pub fn tables(&self) -> impl Iterator<Item = (&str, &Member)> {
        self.members
            .iter()
            .filter_map(|member| Some((table_in(&member.name)?, member)))
    }
}

/// The member that holds an upload.
pub fn upload(name: &str) -> String {
    let folder = name.get(..2).unwrap_or(name);
    format!("files/{folder}/{name}")
}

/// The upload that a member holds, if it holds one.
pub fn upload_in(member: &str) -> Option<&str> {
    let (folder, name) = member.strip_prefix("files/")?.split_once('/')?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let is_name = name.len() == 64 && name.bytes().all(is_digit);
    (is_name && folder == &name[..2]).then_some(name)
}

/// The member that holds a table.
pub fn table(name: &str) -> String {
    format!("tables/{name}.jsonl")
}

/// The table that a member holds, if it holds one.
pub fn table_in(member: &str) -> Option<&str> {
    let name = member.strip_prefix("tables/")?.strip_suffix(".jsonl")?;
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    is_name.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_known_by_their_whole_name() {
        let name = "ab".repeat(32);
        assert_eq!(upload_in(&upload(&name)), Some(name.as_str()));
        assert_eq!(table_in(&table("audit_log")), Some("audit_log"));
        for member in [
            "files/ab/../../../etc/passwd",
            "/files/ab/abab",
            &format!("files/cd/{name}"),
            &format!("files/ab/{name}/"),
            &format!("files/ab/{}", name.to_uppercase()),
            &format!("./files/ab/{name}"),
            "tables/../people.jsonl",
            "tables/.jsonl",
            "tables/people.jsonl/",
        ] {
            assert_eq!(upload_in(member), None, "{member}");
            assert_eq!(table_in(member), None, "{member}");
        }
    }
}
