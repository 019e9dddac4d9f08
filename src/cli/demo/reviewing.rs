//! Screening, the panel, assignments, reviews and the discussion.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::answers::filled;
use super::data::{Coalition, Competition, Reading, Scores, Stage, State};
use super::history::{History, input};
use super::setting_up::address_of;
use crate::competitions::actions::stage_acts;
use crate::panels::actions as panel;
use crate::platform::db::Writes;
use crate::platform::http::{IfMatch, Input};
use crate::platform::ids::{AssignmentId, StageId};
use crate::platform::refusal::{OrNotFound as _, Result};
use crate::proposals::actions::{screening, screening_list};
use crate::proposals::store as proposals;
use crate::reviews::actions::{discussion, writing};
use crate::reviews::assignments::may_be_reviewed;

/// The first stage of a competition is reviewed as far as the sample says.
pub fn all(history: &mut History<'_>, w: &mut Writes<'_>, told: &Competition) -> Result<()> {
    let Some(stage) = told.stages.first() else {
        return Ok(());
    };
    let Some(screened) = stage.screened else {
        return Ok(());
    };
    let id = history.stage(&told.key, 0)?;
    screen(history, w, told, id, screened)?;
    seat_panel(history, w, id, screened + 1)?;
    declare(history, w, told, id, screened + 2)?;
    let assigned = assign(history, w, told, id, screened + 3)?;
    let sample = history.sample;
    let end = stage.reviews_closed.unwrap_or(-1);
    for (number, scores) in (0..).zip(scores_of(sample, &told.key)) {
        let day = screened + 4 + number % (end - screened - 5).max(1);
        let one = Reviewed {
            scores,
            number,
            day,
        };
        one.review(history, w, assigned[&key_of(scores)])?;
        (history.told)();
    }
    discuss(history, w, told, stage, id)
}

fn scores_of<'d>(
    sample: &'d super::data::Sample,
    competition: &str,
) -> impl Iterator<Item = &'d Scores> {
    let competition = competition.to_owned();
    let all = sample.scores.iter();
    all.filter(move |scores| scores.competition == competition)
}

fn key_of(scores: &Scores) -> (String, String) {
    (scores.coalition.clone(), scores.juror.clone())
}

fn screen(
    history: &mut History<'_>,
    w: &mut Writes<'_>,
    told: &Competition,
    stage: StageId,
    day: i64,
) -> Result<()> {
    let w = &mut w.at(history.at(day, 0));
    let assistant = history.staff(w, "assistant")?;
    for coalition in history.sample.coalitions_of(&told.key) {
        if coalition.state == State::Submitted {
            let id = history.founded(&told.key, &coalition.key)?.id;
            let eligible = input(json!({"verdict": "eligible"}))?;
            let before = screening_list::show(w, &assistant, stage, id)?;
            let unseen = IfMatch::version(&before);
            screening::screen(w, &assistant, stage, id, &unseen, &eligible)?;
        }
    }
    let officer = history.staff(w, "officer")?;
    stage_acts::complete_screening(w, &officer, stage, &|r, stage| {
        screening_list::still_to_screen(r, &officer, stage)
    })?;
    Ok(())
}

fn seat_panel(
    history: &mut History<'_>,
    w: &mut Writes<'_>,
    stage: StageId,
    day: i64,
) -> Result<()> {
    let w = &mut w.at(history.at(day, 0));
    let officer = history.staff(w, "officer")?;
    for juror in &history.sample.people.jurors {
        let invitation = input(json!({
            "email": address_of(&juror.key),
            "name": juror.name,
            "max_load": 6,
            "organisation": juror.organisation,
            "home_city": juror.home_city,
            "sectors": juror.sectors,
            "documents": [{"title": "What I know about", "text": juror.expertise}],
        }))?;
        let seat = panel::invite(w, &officer, stage, &invitation)?.view.id;
        let who = history.juror(w, &juror.key)?;
        panel::accept_panel(
            w,
            &who,
            seat,
            &Input::ready(panel::AnswerRequest::default()),
        )?;
    }
    Ok(())
}

fn declare(
    history: &mut History<'_>,
    w: &mut Writes<'_>,
    told: &Competition,
    stage: StageId,
    day: i64,
) -> Result<()> {
    let w = &mut w.at(history.at(day, 0));
    let ties = &history.sample.people.conflicts;
    for tie in ties.iter().filter(|tie| tie.competition == told.key) {
        let who = history.juror(w, &tie.juror)?;
        let declaration = input(json!({
            "coalition": history.founded(&told.key, &tie.coalition)?.id,
            "kind": tie.kind,
            "years": tie.years,
            "note": tie.note,
        }))?;
        panel::declare(w, &who, stage, &declaration, &|r, coalition| {
            Ok(proposals::submission_in_force(r, stage, coalition)?.is_some())
        })?;
    }
    Ok(())
}

