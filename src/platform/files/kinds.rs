//! What an upload is, judged by its content alone: names and headers can say anything.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::PIECE;

/// The kinds of file that are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Portable Document Format.
    Pdf,
    /// Picture.
    Png,
    /// Photograph.
    Jpeg,
    /// Word document.
    Docx,
    /// Excel workbook.
    Xlsx,
    /// Slides of Microsoft Office.
    Pptx,
    /// Text of Open Document Format.
    Odt,
    /// Spreadsheet of Open Document Format.
    Ods,
    /// Plain text in UTF-8, tables as comma-separated values among it.
    Text,
}

/// What is told when the content is none of the kinds.
const TAKEN: &str = "PDF, PNG, JPEG, Word, Excel, PowerPoint and OpenDocument files, and plain \
                     text in UTF-8 are taken here, judged by their content.";
const EMPTY: &str = "The file is empty.";
const MACROS: &str = "Documents with macros are not taken: save it without them.";
const CROWDED: &str = "Documents with so many parts are not taken: save it as PDF.";
const MARKUP: &str = "Web pages, drawings in SVG and scripts are not taken here.";

impl Kind {
    /// The media type that the file is served under.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Pptx => {
                "application/vnd.openxmlformats-officedocument.presentationml.presentation"
            }
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Text => "text/plain; charset=utf-8",
        }
    }
}

/// The endings that a file of this media type may have; the first is given to one that has none of
/// them, so that nothing opens as what it is not.
fn endings(media_type: &str) -> &'static [&'static str] {
    match media_type {
        "application/pdf" => &["pdf"],
        "image/png" => &["png"],
        "image/jpeg" => &["jpg", "jpeg"],
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => &["docx"],
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => &["xlsx"],
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => &["pptx"],
        "application/vnd.oasis.opendocument.text" => &["odt"],
        "application/vnd.oasis.opendocument.spreadsheet" => &["ods"],
        _ => &["txt", "csv", "tsv", "md"],
    }
}

/// The name with an ending that goes with the media type.
pub fn named_as(name: &str, media_type: &str) -> String {
    let fitting = endings(media_type);
    let ending = name
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_lowercase());
    if ending.is_some_and(|ending| fitting.contains(&ending.as_str())) {
        return name.to_owned();
    }
    format!("{name}.{}", fitting[0])
}

/// The kind of the file, or why it is not taken.
pub fn judge(file: &mut File) -> io::Result<Result<Kind, &'static str>> {
    let head = head_of(file)?;
    if head.is_empty() {
        return Ok(Err(EMPTY));
    }
    file.rewind()?;
    match infer::get(&head).map(|found| found.mime_type()) {
        Some("application/pdf") if begins_as_pdf(&head) => Ok(Ok(Kind::Pdf)),
        Some("image/png") => Ok(Ok(Kind::Png)),
        Some("image/jpeg") => Ok(Ok(Kind::Jpeg)),
        _ if head.starts_with(b"PK\x03\x04") => Ok(inside_zip(file)),
        Some("text/html" | "text/xml" | "text/x-shellscript") => Ok(Err(MARKUP)),
        _ if is_markup(&head) => Ok(Err(MARKUP)),
        Some(_) => Ok(Err(TAKEN)),
        None => Ok(if is_text(file)? {
            Ok(Kind::Text)
        } else {
            Err(TAKEN)
        }),
    }
}

/// Readers look for a PDF's first line further down too: a web page could stand before it.
fn begins_as_pdf(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    head.trim_ascii_start().starts_with(b"%PDF-")
}

fn head_of(file: &mut File) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(0))?;
    let mut head = Vec::new();
    Read::take(file, 8192).read_to_end(&mut head)?;
    Ok(head)
}

/// Members that a document may have.
const MEMBERS_AT_MOST: usize = 10_000;

/// Bytes read of an archive, nearly all of its list of members, which is kept in memory.
const READ_OF_ARCHIVES: usize = 2 * 1024 * 1024;

