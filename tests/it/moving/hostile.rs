//! Archives that were cut off, changed, or made by somebody who means harm: refused before anything
//! is laid down, with the member's name.

use std::fs::{self, File};
use std::path::Path;

use diesel::connection::SimpleConnection as _;
use serde_json::json;
use tar::{Builder, EntryType, Header};

use super::archive::{Members, append};
use super::scene::{Elsewhere, Today, refused, well};
use civitas::platform::db::Address;

/// Neither command takes it; why.
fn not_taken(archive: &Path) -> String {
    let there = Elsewhere::new();
    let checked = refused(&there.check(archive));
    let restored = refused(&there.with("restore", archive));
    assert_eq!(checked, restored);
    there.is_bare();
    restored
}

#[actix_web::test]
async fn an_archive_that_was_cut_off_or_changed_is_refused_and_the_member_named() {
    let today = Today::begin().await;
    let whole = today.backup("one.tar");
    let bytes = fs::read(&whole).unwrap();
    let changed = today.at("changed.tar");
    let at = |name: &str| {
        let found = bytes
            .windows(name.len())
            .position(|part| part == name.as_bytes());
        found.unwrap()
    };
    let members = Members::of(&whole);
    let upload = &members.names("files/")[0];
    // After the database, within the upload, and just before the list.
    for (length, named) in [
        (0, "empty"),
        (100, "no archive"),
        (at("civitas.db") + 5000, "civitas.db"),
        (at(upload), upload.as_str()),
        (at(upload) + 512 + 3, upload.as_str()),
        (at("manifest.json"), "without its list"),
        (at("manifest.json") + 520, "manifest.json"),
    ] {
        fs::write(&changed, &bytes[..length]).unwrap();
        let why = not_taken(&changed);
        assert!(
            why.contains(named) || why.contains("cut off"),
            "{length}, {named}: {why}"
        );
    }
    for (place, named) in [
        (at("civitas.db") + 512 + 4096, "civitas.db"),
        (at(upload) + 512, upload.as_str()),
        // The header itself, which has a sum of its own.
        (at(upload) + 140, "changed"),
    ] {
        let mut other = bytes.clone();
        other[place] ^= 1;
        fs::write(&changed, &other).unwrap();
        let why = not_taken(&changed);
        assert!(why.contains(named), "{named}: {why}");
    }
    today.w.finish();
}

#[actix_web::test]
async fn what_no_archive_of_ours_holds_is_refused() {
    let today = Today::begin().await;
    let members = Members::of(&today.backup("one.tar"));
    let evil = today.at("evil.tar");
    let with = |kind: EntryType, name: &str, bytes: &[u8]| {
        let mut tar = Builder::new(File::create(&evil).unwrap());
        for (member, content) in &members.0 {
            if member == "manifest.json" {
                append(&mut tar, kind, name, bytes);
            }
            append(&mut tar, EntryType::Regular, member, content);
        }
        tar.into_inner().unwrap();
        not_taken(&evil)
    };
    let upload = format!("files/ab/{}", "ab".repeat(32));
    for name in [
        "../../etc/cron.d/evil",
        "/etc/cron.d/evil",
        "files/ab/../../civitas.db",
        "files/../files/ab/x",
        "civitas.toml",
        "files/ab/short",
    ] {
        let why = with(EntryType::Regular, name, b"evil");
        assert!(
            why.contains("no archive of Civitas has a member"),
            "{name}: {why}"
        );
    }
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Directory,
        EntryType::Fifo,
        EntryType::Char,
        EntryType::GNULongName,
        EntryType::GNUSparse,
        EntryType::XHeader,
        EntryType::XGlobalHeader,
    ] {
        let why = with(kind, &upload, b"");
        assert!(why.contains("no plain file"), "{kind:?}: {why}");
    }
    let why = with(EntryType::Regular, &upload, b"not on the list");
    assert!(why.contains(&upload), "{why}");
    let why = with(EntryType::Regular, "civitas.db", b"another");
    assert!(why.contains("civitas.db is there twice"), "{why}");

    // Sizes that no disk has.
    let mut header = Header::new_ustar();
    header.set_path(&upload).unwrap();
    header.set_size(u64::MAX >> 1);
    header.set_cksum();
    let mut bytes = fs::read(today.at("one.tar")).unwrap();
    let list = bytes
        .windows(13)
        .position(|part| part == b"manifest.json")
        .unwrap();
    bytes.splice(list..list, header.as_bytes().iter().copied());
    fs::write(&evil, &bytes).unwrap();
    let why = not_taken(&evil);
    assert!(why.contains("would end behind it"), "{why}");

    // More behind the end.
    let mut bytes = fs::read(today.at("one.tar")).unwrap();
    bytes.extend_from_slice(b"more");
    fs::write(&evil, &bytes).unwrap();
    assert!(not_taken(&evil).contains("follows the end"));
    fs::write(
        &evil,
        b"PK\x03\x04 no archive of any kind, but long enough to be a header".repeat(20),
    )
    .unwrap();
    assert!(not_taken(&evil).contains("no archive of Civitas"));
    today.w.finish();
}

