//! The officer's desk: a stage under decision, as one person may see it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::access::{self, Right};
use super::ledger::{latest_of_each, told_of_each};
use super::model::{Decision, Moment, in_effect, latest};
use super::store;
use crate::coalitions::doors;
use crate::coalitions::model::Coalition;
use crate::coalitions::store as coalitions;
use crate::competitions::model::{Competition, Phase, Stage};
use crate::competitions::store as competitions;
use crate::people::{Person, Role};
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::ids::{CoalitionId, CompetitionId, StageId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule};
use crate::proposals::actions::waivers::still_taking;
use crate::reviews::access::Part;
use crate::reviews::actions::parts_of;

/// A stage, and what is closed to the person who looks at it.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The competition.
    pub competition: Competition,
    /// The stage.
    pub stage: Stage,
    /// Where deciding stands.
    pub moment: Moment,
    /// Coalitions that the person conflicts with, or whose submission they have still to review
    /// themselves: own review first.
    pub closed: HashSet<CoalitionId>,
    /// Whether the person reads what coalitions were not told yet.
    pub untold: bool,
    /// Whose submissions are to be decided: in force, and eligible where the stage screens.
    pub to_decide: BTreeSet<CoalitionId>,
    /// Whether a coalition has more time and may still hand in.
    pub coming: bool,
    /// When the request arrived.
    pub now: Instant,
}

/// The roles of a person in a competition.
pub fn roles_in(who: &Person, competition: CompetitionId) -> Vec<Role> {
    [Role::Officer, Role::Assistant, Role::Approver, Role::Funder]
        .into_iter()
        .filter(|role| who.is(*role, competition))
        .collect()
}

/// The desk of a stage, for a person with this right.
///
/// # Errors
/// 404 when they may not know of the stage, 403 when the right is not theirs.
pub fn desk(r: &mut Reads<'_>, who: &Person, stage: StageId, right: Right) -> Result<Desk> {
    let stage = competitions::stage(r, stage)?.or_not_found()?;
    let roles = roles_in(who, stage.competition_id);
    let published = stage.published_at.is_some_and(|at| at <= r.now());
    if roles.is_empty() && !published && !who.administrator {
        return Err(Failure::not_found());
    }
    if !access::may(&roles, right) {
        return Err(Failure::forbidden(right.whose()));
    }
    lay_out(r, who, stage)
}

/// The desk behind something that only who works for the competition may know of.
///
/// # Errors
/// 404 for anyone else, 403 when the right is not theirs.
pub fn desk_behind(r: &mut Reads<'_>, who: &Person, stage: StageId, right: Right) -> Result<Desk> {
    let competition = competitions::stage(r, stage)?
        .or_not_found()?
        .competition_id;
    if !access::may(&roles_in(who, competition), Right::ReadTold) {
        return Err(Failure::not_found());
    }
    desk(r, who, stage, right)
}

/// As [`desk`], for whoever may read what stands there now: officers always, assistants and
/// approvers once coalitions were told.
///
/// # Errors
/// As [`desk`].
pub fn desk_to_read(r: &mut Reads<'_>, who: &Person, stage: StageId) -> Result<Desk> {
    let now = r.now();
    let told = competitions::stage(r, stage)?.is_some_and(|stage| stage.phase(now) >= Phase::Told);
    let right = if told {
        Right::ReadTold
    } else {
        Right::ReadUntold
    };
    desk(r, who, stage, right)
}

fn lay_out(r: &mut Reads<'_>, who: &Person, stage: Stage) -> Result<Desk> {
    let now = r.now();
    let competition = competitions::competition(r, stage.competition_id)?.or_not_found()?;
    let mut closed = doors::closed_to(r, who.id)?;
    closed.extend(own_reviews_open(r, who, &stage)?);
    let untold = access::may(&roles_in(who, stage.competition_id), Right::ReadUntold);
    let standing = store::standing_announcements(r, stage.id)?;
    let phase = stage.phase(now);
    let moment = Moment::of(
        phase >= Phase::Deciding,
        standing
            .iter()
            .any(|announcement| announcement.told_at > now),
        standing
            .iter()
            .any(|announcement| announcement.told_at <= now),
    );
    let mut to_decide: BTreeSet<CoalitionId> = if phase >= Phase::Deciding {
        store::in_force_at(r, stage.id)?.into_iter().collect()
    } else {
        BTreeSet::new()
    };
    if stage.has_screening && !to_decide.is_empty() {
        let eligible = store::found_eligible(r, stage.id)?;
        to_decide.retain(|coalition| eligible.contains(coalition));
    }
    let coming = still_taking(r, &stage)?;
    to_decide.retain(|coalition| !coming.contains(coalition));
    Ok(Desk {
        competition,
        stage,
        moment,
        closed,
        untold,
        to_decide,
        coming: !coming.is_empty(),
        now,
    })
}

