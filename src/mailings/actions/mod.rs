//! What officers do with letters to a group: preview, send, call back, look at what was sent.

pub mod previewing;
pub mod sending;
pub mod showing;

use crate::competitions::access::{Ties, rights};
use crate::competitions::model::Competition;
use crate::competitions::store as competitions;
use crate::people::{Person, Role};
use crate::platform::db::Reads;
use crate::platform::ids::CompetitionId;
use crate::platform::refusal::{Failure, OrNotFound as _, Result};

/// A competition to whose people an officer writes.
///
/// # Errors
/// 404 when they may not see it, 403 for whoever is no officer of it.
fn competition_of_officer(
    r: &mut Reads<'_>,
    who: &Person,
    id: CompetitionId,
) -> Result<Competition> {
    let competition = competition_seen(r, who, id)?;
    if who.is(Role::Officer, id) {
        return Ok(competition);
    }
    Err(Failure::forbidden(
        "An officer of the competition may do this.",
    ))
}

/// A competition whose letters somebody of its office looks at.
///
/// # Errors
/// 404 when they may not see it, 403 for whoever is not of its office.
fn competition_of_office(
    r: &mut Reads<'_>,
    who: &Person,
    id: CompetitionId,
) -> Result<Competition> {
    let competition = competition_seen(r, who, id)?;
    if who.works_for(id) {
        return Ok(competition);
    }
    Err(Failure::forbidden(
        "The competition's officers and assistants may do this.",
    ))
}

fn competition_seen(r: &mut Reads<'_>, who: &Person, id: CompetitionId) -> Result<Competition> {
    let now = r.now();
    competitions::competition(r, id)?
        .filter(|found| rights(Ties::of(Some(who), id), found.is_published(now)).see)
        .or_not_found()
}
