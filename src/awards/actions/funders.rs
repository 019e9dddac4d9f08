//! What funders see: counts before the announcement, the awards on their own budget lines after
//! it.

use std::collections::{BTreeMap, HashSet};

use serde_json::json;

use super::offers::awards_of;
use super::public::known_decisions;
use crate::awards::model::with_small_cells_hidden;
use crate::awards::shown::{FundedAward, FunnelStage, FunnelView, LinesInput, ObserverView};
use crate::awards::store;
use crate::coalitions::doors;
use crate::coalitions::store as coalitions;
use crate::competitions::model::{Competition, Phase, Stage};
use crate::competitions::store as competitions;
use crate::decisions::budget::OfferState;
use crate::decisions::desk::roles_in;
use crate::decisions::ledger::Ledger;
use crate::decisions::shown::{AmountView, NamedCoalition, amounts_shown};
use crate::decisions::store as decisions;
use crate::people::{Person, Role, store as people};
use crate::platform::audit::{self, Act};
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{IfMatch, Input};
use crate::platform::ids::{BudgetLineId, CoalitionId, CompetitionId, PersonId};
use crate::platform::money::Money;
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::{Failure, FieldError, OrNotFound as _, Result, refuse_if_any};

/// The competition, for a holder of one of these roles.
fn seen_as(
    r: &mut Reads<'_>,
    who: &Person,
    id: CompetitionId,
    roles: &[Role],
    whose: &str,
) -> Result<Competition> {
    let competition = competitions::competition(r, id)?.or_not_found()?;
    let held = roles_in(who, id);
    if held.is_empty() && !competition.is_published(r.now()) && !who.administrator {
        return Err(Failure::not_found());
    }
    if held.iter().any(|role| roles.contains(role)) {
        Ok(competition)
    } else {
        Err(Failure::forbidden(whose))
    }
}

/// How many come how far, small counts hidden; coalitions that are closed to the reader apart.
pub fn funnel(r: &mut Reads<'_>, who: &Person, id: CompetitionId) -> Result<FunnelView> {
    const WHOSE: &str = "Funders, officers, assistants and approvers may do this.";
    seen_as(r, who, id, Role::ALL, WHOSE)?;
    let closed = doors::closed_to(r, who.id)?;
    let founded = coalitions::coalitions_of(r, id)?;
    let founded = founded.iter().filter(|c| !closed.contains(&c.id)).count();
    let selected = selected_by_stage(r, id, &closed)?;
    let mut stages = Vec::new();
    for stage in competitions::stages_of(r, id)? {
        let chosen = selected.get(&stage.id).copied();
        stages.push(through(r, &stage, &closed, chosen)?);
    }
    Ok(FunnelView {
        coalitions: with_small_cells_hidden(&[founded])[0],
        stages,
    })
}

type Selected = BTreeMap<crate::platform::ids::StageId, usize>;

/// How many advance or are offered an award, as the public knows it.
fn selected_by_stage(
    r: &mut Reads<'_>,
    id: CompetitionId,
    closed: &HashSet<CoalitionId>,
) -> Result<Selected> {
    let mut selected = Selected::new();
    for decision in known_decisions(r, id)? {
        let count = selected.entry(decision.stage).or_default();
        if decision.content.outcome.takes_money() && !closed.contains(&decision.coalition) {
            *count += 1;
        }
    }
    Ok(selected)
}

fn through(
    r: &mut Reads<'_>,
    stage: &Stage,
    closed: &HashSet<CoalitionId>,
    selected: Option<usize>,
) -> Result<FunnelStage> {
    let phase = stage.phase(r.now());
    let mut counts = Vec::new();
    if phase > Phase::Closed {
        let mut submitted = decisions::in_force_at(r, stage.id)?;
        submitted.retain(|coalition| !closed.contains(coalition));
        counts.push(submitted.len());
        if phase > Phase::Screening {
            if stage.has_screening {
                let eligible = decisions::found_eligible(r, stage.id)?;
                submitted.retain(|coalition| eligible.contains(coalition));
            }
            counts.push(submitted.len());
            counts.extend(selected);
        }
    }
    let shown = with_small_cells_hidden(&counts);
    let cell = |at: usize| shown.get(at).copied().flatten();
    Ok(FunnelStage {
        stage_id: stage.id,
        name: stage.name.clone(),
        submitted: cell(0),
        eligible: cell(1),
        selected: cell(2),
    })
}

