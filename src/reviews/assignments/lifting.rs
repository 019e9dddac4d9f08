//! Dismissing a conflict: what it ended stands again, and the review with it.

use super::giving::may_be_reviewed;
use crate::panels::actions::{self, ConflictView, ReasonRequest};
use crate::people::Person;
use crate::platform::db::Writes;
use crate::platform::http::Input;
use crate::platform::ids::ConflictId;
use crate::platform::refusal::Result;
use crate::reviews::actions::independence;

/// Dismisses a conflict; the reviews on assignments that stand again by it count again.
pub(super) fn dismiss(
    w: &mut Writes<'_>,
    who: &Person,
    id: ConflictId,
    input: &Input<ReasonRequest>,
) -> Result<ConflictView> {
    let (view, reopened) = actions::dismiss(w, who, id, input, &may_be_reviewed)?;
    for assignment in &reopened {
        independence::counts_again(w, assignment)?;
    }
    Ok(view)
}
