//! Words that letters to a group put in, from `config/mailings.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::coalitions::model::Sector;
use crate::platform::mail::catalogue::FALLBACK;
use crate::platform::refusal::{Failure, Result};

/// The words of one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    sectors: BTreeMap<Sector, String>,
    sample: Sample,
}

/// What stands for whoever a letter will go to, while nobody may know who that is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// The reader's name.
    pub person: String,
    /// Their coalition's.
    pub coalition: String,
}

static COMPILED_IN: LazyLock<std::result::Result<BTreeMap<String, Words>, String>> =
    LazyLock::new(|| {
        toml::from_str(include_str!("../../config/mailings.toml")).map_err(|e| e.to_string())
    });

/// The words in a language, or in its base, or in English.
///
/// # Errors
/// Never, once the file could be read.
pub fn words_in(language: &str) -> Result<&'static Words> {
    let all = COMPILED_IN.as_ref().map_err(Failure::broken)?;
    let base = language.split(['-', '_']).next().unwrap_or(FALLBACK);
    [language, base, FALLBACK]
        .iter()
        .find_map(|wanted| all.get(*wanted))
        .ok_or_else(|| Failure::broken("mailings.toml has no English words"))
}

impl Words {
    /// Some sectors, in a list.
    pub fn sectors(&self, sectors: &[Sector]) -> String {
        let named: Vec<&str> = sectors
            .iter()
            .map(|one| self.sectors.get(one).map_or(one.as_str(), String::as_str))
            .collect();
        named.join(", ")
    }

    /// What stands for people and coalitions while nobody may know who they are.
    pub const fn sample(&self) -> &Sample {
        &self.sample
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_a_word_for_every_sector() {
        for language in ["en", "es"] {
            let words = words_in(language).unwrap();
            assert_eq!(words.sectors.len(), Sector::ALL.len(), "{language}");
        }
        let told = words_in("es-MX").unwrap().sectors(&[Sector::Health]);
        assert_eq!(told, "salud");
        assert_eq!(words_in("fi").unwrap().sectors(&[Sector::Health]), "health");
    }
}
