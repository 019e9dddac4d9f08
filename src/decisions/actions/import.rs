//! Recording several decisions at once.

use std::collections::{BTreeMap, HashSet};

use super::record::{save, terms, void_docket};
use super::spending::too_little;
use crate::decisions::access::Right;
use crate::decisions::budget::overdrawn;
use crate::decisions::desk::{Desk, desk};
use crate::decisions::ledger::{Ledger, latest_of_each};
use crate::decisions::model::{Content, Decision, Origin};
use crate::decisions::shown::{Imported, ImportedDecision};
use crate::decisions::{rules, store};
use crate::people::Person;
use crate::platform::db::Writes;
use crate::platform::http::Input;
use crate::platform::ids::{CoalitionId, StageId};
use crate::platform::refusal::{Failure, FieldError, Result, refuse_if_any};

/// Decisions that one import takes at most.
const IMPORTED_AT_MOST: usize = 1000;

/// Records several decisions, all or none, and tells all errors at once.
pub fn import(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    input: &Input<Vec<ImportedDecision>>,
) -> Result<Imported> {
    let desk = desk(w, who, stage, Right::Decide)?;
    desk.require_untold()?;
    let items = input.get()?;
    if items.len() > IMPORTED_AT_MOST {
        let detail = format!("At most {IMPORTED_AT_MOST} decisions at once.");
        return Err(Failure::invalid("", detail));
    }
    let terms = terms(w, &desk, Origin::Decided)?;
    let mut current: BTreeMap<CoalitionId, Decision> =
        latest_of_each(store::decisions_of_stage(w, stage)?)
            .into_iter()
            .map(|decision| (decision.coalition, decision))
            .collect();
    let mut errors = Vec::new();
    let mut accepted: Vec<(CoalitionId, Content)> = Vec::new();
    let mut named = HashSet::new();
    for (number, item) in items.into_iter().enumerate() {
        let at = format!("/{number}");
        errors.extend(wrong_case(&desk, &item, &current, &mut named, &at));
        let decision_at = format!("{at}/decision");
        let (content, wrong) = rules::content(item.decision, &terms, &decision_at);
        errors.extend(wrong);
        accepted.push((item.coalition, content));
    }
    let ledger = Ledger::of(w, desk.competition.id)?;
    errors.extend(overdrawn_in_all(&desk, &ledger, &named, &accepted));
    refuse_if_any(errors)?;
    let recorded = accepted.len();
    for (coalition, content) in accepted {
        let earlier = current.remove(&coalition);
        save(w, who, &desk, coalition, earlier, content)?;
    }
    void_docket(w, who, &desk)?;
    Ok(Imported { recorded })
}

fn wrong_case(
    desk: &Desk,
    item: &ImportedDecision,
    current: &BTreeMap<CoalitionId, Decision>,
    named: &mut HashSet<CoalitionId>,
    at: &str,
) -> Option<FieldError> {
    if !desk.sees(item.coalition) || !desk.to_decide.contains(&item.coalition) {
        let detail = "This stage has no eligible submission of such a coalition.";
        return Some(FieldError::at(format!("{at}/coalition"), detail));
    }
    if !named.insert(item.coalition) {
        let detail = "This coalition is named twice.";
        return Some(FieldError::at(format!("{at}/coalition"), detail));
    }
    let version = current
        .get(&item.coalition)
        .map(|decision| decision.version);
    (item.version != version).then(|| {
        let detail = match version {
            Some(version) => {
                format!("The decision is at version {version}: compare, then send it.")
            }
            None => "Nothing is decided yet: leave the version out.".to_owned(),
        };
        FieldError::at(format!("{at}/version"), detail)
    })
}

/// Adds up in the order sent; the first amount that a line has too little left for is named.
fn overdrawn_in_all(
    desk: &Desk,
    ledger: &Ledger,
    named: &HashSet<CoalitionId>,
    accepted: &[(CoalitionId, Content)],
) -> Vec<FieldError> {
    let mut drawn = ledger.drawn_without(desk.stage.id, named, |other| desk.sees(other));
    let lines = ledger.amounts();
    let mut errors = Vec::new();
    for (number, (coalition, content)) in accepted.iter().enumerate() {
        let over = overdrawn(&drawn, &lines, &content.amounts);
        for (at, left) in &over {
            errors.push(FieldError::at(
                format!("/{number}/decision/amounts/{at}/amount"),
                too_little(desk, ledger, content.amounts[*at].line, *left),
            ));
        }
        if over.is_empty() {
            drawn.add(*coalition, &content.amounts);
        }
    }
    errors
}
