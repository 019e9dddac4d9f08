//! Uploads: what is taken, what is refused, and that memory stays bounded.

mod archives;

use actix_web::web::Bytes;
use civitas::platform::files::{Files, ServedAs, StoredFile};
use civitas::platform::refusal::{Failure, Refusal, Result};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0";
const LIMIT: u64 = 4 * 1024 * 1024;

struct Shelf {
    folder: tempfile::TempDir,
    files: Files,
}

fn shelf() -> Shelf {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::in_folder(folder.path()).unwrap();
    Shelf { folder, files }
}

/// Receives and keeps in one, under the digest for a name.
pub async fn keep_whole<S, E>(files: &Files, bytes: S, limit: u64) -> Result<StoredFile>
where
    S: Stream<Item = std::result::Result<Bytes, E>>,
    E: std::fmt::Display,
{
    let received = files.receive(bytes, limit).await?;
    let name = received.file().digest.clone();
    files.keep(received, &name).await
}

impl Shelf {
    async fn store(&self, bytes: &[u8]) -> Result<StoredFile> {
        keep_whole(&self.files, in_pieces(bytes, 1000), LIMIT).await
    }

    /// Files on disk, wherever they lie.
    fn on_disk(&self) -> usize {
        let kept = std::fs::read_dir(self.folder.path().join("kept")).unwrap();
        let kept = kept.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
        kept.count()
            + std::fs::read_dir(self.folder.path().join("incoming"))
                .unwrap()
                .count()
    }
}

fn in_pieces(bytes: &[u8], size: usize) -> impl Stream<Item = std::io::Result<Bytes>> {
    let pieces: Vec<_> = bytes
        .chunks(size)
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect();
    stream::iter(pieces)
}

