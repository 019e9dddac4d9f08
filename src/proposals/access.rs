//! Who may do what with a proposal and its submissions: from facts to rights, in pure code.

use crate::coalitions::model::MemberRole;
use crate::competitions::model::Visibility;
use crate::people::Role;

use super::model::{AnswerWindow, SubmissionState};

pub use crate::competitions::model::CAPITAL_STACK;

/// What a person is to a proposal's draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftFacts {
    /// Their live part in the coalition, with the sections given to a contributor.
    pub member: Option<(MemberRole, Vec<String>)>,
    /// Their office in the competition, none where a conflict closes the door.
    pub office: Option<Role>,
    /// Whether the stage's submissions are sealed at this moment.
    pub sealed_now: bool,
}

/// What a person may do with a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftRights {
    /// A member: reads all of it.
    Member {
        /// Who they are in the coalition.
        role: MemberRole,
        /// The sections given to a contributor.
        sections: Vec<String>,
    },
    /// An officer or assistant: sees which sections are filled, never a word of them.
    State,
}

/// What a person may do with a draft; none: it does not exist for them.
pub fn draft_rights(facts: &DraftFacts) -> Option<DraftRights> {
    if let Some((role, sections)) = &facts.member {
        return Some(DraftRights::Member {
            role: *role,
            sections: sections.clone(),
        });
    }
    let staff = matches!(facts.office, Some(Role::Officer | Role::Assistant));
    (staff && !facts.sealed_now).then_some(DraftRights::State)
}

impl DraftRights {
    /// Whether they read the draft's text.
    pub const fn reads(&self) -> bool {
        matches!(self, Self::Member { .. })
    }

    /// Whether they write a section (or the capital stack, by its key).
    pub fn writes(&self, section: &str) -> bool {
        match self {
            Self::Member { role, sections } => match role {
                MemberRole::Convenor | MemberRole::Editor => true,
                MemberRole::Contributor => sections.iter().any(|key| key == section),
                MemberRole::Signatory => false,
            },
            Self::State => false,
        }
    }

    /// Whether they give the title and submit.
    pub const fn submits(&self) -> bool {
        matches!(
            self,
            Self::Member {
                role: MemberRole::Convenor | MemberRole::Editor,
                ..
            }
        )
    }

    /// Whether they confirm a version.
    pub const fn confirms(&self) -> bool {
        matches!(
            self,
            Self::Member {
                role: MemberRole::Signatory,
                ..
            }
        )
    }

    /// Whether they withdraw a submission.
    pub const fn withdraws(&self) -> bool {
        matches!(
            self,
            Self::Member {
                role: MemberRole::Convenor,
                ..
            }
        )
    }
}

/// What a person is to a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each of which is so or not"
)]
pub struct SubmissionFacts {
    /// Whether they are a live member of its coalition.
    pub member: bool,
    /// Whether a conflict in force, a seat or a membership closes the door to their office and
    /// their reviewing.
    pub door_closed: bool,
    /// Their office in the competition.
    pub office: Option<Role>,
    /// Whether they accepted an assignment on it and still have it.
    pub assigned: bool,
    /// Where the moment lies in its stage.
    pub window: AnswerWindow,
    /// Whether its stage is sealed until the end of the grace.
    pub sealed: bool,
    /// Whether its stage has come to deciding.
    pub deciding: bool,
    /// What became of it.
    pub state: SubmissionState,
    /// Whether it was replaced by a correction, after the panel could read it.
    pub corrected: bool,
    /// Whether its coalition is over: it lost its last place, or was dissolved.
    pub coalition_over: bool,
}

/// As what a person reads a submission, and so how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A member of its coalition: all of it, with receipt and digest.
    Member,
    /// An officer or assistant: all of it.
    Staff,
    /// A reviewer or approver: what is for the panel.
    Panel,
}

impl Reader {
    /// The answers that they see.
    pub const fn sees(self) -> Visibility {
        match self {
            Self::Member | Self::Staff => Visibility::Staff,
            Self::Panel => Visibility::Panel,
        }
    }
}

/// As what a person reads a submission; none: it does not exist for them.
pub fn submission_reader(facts: &SubmissionFacts) -> Option<Reader> {
    if facts.member {
        return Some(Reader::Member);
    }
    let over = facts.window == AnswerWindow::Over;
    if facts.door_closed || (facts.sealed && !over) {
        return None;
    }
    match facts.office {
        Some(Role::Officer | Role::Assistant) => return Some(Reader::Staff),
        Some(Role::Approver) if facts.deciding => return Some(Reader::Panel),
        _ => {}
    }
    let shown = facts.state == SubmissionState::InForce || facts.corrected;
    (facts.assigned && over && shown && !facts.coalition_over).then_some(Reader::Panel)
}

/// Whose submissions of a stage a person may list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// All that no conflict hides; none while they are sealed.
    All,
    /// Those that are assigned to them, once the stage is over.
    Assigned,
}

/// What of a stage's submissions a person may list; none: the list is not theirs.
pub const fn listing(office: Option<Role>, on_panel: bool) -> Option<Listing> {
    match office {
        Some(Role::Officer | Role::Assistant | Role::Approver) => Some(Listing::All),
        _ if on_panel => Some(Listing::Assigned),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
