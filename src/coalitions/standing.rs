//! Who a person is to a coalition, read from the database once and asked often.

use super::access::{self, Right};
use super::model::{Coalition, Member, MemberRole};
use super::{doors, store};
use crate::people::{Person, Role};
use crate::platform::db::Reads;
use crate::platform::ids::{CoalitionId, CompetitionId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule};

/// A person who may know of a coalition, and as what.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The coalition.
    pub coalition: Coalition,
    /// Its competition.
    pub competition_id: CompetitionId,
    /// Their live part in it.
    pub member: Option<Member>,
    /// Their highest office in the competition, while no door is closed to them.
    pub office: Option<Role>,
    /// All their offices in the competition, while no door is closed to them.
    pub offices: Vec<Role>,
}

impl Standing {
    /// Whether they have a right.
    pub fn may(&self, right: Right) -> bool {
        self.may_while(self.coalition.is_live(), right)
    }

    fn may_while(&self, live: bool, right: Right) -> bool {
        access::may(self.role(), &self.offices, live, right)
    }

    /// Asks that they have a right.
    ///
    /// # Errors
    /// 403 with who has it; 409 when the coalition is over and they would have had it before.
    pub fn demand(&self, right: Right) -> Result<()> {
        if self.may(right) {
            return Ok(());
        }
        if self.may_while(true, right) {
            return Err(Failure::rule(
                Rule::WrongPhase,
                "This coalition is over, so nothing of it can be changed any more.",
            ));
        }
        Err(Failure::forbidden(right.whose()))
    }

    /// Their role as a member.
    pub fn role(&self) -> Option<MemberRole> {
        self.member.as_ref().map(|member| member.role)
    }

    /// Whether they hold an office here, with open doors.
    pub fn holds(&self, office: Role) -> bool {
        self.offices.contains(&office)
    }
}

/// Who a person is to a coalition; none when they may not know that it exists.
///
/// # Errors
/// When the database fails.
pub fn standing(r: &mut Reads<'_>, who: &Person, id: CoalitionId) -> Result<Option<Standing>> {
    let Some(coalition) = store::coalition(r, id)? else {
        return Ok(None);
    };
    let competition_id = coalition.competition_id;
    let member = store::live_member(r, id, who.id)?;
    let mut offices: Vec<Role> = [Role::Officer, Role::Assistant, Role::Approver]
        .into_iter()
        .filter(|role| who.is(*role, competition_id))
        .collect();
    if !offices.is_empty() && doors::is_closed(r, who.id, id)? {
        offices.clear();
    }
    let standing = Standing {
        competition_id,
        office: offices.first().copied(),
        coalition,
        member,
        offices,
    };
    Ok(Some(standing).filter(|standing| standing.may(Right::See)))
}

/// As [`standing`], refused as not found.
///
/// # Errors
/// 404 when they may not know that it exists.
pub fn stand(r: &mut Reads<'_>, who: &Person, id: CoalitionId) -> Result<Standing> {
    standing(r, who, id)?.or_not_found()
}

/// As [`stand`], with a right.
///
/// # Errors
/// 404 when they may not know that it exists, 403 when the right is not theirs.
pub fn stand_with(
    r: &mut Reads<'_>,
    who: &Person,
    id: CoalitionId,
    right: Right,
) -> Result<Standing> {
    let standing = stand(r, who, id)?;
    standing.demand(right)?;
    Ok(standing)
}
