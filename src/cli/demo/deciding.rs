//! Decisions, the docket, the announcement.

use serde_json::{Value, json};

use super::answers::{Words, filled};
use super::data::{Coalition, Competition, Stage};
use super::history::{History, input};
use crate::awards::actions::offers;
use crate::awards::shown::AnswerInput;
use crate::competitions::actions::stage_acts;
use crate::decisions::actions::{
    announce, docket, follow_up, import, preview, releases, ruling, telling,
};
use crate::decisions::model::Outcome;
use crate::decisions::store;
use crate::platform::db::Writes;
use crate::platform::http::{IfMatch, Input};
use crate::platform::ids::StageId;
use crate::platform::refusal::Result;

/// The first stage of a competition is decided, where the sample says so.
pub fn all(history: &mut History<'_>, w: &mut Writes<'_>, told: &Competition) -> Result<()> {
    let Some(stage) = told.stages.first() else {
        return Ok(());
    };
    let (Some(closed), Some(sat), Some(told_on)) = (stage.reviews_closed, stage.docket, stage.told)
    else {
        return Ok(());
    };
    let id = history.stage(&told.key, 0)?;
    decide(history, w, told, id, closed)?;
    approve(history, w, id, sat)?;
    announced(history, w, stage, id, told_on)?;
    answer(history, w, told, told_on + 6)
}

fn decide(
    history: &mut History<'_>,
    w: &mut Writes<'_>,
    told: &Competition,
    stage: StageId,
    closed: i64,
) -> Result<()> {
    let w = &mut w.at(history.at(closed, 0));
    let officer = history.staff(w, "officer")?;
    stage_acts::close_reviews(w, &officer, stage)?;
    releases::release_all(w, &officer, stage)?;
    let sample = history.sample;
    let mut items = Vec::new();
    for coalition in sample.coalitions_of(&told.key) {
        items.push(json!({
            "coalition": history.founded(&told.key, &coalition.key)?.id,
            "decision": decision_on(history, told, coalition)?,
        }));
    }
    import::import(w, &officer, stage, &input(Value::Array(items))?)?;
    for decision in store::decisions_of_stage(w, stage)? {
        if decision.content.outcome == Outcome::Award {
            let summary = &decision.content.public_summary;
            let approved = input(json!({"summary": summary, "approved": true}))?;
            let read = follow_up::summary(w, &officer, decision.id)?;
            let version = IfMatch::version(&read);
            follow_up::write_summary(w, &officer, decision.id, &version, &approved)?;
        }
    }
    Ok(())
}

fn decision_on(history: &History<'_>, told: &Competition, coalition: &Coalition) -> Result<Value> {
    if coalition.outcome != "award" {
        return Ok(json!({
            "outcome": coalition.outcome,
            "rationale": "Below the line that the money draws; the feedback says what would help.",
        }));
    }
    let lines = &history.set(&told.key)?.lines;
    let answer_by = told.stages.first().and_then(|stage| stage.told);
    Ok(json!({
        "outcome": "award",
        "rationale": "A table that has decided something hard together, and levers with owners.",
        "amounts": [{
            "line": lines.get("grants"),
            "amount": {"amount": coalition.award * 100, "currency": told.currency},
        }],
        "conditions": "The coordinator is hired before the first payment.",
        "answer_by": answer_by.map(|day| history.at(day + 30, 0)),
        "public_summary": summary_of(history, told, coalition),
    }))
}

fn summary_of(history: &History<'_>, told: &Competition, coalition: &Coalition) -> String {
    let themes = &history.sample.answers.themes;
    let words = Words::of(&history.sample.answers, coalition, &told.currency);
    let text = themes
        .get(&coalition.theme)
        .and_then(|theme| theme.texts.get("public_summary"));
    match (words, text) {
        (Some(_), Some(text)) => filled(text, coalition),
        _ => String::new(),
    }
}

fn approve(history: &mut History<'_>, w: &mut Writes<'_>, stage: StageId, day: i64) -> Result<()> {
    let w = &mut w.at(history.at(day, 0));
    let approver = history.staff(w, "approver")?;
    let read = docket::show(w, &approver, stage)?;
    let met: String = w.now().to_string().chars().take(10).collect();
    let verdict = input(json!({
        "verdict": "approved",
        "digest": read.digest,
        "meeting_date": met,
        "resolution": "Sample resolution 1",
    }))?;
    ruling::rule(w, &approver, stage, &verdict)?;
    Ok(())
}

fn announced(
    history: &mut History<'_>,
    w: &mut Writes<'_>,
    told: &Stage,
    stage: StageId,
    day: i64,
) -> Result<()> {
    let w = &mut w.at(history.at(day, -6));
    let officer = history.staff(w, "officer")?;
    let read = preview::preview(w, &officer, stage, "http://localhost")?;
    let announcement = input(json!({
        "digest": read.digest,
        "told_at": history.at(day, 0),
        "public_at": history.at(told.public.unwrap_or(day), 0),
    }))?;
    announce::confirm(w, &officer, stage, &announcement)?;
    telling::tell_due(&mut w.at(history.at(day, 0)))
}

/// The signatories accept what they were offered.
fn answer(
    history: &mut History<'_>,
    w: &mut Writes<'_>,
    told: &Competition,
    day: i64,
) -> Result<()> {
    let w = &mut w.at(history.at(day, 0));
    let sample = history.sample;
    for coalition in sample.coalitions_of(&told.key) {
        let founded = history.founded(&told.key, &coalition.key)?;
        let who = history.cast.acting(w, founded.signatory)?;
        for award in offers::list(w, &who, founded.id)? {
            let yes = Input::ready(AnswerInput::default());
            offers::answer(w, &who, award.id, true, &yes)?;
        }
    }
    Ok(())
}
