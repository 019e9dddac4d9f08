//! What a competition under decision is built from: forms, money, and cities that submitted.

use civitas::coalitions::model::{Claim, ClaimState, Coalition, Member, MemberRole};
use civitas::coalitions::store as coalitions;
use civitas::competitions::model::{
    Eligibility, EligibilityVerdict, Facts, Place, PlaceKind, Visibility, builtin,
};
use civitas::competitions::store as competitions;
use civitas::platform::clock::Instant;
use civitas::platform::db::Writes;
use civitas::platform::ids::{CoalitionId, CompetitionId, PersonId, StageId};
use civitas::platform::refusal::Result as Outcome;
use civitas::proposals::model::{
    CapitalStack, Proposal, Snapshot, SnapshotAnswer, SnapshotCoalition, SnapshotSection,
    Submission, SubmissionState, Verdict as Screened,
};
use civitas::proposals::store as proposals;
use serde_json::{Value, json};

use crate::world::{Actor, World};

const DEADLINE: &str = "2026-04-24T21:00:00Z";

pub fn stage_one(settings: Value) -> Value {
    let mut stage = json!({
        "name": "Full proposal", "kind": "full_proposal", "form": form(),
        "opens_at": "2026-03-10T13:00:00Z", "deadline": DEADLINE,
        "has_screening": true, "has_review": true, "reviews_per_submission": 2,
        "rubric": builtin::four_questions(),
    });
    let more = settings.as_object().unwrap().clone();
    stage.as_object_mut().unwrap().extend(more);
    stage
}

pub fn stage_two() -> Value {
    json!({
        "name": "Implementation", "kind": "full_proposal", "form": form(),
        "opens_at": "2026-07-01T13:00:00Z", "deadline": "2026-09-01T21:00:00Z",
        "has_screening": false, "has_review": false,
    })
}

fn form() -> Value {
    json!({"sections": [{"key": "idea", "title": "The idea", "questions": [
        {"key": "abstract", "label": "In a sentence", "visibility": "public",
         "kind": {"type": "short_text", "max_words": 20}},
        {"key": "problem", "label": "Which problem?",
         "kind": {"type": "long_text", "max_words": 50}}
    ]}]})
}

pub async fn lines(w: &World, officer: &Actor, competition: i64) -> [i64; 2] {
    let path = format!("/competitions/{competition}/budget-lines");
    let grant = json!({
        "funder": "Living Cities", "instrument": "grant",
        "amount": {"amount": 50_000_000, "currency": "USD"},
    });
    let debt = json!({
        "funder": "Bank of the Commonwealth", "instrument": "senior_commercial_debt",
        "amount": {"amount": 100_000_001, "currency": "USD"},
    });
    [
        w.post(officer, &path, grant).await.expect(201).id(),
        w.post(officer, &path, debt).await.expect(201).id(),
    ]
}

pub fn screened(w: &mut Writes<'_>, stage: i64, coalition: i64, by: PersonId) -> Outcome<()> {
    let (stage, coalition) = (StageId(stage), CoalitionId(coalition));
    proposals::save_screening(w, stage, coalition, Screened::Eligible, "", by)
}

pub fn submitted(
    w: &mut Writes<'_>,
    competition: i64,
    stage: i64,
    city: &str,
    cast: &[(PersonId, MemberRole)],
) -> Outcome<i64> {
    let founder = cast[0].0;
    let coalition = coalition(w, competition, city, founder)?;
    for (person, role) in cast {
        let member = Member {
            id: w.fresh_id(),
            coalition_id: coalition.id,
            person_id: *person,
            role: *role,
            sections: Vec::new(),
            joined_at: w.now(),
        };
        coalitions::insert_member(w, &member, None)?;
    }
    let proposal = Proposal {
        id: w.fresh_id(),
        competition_id: coalition.competition_id,
        coalition_id: coalition.id,
        title: format!("One table for {city}"),
        created_at: w.now(),
    };
    proposals::insert_proposal(w, &proposal)?;
    let snapshot = snapshot(&coalition, &proposal, city);
    let submission = Submission {
        id: w.fresh_id(),
        stage_id: StageId(stage),
        competition_id: coalition.competition_id,
        coalition_id: coalition.id,
        proposal_id: proposal.id,
        receipt_number: w.fresh_id(),
        title: proposal.title.clone(),
        digest: snapshot.digest()?,
        snapshot,
        audit_head: String::new(),
        submitted_at: Instant::parse(DEADLINE).unwrap(),
        submitted_by: founder,
        in_grace: false,
        carried_from: None,
        state: SubmissionState::InForce,
        ended_at: None,
        ended_by: None,
    };
    proposals::insert_submission(w, &submission)?;
    Ok(coalition.id.0)
}

fn coalition(
    w: &mut Writes<'_>,
    competition: i64,
    city: &str,
    founder: PersonId,
) -> Outcome<Coalition> {
    let place = Place {
        id: w.fresh_id(),
        name: city.into(),
        kind: PlaceKind::City,
        region: "MA".into(),
        country: "US".into(),
        mail_domain: None,
        facts: Vec::new(),
    };
    competitions::insert_place(w, &place)?;
    let coalition = Coalition {
        id: w.fresh_id(),
        competition_id: CompetitionId(competition),
        name: format!("{city} together"),
        lead_organisation: "Community Works".into(),
        fiscal_agent: None,
        founded_by: founder,
        founded_at: w.now(),
        dissolved_at: None,
        version: 1,
    };
    coalitions::insert_coalition(w, &coalition)?;
    let claim = Claim {
        id: w.fresh_id(),
        competition_id: coalition.competition_id,
        coalition_id: coalition.id,
        place_id: place.id,
        person_id: founder,
        answers: Facts::default(),
        verdict: EligibilityVerdict {
            outcome: Eligibility::Eligible,
            findings: Vec::new(),
        },
        state: ClaimState::Confirmed,
        decided_by: None,
        decided_at: None,
        reason: String::new(),
        created_at: w.now(),
    };
    coalitions::insert_claim(w, &claim)?;
    Ok(coalition)
}

fn snapshot(coalition: &Coalition, proposal: &Proposal, city: &str) -> Snapshot {
    let answer = |question: &str, visibility, value: String| SnapshotAnswer {
        question: question.into(),
        visibility,
        value: value.into(),
        files: Vec::new(),
    };
    Snapshot {
        title: proposal.title.clone(),
        coalition: SnapshotCoalition {
            name: coalition.name.clone(),
            lead_organisation: coalition.lead_organisation.clone(),
            fiscal_agent: None,
            places: vec![city.to_owned()],
            seats: Vec::new(),
        },
        sections: vec![SnapshotSection {
            key: "idea".into(),
            answers: vec![
                answer("abstract", Visibility::Public, format!("{city} learns.")),
                answer("problem", Visibility::Panel, "Not for the public.".into()),
            ],
        }],
        capital_stack: CapitalStack::default(),
    }
}
