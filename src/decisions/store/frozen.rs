//! What an announcement tells, frozen when it was confirmed: letters and feedback.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::decisions::feedback::Frozen;
use crate::decisions::letters::Drafted;
use crate::decisions::texts::Text;
use crate::platform::db::schema::{announcement_letters, decision_feedback};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{AnnouncementId, CoalitionId, DecisionId};
use crate::platform::refusal::Result;

type Row = (
    DecisionId,
    CoalitionId,
    String,
    String,
    String,
    String,
    bool,
);

/// Keeps a letter as it was previewed, for who reads this language.
///
/// # Errors
/// When the database fails.
pub fn insert_letter(w: &mut Writes<'_>, of: AnnouncementId, letter: &Drafted) -> Result<()> {
    let id: i64 = w.fresh_id();
    diesel::insert_into(announcement_letters::table)
        .values((
            announcement_letters::id.eq(id),
            announcement_letters::announcement_id.eq(of),
            announcement_letters::decision_id.eq(letter.decision),
            announcement_letters::coalition_id.eq(letter.coalition),
            announcement_letters::language.eq(&letter.language),
            announcement_letters::subject.eq(&letter.text.subject),
            announcement_letters::body.eq(&letter.text.body),
            announcement_letters::fields.eq(serde_json::to_string(&letter.fields)?),
            announcement_letters::explains_order.eq(letter.explains_order),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// The letters of an announcement, in every language.
///
/// # Errors
/// When the database fails.
pub fn letters_of(r: &mut Reads<'_>, announcement: AnnouncementId) -> Result<Vec<Drafted>> {
    let rows: Vec<Row> = announcement_letters::table
        .filter(announcement_letters::announcement_id.eq(announcement))
        .order((
            announcement_letters::decision_id,
            announcement_letters::language,
        ))
        .select((
            announcement_letters::decision_id,
            announcement_letters::coalition_id,
            announcement_letters::language,
            announcement_letters::subject,
            announcement_letters::body,
            announcement_letters::fields,
            announcement_letters::explains_order,
        ))
        .load(r.conn())?;
    rows.into_iter()
        .map(
            |(decision, coalition, language, subject, body, fields, explains_order)| {
                Ok(Drafted {
                    decision,
                    coalition,
                    language,
                    text: Text { subject, body },
                    fields: serde_json::from_str(&fields)?,
                    explains_order,
                })
            },
        )
        .collect()
}

/// Keeps the feedback that goes with a decision.
///
/// # Errors
/// When the database fails.
pub fn insert_feedback(
    w: &mut Writes<'_>,
    of: AnnouncementId,
    decision: DecisionId,
    feedback: &Frozen,
) -> Result<()> {
    let id: i64 = w.fresh_id();
    diesel::insert_into(decision_feedback::table)
        .values((
            decision_feedback::id.eq(id),
            decision_feedback::announcement_id.eq(of),
            decision_feedback::decision_id.eq(decision),
            decision_feedback::feedback.eq(serde_json::to_string(feedback)?),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Keeps the feedback that goes with a decision as it was told.
///
/// # Errors
/// When the database fails.
pub fn settle_feedback(w: &mut Writes<'_>, decision: DecisionId, told: &Frozen) -> Result<()> {
    let of_decision = decision_feedback::table.filter(decision_feedback::decision_id.eq(decision));
    diesel::update(of_decision)
        .set(decision_feedback::feedback.eq(serde_json::to_string(told)?))
        .execute(w.conn())?;
    Ok(())
}

/// The feedback that goes with each of these decisions.
///
/// # Errors
/// When the database fails.
pub fn feedback_of(
    r: &mut Reads<'_>,
    decisions: &[DecisionId],
) -> Result<HashMap<DecisionId, Frozen>> {
    let mut all = HashMap::new();
    for some in decisions.chunks(500) {
        let rows: Vec<(DecisionId, String)> = decision_feedback::table
            .filter(decision_feedback::decision_id.eq_any(some.to_vec()))
            .select((decision_feedback::decision_id, decision_feedback::feedback))
            .load(r.conn())?;
        for (decision, feedback) in rows {
            all.insert(decision, serde_json::from_str(&feedback)?);
        }
    }
    Ok(all)
}

/// Drops what a called-back announcement would have told.
///
/// # Errors
/// When the database fails.
pub fn forget(w: &mut Writes<'_>, announcement: AnnouncementId) -> Result<()> {
    let letters =
        announcement_letters::table.filter(announcement_letters::announcement_id.eq(announcement));
    diesel::delete(letters).execute(w.conn())?;
    let feedback =
        decision_feedback::table.filter(decision_feedback::announcement_id.eq(announcement));
    diesel::delete(feedback).execute(w.conn())?;
    Ok(())
}
