//! Archives that want to be unpacked, long lists of members, and files that are two things at once.

use civitas::platform::files::StoredFile;
use civitas::platform::refusal::{Failure, Refusal, Result};

use super::{JPEG, LIMIT, PNG, TYPES, archive, in_pieces, keep_whole, shelf};

/// Members of an archive as they stand in it: how they are packed, the bytes, and how many they
/// say that they unpack to.
type Packed<'a> = (&'a str, u16, &'a [u8], u32);

const DEFLATED: u16 = 8;

/// An archive written by hand, which nothing looks after.
fn packed(members: &[Packed<'_>]) -> Vec<u8> {
    let (mut all, mut directory) = (Vec::new(), Vec::new());
    let long = |bytes: &mut Vec<u8>, number: usize| {
        bytes.extend(u32::try_from(number).unwrap().to_le_bytes());
    };
    let short = |bytes: &mut Vec<u8>, number: u16| bytes.extend(number.to_le_bytes());
    for (name, method, bytes, size) in members {
        let at = all.len();
        let mut head = Vec::new();
        for number in [20, 0, *method, 0, 0x21, 0, 0] {
            short(&mut head, number);
        }
        long(&mut head, bytes.len());
        long(&mut head, *size as usize);
        short(&mut head, u16::try_from(name.len()).unwrap());
        short(&mut head, 0);
        all.extend(b"PK\x03\x04");
        all.extend(&head);
        all.extend(name.as_bytes());
        all.extend(*bytes);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&head);
        directory.extend([0; 10]);
        long(&mut directory, at);
        directory.extend(name.as_bytes());
    }
    let (begins, count) = (all.len(), u16::try_from(members.len()).unwrap());
    all.extend(&directory);
    all.extend(b"PK\x05\x06\0\0\0\0");
    short(&mut all, count);
    short(&mut all, count);
    long(&mut all, directory.len());
    long(&mut all, begins);
    short(&mut all, 0);
    all
}

/// A gibibyte of zeros, deflated (RFC 1951, 3.2.6): one zero, and again and again the code for 258
/// more, which takes 13 bits; so the bytes repeat after eight of them.
fn bomb() -> Vec<u8> {
    let again = "1100010100000".repeat(24);
    let bits = format!("11000110000{again}");
    let bytes: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|bits| {
            bits.iter()
                .rev()
                .fold(0, |byte, bit| byte << 1 | (bit - b'0'))
        })
        .collect();
    let cycle = &bytes[2..15];
    assert_eq!(cycle, &bytes[15..28]);
    [&bytes[..2], &cycle.repeat(1024 * 1024 * 1024 / (258 * 8))].concat()
}

const GIBIBYTE: u32 = 1024 * 1024 * 1024;

#[actix_web::test]
async fn nothing_that_is_packed_is_unpacked() {
    let shelf = shelf();
    let bomb = bomb();
    let document = packed(&[
        (TYPES.0, 0, TYPES.1.as_bytes(), 8),
        ("word/document.xml", DEFLATED, &bomb, GIBIBYTE),
    ]);
    let size = document.len();
    let taken = keep_whole(&shelf.files, in_pieces(&document, 1 << 16), 4 * LIMIT);
    assert_eq!(taken.await.unwrap().size, i64::try_from(size).unwrap());
    // OpenDocument says its type in a member that is not packed.
    let text = packed(&[
        ("mimetype", DEFLATED, &bomb, GIBIBYTE),
        ("content.xml", 0, b"<o/>", 4),
    ]);
    let refused = keep_whole(&shelf.files, in_pieces(&text, 1 << 16), 4 * LIMIT);
    assert!(why_refused(refused.await).contains("judged by their content"));
}

fn why_refused(outcome: Result<StoredFile>) -> String {
    match outcome {
        Err(Failure::Refused(Refusal::WrongMediaType(why))) => why,
        other => panic!("{other:?}"),
    }
}

/// A document with so many other members, whose names are so long.
fn crowded(others: usize, long: usize) -> Vec<u8> {
    let names: Vec<String> = (0..others).map(|n| format!("{n:0long$}")).collect();
    let document = [(TYPES.0, TYPES.1), ("word/document.xml", "<w/>")];
    let others = names.iter().map(|name| (name.as_str(), ""));
    archive(&document.into_iter().chain(others).collect::<Vec<_>>())
}

#[actix_web::test]
async fn a_list_of_members_is_read_within_bounds() {
    let shelf = shelf();
    assert!(shelf.store(&crowded(9_998, 20)).await.is_ok());
    for (others, long) in [(9_999, 20), (50, 60_000)] {
        let document = crowded(others, long);
        let refused = keep_whole(&shelf.files, in_pieces(&document, 1 << 16), 4 * LIMIT);
        let why = why_refused(refused.await);
        assert!(why.contains("so many parts"), "{others} of {long}: {why}");
    }
}

#[actix_web::test]
async fn what_begins_as_a_page_is_a_page_whatever_follows() {
    let document = archive(&[TYPES, ("word/document.xml", "<w/>")]);
    let shelf = shelf();
    for page in [
        "<html><script>alert(1)</script>",
        "<!DOCTYPE html>\n",
        "<svg onload=\"x\"/>",
    ] {
        for behind in [b"%PDF-1.7\n1 0 obj".as_slice(), PNG, JPEG, &document] {
            let why = why_refused(shelf.store(&[page.as_bytes(), behind].concat()).await);
            assert!(
                why.contains("Web pages") || why.contains("judged"),
                "{page}: {why}"
            );
        }
    }
    assert_eq!(shelf.on_disk(), 0);
}
