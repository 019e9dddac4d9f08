//! A competition whose reviews are in: three cities with their members, two jurors, two budget
//! lines.

use civitas::coalitions::model::MemberRole;
use civitas::competitions::model::StageActKind;
use civitas::competitions::store as competitions;
use civitas::panels::model::{Assignment, AssignmentState};
use civitas::panels::store as panels;
use civitas::people::Role;
use civitas::platform::clock::Instant;
use civitas::platform::db::schema::{conflicts, messages, submissions};
use civitas::platform::ids::{CoalitionId, StageId};
use civitas::proposals::model::SubmissionState;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::groundwork::{lines, screened, stage_one, stage_two, submitted};
use crate::world::{Actor, Reply, World};

/// Reviews are written.
pub const REVIEWING: &str = "2026-05-04T13:00:00Z";
/// Reviews are closed.
pub const DECIDING: &str = "2026-06-01T13:00:00Z";
/// Coalitions are told.
pub const TOLD: &str = "2026-06-10T13:00:00Z";
/// The public is told.
pub const PUBLIC: &str = "2026-06-12T13:00:00Z";
/// The last moment to answer.
pub const ANSWER_BY: &str = "2026-07-31T21:00:00Z";

/// What every juror tells the office alone.
pub const NOTE: &str = "NOTE-X: between us.";

pub const CRITERIA: [&str; 4] = [
    "systems_change",
    "civic_infrastructure",
    "innovation",
    "private_capital",
];

/// A city's coalition and its people.
pub struct City {
    pub coalition: i64,
    pub convenor: Actor,
}

pub struct Scene {
    pub competition: i64,
    pub stage: i64,
    pub next_stage: i64,
    pub officer: Actor,
    /// The first one's offer is answered by its signatory, the others' by their convenors.
    pub cities: [City; 3],
    pub signatory: Actor,
    pub jurors: [Actor; 2],
    /// A grant line of 500,000.00 and a debt line of 1,000,000.01.
    pub lines: [i64; 2],
}

pub const LAWRENCE: usize = 0;
pub const CHELSEA: usize = 1;
pub const HOLYOKE: usize = 2;

impl Scene {
    /// Reviews are closed; Lawrence is first, then Chelsea, then Holyoke.
    pub async fn deciding(w: &mut World) -> Self {
        Self::with(w, json!({})).await
    }

    pub async fn with(w: &mut World, settings: Value) -> Self {
        let scene = Self::reviewing(w, settings).await;
        w.set_time(REVIEWING);
        for (juror, marks) in scene.jurors.iter().zip([[45, 35, 25], [43, 33, 23]]) {
            for (city, mark) in marks.into_iter().enumerate() {
                scene.review(w, juror, city, mark).await;
            }
        }
        w.set_time(DECIDING);
        scene.act(w, StageActKind::ReviewsClosed);
        scene
    }

    async fn reviewing(w: &mut World, settings: Value) -> Self {
        let officer = w.administrator("Olive").await;
        let call = json!({
            "programme": "Working Cities Challenge", "edition": "Round 1",
            "time_zone": "America/New_York", "currency": "USD",
        });
        let call = w.post(&officer, "/competitions", call).await.expect(201);
        let competition = call.id();
        let stages = format!("/competitions/{competition}/stages");
        let first = w.post(&officer, &stages, stage_one(settings)).await;
        let stage = first.expect(201).id();
        let next = w
            .post(&officer, &stages, stage_two())
            .await
            .expect(201)
            .id();
        let publication = format!("/competitions/{competition}/publication");
        w.post(&officer, &publication, Value::Null)
            .await
            .expect(200);
        let lines = lines(w, &officer, competition).await;
        let signatory = w.person("Sigrid").await;
        let mut cities = Vec::new();
        for (city, name) in ["Lawrence", "Chelsea", "Holyoke"].into_iter().enumerate() {
            let convenor = w.person(&format!("Carla of {name}")).await;
            let mut cast = vec![(convenor.id, MemberRole::Convenor)];
            if city == LAWRENCE {
                cast.push((signatory.id, MemberRole::Signatory));
            }
            let coalition = w.write(move |w| submitted(w, competition, stage, name, &cast));
            let by = officer.id;
            w.write(move |w| screened(w, stage, coalition, by));
            cities.push(City {
                coalition,
                convenor,
            });
        }
        let jurors = [w.person("Rita").await, w.person("Ralph").await];
        let scene = Self {
            competition,
            stage,
            next_stage: next,
            officer,
            cities: cities.try_into().ok().unwrap(),
            signatory,
            jurors,
            lines,
        };
        scene.act(w, StageActKind::ScreeningDone);
        scene
    }

