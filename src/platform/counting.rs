//! How words and characters are counted: one way, for pages, drafts and submissions.

use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

/// The number of words after NFC normalisation, by the word boundaries of Unicode (UAX 29):
/// what holds a letter or a digit is a word, punctuation is not. `don't` and `3.5` are one word
/// each, `cross-sector` is two.
pub fn words(text: &str) -> usize {
    let text: String = text.nfc().collect();
    text.unicode_words().count()
}

/// The number of characters as people see them, after NFC normalisation.
pub fn characters(text: &str) -> usize {
    if text.is_ascii() && !text.contains('\r') {
        return text.len();
    }
    let text: String = text.nfc().collect();
    text.graphemes(true).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_people_call_words() {
        for (text, count) in [
            ("", 0),
            (" \n\t ", 0),
            ("— … !", 0),
            ("One table.", 2),
            ("don't", 1),
            ("3.5 percent", 2),
            ("cross-sector", 2),
            ("e\u{301}cole", 1),
            ("a\u{a0}b\nc", 3),
        ] {
            assert_eq!(words(text), count, "{text:?}");
        }
    }

    #[test]
    fn both_spellings_of_an_accent_count_alike() {
        assert_eq!(characters("e\u{301}"), 1);
        assert_eq!(characters("\u{e9}"), 1);
        assert_eq!(words("Ho\u{302}tel"), words("H\u{f4}tel"));
    }
}
