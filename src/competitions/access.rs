//! What a person may do with a competition: from their ties to rights, in pure code.

use crate::people::{Person, Role};
use crate::platform::ids::CompetitionId;

/// What ties a caller to a competition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent ties")]
pub struct Ties {
    /// They administer the instance.
    pub administrator: bool,
    /// They are an officer of this competition.
    pub officer: bool,
    /// They are an assistant of it.
    pub assistant: bool,
    /// They are an approver of it.
    pub approver: bool,
    /// They are a funder of it.
    pub funder: bool,
}

impl Ties {
    /// The ties of a caller, who may be nobody.
    pub fn of(who: Option<&Person>, competition: CompetitionId) -> Self {
        who.map_or_else(Self::default, |who| Self {
            administrator: who.administrator,
            officer: who.is(Role::Officer, competition),
            assistant: who.is(Role::Assistant, competition),
            approver: who.is(Role::Approver, competition),
            funder: who.is(Role::Funder, competition),
        })
    }
}

/// What a caller may do with a competition and its stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    /// Know that it exists.
    pub see: bool,
    /// Read what is for its staff: reminders, recorded acts, announcement times, budget.
    pub read_staff_part: bool,
    /// Set it up, change it, publish it, record acts on its stages.
    pub change: bool,
}

/// The rights that follow. An administrator looks after accounts and roles, not after calls, so
/// they see everything here and change nothing; a funder sees the draft without the staff's part.
pub fn rights(ties: Ties, published: bool) -> Rights {
    let read_staff_part = ties.officer || ties.assistant || ties.approver || ties.administrator;
    Rights {
        see: published || read_staff_part || ties.funder,
        read_staff_part,
        change: ties.officer,
    }
}

/// Whether a caller may set up a new competition.
pub fn may_create(who: &Person) -> bool {
    who.administrator || who.is_officer_somewhere()
}

/// Whether a caller may load places and their facts.
pub fn may_load_places(who: &Person) -> bool {
    who.administrator || who.is_officer_somewhere()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_and_publication_make_the_rights() {
        let tied = |tie: fn(&mut Ties)| {
            let mut ties = Ties::default();
            tie(&mut ties);
            ties
        };
        for (name, ties, sees_draft, staff, change) in [
            ("nobody", Ties::default(), false, false, false),
            ("officer", tied(|t| t.officer = true), true, true, true),
            ("assistant", tied(|t| t.assistant = true), true, true, false),
            ("approver", tied(|t| t.approver = true), true, true, false),
            ("funder", tied(|t| t.funder = true), true, false, false),
            (
                "administrator",
                tied(|t| t.administrator = true),
                true,
                true,
                false,
            ),
        ] {
            let draft = rights(ties, false);
            let published = rights(ties, true);
            assert_eq!(draft.see, sees_draft, "{name}");
            assert!(published.see, "{name}");
            for rights in [draft, published] {
                assert_eq!(rights.read_staff_part, staff, "{name}");
                assert_eq!(rights.change, change, "{name}");
            }
        }
    }
}
