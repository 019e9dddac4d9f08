//! A stage under review: three submissions, and people around them.

use civitas::coalitions::model::{Coalition, Member, MemberRole};
use civitas::coalitions::store as coalitions;
use civitas::competitions::model::builtin;
use civitas::panels::model::{Assignment, AssignmentState};
use civitas::panels::store as panels;
use civitas::people::Role;
use civitas::platform::clock::Instant;
use civitas::platform::db::Writes;
use civitas::platform::db::schema::messages;
use civitas::platform::ids::{AssignmentId, CoalitionId, CompetitionId, PersonId, StageId};
use civitas::platform::refusal::Result as Outcome;
use civitas::proposals::model::{
    CapitalStack, Proposal, Snapshot, SnapshotCoalition, Submission, SubmissionState,
};
use civitas::proposals::store as proposals;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::world::{Actor, Reply, World};

pub const DEADLINE: &str = "2026-04-24T21:00:00Z";
pub const REVIEWING: &str = "2026-04-27T13:00:00Z";

/// Criteria of the built-in rubric, in order.
pub const CRITERIA: [&str; 4] = [
    "systems_change",
    "civic_infrastructure",
    "innovation",
    "private_capital",
];

/// A city's submission.
#[derive(Clone, Copy, Debug)]
pub struct City {
    pub coalition: i64,
    pub submission: i64,
}

pub struct Panel {
    pub competition: i64,
    pub stage: i64,
    pub officer: Actor,
    pub convenor: Actor,
    /// Lawrence, Chelsea and Holyoke.
    pub cities: [City; 3],
}

impl Panel {
    pub async fn reviewing(w: &mut World) -> Self {
        Self::with(w, json!({})).await
    }

    /// A stage with more settings, under review.
    pub async fn with(w: &mut World, more: Value) -> Self {
        let officer = w.administrator("Olive").await;
        let call = json!({
            "programme": "Working Cities Challenge", "edition": "Round 1",
            "time_zone": "America/New_York", "currency": "USD",
        });
        let competition = w
            .post(&officer, "/competitions", call)
            .await
            .expect(201)
            .id();
        let mut stage = json!({
            "name": "Full proposal", "kind": "full_proposal",
            "opens_at": "2026-04-01T13:00:00Z", "deadline": DEADLINE,
            "has_screening": false, "has_review": true, "reviews_per_submission": 2,
            "discussion": true, "rubric": builtin::four_questions(),
        });
        let settings = stage.as_object_mut().unwrap();
        settings.extend(more.as_object().unwrap().clone());
        let stages = format!("/competitions/{competition}/stages");
        let stage = w.post(&officer, &stages, stage).await.expect(201).id();
        let publication = format!("/competitions/{competition}/publication");
        w.post(&officer, &publication, Value::Null)
            .await
            .expect(200);
        let convenor = w.person("Carla").await;
        let founder = convenor.id;
        let cities = ["Lawrence", "Chelsea", "Holyoke"]
            .map(|name| w.write(move |w| submitted(w, competition, stage, name, founder)));
        w.set_time(REVIEWING);
        Self {
            competition,
            stage,
            officer: w.sign_in(officer.id),
            convenor,
            cities,
        }
    }

    /// Assigns a city's submission; the assignment's id.
    pub fn assign(&self, w: &World, who: &Actor, city: usize, state: AssignmentState) -> i64 {
        let (stage, coalition) = (self.stage, self.cities[city].coalition);
        let (person_id, by) = (who.id, self.officer.id);
        w.write(move |w| {
            let assignment = Assignment {
                id: w.fresh_id::<AssignmentId>(),
                stage_id: StageId(stage),
                coalition_id: CoalitionId(coalition),
                person_id,
                state,
                due_at: None,
                assigned_by: by,
                assigned_at: w.now(),
                answered_at: None,
                reason: String::new(),
                keeps_review: false,
            };
            panels::insert_assignment(w, &assignment)?;
            Ok(assignment.id.0)
        })
    }

    /// Someone who accepted the first city's submission, and that assignment.
    pub async fn juror(&self, w: &mut World, name: &str) -> (Actor, i64) {
        let juror = w.person(name).await;
        let assignment = self.assign(w, &juror, 0, AssignmentState::Accepted);
        (juror, assignment)
    }

    /// As [`Panel::juror`], of somebody whom the panel knows.
    pub async fn on_the_panel(&self, w: &mut World, name: &str) -> (Actor, i64) {
        let (juror, assignment) = self.juror(w, name).await;
        let asked = json!({"email": juror.email, "max_load": 5});
        let members = self.stage("panel-members");
        let member = w
            .post(&self.officer, &members, asked)
            .await
            .expect(201)
            .id();
        let path = format!("/panel-members/{member}/acceptance");
        w.post(&juror, &path, json!({})).await.expect(200);
        (juror, assignment)
    }

    /// Someone with a role in the competition.
    pub async fn staff(&self, w: &mut World, name: &str, role: Role) -> Actor {
        let person = w.person(name).await;
        w.grant(&person, role, self.competition);
        person
    }

    pub fn reviews(&self, city: usize) -> String {
        format!("/submissions/{}/reviews", self.cities[city].submission)
    }

