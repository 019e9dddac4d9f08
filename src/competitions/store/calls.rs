//! What belongs to a competition's call: budget lines, dates, amendments.

use diesel::prelude::*;

use crate::competitions::model::{Amendment, BudgetLine, CallDate, CallDateKind, Instrument};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{
    amendments, budget_lines, call_dates, decision_amounts, decisions, line_observers,
};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{BudgetLineId, CompetitionId, PersonId};
use crate::platform::refusal::Result;

type LineRow = (
    BudgetLineId,
    CompetitionId,
    String,
    Instrument,
    i64,
    String,
    i32,
);

const LINE: (
    budget_lines::id,
    budget_lines::competition_id,
    budget_lines::funder,
    budget_lines::instrument,
    budget_lines::amount,
    budget_lines::restriction,
    budget_lines::position,
) = (
    budget_lines::id,
    budget_lines::competition_id,
    budget_lines::funder,
    budget_lines::instrument,
    budget_lines::amount,
    budget_lines::restriction,
    budget_lines::position,
);

fn line(row: LineRow) -> BudgetLine {
    let (id, competition_id, funder, instrument, amount, restriction, position) = row;
    BudgetLine {
        id,
        competition_id,
        funder,
        instrument,
        amount,
        restriction,
        position,
    }
}

/// A competition's budget lines, in their order.
pub fn budget_lines(r: &mut Reads<'_>, competition: CompetitionId) -> Result<Vec<BudgetLine>> {
    let rows: Vec<LineRow> = budget_lines::table
        .filter(budget_lines::competition_id.eq(competition))
        .order((budget_lines::position.asc(), budget_lines::id.asc()))
        .select(LINE)
        .load(r.conn())?;
    Ok(rows.into_iter().map(line).collect())
}

/// The budget line of an identity.
pub fn budget_line(r: &mut Reads<'_>, id: BudgetLineId) -> Result<Option<BudgetLine>> {
    let row: Option<LineRow> = budget_lines::table
        .find(id)
        .select(LINE)
        .first(r.conn())
        .optional()?;
    Ok(row.map(line))
}

