//! What still stands against an announcement.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::actions::docket::{counting_verdicts, pending};
use super::desk::Desk;
use super::feedback::Release;
use super::ledger::{Ledger, latest_of_each};
use super::model::{Decision, Moment, Outcome};
use super::{docket, order, store};
use crate::coalitions::doors;
use crate::competitions::model::{BudgetLine, Phase, Stage};
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::ids::{CoalitionId, ReviewId};
use crate::platform::refusal::Result;
use crate::reviews::model::Review;
use crate::reviews::store as reviews;
use crate::text_enum;

text_enum! {
    /// Why an announcement can't be confirmed yet.
    BlockerKind {
        /// No decision waits to be told.
        NothingToTell = "nothing_to_tell",
        /// An eligible submission has no decision.
        Undecided = "undecided",
        /// A coalition has more time and may still hand in.
        StillToCome = "still_to_come",
        /// Who decided conflicts with the coalition: another officer must decide anew.
        DeciderConflicted = "decider_conflicted",
        /// A narrative is neither released, redacted nor withheld.
        NarrativeUnreleased = "narrative_unreleased",
        /// A decision departs from the order of the results and says not why.
        OutOfOrderUnexplained = "out_of_order_unexplained",
        /// It advances to a stage that has closed, or that has no times yet.
        NextStageNotOpen = "next_stage_not_open",
        /// A budget line has less than what is drawn on it.
        BudgetExceeded = "budget_exceeded",
        /// The docket as it stands is not approved.
        DocketNotApproved = "docket_not_approved",
    }
}

/// Something that must be done before an announcement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct Blocker {
    /// What it is.
    pub kind: BlockerKind,
    /// The coalition it is about; null where it is about none.
    pub coalition: Option<CoalitionId>,
    /// In words.
    pub detail: String,
}

/// The decisions that an announcement would tell now, and what stands against it.
#[derive(Clone, Debug)]
pub struct Readiness {
    /// What would be told.
    pub pending: Vec<Decision>,
    /// What is decided on each review's narratives, for the same submissions.
    pub releases: Vec<Release>,
    /// Which of all decisions depart from the order of the results.
    pub departing: BTreeSet<CoalitionId>,
    /// What stands against it, as far as the reader sees: what is closed to them neither shows here
    /// nor changes what does.
    pub blockers: Vec<Blocker>,
    /// Whether anything about what is closed to the reader stands against it too; told to nobody
    /// but who confirms the announcement.
    pub left_to_another: bool,
}

/// Looks at everything that an announcement needs.
///
/// # Errors
/// When the database fails.
pub fn readiness(r: &mut Reads<'_>, desk: &Desk) -> Result<Readiness> {
    let pending = pending(r, desk)?;
    let latest = latest_of_each(store::decisions_of_stage(r, desk.stage.id)?);
    let standings = order::standings(r, desk)?;
    let departing = standings.departing(&latest, |_| true);
    let seen_to_depart = standings.departing(&latest, |coalition| desk.sees(coalition));
    let mut found = Found {
        desk,
        blockers: BTreeSet::new(),
        left_to_another: false,
    };
    if pending.is_empty() {
        found.in_general(BlockerKind::NothingToTell, "No decision waits to be told.");
    }
    if desk.coming {
        found.in_general(
            BlockerKind::StillToCome,
            "A coalition has more time and may still hand in.",
        );
    }
    found.undecided(&latest);
    found.conflicted(r, &pending)?;
    found.unexplained(&pending, &departing, &seen_to_depart);
    let releases = store::releases_of_stage(r, desk.stage.id)?;
    found.unreleased(r, &pending, &releases)?;
    found.without_next_stage(r, &pending)?;
    found.overdrawn(r)?;
    found.docket(r, &pending)?;
    Ok(Readiness {
        releases,
        departing,
        blockers: found.blockers.into_iter().collect(),
        left_to_another: found.left_to_another,
        pending,
    })
}

struct Found<'d> {
    desk: &'d Desk,
    blockers: BTreeSet<Blocker>,
    /// There is something about cases that are closed to the reader.
    left_to_another: bool,
}

