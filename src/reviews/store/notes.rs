//! The panel's discussion: rows in, values out.

use std::collections::HashSet;

use diesel::prelude::*;

use crate::coalitions::doors;
use crate::platform::clock::Instant;
use crate::platform::db::schema::notes;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId, StageId};
use crate::platform::refusal::Result;
use crate::reviews::model::{Note, NoteId};

/// Writes a note.
pub fn insert_note(w: &mut Writes<'_>, note: &Note) -> Result<()> {
    diesel::insert_into(notes::table)
        .values((
            notes::id.eq(note.id),
            notes::stage_id.eq(note.stage_id),
            notes::competition_id.eq(note.competition_id),
            notes::coalition_id.eq(note.coalition_id),
            notes::person_id.eq(note.person_id),
            notes::pseudonym.eq(&note.pseudonym),
            notes::body.eq(&note.body),
            notes::created_at.eq(note.created_at),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// How many notes somebody wrote on a submission.
pub fn notes_by(
    r: &mut Reads<'_>,
    stage: StageId,
    coalition: CoalitionId,
    person: PersonId,
) -> Result<i64> {
    Ok(notes::table
        .filter(notes::stage_id.eq(stage))
        .filter(notes::coalition_id.eq(coalition))
        .filter(notes::person_id.eq(person))
        .count()
        .get_result(r.conn())?)
}

type NoteRow = (
    NoteId,
    StageId,
    CompetitionId,
    CoalitionId,
    PersonId,
    String,
    String,
    Instant,
);

/// The discussion of a submission, oldest first, without notes by people to whom the coalition's
/// door is closed.
pub fn notes_on(r: &mut Reads<'_>, stage: StageId, coalition: CoalitionId) -> Result<Vec<Note>> {
    let rows = notes::table
        .filter(notes::stage_id.eq(stage))
        .filter(notes::coalition_id.eq(coalition))
        .order((notes::created_at, notes::id))
        .select(notes::all_columns)
        .load::<NoteRow>(r.conn())?;
    let authors: HashSet<PersonId> = rows.iter().map(|row| row.4).collect();
    let mut hidden = HashSet::new();
    for author in authors {
        if doors::is_closed(r, author, coalition)? {
            hidden.insert(author);
        }
    }
    Ok(rows
        .into_iter()
        .filter(|row| !hidden.contains(&row.4))
        .map(into_note)
        .collect())
}

fn into_note(row: NoteRow) -> Note {
    let (id, stage_id, competition_id, coalition_id, person_id, pseudonym, body, created_at) = row;
    Note {
        id,
        stage_id,
        competition_id,
        coalition_id,
        person_id,
        pseudonym,
        body,
        created_at,
    }
}
