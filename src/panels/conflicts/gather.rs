//! The facts that detection compares, and what becomes of what it finds.

use std::collections::{HashMap, HashSet};

use serde_json::json;

use super::detection::{
    CoalitionFacts, Hint, NamingFacts, PlaceFacts, ProposalText, ReviewerFacts, SeatFacts, detect,
};
use crate::coalitions;
use crate::coalitions::model::Coalition;
use crate::competitions;
use crate::panels::model::{Conflict, ConflictState, PanelMember};
use crate::panels::store;
use crate::people;
use crate::platform::audit::{self, Act};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId, StageId};
use crate::platform::refusal::Result;

/// What is known of some reviewers, by their accounts and by the panel.
pub(in crate::panels) fn reviewer_facts(
    r: &mut Reads<'_>,
    panel: &[PanelMember],
) -> Result<Vec<ReviewerFacts>> {
    let who: Vec<PersonId> = panel.iter().map(|member| member.person_id).collect();
    let accounts: HashMap<PersonId, _> = people::store::persons(r, &who)?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let known = panel.iter().filter_map(|member| {
        let account = accounts.get(&member.person_id)?;
        Some(ReviewerFacts {
            person: member.person_id,
            name: account.name.clone(),
            email: account.email.clone(),
            organisations: vec![account.organisation.clone(), member.organisation.clone()],
            home_cities: vec![account.home_city.clone(), member.home_city.clone()],
        })
    });
    Ok(known.collect())
}

/// What is known of a coalition, its proposal apart.
pub(in crate::panels) fn coalition_facts(
    r: &mut Reads<'_>,
    coalition: &Coalition,
) -> Result<CoalitionFacts> {
    let member_ids: Vec<PersonId> = store::people_ever_in(r, coalition.id)?;
    let members = people::store::persons(r, &member_ids)?;
    let invited = coalitions::store::invitations_of(r, coalition.id)?;
    let place_ids = coalitions::store::places_of(r, coalition.id)?;
    let lead = std::iter::once(coalition.lead_organisation.clone());
    let namings = store::namings_of(r, coalition.id)?;
    Ok(CoalitionFacts {
        organisations: lead
            .chain(coalition.fiscal_agent.clone())
            .chain(members.iter().map(|member| member.organisation.clone()))
            .collect(),
        addresses: members
            .iter()
            .map(|member| member.email.clone())
            .chain(invited.into_iter().map(|invitation| invitation.address))
            .collect(),
        places: competitions::store::places(r, &place_ids)?
            .into_iter()
            .map(|place| PlaceFacts {
                name: place.name,
                region: place.region,
                mail_domain: place.mail_domain,
            })
            .collect(),
        members: member_ids,
        member_names: members.into_iter().map(|member| member.name).collect(),
        seats: coalitions::store::seats_of(r, coalition.id)?
            .into_iter()
            .map(|seat| SeatFacts {
                person: seat.person_id,
                holder_name: seat.holder_name,
                organisation: seat.organisation,
            })
            .collect(),
        namings: namings
            .into_iter()
            .map(|naming| NamingFacts {
                name: naming.name,
                organisation: naming.organisation,
                reason: naming.reason,
            })
            .collect(),
        texts: Vec::new(),
    })
}

/// Compares the reviewers of a stage with one coalition and what its proposal says; keeps what
/// speaks for a tie as hints for the officers. Gives how many are new.
///
/// # Errors
/// When the database fails.
pub fn detect_for_texts(
    w: &mut Writes<'_>,
    stage: StageId,
    coalition: CoalitionId,
    texts: &[ProposalText],
) -> Result<usize> {
    let panel = store::panel_of(w, stage)?;
    let Some(coalition) = coalitions::store::coalition(w, coalition)? else {
        return Ok(0);
    };
    compare(w, &live(panel), &[coalition], texts)
}

