//! The use cases: check rights, apply rules, store, record.

pub mod calls;
pub mod competition_changes;
pub mod competitions;
pub mod editions;
pub mod places;
pub mod stage_acts;
mod stage_settings;
pub mod stages;

use serde::{Deserialize, Deserializer};

use super::access::{Rights, Ties, rights};
use super::model::{Competition, Stage};
use super::store;
use crate::people::Person;
use crate::platform::db::Reads;
use crate::platform::ids::{CompetitionId, StageId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result};

/// The competition with the caller's rights to it, if they may see it.
pub(super) fn seen(
    r: &mut Reads<'_>,
    who: Option<&Person>,
    id: CompetitionId,
) -> Result<(Competition, Rights)> {
    let competition = store::competition(r, id)?.or_not_found()?;
    let rights = rights(Ties::of(who, id), competition.is_published(r.now()));
    if !rights.see {
        return Err(Failure::not_found());
    }
    Ok((competition, rights))
}

/// As [`seen`], for who may change it.
pub(super) fn mine_to_change(
    r: &mut Reads<'_>,
    who: &Person,
    id: CompetitionId,
) -> Result<Competition> {
    let (competition, rights) = seen(r, Some(who), id)?;
    require_change(rights)?;
    Ok(competition)
}

fn require_change(rights: Rights) -> Result<()> {
    if rights.change {
        return Ok(());
    }
    Err(Failure::forbidden(
        "Only officers of this competition may do this.",
    ))
}

/// The stage with its competition and the caller's rights, if they may see it.
pub(super) fn seen_stage(
    r: &mut Reads<'_>,
    who: Option<&Person>,
    id: StageId,
) -> Result<(Stage, Rights)> {
    let stage = store::stage(r, id)?.or_not_found()?;
    let (_, rights) = seen(r, who, stage.competition_id)?;
    Ok((stage, rights))
}

/// A field of a change: left out, or given, where null takes away what was there.
#[derive(Clone, Debug, Default)]
pub enum Given<T> {
    /// It stays as it is.
    #[default]
    Kept,
    /// It is this from now on.
    Put(Option<T>),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Option::<T>::deserialize(deserializer).map(Self::Put)
    }
}

impl<T> Given<T> {
    /// Puts what was given in place.
    pub(super) fn put_into(self, field: &mut Option<T>) {
        if let Self::Put(value) = self {
            *field = value;
        }
    }
}

/// Puts a given value in place.
pub(super) fn set<T>(field: &mut T, given: Option<T>) {
    if let Some(value) = given {
        *field = value;
    }
}
