//! An archive in the hands of somebody who changes it.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use civitas::platform::digest::sha256_hex;
use serde_json::{Value, json};
use tar::{Archive, Builder, EntryType, Header};

/// The members of an archive, by their names, in their order.
#[derive(Clone)]
pub struct Members(pub Vec<(String, Vec<u8>)>);

impl Members {
    pub fn of(path: &Path) -> Self {
        let mut members = Vec::new();
        for entry in Archive::new(File::open(path).unwrap()).entries().unwrap() {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().display().to_string();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            members.push((name, bytes));
        }
        Self(members)
    }

    pub fn bytes(&self, name: &str) -> &[u8] {
        let found = self.0.iter().find(|(member, _)| member == name);
        &found.unwrap_or_else(|| panic!("no {name}")).1
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_slice(self.bytes(name)).unwrap()
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name).to_vec()).unwrap()
    }

    pub fn set(&mut self, name: &str, bytes: Vec<u8>) {
        let found = self.0.iter_mut().find(|(member, _)| member == name);
        found.unwrap_or_else(|| panic!("no {name}")).1 = bytes;
    }

    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(member, _)| member != name);
    }

    /// The names of members that begin so.
    pub fn names(&self, beginning: &str) -> Vec<String> {
        let names = self.0.iter().map(|(name, _)| name.clone());
        names.filter(|name| name.starts_with(beginning)).collect()
    }

    /// As it is, with a list that does not fit any more.
    pub fn write(&self, path: &Path) {
        let mut tar = Builder::new(File::create(path).unwrap());
        for (name, bytes) in &self.0 {
            append(&mut tar, EntryType::Regular, name, bytes);
        }
        tar.into_inner().unwrap();
    }

    /// With a list that fits what was changed: by somebody who knows how it is made.
    pub fn write_listed(&mut self, path: &Path) {
        let mut manifest = self.json("manifest.json");
        let others = self.0.iter().filter(|(name, _)| name != "manifest.json");
        let listed = |(name, bytes): &(String, Vec<u8>)| json!({"name": name, "size": bytes.len(), "sha256": sha256_hex(bytes)});
        manifest["members"] = others.map(listed).collect();
        self.set("manifest.json", manifest.to_string().into_bytes());
        self.write(path);
    }
}

/// Adds a member under any name, of any type.
pub fn append(tar: &mut Builder<File>, kind: EntryType, name: &str, bytes: &[u8]) {
    let mut header = Header::new_ustar();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o600);
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    tar.append(&header, bytes).unwrap();
}
