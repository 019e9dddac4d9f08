//! Ties between reviewers and submissions: what to declare on, and what the texts tell.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::coalitions::{self, doors};
use crate::competitions;
use crate::competitions::model::{Form, Phase, Stage};
use crate::panels::actions::{
    self, DeclarationRequest, OwnConflictView, stage_of_officers, stage_to_declare_on,
};
use crate::panels::conflicts::{ProposalText, detect_for_texts};
use crate::people::Person;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Asked, Input, Page, PageQuery};
use crate::platform::ids::{CoalitionId, StageId};
use crate::platform::refusal::{Failure, Result, Rule};
use crate::proposals;
use crate::proposals::actions::waivers::still_taking;
use crate::proposals::model::{Line, Submission, SubmissionSummary};
use crate::reviews::store;

/// A coalition to declare a conflict on, or not: names only.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CandidateView {
    /// The coalition.
    pub coalition_id: CoalitionId,
    /// Its name.
    pub coalition: String,
    /// The title of its submission.
    pub title: String,
    /// The places that it speaks for.
    pub places: Vec<String>,
}

/// How many new hints were found.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub struct DetectionView {
    /// New hints, on coalitions that are open to the reader.
    pub found: usize,
}

/// Whether everyone's submissions are in, so that their names may be shown.
fn is_over(r: &Reads<'_>, stage: &Stage) -> bool {
    stage.phase(r.now()) >= Phase::Screening
}

/// Lists the coalitions to declare conflicts on, those apart that are closed already.
pub(super) fn candidates(
    r: &mut Reads<'_>,
    who: &Person,
    stage: StageId,
    query: &Asked<PageQuery>,
) -> Result<Page<CandidateView>> {
    let stage = stage_to_declare_on(r, who, stage)?;
    let asked = query.get()?.page()?;
    if !is_over(r, &stage) {
        return Err(Failure::rule(
            Rule::WrongPhase,
            "The list is there once nothing more can be submitted.",
        ));
    }
    let mut closed = doors::closed_to(r, who.id)?;
    closed.extend(still_taking(r, &stage)?);
    let all = proposals::store::summaries_in_force(r, stage.id, stage.competition_id)?;
    let mut found: Vec<&Arc<SubmissionSummary>> = all
        .iter()
        .filter(|submission| !closed.contains(&submission.coalition_id))
        .collect();
    found.sort_by_key(|submission| submission.coalition_id);
    let page = Page::of_all(found, &asked, |one| one.coalition_id.0)?;
    let about: Vec<CoalitionId> = page.items.iter().map(|one| one.coalition_id).collect();
    let mut heads = store::heads(r, &about)?;
    Ok(page.map(|submission| CandidateView {
        coalition_id: submission.coalition_id,
        coalition: submission.coalition_now.clone(),
        title: submission.title.clone(),
        places: heads
            .remove(&submission.coalition_id)
            .map_or_else(Vec::new, |head| head.places),
    }))
}

/// Declares a conflict of one's own: as a reviewer with one of those that were shown, by office
/// with any coalition of the competition at any time.
pub(super) fn declare(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    input: &Input<DeclarationRequest>,
) -> Result<OwnConflictView> {
    actions::declare(w, who, stage, input, &|r, coalition| {
        let Some(stage) = competitions::store::stage(r, stage)? else {
            return Ok(false);
        };
        Ok(is_known_by_office(r, who, &stage, coalition)? || is_shown(r, &stage, coalition)?)
    })
}

/// Whether a coalition takes part in the competition, for whom an office brings near all that do.
fn is_known_by_office(
    r: &mut Reads<'_>,
    who: &Person,
    stage: &Stage,
    coalition: CoalitionId,
) -> Result<bool> {
    if !actions::is_brought_near(who, stage.competition_id) {
        return Ok(false);
    }
    let coalition = coalitions::store::coalition(r, coalition)?;
    Ok(coalition.is_some_and(|known| known.competition_id == stage.competition_id))
}

/// Whether reviewers are shown a coalition to declare on.
fn is_shown(r: &mut Reads<'_>, stage: &Stage, coalition: CoalitionId) -> Result<bool> {
    let there = proposals::store::submission_in_force(r, stage.id, coalition)?.is_some();
    Ok(there && is_over(r, stage))
}

/// Compares the panel with every submission of the stage.
pub(super) fn detect(w: &mut Writes<'_>, who: &Person, stage: StageId) -> Result<DetectionView> {
    let stage = stage_of_officers(w, who, stage)?;
    if !is_over(w, &stage) {
        return Err(Failure::rule(
            Rule::WrongPhase,
            "Submissions can be looked into once nothing more can be submitted.",
        ));
    }
    let closed = doors::closed_to(w, who.id)?;
    let mut found = 0;
    let all = proposals::store::summaries_in_force(w, stage.id, stage.competition_id)?;
    for submission in all.iter() {
        let new = look_into(w, stage.id, submission.coalition_id)?;
        if !closed.contains(&submission.coalition_id) {
            found += new;
        }
    }
    Ok(DetectionView { found })
}