/// Whose submissions to a stage the person was asked to review and has not reviewed yet.
///
/// # Errors
/// When the database fails.
pub fn own_reviews_open(
    r: &mut Reads<'_>,
    who: &Person,
    stage: &Stage,
) -> Result<HashSet<CoalitionId>> {
    Ok(parts_of(r, who, stage)?
        .into_iter()
        .filter(|(_, part)| matches!(part, Part::Invited | Part::Pending))
        .map(|(coalition, _)| coalition)
        .collect())
}

impl Desk {
    /// Whether the person may see anything of a coalition.
    pub fn sees(&self, coalition: CoalitionId) -> bool {
        !self.closed.contains(&coalition)
    }

    /// A coalition of this stage that the person may see.
    ///
    /// # Errors
    /// 404 when it is closed to them, or its submission is not to be decided here.
    pub fn coalition(&self, r: &mut Reads<'_>, id: CoalitionId) -> Result<Coalition> {
        if !self.sees(id) {
            return Err(Failure::not_found());
        }
        let decided = store::decisions_of_coalition(r, id)?
            .iter()
            .any(|decision| decision.stage == self.stage.id);
        if !decided && !self.to_decide.contains(&id) {
            return Err(Failure::not_found());
        }
        coalitions::coalition(r, id)?.or_not_found()
    }

    /// Every coalition of the competition by identity, with its name.
    ///
    /// # Errors
    /// When the database fails.
    pub fn coalitions(&self, r: &mut Reads<'_>) -> Result<BTreeMap<CoalitionId, Coalition>> {
        let all = coalitions::every_coalition_of(r, self.competition.id)?;
        Ok(all.into_iter().map(|c| (c.id, c)).collect())
    }

    /// The decisions of the stage that the person may read, one a submission: the latest, or
    /// what holds for the coalition where they don't read what was not told.
    ///
    /// # Errors
    /// When the database fails.
    pub fn readable(&self, r: &mut Reads<'_>) -> Result<BTreeMap<CoalitionId, Decision>> {
        let all = store::decisions_of_stage(r, self.stage.id)?;
        let shown = if self.untold {
            latest_of_each(all)
        } else {
            told_of_each(all, self.now)
        };
        Ok(shown.into_iter().map(|d| (d.coalition, d)).collect())
    }

    /// The decision on a coalition's submission that the person may read; as [`Desk::readable`].
    ///
    /// # Errors
    /// When the database fails.
    pub fn readable_on(&self, r: &mut Reads<'_>, id: CoalitionId) -> Result<Option<Decision>> {
        let mut chain = store::decisions_of_coalition(r, id)?;
        chain.retain(|decision| decision.stage == self.stage.id);
        let shown = if self.untold {
            latest(&chain)
        } else {
            in_effect(&chain, self.now)
        };
        Ok(shown.cloned())
    }

    /// The stage that who advances goes on to.
    ///
    /// # Errors
    /// When the database fails.
    pub fn next_stage(&self, r: &mut Reads<'_>) -> Result<Option<Stage>> {
        Ok(competitions::stages_of(r, self.competition.id)?
            .into_iter()
            .find(|stage| stage.position > self.stage.position))
    }

    /// The latest decision on a coalition's submission.
    ///
    /// # Errors
    /// When the database fails.
    pub fn latest_on(&self, r: &mut Reads<'_>, id: CoalitionId) -> Result<Option<Decision>> {
        let mut chain = store::decisions_of_coalition(r, id)?;
        chain.retain(|decision| decision.stage == self.stage.id);
        Ok(latest(&chain).cloned())
    }

    /// Asks that decisions can be recorded or changed now.
    ///
    /// # Errors
    /// 409 before reviews are closed, and while an announcement waits for its time.
    pub fn require_changeable(&self) -> Result<()> {
        match self.moment {
            Moment::Deciding | Moment::Told => Ok(()),
            Moment::TooEarly => Err(Failure::rule(
                Rule::WrongPhase,
                format!(
                    "The stage is in the phase “{}”; decisions begin when reviews are closed.",
                    self.stage.phase(self.now)
                ),
            )),
            Moment::Confirmed => Err(Failure::rule(
                Rule::WrongPhase,
                "An announcement is confirmed and not yet due. Call it back first.",
            )),
        }
    }

    /// Asks that coalitions were not told yet.
    ///
    /// # Errors
    /// As [`Desk::require_changeable`], and 409 once they were.
    pub fn require_untold(&self) -> Result<()> {
        self.require_changeable()?;
        if self.moment == Moment::Told {
            return Err(Failure::rule(
                Rule::WrongPhase,
                "Coalitions were told. What was told changes by a correction or a promotion.",
            ));
        }
        Ok(())
    }

    /// Asks that coalitions were told.
    ///
    /// # Errors
    /// 409 before, and while an announcement waits for its time.
    pub fn require_told(&self) -> Result<()> {
        self.require_changeable()?;
        if self.moment != Moment::Told {
            return Err(Failure::rule(
                Rule::WrongPhase,
                "Coalitions were not told yet: change the decision itself.",
            ));
        }
        Ok(())
    }
}
