//! Reports of mail that came back (RFC 3464): which message, and whether for good.

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders as _};

use super::compose::row_of;
use super::store;
use crate::platform::db::Writes;
use crate::platform::ids::{CoalitionId, CompetitionId, MessageId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result};

/// What a report says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The message that it is about.
    pub message: MessageId,
    /// The status code, for example `5.1.1`.
    pub status: String,
    /// What the reporting server was told, as far as the report says.
    pub diagnosis: String,
    /// Whether delivery failed for good.
    pub permanent: bool,
}

/// A message that came back, after noting it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounced {
    /// What the report says.
    pub report: Report,
    /// The competition that the message belongs to.
    pub competition: Option<CompetitionId>,
    /// The coalition that it is about.
    pub coalition: Option<CoalitionId>,
}

/// Reports are short: they quote a letter of ours, and those have no attachments.
const LARGEST: usize = 256 * 1024;

/// A report holds the letter, perhaps within another report. The parser descends by recursion, so
/// what a stranger sends must not be deeper than its stack.
const WITHIN_AT_MOST: usize = 10;

/// How many messages may lie within each other.
fn messages_within(eml: &[u8]) -> usize {
    let kind = b"message/";
    eml.windows(kind.len())
        .filter(|found| found.eq_ignore_ascii_case(kind))
        .count()
}

/// Reads a delivery report as it came by mail.
///
/// # Errors
/// When it is no report, or not about a message of ours: says which.
pub fn read(eml: &[u8]) -> Result<Report> {
    if eml.len() > LARGEST || messages_within(eml) > WITHIN_AT_MOST {
        return Err(not_a_report(
            "A delivery report is shorter and simpler than this.",
        ));
    }
    let mail = MessageParser::default()
        .parse(eml)
        .ok_or_else(|| not_a_report("This is not an e-mail."))?;
    let status_part = mail
        .parts
        .iter()
        .find(|part| is_of_type(part, "message", "delivery-status"))
        .ok_or_else(|| not_a_report("This e-mail holds no delivery report (RFC 3464)."))?;
    let fields = unfolded(status_part.contents());
    let status = field(&fields, "status").ok_or_else(|| not_a_report("No status is reported."))?;
    let action = field(&fields, "action").unwrap_or_default();
    let message = original(&mail)
        .ok_or_else(|| not_a_report("The report is not about a message that Civitas sent."))?;
    Ok(Report {
        message,
        permanent: is_final(&action, &status),
        status: cut(&status, 20),
        diagnosis: cut(&field(&fields, "diagnostic-code").unwrap_or_default(), 500),
    })
}

/// Reads a delivery report and notes it on its message; delivery that failed for good makes it a
/// dead letter. A report that comes twice changes nothing more.
///
/// # Errors
/// When it can't be read, or its message is not (or no longer) here.
pub fn hand_in(w: &mut Writes<'_>, eml: &[u8]) -> Result<Bounced> {
    note(w, read(eml)?)
}

/// Notes a report on its message.
///
/// # Errors
/// When the message is not (or no longer) here.
pub fn note(w: &mut Writes<'_>, report: Report) -> Result<Bounced> {
    let why = format!("came back: {} {}", report.status, report.diagnosis);
    let about = store::came_back(w, report.message, why.trim_end(), report.permanent)?;
    let (competition, coalition) = about.or_not_found()?;
    Ok(Bounced {
        report,
        competition,
        coalition,
    })
}

/// Whether delivery has failed for good: as the action says (RFC 3464, section 2.3.3), whatever the
/// class of the status (a server that gives up after days reports `failed` with `4.x.x`); the
/// class tells only where no action is given.
fn is_final(action: &str, status: &str) -> bool {
    if action.is_empty() {
        status.starts_with('5')
    } else {
        action.eq_ignore_ascii_case("failed")
    }
}

/// Which message of ours the report returns, whole or by its headers.
fn original(mail: &Message<'_>) -> Option<MessageId> {
    mail.parts.iter().find_map(|part| {
        if let Some(returned) = part.message() {
            return returned.message_id().and_then(row_of);
        }
        let headers = is_of_type(part, "text", "rfc822-headers")
            || is_of_type(part, "message", "rfc822-headers");
        headers
            .then(|| field(&unfolded(part.contents()), "message-id"))
            .flatten()
            .and_then(|id| row_of(&id))
    })
}

