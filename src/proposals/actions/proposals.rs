//! The proposal itself: begun, shown, titled.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::desk::{Desk, desk};
use crate::coalitions;
use crate::competitions::model::words::characters;
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, IfMatch, Input};
use crate::platform::ids::{CoalitionId, CompetitionId, ProposalId, StageId};
use crate::platform::refusal::{Failure, Result, Rule};
use crate::proposals::model::{AnswerWindow, Proposal};
use crate::proposals::store;

/// A proposal's title.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Titled {
    /// At most 200 characters; may be empty until submission.
    #[schema(example = "One table for the north side")]
    pub title: String,
}

/// A proposal, as its coalition and the competition's office see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProposalView {
    /// Identity.
    pub id: ProposalId,
    /// The competition.
    pub competition_id: CompetitionId,
    /// Whose it is.
    pub coalition_id: CoalitionId,
    /// The draft's title; for members.
    pub title: Option<String>,
    /// When it was begun.
    pub created_at: Instant,
    /// The stage whose form is answered now.
    pub stage_id: StageId,
    /// Whether that stage takes submissions at this moment.
    pub open: bool,
}

const TITLE_AT_MOST: usize = 200;

fn checked_title(input: &Input<Titled>) -> Result<String> {
    let title = input.get()?.title.trim().to_owned();
    if characters(&title) > TITLE_AT_MOST || title.contains(['\n', '\r']) {
        let words = "One line of at most 200 characters.";
        return Err(Failure::invalid("/title", words));
    }
    Ok(title)
}

/// Begins the one proposal of a coalition.
///
/// # Errors
/// 404 when the coalition is not the person's to know of, 403 for who is neither convenor nor
/// editor, 409 when it is there already, 422 for a title that is too long.
pub fn begin(
    w: &mut Writes<'_>,
    who: &Person,
    coalition: CoalitionId,
    input: &Input<Titled>,
) -> Result<Created<ProposalView>> {
    use crate::coalitions::model::MemberRole::{Convenor, Editor};
    let standing = coalitions::stand(w, who, coalition)?;
    let writes = matches!(standing.role(), Some(Convenor | Editor));
    if !writes || !standing.coalition.is_live() {
        return Err(Failure::forbidden(
            "The convenor or an editor of a coalition that has its place begins the proposal.",
        ));
    }
    let title = checked_title(input)?;
    if store::proposal_of(w, coalition)?.is_some() {
        let words = "The coalition has its proposal already.";
        return Err(Failure::rule(Rule::AlreadyThere, words));
    }
    let proposal = Proposal {
        id: w.fresh_id(),
        competition_id: standing.competition_id,
        coalition_id: coalition,
        title,
        created_at: w.now(),
    };
    store::insert_proposal(w, &proposal)?;
    record(w, who, &proposal, "proposal.begun")?;
    let desk = desk(w, who, proposal.id, None)?;
    let location = format!("/api/v1/proposals/{}", proposal.id);
    Ok(Created::at(location, view(&desk)))
}

/// Shows a proposal.
///
/// # Errors
/// 404 when it is not the person's to know of.
pub fn show(r: &mut Reads<'_>, who: &Person, id: ProposalId) -> Result<ProposalView> {
    Ok(view(&desk(r, who, id, None)?))
}

/// The proposals of the coalitions that a person is a member of.
///
/// # Errors
/// When the database fails.
pub fn mine(r: &mut Reads<'_>, who: &Person) -> Result<Vec<ProposalView>> {
    store::proposals_of_person(r, who.id)?
        .into_iter()
        .map(|proposal| show(r, who, proposal.id))
        .collect()
}

/// Gives a proposal another title, while a stage takes drafts.
///
/// # Errors
/// 404, 403, 428, 412, 409 outside of drafting, 422 for a title that is too long.
pub fn retitle(
    w: &mut Writes<'_>,
    who: &Person,
    id: ProposalId,
    if_match: &IfMatch,
    input: &Input<Titled>,
) -> Result<ProposalView> {
    let desk = desk(w, who, id, None)?;
    if !desk.rights.submits() {
        return Err(Failure::forbidden(
            "The convenor and editors give the title.",
        ));
    }
    if_match.check(&view(&desk))?;
    let title = checked_title(input)?;
    desk.demand_drafting(w)?;
    if title != desk.proposal.title {
        store::retitle(w, id, &title)?;
        record(w, who, &desk.proposal, "proposal.retitled")?;
    }
    show(w, who, id)
}

fn view(desk: &Desk) -> ProposalView {
    ProposalView {
        id: desk.proposal.id,
        competition_id: desk.proposal.competition_id,
        coalition_id: desk.proposal.coalition_id,
        title: desk.rights.reads().then(|| desk.proposal.title.clone()),
        created_at: desk.proposal.created_at,
        stage_id: desk.stage.id,
        open: desk.window == AnswerWindow::Open,
    }
}

fn record(w: &mut Writes<'_>, who: &Person, proposal: &Proposal, act: &str) -> Result<()> {
    let act = Act {
        actor: Some(who.id),
        act,
        object: ("proposal", proposal.id.0),
        competition: Some(proposal.competition_id),
        coalition: Some(proposal.coalition_id),
        detail: json!({}),
    };
    audit::record(w, act)
}
