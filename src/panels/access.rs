//! Who may do what with a panel, a conflict, an assignment: pure functions from facts to rights.

/// What a person is to the competition of a stage, the strictest tie first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact or right of its own"
)]
pub struct Facts {
    /// Officer of the competition.
    pub officer: bool,
    /// Assistant of the competition.
    pub assistant: bool,
    /// The object is about the person themselves: their place on the panel, their conflict,
    /// their assignment.
    pub own: bool,
    /// A conflict, a seat or a membership closes the coalition that the object is about.
    pub closed: bool,
}

/// What a person may do. Who may not even see answers for an object that is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact or right of its own"
)]
pub struct Rights {
    /// Know that it exists and read it.
    pub see: bool,
    /// Answer for oneself: accept, decline, step back.
    pub answer: bool,
    /// Ask people onto the panel.
    pub invite: bool,
    /// Change, end, assign, decide.
    pub decide: bool,
}

impl Facts {
    const fn office(self) -> bool {
        self.officer || self.assistant
    }
}

/// Rights over the panel of a stage and over one reviewer's part in it.
pub const fn over_panel(facts: Facts) -> Rights {
    Rights {
        see: facts.office() || facts.own,
        answer: facts.own,
        invite: facts.office(),
        decide: facts.officer,
    }
}

/// Rights over a conflict. Nobody decides on their own ties, and who is shut out of the coalition
/// does not see who else is: one's own list tells only that the pair exists.
pub const fn over_conflict(facts: Facts) -> Rights {
    let see = facts.office() && !facts.closed;
    Rights {
        see,
        answer: false,
        invite: false,
        decide: see && facts.officer && !facts.own,
    }
}

/// Rights over an assignment.
pub const fn over_assignment(facts: Facts) -> Rights {
    let open = !facts.closed;
    Rights {
        see: open && (facts.office() || facts.own),
        answer: open && facts.own,
        invite: false,
        decide: open && facts.officer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: Facts = Facts {
        officer: false,
        assistant: false,
        own: false,
        closed: false,
    };
    const OFFICER: Facts = Facts {
        officer: true,
        ..NOBODY
    };
    const ASSISTANT: Facts = Facts {
        assistant: true,
        ..NOBODY
    };
    const OWNER: Facts = Facts {
        own: true,
        ..NOBODY
    };
    const OWN_OFFICER: Facts = Facts {
        own: true,
        ..OFFICER
    };

    const fn shut_out(facts: Facts) -> Facts {
        Facts {
            closed: true,
            ..facts
        }
    }

    /// Rights as letters, in the order see, answer, invite, decide.
    fn letters(rights: Rights) -> String {
        [
            (rights.see, 's'),
            (rights.answer, 'a'),
            (rights.invite, 'i'),
            (rights.decide, 'd'),
        ]
        .into_iter()
        .map(|(has, letter)| if has { letter } else { '-' })
        .collect()
    }

    #[test]
    fn rights_by_who_one_is() {
        let table = [
            ("nobody", NOBODY, "----", "----", "----"),
            ("officer", OFFICER, "s-id", "s--d", "s--d"),
            ("assistant", ASSISTANT, "s-i-", "s---", "s---"),
            ("owner", OWNER, "sa--", "----", "sa--"),
            ("officer, own", OWN_OFFICER, "said", "s---", "sa-d"),
            ("nobody, closed", shut_out(NOBODY), "----", "----", "----"),
            ("officer, closed", shut_out(OFFICER), "s-id", "----", "----"),
            (
                "assistant, closed",
                shut_out(ASSISTANT),
                "s-i-",
                "----",
                "----",
            ),
            ("owner, closed", shut_out(OWNER), "sa--", "----", "----"),
            (
                "own officer, closed",
                shut_out(OWN_OFFICER),
                "said",
                "----",
                "----",
            ),
        ];
        for (who, facts, panel, conflict, assignment) in table {
            assert_eq!(letters(over_panel(facts)), panel, "{who} over a panel");
            assert_eq!(
                letters(over_conflict(facts)),
                conflict,
                "{who} over a conflict"
            );
            assert_eq!(
                letters(over_assignment(facts)),
                assignment,
                "{who} over an assignment"
            );
        }
    }
}
