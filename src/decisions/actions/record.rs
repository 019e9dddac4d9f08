//! Recording decisions one by one, against the budget.

use std::collections::{BTreeMap, HashSet};

use serde_json::json;

use super::notices;
use super::spending::within_budget;
use crate::competitions::model::StageActKind;
use crate::competitions::store as competitions;
use crate::decisions::access::Right;
use crate::decisions::desk::{Desk, desk, desk_to_read};
use crate::decisions::ledger::Ledger;
use crate::decisions::model::{Content, Decision, Moment, Origin, Outcome};
use crate::decisions::rules::{self, Terms};
use crate::decisions::shown::{CaseView, DecisionInput, DecisionView, NamedCoalition, RankedCase};
use crate::decisions::{docket, order, store};
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{IfMatch, Input, Page, PageAsked};
use crate::platform::ids::{CoalitionId, StageId};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule, refuse_if_any};
use crate::proposals::actions::exceptions;

/// Which cases are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// With this outcome only.
    pub outcome: Option<Outcome>,
    /// Without a decision, or with one.
    pub undecided: Option<bool>,
    /// Departing from the order of the results, or not.
    pub out_of_order: Option<bool>,
}

impl CaseFilter {
    fn takes(self, case: &RankedCase) -> bool {
        let decision = case.case.decision.as_ref();
        self.outcome
            .is_none_or(|wanted| decision.is_some_and(|d| d.outcome == wanted))
            && self
                .undecided
                .is_none_or(|wanted| decision.is_none() == wanted)
            && self
                .out_of_order
                .is_none_or(|wanted| case.out_of_order == wanted)
    }
}

/// The submissions to be decided with what is decided on each, best results first.
pub fn list(
    r: &mut Reads<'_>,
    who: &Person,
    stage: StageId,
    asked: impl FnOnce() -> Result<(PageAsked, CaseFilter)>,
) -> Result<Page<RankedCase>> {
    let desk = desk_to_read(r, who, stage)?;
    let (asked, filter) = asked()?;
    let ledger = Ledger::of(r, desk.competition.id)?;
    let all: BTreeMap<CoalitionId, Decision> = desk.readable(r)?;
    let standings = order::standings(r, &desk)?;
    let ranks = standings.ranking(|id| desk.sees(id));
    let departing = standings.departing(all.values(), |coalition| desk.sees(coalition));
    let names = desk.coalitions(r)?;
    let exceptions = exceptions::at_stage(r, stage, desk.competition.id)?;
    let listed: HashSet<CoalitionId> = desk.to_decide.iter().chain(all.keys()).copied().collect();
    let mut cases: Vec<RankedCase> = listed
        .into_iter()
        .filter(|id| desk.sees(*id))
        .filter_map(|id| {
            Some(RankedCase {
                case: CaseView {
                    stage_id: stage,
                    coalition: NamedCoalition::from(names.get(&id)?),
                    decision: all.get(&id).map(|d| view(&desk, d, &ledger)),
                    exceptions: exceptions::of(&exceptions, id),
                },
                value: standings.value(id),
                rank: ranks.get(&id).map(|place| place.rank),
                out_of_order: departing.contains(&id),
            })
        })
        .filter(|case| filter.takes(case))
        .collect();
    let key = |c: &RankedCase| {
        let coalition = &c.case.coalition;
        let rank = c.rank.unwrap_or(u32::MAX);
        (rank, coalition.name.clone(), coalition.id.0)
    };
    cases.sort_by_key(key);
    Page::of_all(cases, &asked, key)
}

fn view(desk: &Desk, decision: &Decision, ledger: &Ledger) -> DecisionView {
    DecisionView::of(decision, ledger, &desk.competition.currency)
}

/// What is decided on one submission.
pub fn show(
    r: &mut Reads<'_>,
    who: &Person,
    stage: StageId,
    coalition: CoalitionId,
) -> Result<CaseView> {
    let desk = desk_to_read(r, who, stage)?;
    case(r, &desk, coalition)
}

/// What this desk shows of one submission.
pub fn case(r: &mut Reads<'_>, desk: &Desk, coalition: CoalitionId) -> Result<CaseView> {
    let coalition = desk.coalition(r, coalition)?;
    let ledger = Ledger::of(r, desk.competition.id)?;
    let decision = desk.readable_on(r, coalition.id)?;
    let exceptions = exceptions::at_stage(r, desk.stage.id, desk.competition.id)?;
    Ok(CaseView {
        stage_id: desk.stage.id,
        coalition: NamedCoalition::from(&coalition),
        decision: decision.map(|d| view(desk, &d, &ledger)),
        exceptions: exceptions::of(&exceptions, coalition.id),
    })
}

/// Records or changes the decision on one submission.
pub fn record(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    coalition: CoalitionId,
    if_match: &IfMatch,
    input: &Input<DecisionInput>,
) -> Result<CaseView> {
    let desk = desk(w, who, stage, Right::Decide)?;
    let shown = case(w, &desk, coalition)?;
    if_match.check(&shown)?;
    let current = desk.latest_on(w, coalition)?;
    let origin = origin_of_change(&desk, coalition, current.as_ref())?;
    let terms = terms(w, &desk, origin)?;
    let (content, errors) = rules::content(input.get()?, &terms, "");
    refuse_if_any(errors)?;
    let ledger = Ledger::of(w, desk.competition.id)?;
    within_budget(&desk, &ledger, coalition, &content)?;
    save(w, who, &desk, coalition, current, content)?;
    void_docket(w, who, &desk)?;
    case(w, &desk, coalition)
}

