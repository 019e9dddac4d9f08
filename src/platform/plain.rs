//! Characters that mislead whoever reads a name, a title or a file's name.

use super::refusal::FieldError;

/// Whether a character turns the direction of what follows, breaks the line unseen, or is not seen
/// at all: a name with it can look like another. Joiners stay, which some scripts are written with.
pub fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{200b}'
                | '\u{200e}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// What is wrong with a text that others read on one line, like a name or a title, if anything.
pub fn objection(pointer: impl Into<String>, text: &str) -> Option<FieldError> {
    let (place, unseen) = (1..).zip(text.chars()).find(|(_, c)| misleads(*c))?;
    let words = format!(
        "One line of plain text, without characters that nobody sees: character {place} is U+{:04X}.",
        u32::from(unseen)
    );
    Some(FieldError::at(pointer, words))
}

#[cfg(test)]
mod tests {
    use super::misleads;

    #[test]
    fn what_is_not_seen_or_turns_the_line_misleads_and_scripts_do_not() {
        for text in [
            "José",
            "محمد",
            "می‌خواهم",
            "李小龍",
            "क्षि",
            "O'Neil-Ångström",
            "e\u{301}",
        ] {
            assert!(!text.chars().any(misleads), "{text}");
        }
        for c in [
            '\0',
            '\n',
            '\u{1b}',
            '\u{202e}',
            '\u{2067}',
            '\u{200b}',
            '\u{2028}',
            '\u{feff}',
            '\u{e0041}',
        ] {
            assert!(misleads(c), "{:x}", u32::from(c));
        }
    }
}
