//! Uploads in a bucket: a real server that speaks S3 (moto, which checks no signatures: those are
//! held against AWS's own library).

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use actix_web::web::Bytes;
use civitas::platform::config::{Config, FileStore, FilesConfig};
use civitas::platform::files::{Files, ServedAs};
use civitas::platform::refusal::{Failure, Refusal};
use futures_util::{StreamExt as _, stream};

use crate::demo::{Running, free_port};
use crate::files::keep_whole;
use crate::proposals::attachments::upload;
use crate::proposals::scene::Scene;
use crate::world::{Nobody, World};

const LIMIT: u64 = 32 * 1024 * 1024;

/// A server with one bucket; ends with the story.
pub struct Store {
    _running: Running,
    pub endpoint: String,
}

impl Store {
    /// None, said aloud, where no Python was given.
    pub fn start() -> Option<Self> {
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
        self.files_with(bucket, true)
    }

    fn files_with(&self, bucket: &str, s3_links: bool) -> Files {
        let config = FilesConfig {
            s3_links,
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
    pub fn listed(&self) -> usize {
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
        let kept = keep_whole(&files, in_pieces(bytes), LIMIT).await.unwrap();
        assert!(files.exists(&kept.digest).await.unwrap());
        assert!(
            read(&files, &kept.digest).await == *bytes,
            "what was sent comes back"
        );
    }
    let again = keep_whole(&files, in_pieces(&small), LIMIT).await.unwrap();
    assert_eq!(store.listed(), 2, "one name, one object");

    let too_large = keep_whole(&files, in_pieces(&large), 1024)
        .await
        .unwrap_err();
    assert!(
        matches!(too_large, Failure::Refused(Refusal::TooLarge(_))),
        "{too_large}"
    );
    let page = keep_whole(&files, in_pieces(b"<html><script>1</script>"), LIMIT)
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

/// The bucket's answer to whoever follows a link: status, headers, text.
fn followed(link: &str) -> (u16, [String; 3], String) {
    let mut answer = ureq::get(link)
        .config()
        .http_status_as_error(false)
        .build()
        .call()
        .unwrap();
    let header = |name: &str| {
        let value = answer.headers().get(name);
        value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    };
    let headers = ["content-type", "content-disposition", "cache-control"].map(header);
    let text = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), headers, text)
}

#[actix_web::test]
async fn whoever_may_read_a_file_is_led_to_the_bucket_for_a_minute() {
    let Some(store) = Store::start() else { return };
    let mut w = World::on_sqlite().await;
    let scene = Scene::open(&mut w).await;
    w.keep_files_in(store.files("uploads")).await;
    let words = "A letter of support.";
    let kept = upload(&w, &scene, &scene.editor, "letters", words.as_bytes())
        .await
        .expect(201);
    assert_eq!(store.listed(), 1);
    let content = format!("/attachments/{}/content", kept.id());

    let led = w.get(&scene.signatory, &content).await.expect(302);
    assert_eq!(led.header("cache-control"), Some("private, no-store"));
    assert!(led.bytes.is_empty());
    let link = led.header("location").unwrap();
    assert!(
        link.starts_with(&store.endpoint) && link.contains("X-Amz-Expires=60&"),
        "{link}"
    );
    let (status, headers, text) = followed(link);
    assert_eq!((status, text.as_str()), (200, words), "{link}");
    assert_eq!(
        headers,
        [
            "text/plain; charset=utf-8",
            "attachment; filename=\"plan__.pdf.txt\"; filename*=UTF-8''plan%20%C3%A9.pdf.txt",
            "private, no-store",
        ]
    );
    // Nobody else is led anywhere.
    let stranger = w.person("Stranger").await;
    for (reply, status) in [
        (w.get(&stranger, &content).await, 404),
        (w.get(&scene.officer, &content).await, 404),
        (w.get(&Nobody, &content).await, 401),
    ] {
        assert_eq!(reply.header("location"), None);
        reply.expect(status);
    }
    // Where readers don't reach the bucket, the bytes go through the server.
    w.keep_files_in(store.files_with("uploads", false)).await;
    let served = w.get(&scene.signatory, &content).await.expect(200);
    assert_eq!(served.text(), words);
    assert_eq!(served.header("x-content-type-options"), Some("nosniff"));
    w.finish();
}

/// Signs each link anew as AWS's own library does, with the secret of [`Store::files`], and says
/// whether that is the signature it has.
const SIGNS_ANEW: &str = "
import sys
from urllib.parse import parse_qsl, urlsplit
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
for link in sys.argv[1:]:
    parts = urlsplit(link)
    told = dict(parse_qsl(parts.query, keep_blank_values=True))
    signature = told.pop('X-Amz-Signature')
    region = told['X-Amz-Credential'].split('/')[2]
    auth = S3SigV4QueryAuth(Credentials('key', 'secret'), 's3', region)
    request = AWSRequest('GET', parts._replace(query='').geturl(), params=told)
    request.context['timestamp'] = told['X-Amz-Date']
    signed = auth.string_to_sign(request, auth.canonical_request(request))
    print('good' if auth.signature(signed, request) == signature else 'bad')
";

#[actix_web::test]
async fn no_part_of_a_link_can_be_changed() {
    let Some(store) = Store::start() else { return };
    let files = store.files("uploads");
    let kept = keep_whole(&files, in_pieces(b"A letter."), LIMIT)
        .await
        .unwrap();
    let served = ServedAs {
        media_type: "text/plain",
        disposition: "attachment",
    };
    let link = files.signed_link(&kept.digest, served).await.unwrap();
    let link = link.unwrap();
    let mut links = vec![link.clone()];
    for (part, other) in [
        (kept.digest.as_str(), "0".repeat(64).as_str()),
        ("/uploads/", "/another/"),
        ("X-Amz-Expires=60", "X-Amz-Expires=604800"),
        ("response-content-type=text", "response-content-type=html"),
        ("disposition=attachment", "disposition=inline"),
        ("no-store", "public"),
        ("X-Amz-Date=2", "X-Amz-Date=3"),
    ] {
        assert!(link.contains(part), "{part} is not in {link}");
        links.push(link.replace(part, other));
    }
    links.push(format!("{link}&response-content-language=en"));
    let python = std::env::var("CIVITAS_TEST_PYTHON").unwrap();
    let signed = Command::new(python)
        .args(["-c", SIGNS_ANEW])
        .args(&links)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&signed.stdout);
    let told: Vec<&str> = told.lines().collect();
    let wanted: Vec<&str> = [&["good"], &["bad"; 8][..]].concat();
    let errors = String::from_utf8_lossy(&signed.stderr);
    assert_eq!(told, wanted, "{link} {errors}");
}

#[actix_web::test]
async fn without_its_bucket_nothing_is_said_to_be_kept() {
    let Some(store) = Store::start() else { return };
    let files = store.files("nowhere");
    let failure = keep_whole(&files, in_pieces(b"A letter of support."), LIMIT)
        .await
        .unwrap_err();
    assert!(matches!(failure, Failure::Broken(_)), "{failure}");
}
