//! The docket: what approvers read, on screen and on paper, before anything is announced.

use std::collections::{HashMap, HashSet};

use askama::Template;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::coalitions::doors;
use crate::decisions::access::Right;
use crate::decisions::desk::{Desk, desk};
use crate::decisions::docket::{digest_of, is_approved, standing};
use crate::decisions::ledger::{Ledger, latest_of_each};
use crate::decisions::model::Decision;
use crate::decisions::order;
use crate::decisions::shown::{DecisionView, NamedCoalition};
use crate::decisions::store::{self, DocketRow, DocketVerdict};
use crate::decisions::texts::{Words, words_in};
use crate::people::Person;
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::http::HttpFile;
use crate::platform::ids::{CoalitionId, DecisionId, PersonId, StageId};
use crate::platform::money::Money;
use crate::platform::refusal::{Failure, Result, Rule};
use crate::proposals::actions::exceptions::{self, ExceptionView};
use crate::proposals::model::{LineOrigin, Snapshot};
use crate::proposals::store as proposals;

/// The decisions of a stage that wait for approval and announcement, to be printed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DocketView {
    /// The stage.
    pub stage_id: StageId,
    /// Its name.
    pub stage: String,
    /// Programme and edition.
    pub competition: String,
    /// Names the docket as it stands: a verdict repeats it.
    pub digest: String,
    /// What waits, by the coalition's name.
    pub cases: Vec<DocketCase>,
    /// The money of these cases.
    pub total: Money,
    /// What approvers said, earliest first.
    pub verdicts: Vec<VerdictView>,
    /// Whether the docket as it stands is approved.
    pub approved: bool,
}

/// A case on the docket.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DocketCase {
    /// Whose submission.
    pub coalition: NamedCoalition,
    /// Its rank among those that this reader sees; null without reviews.
    pub rank: Option<u32>,
    /// What the proposal asks for, from its capital stack.
    pub ask: Money,
    /// What was decided.
    pub decision: DecisionView,
    /// What was granted to this coalition alone at this stage.
    #[serde(default)]
    pub exceptions: Vec<ExceptionView>,
}

/// What an approver said.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VerdictView {
    /// Approved, or sent back.
    pub verdict: DocketVerdict,
    /// The day of the meeting.
    pub meeting_date: String,
    /// The number of the resolution.
    pub resolution: String,
    /// Why it was sent back; null to whom one of its cases is closed.
    pub reason: Option<String>,
    /// Who said it.
    pub decided_by: PersonId,
    /// When.
    pub decided_at: Instant,
    /// Whether it was said on the docket as it stands.
    pub current: bool,
    /// The cases that it was said on, as they stood then; those apart that are closed to the reader.
    pub cases: Vec<DocketCase>,
}

/// The decisions of a desk that wait for an announcement, by coalition; not those whose
/// submission was withdrawn meanwhile.
pub fn pending(r: &mut Reads<'_>, desk: &Desk) -> Result<Vec<Decision>> {
    let mut waiting = latest_of_each(store::decisions_of_stage(r, desk.stage.id)?);
    waiting.retain(|d| d.is_pending() && desk.to_decide.contains(&d.coalition));
    Ok(waiting)
}

/// The docket of a stage as this person may see it.
pub fn show(r: &mut Reads<'_>, who: &Person, stage: StageId) -> Result<DocketView> {
    let desk = desk(r, who, stage, Right::ReadDocket)?;
    require_docket(&desk)?;
    view(r, &desk)
}

/// Refuses where the stage asks for no approval.
pub(super) fn require_docket(desk: &Desk) -> Result<()> {
    if desk.stage.docket_approval {
        return Ok(());
    }
    Err(Failure::rule(
        Rule::WrongPhase,
        "This stage asks for no approval.",
    ))
}

/// The verdicts that count for the docket as it stands: none that a later change or a reopening
/// voided, and none on a case that is closed by now to who gave it.
///
/// # Errors
/// When the database fails.
pub fn counting_verdicts(
    r: &mut Reads<'_>,
    desk: &Desk,
    pending: &[Decision],
) -> Result<Vec<DocketRow>> {
    let coalition_of: HashMap<DecisionId, CoalitionId> =
        pending.iter().map(|d| (d.id, d.coalition)).collect();
    let mut verdicts = standing(store::verdicts_on(r, desk.stage.id)?, &desk.stage.acts);
    for row in &mut verdicts {
        let closed = doors::closed_to(r, row.decided_by)?;
        row.seen.retain(|id| {
            let coalition = coalition_of.get(id);
            coalition.is_none_or(|coalition| !closed.contains(coalition))
        });
    }
    Ok(verdicts)
}

