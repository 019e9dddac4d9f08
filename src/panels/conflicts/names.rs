//! Names of people, organisations, cities and mail domains, made comparable.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::platform::mail_providers;

/// Legal forms say nothing about who an organisation is. "Foundation", "Trust" and "Bank" stay:
/// the Ford Foundation is not Ford.
const LEGAL_FORMS: &[&str] = &[
    "ag",
    "co",
    "company",
    "corp",
    "corporation",
    "gmbh",
    "inc",
    "incorporated",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "na",
    "pbc",
    "pc",
    "plc",
    "pllc",
    "sa",
];

/// Words that people leave out or put in.
const LINK_WORDS: &[&str] = &["a", "an", "and", "at", "for", "in", "of", "the"];

/// What people write who belong to no organisation.
const NO_ORGANISATION: &[&str] = &[
    "consultant",
    "freelance",
    "freelancer",
    "independent",
    "independent consultant",
    "n a",
    "none",
    "not applicable",
    "private",
    "resident",
    "retired",
    "self",
    "self employed",
    "student",
    "unemployed",
    "volunteer",
];

/// Before or after a name, and no part of it.
const TITLES: &[&str] = &[
    "dr",
    "esq",
    "hon",
    "ii",
    "iii",
    "iv",
    "jr",
    "md",
    "miss",
    "mr",
    "mrs",
    "ms",
    "mx",
    "phd",
    "prof",
    "professor",
    "rev",
    "sir",
    "sr",
];

/// A word of a text: how it compares, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Lower case, without accents and apostrophes.
    pub folded: String,
    /// Byte offset of its first letter.
    pub from: usize,
    /// Byte offset after its last.
    pub to: usize,
    /// Whether it is written with a capital.
    pub capital: bool,
}

/// The words of a text, with "&" read as "and".
pub fn words(text: &str) -> Vec<Word> {
    text.split_word_bound_indices()
        .filter(|(_, piece)| *piece == "&" || piece.chars().any(char::is_alphanumeric))
        .map(|(from, piece)| Word {
            folded: if piece == "&" {
                "and".into()
            } else {
                fold(piece)
            },
            from,
            to: from + piece.len(),
            capital: piece.chars().next().is_some_and(char::is_uppercase),
        })
        .collect()
}

/// Lower case, without accents; only letters and digits.
fn fold(word: &str) -> String {
    word.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
        .collect()
}

fn folded(text: &str) -> Vec<String> {
    // "L.L.C." and "U.S." are read as one word each.
    let undotted: String = text.chars().filter(|c| *c != '.').collect();
    words(&undotted)
        .into_iter()
        .map(|word| word.folded)
        .collect()
}

/// Whether a word of a text is left out when names of organisations are compared.
pub fn is_link_word(word: &str) -> bool {
    LINK_WORDS.contains(&word)
}

/// The words by which an organisation is known; none when the text names no organisation.
/// "City of Lawrence", "Lawrence City Hall" and "The City Government of Lawrence" are one.
pub fn organisation(text: &str) -> Vec<String> {
    let plain = folded(text);
    if NO_ORGANISATION.contains(&plain.join(" ").as_str()) {
        return Vec::new();
    }
    let mut kept: Vec<String> = plain
        .into_iter()
        .filter(|word| !is_link_word(word))
        .collect();
    while kept.len() > 1
        && kept
            .last()
            .is_some_and(|last| LEGAL_FORMS.contains(&last.as_str()))
    {
        kept.pop();
    }
    government(kept)
}

fn government(mut words: Vec<String>) -> Vec<String> {
    const SEATS: [&str; 3] = ["hall", "government", "administration"];
    for kind in ["city", "town", "county"] {
        let at = words
            .windows(2)
            .position(|pair| pair[0] == kind && SEATS.contains(&pair[1].as_str()));
        if let Some(at) = at {
            words.drain(at..at + 2);
            words.insert(0, kind.into());
        }
    }
    words
}

/// The words of a person's name in the usual order, without titles and middle initials; none when
/// there is no name.
pub fn person(text: &str) -> Vec<String> {
    let turned = match text.split_once(',') {
        Some((last, first)) if !TITLES.contains(&fold(first).as_str()) => format!("{first} {last}"),
        _ => text.to_owned(),
    };
    let mut words = folded(&turned);
    words.retain(|word| word.chars().count() > 1 && !TITLES.contains(&word.as_str()));
    words
}

/// A city and, where it is told, its region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct City {
    name: Vec<String>,
    region: String,
}

