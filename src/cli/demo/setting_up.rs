//! The office: people, cities, competitions.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::data::{Competition, PLACES, Stage};
use super::history::{History, Set, input};
use crate::awards::actions::funders;
use crate::competitions::actions::{calls, competitions, editions, places, stages};
use crate::people::accounts::Newcomer;
use crate::people::{Person, administration, store};
use crate::platform::db::Writes;
use crate::platform::http::{Asked, Body, IfMatch, RawInput};
use crate::platform::ids::{BudgetLineId, CompetitionId};
use crate::platform::refusal::{OrNotFound as _, Result};

/// Days before the first competition at which the office moved in.
const MOVING_IN: i64 = -440;

/// Staff and jurors get their accounts, and the cities are loaded.
pub fn people(history: &mut History<'_>, w: &mut Writes<'_>) -> Result<()> {
    let w = &mut w.at(history.at(MOVING_IN, 0));
    for staff in &history.sample.people.staff {
        let newcomer = Newcomer {
            email: staff.email.clone(),
            name: staff.name.clone(),
            organisation: staff.organisation.clone(),
            home_city: staff.home_city.clone(),
            ..Newcomer::default()
        };
        let id = history.cast.person(w, newcomer)?;
        if staff.role == "administrator" {
            store::set_administrator(w, id, true)?;
        }
        history.staff.insert(staff.role.clone(), id);
    }
    for juror in &history.sample.people.jurors {
        let newcomer = Newcomer {
            email: address_of(&juror.key),
            name: juror.name.clone(),
            organisation: juror.organisation.clone(),
            home_city: juror.home_city.clone(),
            ..Newcomer::default()
        };
        let id = history.cast.person(w, newcomer)?;
        history.jurors.insert(juror.key.clone(), id);
    }
    let administrator = history.staff(w, "administrator")?;
    let file = RawInput(Arc::new(Body::of(PLACES, "text/csv")));
    places::import(w, &administrator, &Asked::of("dry_run=false"), &file)?;
    Ok(())
}

/// Where a juror gets mail.
pub fn address_of(juror: &str) -> String {
    format!("{juror}@jury.example")
}

/// A competition is set up, staffed and published.
pub fn competition(
    history: &mut History<'_>,
    w: &mut Writes<'_>,
    told: &Competition,
) -> Result<()> {
    let w = &mut w.at(history.at(told.published - 5, 0));
    let administrator = history.staff(w, "administrator")?;
    let new = input(body_of(history, told)?)?;
    let id = competitions::create(w, &administrator, &new)?.view.id;
    staffed(history, w, id)?;

    let officer = history.staff(w, "officer")?;
    let mut set = Set {
        id,
        stages: Vec::new(),
        lines: HashMap::new(),
    };
    for line in &told.budget_lines {
        let line_input = input(json!({
            "funder": line.funder,
            "instrument": line.instrument,
            "amount": {"amount": line.amount, "currency": told.currency},
            "restriction": line.restriction,
        }))?;
        let made = calls::add_budget_line(w, &officer, id, &line_input)?;
        set.lines.insert(line.key.clone(), made.view.id);
    }
    for stage in &told.stages {
        let settings = input(settings_of(history, stage))?;
        let made = stages::create(w, &officer, id, &settings)?;
        set.stages.push(made.view.id);
    }
    for date in &told.dates {
        let date_input = input(json!({
            "kind": date.kind,
            "title": date.title,
            "starts_at": history.at(date.day, -3),
            "link": date.link,
        }))?;
        calls::add_call_date(w, &officer, id, &date_input)?;
    }
    history.sets.insert(told.key.clone(), set);
    watched(history, w, told)?;
    published(history, w, told, id)
}

fn body_of(history: &History<'_>, told: &Competition) -> Result<Value> {
    let eligibility: Vec<Value> = told
        .eligibility
        .iter()
        .map(|rule| {
            json!({
                "fact": rule.fact,
                "operator": rule.operator,
                "value": rule.value,
                "question": rule.question,
                "reason": rule.reason,
            })
        })
        .collect();
    let continues = match &told.continues {
        Some(earlier) => Some(history.set(earlier)?.id),
        None => None,
    };
    Ok(json!({
        "programme": told.programme,
        "edition": told.edition,
        "summary": told.summary,
        "time_zone": told.time_zone,
        "currency": told.currency,
        "required_sectors": told.required_sectors,
        "eligibility": eligibility,
        "match_required_percent": told.match_required_percent,
        "continues": continues,
        "roster_public": true,
    }))
}

fn settings_of(history: &History<'_>, stage: &Stage) -> Value {
    json!({
        "name": stage.name,
        "kind": stage.kind,
        "opens_at": history.at(stage.opens, 0),
        "deadline": history.at(stage.deadline, 0),
        "sealed": stage.sealed,
        "discussion": stage.discussion,
        "has_review": stage.reviews_per_submission.is_some(),
        "reviews_per_submission": stage.reviews_per_submission.unwrap_or(1),
        "review_deadline": stage.reviews_due.map(|day| history.at(day, 0)),
        "docket_approval": stage.docket.is_some(),
        "signatory_confirmation": stage.signatory_confirmation,
    })
}

/// The administrator gives the roles, and keeps none.
fn staffed(history: &mut History<'_>, w: &mut Writes<'_>, id: CompetitionId) -> Result<()> {
    let administrator = history.staff(w, "administrator")?;
    for staff in &history.sample.people.staff {
        if staff.role != "administrator" {
            let role = input(json!({"email": staff.email, "role": staff.role}))?;
            administration::grant(w, &administrator, id, &role)?;
        }
    }
    let own = own_role(w, &administrator, id)?;
    administration::take(w, &administrator, id, own)
}

fn own_role(w: &mut Writes<'_>, who: &Person, id: CompetitionId) -> Result<i64> {
    let roles = administration::roles_of(w, who, id)?;
    let own = roles.iter().find(|role| role.person == who.id);
    own.map(|role| role.id).or_not_found()
}

fn published(
    history: &mut History<'_>,
    w: &mut Writes<'_>,
    told: &Competition,
    id: CompetitionId,
) -> Result<()> {
    let w = &mut w.at(history.at(told.published, 0));
    let officer = history.staff(w, "officer")?;
    editions::publish(w, &officer, id)?;
    Ok(())
}

/// The funders see the awards on their own budget lines.
fn watched(history: &mut History<'_>, w: &mut Writes<'_>, told: &Competition) -> Result<()> {
    let officer = history.staff(w, "officer")?;
    let set = history.set(&told.key)?;
    for staff in history
        .sample
        .people
        .staff
        .iter()
        .filter(|one| one.role == "funder")
    {
        let prefix = format!("{}/", told.key);
        let own = staff
            .lines
            .iter()
            .filter_map(|line| line.strip_prefix(&prefix));
        let lines: Vec<BudgetLineId> = own
            .filter_map(|line| set.lines.get(line).copied())
            .collect();
        let pair = (set.id, history.staff.get("funder").copied().or_not_found()?);
        let version = IfMatch::version(&funders::observer(w, &officer, pair.0, pair.1)?);
        funders::set_observer(
            w,
            &officer,
            pair,
            &version,
            &input(json!({ "lines": lines }))?,
        )?;
    }
    Ok(())
}