impl Found<'_> {
    fn in_general(&mut self, kind: BlockerKind, detail: &str) {
        self.blockers.insert(Blocker {
            kind,
            coalition: None,
            detail: detail.to_owned(),
        });
    }

    /// Of a case that is closed to the reader nothing is told.
    fn on(&mut self, coalition: CoalitionId, kind: BlockerKind, detail: &str) {
        if self.desk.sees(coalition) {
            self.blockers.insert(Blocker {
                kind,
                coalition: Some(coalition),
                detail: detail.to_owned(),
            });
        } else {
            self.left_to_another = true;
        }
    }

    fn undecided(&mut self, latest: &[Decision]) {
        let decided: BTreeSet<CoalitionId> = latest.iter().map(|d| d.coalition).collect();
        for coalition in self.desk.to_decide.difference(&decided) {
            self.on(
                *coalition,
                BlockerKind::Undecided,
                "This submission has no decision yet.",
            );
        }
    }

    fn conflicted(&mut self, r: &mut Reads<'_>, pending: &[Decision]) -> Result<()> {
        for decision in pending {
            if doors::is_closed(r, decision.recorded_by, decision.coalition)? {
                self.on(
                    decision.coalition,
                    BlockerKind::DeciderConflicted,
                    "Who decided conflicts with the coalition: another officer decides anew.",
                );
            }
        }
        Ok(())
    }

    /// What departs only from a case that is closed to the reader is another officer's to explain.
    fn unexplained(
        &mut self,
        pending: &[Decision],
        departing: &BTreeSet<CoalitionId>,
        seen_to_depart: &BTreeSet<CoalitionId>,
    ) {
        for decision in pending {
            let explained = !decision.content.out_of_order_reason.is_empty();
            if explained || !departing.contains(&decision.coalition) {
                continue;
            }
            if seen_to_depart.contains(&decision.coalition) {
                self.on(
                    decision.coalition,
                    BlockerKind::OutOfOrderUnexplained,
                    "This decision departs from the order of the results: write why.",
                );
            } else {
                self.left_to_another = true;
            }
        }
    }

    fn unreleased(
        &mut self,
        r: &mut Reads<'_>,
        pending: &[Decision],
        releases: &[Release],
    ) -> Result<()> {
        let told: BTreeSet<CoalitionId> = pending.iter().map(|d| d.coalition).collect();
        let releases = by_narrative(releases);
        for review in reviews::submitted_reviews(r, self.desk.stage.id)? {
            let waits = unsettled(&review, &releases).next().is_some();
            if waits && told.contains(&review.coalition_id) {
                self.on(
                    review.coalition_id,
                    BlockerKind::NarrativeUnreleased,
                    "A narrative is neither released, redacted nor withheld.",
                );
            }
        }
        Ok(())
    }

    fn without_next_stage(&mut self, r: &mut Reads<'_>, pending: &[Decision]) -> Result<()> {
        let next = self.desk.next_stage(r)?;
        let Some(why) = next.and_then(|next| why_not_open(&next, self.desk.now)) else {
            return Ok(());
        };
        for decision in pending {
            if decision.content.outcome == Outcome::Advance {
                self.on(decision.coalition, BlockerKind::NextStageNotOpen, why);
            }
        }
        Ok(())
    }

    /// As far as the reader sees: whoever could try amounts against this would find out others'.
    fn overdrawn(&mut self, r: &mut Reads<'_>) -> Result<()> {
        let ledger = Ledger::of(r, self.desk.competition.id)?;
        let desk = self.desk;
        for line in ledger.overdrawn_lines(|coalition| desk.sees(coalition)) {
            self.in_general(BlockerKind::BudgetExceeded, &too_much_on(line));
        }
        Ok(())
    }

    fn docket(&mut self, r: &mut Reads<'_>, pending: &[Decision]) -> Result<()> {
        let stage = &self.desk.stage;
        if !stage.docket_approval || self.desk.moment == Moment::Confirmed {
            return Ok(());
        }
        let verdicts = counting_verdicts(r, self.desk, pending)?;
        let digest = docket::digest_of(pending);
        if !docket::is_approved(&verdicts, &digest, pending) {
            let detail = "The docket as it stands is not approved.";
            self.in_general(BlockerKind::DocketNotApproved, detail);
        }
        Ok(())
    }
}

/// What is said of a line on which more is drawn than it holds.
pub fn too_much_on(line: &BudgetLine) -> String {
    format!(
        "More is drawn on “{}, {}” than it holds.",
        line.funder, line.instrument
    )
}

/// Whether settling it changes a decision, which would void the docket's approval.
pub const fn changes_decisions(kind: BlockerKind) -> bool {
    !matches!(
        kind,
        BlockerKind::NarrativeUnreleased | BlockerKind::DocketNotApproved
    )
}

/// Why nobody can go on to a stage now; none where they can.
fn why_not_open(next: &Stage, now: Instant) -> Option<&'static str> {
    match next.phase(now) {
        Phase::Draft => Some("The next stage has no published times yet: set them first."),
        Phase::Scheduled | Phase::Open => None,
        _ if next.form.is_some() && next.deadline.is_some_and(|end| end <= now) => {
            Some("The deadline of the next stage has passed: change it first.")
        }
        Phase::Closed | Phase::Screening | Phase::Reviewing => None,
        Phase::Deciding | Phase::Decided | Phase::Told | Phase::Public => {
            Some("The next stage is decided already.")
        }
    }
}

/// Releases by review and criterion.
pub type ByNarrative<'a> = BTreeMap<(ReviewId, &'a str), &'a Release>;

/// Releases, to be found by review and criterion.
pub fn by_narrative(releases: &[Release]) -> ByNarrative<'_> {
    releases
        .iter()
        .map(|release| ((release.review, release.criterion.as_str()), release))
        .collect()
}

/// The narratives of a review that wait for an officer: criterion and words.
pub fn unsettled<'a>(
    review: &'a Review,
    releases: &'a ByNarrative<'a>,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    narratives(review).filter(move |(criterion, words)| {
        !releases
            .get(&(review.id, *criterion))
            .is_some_and(|release| release.settles(words))
    })
}

/// The narratives of a review that say something.
pub fn narratives(review: &Review) -> impl Iterator<Item = (&str, &str)> {
    review
        .text
        .narratives
        .iter()
        .map(|(criterion, words)| (criterion.as_str(), words.as_str()))
        .filter(|(_, words)| !words.trim().is_empty())
}
