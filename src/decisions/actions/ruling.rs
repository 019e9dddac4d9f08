//! The approver's word on the docket: laid before them, approved or sent back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::announce::not_ready;
use super::docket::{DocketView, cases, counting_verdicts, pending, require_docket, view};
use super::notices;
use crate::competitions::model::StageActKind;
use crate::competitions::store as competitions;
use crate::decisions::access::Right;
use crate::decisions::desk::{Desk, desk};
use crate::decisions::docket::{digest_of, is_approved};
use crate::decisions::model::{Decision, Moment};
use crate::decisions::readiness::{Blocker, changes_decisions, readiness};
use crate::decisions::store::{self, DocketRow, DocketVerdict};
use crate::people::store as people;
use crate::people::{Person, Role};
use crate::platform::audit::{self, Act};
use crate::platform::counting::characters;
use crate::platform::db::Writes;
use crate::platform::http::{Created, Input};
use crate::platform::ids::StageId;
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::plain::objection;
use crate::platform::refusal::{Failure, FieldError, Result, Rule, refuse_if_any};
use crate::reviews::rules::plain;

/// An approver's word.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "verdict": "approved", "digest": "9f86d081…", "meeting_date": "2026-06-01", "resolution": "2026-14"
}))]
pub struct VerdictInput {
    /// Approved, or sent back.
    pub verdict: DocketVerdict,
    /// The digest of the docket that was read.
    pub digest: String,
    /// The day of the meeting, like `2026-06-01`.
    pub meeting_date: String,
    /// The number of the resolution.
    pub resolution: String,
    /// Why it is sent back.
    #[serde(default)]
    pub reason: String,
}

/// Lays the docket before the approvers, once its decisions could be announced as they are: the
/// approvers are told of it, once for each docket as it stands.
pub fn lay(w: &mut Writes<'_>, who: &Person, stage: StageId) -> Result<DocketView> {
    let desk = desk(w, who, stage, Right::Decide)?;
    require_docket(&desk)?;
    require_open(&desk)?;
    let found = readiness(w, &desk)?;
    // Whatever would change a decision is settled first: it would void the approval. What else
    // an announcement needs, the reviewers' words, can follow.
    let unsettled: Vec<Blocker> = found
        .blockers
        .into_iter()
        .filter(|blocker| changes_decisions(blocker.kind))
        .collect();
    if !unsettled.is_empty() {
        return Err(not_ready(&unsettled));
    }
    let digest = digest_of(&found.pending);
    notices::docket_laid(w, &desk.competition, &desk.stage, &digest)?;
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act: "docket.laid",
            object: ("stage", stage.0),
            competition: Some(desk.competition.id),
            coalition: None,
            detail: json!({"digest": digest}),
        },
    )?;
    view(w, &desk)
}

/// Approves the docket, or sends it back.
pub fn rule(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    input: &Input<VerdictInput>,
) -> Result<Created<DocketView>> {
    let desk = desk(w, who, stage, Right::RuleOnDocket)?;
    require_docket(&desk)?;
    require_open(&desk)?;
    let pending = pending(w, &desk)?;
    let seen: Vec<&Decision> = pending.iter().filter(|d| desk.sees(d.coalition)).collect();
    let input = input.get()?;
    refuse_if_any(wrong(&input))?;
    if input.digest != digest_of(&pending) {
        return Err(Failure::rule(
            Rule::PreviewOutdated,
            "The docket changed since it was read: read it again.",
        ));
    }
    if seen.is_empty() {
        return Err(Failure::rule(Rule::NotReady, "The docket is empty."));
    }
    if seen.iter().any(|decision| decision.recorded_by == who.id) {
        return Err(Failure::forbidden(
            "Nobody rules on what they recorded themselves.",
        ));
    }
    let row = DocketRow {
        id: w.fresh_id(),
        digest: input.digest,
        seen: seen.iter().map(|decision| decision.id).collect(),
        verdict: input.verdict,
        meeting_date: input.meeting_date,
        resolution: plain(&input.resolution).trim().to_owned(),
        reason: plain(&input.reason).trim().to_owned(),
        decided_by: who.id,
        decided_at: w.now(),
        after_acts: desk.stage.acts.len(),
        cases: cases(w, &desk, &seen)?
            .iter()
            .map(serde_json::to_value)
            .collect::<std::result::Result<_, _>>()?,
    };
    store::insert_verdict(w, stage, &row)?;
    record_on_stage(w, who, &desk, &row, &pending)?;
    tell_officers(w, &desk, &row)?;
    let view = view(w, &desk)?;
    Ok(Created::at(format!("/api/v1/stages/{stage}/docket"), view))
}