/// Adds a budget line.
pub fn insert_budget_line(w: &mut Writes<'_>, line: &BudgetLine) -> Result<()> {
    diesel::insert_into(budget_lines::table)
        .values((
            budget_lines::id.eq(line.id),
            budget_lines::competition_id.eq(line.competition_id),
            budget_lines::funder.eq(&line.funder),
            budget_lines::instrument.eq(line.instrument),
            budget_lines::amount.eq(line.amount),
            budget_lines::restriction.eq(&line.restriction),
            budget_lines::position.eq(line.position),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Writes everything that can change of a budget line.
pub fn update_budget_line(w: &mut Writes<'_>, line: &BudgetLine) -> Result<()> {
    diesel::update(budget_lines::table.find(line.id))
        .set((
            budget_lines::funder.eq(&line.funder),
            budget_lines::instrument.eq(line.instrument),
            budget_lines::amount.eq(line.amount),
            budget_lines::restriction.eq(&line.restriction),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Removes a budget line on which nothing was ever drawn, from the eyes of its funders too.
pub fn delete_budget_line(w: &mut Writes<'_>, id: BudgetLineId) -> Result<()> {
    diesel::delete(line_observers::table.filter(line_observers::budget_line_id.eq(id)))
        .execute(w.conn())?;
    diesel::delete(budget_lines::table.find(id)).execute(w.conn())?;
    Ok(())
}

/// Whether any decision, also a superseded one, names the line.
pub fn is_drawn_on(r: &mut Reads<'_>, id: BudgetLineId) -> Result<bool> {
    let drawn: Option<i64> = decision_amounts::table
        .filter(decision_amounts::budget_line_id.eq(id))
        .select(decision_amounts::id)
        .first(r.conn())
        .optional()?;
    Ok(drawn.is_some())
}

/// What decisions in force draw on the line, in minor units.
pub fn drawn(r: &mut Reads<'_>, id: BudgetLineId) -> Result<i64> {
    let amounts: Vec<i64> = decision_amounts::table
        .inner_join(decisions::table.on(decisions::id.eq(decision_amounts::decision_id)))
        .filter(decision_amounts::budget_line_id.eq(id))
        .filter(decisions::superseded_by.is_null())
        .select(decision_amounts::amount)
        .load(r.conn())?;
    Ok(amounts.into_iter().sum())
}

/// A competition's dates, the earliest first.
pub fn call_dates(r: &mut Reads<'_>, competition: CompetitionId) -> Result<Vec<CallDate>> {
    let rows: Vec<(i64, CallDateKind, String, Instant, String)> = call_dates::table
        .filter(call_dates::competition_id.eq(competition))
        .order((call_dates::starts_at.asc(), call_dates::id.asc()))
        .select((
            call_dates::id,
            call_dates::kind,
            call_dates::title,
            call_dates::starts_at,
            call_dates::link,
        ))
        .load(r.conn())?;
    Ok(rows
        .into_iter()
        .map(|(id, kind, title, starts_at, link)| CallDate {
            id,
            kind,
            title,
            starts_at,
            link,
        })
        .collect())
}

/// The competition that a date belongs to.
pub fn competition_of_call_date(r: &mut Reads<'_>, id: i64) -> Result<Option<CompetitionId>> {
    Ok(call_dates::table
        .find(id)
        .select(call_dates::competition_id)
        .first(r.conn())
        .optional()?)
}

/// Adds a date to a call.
pub fn insert_call_date(
    w: &mut Writes<'_>,
    competition: CompetitionId,
    date: &CallDate,
) -> Result<()> {
    diesel::insert_into(call_dates::table)
        .values((
            call_dates::id.eq(date.id),
            call_dates::competition_id.eq(competition),
            call_dates::kind.eq(date.kind),
            call_dates::title.eq(&date.title),
            call_dates::starts_at.eq(date.starts_at),
            call_dates::link.eq(&date.link),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Removes a date from a call.
pub fn delete_call_date(w: &mut Writes<'_>, id: i64) -> Result<()> {
    diesel::delete(call_dates::table.find(id)).execute(w.conn())?;
    Ok(())
}

/// A competition's amendments, by number.
pub fn amendments(r: &mut Reads<'_>, competition: CompetitionId) -> Result<Vec<Amendment>> {
    let rows: Vec<(i64, i32, String, Instant)> = amendments::table
        .filter(amendments::competition_id.eq(competition))
        .order(amendments::number.asc())
        .select((
            amendments::id,
            amendments::number,
            amendments::body,
            amendments::published_at,
        ))
        .load(r.conn())?;
    Ok(rows
        .into_iter()
        .map(|(id, number, body, published_at)| Amendment {
            id,
            number,
            body,
            published_at,
        })
        .collect())
}

/// Records the next amendment of a call, published now.
pub fn record_amendment(
    w: &mut Writes<'_>,
    competition: CompetitionId,
    body: &str,
    by: PersonId,
) -> Result<Amendment> {
    let last: Option<i32> = amendments::table
        .filter(amendments::competition_id.eq(competition))
        .select(diesel::dsl::max(amendments::number))
        .first(w.conn())?;
    let amendment = Amendment {
        id: w.fresh_id(),
        number: last.unwrap_or(0) + 1,
        body: body.to_owned(),
        published_at: w.now(),
    };
    diesel::insert_into(amendments::table)
        .values((
            amendments::id.eq(amendment.id),
            amendments::competition_id.eq(competition),
            amendments::number.eq(amendment.number),
            amendments::body.eq(&amendment.body),
            amendments::published_at.eq(amendment.published_at),
            amendments::published_by.eq(by),
        ))
        .execute(w.conn())?;
    Ok(amendment)
}