/// Compares the panel with one submission; gives how many hints are new.
pub(super) fn look_into(
    w: &mut Writes<'_>,
    stage: StageId,
    coalition: CoalitionId,
) -> Result<usize> {
    let Some(submission) = proposals::store::submission_in_force(w, stage, coalition)? else {
        return Ok(0);
    };
    let form = match competitions::store::stage(w, stage)? {
        Some(stage) => stage.form.unwrap_or_default(),
        None => Form::default(),
    };
    detect_for_texts(w, stage, coalition, &texts_of(&submission, &form))
}

/// A coalition's submission at a stage.
pub type At = (StageId, CoalitionId);

/// How long an act may take from its request's arrival until it is in the log, in seconds.
const SLOWEST_ACT: i64 = 120;

/// The submissions that are to be compared with the panel by themselves: once nothing more can be
/// submitted, and again after each change of the coalition's members, seats or organisations,
/// until the stage is decided.
///
/// # Errors
/// When the database fails.
pub fn to_compare(r: &mut Reads<'_>) -> Result<Vec<At>> {
    let now = r.now();
    let mut found = Vec::new();
    for stage in competitions::store::published_stages(r)? {
        let is_time = (Phase::Screening..Phase::Decided).contains(&stage.phase(now));
        if !stage.has_review || !is_time {
            continue;
        }
        let checks = store::tie_checks(r, stage.id)?;
        let first = checks.values().min().copied().unwrap_or(now);
        let since = first.plus_seconds(-SLOWEST_ACT);
        let changed = store::changed_since(r, stage.competition_id, since)?;
        let all = proposals::store::summaries_in_force(r, stage.id, stage.competition_id)?;
        for submission in all.iter() {
            let coalition = submission.coalition_id;
            let is_fresh = checks.get(&coalition).is_some_and(|checked| {
                let changed = changed.get(&coalition);
                changed.is_none_or(|at| *at < checked.plus_seconds(-SLOWEST_ACT))
            });
            if !is_fresh {
                found.push((stage.id, coalition));
            }
        }
    }
    Ok(found)
}

/// Compares the panel with one of them; gives how many hints are new.
///
/// # Errors
/// When the database fails.
pub fn compare_anew(w: &mut Writes<'_>, (stage, coalition): At) -> Result<usize> {
    let new = look_into(w, stage, coalition)?;
    store::keep_tie_check(w, stage, coalition)?;
    Ok(new)
}

/// What a submission says, by question and line of money; hints are for the office, so what only
/// staff may read is looked into as well.
fn texts_of(submission: &Submission, form: &Form) -> Vec<ProposalText> {
    let snapshot = &submission.snapshot;
    let labels: std::collections::HashMap<&str, &str> = form
        .sections
        .iter()
        .flat_map(|section| &section.questions)
        .map(|question| (question.key.as_str(), question.label.as_str()))
        .collect();
    let mut texts = vec![ProposalText {
        heading: "Title".into(),
        text: submission.title.clone(),
    }];
    texts.extend(
        snapshot
            .coalition
            .fiscal_agent
            .iter()
            .map(|agent| ProposalText {
                heading: "Fiscal agent".into(),
                text: agent.clone(),
            }),
    );
    for answer in snapshot.answers() {
        let mut words = Vec::new();
        collect(&answer.value, &mut words);
        words.extend(answer.files.iter().map(|file| file.name.clone()));
        let heading = labels.get(answer.question.as_str()).copied();
        texts.push(ProposalText {
            heading: heading.unwrap_or(&answer.question).to_owned(),
            text: words.join("\n"),
        });
    }
    texts.extend(snapshot.capital_stack.lines.iter().map(text_of_line));
    texts
}

/// Who puts money in, what for, and whom it leaves.
fn text_of_line(line: &Line) -> ProposalText {
    let words = [
        Some(&line.source),
        Some(&line.r#use),
        line.redirected_from.as_ref(),
    ];
    let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
    ProposalText {
        heading: "Capital stack".into(),
        text: words.join("\n"),
    }
}

/// Every text in an answer, however deep.
fn collect(value: &Value, words: &mut Vec<String>) {
    match value {
        Value::String(text) => words.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, words)),
        Value::Object(cells) => cells.values().for_each(|cell| collect(cell, words)),
        _ => {}
    }
}
