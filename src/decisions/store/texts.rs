//! Texts that officers wrote in place of the built-in ones.

use diesel::prelude::*;

use crate::decisions::texts::{Text, TextKind};
use crate::platform::clock::Instant;
use crate::platform::db::schema::announcement_texts;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{PersonId, StageId};
use crate::platform::refusal::Result;

/// An officer's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredText {
    /// What it tells.
    pub kind: TextKind,
    /// Its language.
    pub language: String,
    /// Its words.
    pub text: Text,
    /// When it was changed last.
    pub changed_at: Instant,
}

type Row = (TextKind, String, String, String, Instant);

fn as_text(row: Row) -> StoredText {
    StoredText {
        kind: row.0,
        language: row.1,
        text: Text {
            subject: row.2,
            body: row.3,
        },
        changed_at: row.4,
    }
}

macro_rules! columns {
    () => {
        (
            announcement_texts::outcome,
            announcement_texts::language,
            announcement_texts::subject,
            announcement_texts::body,
            announcement_texts::changed_at,
        )
    };
}

/// Every text that officers wrote for a stage.
///
/// # Errors
/// When the database fails.
pub fn texts_of(r: &mut Reads<'_>, stage: StageId) -> Result<Vec<StoredText>> {
    let rows: Vec<Row> = announcement_texts::table
        .filter(announcement_texts::stage_id.eq(stage))
        .order((announcement_texts::outcome, announcement_texts::language))
        .select(columns!())
        .load(r.conn())?;
    Ok(rows.into_iter().map(as_text).collect())
}

/// The text that an officer wrote for a stage, kind and language.
///
/// # Errors
/// When the database fails.
pub fn text(
    r: &mut Reads<'_>,
    stage: StageId,
    kind: TextKind,
    language: &str,
) -> Result<Option<StoredText>> {
    let row: Option<Row> = announcement_texts::table
        .filter(announcement_texts::stage_id.eq(stage))
        .filter(announcement_texts::outcome.eq(kind))
        .filter(announcement_texts::language.eq(language))
        .select(columns!())
        .first(r.conn())
        .optional()?;
    Ok(row.map(as_text))
}

/// Drops an officer's text; the built-in one stands again.
///
/// # Errors
/// When the database fails.
pub fn delete_text(
    w: &mut Writes<'_>,
    stage: StageId,
    kind: TextKind,
    language: &str,
) -> Result<()> {
    let written = announcement_texts::table
        .filter(announcement_texts::stage_id.eq(stage))
        .filter(announcement_texts::outcome.eq(kind))
        .filter(announcement_texts::language.eq(language));
    diesel::delete(written).execute(w.conn())?;
    Ok(())
}

/// Writes a text in place of an earlier one.
///
/// # Errors
/// When the database fails.
pub fn save_text(
    w: &mut Writes<'_>,
    stage: StageId,
    kind: TextKind,
    language: &str,
    text: &Text,
    by: PersonId,
) -> Result<()> {
    let now = w.now();
    let earlier = announcement_texts::table
        .filter(announcement_texts::stage_id.eq(stage))
        .filter(announcement_texts::outcome.eq(kind))
        .filter(announcement_texts::language.eq(language));
    let changed = diesel::update(earlier)
        .set((
            announcement_texts::subject.eq(&text.subject),
            announcement_texts::body.eq(&text.body),
            announcement_texts::version.eq(announcement_texts::version + 1),
            announcement_texts::changed_by.eq(by),
            announcement_texts::changed_at.eq(now),
        ))
        .execute(w.conn())?;
    if changed == 0 {
        let id: i64 = w.fresh_id();
        diesel::insert_into(announcement_texts::table)
            .values((
                announcement_texts::id.eq(id),
                announcement_texts::stage_id.eq(stage),
                announcement_texts::outcome.eq(kind),
                announcement_texts::language.eq(language),
                announcement_texts::subject.eq(&text.subject),
                announcement_texts::body.eq(&text.body),
                announcement_texts::version.eq(1),
                announcement_texts::changed_by.eq(by),
                announcement_texts::changed_at.eq(now),
            ))
            .execute(w.conn())?;
    }
    Ok(())
}