impl City {
    /// Reads "Lawrence", "City of Lawrence" or "Lawrence, MA".
    pub fn read(text: &str) -> Self {
        let (name, region) = text.split_once(',').unwrap_or((text, ""));
        Self::of(name, region)
    }

    /// A city of a region, which may be empty.
    pub fn of(name: &str, region: &str) -> Self {
        let mut name: Vec<String> = folded(name)
            .into_iter()
            .filter(|word| !is_link_word(word))
            .collect();
        if name.len() > 1 && matches!(name[0].as_str(), "city" | "town" | "county") {
            name.remove(0);
        }
        let region = region.split(',').next().unwrap_or_default();
        Self {
            name,
            region: folded(region).concat(),
        }
    }

    /// Whether both mean the same city, as far as can be told.
    pub fn is_same_as(&self, other: &Self) -> bool {
        !self.name.is_empty()
            && self.name == other.name
            && regions_agree(&self.region, &other.region)
    }
}

/// An unknown region agrees with all; "MA" agrees with "Massachusetts".
fn regions_agree(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    if short.is_empty() || short == long {
        return true;
    }
    let mut letters = long.chars();
    short.len() == 2
        && short.chars().next() == long.chars().next()
        && short.chars().all(|c| letters.any(|letter| letter == c))
}

/// The mail domain of an address (or a bare domain), unless anyone can have a mailbox there.
pub fn own_mail_domain(address: &str) -> Option<String> {
    let domain = address
        .rsplit('@')
        .next()?
        .trim()
        .trim_end_matches('.')
        .to_lowercase();
    let usable = domain.contains('.') && !mail_providers::is_public(&domain);
    usable.then_some(domain)
}

/// Whether two domains are the same or one lies within the other.
pub fn same_domain(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner
            .strip_suffix(outer)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    within(one, other) || within(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn organisations_are_the_same_whatever_their_spelling() {
        let same = [
            ("Lawrence CommunityWorks, Inc.", "LAWRENCE COMMUNITYWORKS"),
            ("City of Lawrence", "Lawrence City Hall"),
            ("The City of Lawrence", "city government of Lawrence"),
            ("Smith & Sons L.L.C.", "Smith and Sons"),
            ("Université de Montréal", "universite de montreal"),
            ("The Boston Foundation", "Boston Foundation"),
        ];
        for (one, other) in same {
            assert_eq!(organisation(one), organisation(other), "{one} / {other}");
        }
    }

    #[test]
    fn organisations_differ_where_their_names_do() {
        let different = [
            ("Ford Foundation", "Ford"),
            ("City of Lawrence", "County of Lawrence"),
            ("City of Lawrence", "Lawrence"),
            ("Kansas City", "City of Kansas Trust"),
        ];
        for (one, other) in different {
            assert_ne!(organisation(one), organisation(other), "{one} / {other}");
        }
        for none in ["", " - ", "Self-employed", "retired", "N/A", "None"] {
            assert!(organisation(none).is_empty(), "{none}");
        }
    }

    #[test]
    fn people_are_the_same_without_titles_and_initials() {
        for spelt in [
            "Jane Q. Smith",
            "Dr. Jane Smith, PhD",
            "SMITH, Jane",
            "Jané Smith",
        ] {
            assert_eq!(person(spelt), ["jane", "smith"], "{spelt}");
        }
        assert!(person(" ").is_empty());
    }

    #[test]
    fn cities_agree_unless_their_regions_do_not() {
        let place = City::of("Lawrence", "Massachusetts");
        for (home, expected) in [
            ("Lawrence", true),
            ("lawrence, MA", true),
            ("City of Lawrence, Massachusetts", true),
            ("Lawrence, MA, USA", true),
            ("Lawrence, KS", false),
            ("Lawrence, Kansas", false),
            ("Lawrenceville", false),
            ("", false),
        ] {
            assert_eq!(City::read(home).is_same_as(&place), expected, "{home}");
        }
    }

    #[test]
    fn domains_count_unless_anyone_can_have_a_mailbox() {
        assert_eq!(own_mail_domain("ana@Gmail.com"), None);
        assert_eq!(
            own_mail_domain("ana@lawrence.example"),
            Some("lawrence.example".into())
        );
        for (one, other, expected) in [
            ("mit.example", "mit.example", true),
            ("cs.mit.example", "mit.example", true),
            ("mit.example", "cs.mit.example", true),
            ("summit.example", "mit.example", false),
        ] {
            assert_eq!(same_domain(one, other), expected, "{one} {other}");
        }
    }
}
