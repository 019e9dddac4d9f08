//! That a submission was read for the first time by somebody outside of its coalition: from then on
//! the deadline stands, so that nobody gets more time who could know what others wrote.

use serde_json::json;

use super::reading::readable;
use crate::competitions::model::{Phase, Stage, StageActKind};
use crate::competitions::store as competitions;
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::db::Writes;
use crate::platform::ids::SubmissionId;
use crate::platform::refusal::{OrNotFound as _, Result};
use crate::proposals::access::Reader;

/// Whether who reads a submission so is the first outside of its coalition at this stage. Once
/// reviews are open the deadline stands anyway.
pub(super) fn opens(reader: Reader, stage: &Stage, now: Instant) -> bool {
    reader != Reader::Member
        && stage.form.is_some()
        && stage.phase(now) < Phase::Reviewing
        && !stage.was_opened()
}

/// Notes that a submission was opened, unless one of its stage was before.
///
/// # Errors
/// 404 when it is not theirs to know of.
pub fn note(w: &mut Writes<'_>, who: &Person, id: SubmissionId) -> Result<()> {
    let (submission, reader) = readable(w, who, id)?;
    let stage = competitions::stage(w, submission.stage_id)?.or_not_found()?;
    if !opens(reader, &stage, w.now()) {
        return Ok(());
    }
    let kind = StageActKind::SubmissionOpened;
    competitions::record_act(w, submission.stage_id, kind, who.id, "")?;
    let act = Act {
        actor: Some(who.id),
        act: "submission.opened",
        object: ("submission", id.0),
        competition: Some(submission.competition_id),
        coalition: Some(submission.coalition_id),
        detail: json!({"stage": submission.stage_id}),
    };
    audit::record(w, act)
}