/// Changes the database in an archive.
fn with_database(today: &Today, members: &Members, sql: &str) -> Vec<u8> {
    let path = today.at("changed.db");
    fs::write(&path, members.bytes("civitas.db")).unwrap();
    let mut conn = Address::Sqlite(path.clone()).open().unwrap();
    conn.batch_execute("PRAGMA foreign_keys = OFF").unwrap();
    conn.batch_execute(sql).unwrap();
    conn.batch_execute("PRAGMA journal_mode = DELETE").unwrap();
    drop(conn);
    fs::read(path).unwrap()
}

#[actix_web::test]
async fn who_changes_an_archive_and_its_list_is_found_by_what_the_database_knows() {
    let today = Today::begin().await;
    let _ = well(&today.command(&["audit", "head"]));
    let members = Members::of(&today.backup("one.tar"));
    let upload = members.names("files/")[0].clone();
    let evil = today.at("evil.tar");
    for (sql, found) in [
        (
            "UPDATE audit_log SET act = 'nothing.happened' WHERE position = 2",
            "position 2",
        ),
        ("DELETE FROM audit_log WHERE position = 2", "position 2"),
        (
            "DELETE FROM audit_log WHERE position = (SELECT max(position) FROM audit_log)",
            "has not the head",
        ),
        (
            "DELETE FROM people WHERE id IN (SELECT person_id FROM members)",
            "members",
        ),
        (
            "DELETE FROM attachments; DELETE FROM files",
            "nothing in the database knows",
        ),
        (
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000099')",
            "another version than the archive says",
        ),
    ] {
        let mut members = members.clone();
        members.set("civitas.db", with_database(&today, &members, sql));
        members.write_listed(&evil);
        let why = not_taken(&evil);
        assert!(why.contains(found), "{sql}: {why}");
    }
    let mut without = members.clone();
    without.remove(&upload);
    without.write_listed(&evil);
    let (_, name) = upload.rsplit_once('/').unwrap();
    assert!(not_taken(&evil).contains(&format!("{name} is not in the archive")));
    let mut excused = without.clone();
    let mut manifest = excused.json("manifest.json");
    manifest["removed"] = json!([name]);
    excused.set("manifest.json", manifest.to_string().into_bytes());
    excused.write_listed(&evil);
    let checked = well(&Elsewhere::new().check(&evil));
    assert!(checked.contains("1 more were deleted"), "{checked}");
    let mut other = members.clone();
    other.set(&upload, b"Other words.".to_vec());
    other.write_listed(&evil);
    assert!(not_taken(&evil).contains(&format!("{name} is not what was uploaded")));
    let mut damaged = members.clone();
    let mut bytes = members.bytes("civitas.db").to_vec();
    let end = bytes.len();
    bytes[end - 4096..].fill(0x55);
    damaged.set("civitas.db", bytes);
    damaged.write_listed(&evil);
    not_taken(&evil);

    let mut newer = members.clone();
    let mut about = newer.json("civitas.json");
    about["form"] = 2.into();
    newer.set("civitas.json", about.to_string().into_bytes());
    newer.write_listed(&evil);
    assert!(not_taken(&evil).contains("of form 2"));
    today.w.finish();
}
