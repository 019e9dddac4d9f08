//! Offers, and the coalitions' answers to them.

use std::collections::HashSet;

use serde_json::json;

use super::to_funders;
use crate::awards::model::{Answer, Award, decision_of};
use crate::awards::shown::{AnswerInput, AwardView};
use crate::awards::store;
use crate::coalitions::model::{Coalition, MemberRole};
use crate::coalitions::store as coalitions;
use crate::coalitions::{Standing, doors, standing};
use crate::competitions::model::Competition;
use crate::competitions::store as competitions;
use crate::decisions::access::may_answer_offer;
use crate::decisions::budget::OfferState;
use crate::decisions::ledger::Ledger;
use crate::decisions::model::{Decision, Outcome, in_effect};
use crate::decisions::shown::{NamedCoalition, amounts_shown};
use crate::decisions::store as decisions;
use crate::people::{Person, Role, store as people};
use crate::platform::audit::{self, Act};
use crate::platform::counting::characters;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, Input};
use crate::platform::ids::{AwardId, CoalitionId, PersonId, StageId};
use crate::platform::mail::times::moment;
use crate::platform::money::Money;
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::{Failure, OrNotFound as _, Result, Rule};
use crate::reviews::rules::plain;

/// Every offer that was told to a coalition, in the order of telling.
///
/// # Errors
/// When the database fails.
pub fn awards_of(r: &mut Reads<'_>, coalition: &Coalition) -> Result<Vec<Award>> {
    let now = r.now();
    let all = decisions::decisions_of_coalition(r, coalition.id)?;
    let answers = store::answers_in(r, coalition.competition_id)?;
    let in_force = decisions::in_force_in(r, coalition.competition_id)?;
    let mut stages: Vec<StageId> = all.iter().map(|decision| decision.stage).collect();
    stages.dedup();
    let effective: HashSet<_> = stages
        .into_iter()
        .filter_map(|stage| {
            let chain: Vec<Decision> = all.iter().filter(|d| d.stage == stage).cloned().collect();
            in_effect(&chain, now).map(|decision| decision.id)
        })
        .collect();
    Ok(all
        .into_iter()
        .filter(|d| d.content.outcome == Outcome::Award && d.is_told(now))
        .map(|decision| {
            let answer = answers.get(&decision.id).cloned();
            let replaced = !effective.contains(&decision.id);
            let withdrawn = !in_force.contains(&(decision.stage, decision.coalition));
            Award::of(decision, answer, replaced, withdrawn, now)
        })
        .collect())
}

/// What was offered to a coalition.
pub fn list(r: &mut Reads<'_>, who: &Person, coalition: CoalitionId) -> Result<Vec<AwardView>> {
    let standing = standing(r, who, coalition)?.or_not_found()?;
    let ledger = Ledger::of(r, standing.competition_id)?;
    let competition = competition_of(r, &standing)?;
    let items = awards_of(r, &standing.coalition)?
        .iter()
        .map(|award| view(award, &standing.coalition, &ledger, &competition))
        .collect();
    Ok(items)
}

fn competition_of(r: &mut Reads<'_>, standing: &Standing) -> Result<Competition> {
    competitions::competition(r, standing.competition_id)?.or_not_found()
}

fn view(
    award: &Award,
    coalition: &Coalition,
    ledger: &Ledger,
    competition: &Competition,
) -> AwardView {
    let decision = &award.decision;
    let answer = award.answer.as_ref();
    AwardView {
        id: award.id(),
        competition_id: competition.id,
        stage_id: decision.stage,
        coalition: NamedCoalition::from(coalition),
        state: award.state,
        amounts: amounts_shown(decision, ledger, &competition.currency),
        total: Money::new(decision.total(), &competition.currency),
        conditions: decision.content.conditions.clone(),
        offered_at: decision
            .announced
            .map_or(decision.recorded_at, |a| a.told_at),
        answer_by: decision.content.answer_by,
        answered_at: answer.map(|answer| answer.at),
        answered_by: answer.map(|answer| answer.by),
        answer_note: answer.map_or_else(String::new, |answer| answer.note.clone()),
    }
}

/// An offer that this person may know of.
fn find(r: &mut Reads<'_>, who: &Person, id: AwardId) -> Result<(Standing, Award)> {
    let coalition = decisions::decision(r, decision_of(id))?
        .or_not_found()?
        .coalition;
    let standing = standing(r, who, coalition)?.or_not_found()?;
    let award = awards_of(r, &standing.coalition)?
        .into_iter()
        .find(|award| award.id() == id)
        .or_not_found()?;
    Ok((standing, award))
}

/// One offer.
pub fn show(r: &mut Reads<'_>, who: &Person, id: AwardId) -> Result<AwardView> {
    let (standing, award) = find(r, who, id)?;
    let ledger = Ledger::of(r, standing.competition_id)?;
    let competition = competition_of(r, &standing)?;
    Ok(view(&award, &standing.coalition, &ledger, &competition))
}

