//! Who may read and write what of reviews and discussion, decided from facts alone.

use crate::competitions::model::Phase;
use crate::panels::model::AssignmentState;
use crate::people::Role;

/// How far a person's own review of the submission has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// No live assignment.
    None,
    /// Asked to review, without an answer yet.
    Invited,
    /// Will review, and has not submitted.
    Pending,
    /// Has submitted.
    Submitted,
}

/// What is known of a person and one submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The person's highest office in the competition.
    pub office: Option<Role>,
    /// The person's own part as a reviewer of it.
    pub part: Part,
    /// Whether a tie closes the coalition's door to the person.
    pub door_closed: bool,
    /// The stage's phase.
    pub phase: Phase,
    /// Whether the stage has a discussion.
    pub discussion: bool,
}

/// How a person sees what others wrote on a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// They may not know that there is anything.
    Hidden,
    /// Their own review comes first: the list is empty.
    NothingYet,
    /// Under the names drawn for this submission.
    Pseudonyms,
    /// Under the reviewers' own names.
    Names,
}

/// Whether a person may add to the discussion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// They may not know of the discussion.
    Hidden,
    /// They read only.
    Listens,
    /// Their own review comes first.
    OwnReviewFirst,
    /// The discussion is over.
    Over,
    /// They may.
    Speaks,
}

/// How a person sees the reviews of a submission.
pub fn sight(facts: &Facts) -> Sight {
    let in_office = matches!(facts.office, Some(Role::Officer | Role::Assistant));
    if facts.door_closed || facts.phase < Phase::Reviewing {
        return Sight::Hidden;
    }
    match (facts.part, in_office) {
        (Part::None | Part::Submitted, true) => Sight::Names,
        (Part::Submitted, false) => Sight::Pseudonyms,
        (Part::Pending, _) | (Part::Invited, true) => Sight::NothingYet,
        (Part::None | Part::Invited, false) => Sight::Hidden,
    }
}

/// How a person sees the discussion of a submission.
pub fn sight_of_notes(facts: &Facts) -> Sight {
    if facts.discussion {
        sight(facts)
    } else {
        Sight::Hidden
    }
}

/// Whether a person may add to the discussion of a submission.
pub fn voice(facts: &Facts) -> Voice {
    let over = facts.phase > Phase::Deciding;
    match sight_of_notes(facts) {
        Sight::Hidden => Voice::Hidden,
        Sight::NothingYet => Voice::OwnReviewFirst,
        Sight::Names if facts.part == Part::None && facts.office != Some(Role::Officer) => {
            Voice::Listens
        }
        Sight::Names | Sight::Pseudonyms if over => Voice::Over,
        Sight::Names | Sight::Pseudonyms => Voice::Speaks,
    }
}

/// Whether a submission shows in the results and progress that a person of office reads.
/// Who reviews it themselves submits first.
pub fn counts_for(facts: &Facts) -> bool {
    !facts.door_closed
        && facts.phase >= Phase::Reviewing
        && matches!(facts.part, Part::None | Part::Submitted)
}

/// Whether a submission shows in how far a stage's reviewers are: before reviews open to every
/// open door, since there is nothing yet to be seen of others'; then as in the results.
pub fn shows_in_progress(facts: &Facts) -> bool {
    if facts.phase == Phase::Screening {
        return !facts.door_closed;
    }
    counts_for(facts)
}

/// What a reviewer may do with the review on their own assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnReview {
    /// There is no such assignment for them.
    Hidden,
    /// The assignment waits for their answer.
    Unanswered,
    /// They may read it.
    Read,
    /// They may read and write it.
    Write,
}

/// What a reviewer may do with the review on an assignment of theirs.
pub fn own_review(state: AssignmentState, door_closed: bool, phase: Phase) -> OwnReview {
    match state {
        _ if door_closed => OwnReview::Hidden,
        AssignmentState::Accepted if phase == Phase::Reviewing => OwnReview::Write,
        AssignmentState::Accepted => OwnReview::Read,
        AssignmentState::Invited => OwnReview::Unanswered,
        AssignmentState::Declined | AssignmentState::Recused | AssignmentState::Ended => {
            OwnReview::Hidden
        }
    }
}

/// Who reads the results of a stage.
pub fn reads_results(office: Option<Role>) -> bool {
    matches!(
        office,
        Some(Role::Officer | Role::Assistant | Role::Approver)
    )
}

