//! Bodies of the wrong shape: serde stops at the first fault, a person wants to hear of all. So
//! each fault is mended in a copy as well as can be, and the copy is read again. What the copy
//! means can then be judged too.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use serde_path_to_error::{Error, Path, Segment};

use crate::platform::refusal::FieldError;

/// Bytes read in search of further faults, of which each costs a few readings of the whole. What a
/// large body is told of beyond its first faults is not worth what others wait for it.
const READ_AT_MOST: usize = 2 * 1024 * 1024;

/// More faults than a person mends at once are not looked for.
const TOLD_AT_MOST: usize = 40;

/// What stands in the place of a wrong value. What two copies with unlike values have in common
/// does not come from the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filler {
    /// Nothing where that fits, else small and early.
    Low,
    /// Something where that fits, large and late.
    High,
}

/// What keeps a body from being read, as far as it can be found out.
pub(super) fn faults<T: DeserializeOwned>(
    json: &[u8],
    first: &Error<serde_json::Error>,
) -> Vec<FieldError> {
    let mut told = examined::<T>(json, Filler::Low).map_or_else(Vec::new, |copy| copy.told);
    if told.is_empty() {
        told.push(Fault::from(first).told());
    }
    told
}

/// The body with each fault mended; none when that can't be done.
pub(super) fn mended<T: DeserializeOwned>(json: &[u8], filler: Filler) -> Option<T> {
    serde_json::from_value(examined::<T>(json, filler)?.body).ok()
}

/// A copy of a body, mended as far as can be, and what was wrong with it.
struct Copy {
    body: Value,
    told: Vec<FieldError>,
}

fn examined<T: DeserializeOwned>(json: &[u8], filler: Filler) -> Option<Copy> {
    let mut body = serde_json::from_slice(json).ok()?;
    let mut told: Vec<FieldError> = Vec::new();
    let readings = &mut (READ_AT_MOST / json.len().max(1));
    while let Some(fault) = Fault::of::<T>(&body) {
        let again = told.iter().any(|known| known.pointer == fault.pointer);
        if again || told.len() == TOLD_AT_MOST || *readings == 0 {
            break;
        }
        let mended = fault.mend::<T>(&mut body, filler, readings);
        told.push(fault.told());
        if !mended {
            break;
        }
    }
    Some(Copy { body, told })
}

#[derive(PartialEq, Eq)]
enum Kind {
    Unknown,
    Missing,
    Wrong,
}

struct Fault {
    kind: Kind,
    pointer: String,
    /// In serde's words.
    words: String,
}

impl From<&Error<serde_json::Error>> for Fault {
    fn from(error: &Error<serde_json::Error>) -> Self {
        let words = without_position(&error.inner().to_string());
        let mut pointer = pointer_of(error.path());
        let kind = if words.starts_with("unknown field") {
            Kind::Unknown
        } else if let Some(name) = words.strip_prefix("missing field `") {
            pointer = format!("{pointer}/{}", escaped(name.trim_end_matches('`')));
            Kind::Missing
        } else if let Some(name) = words.strip_prefix("duplicate field `") {
            pointer = format!("{pointer}/{}", escaped(name.trim_end_matches('`')));
            Kind::Wrong
        } else {
            Kind::Wrong
        };
        Self {
            kind,
            pointer,
            words,
        }
    }
}

impl Fault {
    /// The first fault of a body, if it has any.
    fn of<T: DeserializeOwned>(body: &Value) -> Option<Self> {
        let read: Result<T, _> = serde_path_to_error::deserialize(body);
        read.err().as_ref().map(Self::from)
    }

    /// Makes the body good at this place, with whatever value; false when nothing fits, or when
    /// the readings are used up.
    fn mend<T: DeserializeOwned>(
        &self,
        body: &mut Value,
        filler: Filler,
        readings: &mut usize,
    ) -> bool {
        let Some((parent, name)) = self.pointer.rsplit_once('/') else {
            return false;
        };
        let name = name.replace("~1", "/").replace("~0", "~");
        let Some(parent) = body.pointer_mut(parent) else {
            return false;
        };
        if self.kind == Kind::Unknown {
            return parent
                .as_object_mut()
                .is_some_and(|fields| fields.remove(&name).is_some());
        }
        if let Some(fields) = parent.as_object_mut() {
            fields.entry(name).or_insert(Value::Null);
        }
        self.known_values(filler)
            .into_iter()
            .take_while(|_| {
                readings
                    .checked_sub(1)
                    .map(|left| *readings = left)
                    .is_some()
            })
            .any(|value| self.fits::<T>(body, value))
    }

    /// Whether the body's next fault, if any, lies elsewhere once this value stands here.
    fn fits<T: DeserializeOwned>(&self, body: &mut Value, value: Value) -> bool {
        let Some(place) = body.pointer_mut(&self.pointer) else {
            return false;
        };
        *place = value;
        Self::of::<T>(body).is_none_or(|next| !next.pointer.starts_with(&self.pointer))
    }

