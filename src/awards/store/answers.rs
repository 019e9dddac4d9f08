//! What coalitions answered.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::awards::model::Answer;
use crate::decisions::model::Decision;
use crate::platform::clock::Instant;
use crate::platform::db::schema::awards;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CompetitionId, DecisionId, PersonId};
use crate::platform::refusal::Result;
use crate::text_enum;

text_enum! {
    /// An answer, as stored.
    Stored {
        /// The coalition takes the award.
        Accepted = "accepted",
        /// It does not.
        TurnedDown = "turned_down",
    }
}

type Row = (
    DecisionId,
    Stored,
    Option<PersonId>,
    Option<Instant>,
    String,
);

fn as_answer(row: Row) -> Option<(DecisionId, Answer)> {
    let (decision, state, by, at, note) = row;
    let answer = Answer {
        accepted: state == Stored::Accepted,
        by: by?,
        at: at?,
        note,
    };
    Some((decision, answer))
}

macro_rules! rows {
    () => {
        awards::table.select((
            awards::decision_id,
            awards::state,
            awards::answered_by,
            awards::answered_at,
            awards::answer_note,
        ))
    };
}

/// The answer to an offer.
///
/// # Errors
/// When the database fails.
pub fn answer_to(r: &mut Reads<'_>, decision: DecisionId) -> Result<Option<Answer>> {
    let row: Option<Row> = rows!()
        .filter(awards::decision_id.eq(decision))
        .first(r.conn())
        .optional()?;
    Ok(row.and_then(as_answer).map(|(_, answer)| answer))
}

/// The answers to all offers of a competition.
///
/// # Errors
/// When the database fails.
pub fn answers_in(
    r: &mut Reads<'_>,
    competition: CompetitionId,
) -> Result<HashMap<DecisionId, Answer>> {
    let rows: Vec<Row> = rows!()
        .filter(awards::competition_id.eq(competition))
        .load(r.conn())?;
    Ok(rows.into_iter().filter_map(as_answer).collect())
}

/// Writes the answer to an offer.
///
/// # Errors
/// When the database fails, also when an answer is there already.
pub fn insert_answer(w: &mut Writes<'_>, decision: &Decision, answer: &Answer) -> Result<()> {
    let state = if answer.accepted {
        Stored::Accepted
    } else {
        Stored::TurnedDown
    };
    let offered_at = decision.announced.map_or(answer.at, |a| a.told_at);
    diesel::insert_into(awards::table)
        .values((
            awards::id.eq(decision.id.0),
            awards::competition_id.eq(decision.competition),
            awards::coalition_id.eq(decision.coalition),
            awards::decision_id.eq(decision.id),
            awards::state.eq(state),
            awards::offered_at.eq(offered_at),
            awards::answer_by.eq(decision.content.answer_by),
            awards::answered_by.eq(Some(answer.by)),
            awards::answered_at.eq(Some(answer.at)),
            awards::answer_note.eq(&answer.note),
        ))
        .execute(w.conn())?;
    Ok(())
}
