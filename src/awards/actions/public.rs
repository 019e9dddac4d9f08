//! What the public knows of awards: public answers and an approved summary, nothing else.

use std::collections::{BTreeMap, BTreeSet};

use crate::awards::model::Award;
use crate::awards::shown::{
    CompetitionAwards, NamedCompetition, NamedPlace, PublicAmount, PublicAnswer, PublicAward,
};
use crate::awards::store;
use crate::coalitions::model::Coalition;
use crate::coalitions::store as coalitions;
use crate::competitions::model::{Competition, Form, Visibility};
use crate::competitions::store as competitions;
use crate::decisions::actions::announced::departures_known;
use crate::decisions::budget::OfferState;
use crate::decisions::ledger::Ledger;
use crate::decisions::model::{Decision, Outcome, in_public_effect};
use crate::decisions::shown::{NamedCoalition, amounts_shown};
use crate::decisions::store as decisions;
use crate::people::Person;
use crate::platform::db::Reads;
use crate::platform::http::{Page, PageAsked};
use crate::platform::ids::{CoalitionId, CompetitionId, StageId};
use crate::platform::money::Money;
use crate::platform::refusal::{Failure, OrNotFound as _, Result};
use crate::proposals::store as proposals;

/// The decisions of a competition that hold for the public.
///
/// # Errors
/// When the database fails.
pub fn known_decisions(r: &mut Reads<'_>, competition: CompetitionId) -> Result<Vec<Decision>> {
    let now = r.now();
    let mut chains: BTreeMap<(StageId, CoalitionId), Vec<Decision>> = BTreeMap::new();
    for decision in decisions::decisions_of_competition(r, competition)? {
        let chain = chains.entry((decision.stage, decision.coalition));
        chain.or_default().push(decision);
    }
    Ok(chains
        .values()
        .filter_map(|chain| in_public_effect(chain, now).cloned())
        .collect())
}

/// The awards of a competition that the public knows: offered or accepted.
///
/// # Errors
/// When the database fails.
pub fn known_awards(r: &mut Reads<'_>, competition: CompetitionId) -> Result<Vec<Award>> {
    let now = r.now();
    let answers = store::answers_in(r, competition)?;
    let in_force = decisions::in_force_in(r, competition)?;
    Ok(known_decisions(r, competition)?
        .into_iter()
        .filter(|decision| decision.content.outcome == Outcome::Award)
        .map(|decision| {
            let answer = answers.get(&decision.id).cloned();
            let withdrawn = !in_force.contains(&(decision.stage, decision.coalition));
            Award::of(decision, answer, false, withdrawn, now)
        })
        .filter(|award| matches!(award.state, OfferState::Offered | OfferState::Accepted))
        .collect())
}

/// Every public award, the latest first.
pub fn list(
    r: &mut Reads<'_>,
    _who: Option<&Person>,
    asked: impl FnOnce() -> Result<PageAsked>,
) -> Result<Page<PublicAward>> {
    let asked = asked()?;
    let mut awards = Vec::new();
    for competition in store::competitions_with_public_awards(r)? {
        if open_to_all(r, competition)?.is_some() {
            awards.extend(known_awards(r, competition)?);
        }
    }
    let key = |award: &Award| {
        let public_at = award.decision.telling().map_or(0, |a| a.public_at.micros());
        (format!("{:020}", i64::MAX - public_at), award.id().0)
    };
    awards.sort_by_key(key);
    let page = Page::of_all(awards, &asked, key)?;
    let items = page
        .items
        .iter()
        .map(|award| shown(r, award))
        .collect::<Result<_>>()?;
    Ok(Page {
        items,
        next: page.next,
    })
}

fn open_to_all(r: &mut Reads<'_>, id: CompetitionId) -> Result<Option<Competition>> {
    let now = r.now();
    Ok(competitions::competition(r, id)?.filter(|c| c.is_published(now)))
}

