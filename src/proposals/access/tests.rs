use super::*;

fn draft(member: Option<MemberRole>, office: Option<Role>, sealed_now: bool) -> DraftFacts {
    DraftFacts {
        member: member.map(|role| (role, vec!["idea".to_owned()])),
        office,
        sealed_now,
    }
}

#[test]
fn members_read_all_and_write_what_is_theirs() {
    for (role, idea, money, submits, confirms, withdraws) in [
        (MemberRole::Convenor, true, true, true, false, true),
        (MemberRole::Editor, true, true, true, false, false),
        (MemberRole::Contributor, true, false, false, false, false),
        (MemberRole::Signatory, false, false, false, true, false),
    ] {
        let rights = draft_rights(&draft(Some(role), None, true)).unwrap();
        assert!(rights.reads(), "{role}");
        assert_eq!(rights.writes("idea"), idea, "{role}");
        assert_eq!(rights.writes(CAPITAL_STACK), money, "{role}");
        assert_eq!(rights.submits(), submits, "{role}");
        assert_eq!(rights.confirms(), confirms, "{role}");
        assert_eq!(rights.withdraws(), withdraws, "{role}");
    }
}

#[test]
fn nobody_else_reads_a_word_of_a_draft() {
    for (office, sealed, expected) in [
        (Some(Role::Officer), false, Some(DraftRights::State)),
        (Some(Role::Assistant), false, Some(DraftRights::State)),
        (Some(Role::Officer), true, None),
        (Some(Role::Assistant), true, None),
        (Some(Role::Approver), false, None),
        (Some(Role::Funder), false, None),
        (None, false, None),
    ] {
        let rights = draft_rights(&draft(None, office, sealed));
        assert_eq!(rights, expected, "{office:?} {sealed}");
        assert!(!rights.is_some_and(|r| r.reads() || r.writes("idea")));
    }
}

/// Nobody, of no office, at a sealed stage that is over.
const NOBODY: SubmissionFacts = SubmissionFacts {
    member: false,
    door_closed: false,
    office: None,
    assigned: false,
    window: AnswerWindow::Over,
    sealed: true,
    deciding: true,
    state: SubmissionState::InForce,
    corrected: false,
    coalition_over: false,
};

const fn of_office(role: Role) -> SubmissionFacts {
    SubmissionFacts {
        office: Some(role),
        ..NOBODY
    }
}

const ASSIGNED: SubmissionFacts = SubmissionFacts {
    assigned: true,
    ..NOBODY
};

#[test]
fn after_the_close_each_reads_by_their_tie() {
    for (who, facts, expected) in [
        ("member of another city", NOBODY, None),
        ("administrator", NOBODY, None),
        ("unassigned reviewer", NOBODY, None),
        (
            "member",
            SubmissionFacts {
                member: true,
                door_closed: true,
                ..NOBODY
            },
            Some(Reader::Member),
        ),
        ("officer", of_office(Role::Officer), Some(Reader::Staff)),
        ("assistant", of_office(Role::Assistant), Some(Reader::Staff)),
        (
            "approver with a docket",
            of_office(Role::Approver),
            Some(Reader::Panel),
        ),
        (
            "approver before",
            SubmissionFacts {
                deciding: false,
                ..of_office(Role::Approver)
            },
            None,
        ),
        ("funder", of_office(Role::Funder), None),
        (
            "funder's employee on the panel",
            SubmissionFacts {
                assigned: true,
                ..of_office(Role::Funder)
            },
            Some(Reader::Panel),
        ),
        ("assigned reviewer", ASSIGNED, Some(Reader::Panel)),
        (
            "officer who reviews",
            SubmissionFacts {
                assigned: true,
                ..of_office(Role::Officer)
            },
            Some(Reader::Staff),
        ),
        (
            "reviewer of a withdrawn one",
            SubmissionFacts {
                state: SubmissionState::Withdrawn,
                ..ASSIGNED
            },
            None,
        ),
        (
            "reviewer of a replaced one",
            SubmissionFacts {
                state: SubmissionState::Replaced,
                ..ASSIGNED
            },
            None,
        ),
        (
            "reviewer of one that was corrected since",
            SubmissionFacts {
                state: SubmissionState::Replaced,
                corrected: true,
                ..ASSIGNED
            },
            Some(Reader::Panel),
        ),
        (
            "reviewer of a coalition that is over",
            SubmissionFacts {
                coalition_over: true,
                ..ASSIGNED
            },
            None,
        ),
    ] {
        assert_eq!(submission_reader(&facts), expected, "{who}");
    }
}

#[test]
fn a_conflict_closes_every_door_but_the_members_own() {
    for role in [Role::Officer, Role::Assistant, Role::Approver, Role::Funder] {
        let facts = SubmissionFacts {
            door_closed: true,
            assigned: true,
            ..of_office(role)
        };
        assert_eq!(submission_reader(&facts), None, "{role}");
    }
    let facts = SubmissionFacts {
        door_closed: true,
        ..ASSIGNED
    };
    assert_eq!(submission_reader(&facts), None);
}

#[test]
fn before_the_end_of_grace_a_seal_holds_and_reviewers_wait() {
    for window in [
        AnswerWindow::NotYet,
        AnswerWindow::Open,
        AnswerWindow::Grace,
    ] {
        for role in [Role::Officer, Role::Assistant, Role::Approver, Role::Funder] {
            let facts = SubmissionFacts {
                window,
                assigned: true,
                ..of_office(role)
            };
            assert_eq!(submission_reader(&facts), None, "{role} {window:?}");
        }
        let unsealed = |facts| SubmissionFacts {
            window,
            sealed: false,
            ..facts
        };
        assert_eq!(submission_reader(&unsealed(ASSIGNED)), None);
        let officer = unsealed(of_office(Role::Officer));
        assert_eq!(submission_reader(&officer), Some(Reader::Staff));
        let member = SubmissionFacts {
            window,
            member: true,
            ..NOBODY
        };
        assert_eq!(submission_reader(&member), Some(Reader::Member));
    }
}

#[test]
fn the_list_is_for_office_and_panel() {
    for (office, on_panel, expected) in [
        (Some(Role::Officer), false, Some(Listing::All)),
        (Some(Role::Assistant), true, Some(Listing::All)),
        (Some(Role::Approver), false, Some(Listing::All)),
        (Some(Role::Funder), false, None),
        (Some(Role::Funder), true, Some(Listing::Assigned)),
        (None, true, Some(Listing::Assigned)),
        (None, false, None),
    ] {
        assert_eq!(listing(office, on_panel), expected, "{office:?} {on_panel}");
    }
}