fn is_of_type(part: &MessagePart<'_>, kind: &str, subtype: &str) -> bool {
    part.content_type().is_some_and(|is| {
        is.ctype().eq_ignore_ascii_case(kind)
            && is
                .subtype()
                .is_some_and(|is| is.eq_ignore_ascii_case(subtype))
    })
}

/// Header lines with their continuations joined (RFC 5322, section 2.2.3).
fn unfolded(bytes: &[u8]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in String::from_utf8_lossy(bytes).lines() {
        match lines.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => lines.push(line.trim_end().to_owned()),
        }
    }
    lines
}

/// The value of the first field of this name.
fn field(lines: &[String], name: &str) -> Option<String> {
    lines.iter().find_map(|line| {
        let (field, value) = line.split_once(':')?;
        field
            .trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().to_owned())
    })
}

fn cut(text: &str, characters: usize) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(characters)
        .collect()
}

fn not_a_report(why: &str) -> Failure {
    Failure::invalid("", why)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "From: MAILER-DAEMON@mx.example.org\r\n\
        To: grants@example.org\r\n\
        Subject: Undelivered Mail Returned to Sender\r\n\
        MIME-Version: 1.0\r\n\
        Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
        --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
        --b\r\nContent-Type: message/delivery-status\r\n\r\n\
        Reporting-MTA: dns; mx.example.org\r\n\r\n\
        Final-Recipient: rfc822; nobody@example.org\r\nAction: ACTION\r\nStatus: STATUS\r\n\
        Diagnostic-Code: smtp; 550 5.1.1 <nobody@example.org>:\r\n    User unknown\r\n\r\n\
        --b\r\nContent-Type: RETURNED\r\n\r\n\
        From: grants@example.org\r\nMessage-ID: <civitas-77@grants.example.org>\r\n\
        Subject: Hello\r\n\r\nHello\r\n--b--\r\n";

    fn report(action: &str, status: &str, returned: &str) -> String {
        REPORT
            .replace("ACTION", action)
            .replace("STATUS", status)
            .replace("RETURNED", returned)
    }

    #[test]
    fn what_a_stranger_nests_is_refused_before_it_is_descended_into() {
        let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(8_000);
        let long = "a".repeat(LARGEST + 1);
        for eml in [nested, long] {
            let refused = read(eml.as_bytes()).unwrap_err().to_string();
            assert!(refused.contains("shorter and simpler"), "{refused}");
        }
    }

    #[test]
    fn a_report_names_its_message_whole_or_by_headers() {
        for returned in ["message/rfc822", "text/rfc822-headers"] {
            let read = read(report("failed", "5.1.1", returned).as_bytes()).unwrap();
            assert_eq!(read.message, MessageId(77));
            assert_eq!(read.status, "5.1.1");
            assert!(read.permanent);
            assert_eq!(
                read.diagnosis,
                "smtp; 550 5.1.1 <nobody@example.org>: User unknown"
            );
        }
    }

    #[test]
    fn the_action_tells_whether_it_is_for_good_and_without_one_the_status() {
        for (action, status, permanent) in [
            ("failed", "5.1.1", true),
            ("Failed", "4.2.2", true),
            ("failed", "4.4.7", true),
            ("delayed", "4.4.1", false),
            ("delayed", "5.4.1", false),
            ("relayed", "5.0.0", false),
            ("", "5.1.1", true),
            ("", "4.4.7", false),
        ] {
            let read = read(report(action, status, "message/rfc822").as_bytes()).unwrap();
            assert_eq!(read.permanent, permanent, "{action:?} {status}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let foreign = report("failed", "5.1.1", "message/rfc822").replace("civitas-", "other-");
        for wrong in [
            "",
            "Subject: hi\r\n\r\nhello",
            foreign.as_str(),
            "\u{0}\u{1}",
        ] {
            assert!(
                matches!(read(wrong.as_bytes()), Err(Failure::Refused(_))),
                "{wrong}"
            );
        }
    }
}
