//! What belongs to a call: budget lines, dates, amendments.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{mine_to_change, require_change, seen};
use crate::competitions::model::{
    Amendment, BudgetLine, CallDate, CallDateKind, Competition, Instrument, is_link,
};
use crate::competitions::store;
use crate::competitions::views::BudgetLineView;
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::counting::characters;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Asked, Created, IfMatch, Input, Page, PageQuery};
use crate::platform::ids::{BudgetLineId, CompetitionId};
use crate::platform::money::Money;
use crate::platform::plain;
use crate::platform::refusal::{Failure, FieldError, OrNotFound as _, Result, Rule, refuse_if_any};

/// A budget line to add, or what it is from now on.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBudgetLine {
    /// Who gives.
    #[schema(example = "Massachusetts Competitive Partnership")]
    funder: String,
    /// By what instrument.
    instrument: Instrument,
    /// How much there is, in the competition's currency.
    amount: Money,
    /// What it may be used for; empty when it is free.
    #[serde(default)]
    restriction: String,
}

impl NewBudgetLine {
    /// What is wrong with a line beside others, which hold so much together.
    fn errors(&self, currency: &str, others: i64) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let most = Money::MOST.saturating_sub(others);
        if self.funder.trim().is_empty() || characters(&self.funder) > 200 {
            errors.push(FieldError::at("/funder", "1 to 200 characters."));
        }
        errors.extend(plain::objection("/funder", &self.funder));
        if self.amount.amount < 1 {
            errors.push(FieldError::at("/amount/amount", "More than nothing."));
        } else if self.amount.amount > most {
            let words = "The lines add up to more than can be counted.";
            errors.push(FieldError::at("/amount/amount", words));
        }
        if self.amount.currency != currency {
            errors.push(FieldError::at(
                "/amount/currency",
                format!("Amounts of this competition are in {currency}."),
            ));
        }
        if characters(&self.restriction) > 2000 {
            errors.push(FieldError::at("/restriction", "At most 2000 characters."));
        }
        errors
    }
}

/// A date to add to a call.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCallDate {
    /// What happens.
    kind: CallDateKind,
    /// Its name.
    #[schema(example = "Workshop for teams that think of applying")]
    title: String,
    /// When it begins.
    starts_at: Instant,
    /// Where on the web; empty when there is nothing to open.
    #[serde(default)]
    #[schema(example = "https://example.org/workshop")]
    link: String,
}

/// An amendment to publish.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAmendment {
    /// What changes, in plain text.
    #[schema(example = "Section 3 now also takes partners from the neighbouring county.")]
    body: String,
}

/// The competition, if the caller may read its budget; else it is visible but not theirs.
fn with_budget(r: &mut Reads<'_>, who: &Person, id: CompetitionId) -> Result<Competition> {
    let (competition, rights) = seen(r, Some(who), id)?;
    if !rights.read_staff_part {
        return Err(Failure::forbidden(
            "Only people who work for this competition read its budget.",
        ));
    }
    Ok(competition)
}

/// A line with its competition; who may not read the budget can't tell that the line exists.
fn line_seen(
    r: &mut Reads<'_>,
    who: &Person,
    id: BudgetLineId,
) -> Result<(BudgetLine, Competition)> {
    let line = store::budget_line(r, id)?.or_not_found()?;
    let (competition, rights) = seen(r, Some(who), line.competition_id)?;
    if !rights.read_staff_part {
        return Err(Failure::not_found());
    }
    Ok((line, competition))
}

/// The budget lines of a competition, in their order.
pub fn budget_lines(
    r: &mut Reads<'_>,
    who: &Person,
    id: CompetitionId,
    asked: &Asked<PageQuery>,
) -> Result<Page<BudgetLineView>> {
    let competition = with_budget(r, who, id)?;
    let page = asked.get()?.page()?;
    let lines = store::budget_lines(r, id)?;
    let lines = Page::of_all(lines, &page, |line| (line.position, line.id.0))?;
    Ok(lines.map(|line| BudgetLineView::of(line, &competition.currency)))
}

