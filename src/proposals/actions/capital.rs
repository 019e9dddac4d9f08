//! The capital stack of a draft.

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::carry;
use super::desk::{Desk, desk};
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{IfMatch, Input};
use crate::platform::ids::{ProposalId, StageId};
use crate::platform::refusal::{Failure, FieldError, Result, refuse_if_any};
use crate::proposals::access::CAPITAL_STACK;
use crate::proposals::model::{CapitalStack, Figures, Line};
use crate::proposals::store;

/// How a figure is worked out, printed beside it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Definition {
    /// The figure's name.
    pub figure: &'static str,
    /// Its definition.
    pub definition: &'static str,
}

/// A capital stack with what it comes to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CapitalStackView {
    /// In the order that the coalition gave.
    pub lines: Vec<Line>,
    /// First with committed and closed lines only, then with all. The money is lined up beside
    /// the grant; that the grant brought it is not claimed.
    pub figures: Vec<Figures>,
    /// What each ratio is. Without a grant there is no ratio.
    pub definitions: Vec<Definition>,
}

/// A draft's capital stack, for members.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DraftStackView {
    /// The lines, half-filled ones too, and what they come to so far.
    #[serde(flatten)]
    pub stack: CapitalStackView,
    /// What would keep these lines from being submitted.
    pub warnings: Vec<FieldError>,
}

impl CapitalStackView {
    /// What is shown of a stack.
    pub fn of(stack: &CapitalStack, currency: &str) -> Self {
        let definitions = Figures::DEFINITIONS
            .iter()
            .map(|(figure, definition)| Definition { figure, definition })
            .collect();
        Self {
            lines: stack.lines.clone(),
            figures: stack.both_figures(currency).into(),
            definitions,
        }
    }
}

/// Shows a draft's capital stack to a member.
///
/// # Errors
/// 404, 403 for officers, 409 before the opening.
pub fn show(
    r: &mut Reads<'_>,
    who: &Person,
    id: ProposalId,
    stage: Option<StageId>,
) -> Result<DraftStackView> {
    let desk = desk(r, who, id, stage)?;
    desk.demand_reading()?;
    desk.form()?;
    desk.demand_something_to_read(r)?;
    view(r, &desk)
}

/// Saves a draft's capital stack, however much of it is still to be filled in.
///
/// # Errors
/// 404, 403, 428, 412 with the current one, 409 outside of drafting, 422 for what can't
/// be kept.
pub fn save(
    w: &mut Writes<'_>,
    who: &Person,
    id: ProposalId,
    stage: Option<StageId>,
    if_match: &IfMatch,
    input: &Input<CapitalStack>,
) -> Result<DraftStackView> {
    let desk = desk(w, who, id, stage)?;
    if !desk.rights.writes(CAPITAL_STACK) {
        return Err(Failure::forbidden(
            "The capital stack is not given to you to fill in.",
        ));
    }
    desk.form()?;
    desk.demand_opened(w)?;
    let before = view(w, &desk)?;
    if_match.check(&before)?;
    let stack = input.get()?;
    refuse_if_any(stack.unkeepable())?;
    desk.demand_drafting(w, Some(CAPITAL_STACK))?;
    if stack.lines == before.stack.lines {
        return Ok(before);
    }
    carry::start_draft_for_stage(w, &desk.proposal, &desk.stage)?;
    store::save_capital_stack(w, id, desk.stage.id, &stack, who.id)?;
    let act = Act {
        actor: Some(who.id),
        act: "draft.capital-stack-saved",
        object: ("proposal", id.0),
        competition: Some(desk.proposal.competition_id),
        coalition: Some(desk.proposal.coalition_id),
        detail: json!({"stage": desk.stage.id, "lines": stack.lines.len()}),
    };
    audit::record(w, act)?;
    view(w, &desk)
}

fn view(r: &mut Reads<'_>, desk: &Desk) -> Result<DraftStackView> {
    let draft = carry::draft(r, &desk.proposal, &desk.stage)?;
    let currency = &desk.competition.currency;
    Ok(DraftStackView {
        stack: CapitalStackView::of(&draft.capital_stack, currency),
        warnings: draft.capital_stack.errors(currency),
    })
}