/// Reads no more than so many bytes in all.
struct Frugal<R> {
    from: R,
    left: usize,
}

impl<R: Read> Read for Frugal<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && !into.is_empty() {
            return Err(io::Error::other("read enough"));
        }
        let most = into.len().min(self.left);
        let read = self.from.read(&mut into[..most])?;
        self.left -= read;
        Ok(read)
    }
}

impl<R: Seek> Seek for Frugal<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.from.seek(to)
    }
}

/// Office files are archives with certain members; any other archive is refused. Nothing in them
/// is unpacked.
fn inside_zip(file: &File) -> Result<Kind, &'static str> {
    let mut reader = Frugal {
        from: io::BufReader::new(file),
        left: READ_OF_ARCHIVES,
    };
    let begins = zip::read::Config {
        archive_offset: zip::read::ArchiveOffset::Known(0),
    };
    let Ok(mut archive) = zip::ZipArchive::with_config(begins, &mut reader) else {
        return Err(if reader.left == 0 { CROWDED } else { TAKEN });
    };
    if archive.len() > MEMBERS_AT_MOST {
        return Err(CROWDED);
    }
    let has = |name: &str| archive.index_for_name(name).is_some();
    if archive
        .file_names()
        .any(|name| name.is_ok_and(|name| holds_macros(&name)))
    {
        return Err(MACROS);
    }
    let is_open_xml = has("[Content_Types].xml");
    let parts = [
        ("word/document.xml", Kind::Docx),
        ("xl/workbook.xml", Kind::Xlsx),
        ("ppt/presentation.xml", Kind::Pptx),
    ];
    if let Some((_, kind)) = parts.iter().find(|(part, _)| is_open_xml && has(part)) {
        return Ok(*kind);
    }
    if !has("content.xml") {
        return Err(TAKEN);
    }
    let mut declared = String::new();
    if let Ok(member) = archive.by_name("mimetype") {
        // Stored without compression, says OpenDocument 1.3 part 2, 3.3.
        member
            .take(128)
            .read_to_string(&mut declared)
            .map_err(|_| TAKEN)?;
    }
    [Kind::Odt, Kind::Ods]
        .into_iter()
        .find(|kind| kind.media_type() == declared)
        .ok_or(TAKEN)
}

fn holds_macros(member: &str) -> bool {
    let member = member.to_lowercase();
    let folders = ["basic/", "scripts/"];
    member.ends_with("vbaproject.bin") || folders.iter().any(|folder| member.starts_with(folder))
}

/// Text that a browser or a shell could take for something to run.
fn is_markup(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head).to_lowercase();
    let start = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let begins = [
        "<?xml",
        "<!doctype",
        "<svg",
        "<html",
        "<script",
        "<!--",
        "#!",
        "%!ps",
    ];
    let holds = ["<script", "<svg", "<html", "<iframe"];
    begins.iter().any(|mark| start.starts_with(mark))
        || holds.iter().any(|mark| text.contains(mark))
}

/// Whether all of the file is UTF-8 without control characters other than white space.
fn is_text(file: &mut File) -> io::Result<bool> {
    let mut piece = vec![0; PIECE];
    let mut cut_off = 0;
    loop {
        let read = file.read(&mut piece[cut_off..])?;
        let filled = &piece[..cut_off + read];
        if read == 0 {
            return Ok(cut_off == 0);
        }
        let whole = match std::str::from_utf8(filled) {
            Ok(text) => text.len(),
            // A character may lie across two pieces.
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return Ok(false),
        };
        let is_control = |byte: &u8| *byte < 32 && !matches!(byte, b'\t' | b'\n' | b'\r' | 12);
        if filled[..whole].iter().any(is_control) {
            return Ok(false);
        }
        let end = filled.len();
        piece.copy_within(whole..end, 0);
        cut_off = end - whole;
    }
}