fn require_open(desk: &Desk) -> Result<()> {
    match desk.moment {
        Moment::Confirmed => Err(Failure::rule(
            Rule::WrongPhase,
            "The announcement is confirmed: nothing waits for approval.",
        )),
        _ => desk.require_changeable(),
    }
}

fn wrong(input: &VerdictInput) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if input.meeting_date.parse::<jiff::civil::Date>().is_err() {
        let detail = "The day of the meeting, like 2026-06-01.";
        errors.push(FieldError::at("/meeting_date", detail));
    }
    if input.resolution.trim().is_empty() || characters(&input.resolution) > 200 {
        let detail = "The number of the resolution, up to 200 characters.";
        errors.push(FieldError::at("/resolution", detail));
    }
    errors.extend(objection("/resolution", &input.resolution));
    if input.verdict == DocketVerdict::SentBack && input.reason.trim().is_empty() {
        errors.push(FieldError::at(
            "/reason",
            "Say what should be decided anew.",
        ));
    }
    if characters(&input.reason) > 5_000 {
        errors.push(FieldError::at("/reason", "At most 5000 characters."));
    }
    errors
}

fn record_on_stage(
    w: &mut Writes<'_>,
    who: &Person,
    desk: &Desk,
    row: &DocketRow,
    pending: &[Decision],
) -> Result<()> {
    let (stage, was) = (desk.stage.id, desk.stage.docket_is_approved());
    let verdicts = counting_verdicts(w, desk, pending)?;
    let is = is_approved(&verdicts, &row.digest, pending);
    if is && !was {
        let kind = StageActKind::DocketApproved;
        competitions::record_act(w, stage, kind, who.id, &row.resolution)?;
    }
    if was && !is {
        let kind = StageActKind::DocketVoided;
        // The reason stands with the verdict: acts are read by those, too, to whom a case is closed.
        competitions::record_act(w, stage, kind, who.id, "Sent back.")?;
        let event = desk.stage.acts.len();
        notices::docket_voided(w, &desk.competition, &desk.stage, event)?;
    }
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act: match row.verdict {
                DocketVerdict::Approved => "docket.approved",
                DocketVerdict::SentBack => "docket.sent_back",
            },
            object: ("stage", stage.0),
            competition: Some(desk.competition.id),
            coalition: None,
            // Which cases stands with the verdict itself: this row is read by those, too, to whom
            // one of them is closed.
            detail: json!({"digest": row.digest, "verdict": row.id}),
        },
    )
}

fn tell_officers(w: &mut Writes<'_>, desk: &Desk, row: &DocketRow) -> Result<()> {
    for officer in people::holders(w, desk.competition.id, Role::Officer)? {
        let kind = match row.verdict {
            DocketVerdict::Approved => "docket-approved",
            DocketVerdict::SentBack => "docket-sent-back",
        };
        let mut fields = BTreeMap::from([
            ("competition", desk.competition.title()),
            ("stage", desk.stage.name.clone()),
            ("meeting_date", row.meeting_date.clone()),
            ("resolution", row.resolution.clone()),
        ]);
        if row.verdict == DocketVerdict::SentBack {
            // The words may name a case that is closed to one officer or another.
            fields.remove("resolution");
        }
        outbox::enqueue(
            w,
            Letter {
                kind,
                to: Recipient::Person(officer),
                dedupe_key: format!("{kind}:{}:{officer}", row.id),
                cause: ("docket", row.id),
                competition: Some(desk.competition.id),
                coalition: None,
                due_at: None,
                fields: json!(fields),
            },
        )?;
    }
    Ok(())
}
