//! Setting up and changing stages.

use std::collections::HashSet;

use serde_json::json;

pub use super::stage_settings::StageSettings;
use super::stage_settings::fresh;
use super::{mine_to_change, require_change, seen, seen_stage};
use crate::competitions::access::Rights;
use crate::competitions::model::{EarlierTexts, Phase, Stage, StageActKind, builtin};
use crate::competitions::store;
use crate::competitions::views::StageView;
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::counting::characters;
use crate::platform::db::{Reads, Writes};
use crate::platform::digest::sha256_hex;
use crate::platform::http::{Asked, Created, IfMatch, Input, Page, PageQuery};
use crate::platform::ids::{CompetitionId, StageId};
use crate::platform::refusal::{Failure, Result, Rule, refuse_if_any};

/// The stages of a competition, in their order.
pub fn list(
    r: &mut Reads<'_>,
    who: Option<&Person>,
    id: CompetitionId,
    asked: &Asked<PageQuery>,
) -> Result<Page<StageView>> {
    let (_, rights) = seen(r, who, id)?;
    let page = asked.get()?.page()?;
    let now = r.now();
    let stages = store::stages_of(r, id)?;
    let stages = Page::of_all(stages, &page, |s| (s.position, s.id.0))?;
    let told = told_to(r, who, id)?;
    Ok(stages.map(|stage| {
        let told = told.contains(&stage.id);
        StageView::of(stage, rights, told, now)
    }))
}

/// One stage.
pub fn show(r: &mut Reads<'_>, who: Option<&Person>, id: StageId) -> Result<StageView> {
    let (stage, rights) = seen_stage(r, who, id)?;
    let told = told_to(r, who, stage.competition_id)?.contains(&stage.id);
    Ok(StageView::of(stage, rights, told, r.now()))
}

/// The stages whose decision on a coalition of theirs the reader was told.
fn told_to(r: &mut Reads<'_>, who: Option<&Person>, id: CompetitionId) -> Result<HashSet<StageId>> {
    match who {
        Some(who) => store::stages_told_to(r, id, who.id),
        None => Ok(HashSet::new()),
    }
}

/// What a stage said before its texts were changed while it was open, the latest first.
///
/// # Errors
/// 404 and 403 for who does not work for the competition.
pub fn earlier_texts(
    r: &mut Reads<'_>,
    who: &Person,
    id: StageId,
    asked: &Asked<PageQuery>,
) -> Result<Page<EarlierTexts>> {
    let (stage, rights) = seen_stage(r, Some(who), id)?;
    if !rights.read_staff_part {
        return Err(Failure::forbidden(
            "Only people who work for this competition read its earlier texts.",
        ));
    }
    let page = asked.get()?.page()?;
    let texts = store::earlier_texts(r, stage.id)?;
    Page::of_ordered(texts, &page, |texts| texts.id)
}

/// Adds a stage after the last one.
pub fn create(
    w: &mut Writes<'_>,
    who: &Person,
    id: CompetitionId,
    input: &Input<StageSettings>,
) -> Result<Created<StageView>> {
    let (competition, rights) = seen(w, Some(who), id)?;
    require_change(rights)?;
    let settings = input.get()?;
    let last = store::stages_of(w, id)?.last().map_or(0, |s| s.position);
    let Some(kind) = settings.kind else {
        return Err(Failure::invalid("/kind", "Say what the stage is."));
    };
    let mut stage = fresh(w, id, last + 1, kind);
    settings.apply(&mut stage);
    stage.published_at = competition.published_at;
    if !stage.has_review && stage.rubric.as_ref() == Some(builtin::four_questions()) {
        stage.rubric = None;
    }
    refuse_if_any(stage.errors())?;
    refuse_a_past_deadline(None, &stage, w.now())?;
    store::insert_stage(w, &stage)?;
    record(
        w,
        who,
        "stage.created",
        &stage,
        json!({ "position": stage.position }),
    )?;
    let location = format!("/api/v1/stages/{}", stage.id);
    let now = w.now();
    Ok(Created::at(
        location,
        StageView::of(stage, rights, false, now),
    ))
}

/// That the deadline of an open stage was moved.
#[derive(Clone, Debug)]
pub struct DeadlineMoved {
    /// The stage with its new deadline.
    pub stage: Stage,
    /// The deadline before.
    pub from: Instant,
    /// Why.
    pub reason: String,
}

