//! Drafts, section by section. A save never loses what was typed: required questions may stay
//! empty, what is too long or half typed is kept and reported; only a value of another shape than
//! anything that could be typed there is refused.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::carry;
use super::desk::{Desk, desk};
use crate::competitions::model::{Answers, Form, Section};
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Asked, IfMatch, Input, Page, PageAsked};
use crate::platform::ids::{PersonId, ProposalId, StageId};
use crate::platform::refusal::{Failure, FieldError, OrNotFound as _, Result, refuse_if_any};
use crate::proposals::model::DraftSection;
use crate::proposals::store;

/// A section's answers as they are to be from now on.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SectionInput {
    /// By question key; what is absent or null is unanswered.
    #[schema(value_type = Object, example = json!({"shared_result": "Rents below 30 % of income."}))]
    pub answers: Answers,
}

/// One section of a draft, for members.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SectionView {
    /// The proposal.
    pub proposal_id: ProposalId,
    /// The stage whose form it is of.
    pub stage_id: StageId,
    /// The section's key.
    pub section: String,
    /// By question key.
    #[schema(value_type = Object)]
    pub answers: Answers,
    /// What would keep these answers from being submitted, apart from what is still empty.
    pub warnings: Vec<FieldError>,
    /// Counts the saves; 0 before the first.
    pub version: i64,
    /// When it was saved last.
    pub saved_at: Option<Instant>,
    /// By whom.
    pub saved_by: Option<PersonId>,
}

/// How far a section is, without a word of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SectionState {
    /// The section's key.
    pub section: String,
    /// Its title in the form.
    pub title: String,
    /// How many of its questions are asked, given the answers so far.
    pub asked: usize,
    /// How many of these have an answer or a file.
    pub answered: usize,
    /// Whether nothing required lacks and nothing is too long.
    pub complete: bool,
    /// When it was saved last.
    pub saved_at: Option<Instant>,
    /// Whether the caller may write it.
    pub yours_to_write: bool,
}

/// Which page of a draft's list, at which stage.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SheetAsked {
    /// The stage; the one that is open to the coalition when left out.
    pub stage: Option<StageId>,
    /// 1 to 200, 50 when left out.
    pub limit: Option<u32>,
    /// Of the page before.
    pub cursor: Option<String>,
}

/// How far every section of a draft is: members, officers and assistants see this.
///
/// # Errors
/// 404, 403 or 409 as the stage and the person stand.
pub fn states(
    r: &mut Reads<'_>,
    who: &Person,
    id: ProposalId,
    asked: &Asked<SheetAsked>,
) -> Result<Page<SectionState>> {
    let asked = asked.get()?;
    let page = PageAsked::new(asked.limit, asked.cursor.as_deref())?;
    let desk = desk(r, who, id, asked.stage)?;
    desk.form()?;
    desk.demand_something_to_read(r)?;
    let states = states_on(r, &desk)?;
    Page::of_ordered(states, &page, |state| state.section.clone())
}

/// How far every section of the draft on a desk is.
pub(super) fn states_on(r: &mut Reads<'_>, desk: &Desk) -> Result<Vec<SectionState>> {
    let form = desk.form()?;
    let saved = store::sections_of(r, desk.proposal.id, desk.stage.id)?;
    let draft = carry::draft(r, &desk.proposal, &desk.stage)?;
    let shown = form.shown(&draft.answers);
    let missing = draft.missing(form, &carry::form_only(&desk.competition));
    let judged = |section: &Section| {
        let at = format!("/sections/{}/", section.key);
        let asked = || {
            section
                .questions
                .iter()
                .filter(|q| shown.contains(q.key.as_str()))
        };
        SectionState {
            section: section.key.clone(),
            title: section.title.clone(),
            asked: asked().count(),
            answered: asked().filter(|q| draft.has_answer(&q.key)).count(),
            complete: !missing.iter().any(|error| error.pointer.starts_with(&at)),
            saved_at: saved
                .iter()
                .find(|row| row.section == section.key)
                .map(|row| row.saved_at),
            yours_to_write: desk.rights.writes(&section.key),
        }
    };
    Ok(form.sections.iter().map(judged).collect())
}

