//! From words to bytes: the headers and parts of one message to one recipient. Every header is
//! built from typed values, so nothing that people wrote can add another.

use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};

use super::render::{Rendered, host_of};
use super::settings::Settings;
use crate::platform::clock::Instant;
use crate::platform::ids::MessageId;

/// A message as it goes out.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Names it everywhere: `civitas-{row id}`, without the host.
    pub name: String,
    /// One sender, one recipient.
    pub envelope: Envelope,
    /// Headers and body, with line ends as mail servers want them.
    pub bytes: Vec<u8>,
}

/// What a message carries beside its words.
#[derive(Clone, Copy, Debug)]
pub struct Heading<'a> {
    /// The row of the outbox.
    pub id: MessageId,
    /// The recipient's address.
    pub to: &'a str,
    /// Its date.
    pub at: Instant,
    /// Where reminders are turned off: the path, for reminders.
    pub unsubscribe_path: Option<&'a str>,
}

/// The local part of every `Message-ID`, before the row's id.
const PREFIX: &str = "civitas-";

/// The `Message-ID` of a row, without angle brackets: the same at every attempt, so that a
/// repeated message can be told.
pub fn message_id(id: MessageId, host: &str) -> String {
    format!("{PREFIX}{id}@{host}")
}

/// The row that a `Message-ID` names, with or without angle brackets; none if another program
/// made it.
pub fn row_of(message_id: &str) -> Option<MessageId> {
    let (name, _) = message_id.trim().trim_start_matches('<').split_once('@')?;
    let digits = name.strip_prefix(PREFIX)?;
    digits.parse().ok().map(MessageId)
}

/// Puts a message together.
///
/// # Errors
/// When the sender's or the recipient's address is none; says so in words.
pub fn compose(
    settings: &Settings,
    heading: Heading<'_>,
    words: &Rendered,
) -> Result<Outgoing, String> {
    let host = host_of(&settings.public_url).map_err(|failure| failure.to_string())?;
    let from = address(&settings.from)?;
    let to = address(heading.to)?;
    let id = message_id(heading.id, &host);
    let mut message = Message::builder()
        .from(Mailbox::new(name(&settings.from_name), from))
        .to(Mailbox::new(None, to))
        .subject(&words.subject)
        .message_id(Some(format!("<{id}>")))
        .date(std::time::SystemTime::from(heading.at.timestamp()))
        .raw_header(header("Auto-Submitted", "auto-generated"));
    if let Some(path) = heading.unsubscribe_path {
        let link = format!("<{}{path}>", settings.public_url);
        // The page acts on any POST, so mail programs may do it in one click (RFC 8058).
        message = message
            .raw_header(header("List-Unsubscribe", &link))
            .raw_header(header(
                "List-Unsubscribe-Post",
                "List-Unsubscribe=One-Click",
            ));
    }
    let message = message
        .multipart(MultiPart::alternative_plain_html(
            words.text.clone(),
            words.html.clone(),
        ))
        .map_err(|error| error.to_string())?;
    Ok(Outgoing {
        name: format!("{PREFIX}{}", heading.id),
        envelope: message.envelope().clone(),
        bytes: message.formatted(),
    })
}

/// A header whose value is ours and plain; any other character would be encoded.
fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// A sender's name, without the control characters that lettre would stumble over.
fn name(text: &str) -> Option<String> {
    let name: String = text.chars().filter(|c| !c.is_control()).collect();
    (!name.trim().is_empty()).then_some(name)
}

fn address(text: &str) -> Result<Address, String> {
    text.parse()
        .map_err(|error| format!("{text:?} is no e-mail address: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::mail::settings::Way;

    fn settings() -> Settings {
        Settings {
            public_url: "https://grants.example.org".into(),
            from: "grants@example.org".into(),
            from_name: "Grants \"and\" <more>\r\nBcc: x@example.org".into(),
            way: Way::Folder("mail".into()),
            lease_seconds: 600,
            per_minute: 0,
        }
    }

    fn composed(to: &str, subject: &str) -> Result<String, String> {
        let words = Rendered {
            subject: subject.into(),
            text: "Grüße\n.\nBye\n".into(),
            html: "<p>Grüße</p>".into(),
        };
        let heading = Heading {
            id: MessageId(12),
            to,
            at: Instant::from_micros(1_777_064_400_000_000),
            unsubscribe_path: Some("/unsubscribe/abc"),
        };
        let outgoing = compose(&settings(), heading, &words)?;
        Ok(String::from_utf8(outgoing.bytes).unwrap())
    }

    #[test]
    fn headers_say_what_they_should() {
        let message = composed("ada@example.org", "Größe").unwrap();
        for line in [
            "Message-ID: <civitas-12@grants.example.org>\r\n",
            "To: ada@example.org\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "List-Unsubscribe: <https://grants.example.org/unsubscribe/abc>\r\n",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
            "Date: Fri, 24 Apr 2026 21:00:00 +0000\r\n",
            "Content-Type: multipart/alternative;",
        ] {
            assert!(message.contains(line), "{line}\n{message}");
        }
        assert!(message.is_ascii());
    }

    #[test]
    fn no_value_adds_a_header() {
        let message =
            composed("ada@example.org", "Hello\r\nBcc: eve@example.org\r\n\r\nx").unwrap();
        let (head, _) = message.split_once("\r\n\r\n").unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
        for wrong in [
            "",
            "nobody",
            "a@b\r\nRCPT TO:<c@d>",
            "a b@example.org",
            "<a@example.org>",
        ] {
            assert!(composed(wrong, "Hello").is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_message_id_leads_back_to_its_row() {
        let id = message_id(MessageId(12), "grants.example.org");
        assert_eq!(row_of(&format!("<{id}>")), Some(MessageId(12)));
        assert_eq!(row_of("civitas-x@example.org"), None);
        assert_eq!(row_of("12@example.org"), None);
    }
}