/// Compares one reviewer with every coalition of the competition, proposals apart.
pub(in crate::panels) fn detect_for_reviewer(
    w: &mut Writes<'_>,
    member: &PanelMember,
) -> Result<usize> {
    let all = coalitions::store::coalitions_of(w, member.competition_id)?;
    compare(w, std::slice::from_ref(member), &all, &[])
}

/// Compares one coalition with every reviewer of the competition's panels, proposals apart.
pub(in crate::panels) fn detect_for_coalition(
    w: &mut Writes<'_>,
    coalition: &Coalition,
) -> Result<usize> {
    let panel = store::panels_of_competition(w, coalition.competition_id)?;
    compare(w, &live(panel), std::slice::from_ref(coalition), &[])
}

fn live(mut panel: Vec<PanelMember>) -> Vec<PanelMember> {
    panel.retain(PanelMember::is_live);
    panel
}

fn compare(
    w: &mut Writes<'_>,
    panel: &[PanelMember],
    with: &[Coalition],
    texts: &[ProposalText],
) -> Result<usize> {
    let reviewers = reviewer_facts(w, panel)?;
    let mut new = 0;
    for coalition in with {
        let mut facts = coalition_facts(w, coalition)?;
        facts.texts = texts.to_vec();
        for reviewer in &reviewers {
            let hints = detect(reviewer, &facts);
            new += keep(
                w,
                coalition.competition_id,
                coalition.id,
                reviewer.person,
                &hints,
            )?;
        }
    }
    Ok(new)
}

/// Keeps hints. What closes stays as it is; what an officer dismissed stays dismissed until
/// something is found that they have not seen.
fn keep(
    w: &mut Writes<'_>,
    competition: CompetitionId,
    coalition: CoalitionId,
    person: PersonId,
    hints: &[Hint],
) -> Result<usize> {
    if hints.is_empty() {
        return Ok(0);
    }
    let known = store::conflicts_of_pair(w, coalition, person)?;
    let mut new = 0;
    for hint in hints {
        let earlier = known
            .iter()
            .find(|conflict| conflict.kind == hint.kind && conflict.source == hint.source);
        match earlier {
            Some(earlier) if earlier.state == ConflictState::Hint => {
                store::set_evidence(w, earlier.id, &hint.evidence)?;
            }
            Some(earlier) if earlier.state == ConflictState::Dismissed => {
                if says_more(&hint.evidence, &earlier.evidence) {
                    store::reopen_hint(w, earlier.id, &hint.evidence)?;
                    trace(w, earlier, "conflict.found_again")?;
                    new += 1;
                }
            }
            Some(_) => {}
            None => {
                add_hint(w, competition, coalition, person, hint)?;
                new += 1;
            }
        }
    }
    Ok(new)
}

fn add_hint(
    w: &mut Writes<'_>,
    competition: CompetitionId,
    coalition: CoalitionId,
    person: PersonId,
    hint: &Hint,
) -> Result<()> {
    let conflict = Conflict {
        id: w.fresh_id(),
        competition_id: competition,
        coalition_id: coalition,
        person_id: person,
        kind: hint.kind,
        source: hint.source,
        state: ConflictState::Hint,
        years: String::new(),
        evidence: hint.evidence.clone(),
        declared_by: None,
        created_at: w.now(),
        decided_by: None,
        decided_at: None,
        reason: String::new(),
    };
    store::insert_conflict(w, &conflict)?;
    trace(w, &conflict, "conflict.found")
}

/// Whether a finding is among the new ones that the earlier ones do not have.
fn says_more(new: &str, earlier: &str) -> bool {
    let known: HashSet<&str> = earlier.lines().collect();
    new.lines().any(|line| !known.contains(line))
}

fn trace(w: &mut Writes<'_>, conflict: &Conflict, act: &str) -> Result<()> {
    audit::record(
        w,
        Act {
            actor: None,
            act,
            object: ("conflict", conflict.id.0),
            competition: Some(conflict.competition_id),
            coalition: Some(conflict.coalition_id),
            detail: json!({"person": conflict.person_id, "kind": conflict.kind}),
        },
    )
}