/// The docket of a desk, as the desk's reader may see it.
pub(super) fn view(r: &mut Reads<'_>, desk: &Desk) -> Result<DocketView> {
    let pending = pending(r, desk)?;
    let digest = digest_of(&pending);
    let verdicts = store::verdicts_on(r, desk.stage.id)?;
    let counting = counting_verdicts(r, desk, &pending)?;
    let current: HashSet<i64> = counting
        .iter()
        .filter(|row| row.digest == digest)
        .map(|row| row.id)
        .collect();
    let seen: Vec<&Decision> = pending.iter().filter(|d| desk.sees(d.coalition)).collect();
    let total = seen
        .iter()
        .fold(0_i64, |sum, d| sum.saturating_add(d.total()));
    Ok(DocketView {
        stage_id: desk.stage.id,
        stage: desk.stage.name.clone(),
        competition: desk.competition.title(),
        cases: cases(r, desk, &seen)?,
        total: Money::new(total, &desk.competition.currency),
        approved: is_approved(&counting, &digest, &pending),
        verdicts: verdicts
            .iter()
            .map(|row| shown(desk, row, current.contains(&row.id)))
            .collect::<Result<_>>()?,
        digest,
    })
}

/// Decisions with rank and ask, by the coalition's name.
pub(super) fn cases(r: &mut Reads<'_>, desk: &Desk, seen: &[&Decision]) -> Result<Vec<DocketCase>> {
    let ledger = Ledger::of(r, desk.competition.id)?;
    let names = desk.coalitions(r)?;
    let currency = &desk.competition.currency;
    let ranks = order::standings(r, desk)?.ranking(|id| desk.sees(id));
    let asks: HashMap<CoalitionId, i64> = proposals::submissions_in_force(r, desk.stage.id)?
        .into_iter()
        .map(|submission| (submission.coalition_id, asked_in(&submission.snapshot)))
        .collect();
    let exceptions = exceptions::at_stage(r, desk.stage.id, desk.competition.id)?;
    let mut cases: Vec<DocketCase> = seen
        .iter()
        .filter_map(|decision| {
            let ask = asks.get(&decision.coalition).copied().unwrap_or(0);
            Some(DocketCase {
                coalition: NamedCoalition::from(names.get(&decision.coalition)?),
                rank: ranks.get(&decision.coalition).map(|place| place.rank),
                ask: Money::new(ask, currency),
                decision: DecisionView::of(decision, &ledger, currency),
                exceptions: exceptions::of(&exceptions, decision.coalition),
            })
        })
        .collect();
    cases.sort_by(|a, b| {
        let key = |case: &DocketCase| (case.coalition.name.clone(), case.coalition.id);
        key(a).cmp(&key(b))
    });
    Ok(cases)
}

fn asked_in(snapshot: &Snapshot) -> i64 {
    snapshot
        .capital_stack
        .lines
        .iter()
        .filter(|line| line.origin == Some(LineOrigin::Asked))
        .filter_map(|line| line.amount.as_ref())
        .fold(0_i64, |sum, amount| sum.saturating_add(amount.amount))
}

fn shown(desk: &Desk, row: &DocketRow, current: bool) -> Result<VerdictView> {
    let mut cases = Vec::new();
    for case in &row.cases {
        let case: DocketCase = serde_json::from_value(case.clone())?;
        if desk.sees(case.coalition.id) {
            cases.push(case);
        }
    }
    // The words may be about a case that is closed to this reader.
    let is_whole = cases.len() == row.cases.len();
    Ok(VerdictView {
        verdict: row.verdict,
        meeting_date: row.meeting_date.clone(),
        resolution: row.resolution.clone(),
        reason: is_whole.then(|| row.reason.clone()),
        decided_by: row.decided_by,
        decided_at: row.decided_at,
        current,
        cases,
    })
}

/// The docket as a page to print.
#[derive(Template)]
#[template(path = "decisions/docket.html")]
struct Sheet {
    docket: DocketView,
    /// The competition's time zone.
    zone: String,
    words: &'static Words,
}

/// The docket of a stage as this person may see it, to be printed: plain HTML without any script.
pub fn printed(r: &mut Reads<'_>, who: &Person, stage: StageId) -> Result<HttpFile> {
    let desk = desk(r, who, stage, Right::ReadDocket)?;
    require_docket(&desk)?;
    let sheet = Sheet {
        docket: view(r, &desk)?,
        zone: desk.competition.time_zone.clone(),
        words: words_in(&desk.competition.language)?.1,
    };
    let bytes = sheet.render().map_err(Failure::broken)?;
    Ok(HttpFile {
        name: format!("docket-{stage}.html"),
        media_type: "text/html; charset=utf-8".into(),
        bytes: bytes.into(),
    })
}
