//! What a command will not write over, and what it is not for.

use std::fs::{self, File};

use civitas::platform::db::{Conn, migrate};
use diesel::connection::SimpleConnection as _;

use super::scene::{Elsewhere, Today, refused, well};
use crate::commands::civitas;
use crate::world::empty_postgres;

#[actix_web::test]
async fn what_is_there_is_not_written_over() {
    let today = Today::begin().await;
    let archive = today.backup("one.tar");
    let before = fs::read(&archive).unwrap();
    let why = refused(&today.command(&["backup", "one.tar"]));
    assert!(
        why.contains("is there already") && why.contains("--force"),
        "{why}"
    );
    assert_eq!(fs::read(&archive).unwrap(), before);
    well(&today.command(&["backup", "one.tar", "--force"]));

    // What a run left that was killed is removed by the next; one that is at work is left alone.
    let part = today.at("two.tar.part");
    fs::write(&part, "half").unwrap();
    fs::write(today.at("two.tar.part-db"), "half").unwrap();
    let working = File::open(&part).unwrap();
    working.lock().unwrap();
    let why = refused(&today.command(&["backup", "two.tar"]));
    assert!(why.contains("by another run"), "{why}");
    drop(working);
    today.backup("two.tar");
    assert!(!part.exists() && !today.at("two.tar.part-db").exists());

    let here = today.command(&["restore", "one.tar"]);
    let why = refused(&here);
    assert!(
        why.contains("there is a database at") && why.contains("civitas.db"),
        "{why}"
    );
    let there = Elsewhere::new();
    fs::write(there.0.path().join("civitas.db-wal"), "of another").unwrap();
    let why = refused(&there.with("restore", &archive));
    assert!(why.contains("civitas.db-wal"), "{why}");
    fs::remove_file(there.0.path().join("civitas.db-wal")).unwrap();
    fs::create_dir_all(there.0.path().join("files/kept")).unwrap();
    let (folder, name) = kept(&today);
    let taken = there.0.path().join("files/kept").join(&folder);
    fs::create_dir(&taken).unwrap();
    fs::write(taken.join(&name), "Another's.").unwrap();
    let why = refused(&there.with("restore", &archive));
    assert!(
        why.contains("another file is kept") && why.contains(&name),
        "{why}"
    );
    assert_eq!(fs::read(taken.join(&name)).unwrap(), b"Another's.");
    assert!(!there.0.path().join("civitas.db").exists());
    today.w.finish();
}

fn kept(today: &Today) -> (String, String) {
    let name = today
        .kept()
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    (name[..2].to_owned(), name)
}

#[actix_web::test]
async fn nothing_is_laid_under_a_server_that_runs() {
    let today = Today::begin().await;
    let archive = today.backup("one.tar");
    let (served, _) = today.serve();
    // Even where somebody moved its files away meanwhile.
    for name in ["civitas.db", "civitas.db-wal", "civitas.db-shm"] {
        fs::rename(today.at(name), today.at(&format!("{name}.old"))).unwrap();
    }
    let why = refused(&today.command(&["restore", archive.to_str().unwrap()]));
    assert!(why.contains("a server works with"), "{why}");
    assert!(!today.at("civitas.db").exists());
    served.stop();
    well(&today.command(&["restore", archive.to_str().unwrap()]));
    today.w.finish();
}

#[actix_web::test]
async fn each_archive_is_for_one_command() {
    let today = Today::begin().await;
    let backup = today.backup("backup.tar");
    well(&today.command(&["export", "export.tar"]));
    let there = Elsewhere::new();
    let why = refused(&there.with("import", &backup));
    assert!(why.contains("`civitas restore`"), "{why}");
    let why = refused(&there.check(&today.at("export.tar")));
    assert!(why.contains("`civitas import`"), "{why}");
    there.is_bare();
    if let Some(postgres) = empty_postgres() {
        for (words, tool) in [
            (["backup", "two.tar"], "pg_dump"),
            (["restore", "backup.tar"], "pg_restore"),
        ] {
            let why = refused(&civitas(today.w.folder.path(), &postgres, &words));
            assert!(why.contains(tool) && why.contains("README.md"), "{why}");
        }
    }
    today.w.finish();
}

#[actix_web::test]
async fn an_import_goes_into_a_new_database_of_this_version_only() {
    let today = Today::begin().await;
    well(&today.command(&["export", "export.tar"]));
    let archive = today.at("export.tar");
    let there = Elsewhere::new();
    well(&there.command(&["migrate"]));
    let mut conn = there.database().open().unwrap();
    conn.batch_execute(
        "INSERT INTO mail_pause (id, until, reason, since) VALUES (7, 'a', 'b', 'c')",
    )
    .unwrap();
    let why = refused(&there.with("import", &archive));
    assert!(
        why.contains("not empty") && why.contains("mail_pause"),
        "{why}"
    );
    conn.batch_execute("DELETE FROM mail_pause").unwrap();

    let steps = migrate::all().unwrap();
    let last = steps.last().unwrap();
    let (number, _) = last.split_once('_').unwrap();
    let number = number.replace('-', "");
    forget(&mut conn, &number);
    let why = refused(&there.with("import", &archive));
    assert!(
        why.contains(last) && why.contains("civitas migrate"),
        "{why}"
    );
    conn.batch_execute(&format!(
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('{number}'), ('20991231000099')"
    ))
    .unwrap();
    let why = refused(&there.with("import", &archive));
    assert!(why.contains("20991231000099"), "{why}");
    forget(&mut conn, "20991231000099");
    well(&there.with("import", &archive));

    // Nor does one of another version leave.
    forget(&mut conn, &number);
    let why = refused(&there.command(&["export", "other.tar"]));
    assert!(why.contains("civitas migrate"), "{why}");
    assert!(!there.0.path().join("other.tar").exists());
    today.w.finish();
}

fn forget(conn: &mut Conn, number: &str) {
    conn.batch_execute(&format!(
        "DELETE FROM __diesel_schema_migrations WHERE version = '{number}'"
    ))
    .unwrap();
}