/// One budget line.
pub fn budget_line(r: &mut Reads<'_>, who: &Person, id: BudgetLineId) -> Result<BudgetLineView> {
    let (line, competition) = line_seen(r, who, id)?;
    Ok(BudgetLineView::of(line, &competition.currency))
}

/// Adds a budget line.
pub fn add_budget_line(
    w: &mut Writes<'_>,
    who: &Person,
    id: CompetitionId,
    input: &Input<NewBudgetLine>,
) -> Result<Created<BudgetLineView>> {
    let competition = mine_to_change(w, who, id)?;
    let new = input.get()?;
    let others = store::budget_lines(w, id)?;
    refuse_if_any(new.errors(&competition.currency, total(&others)))?;
    let last = others.last().map_or(0, |l| l.position);
    let line = BudgetLine {
        id: w.fresh_id(),
        competition_id: id,
        funder: new.funder.trim().to_owned(),
        instrument: new.instrument,
        amount: new.amount.amount,
        restriction: new.restriction,
        position: last + 1,
    };
    store::insert_budget_line(w, &line)?;
    let detail = json!({ "amount": line.amount, "instrument": line.instrument });
    record(
        w,
        who,
        "budget_line.added",
        ("budget_line", line.id.0),
        id,
        detail,
    )?;
    let location = format!("/api/v1/budget-lines/{}", line.id);
    let view = BudgetLineView::of(line, &competition.currency);
    Ok(Created::at(location, view))
}

fn total(lines: &[BudgetLine]) -> i64 {
    lines
        .iter()
        .fold(0, |sum, line| sum.saturating_add(line.amount))
}

/// Changes a budget line; not below what decisions draw on it.
pub fn change_budget_line(
    w: &mut Writes<'_>,
    who: &Person,
    id: BudgetLineId,
    if_match: &IfMatch,
    input: &Input<NewBudgetLine>,
) -> Result<BudgetLineView> {
    let (mut line, competition) = line_seen(w, who, id)?;
    mine_to_change(w, who, line.competition_id)?;
    if_match.check(&BudgetLineView::of(line.clone(), &competition.currency))?;
    let new = input.get()?;
    let mut others = store::budget_lines(w, line.competition_id)?;
    others.retain(|other| other.id != id);
    refuse_if_any(new.errors(&competition.currency, total(&others)))?;
    if new.amount.amount < store::drawn(w, id)? {
        return Err(Failure::rule(
            Rule::BudgetExceeded,
            "Decisions draw more on this line than would be left.",
        ));
    }
    if new.instrument != line.instrument && store::is_drawn_on(w, id)? {
        return Err(Failure::rule(
            Rule::WrongPhase,
            "Decisions draw on this line: its instrument is fixed.",
        ));
    }
    let detail = json!({
        "amount": new.amount.amount, "before": line.amount, "instrument": new.instrument,
    });
    new.funder.trim().clone_into(&mut line.funder);
    line.instrument = new.instrument;
    line.amount = new.amount.amount;
    line.restriction = new.restriction;
    store::update_budget_line(w, &line)?;
    let of = line.competition_id;
    record(
        w,
        who,
        "budget_line.changed",
        ("budget_line", id.0),
        of,
        detail,
    )?;
    Ok(BudgetLineView::of(line, &competition.currency))
}

/// Removes a budget line on which no decision ever drew.
pub fn remove_budget_line(w: &mut Writes<'_>, who: &Person, id: BudgetLineId) -> Result<()> {
    let (line, _) = line_seen(w, who, id)?;
    mine_to_change(w, who, line.competition_id)?;
    if store::is_drawn_on(w, id)? {
        return Err(Failure::rule(
            Rule::WrongPhase,
            "Decisions draw on this line: it stays.",
        ));
    }
    store::delete_budget_line(w, id)?;
    let (of, detail) = (line.competition_id, json!({ "amount": line.amount }));
    record(
        w,
        who,
        "budget_line.removed",
        ("budget_line", id.0),
        of,
        detail,
    )
}

