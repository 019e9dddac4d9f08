//! Every kind of message in every language, as its reader sees it.

use std::fmt::Write as _;

use civitas::platform::mail::catalogue::{Kind, catalogue};
use civitas::platform::mail::preview;
use serde_json::{Map, Value, json};

use crate::post::PUBLIC_URL;

/// A value for a field, by its name; with characters that HTML must escape.
fn sample(kind: &Kind, name: &str) -> Value {
    if kind.link_field.as_deref() == Some(name) {
        return json!(77);
    }
    if kind.is_path_field(name) {
        return json!(format!("/{name}/12"));
    }
    match name {
        "competition" => json!("Working Cities 2026"),
        "stage" => json!("Full proposal"),
        "coalition" => json!("Holyoke & Chicopee"),
        "title" => json!("\"SPARK\" <again>"),
        "reason" | "note" | "body" => json!("First line,\nsecond line.\n\nAnother paragraph."),
        name if name.ends_with("_at") || name == "due" || name.ends_with("deadline") => {
            json!("Fri 24 April 2026, 17:00 EDT")
        }
        name => json!(format!("‹{name}›")),
    }
}

#[test]
fn every_kind_reads_well() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_snapshot_path("../snapshots/mail");
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, kind) in catalogue().unwrap().kinds() {
            let fields: Map<String, Value> = kind
                .fields
                .iter()
                .map(|field| (field.clone(), sample(kind, field)))
                .collect();
            kind.check_fields(&fields).unwrap();
            let mut all = String::new();
            for language in kind.languages() {
                let words = preview(name, language, &fields, PUBLIC_URL).unwrap();
                let subject = words.subject;
                write!(
                    all,
                    "── {language} ──\nSubject: {subject}\n\n{}\n{}\n",
                    words.text, words.html
                )
                .unwrap();
            }
            insta::assert_snapshot!(name, all);
        }
    });
}