/// The public awards of one competition.
pub fn of_competition(
    r: &mut Reads<'_>,
    who: Option<&Person>,
    id: CompetitionId,
    asked: impl FnOnce() -> Result<PageAsked>,
) -> Result<CompetitionAwards> {
    let competition = competitions::competition(r, id)?.or_not_found()?;
    let knows = who.is_some_and(|who| who.administrator || who.has_any_role(id));
    if !competition.is_published(r.now()) && !knows {
        return Err(Failure::not_found());
    }
    let asked = asked()?;
    let mut awards = known_awards(r, id)?
        .iter()
        .map(|award| shown(r, award))
        .collect::<Result<Vec<_>>>()?;
    let key = |award: &PublicAward| (award.coalition.name.clone(), award.id.0);
    awards.sort_by_key(key);
    let page = Page::of_all(awards, &asked, key)?;
    let known: BTreeSet<(StageId, CoalitionId)> = known_decisions(r, id)?
        .iter()
        .map(|decision| (decision.stage, decision.coalition))
        .collect();
    let departures = departures_known(r, id)?;
    Ok(CompetitionAwards {
        items: page.items,
        next: page.next,
        out_of_order: departures.intersection(&known).count(),
    })
}

fn shown(r: &mut Reads<'_>, award: &Award) -> Result<PublicAward> {
    let decision = &award.decision;
    let competition = competitions::competition(r, decision.competition)?.or_not_found()?;
    let coalition = coalitions::coalition(r, decision.coalition)?.or_not_found()?;
    let ledger = Ledger::of(r, competition.id)?;
    let approved = decision.summary_approved_by.is_some();
    Ok(PublicAward {
        id: award.id(),
        competition: NamedCompetition {
            id: competition.id,
            programme: competition.programme.clone(),
            edition: competition.edition.clone(),
        },
        coalition: NamedCoalition::from(&coalition),
        places: places(r, &coalition)?,
        state: award.state,
        amounts: amounts_shown(decision, &ledger, &competition.currency)
            .into_iter()
            .map(|part| PublicAmount {
                funder: part.funder,
                instrument: part.instrument,
                amount: part.amount,
            })
            .collect(),
        total: Money::new(decision.total(), &competition.currency),
        public_at: decision
            .announced
            .map_or(decision.recorded_at, |a| a.public_at),
        summary: approved.then(|| decision.content.public_summary.clone()),
        answers: public_answers(r, decision)?,
    })
}

fn places(r: &mut Reads<'_>, coalition: &Coalition) -> Result<Vec<NamedPlace>> {
    let ids = coalitions::places_of(r, coalition.id)?;
    Ok(competitions::places(r, &ids)?
        .into_iter()
        .map(|place| NamedPlace {
            id: place.id,
            name: place.name,
            region: place.region,
            country: place.country,
        })
        .collect())
}

/// The answers that the form declared public, files apart.
fn public_answers(r: &mut Reads<'_>, decision: &Decision) -> Result<Vec<PublicAnswer>> {
    let submission = proposals::submission_in_force(r, decision.stage, decision.coalition)?;
    let Some(submission) = submission else {
        return Ok(Vec::new());
    };
    let asked_at = match submission.carried_from {
        Some(from) => proposals::submission(r, from)?.map_or(decision.stage, |s| s.stage_id),
        None => decision.stage,
    };
    let form: Option<Form> = competitions::stage(r, asked_at)?.and_then(|stage| stage.form);
    let question = |key: &str| form.as_ref().and_then(|form| form.question(key));
    Ok(submission
        .snapshot
        .seen_by(Visibility::Public)
        .answers()
        .filter(|answer| answer.files.is_empty() && !answer.value.is_null())
        .map(|answer| PublicAnswer {
            label: question(&answer.question)
                .map_or_else(|| answer.question.clone(), |asked| asked.label.clone()),
            kind: question(&answer.question).map(|asked| asked.kind.clone()),
            question: answer.question.clone(),
            value: answer.value.clone(),
        })
        .collect())
}