/// An archive with members that are stored without compression.
fn archive(members: &[(&str, &str)]) -> Vec<u8> {
    use std::io::Write as _;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, body) in members {
        writer.start_file(*name, stored).unwrap();
        writer.write_all(body.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const TYPES: (&str, &str) = ("[Content_Types].xml", "<Types/>");
const ODT: &str = "application/vnd.oasis.opendocument.text";
const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";

#[actix_web::test]
async fn kinds_on_the_list_are_taken_under_the_type_of_their_content() {
    let long_text = "Häuser für Städte, 1,2\r\n".repeat(40_000);
    let office = "application/vnd.openxmlformats-officedocument.";
    let cases: Vec<(Vec<u8>, String)> = vec![
        (
            b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec(),
            "application/pdf".into(),
        ),
        (PNG.to_vec(), "image/png".into()),
        (JPEG.to_vec(), "image/jpeg".into()),
        (
            archive(&[TYPES, ("word/document.xml", "<w/>")]),
            format!("{office}wordprocessingml.document"),
        ),
        (
            archive(&[TYPES, ("xl/workbook.xml", "<w/>")]),
            format!("{office}spreadsheetml.sheet"),
        ),
        (
            archive(&[TYPES, ("ppt/presentation.xml", "<p/>")]),
            format!("{office}presentationml.presentation"),
        ),
        (
            archive(&[("mimetype", ODT), ("content.xml", "<o/>")]),
            ODT.into(),
        ),
        (
            archive(&[("mimetype", ODS), ("content.xml", "<o/>")]),
            ODS.into(),
        ),
        (
            b"city,share\nHolyoke,0.4\n".to_vec(),
            "text/plain; charset=utf-8".into(),
        ),
        (long_text.into_bytes(), "text/plain; charset=utf-8".into()),
    ];
    let shelf = shelf();
    for (bytes, media_type) in cases {
        let stored = shelf.store(&bytes).await.unwrap();
        assert_eq!(stored.media_type, media_type);
        assert_eq!(stored.size, i64::try_from(bytes.len()).unwrap());
        assert_eq!(stored.digest, civitas::platform::digest::sha256_hex(&bytes));
        let back: Vec<u8> = shelf
            .files
            .open(&stored.digest)
            .await
            .unwrap()
            .try_concat_pieces()
            .await;
        assert_eq!(back, bytes);
    }
}

/// All pieces as one.
trait Concat {
    async fn try_concat_pieces(self) -> Vec<u8>;
}

impl Concat for civitas::platform::files::Pieces {
    async fn try_concat_pieces(self) -> Vec<u8> {
        self.try_fold(Vec::new(), async |mut all, piece| {
            all.extend_from_slice(&piece);
            Ok(all)
        })
        .await
        .unwrap()
    }
}

#[actix_web::test]
async fn anything_else_is_refused_and_leaves_nothing_behind() {
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("empty", vec![]),
        (
            "program",
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0>\0".to_vec(),
        ),
        (
            "Windows program",
            b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff".to_vec(),
        ),
        (
            "web page",
            b"<!DOCTYPE html><html><body>hi</body></html>".to_vec(),
        ),
        (
            "web page after white space",
            b"\xef\xbb\xbf \n <html lang=en>".to_vec(),
        ),
        (
            "web page in text",
            b"hello <script>alert(1)</script>".to_vec(),
        ),
        (
            "drawing",
            b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"x\"/>".to_vec(),
        ),
        (
            "drawing with prologue",
            b"<?xml version=\"1.0\"?><svg/>".to_vec(),
        ),
        ("script", b"#!/bin/sh\nrm -rf /\n".to_vec()),
        ("plain archive", archive(&[("a.txt", "a")])),
        (
            "archive with half a document",
            archive(&[("word/document.xml", "<w/>")]),
        ),
        (
            "document with macros",
            archive(&[
                TYPES,
                ("word/document.xml", "<w/>"),
                ("word/vbaProject.bin", "x"),
            ]),
        ),
        (
            "OpenDocument drawing",
            archive(&[
                ("mimetype", "application/vnd.oasis.opendocument.graphics"),
                ("content.xml", ""),
            ]),
        ),
        ("broken archive", b"PK\x03\x04 and nothing more".to_vec()),
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\0".to_vec()),
        ("text with NUL", b"a,b\0c\n".to_vec()),
        ("Latin-1", b"H\xe4user\n".to_vec()),
        (
            "text cut inside a character",
            "Stadt ä".as_bytes()[..7].to_vec(),
        ),
        ("GIF", b"GIF89a\x01\0\x01\0".to_vec()),
    ];
    let shelf = shelf();
    for (name, bytes) in cases {
        match shelf.store(&bytes).await {
            Err(Failure::Refused(Refusal::WrongMediaType(_))) => {}
            other => panic!("{name}: {other:?}"),
        }
    }
    assert_eq!(shelf.on_disk(), 0);
}

#[actix_web::test]
async fn the_limit_is_exact() {
    let shelf = shelf();
    let text = "x".repeat(10_000);
    let stored = keep_whole(&shelf.files, in_pieces(text.as_bytes(), 999), 10_000).await;
    assert_eq!(stored.unwrap().size, 10_000);
    let over = keep_whole(&shelf.files, in_pieces(text.as_bytes(), 999), 9_999).await;
    assert!(matches!(
        over,
        Err(Failure::Refused(Refusal::TooLarge(9_999)))
    ));
    assert_eq!(shelf.on_disk(), 1);
}

#[actix_web::test]
async fn an_endless_upload_is_cut_off_at_the_limit() {
    let shelf = shelf();
    let piece = Bytes::from("again and again\n".repeat(4096));
    let endless = stream::repeat(piece).map(std::io::Result::Ok);
    let cut = keep_whole(&shelf.files, endless, LIMIT).await;
    assert!(matches!(cut, Err(Failure::Refused(Refusal::TooLarge(_)))));
    assert_eq!(shelf.on_disk(), 0);
}

#[actix_web::test]
async fn an_upload_that_breaks_off_is_refused() {
    let shelf = shelf();
    let pieces = vec![
        Ok(Bytes::from_static(b"half a ")),
        Err(std::io::Error::other("connection reset")),
    ];
    let broken = keep_whole(&shelf.files, stream::iter(pieces), LIMIT).await;
    assert!(matches!(
        broken,
        Err(Failure::Refused(Refusal::Malformed(_)))
    ));
    assert_eq!(shelf.on_disk(), 0);
}

#[actix_web::test]
async fn what_is_kept_again_under_a_name_takes_its_place() {
    let shelf = shelf();
    let first = shelf.store(b"one text").await.unwrap();
    let again = shelf.store(b"one text").await.unwrap();
    assert_eq!(first, again);
    assert_eq!(shelf.on_disk(), 1);
    assert!(shelf.files.exists(&first.digest).await.unwrap());
    assert!(!shelf.files.exists(&"a".repeat(64)).await.unwrap());
}

#[actix_web::test]
async fn nothing_but_64_hexadecimal_digits_names_a_file() {
    let shelf = shelf();
    for name in ["", "../../etc/passwd", &"g".repeat(64), &"/".repeat(64)] {
        assert!(shelf.files.open(name).await.is_err(), "{name}");
    }
}

#[actix_web::test]
async fn a_local_folder_hands_out_no_links() {
    let shelf = shelf();
    let stored = shelf.store(b"one text").await.unwrap();
    let served = ServedAs {
        media_type: "text/plain",
        disposition: "attachment",
    };
    let link = shelf.files.signed_link(&stored.digest, served);
    assert_eq!(link.await.unwrap(), None);
    shelf.files.ready().await.unwrap();
}