/// Accepts an offer or turns it down.
pub fn answer(
    w: &mut Writes<'_>,
    who: &Person,
    id: AwardId,
    accepted: bool,
    input: &Input<AnswerInput>,
) -> Result<Created<AwardView>> {
    let (standing, award) = find(w, who, id)?;
    let has_signatory = coalitions::live_members(w, standing.coalition.id)?
        .iter()
        .any(|member| member.role == MemberRole::Signatory);
    if !may_answer_offer(standing.role(), has_signatory) {
        return Err(Failure::forbidden(
            "The coalition's signatory answers the offer, or its convenor where it has none.",
        ));
    }
    require_open(&award)?;
    let note = plain(&input.get()?.note).trim().to_owned();
    if characters(&note) > 5_000 {
        return Err(Failure::invalid("/note", "At most 5000 characters."));
    }
    let answer = Answer {
        accepted,
        by: who.id,
        at: w.now(),
        note,
    };
    store::insert_answer(w, &award.decision, &answer)?;
    trace(w, who, &award, accepted)?;
    let competition = competition_of(w, &standing)?;
    let kind = if accepted {
        "award-accepted"
    } else {
        "award-turned-down"
    };
    let text = About::of(&competition, &standing.coalition, &award);
    text.to_members(w, kind)?;
    let kind = if accepted {
        "award-accepted-office"
    } else {
        "award-turned-down-office"
    };
    text.to_officers(w, kind, &answer.note)?;
    let kind = if accepted {
        "award-accepted-funder"
    } else {
        "award-turned-down-funder"
    };
    to_funders::tell(w, &award, kind)?;
    Ok(Created::at(
        format!("/api/v1/awards/{id}"),
        show(w, who, id)?,
    ))
}

fn require_open(award: &Award) -> Result<()> {
    let (rule, why) = match award.state {
        OfferState::Offered => return Ok(()),
        OfferState::Accepted | OfferState::TurnedDown => {
            (Rule::AlreadyThere, "The offer was answered already.")
        }
        OfferState::Lapsed => (
            Rule::DeadlinePassed,
            "The offer lapsed: nobody answered in time.",
        ),
        OfferState::Withdrawn => (Rule::WrongPhase, "The submission was withdrawn."),
        OfferState::Replaced => (Rule::WrongPhase, "Another decision took its place."),
    };
    Err(Failure::rule(rule, why))
}

fn trace(w: &mut Writes<'_>, who: &Person, award: &Award, accepted: bool) -> Result<()> {
    let decision = &award.decision;
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act: if accepted {
                "award.accepted"
            } else {
                "award.turned_down"
            },
            object: ("award", award.id().0),
            competition: Some(decision.competition),
            coalition: Some(decision.coalition),
            detail: json!({"decision": decision.id, "total": decision.total()}),
        },
    )
}

/// What letters about an offer say.
pub struct About<'a> {
    competition: &'a Competition,
    coalition: &'a Coalition,
    award: &'a Award,
}

impl<'a> About<'a> {
    /// Letters on this offer.
    pub const fn of(
        competition: &'a Competition,
        coalition: &'a Coalition,
        award: &'a Award,
    ) -> Self {
        Self {
            competition,
            coalition,
            award,
        }
    }

    fn fields(&self) -> serde_json::Value {
        let total = Money::new(self.award.decision.total(), &self.competition.currency);
        json!({
            "competition": self.competition.title(),
            "coalition": self.coalition.name,
            "total": total.written(),
        })
    }

    fn send(
        &self,
        w: &mut Writes<'_>,
        kind: &'static str,
        person: PersonId,
        fields: serde_json::Value,
    ) -> Result<()> {
        let id = self.award.id();
        outbox::enqueue(
            w,
            Letter {
                kind,
                to: Recipient::Person(person),
                dedupe_key: format!("{kind}:{id}:{person}"),
                cause: ("award", id.0),
                competition: Some(self.competition.id),
                coalition: Some(self.coalition.id),
                due_at: None,
                fields,
            },
        )?;
        Ok(())
    }

    /// To every member.
    ///
    /// # Errors
    /// When the database fails.
    pub fn to_members(&self, w: &mut Writes<'_>, kind: &'static str) -> Result<()> {
        for member in coalitions::live_members(w, self.coalition.id)? {
            self.send(w, kind, member.person_id, self.fields())?;
        }
        Ok(())
    }

    /// To whoever can answer, with the last moment.
    ///
    /// # Errors
    /// When the database fails.
    pub fn to_answerers(&self, w: &mut Writes<'_>, kind: &'static str) -> Result<()> {
        let members = coalitions::live_members(w, self.coalition.id)?;
        let has_signatory = members.iter().any(|m| m.role == MemberRole::Signatory);
        let last = self.award.decision.content.answer_by;
        let mut fields = self.fields();
        fields["answer_by"] = last
            .map_or_else(String::new, |at| moment(at, &self.competition.time_zone))
            .into();
        for member in members {
            if may_answer_offer(Some(member.role), has_signatory) {
                self.send(w, kind, member.person_id, fields.clone())?;
            }
        }
        Ok(())
    }

    /// To every officer whose door to the coalition is open.
    ///
    /// # Errors
    /// When the database fails.
    pub fn to_officers(&self, w: &mut Writes<'_>, kind: &'static str, note: &str) -> Result<()> {
        let shut_out = doors::people_shut_out(w, self.coalition.id)?;
        let mut fields = self.fields();
        if !kind.starts_with("award-lapsed") {
            fields["note"] = if note.is_empty() {
                "—".into()
            } else {
                note.into()
            };
        }
        for officer in people::holders(w, self.competition.id, Role::Officer)? {
            if !shut_out.contains(&officer) {
                self.send(w, kind, officer, fields.clone())?;
            }
        }
        Ok(())
    }
}