/// What may be recorded on a submission now: its decision, or the follow-up that is not told yet.
fn origin_of_change(
    desk: &Desk,
    coalition: CoalitionId,
    current: Option<&Decision>,
) -> Result<Origin> {
    desk.require_changeable()?;
    if !desk.to_decide.contains(&coalition) {
        return Err(Failure::rule(
            Rule::NotReady,
            "There is no eligible submission of this coalition to decide on.",
        ));
    }
    match (desk.moment, current) {
        (Moment::Told, Some(decision)) if decision.is_pending() => Ok(decision.origin),
        (Moment::Told, Some(_)) => Err(Failure::rule(
            Rule::WrongPhase,
            "The coalition was told. Correct the decision, or promote from the waitlist.",
        )),
        (_, current) => Ok(current.map_or(Origin::Decided, |decision| decision.origin)),
    }
}

/// What decisions of this desk are checked against.
pub fn terms(r: &mut Reads<'_>, desk: &Desk, origin: Origin) -> Result<Terms> {
    let lines = competitions::budget_lines(r, desk.competition.id)?;
    let has_next_stage = competitions::stages_of(r, desk.competition.id)?
        .iter()
        .any(|stage| stage.position > desk.stage.position);
    Ok(Terms {
        currency: desk.competition.currency.clone(),
        lines: lines.iter().map(|line| (line.id, line.amount)).collect(),
        has_next_stage,
        origin,
        now: desk.now,
    })
}

/// Writes a decision in place of the current one, if any, and leaves a trace.
pub fn save(
    w: &mut Writes<'_>,
    who: &Person,
    desk: &Desk,
    coalition: CoalitionId,
    current: Option<Decision>,
    content: Content,
) -> Result<()> {
    let now = w.now();
    let decision = if let Some(mut decision) = current {
        if decision.content.public_summary != content.public_summary {
            decision.summary_approved_by = None;
        }
        decision.content = content;
        decision.recorded_by = who.id;
        decision.recorded_at = now;
        decision.version += 1;
        store::update_decision(w, &decision)?;
        decision
    } else {
        let decision = new_decision(w, who, desk, coalition, Origin::Decided, content);
        store::insert_decision(w, &decision)?;
        decision
    };
    trace(w, who, &decision, "decision.recorded")
}

/// A decision that waits for an announcement.
pub fn new_decision(
    w: &Writes<'_>,
    who: &Person,
    desk: &Desk,
    coalition: CoalitionId,
    origin: Origin,
    content: Content,
) -> Decision {
    Decision {
        id: w.fresh_id(),
        stage: desk.stage.id,
        competition: desk.competition.id,
        coalition,
        content,
        origin,
        superseded_by: None,
        summary_approved_by: None,
        recorded_by: who.id,
        recorded_at: w.now(),
        announced: None,
        withdrawn_at: None,
        version: 1,
    }
}

/// Leaves a trace of an act on a decision.
pub fn trace(w: &mut Writes<'_>, who: &Person, decision: &Decision, act: &str) -> Result<()> {
    let detail = json!({
        "stage": decision.stage,
        "version": decision.version,
        "origin": decision.origin,
        "digest": docket::digest_of([decision]),
    });
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act,
            object: ("decision", decision.id.0),
            competition: Some(decision.competition),
            coalition: Some(decision.coalition),
            detail,
        },
    )
}

/// Any later change voids an approved docket.
pub fn void_docket(w: &mut Writes<'_>, who: &Person, desk: &Desk) -> Result<()> {
    if !desk.stage.docket_is_approved() {
        return Ok(());
    }
    let kind = StageActKind::DocketVoided;
    competitions::record_act(w, desk.stage.id, kind, who.id, "A decision changed.")?;
    let (stage, event) = (&desk.stage, desk.stage.acts.len());
    notices::docket_voided(w, &desk.competition, stage, event)?;
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act: "docket.voided",
            object: ("stage", desk.stage.id.0),
            competition: Some(desk.competition.id),
            coalition: None,
            detail: json!({}),
        },
    )
}

/// Takes back a decision that nobody was told; an earlier one stands again.
pub fn take_back(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    coalition: CoalitionId,
    if_match: &IfMatch,
) -> Result<()> {
    let desk = desk(w, who, stage, Right::Decide)?;
    let shown = case(w, &desk, coalition)?;
    let current = desk.latest_on(w, coalition)?.or_not_found()?;
    if_match.check(&shown)?;
    desk.require_changeable()?;
    if !current.is_pending() {
        return Err(Failure::rule(
            Rule::WrongPhase,
            "The coalition was told. Correct the decision.",
        ));
    }
    store::delete_decision(w, current.id)?;
    trace(w, who, &current, "decision.taken_back")?;
    void_docket(w, who, &desk)
}
