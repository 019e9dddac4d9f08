//! Times in letters: in the time zone of the competition, and beside it in the reader's own where
//! that shows another hour. Who writes a letter names the moment; only when it is known who reads
//! it is the moment put into words.

use jiff::Zoned;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::catalogue::FALLBACK;
use crate::platform::clock::Instant;

/// Noncharacters, which Unicode keeps for what never leaves a program, enclose a moment.
const OPENS: char = '\u{FDD0}';
const CLOSES: char = '\u{FDD1}';

/// What is to be known of who reads.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// The language, as BCP 47.
    pub language: &'a str,
    /// Their time zone by its IANA name, if they told it.
    pub time_zone: Option<&'a str>,
}

/// A moment within a text that is not yet for a certain reader; `zone` is the competition's.
pub fn moment(at: Instant, zone: &str) -> String {
    format!("{OPENS}{at} {zone}{CLOSES}")
}

/// The text with its moments in words for this reader.
pub fn for_reader(text: &str, reader: Reader<'_>) -> String {
    let mut words = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPENS) {
        words.push_str(before);
        let Some((inner, after)) = after.split_once(CLOSES) else {
            rest = after;
            continue;
        };
        let told = inner
            .split_once(' ')
            .and_then(|(at, zone)| Some((Instant::parse(at).ok()?, zone)))
            .map(|(at, zone)| in_words(at, zone, reader));
        words.push_str(told.as_deref().unwrap_or(inner));
        rest = after;
    }
    words.push_str(rest);
    words
}

/// The merge fields with their moments in words for this reader.
pub fn fields_for_reader(fields: &Map<String, Value>, reader: Reader<'_>) -> Map<String, Value> {
    let told = |value: &Value| match value {
        Value::String(text) => for_reader(text, reader).into(),
        other => other.clone(),
    };
    fields
        .iter()
        .map(|(name, value)| (name.clone(), told(value)))
        .collect()
}

/// `Fri 24 April 2026, 17:00 EDT (23:00 CEST)`: the reader's hour in brackets, with its day where
/// that is another.
fn in_words(at: Instant, zone: &str, reader: Reader<'_>) -> String {
    let Ok(there) = at.timestamp().in_tz(zone) else {
        return at.to_string();
    };
    let words = there.strftime(day_and_hour(reader.language)).to_string();
    let here = reader
        .time_zone
        .and_then(|zone| TimeZone::get(zone).ok())
        .map(|zone| at.timestamp().to_zoned(zone))
        .filter(|here| here.offset() != there.offset());
    match here {
        None => words,
        Some(here) => format!("{words} ({})", here.strftime(beside(&here, &there, reader))),
    }
}

fn beside(here: &Zoned, there: &Zoned, reader: Reader<'_>) -> &'static str {
    if here.date() == there.date() {
        "%H:%M %Z"
    } else {
        day_and_hour(reader.language)
    }
}

/// In words in English; in figures elsewhere, since names of days and months are English.
fn day_and_hour(language: &str) -> &'static str {
    if language.starts_with(FALLBACK) {
        "%a %-d %B %Y, %H:%M %Z"
    } else {
        "%Y-%m-%d, %H:%M %Z"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(language: &str, time_zone: Option<&str>) -> String {
        let deadline = Instant::parse("2026-04-24T21:00:00Z").unwrap();
        let text = format!("By {}.", moment(deadline, "America/New_York"));
        for_reader(
            &text,
            Reader {
                language,
                time_zone,
            },
        )
    }

    #[test]
    fn the_readers_hour_stands_beside_where_it_is_another() {
        for (language, zone, words) in [
            ("en", None, "By Fri 24 April 2026, 17:00 EDT."),
            (
                "en",
                Some("America/Detroit"),
                "By Fri 24 April 2026, 17:00 EDT.",
            ),
            (
                "en",
                Some("Europe/Berlin"),
                "By Fri 24 April 2026, 17:00 EDT (23:00 CEST).",
            ),
            (
                "en-GB",
                Some("Asia/Kolkata"),
                "By Fri 24 April 2026, 17:00 EDT (Sat 25 April 2026, 02:30 IST).",
            ),
            (
                "es",
                Some("Europe/Madrid"),
                "By 2026-04-24, 17:00 EDT (23:00 CEST).",
            ),
            (
                "en",
                Some("Mars/Olympus"),
                "By Fri 24 April 2026, 17:00 EDT.",
            ),
        ] {
            assert_eq!(told(language, zone), words, "{language} {zone:?}");
        }
    }

    #[test]
    fn what_is_no_moment_stays() {
        let reader = Reader {
            language: "en",
            time_zone: None,
        };
        for (text, kept) in [
            ("", ""),
            ("plain", "plain"),
            ("a \u{FDD0}b", "a b"),
            ("\u{FDD0}x\u{FDD1}", "x"),
            ("\u{FDD0}x y\u{FDD1}z", "x yz"),
        ] {
            assert_eq!(for_reader(text, reader), kept);
        }
    }
}