/// The awards on the caller's own budget lines, once coalitions were told.
pub fn funded(r: &mut Reads<'_>, who: &Person, id: CompetitionId) -> Result<Vec<FundedAward>> {
    const WHOSE: &str = "A funder of the competition may do this.";
    let competition = seen_as(r, who, id, &[Role::Funder], WHOSE)?;
    let lines = store::lines_of(r, id, who.id)?;
    let closed = doors::closed_to(r, who.id)?;
    let ledger = Ledger::of(r, id)?;
    let mut items = Vec::new();
    for coalition in coalitions::every_coalition_of(r, id)? {
        if closed.contains(&coalition.id) {
            continue;
        }
        for award in awards_of(r, &coalition)? {
            let mut amounts = amounts_shown(&award.decision, &ledger, &competition.currency);
            amounts.retain(|part| lines.contains(&part.line));
            if !amounts.is_empty() && award.state != OfferState::Replaced {
                items.push(FundedAward {
                    id: award.id(),
                    coalition: NamedCoalition::from(&coalition),
                    state: award.state,
                    total: total(&amounts, &competition),
                    amounts,
                });
            }
        }
    }
    Ok(items)
}

fn total(amounts: &[AmountView], competition: &Competition) -> Money {
    let sum = amounts
        .iter()
        .fold(0_i64, |sum, part| sum.saturating_add(part.amount.amount));
    Money::new(sum, &competition.currency)
}

const OFFICERS: &str = "An officer of the competition may do this.";

/// Which funders watch which budget lines.
pub fn observers(r: &mut Reads<'_>, who: &Person, id: CompetitionId) -> Result<Vec<ObserverView>> {
    seen_as(r, who, id, &[Role::Officer], OFFICERS)?;
    let mut by_person: BTreeMap<PersonId, Vec<BudgetLineId>> = BTreeMap::new();
    for funder in people::holders(r, id, Role::Funder)? {
        by_person.entry(funder).or_default();
    }
    for watch in store::watches_in(r, id)? {
        by_person.entry(watch.person).or_default().push(watch.line);
    }
    let items = by_person
        .into_iter()
        .map(|(person_id, lines)| ObserverView { person_id, lines })
        .collect();
    Ok(items)
}

/// The lines of one funder.
pub fn observer(
    r: &mut Reads<'_>,
    who: &Person,
    id: CompetitionId,
    funder: PersonId,
) -> Result<ObserverView> {
    seen_as(r, who, id, &[Role::Officer], OFFICERS)?;
    if !people::holders(r, id, Role::Funder)?.contains(&funder) {
        return Err(Failure::not_found());
    }
    Ok(ObserverView {
        person_id: funder,
        lines: store::lines_of(r, id, funder)?,
    })
}

/// Gives a funder their budget lines.
pub fn set_observer(
    w: &mut Writes<'_>,
    who: &Person,
    (id, funder): (CompetitionId, PersonId),
    if_match: &IfMatch,
    input: &Input<LinesInput>,
) -> Result<ObserverView> {
    if_match.check(&observer(w, who, id, funder)?)?;
    let lines = input.get()?.lines;
    let known: HashSet<BudgetLineId> = competitions::budget_lines(w, id)?
        .iter()
        .map(|line| line.id)
        .collect();
    let mut named = HashSet::new();
    let errors = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| !known.contains(line) || !named.insert(**line))
        .map(|(at, _)| {
            let detail = "The competition has no such budget line, or it is named twice.";
            FieldError::at(format!("/lines/{at}"), detail)
        })
        .collect();
    refuse_if_any(errors)?;
    store::set_lines(w, id, funder, &lines, who.id)?;
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act: "line_observer.set",
            object: ("person", funder.0),
            competition: Some(id),
            coalition: None,
            detail: json!({"lines": lines}),
        },
    )?;
    tell(w, id, funder, lines.len())?;
    observer(w, who, id, funder)
}

fn tell(w: &mut Writes<'_>, id: CompetitionId, funder: PersonId, lines: usize) -> Result<()> {
    let competition = competitions::competition(w, id)?.or_not_found()?;
    let at = w.now();
    outbox::enqueue(
        w,
        Letter {
            kind: "budget-lines-watched",
            to: Recipient::Person(funder),
            dedupe_key: format!("budget-lines-watched:{id}:{funder}:{at}"),
            cause: ("competition", id.0),
            competition: Some(id),
            coalition: None,
            due_at: None,
            fields: json!({"competition": competition.title(), "lines": lines}),
        },
    )?;
    Ok(())
}
