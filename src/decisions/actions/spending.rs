//! The budget, as one decides.

use std::collections::HashSet;

use crate::decisions::budget::overdrawn;
use crate::decisions::desk::{Desk, desk_to_read};
use crate::decisions::ledger::Ledger;
use crate::decisions::model::Content;
use crate::decisions::shown::{BudgetView, LineView};
use crate::people::Person;
use crate::platform::db::Reads;
use crate::platform::ids::{BudgetLineId, CoalitionId, StageId};
use crate::platform::money::Money;
use crate::platform::refusal::{Failure, Result, Rule};

/// What is left of each budget line as one decides. Draws of coalitions that are closed to the
/// reader are not counted in.
pub fn budget(r: &mut Reads<'_>, who: &Person, stage: StageId) -> Result<BudgetView> {
    let desk = desk_to_read(r, who, stage)?;
    let ledger = Ledger::of(r, desk.competition.id)?;
    let drawn = if desk.untold {
        ledger.drawn()
    } else {
        ledger.drawn_as_told()
    };
    let money = |amount: i64| Money::new(amount, &desk.competition.currency);
    let (mut amount, mut drawn_in_all) = (0_i64, 0_i64);
    let lines = ledger
        .lines
        .iter()
        .map(|line| {
            let on_line = drawn.on(line.id, |coalition| desk.sees(coalition));
            amount = amount.saturating_add(line.amount);
            drawn_in_all = drawn_in_all.saturating_add(on_line);
            LineView {
                id: line.id,
                funder: line.funder.clone(),
                instrument: line.instrument,
                restriction: line.restriction.clone(),
                amount: money(line.amount),
                drawn: money(on_line),
                left: money(line.amount.saturating_sub(on_line)),
            }
        })
        .collect();
    Ok(BudgetView {
        lines,
        amount: money(amount),
        drawn: money(drawn_in_all),
        left: money(amount.saturating_sub(drawn_in_all)),
    })
}

/// Asks that the lines have enough left for one decision. Draws of coalitions that are closed to
/// the decider are not counted: refusals would tell them. The announcement counts all.
pub fn within_budget(
    desk: &Desk,
    ledger: &Ledger,
    coalition: CoalitionId,
    content: &Content,
) -> Result<()> {
    let replaced = HashSet::from([coalition]);
    let drawn = ledger.drawn_without(desk.stage.id, &replaced, |other| desk.sees(other));
    match overdrawn(&drawn, &ledger.amounts(), &content.amounts).first() {
        None => Ok(()),
        Some((at, left)) => {
            let line = content.amounts[*at].line;
            Err(Failure::rule(
                Rule::BudgetExceeded,
                too_little(desk, ledger, line, *left),
            ))
        }
    }
}

/// What is said of a line that has too little left, as the decider may know it.
pub fn too_little(desk: &Desk, ledger: &Ledger, line: BudgetLineId, left: i64) -> String {
    let name = ledger.line(line).map_or_else(String::new, |line| {
        format!("{}, {}", line.funder, line.instrument)
    });
    let left = Money::new(left.max(0), &desk.competition.currency).written();
    format!("The budget line “{name}” has {left} left.")
}
