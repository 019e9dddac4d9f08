//! The NUL character: JSON can carry it, PostgreSQL's texts can't, so no text may hold it.

use serde_json::Value;

use crate::platform::refusal::FieldError;

/// What is told of a text that holds it.
pub(super) const NO_NUL: &str = "A text can't hold the character NUL.";

/// Where a JSON body holds the character. Bodies without its escape, nearly all, are not parsed.
pub(super) fn found_in(json: &[u8]) -> Vec<FieldError> {
    let escape = br"\u0000";
    if !json.windows(escape.len()).any(|window| window == escape) {
        return Vec::new();
    }
    let mut errors = Vec::new();
    if let Ok(value) = serde_json::from_slice(json) {
        look(&value, "", &mut errors);
    }
    errors
}

fn look(value: &Value, at: &str, errors: &mut Vec<FieldError>) {
    match value {
        Value::String(text) if text.contains('\0') => errors.push(FieldError::at(at, NO_NUL)),
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                look(item, &format!("{at}/{number}"), errors);
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                if key.contains('\0') {
                    errors.push(FieldError::at(at, NO_NUL));
                }
                look(field, &format!("{at}/{}", key.replace('\0', "")), errors);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::found_in;

    #[test]
    fn it_is_found_wherever_it_is_and_only_there() {
        for (json, pointers) in [
            (r#"{"a": "x"}"#, vec![]),
            (r#"{"a": "\\u0000"}"#, vec![]),
            (r#"{"a": [1, "x\u0000"]}"#, vec!["/a/1"]),
            (r#"{"a\u0000": "\u0000"}"#, vec!["", "/a"]),
        ] {
            let found: Vec<String> = found_in(json.as_bytes())
                .into_iter()
                .map(|error| error.pointer)
                .collect();
            assert_eq!(found, pointers, "{json}");
        }
    }
}
