//! What a stage said before its texts were changed.

use diesel::prelude::*;

use super::document;
use crate::competitions::model::{EarlierTexts, Stage};
use crate::platform::clock::Instant;
use crate::platform::db::schema::stage_texts;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{PersonId, StageId};
use crate::platform::refusal::Result;

type TextsRow = (i64, String, String, String, Instant, PersonId);

/// The earlier texts of a stage, the latest first.
///
/// # Errors
/// When the database fails.
pub fn earlier_texts(r: &mut Reads<'_>, stage: StageId) -> Result<Vec<EarlierTexts>> {
    let rows: Vec<TextsRow> = stage_texts::table
        .filter(stage_texts::stage_id.eq(stage))
        .order((stage_texts::replaced_at.desc(), stage_texts::id))
        .select((
            stage_texts::id,
            stage_texts::name,
            stage_texts::form,
            stage_texts::rubric,
            stage_texts::replaced_at,
            stage_texts::replaced_by,
        ))
        .load(r.conn())?;
    rows.into_iter()
        .map(|(id, name, form, rubric, replaced_at, replaced_by)| {
            Ok(EarlierTexts {
                id,
                name,
                form: document(&form)?,
                rubric: document(&rubric)?,
                replaced_at,
                replaced_by,
            })
        })
        .collect()
}

/// Keeps what a stage says now, before it is changed.
///
/// # Errors
/// When the database fails.
pub fn keep_texts(w: &mut Writes<'_>, stage: &Stage, by: PersonId) -> Result<()> {
    let (id, now): (i64, Instant) = (w.fresh_id(), w.now());
    diesel::insert_into(stage_texts::table)
        .values((
            stage_texts::id.eq(id),
            stage_texts::stage_id.eq(stage.id),
            stage_texts::name.eq(&stage.name),
            stage_texts::form.eq(serde_json::to_string(&stage.form)?),
            stage_texts::rubric.eq(serde_json::to_string(&stage.rubric)?),
            stage_texts::replaced_at.eq(now),
            stage_texts::replaced_by.eq(by),
        ))
        .execute(w.conn())?;
    Ok(())
}