/// Shows a section to a member.
///
/// # Errors
/// 404 when the form has no such section or the proposal is not theirs, 403 for officers,
/// 409 before the opening.
pub fn show(
    r: &mut Reads<'_>,
    who: &Person,
    id: ProposalId,
    section: &str,
    stage: Option<StageId>,
) -> Result<SectionView> {
    let desk = desk(r, who, id, stage)?;
    let section = alone(desk.form()?, section)?;
    desk.demand_reading()?;
    desk.demand_something_to_read(r)?;
    view(r, &desk, &section)
}

/// Saves a section.
///
/// # Errors
/// 404, 403, 428, 412 with the current version, 409 outside of drafting, 422 with a pointer to
/// each value that is no answer.
pub fn save(
    w: &mut Writes<'_>,
    who: &Person,
    id: ProposalId,
    section: &str,
    stage: Option<StageId>,
    if_match: &IfMatch,
    input: &Input<SectionInput>,
) -> Result<SectionView> {
    let desk = desk(w, who, id, stage)?;
    let form = alone(desk.form()?, section)?;
    if !desk.rights.writes(section) {
        return Err(Failure::forbidden(
            "This section is not given to you to answer.",
        ));
    }
    desk.demand_opened(w)?;
    let before = view(w, &desk, &form)?;
    if_match.check(&before)?;
    let mut answers = input.get()?.answers;
    answers.retain(|_, answer| !answer.is_null());
    refuse_if_any(form.unreadable(&answers))?;
    desk.demand_drafting(w, Some(section))?;
    if answers == before.answers && before.version > 0 {
        return Ok(before);
    }
    carry::start_draft_for_stage(w, &desk.proposal, &desk.stage)?;
    store::save_section(w, id, desk.stage.id, section, &answers, who.id)?;
    let after = view(w, &desk, &form)?;
    record(w, who, &desk, section, after.version)?;
    Ok(after)
}

/// A form of one section only, by which that section's answers are judged.
fn alone(form: &Form, section: &str) -> Result<Form> {
    let section = form.section(section).or_not_found()?;
    Ok(Form {
        sections: vec![section.clone()],
    })
}

fn view(r: &mut Reads<'_>, desk: &Desk, form: &Form) -> Result<SectionView> {
    let key = form.sections.first().map_or("", |section| &section.key);
    let saved = match store::section_of(r, desk.proposal.id, desk.stage.id, key)? {
        Some(saved) => Some(saved),
        None => carried_section(r, desk, form)?,
    };
    let (answers, version, saved_at, saved_by) = match saved {
        Some(DraftSection {
            answers,
            version,
            saved_at,
            saved_by,
            ..
        }) => (answers, version, Some(saved_at), Some(saved_by)),
        None => (Answers::new(), 0, None, None),
    };
    let mut warnings = form.check(&answers);
    warnings.extend(form.foreign_money(&answers, &desk.competition.currency));
    Ok(SectionView {
        proposal_id: desk.proposal.id,
        stage_id: desk.stage.id,
        section: key.to_owned(),
        warnings,
        answers,
        version,
        saved_at,
        saved_by,
    })
}

/// What a section takes over from the stage before, as long as nothing of this one was saved.
fn carried_section(r: &mut Reads<'_>, desk: &Desk, form: &Form) -> Result<Option<DraftSection>> {
    if store::draft_is_started(r, desk.proposal.id, desk.stage.id)? {
        return Ok(None);
    }
    let Some(carried) = carry::carried(r, &desk.proposal, &desk.stage)? else {
        return Ok(None);
    };
    let answers: Answers = carried
        .answers
        .into_iter()
        .filter(|(key, _)| form.question(key).is_some())
        .collect();
    Ok((!answers.is_empty()).then(|| DraftSection {
        section: String::new(),
        answers,
        version: 0,
        saved_at: carried.from.submitted_at,
        saved_by: carried.from.submitted_by,
    }))
}

fn record(
    w: &mut Writes<'_>,
    who: &Person,
    desk: &Desk,
    section: &str,
    version: i64,
) -> Result<()> {
    let act = Act {
        actor: Some(who.id),
        act: "draft.section-saved",
        object: ("proposal", desk.proposal.id.0),
        competition: Some(desk.proposal.competition_id),
        coalition: Some(desk.proposal.coalition_id),
        detail: json!({"stage": desk.stage.id, "section": section, "version": version}),
    };
    audit::record(w, act)
}
