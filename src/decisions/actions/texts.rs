//! The words of announcements, stage by stage.

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::decisions::access::Right;
use crate::decisions::desk::desk;
use crate::decisions::model::Moment;
use crate::decisions::store;
use crate::decisions::texts::{FIELDS, MergeField, Text, TextKind, errors_in, languages, words_in};
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::digest::sha256_hex;
use crate::platform::http::{IfMatch, Input};
use crate::platform::ids::StageId;
use crate::platform::mail::texts::is_language;
use crate::platform::refusal::{Failure, Result, refuse_if_any};
use crate::reviews::rules::plain;

/// A text of a stage's announcement, and what can be put into it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TextView {
    /// The stage.
    pub stage_id: StageId,
    /// What it tells.
    pub outcome: TextKind,
    /// The language of those who read it.
    pub language: String,
    /// One line.
    pub subject: String,
    /// Plain text; an empty line parts paragraphs.
    pub body: String,
    /// Whether these are the built-in words (in English, where the language has none).
    pub built_in: bool,
    /// When an officer changed it last.
    pub changed_at: Option<Instant>,
    /// What can be merged in, written like `{{coalition}}`.
    pub fields: Vec<MergeField>,
}

/// Every text of a stage: built-in languages, and those that officers added.
pub fn list(r: &mut Reads<'_>, who: &Person, stage: StageId) -> Result<Vec<TextView>> {
    desk(r, who, stage, Right::Announce)?;
    let mut known: Vec<String> = languages()?.into_iter().map(str::to_owned).collect();
    known.extend(
        store::texts_of(r, stage)?
            .into_iter()
            .map(|text| text.language),
    );
    known.sort();
    known.dedup();
    let mut items = Vec::new();
    for kind in TextKind::ALL {
        for language in &known {
            items.push(view(r, stage, *kind, language)?);
        }
    }
    Ok(items)
}

fn view(r: &mut Reads<'_>, stage: StageId, kind: TextKind, language: &str) -> Result<TextView> {
    let written = store::text(r, stage, kind, language)?;
    let (text, changed_at) = match written {
        Some(stored) => (stored.text, Some(stored.changed_at)),
        None => (words_in(language)?.1.text(kind)?.clone(), None),
    };
    Ok(TextView {
        stage_id: stage,
        outcome: kind,
        language: language.to_owned(),
        subject: text.subject,
        body: text.body,
        built_in: changed_at.is_none(),
        changed_at,
        fields: FIELDS.to_vec(),
    })
}

/// One text.
pub fn show(
    r: &mut Reads<'_>,
    who: &Person,
    stage: StageId,
    outcome: &str,
    language: &str,
) -> Result<TextView> {
    desk(r, who, stage, Right::Announce)?;
    let kind = known(outcome, language)?;
    view(r, stage, kind, language)
}

/// The kind that an address names; there is nothing where no text can be.
fn known(outcome: &str, language: &str) -> Result<TextKind> {
    let kind = outcome.parse().map_err(|_| Failure::not_found())?;
    if is_language(language) {
        Ok(kind)
    } else {
        Err(Failure::not_found())
    }
}

/// Writes a text in place of the built-in one; unknown merge fields are refused where they stand.
pub fn write(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    (outcome, language): (&str, &str),
    if_match: &IfMatch,
    input: &Input<Text>,
) -> Result<TextView> {
    let desk = desk(w, who, stage, Right::Announce)?;
    let kind = known(outcome, language)?;
    if_match.check(&view(w, stage, kind, language)?)?;
    if desk.moment == Moment::Confirmed {
        desk.require_changeable()?;
    }
    let sent = input.get()?;
    let text = Text {
        subject: sent.subject.trim().to_owned(),
        body: plain(&sent.body).trim().to_owned(),
    };
    refuse_if_any(errors_in(&text))?;
    store::save_text(w, stage, kind, language, &text, who.id)?;
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act: "announcement_text.written",
            object: ("stage", stage.0),
            competition: Some(desk.competition.id),
            coalition: None,
            detail: json!({
                "outcome": kind,
                "language": language,
                "digest": sha256_hex(format!("{}\n{}", text.subject, text.body)),
            }),
        },
    )?;
    view(w, stage, kind, language)
}

/// Goes back to the built-in text.
pub fn reset(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    (outcome, language): (&str, &str),
    if_match: &IfMatch,
) -> Result<()> {
    let desk = desk(w, who, stage, Right::Announce)?;
    let kind = known(outcome, language)?;
    let shown = view(w, stage, kind, language)?;
    if shown.built_in {
        return Err(Failure::not_found());
    }
    if_match.check(&shown)?;
    if desk.moment == Moment::Confirmed {
        desk.require_changeable()?;
    }
    store::delete_text(w, stage, kind, language)?;
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act: "announcement_text.reset",
            object: ("stage", stage.0),
            competition: Some(desk.competition.id),
            coalition: None,
            detail: json!({"outcome": kind, "language": language}),
        },
    )
}