    fn known_values(&self, filler: Filler) -> Vec<Value> {
        let mut values = match filler {
            Filler::Low => vec![
                json!(null),
                json!(1),
                json!(""),
                json!(false),
                json!([]),
                json!({}),
                json!("2026-01-01T00:00:00Z"),
                json!("2026-01-01"),
            ],
            Filler::High => vec![
                json!(100),
                json!("2100-01-01T00:00:00Z"),
                json!("2100-01-01"),
                json!("x"),
                json!(true),
                json!([]),
                json!({}),
                json!(null),
            ],
        };
        // One of a few words: serde names them.
        values.extend(self.words.rsplit('`').nth(1).map(|word| json!(word)));
        values
    }

    fn told(&self) -> FieldError {
        let words = match self.kind {
            Kind::Unknown => match self.words.split_once("expected ") {
                Some((_, known)) => format!(
                    "There is no such field here. Known: {}.",
                    known.trim_start_matches("one of ")
                ),
                None => "There is no such field here.".to_owned(),
            },
            Kind::Missing => "This is needed.".to_owned(),
            Kind::Wrong => without_types(&self.words),
        };
        FieldError::at(&self.pointer, words)
    }
}

/// Where in the text it stood helps nobody who reads a pointer.
fn without_position(words: &str) -> String {
    match words.rfind(" at line ") {
        Some(at) => words[..at].to_owned(),
        None => words.to_owned(),
    }
}

/// Serde names the type that it reads into, which is a word of ours: what is meant is an object.
fn without_types(words: &str) -> String {
    for ours in ["expected struct ", "expected internally tagged enum "] {
        if let Some((before, _)) = words.split_once(ours) {
            return format!("{before}expected an object");
        }
    }
    words.to_owned()
}

pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn pointer_of(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        pointer.push('/');
        match segment {
            Segment::Seq { index } => pointer.push_str(&index.to_string()),
            Segment::Map { key } => pointer.push_str(&escaped(key)),
            Segment::Enum { variant } => pointer.push_str(variant),
            Segment::Unknown => pointer.push('?'),
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Call {
        name: String,
        #[serde(default)]
        stages: Vec<Stage>,
        kind: Kind,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Stage {
        position: i64,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Open,
        Invited,
    }

    fn told(json: &str) -> Vec<(String, String)> {
        let mut reader = serde_json::Deserializer::from_str(json);
        let error = serde_path_to_error::deserialize::<_, Call>(&mut reader).unwrap_err();
        faults::<Call>(json.as_bytes(), &error)
            .into_iter()
            .map(|error| (error.pointer, error.detail))
            .collect()
    }

    #[test]
    fn every_fault_is_told_at_once_with_its_pointer() {
        let found = told(
            r#"{"nam": 1, "stages": [{"position": "x"}, {"at": 2, "position": 3}], "a/b": null}"#,
        );
        let pointers: Vec<&str> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(
            pointers,
            [
                "/a~1b",
                "/nam",
                "/stages/0/position",
                "/stages/1/at",
                "/name",
                "/kind"
            ]
        );
        let words: Vec<&str> = found.iter().map(|(_, words)| words.as_str()).collect();
        assert_eq!(words[4], "This is needed.");
        assert!(words[0].starts_with("There is no such field here. Known: `name`"));
        assert!(
            words.iter().all(|words| !words.contains(" line ")),
            "{words:?}"
        );
    }

    #[test]
    fn what_can_not_be_mended_is_still_told() {
        for (json, pointer, words) in [
            (
                r#"{"name": "a", "kind": "closed"}"#,
                "/kind",
                "unknown variant",
            ),
            (
                r#"{"name": "a", "name": "b", "kind": "open"}"#,
                "/name",
                "duplicate field",
            ),
            (r"[1]", "/0", "invalid type"),
            (r"7", "", "expected an object"),
        ] {
            let found = told(json);
            assert_eq!(found[0].0, pointer, "{json}");
            assert!(found[0].1.contains(words), "{found:?}");
        }
    }

    #[test]
    fn large_bodies_are_not_read_again_and_again() {
        let wrong = r#"{"position": "x"},"#.repeat(30);
        let told_of = |padding: usize| {
            let name = "n".repeat(padding);
            told(&format!(
                r#"{{"name": "{name}", "kind": "open", "stages": [{}]}}"#,
                wrong.trim_end_matches(',')
            ))
            .len()
        };
        assert_eq!(told_of(10), 30);
        assert_eq!(told_of(3 * 1024 * 1024), 1);
        let some = told_of(100 * 1024);
        assert!(some > 1 && some < 30, "{some}");
    }
}
