//! Letters to officers about assignments and doors: never to one to whom the coalition is closed.

use serde_json::{Value, json};

use super::{named, tell, title};
use crate::coalitions::{self, doors};
use crate::competitions;
use crate::competitions::model::{Phase, Stage};
use crate::panels::model::Assignment;
use crate::panels::store;
use crate::people::{self, Person, Role};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId};
use crate::platform::refusal::{OrNotFound as _, Result};

/// Tells the officers that a reviewer declined or stepped back.
pub(in crate::panels) fn given_back(
    w: &mut Writes<'_>,
    stage: &Stage,
    assignment: &Assignment,
    kind: &'static str,
) -> Result<()> {
    let (mut fields, _) = counted(w, stage, assignment.coalition_id)?;
    fields["reason"] = json!(assignment.reason);
    tell_officers(w, assignment, stage.competition_id, kind, &fields, None)
}

/// Tells the officers, `by` apart, that an assignment ended because its reviewer left the panel.
pub(in crate::panels) fn left(
    w: &mut Writes<'_>,
    stage: &Stage,
    assignment: &Assignment,
    by: &Person,
) -> Result<()> {
    let (mut fields, _) = counted(w, stage, assignment.coalition_id)?;
    fields["reason"] = json!(assignment.reason);
    let kind = "assignment-ended-with-the-panel";
    let but = Some(by.id);
    tell_officers(w, assignment, stage.competition_id, kind, &fields, but)
}

/// Tells the officers that a conflict ended an assignment, and whether a review is now lacking.
pub(super) fn ended_by_conflict(
    w: &mut Writes<'_>,
    stage: &Stage,
    assignment: &Assignment,
) -> Result<()> {
    let (fields, lacking) = counted(w, stage, assignment.coalition_id)?;
    let kind = if lacking {
        "conflict-review-lacking"
    } else {
        "conflict-reviews-enough"
    };
    tell_officers(w, assignment, stage.competition_id, kind, &fields, None)
}

/// How many reviewers and reviews a submission has, and how many it should have; and whether
/// reviews are lacking. Once reviews are closed only what was submitted counts.
fn counted(w: &mut Writes<'_>, stage: &Stage, coalition: CoalitionId) -> Result<(Value, bool)> {
    let (_, mut fields) = named(w, stage)?;
    let coalition = coalitions::store::coalition(w, coalition)?.or_not_found()?;
    let filter = store::Filter {
        coalition: Some(coalition.id),
        ..store::Filter::default()
    };
    let given = store::assignments_of_stage(w, stage.id, &filter)?;
    let live = given.iter().filter(|one| one.is_live()).count();
    let reviews = store::reviews_that_count(w, stage.id, coalition.id)?;
    let in_sight = if stage.phase(w.now()) >= Phase::Deciding {
        reviews
    } else {
        live
    };
    let needed = usize::try_from(stage.reviews_per_submission).unwrap_or(0);
    fields["coalition"] = json!(coalition.name);
    fields["live"] = json!(live);
    fields["reviews"] = json!(reviews);
    fields["needed"] = json!(needed);
    Ok((fields, in_sight < needed))
}

fn tell_officers(
    w: &mut Writes<'_>,
    assignment: &Assignment,
    competition: CompetitionId,
    kind: &'static str,
    fields: &Value,
    but: Option<PersonId>,
) -> Result<()> {
    let shut_out = doors::people_shut_out(w, assignment.coalition_id)?;
    // One assignment can end, stand again and end once more.
    let moment = assignment.answered_at.map_or(0, Instant::micros);
    for officer in people::store::holders(w, competition, Role::Officer)? {
        if shut_out.contains(&officer) || but == Some(officer) {
            continue;
        }
        tell(
            w,
            officer,
            kind,
            &format!("{}:{moment}:{officer}", assignment.id),
            ("assignment", assignment.id.0),
            (competition, Some(assignment.coalition_id)),
            fields.clone(),
        )?;
    }
    Ok(())
}

/// A coalition that is closed to every officer of its competition.
#[derive(Clone, Debug)]
pub(in crate::panels) struct Deserted {
    pub competition: CompetitionId,
    pub coalition: CoalitionId,
    /// The officers as they are, in order of identity.
    pub officers: Vec<PersonId>,
}

impl Deserted {
    /// Names the event for an administrator: another one once the officers change.
    fn key(&self, to: PersonId) -> String {
        let officers: Vec<String> = self.officers.iter().map(ToString::to_string).collect();
        format!(
            "{}:{}:{}:{to}",
            self.competition,
            self.coalition,
            officers.join("-")
        )
    }

    /// The administrators who were not told yet.
    pub fn untold(&self, r: &mut Reads<'_>) -> Result<Vec<PersonId>> {
        let mut untold = Vec::new();
        for to in people::store::administrators(r)? {
            let key = format!("officer-wanted:{}", self.key(to));
            if crate::platform::outbox::store::id_of_key(r, &key)?.is_none() {
                untold.push(to);
            }
        }
        Ok(untold)
    }
}

/// Asks the administrators to appoint another officer, without a word of which coalition it is.
pub(in crate::panels) fn officer_wanted(w: &mut Writes<'_>, deserted: &Deserted) -> Result<()> {
    let competition = competitions::store::competition(w, deserted.competition)?.or_not_found()?;
    for to in deserted.untold(w)? {
        tell(
            w,
            to,
            "officer-wanted",
            &deserted.key(to),
            ("competition", competition.id.0),
            (competition.id, None),
            json!({"competition": title(&competition)}),
        )?;
    }
    Ok(())
}
