//! Backups that are made while a server serves, and laid back elsewhere.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use actix_web::http::Method;
use serde_json::{Value, json};

use super::scene::{Elsewhere, Today, WORDS, refused, well};
use crate::demo::free_port;
use crate::served::{Client, Served};
use crate::world::PASSWORD;

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// The number that the draft tells of.
fn number(section: &Value) -> usize {
    let words = section["answers"]["problem"].as_str().unwrap();
    words.rsplit(' ').next().unwrap().parse().unwrap()
}

#[actix_web::test]
async fn what_is_backed_up_while_a_server_writes_is_a_whole_instance_elsewhere() {
    let today = Today::begin().await;
    let (served, client) = today.serve();
    let section = format!("/api/v1{}", today.scene.path("/sections/idea"));
    let (over, saved) = (AtomicBool::new(false), AtomicUsize::new(0));
    let save = |number: usize| {
        let words = format!("Rents rise by {number}");
        let body = json!({"answers": {"problem": words}});
        client.save(&section, &body, |read| {
            read["answers"]["problem"] == words.as_str()
        });
        saved.store(number, Ordering::SeqCst);
    };
    save(1);
    let before = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 1;
            while !over.load(Ordering::SeqCst) {
                number += 1;
                save(number);
            }
        });
        while saved.load(Ordering::SeqCst) < 10 {
            std::thread::yield_now();
        }
        let before = saved.load(Ordering::SeqCst);
        let told = well(&today.command(&["backup", "one.tar"]));
        assert!(told.contains("the database and 1 upload(s)"), "{told}");
        over.store(true, Ordering::SeqCst);
        before
    });
    served.stop();
    let archive = today.at("one.tar");
    assert_eq!(mode(&archive), 0o600);
    let left = std::fs::read_dir(today.w.folder.path()).unwrap();
    let parts = left.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().contains(".part")
    });
    assert_eq!(parts.count(), 0, "nothing is left beside it");

    let there = Elsewhere::new();
    let checked = well(&there.check(&archive));
    for line in [
        "is sound",
        "audit log is as it was written",
        "1 upload(s) are there",
        "is good",
    ] {
        assert!(checked.contains(line), "{line}: {checked}");
    }
    there.is_bare();
    let told = well(&there.with("restore", &archive));
    assert!(told.contains("audit verify"), "{told}");
    assert_eq!(mode(&there.0.path().join("civitas.db")), 0o600);
    well(&there.command(&["audit", "verify"]));

    let port = free_port();
    let files = there.0.path().join("files").display().to_string();
    let settings = [("CIVITAS__FILES__FOLDER", files)];
    let database = format!("sqlite://{}/civitas.db", there.0.path().display());
    let served = Served::start(&today.w, &database, port, &settings);
    // A token that was signed before is good, and so is the password.
    let client = Client::new(port, &today.editor.token);
    let read = client.read(&section);
    let restored = number(&read.json);
    let last = saved.load(Ordering::SeqCst);
    assert!(
        (before..=last).contains(&restored),
        "{before} {restored} {last}"
    );
    let body = json!({"email": today.editor.email, "password": PASSWORD});
    let sessions = client.send(&Method::POST, "/api/v1/sessions", &[], Some(&body));
    let session = sessions.unwrap();
    assert_eq!(session.status, 201, "{session:?}");
    let anew = Client::new(port, session.json["access_token"].as_str().unwrap());
    let content = format!("/api/v1/attachments/{}/content", today.attachment);
    assert_eq!(anew.text(&content), WORDS);
    served.stop();
    today.w.finish();
}

#[actix_web::test]
async fn an_upload_that_is_lost_is_told_and_keeps_nobody_from_the_rest() {
    let today = Today::begin().await;
    let kept = today.kept();
    let name = kept.file_name().unwrap().to_str().unwrap().to_owned();
    std::fs::remove_file(&kept).unwrap();
    let why = refused(&today.command(&["backup", "one.tar"]));
    assert!(why.contains(&name) && why.contains("is written"), "{why}");
    let there = Elsewhere::new();
    let why = refused(&there.check(&today.at("one.tar")));
    assert!(why.contains(&name), "{why}");
    well(&there.with("restore", &today.at("one.tar")));
    well(&there.command(&["audit", "verify"]));

    std::fs::write(&kept, "Other bytes.").unwrap();
    let why = refused(&today.command(&["backup", "two.tar"]));
    assert!(
        why.contains("Not what was uploaded") && why.contains(&name),
        "{why}"
    );
    let why = refused(&Elsewhere::new().check(&today.at("two.tar")));
    assert!(
        why.contains("not what was uploaded") && why.contains(&name),
        "{why}"
    );
    let there = Elsewhere::new();
    let laid = there.with("restore", &today.at("two.tar"));
    well(&laid);
    let told = String::from_utf8_lossy(&laid.stderr).into_owned();
    assert!(told.contains(&name), "{told}");
    refused(&today.command(&["export", "three.tar"]));
    well(&Elsewhere::new().with("import", &today.at("three.tar")));
    today.w.finish();
}

#[actix_web::test]
async fn an_upload_that_was_deleted_meanwhile_is_no_loss() {
    use civitas::platform::db::schema::files;
    use diesel::prelude::*;
    let today = Today::begin().await;
    // Its deletion began, and its bytes are gone.
    std::fs::remove_file(today.kept()).unwrap();
    today.w.write(|w| {
        let now = w.now();
        diesel::update(files::table)
            .set(files::leaving_at.eq(Some(now)))
            .execute(w.conn())?;
        Ok(())
    });
    let archive = today.backup("one.tar");
    let checked = well(&Elsewhere::new().check(&archive));
    assert!(checked.contains("0 upload(s) are there"), "{checked}");
    today.w.finish();
}
