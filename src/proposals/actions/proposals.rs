//! The proposal itself: begun, shown, titled.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::desk::{Desk, desk};
use super::drafts::{self, SectionState};
use super::listing::{Paging, paging};
use crate::coalitions;
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::counting::characters;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Asked, Created, IfMatch, Input, Page};
use crate::platform::ids::{CoalitionId, CompetitionId, ProposalId, StageId};
use crate::platform::plain;
use crate::platform::refusal::{Failure, FieldError, Result, Rule, refuse_if_any};
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

/// A proposal with how far it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProposalAtWork {
    /// The proposal.
    #[serde(flatten)]
    pub proposal: ProposalView,
    /// The sections of the form that is answered now, without a word of them; none before that
    /// form is open to the coalition.
    pub sections: Vec<SectionState>,
}

const TITLE_AT_MOST: usize = 200;

fn checked_title(input: &Input<Titled>) -> Result<String> {
    let title = input.get()?.title.trim().to_owned();
    let mut errors: Vec<FieldError> = plain::objection("/title", &title).into_iter().collect();
    if characters(&title) > TITLE_AT_MOST {
        errors.push(FieldError::at("/title", "At most 200 characters."));
    }
    refuse_if_any(errors)?;
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
    if let Some(there) = store::proposal_of(w, coalition)? {
        return Err(there_already(&there));
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

/// Whoever may begin a proposal is a member, who may know of the one that is there.
fn there_already(proposal: &Proposal) -> Failure {
    let words = format!(
        "The coalition has its proposal already: /api/v1/proposals/{}.",
        proposal.id
    );
    Failure::rule(Rule::AlreadyThere, words)
}

/// The one proposal of a coalition, with how far its sections are; none before it is begun, and
/// for the office while its stage is sealed.
///
/// # Errors
/// 404 when the coalition is not the person's to know of.
pub fn of_coalition(
    r: &mut Reads<'_>,
    who: &Person,
    coalition: CoalitionId,
    asked: &Asked<Paging>,
) -> Result<Page<ProposalAtWork>> {
    coalitions::stand(r, who, coalition)?;
    let asked = paging(asked)?;
    let mut found = Vec::new();
    if let Some(proposal) = store::proposal_of(r, coalition)? {
        match desk(r, who, proposal.id, None) {
            Ok(desk) => found.push(at_work(r, &desk)?),
            Err(Failure::Refused(_)) => {}
            Err(broken) => return Err(broken),
        }
    }
    Page::of_all(found, &asked, |found| found.proposal.id.0)
}

fn at_work(r: &mut Reads<'_>, desk: &Desk) -> Result<ProposalAtWork> {
    let opened = desk.demand_opened(r).is_ok();
    Ok(ProposalAtWork {
        proposal: view(desk),
        sections: if opened {
            drafts::states_on(r, desk)?
        } else {
            Vec::new()
        },
    })
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
/// 400 for a page that there is not.
pub fn mine(r: &mut Reads<'_>, who: &Person, asked: &Asked<Paging>) -> Result<Page<ProposalView>> {
    let asked = paging(asked)?;
    let all = store::proposals_of_person(r, who.id)?;
    let page = Page::of_ordered(all, &asked, |proposal| proposal.id.0)?;
    let mut items = Vec::new();
    for proposal in page.items {
        items.push(show(r, who, proposal.id)?);
    }
    Ok(Page {
        items,
        next: page.next,
    })
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
    desk.demand_drafting(w, None)?;
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
        open: desk.window == AnswerWindow::Open || desk.reopened.is_some(),
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
