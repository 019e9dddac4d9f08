//! From a kind, a language and merge fields to subject, text and HTML. Texts are plain: whatever
//! people wrote is escaped in HTML, and only our own addresses become links.

use actix_web::http::Uri;
use askama::Template as _;
use serde_json::{Map, Value, json};

use super::catalogue::{Kind, Layout, Text, catalogue};
use super::merge::{merge, words_of};
use crate::platform::refusal::{Failure, Result};

/// The longest subject, in characters; what is longer is cut.
const SUBJECT_LIMIT: usize = 200;

/// The page on which reminders are turned off; the token of a link follows.
pub(super) const UNSUBSCRIBE_PAGE: &str = "/unsubscribe";

/// A message in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same in HTML.
    pub html: String,
}

/// What a message needs beside its fields.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// `server.public_url`: all links start with it.
    pub public_url: &'a str,
    /// The token of the kind's secret link, if it has one.
    pub token: Option<&'a str>,
    /// The path at which the reader turns reminders off, for reminders.
    pub unsubscribe_path: Option<&'a str>,
}

#[derive(askama::Template)]
#[template(path = "mail/message.html")]
struct Page<'a> {
    language: &'a str,
    subject: &'a str,
    paragraphs: Vec<Vec<&'a str>>,
    button: Option<Button<'a>>,
    words: &'a Layout,
    why: String,
    unsubscribe: Option<String>,
}

struct Button<'a> {
    label: &'a str,
    address: String,
}

/// Writes out a message.
///
/// # Errors
/// When the kind is unknown, a field is missing, or a secret link has no token.
pub fn render(
    kind: &str,
    language: &str,
    fields: &Map<String, Value>,
    around: Surroundings<'_>,
) -> Result<Rendered> {
    let kind = catalogue()?.kind(kind)?;
    let (language, text) = kind.text(language)?;
    let words = catalogue()?.layout(language)?.1;
    let subject = one_line(&merged(&text.subject, fields)?);
    let body = merged(text.body.trim(), fields)?;
    let page = Page {
        language,
        subject: &subject,
        paragraphs: paragraphs(&body),
        button: button(kind, text, fields, around)?,
        words,
        why: merged(&words.why, &site(around.public_url)?)?,
        unsubscribe: around
            .unsubscribe_path
            .map(|path| format!("{}{path}", around.public_url)),
    };
    let html = page
        .render()
        .map_err(|error| Failure::broken(format_args!("a message in HTML: {error}")))?;
    Ok(Rendered {
        text: plain(&page),
        html,
        subject,
    })
}

/// Writes out a message as its reader would see it, secret links apart: for previews.
///
/// # Errors
/// When the kind is unknown or a field is missing.
pub fn preview(
    kind: &str,
    language: &str,
    fields: &Map<String, Value>,
    public_url: &str,
) -> Result<Rendered> {
    let reminder = catalogue()?.kind(kind)?.reminder;
    let unsubscribe_path = reminder.then(|| format!("{UNSUBSCRIBE_PAGE}/…"));
    let around = Surroundings {
        public_url,
        token: Some("…"),
        unsubscribe_path: unsubscribe_path.as_deref(),
    };
    render(kind, language, fields, around)
}

/// The host of an address, as in `grants.example.org`, without the port.
///
/// # Errors
/// When the address has no host.
pub fn host_of(public_url: &str) -> Result<String> {
    public_url
        .parse::<Uri>()
        .ok()
        .and_then(|uri| uri.host().map(str::to_owned))
        .ok_or_else(|| {
            Failure::broken(format_args!("server.public_url {public_url:?} has no host"))
        })
}

fn merged(template: &str, fields: &Map<String, Value>) -> Result<String> {
    merge(template, fields).map_err(Failure::broken)
}

fn site(public_url: &str) -> Result<Map<String, Value>> {
    let fields = json!({ "site": host_of(public_url)? });
    Ok(fields.as_object().cloned().unwrap_or_default())
}

fn one_line(subject: &str) -> String {
    let words: Vec<&str> = subject.split_whitespace().collect();
    words.join(" ").chars().take(SUBJECT_LIMIT).collect()
}

/// Paragraphs are parted by empty lines; within one, line breaks stay.
fn paragraphs(body: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = body.lines().map(str::trim_end).collect();
    lines
        .split(|line| line.is_empty())
        .filter(|paragraph| !paragraph.is_empty())
        .map(<[&str]>::to_vec)
        .collect()
}

fn button<'t>(
    kind: &Kind,
    text: &'t Text,
    fields: &Map<String, Value>,
    around: Surroundings<'_>,
) -> Result<Option<Button<'t>>> {
    let Some(action) = &text.action else {
        return Ok(None);
    };
    let path = if kind.link_field.as_ref() == Some(&action.path_field) {
        let page = kind.page.as_deref().unwrap_or_default();
        let token = around
            .token
            .ok_or_else(|| Failure::broken("a secret link has no token"))?;
        format!("{page}/{token}")
    } else {
        fields
            .get(&action.path_field)
            .and_then(words_of)
            .ok_or_else(|| Failure::broken("a button leads nowhere"))?
    };
    Ok(Some(Button {
        label: &action.label,
        address: format!("{}{path}", around.public_url),
    }))
}

fn plain(page: &Page<'_>) -> String {
    let mut parts: Vec<String> = page
        .paragraphs
        .iter()
        .map(|paragraph| paragraph.join("\n"))
        .collect();
    if let Some(button) = &page.button {
        parts.push(format!("{}:\n{}", button.label, button.address));
    }
    let stop = page
        .unsubscribe
        .as_ref()
        .map(|address| format!("{}\n{address}\n", page.words.unsubscribe));
    let why = &page.why;
    parts.push(format!("-- \n{why}\n{}", stop.unwrap_or_default()));
    parts.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const AROUND: Surroundings<'_> = Surroundings {
        public_url: "https://grants.example.org",
        token: None,
        unsubscribe_path: None,
    };

    fn held_back(reason: &str) -> Rendered {
        let fields = json!({"reason": reason, "since": "yesterday"});
        render("mail-paused", "en", fields.as_object().unwrap(), AROUND).unwrap()
    }

    #[test]
    fn what_people_wrote_is_escaped_in_html_and_left_alone_in_text() {
        let rendered = held_back("<script>alert(1)</script> & \"x\"");
        assert!(rendered.text.contains("<script>alert(1)</script> & \"x\""));
        assert!(!rendered.html.contains("<script>"), "{}", rendered.html);
    }

    #[test]
    fn line_breaks_stay_and_empty_lines_part_paragraphs() {
        let parts = paragraphs("a\nb\n\n\n  c  \n");
        assert_eq!(parts, [vec!["a", "b"], vec!["  c"]]);
    }

    #[test]
    fn a_subject_is_one_line_of_bounded_length() {
        assert_eq!(
            one_line("a\r\nBcc: x@example.org\n"),
            "a Bcc: x@example.org"
        );
        assert_eq!(one_line(&"x".repeat(1000)).len(), SUBJECT_LIMIT);
    }

    #[test]
    fn the_host_has_no_port() {
        assert_eq!(host_of("http://localhost:8080").unwrap(), "localhost");
        assert!(host_of("nowhere").is_err() || host_of("/nowhere").is_err());
    }
}