/// Changes a stage, as far as its phase still allows; gives also what those who write for it are
/// to be told, which is left to where these are known.
///
/// # Errors
/// 404, 403, 428, 412 as everywhere, 422 for wrong settings, 409 for what is fixed by now.
pub fn change(
    w: &mut Writes<'_>,
    who: &Person,
    id: StageId,
    if_match: &IfMatch,
    input: &Input<StageSettings>,
) -> Result<(StageView, Option<DeadlineMoved>)> {
    let (old, rights) = seen_stage(w, Some(who), id)?;
    require_change(rights)?;
    let now = w.now();
    if_match.check(&StageView::of(old.clone(), rights, false, now))?;
    let settings = input.get()?;
    let reason = settings.reason.clone().unwrap_or_default();
    let mut new = old.clone();
    settings.apply(&mut new);
    refuse_if_any(new.errors())?;
    refuse_what_is_fixed(&old, &new, now)?;
    refuse_a_past_deadline(Some(&old), &new, now)?;
    let differences = old.differences(&new);
    if differences.is_empty() {
        return Ok((StageView::of(old, rights, false, now), None));
    }
    let open = old.phase(now) >= Phase::Open;
    let mut moved = None;
    if open && differences.contains(&"deadline") {
        extend(w, who, &old, &reason)?;
        moved = old.deadline.map(|from| DeadlineMoved {
            stage: new.clone(),
            from,
            reason: reason.trim().to_owned(),
        });
    }
    if open
        && differences
            .iter()
            .any(|d| ["name", "form", "rubric"].contains(d))
    {
        new.texts_changed_at = Some(now);
        store::keep_texts(w, &old, who.id)?;
    }
    store::update_stage(w, &new)?;
    let trace = json!({
        "changed": differences,
        "after_opening": open,
        "form": digest(new.form.as_ref())?,
        "rubric": digest(new.rubric.as_ref())?,
    });
    record(w, who, "stage.changed", &new, trace)?;
    Ok((show(w, Some(who), id)?, moved))
}

/// Nobody can hand anything in by a deadline that has passed before it was published.
fn refuse_a_past_deadline(old: Option<&Stage>, new: &Stage, now: Instant) -> Result<()> {
    let same = |old: &Stage| old.deadline == new.deadline && old.form.is_some();
    if new.published_at.is_none() || old.is_some_and(same) || !new.is_over_at(now) {
        return Ok(());
    }
    Err(Failure::invalid(
        "/deadline",
        "The call is published: set a deadline that is still to come.",
    ))
}

fn refuse_what_is_fixed(old: &Stage, new: &Stage, now: Instant) -> Result<()> {
    let refused = old.changes_refused(new, now);
    if refused.is_empty() {
        return Ok(());
    }
    let each: Vec<String> = refused
        .into_iter()
        .map(|error| format!("{}: {}", error.pointer, error.detail))
        .collect();
    Err(Failure::rule(Rule::WrongPhase, each.join("\n")))
}

fn extend(w: &mut Writes<'_>, who: &Person, stage: &Stage, reason: &str) -> Result<()> {
    require_reason(reason)?;
    store::record_act(
        w,
        stage.id,
        StageActKind::DeadlineExtended,
        who.id,
        reason.trim(),
    )
}

/// Refuses a blank reason where one is needed.
pub(super) fn require_reason(reason: &str) -> Result<()> {
    let length = characters(reason.trim());
    if (1..=2000).contains(&length) {
        return Ok(());
    }
    Err(Failure::invalid(
        "/reason",
        "Say why, in 1 to 2000 characters.",
    ))
}

fn digest<T: serde::Serialize>(document: Option<&T>) -> Result<Option<String>> {
    Ok(match document {
        Some(document) => Some(sha256_hex(serde_json::to_string(document)?)),
        None => None,
    })
}

pub(super) fn record(
    w: &mut Writes<'_>,
    who: &Person,
    act: &str,
    stage: &Stage,
    detail: serde_json::Value,
) -> Result<()> {
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act,
            object: ("stage", stage.id.0),
            competition: Some(stage.competition_id),
            coalition: None,
            detail,
        },
    )
}

/// Removes the last stage, as long as it is a draft that nothing hangs on.
pub fn remove(w: &mut Writes<'_>, who: &Person, id: StageId) -> Result<()> {
    let (stage, rights) = seen_stage(w, Some(who), id)?;
    require_change(rights)?;
    mine_to_change(w, who, stage.competition_id)?;
    let last = store::stages_of(w, stage.competition_id)?.pop();
    if last.is_none_or(|last| last.id != id) {
        return Err(Failure::rule(
            Rule::WrongPhase,
            "Only the last stage can be removed.",
        ));
    }
    stage.require_phase(w.now(), &[Phase::Draft, Phase::Scheduled])?;
    if store::has_panel(w, id)? {
        return Err(Failure::rule(
            Rule::WrongPhase,
            "The stage has a panel already.",
        ));
    }
    store::delete_stage(w, id)?;
    record(
        w,
        who,
        "stage.removed",
        &stage,
        json!({ "position": stage.position }),
    )
}

/// Gives a new competition the stages of an earlier one, without dates and acts. Drafts of
/// forms are copied only by who may read them.
pub(super) fn copy_all(
    w: &mut Writes<'_>,
    who: &Person,
    from: CompetitionId,
    rights: Rights,
    to: CompetitionId,
) -> Result<()> {
    let now = w.now();
    for earlier in store::stages_of(w, from)? {
        if !rights.read_staff_part && earlier.phase(now) == Phase::Draft {
            continue;
        }
        let stage = Stage {
            opens_at: None,
            deadline: None,
            review_deadline: None,
            texts_changed_at: None,
            ..earlier
        };
        let stage = Stage {
            id: w.fresh_id(),
            competition_id: to,
            created_at: now,
            version: 1,
            ..stage
        };
        store::insert_stage(w, &stage)?;
        record(
            w,
            who,
            "stage.created",
            &stage,
            json!({ "position": stage.position }),
        )?;
    }
    Ok(())
}