/// The dates of a call, the earliest first.
pub fn call_dates(
    r: &mut Reads<'_>,
    who: Option<&Person>,
    id: CompetitionId,
    asked: &Asked<PageQuery>,
) -> Result<Page<CallDate>> {
    seen(r, who, id)?;
    let page = asked.get()?.page()?;
    let dates = store::call_dates(r, id)?;
    Page::of_all(dates, &page, |date| (date.starts_at.to_string(), date.id))
}

/// One date of a call.
pub fn call_date(r: &mut Reads<'_>, who: Option<&Person>, id: i64) -> Result<CallDate> {
    let competition = store::competition_of_call_date(r, id)?.or_not_found()?;
    seen(r, who, competition)?;
    store::call_dates(r, competition)?
        .into_iter()
        .find(|date| date.id == id)
        .or_not_found()
}

/// Adds a date to a call.
pub fn add_call_date(
    w: &mut Writes<'_>,
    who: &Person,
    id: CompetitionId,
    input: &Input<NewCallDate>,
) -> Result<Created<CallDate>> {
    mine_to_change(w, who, id)?;
    let new = input.get()?;
    let mut errors = Vec::new();
    if new.title.trim().is_empty() || characters(&new.title) > 200 {
        errors.push(FieldError::at("/title", "1 to 200 characters."));
    }
    errors.extend(plain::objection("/title", &new.title));
    if !new.link.is_empty() && !is_link(&new.link) {
        errors.push(FieldError::at(
            "/link",
            "An address that starts with https://.",
        ));
    }
    refuse_if_any(errors)?;
    let date = CallDate {
        id: w.fresh_id(),
        kind: new.kind,
        title: new.title.trim().to_owned(),
        starts_at: new.starts_at,
        link: new.link,
    };
    store::insert_call_date(w, id, &date)?;
    record(
        w,
        who,
        "call_date.added",
        ("call_date", date.id),
        id,
        json!({}),
    )?;
    let location = format!("/api/v1/call-dates/{}", date.id);
    Ok(Created::at(location, date))
}

/// Removes a date from a call.
pub fn remove_call_date(w: &mut Writes<'_>, who: &Person, id: i64) -> Result<()> {
    let competition = store::competition_of_call_date(w, id)?.or_not_found()?;
    mine_to_change(w, who, competition)?;
    store::delete_call_date(w, id)?;
    record(
        w,
        who,
        "call_date.removed",
        ("call_date", id),
        competition,
        json!({}),
    )
}

/// The amendments of a call, by number.
pub fn amendments(
    r: &mut Reads<'_>,
    who: Option<&Person>,
    id: CompetitionId,
    asked: &Asked<PageQuery>,
) -> Result<Page<Amendment>> {
    seen(r, who, id)?;
    let page = asked.get()?.page()?;
    let amendments = store::amendments(r, id)?;
    Page::of_all(amendments, &page, |amendment| amendment.number)
}

/// Publishes the next amendment of a published call, and gives it with its competition. The act
/// as a whole also tells every coalition, so it lives where the coalitions are known.
pub fn amend(
    w: &mut Writes<'_>,
    who: &Person,
    id: CompetitionId,
    input: &Input<NewAmendment>,
) -> Result<(Competition, Amendment)> {
    let (competition, rights) = seen(w, Some(who), id)?;
    require_change(rights)?;
    let body = input.get()?.body;
    if !(1..=20_000).contains(&characters(body.trim())) {
        return Err(Failure::invalid("/body", "1 to 20000 characters."));
    }
    if competition.published_at.is_none() {
        return Err(Failure::rule(
            Rule::WrongPhase,
            "The call is not published: change it directly.",
        ));
    }
    let amendment = store::record_amendment(w, id, body.trim(), who.id)?;
    let detail = json!({ "number": amendment.number });
    record(
        w,
        who,
        "amendment.published",
        ("amendment", amendment.id),
        id,
        detail,
    )?;
    Ok((competition, amendment))
}

fn record(
    w: &mut Writes<'_>,
    who: &Person,
    act: &str,
    object: (&str, i64),
    competition: CompetitionId,
    detail: serde_json::Value,
) -> Result<()> {
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act,
            object,
            competition: Some(competition),
            coalition: None,
            detail,
        },
    )
}