    /// Writes and submits a juror's review: the same mark, in tenths, on every criterion.
    async fn review(&self, w: &World, juror: &Actor, city: usize, tenths: i64) {
        let assignment = self.assign(w, juror, city);
        let path = format!("/assignments/{assignment}/review");
        let etag = w.get(juror, &path).await.expect(200).etag();
        let said = whole(tenths, &juror.email);
        w.put(juror, &path, &etag, said).await.expect(200);
        let path = format!("{path}/submission");
        w.post(juror, &path, Value::Null).await.expect(200);
    }

    pub fn act(&self, w: &World, act: StageActKind) {
        let (stage, by) = (StageId(self.stage), self.officer.id);
        w.write(move |w| competitions::record_act(w, stage, act, by, ""));
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/stages/{}/{rest}", self.stage)
    }

    pub fn case(&self, city: usize) -> String {
        self.path(&format!("decisions/{}", self.cities[city].coalition))
    }

    pub fn told(&self, city: usize) -> String {
        format!("/coalitions/{}/decisions", self.cities[city].coalition)
    }

    /// Someone with a role in the competition.
    pub async fn staff(&self, w: &mut World, name: &str, role: Role) -> Actor {
        let person = w.person(name).await;
        w.grant(&person, role, self.competition);
        person
    }

    /// An award of so many minor units on the grant line.
    pub fn award(&self, amount: i64) -> Value {
        json!({
            "outcome": "award", "rationale": "The strongest table.", "answer_by": ANSWER_BY,
            "conditions": "The school district joins the table.",
            "amounts": [{"line": self.lines[0], "amount": {"amount": amount, "currency": "USD"}}],
        })
    }

    /// Records a decision over what is there.
    pub async fn decide(&self, w: &World, who: &Actor, city: usize, decision: Value) -> Reply {
        let path = self.case(city);
        let etag = w.get(who, &path).await.expect(200).etag();
        w.put(who, &path, &etag, decision).await
    }

    /// Lawrence is awarded 300,000.00, Chelsea waits, Holyoke is not selected; all released.
    pub async fn decided(&self, w: &World) {
        let officer = &self.officer;
        self.decide(w, officer, LAWRENCE, self.award(30_000_000))
            .await
            .expect(200);
        self.decide(w, officer, CHELSEA, plain("waitlist"))
            .await
            .expect(200);
        self.decide(w, officer, HOLYOKE, plain("not_selected"))
            .await
            .expect(200);
        w.post(officer, &self.path("releases"), Value::Null)
            .await
            .expect(200);
    }

    pub async fn preview(&self, w: &World) -> Reply {
        let path = self.path("announcement-previews");
        w.post(&self.fresh(w), &path, Value::Null).await.expect(200)
    }

    /// The officer, signed in a moment ago.
    pub fn fresh(&self, w: &World) -> Actor {
        w.sign_in(self.officer.id)
    }

    /// Previews and confirms.
    pub async fn confirm(&self, w: &World, told_at: &str, public_at: &str) -> Reply {
        let digest = self.preview(w).await.json["digest"].clone();
        let body = json!({"digest": digest, "told_at": told_at, "public_at": public_at});
        w.post(&self.fresh(w), &self.path("announcements"), body)
            .await
    }

