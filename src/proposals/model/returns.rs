//! A submission that is given back for correction.

use super::Snapshot;
use crate::coalitions::model::Ended;
use crate::competitions::model::{CAPITAL_STACK, Form};
use crate::platform::clock::Instant;
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId, ReturnId, StageId, SubmissionId};
use crate::platform::refusal::FieldError;

/// Some sections of a submission that are open again for a time, to its coalition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionReturn {
    /// Its identity.
    pub id: ReturnId,
    /// What was given back: all that is not to be corrected stays as it says.
    pub submission_id: SubmissionId,
    /// The stage.
    pub stage_id: StageId,
    /// The competition.
    pub competition_id: CompetitionId,
    /// Whose submission.
    pub coalition_id: CoalitionId,
    /// The keys of the sections, and [`CAPITAL_STACK`] for the money.
    pub sections: Vec<String>,
    /// The last moment to hand the correction in.
    pub until: Instant,
    /// What is to be corrected, and why.
    pub reason: String,
    /// The officer who asked for it.
    pub asked_by: PersonId,
    /// When.
    pub asked_at: Instant,
    /// The latest correction that was handed in.
    pub answered_by: Option<SubmissionId>,
    /// How it ended before its time.
    pub ended: Option<Ended>,
}

impl SubmissionReturn {
    /// Whether corrections are taken at a moment.
    pub fn stands_at(&self, now: Instant) -> bool {
        self.ended.is_none() && now <= self.until
    }

    /// Whether a section (or the capital stack, by its key) is open again.
    pub fn reopens(&self, section: &str) -> bool {
        self.sections.iter().any(|key| key == section)
    }

    /// The snapshot that was given back, with the sections that are open again as they are now.
    pub fn corrected(&self, before: Snapshot, now: Snapshot, form: &Form) -> Snapshot {
        let sections = form.sections.iter().filter_map(|section| {
            let from = if self.reopens(&section.key) {
                &now.sections
            } else {
                &before.sections
            };
            from.iter().find(|one| one.key == section.key).cloned()
        });
        Snapshot {
            sections: sections.collect(),
            capital_stack: if self.reopens(CAPITAL_STACK) {
                now.capital_stack
            } else {
                before.capital_stack
            },
            title: before.title,
            coalition: before.coalition,
        }
    }

    /// Whether what a draft lacks concerns the correction: what is not open again was complete.
    pub fn concerns(&self, lacks: &FieldError) -> bool {
        let pointer = lacks.pointer.trim_start_matches('/');
        match pointer.split('/').collect::<Vec<_>>().as_slice() {
            ["sections", section, ..] => self.reopens(section),
            [first, ..] if *first == CAPITAL_STACK => self.reopens(CAPITAL_STACK),
            [first, ..] => *first == "confirmation",
            [] => false,
        }
    }
}
