//! Changing a stage. When that moves the deadline of one that has opened, all who write for it are told,
//! and who these are is known here.

use std::collections::BTreeMap;

use super::desk::coalitions_at;
use super::letters;
use crate::coalitions::store as coalitions;
use crate::competitions::actions::stages::{self, DeadlineMoved, StageSettings};
use crate::competitions::store as competitions;
use crate::competitions::views::StageView;
use crate::people::Person;
use crate::platform::db::Writes;
use crate::platform::http::{IfMatch, Input};
use crate::platform::ids::StageId;
use crate::platform::refusal::{OrNotFound as _, Result};

/// Changes a stage, as far as its phase still allows, and tells every member of every live
/// coalition to which it is open of a deadline that moved.
///
/// # Errors
/// 404, 403, 428, 412, 422 and 409 as the competition's own rules say.
pub fn change_stage(
    w: &mut Writes<'_>,
    who: &Person,
    id: StageId,
    if_match: &IfMatch,
    input: &Input<StageSettings>,
) -> Result<StageView> {
    let (view, moved) = stages::change(w, who, id, if_match, input)?;
    if let Some(moved) = moved {
        tell(w, &moved)?;
    }
    Ok(view)
}

fn tell(w: &mut Writes<'_>, moved: &DeadlineMoved) -> Result<()> {
    let competition = competitions::competition(w, moved.stage.competition_id)?.or_not_found()?;
    let mut people = BTreeMap::new();
    for coalition in coalitions_at(w, &moved.stage)? {
        for member in coalitions::live_members(w, coalition.id)? {
            people.entry(member.person_id).or_insert(coalition.id);
        }
    }
    for (person, coalition) in people {
        letters::deadline_moved(w, &competition, moved, coalition, person)?;
    }
    Ok(())
}