    pub fn notes(&self, city: usize) -> String {
        format!("/submissions/{}/notes", self.cities[city].submission)
    }

    pub fn stage(&self, rest: &str) -> String {
        format!("/stages/{}/{rest}", self.stage)
    }

    /// What is decided has been told just now.
    pub fn tell(&self, w: &World) {
        let (competition, stage, by) = (self.competition, self.stage, self.officer.id.0);
        w.write(move |w| {
            use civitas::platform::db::schema::announcements;
            let (id, now) = (w.fresh_id::<i64>(), w.now());
            diesel::insert_into(announcements::table)
                .values((
                    announcements::id.eq(id),
                    announcements::stage_id.eq(stage),
                    announcements::competition_id.eq(competition),
                    announcements::told_at.eq(now),
                    announcements::public_at.eq(now.plus_days(1)),
                    announcements::digest.eq(""),
                    announcements::record.eq("{}"),
                    announcements::confirmed_by.eq(by),
                    announcements::confirmed_at.eq(now),
                    announcements::call_back_reason.eq(""),
                ))
                .execute(w.conn())?;
            Ok(())
        });
    }

    /// Puts a conflict between a person and a city in force.
    pub fn conflict(&self, w: &World, who: &Actor, city: usize) {
        let (competition, coalition) = (self.competition, self.cities[city].coalition);
        let person = who.id;
        w.write(move |w| {
            use civitas::platform::db::schema::conflicts;
            let (id, now) = (w.fresh_id::<i64>(), w.now());
            diesel::insert_into(conflicts::table)
                .values((
                    conflicts::id.eq(id),
                    conflicts::competition_id.eq(competition),
                    conflicts::coalition_id.eq(coalition),
                    conflicts::person_id.eq(person),
                    conflicts::kind.eq("employment"),
                    conflicts::source.eq("officer"),
                    conflicts::state.eq("confirmed"),
                    conflicts::years.eq(""),
                    conflicts::evidence.eq(""),
                    conflicts::created_at.eq(now),
                    conflicts::reason.eq(""),
                ))
                .execute(w.conn())?;
            Ok(())
        });
    }
}

/// A whole review: these marks in tenths, by criterion in order, with a narrative each.
pub fn whole(tenths: [i64; 4]) -> Value {
    let marks = CRITERIA.into_iter().zip(tenths);
    #[expect(clippy::cast_precision_loss, reason = "small marks")]
    let scores: Value = marks
        .map(|(key, tenths)| (key.to_owned(), json!(tenths as f64 / 10.0)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let narratives: Value = CRITERIA
        .map(|key| (key.to_owned(), json!(format!("On {key}."))))
        .into_iter()
        .collect::<serde_json::Map<_, _>>()
        .into();
    json!({"scores": scores, "narratives": narratives, "confidential_note": "For the panel."})
}

/// Saves a review over what is there.
pub async fn save(w: &World, who: &Actor, assignment: i64, body: Value) -> Reply {
    let path = format!("/assignments/{assignment}/review");
    let etag = w.get(who, &path).await.expect(200).etag();
    w.put(who, &path, &etag, body).await
}

pub async fn submit(w: &World, who: &Actor, assignment: i64) -> Reply {
    let path = format!("/assignments/{assignment}/review/submission");
    w.post(who, &path, Value::Null).await
}

/// Saves and submits a whole review.
pub async fn review(w: &World, who: &Actor, assignment: i64, tenths: [i64; 4]) -> Reply {
    save(w, who, assignment, whole(tenths)).await.expect(200);
    submit(w, who, assignment).await.expect(200)
}

/// How many letters of a kind wait for somebody.
pub fn letters(w: &World, kind: &'static str, who: &Actor) -> i64 {
    let person = who.id.0;
    w.write(move |w| {
        Ok(messages::table
            .filter(messages::kind.eq(kind))
            .filter(messages::person_id.eq(person))
            .count()
            .get_result(w.conn())?)
    })
}

fn submitted(
    w: &mut Writes<'_>,
    competition: i64,
    stage: i64,
    city: &str,
    founder: PersonId,
) -> Outcome<City> {
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
    let member = Member {
        id: w.fresh_id(),
        coalition_id: coalition.id,
        person_id: founder,
        role: MemberRole::Convenor,
        sections: Vec::new(),
        joined_at: w.now(),
    };
    coalitions::insert_member(w, &member, None)?;
    let proposal = Proposal {
        id: w.fresh_id(),
        competition_id: coalition.competition_id,
        coalition_id: coalition.id,
        title: format!("=One table for {city}"),
        created_at: w.now(),
    };
    proposals::insert_proposal(w, &proposal)?;
    let snapshot = Snapshot {
        title: proposal.title.clone(),
        coalition: SnapshotCoalition {
            name: coalition.name.clone(),
            lead_organisation: coalition.lead_organisation.clone(),
            fiscal_agent: None,
            places: vec![city.to_owned()],
            seats: Vec::new(),
        },
        sections: Vec::new(),
        capital_stack: CapitalStack::default(),
    };
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
    Ok(City {
        coalition: coalition.id.0,
        submission: submission.id.0,
    })
}
