//! What people do with coalitions: rights, rules, rows, trace and mail in one transaction.

pub mod amendments;
pub mod answering;
pub mod appointing;
pub mod asking;
pub mod claiming;
pub mod claims;
pub mod eligibility;
pub mod founding;
pub mod handovers;
pub mod inbox;
pub mod invited;
pub mod inviting;
pub mod joining;
mod letters;
pub mod members;
pub mod publishing;
pub mod revoking;
pub mod seats;
pub mod showing;

use serde_json::Value;

use super::model::{Coalition, Member, MemberRole};
use super::words::Reading;
use crate::competitions::access::{Ties, rights};
use crate::competitions::model::{CAPITAL_STACK, Competition};
use crate::competitions::store as competitions;
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CompetitionId, PersonId};
use crate::platform::refusal::{OrNotFound as _, Result, refuse_if_any};

/// A competition that the caller may know of.
///
/// # Errors
/// 404 when there is none.
pub(super) fn competition_seen(
    r: &mut Reads<'_>,
    who: &Person,
    id: CompetitionId,
) -> Result<Competition> {
    competition_seen_by(r, Some(who), id)
}

/// As [`competition_seen`], also for nobody in particular.
fn competition_seen_by(
    r: &mut Reads<'_>,
    who: Option<&Person>,
    id: CompetitionId,
) -> Result<Competition> {
    let now = r.now();
    competitions::competition(r, id)?
        .filter(|found| rights(Ties::of(who, id), found.is_published(now)).see)
        .or_not_found()
}

/// The competition of a coalition.
fn competition_of(r: &mut Reads<'_>, coalition: &Coalition) -> Result<Competition> {
    competitions::competition(r, coalition.competition_id)?.or_not_found()
}

/// Leaves the trace of an act on a coalition.
fn trace(
    w: &mut Writes<'_>,
    who: &Person,
    act: &str,
    object: (&str, i64),
    coalition: &Coalition,
    detail: Value,
) -> Result<()> {
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act,
            object,
            competition: Some(coalition.competition_id),
            coalition: Some(coalition.id),
            detail,
        },
    )
}

/// Makes a person a member.
fn join(
    w: &mut Writes<'_>,
    coalition: &Coalition,
    person: PersonId,
    role: MemberRole,
    sections: Vec<String>,
    invited_by: Option<PersonId>,
) -> Result<Member> {
    let member = Member {
        id: w.fresh_id(),
        coalition_id: coalition.id,
        person_id: person,
        role,
        sections,
        joined_at: w.now(),
    };
    super::store::insert_member(w, &member, invited_by)?;
    Ok(member)
}

/// Checks a role that a member can be given, and the sections that go with it.
fn role_given(
    r: &mut Reads<'_>,
    coalition: &Coalition,
    role: MemberRole,
    sections: &[String],
    mut reading: Reading,
) -> Result<Vec<String>> {
    if role == MemberRole::Convenor {
        reading.wrong("/role", "The convenor's part is handed over, not given.");
    }
    if role != MemberRole::Contributor && !sections.is_empty() {
        reading.wrong("/sections", "Only contributors are given sections.");
    }
    let known = section_keys(r, coalition)?;
    for (at, section) in sections.iter().enumerate() {
        if !known.contains(section) {
            reading.wrong(
                format!("/sections/{at}"),
                "No form of this competition has such a section.",
            );
        }
    }
    refuse_if_any(reading.errors())?;
    let mut given = sections.to_vec();
    given.sort();
    given.dedup();
    Ok(given)
}

/// What can be given to a contributor: the sections of all forms in a coalition's competition, and
/// the capital stack.
fn section_keys(r: &mut Reads<'_>, coalition: &Coalition) -> Result<Vec<String>> {
    let stages = competitions::stages_of(r, coalition.competition_id)?;
    Ok(stages
        .into_iter()
        .filter_map(|stage| stage.form)
        .flat_map(|form| form.sections)
        .map(|section| section.key)
        .chain([CAPITAL_STACK.to_owned()])
        .collect())
}
