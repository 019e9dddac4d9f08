//! Merge fields: `{{name}}` in a text, replaced in one pass, so that a value is never read as a
//! template.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// A template cut at its fields.
enum Piece<'t> {
    Words(&'t str),
    Field(&'t str),
}

/// The names of the merge fields in a template, each once.
///
/// # Errors
/// When braces are not closed, or a name is not made of small letters, digits and underscores.
pub fn names_in(template: &str) -> Result<BTreeSet<String>, String> {
    Ok(pieces(template)?
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Field(name) => Some(name.to_owned()),
            Piece::Words(_) => None,
        })
        .collect())
}

/// The template with each field replaced by its value.
///
/// # Errors
/// When the template is malformed or names a field that has no value.
pub fn merge(template: &str, fields: &Map<String, Value>) -> Result<String, String> {
    pieces(template)?
        .into_iter()
        .map(|piece| match piece {
            Piece::Words(words) => Ok(words.to_owned()),
            Piece::Field(name) => fields
                .get(name)
                .and_then(words_of)
                .ok_or_else(|| format!("the field {{{{{name}}}}} has no value")),
        })
        .collect()
}

/// A value as it is written into a letter; control characters other than line breaks are left
/// out. Lists and objects have no words.
pub fn words_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(
            text.replace("\r\n", "\n")
                .chars()
                .filter(|c| *c == '\n' || !c.is_control())
                .collect(),
        ),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn pieces(template: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((words, after)) = rest.split_once("{{") {
        let (name, after) = after
            .split_once("}}")
            .ok_or_else(|| "a {{ is not closed by }}".to_owned())?;
        let name = name.trim();
        if !is_name(name) {
            return Err(format!("{{{{{name}}}}} is no merge field"));
        }
        pieces.extend([Piece::Words(words), Piece::Field(name)]);
        rest = after;
    }
    if rest.contains("}}") {
        return Err("a }} is not opened by {{".to_owned());
    }
    pieces.push(Piece::Words(rest));
    Ok(pieces)
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Map<String, Value> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
            .collect()
    }

    #[test]
    fn values_are_put_in_once_and_never_read_as_templates() {
        let fields = fields(&[("a", "{{b}}"), ("b", "secret")]);
        assert_eq!(merge("x {{a}} {{ b }}", &fields).unwrap(), "x {{b}} secret");
    }

    #[test]
    fn what_is_malformed_or_unknown_is_an_error() {
        for template in ["{{", "{{a", "}}", "{{A}}", "{{}}", "{{nobody}}"] {
            assert!(
                merge(template, &fields(&[("a", "1")])).is_err(),
                "{template}"
            );
        }
    }

    #[test]
    fn control_characters_do_not_reach_a_letter() {
        assert_eq!(
            words_of(&Value::from("a\r\nb\u{0}\u{1b}[31m\rc")).unwrap(),
            "a\nb[31mc"
        );
    }
}