    /// Decided, confirmed and told; it is one minute after the public was told.
    pub async fn announced(&self, w: &World) {
        self.decided(w).await;
        self.confirm(w, TOLD, PUBLIC).await.expect(201);
        w.set_time(TOLD);
        self.tell(w);
        w.set_time("2026-06-12T13:01:00Z");
    }

    /// What a running server does by itself when an announcement is due.
    #[expect(clippy::unused_self, reason = "reads as what the office does next")]
    pub fn tell(&self, w: &World) {
        w.write(civitas::decisions::jobs::tell_due);
    }

    /// Somebody reads the docket and gives a verdict on it.
    pub async fn verdict(&self, w: &World, who: &Actor, verdict: &str) -> Reply {
        let read = w.get(who, &self.path("docket")).await.expect(200);
        let said = json!({
            "verdict": verdict, "digest": read.json["digest"], "meeting_date": "2026-06-03",
            "resolution": "2026-14", "reason": "As said at the meeting.",
        });
        w.post(who, &self.path("docket-verdicts"), said).await
    }

    /// Asks somebody to review a city's submission; they accepted and wrote nothing yet.
    pub fn assign(&self, w: &World, juror: &Actor, city: usize) -> i64 {
        let (stage, coalition) = (self.stage, self.cities[city].coalition);
        let (person_id, by) = (juror.id, self.officer.id);
        w.write(move |w| {
            let assignment = Assignment {
                id: w.fresh_id(),
                stage_id: StageId(stage),
                coalition_id: CoalitionId(coalition),
                person_id,
                state: AssignmentState::Accepted,
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

    /// Puts a conflict between a person and a city in force.
    pub fn conflict(&self, w: &World, who: &Actor, city: usize) {
        let (competition, coalition) = (self.competition, self.cities[city].coalition);
        let person = who.id;
        w.write(move |w| {
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

    /// Ends a city's submission as if it were withdrawn.
    pub fn withdraw(&self, w: &World, city: usize) {
        let coalition = self.cities[city].coalition;
        w.write(move |w| {
            let of_city = submissions::table.filter(submissions::coalition_id.eq(coalition));
            let now = w.now();
            diesel::update(of_city)
                .set((
                    submissions::state.eq(SubmissionState::Withdrawn),
                    submissions::ended_at.eq(Some(now)),
                ))
                .execute(w.conn())?;
            Ok(())
        });
    }
}

/// A decision without money.
pub fn plain(outcome: &str) -> Value {
    json!({"outcome": outcome, "rationale": "As the panel found."})
}

/// Letters of a kind to somebody, as (state, due at, fields).
pub fn letters(w: &World, kind: &'static str, who: &Actor) -> Vec<(String, Instant, Value)> {
    let person = who.id.0;
    let rows: Vec<(String, Instant, String)> = w.write(move |w| {
        Ok(messages::table
            .filter(messages::kind.eq(kind))
            .filter(messages::person_id.eq(person))
            .order(messages::created_at)
            .select((messages::state, messages::due_at, messages::fields))
            .load(w.conn())?)
    });
    rows.into_iter()
        .map(|(state, due, fields)| (state, due, serde_json::from_str(&fields).unwrap()))
        .collect()
}

fn whole(tenths: i64, author: &str) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "small marks")]
    let mark = tenths as f64 / 10.0;
    let of_each = |value: &dyn Fn(&str) -> Value| -> Value {
        CRITERIA
            .map(|key| (key.to_owned(), value(key)))
            .into_iter()
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let narratives = of_each(&|key| json!(format!("On {key}, {tenths}: {}", author.len())));
    json!({"scores": of_each(&|_| json!(mark)), "narratives": narratives, "confidential_note": NOTE})
}
