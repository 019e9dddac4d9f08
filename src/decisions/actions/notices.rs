//! Letters to officers and approvers on the docket, and to officers on what jurors reworded.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::coalitions::doors;
use crate::competitions::model::{Competition, Stage, StageAct, StageActKind};
use crate::competitions::store as competitions;
use crate::people::{Role, store as people};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId};
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::{OrNotFound as _, Result};

/// How long after a reopening its letters may still be written, in days.
const LATEST_DAYS: i64 = 3;

/// A letter about a stage, nothing of what is decided in it.
struct Notice<'a> {
    kind: &'static str,
    competition: &'a Competition,
    stage: &'a Stage,
    event: String,
    fields: Value,
}

impl Notice<'_> {
    fn send(&self, w: &mut Writes<'_>, to: PersonId) -> Result<()> {
        let kind = self.kind;
        outbox::enqueue(
            w,
            Letter {
                kind,
                to: Recipient::Person(to),
                dedupe_key: format!("{kind}:{}:{}:{to}", self.stage.id, self.event),
                cause: ("stage", self.stage.id.0),
                competition: Some(self.competition.id),
                coalition: None,
                due_at: None,
                fields: self.fields.clone(),
            },
        )?;
        Ok(())
    }
}

fn about(competition: &Competition, stage: &Stage) -> Value {
    json!({"competition": competition.title(), "stage": stage.name})
}

/// Approvers learn that a docket lies before them.
///
/// # Errors
/// When the database fails.
pub fn docket_laid(
    w: &mut Writes<'_>,
    competition: &Competition,
    stage: &Stage,
    digest: &str,
) -> Result<()> {
    let notice = Notice {
        kind: "docket-laid",
        competition,
        stage,
        event: digest.to_owned(),
        fields: about(competition, stage),
    };
    for approver in people::holders(w, competition.id, Role::Approver)? {
        notice.send(w, approver)?;
    }
    Ok(())
}

/// Approvers and officers learn that an approval is void. `event` counts the acts of the stage
/// before the one that voided it.
///
/// # Errors
/// When the database fails.
pub fn docket_voided(
    w: &mut Writes<'_>,
    competition: &Competition,
    stage: &Stage,
    event: usize,
) -> Result<()> {
    let notice = Notice {
        kind: "docket-voided",
        competition,
        stage,
        event: event.to_string(),
        fields: about(competition, stage),
    };
    let mut readers: BTreeSet<PersonId> = BTreeSet::new();
    for role in [Role::Approver, Role::Officer] {
        readers.extend(people::holders(w, competition.id, role)?);
    }
    for reader in readers {
        notice.send(w, reader)?;
    }
    Ok(())
}

/// Writes the letters of approvals that a reopening of the reviews voided of late, each once. That
/// act is recorded where dockets are not known, so this runs behind it.
///
/// # Errors
/// When the database fails.
pub fn tell_of_reopened_dockets(w: &mut Writes<'_>) -> Result<()> {
    let oldest = w.now().plus_days(-LATEST_DAYS);
    for stage in competitions::published_stages(w)? {
        for at in voided_by_reopening(&stage.acts) {
            if stage.acts[at].at > oldest {
                let competition =
                    competitions::competition(w, stage.competition_id)?.or_not_found()?;
                docket_voided(w, &competition, &stage, at)?;
            }
        }
    }
    Ok(())
}

/// The reopenings, by place, that found an approval standing.
fn voided_by_reopening(acts: &[StageAct]) -> Vec<usize> {
    let mut approved = false;
    let mut found = Vec::new();
    for (at, act) in acts.iter().enumerate() {
        match act.act {
            StageActKind::DocketApproved => approved = true,
            StageActKind::DocketVoided => approved = false,
            StageActKind::ReviewsReopened => {
                if approved {
                    found.push(at);
                }
                approved = false;
            }
            _ => {}
        }
    }
    found
}

/// Officers to whom a coalition's door is open.
///
/// # Errors
/// When the database fails.
pub fn officers_for(
    r: &mut Reads<'_>,
    competition: CompetitionId,
    coalition: CoalitionId,
) -> Result<Vec<PersonId>> {
    let shut_out = doors::people_shut_out(r, coalition)?;
    let mut officers = people::holders(r, competition, Role::Officer)?;
    officers.retain(|officer| !shut_out.contains(officer));
    Ok(officers)
}