/// Who follows how far the reviewers are.
pub fn reads_progress(office: Option<Role>) -> bool {
    matches!(office, Some(Role::Officer | Role::Assistant))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFICES: [Option<Role>; 5] = [
        None,
        Some(Role::Officer),
        Some(Role::Assistant),
        Some(Role::Approver),
        Some(Role::Funder),
    ];
    const PARTS: [Part; 4] = [Part::None, Part::Invited, Part::Pending, Part::Submitted];

    fn facts(office: Option<Role>, part: Part) -> Facts {
        Facts {
            office,
            part,
            door_closed: false,
            phase: Phase::Reviewing,
            discussion: true,
        }
    }

    #[test]
    fn sight_and_voice_by_office_and_part() {
        use Sight::{Hidden, Names, NothingYet, Pseudonyms};
        use Voice::{Listens, OwnReviewFirst, Speaks};
        let (no, office) = (Voice::Hidden, OFFICES);
        for (office, row) in [
            (
                office[0],
                [
                    (Hidden, no),
                    (Hidden, no),
                    (NothingYet, OwnReviewFirst),
                    (Pseudonyms, Speaks),
                ],
            ),
            (
                office[1],
                [
                    (Names, Speaks),
                    (NothingYet, OwnReviewFirst),
                    (NothingYet, OwnReviewFirst),
                    (Names, Speaks),
                ],
            ),
            (
                office[2],
                [
                    (Names, Listens),
                    (NothingYet, OwnReviewFirst),
                    (NothingYet, OwnReviewFirst),
                    (Names, Speaks),
                ],
            ),
            (
                office[3],
                [
                    (Hidden, no),
                    (Hidden, no),
                    (NothingYet, OwnReviewFirst),
                    (Pseudonyms, Speaks),
                ],
            ),
            (
                office[4],
                [
                    (Hidden, no),
                    (Hidden, no),
                    (NothingYet, OwnReviewFirst),
                    (Pseudonyms, Speaks),
                ],
            ),
        ] {
            for (part, expected) in PARTS.into_iter().zip(row) {
                let facts = facts(office, part);
                assert_eq!((sight(&facts), voice(&facts)), expected, "{facts:?}");
            }
        }
    }

    #[test]
    fn a_closed_door_or_an_early_phase_hides_everything_from_everyone() {
        for office in OFFICES {
            for part in PARTS {
                let closed = Facts {
                    door_closed: true,
                    ..facts(office, part)
                };
                let early = Facts {
                    phase: Phase::Screening,
                    ..facts(office, part)
                };
                for facts in [closed, early] {
                    assert_eq!(sight(&facts), Sight::Hidden, "{facts:?}");
                    assert_eq!(sight_of_notes(&facts), Sight::Hidden, "{facts:?}");
                    assert_eq!(voice(&facts), Voice::Hidden, "{facts:?}");
                    assert!(!counts_for(&facts), "{facts:?}");
                }
            }
        }
    }

    #[test]
    fn a_discussion_can_be_absent_and_ends_with_the_decisions() {
        let without = Facts {
            discussion: false,
            ..facts(Some(Role::Officer), Part::None)
        };
        assert_eq!(sight(&without), Sight::Names);
        assert_eq!(sight_of_notes(&without), Sight::Hidden);
        assert_eq!(voice(&without), Voice::Hidden);
        for (phase, expected) in [
            (Phase::Reviewing, Voice::Speaks),
            (Phase::Deciding, Voice::Speaks),
            (Phase::Decided, Voice::Over),
            (Phase::Told, Voice::Over),
            (Phase::Public, Voice::Over),
        ] {
            for office in [None, Some(Role::Officer)] {
                let facts = Facts {
                    phase,
                    ..facts(office, Part::Submitted)
                };
                assert_eq!(voice(&facts), expected, "{facts:?}");
                assert_ne!(sight_of_notes(&facts), Sight::Hidden, "{facts:?}");
            }
        }
    }

    #[test]
    fn results_leave_out_what_the_reader_has_still_to_review() {
        for (part, expected) in PARTS.into_iter().zip([true, false, false, true]) {
            assert_eq!(counts_for(&facts(Some(Role::Officer), part)), expected);
        }
    }

    #[test]
    fn own_review_by_assignment_and_phase() {
        use AssignmentState::{Accepted, Declined, Ended, Invited, Recused};
        for (state, before, during, after) in [
            (
                Invited,
                OwnReview::Unanswered,
                OwnReview::Unanswered,
                OwnReview::Unanswered,
            ),
            (Accepted, OwnReview::Read, OwnReview::Write, OwnReview::Read),
            (
                Declined,
                OwnReview::Hidden,
                OwnReview::Hidden,
                OwnReview::Hidden,
            ),
            (
                Recused,
                OwnReview::Hidden,
                OwnReview::Hidden,
                OwnReview::Hidden,
            ),
            (
                Ended,
                OwnReview::Hidden,
                OwnReview::Hidden,
                OwnReview::Hidden,
            ),
        ] {
            for (phase, expected) in [
                (Phase::Closed, before),
                (Phase::Screening, before),
                (Phase::Reviewing, during),
                (Phase::Deciding, after),
                (Phase::Public, after),
            ] {
                assert_eq!(
                    own_review(state, false, phase),
                    expected,
                    "{state} {phase:?}"
                );
                assert_eq!(own_review(state, true, phase), OwnReview::Hidden);
            }
        }
    }

    #[test]
    fn results_and_progress_by_office() {
        for (office, results, progress) in [
            (None, false, false),
            (Some(Role::Officer), true, true),
            (Some(Role::Assistant), true, true),
            (Some(Role::Approver), true, false),
            (Some(Role::Funder), false, false),
        ] {
            assert_eq!(reads_results(office), results);
            assert_eq!(reads_progress(office), progress);
        }
    }
}
