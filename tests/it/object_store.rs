//! Uploads in a bucket: a real server that speaks S3 (moto, which checks no signatures).

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use actix_web::web::Bytes;
use civitas::platform::config::{Config, FileStore, FilesConfig};
use civitas::platform::files::Files;
use civitas::platform::refusal::{Failure, Refusal};
use futures_util::{StreamExt as _, stream};

use crate::demo::{Running, free_port};

const LIMIT: u64 = 32 * 1024 * 1024;

/// A server with one bucket; ends with the story.
struct Store {
    _running: Running,
    endpoint: String,
}

impl Store {
    /// None, said aloud, where no Python was given.
    fn start() -> Option<Self> {
        let Ok(python) = std::env::var("CIVITAS_TEST_PYTHON") else {
            eprintln!("skipped: CIVITAS_TEST_PYTHON names no Python (tests/run sets it)");
            return None;
        };
        let port = free_port();
        let process: Child = Command::new(python)
            .args([
                "-m",
                "moto.server",
                "-H",
                "127.0.0.1",
                "-p",
                &port.to_string(),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let store = Self {
            _running: Running(process),
            endpoint: format!("http://127.0.0.1:{port}"),
        };
        while ureq::put(format!("{}/uploads", store.endpoint))
            .send_empty()
            .is_err()
        {
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(store)
    }

    fn files(&self, bucket: &str) -> Files {
        let config = FilesConfig {
            store: FileStore::S3,
            s3_bucket: bucket.to_owned(),
            s3_endpoint: self.endpoint.clone(),
            s3_access_key: "key".to_owned().into(),
            s3_secret_key: "secret".to_owned().into(),
            s3_allow_http: true,
            ..Config::defaults().unwrap().files
        };
        Files::of(&config).unwrap()
    }

    /// The keys of what lies in the bucket.
    fn listed(&self) -> usize {
        let mut answer = ureq::get(format!("{}/uploads?list-type=2", self.endpoint))
            .call()
            .unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        text.matches("<Key>").count()
    }
}

fn in_pieces(bytes: &[u8]) -> impl stream::Stream<Item = std::io::Result<Bytes>> {
    let pieces: Vec<_> = bytes
        .chunks(64 * 1024)
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect();
    stream::iter(pieces)
}

async fn read(files: &Files, digest: &str) -> Vec<u8> {
    let mut pieces = files.open(digest).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    bytes
}

#[actix_web::test]
async fn a_bucket_keeps_what_is_taken_and_nothing_else() {
    let Some(store) = Store::start() else { return };
    let files = store.files("uploads");
    files.ready().await.unwrap();
    let small = b"A letter of support.".to_vec();
    // Large enough to go over in several parts.
    let large = "A table of many chairs, line after line.\n"
        .repeat(400_000)
        .into_bytes();
    for bytes in [&small, &large] {
        let kept = files.store(in_pieces(bytes), LIMIT).await.unwrap();
        assert!(files.exists(&kept.digest).await.unwrap());
        assert!(
            read(&files, &kept.digest).await == *bytes,
            "what was sent comes back"
        );
    }
    let again = files.store(in_pieces(&small), LIMIT).await.unwrap();
    assert_eq!(store.listed(), 2, "the same bytes lie there once");

    let too_large = files.store(in_pieces(&large), 1024).await.unwrap_err();
    assert!(
        matches!(too_large, Failure::Refused(Refusal::TooLarge(_))),
        "{too_large}"
    );
    let page = files
        .store(in_pieces(b"<html><script>1</script>"), LIMIT)
        .await
        .unwrap_err();
    assert!(
        matches!(page, Failure::Refused(Refusal::WrongMediaType(_))),
        "{page}"
    );
    assert_eq!(store.listed(), 2, "nothing is left of what was refused");

    files.delete(&again.digest).await.unwrap();
    files.delete(&again.digest).await.unwrap();
    assert!(!files.exists(&again.digest).await.unwrap());
    assert!(files.open(&again.digest).await.is_err());
}

#[actix_web::test]
async fn a_link_of_the_bucket_is_for_one_file_and_a_minute() {
    let Some(store) = Store::start() else { return };
    let files = store.files("uploads");
    let kept = files
        .store(in_pieces(b"A letter of support."), LIMIT)
        .await
        .unwrap();
    let link = files
        .signed_link(&kept.digest, Duration::from_secs(60))
        .await
        .unwrap()
        .unwrap();
    let mut answer = ureq::get(&link).call().unwrap();
    assert_eq!(
        answer.body_mut().read_to_string().unwrap(),
        "A letter of support."
    );
    assert!(
        link.contains("X-Amz-Expires=60&") && link.contains("X-Amz-Signature="),
        "{link}"
    );
}

#[actix_web::test]
async fn without_its_bucket_nothing_is_said_to_be_kept() {
    let Some(store) = Store::start() else { return };
    let files = store.files("nowhere");
    let failure = files
        .store(in_pieces(b"A letter of support."), LIMIT)
        .await
        .unwrap_err();
    assert!(matches!(failure, Failure::Broken(_)), "{failure}");
}