fn assign(
    history: &mut History<'_>,
    w: &mut Writes<'_>,
    told: &Competition,
    stage: StageId,
    day: i64,
) -> Result<HashMap<(String, String), AssignmentId>> {
    let w = &mut w.at(history.at(day, 0));
    let officer = history.staff(w, "officer")?;
    let (mut keys, mut pairs) = (Vec::new(), Vec::new());
    for scores in scores_of(history.sample, &told.key) {
        keys.push(key_of(scores));
        pairs.push(panel::Pair {
            coalition: history.founded(&told.key, &scores.coalition)?.id,
            reviewer: history.jurors.get(&scores.juror).copied().or_not_found()?,
        });
    }
    let given = panel::apply_pairs(w, &officer, stage, &pairs, &may_be_reviewed)?;
    Ok(keys
        .into_iter()
        .zip(given.iter().map(|assignment| assignment.id))
        .collect())
}

/// One juror's work on one proposal.
struct Reviewed<'d> {
    scores: &'d Scores,
    number: i64,
    day: i64,
}

impl Reviewed<'_> {
    fn review(
        &self,
        history: &mut History<'_>,
        w: &mut Writes<'_>,
        assignment: AssignmentId,
    ) -> Result<()> {
        if self.scores.state == Reading::Assigned {
            return Ok(());
        }
        let w = &mut w.at(history.at(self.day, -(self.number % 9)));
        let who = history.juror(w, &self.scores.juror)?;
        let yes = Input::ready(panel::AnswerRequest::default());
        panel::accept(w, &who, assignment, &yes)?;
        let blank = writing::show(w, &who, assignment)?;
        let text = input(self.text(history)?)?;
        writing::save(w, &who, assignment, &IfMatch::version(&blank), &text)?;
        if self.scores.state == Reading::Submitted {
            writing::submit(w, &who, assignment)?;
        }
        Ok(())
    }

    fn text(&self, history: &History<'_>) -> Result<Value> {
        let coalition = history
            .sample
            .coalitions_of(&self.scores.competition)
            .find(|coalition| coalition.key == self.scores.coalition)
            .or_not_found()?;
        let (mut scores, mut narratives) = (Map::new(), Map::new());
        for (criterion, score) in self.scores.by_criterion() {
            scores.insert(criterion.to_owned(), json!(score));
            let level = level_of(score);
            let words = said(history, (criterion, level), self.number, coalition);
            narratives.insert(criterion.to_owned(), json!(words));
        }
        Ok(json!({
            "scores": scores,
            "narratives": narratives,
            "confidential_note": said(history, ("confidential", "notes"), self.number, coalition),
        }))
    }
}

fn level_of(score: f64) -> &'static str {
    if score >= 3.7 {
        "high"
    } else if score >= 2.7 {
        "middle"
    } else {
        "low"
    }
}

/// One of the texts of a kind, in turn.
fn said(history: &History<'_>, kind: (&str, &str), turn: i64, coalition: &Coalition) -> String {
    let texts = history
        .sample
        .narratives
        .get(kind.0)
        .and_then(|levels| levels.get(kind.1));
    let turn = usize::try_from(turn).unwrap_or(0);
    texts
        .and_then(|texts| texts.get(turn % texts.len().max(1)))
        .map(|text| filled(text, coalition))
        .unwrap_or_default()
}

/// On every third proposal, two who have handed in begin to talk.
fn discuss(
    history: &mut History<'_>,
    w: &mut Writes<'_>,
    told: &Competition,
    stage: &Stage,
    id: StageId,
) -> Result<()> {
    let end = stage.reviews_closed.unwrap_or(0);
    let w = &mut w.at(history.at(end - 1, 0));
    let sample = history.sample;
    for (turn, coalition) in (0..).zip(sample.coalitions_of(&told.key)).step_by(3) {
        let founded = history.founded(&told.key, &coalition.key)?;
        let submission = proposals::submission_in_force(w, id, founded.id)?.or_not_found()?;
        let done = scores_of(sample, &told.key).filter(|scores| {
            scores.coalition == coalition.key && scores.state == Reading::Submitted
        });
        for (number, scores) in (turn..).zip(done.take(2)) {
            let who = history.juror(w, &scores.juror)?;
            let words = said(history, ("discussion", "notes"), number, coalition);
            let note = input(json!({ "body": words }))?;
            discussion::add(w, &who, submission.id, &note)?;
        }
    }
    Ok(())
}
