//! Uploads that move into a bucket, and those that stay there.

use std::fmt::Write as _;

use super::archive::Members;
use super::scene::{Elsewhere, Today, WORDS, well};
use crate::demo::free_port;
use crate::object_store::Store;
use crate::served::{Client, Served};

fn settings(store: &Store) -> Vec<(&'static str, String)> {
    vec![
        ("CIVITAS__FILES__STORE", "s3".to_owned()),
        ("CIVITAS__FILES__S3_BUCKET", "uploads".to_owned()),
        ("CIVITAS__FILES__S3_ENDPOINT", store.endpoint.clone()),
        ("CIVITAS__FILES__S3_ACCESS_KEY", "key".to_owned()),
        (
            "CIVITAS__FILES__S3_SECRET_KEY",
            "kept-by-nobody-else".to_owned(),
        ),
        ("CIVITAS__FILES__S3_ALLOW_HTTP", "true".to_owned()),
        ("CIVITAS__FILES__S3_LINKS", "false".to_owned()),
    ]
}

/// The same as a file of settings.
fn written(store: &Store, there: &Elsewhere) {
    let mut words = "[files]\n".to_owned();
    for (name, value) in settings(store) {
        let key = name.trim_start_matches("CIVITAS__FILES__").to_lowercase();
        let plain = ["true", "false"].contains(&value.as_str());
        let value = if plain { value } else { format!("{value:?}") };
        writeln!(words, "{key} = {value}").unwrap();
    }
    std::fs::write(there.0.path().join("bucket.toml"), words).unwrap();
}

/// The upload as a server over that database serves it.
fn served(today: &Today, there: &Elsewhere, store: &Store) -> String {
    let port = free_port();
    let database = format!("sqlite://{}/civitas.db", there.0.path().display());
    let server = Served::start(&today.w, &database, port, &settings(store));
    let client = Client::new(port, &today.editor.token);
    let content = format!("/api/v1/attachments/{}/content", today.attachment);
    let words = client.text(&content);
    server.stop();
    words
}

#[actix_web::test]
async fn uploads_move_into_a_bucket_and_stay_there_from_then_on() {
    let Some(store) = Store::start() else { return };
    let today = Today::begin().await;
    well(&today.command(&["export", "moving.tar"]));
    let there = Elsewhere::new();
    written(&store, &there);
    let archive = today.at("moving.tar").display().to_string();
    let words = ["import", &archive, "--config", "bucket.toml"];
    let told = well(&there.command(&words));
    assert!(told.contains("1 upload(s)"), "{told}");
    assert_eq!(store.listed(), 1);
    assert_eq!(served(&today, &there, &store), WORDS);

    let told = well(&there.command(&["export", "on.tar", "--config", "bucket.toml"]));
    assert!(told.contains("stay in their bucket"), "{told}");
    let members = Members::of(&there.0.path().join("on.tar"));
    assert_eq!(members.names("files/"), Vec::<String>::new());
    let next = Elsewhere::new();
    let local = next.with("import", &there.0.path().join("on.tar"));
    well(&local);
    let warned = String::from_utf8_lossy(&local.stderr).into_owned();
    assert!(warned.contains("in a bucket still"), "{warned}");
    assert_eq!(served(&today, &next, &store), WORDS);

    let told = well(&there.command(&["backup", "one.tar", "--config", "bucket.toml"]));
    assert!(told.contains("stay in their bucket"), "{told}");
    let last = Elsewhere::new();
    let checked = well(&last.check(&there.0.path().join("one.tar")));
    assert!(checked.contains("were not looked at"), "{checked}");
    written(&store, &last);
    let archive = there.0.path().join("one.tar").display().to_string();
    well(&last.command(&["restore", &archive, "--config", "bucket.toml"]));
    assert_eq!(served(&today, &last, &store), WORDS);
    assert_eq!(store.listed(), 1);
    today.w.finish();
}
