//! Whether a backup, laid out as a database, is sound and whole.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};

use crate::platform::archive::{About, Checked, Member, Uploads};
use crate::platform::audit::{Verdict, verify};
use crate::platform::clock::Clock;
use crate::platform::db::moving::uploads;
use crate::platform::db::{Address, Conn, copying, look, migrate};
use crate::platform::random::Entropy;

/// What was found in a backup.
#[derive(Debug, Default)]
pub struct Found {
    /// What was looked at and is well, a line each.
    pub well: Vec<String>,
    /// What is wrong with it: such a backup is not laid back.
    pub faults: Vec<String>,
    /// What was wrong before the archive was made: it is as good as it can be.
    pub amiss: Vec<String>,
}

/// Looks through the database of a backup, and whether the uploads that it shows are there.
///
/// # Errors
/// When it can't be read at all.
pub fn examine(database: &Address, archive: &Checked) -> anyhow::Result<Found> {
    let conn = database.open_to_look()?;
    let mut conn = conn.context("the database is gone")?;
    let mut found = Found::default();
    found.steps(&mut conn, archive.about())?;
    found.soundness(&mut conn)?;
    if found.faults.is_empty() {
        found.chain(&mut conn, archive.about())?;
        found.uploads(&mut conn, archive)?;
    }
    Ok(found)
}

impl Found {
    fn steps(&mut self, conn: &mut Conn, about: &About) -> anyhow::Result<()> {
        let (taken, known) = (migrate::taken(conn)?, migrate::all()?);
        if taken != about.steps {
            let fault = "the database is of another version than the archive says";
            self.faults.push(fault.to_owned());
        } else if let Some(step) = taken.iter().find(|step| !known.contains(step)) {
            self.faults.push(format!(
                "it is of version {}, whose step {step} this version does not know: restore it \
                 with that version",
                about.version
            ));
        }
        Ok(())
    }

    fn soundness(&mut self, conn: &mut Conn) -> anyhow::Result<()> {
        self.faults.extend(copying::faults(conn)?);
        if self.faults.is_empty() {
            let well = "the database is sound, and all its rows refer to rows that are there";
            self.well.push(well.to_owned());
        }
        Ok(())
    }

    fn chain(&mut self, conn: &mut Conn, about: &About) -> anyhow::Result<()> {
        let (now, head) = (Clock::system().now(), &about.audit_head);
        let verdict = look(conn, now, &Entropy::system(), |r| verify(r, Some(head)))?;
        match verdict {
            Verdict::Whole { rows, .. } => self.well.push(format!(
                "the audit log is as it was written: {rows} row(s), head {head}"
            )),
            Verdict::Broken { position, why } => self.faults.push(format!(
                "the audit log was changed: position {position}: {why}"
            )),
            Verdict::HeadMissing => self
                .faults
                .push("the audit log has not the head that the archive tells".to_owned()),
        }
        Ok(())
    }

    /// Looks whether the uploads that a database names are in the archive.
    ///
    /// # Errors
    /// When the database fails.
    pub fn uploads(&mut self, conn: &mut Conn, archive: &Checked) -> anyhow::Result<()> {
        if archive.about().uploads == Uploads::Bucket {
            let well = "the uploads are in a bucket, and were not looked at";
            self.well.push(well.to_owned());
            return Ok(());
        }
        let manifest = archive.manifest();
        let mut there: BTreeMap<&str, &Member> = manifest.uploads().collect();
        let (mut count, mut removed) = (0_usize, 0_usize);
        for one in uploads(conn)? {
            let name = one.name;
            match there.remove(name.as_str()) {
                Some(member) if member.sha256 == one.digest && member.size == one.size => {
                    count += 1;
                }
                Some(_) => {
                    let fault = format!("the upload {name} is not what was uploaded");
                    self.found(fault, manifest.damaged.contains(&name));
                }
                None if !one.is_shown => {}
                None if manifest.removed.contains(&name) => removed += 1,
                None => {
                    let fault = format!("the upload {name} is not in the archive");
                    self.found(fault, manifest.lost.contains(&name));
                }
            }
        }
        if let Some(name) = there.keys().next() {
            let fault = format!("nothing in the database knows the upload {name}");
            self.faults.push(fault);
        }
        let well = format!("{count} upload(s) are there and as they were uploaded");
        self.well.push(well);
        if removed > 0 {
            let well = format!("{removed} more were deleted while the archive was made");
            self.well.push(well);
        }
        Ok(())
    }

    fn found(&mut self, fault: String, was_so_before: bool) {
        if was_so_before {
            self.amiss
                .push(format!("{fault}, as it was told when the archive was made"));
        } else {
            self.faults.push(fault);
        }
    }

    /// Refuses what is wrong, and tells of what was so before.
    ///
    /// # Errors
    /// When something is wrong.
    pub fn must_be_sound(&self) -> anyhow::Result<()> {
        refuse(&self.faults)?;
        for line in some(&self.amiss) {
            eprintln!("{line}");
        }
        Ok(())
    }

    /// Refuses what is wrong, also where it was so before.
    ///
    /// # Errors
    /// When something is wrong.
    pub fn must_be_whole(&self) -> anyhow::Result<()> {
        refuse(&self.faults)?;
        refuse(&self.amiss)
    }
}

/// Refuses with the first of them, and tells some others.
fn refuse(faults: &[String]) -> anyhow::Result<()> {
    let Some((first, others)) = faults.split_first() else {
        return Ok(());
    };
    for other in some(others) {
        eprintln!("{other}");
    }
    bail!("{first}")
}

/// As many as somebody reads.
fn some(lines: &[String]) -> impl Iterator<Item = &String> {
    lines.iter().take(20)
}
