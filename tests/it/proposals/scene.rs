//! A competition with an open stage and a city's coalition with a member of each role.

use civitas::coalitions::model::{
    Claim, ClaimState, Coalition, Member, MemberRole, Seat, SeatState,
};
use civitas::coalitions::store as coalitions;
use civitas::competitions::model::builtin;
use civitas::competitions::model::{
    Competition, Eligibility, EligibilityVerdict, Facts, OrderBy, Place, PlaceKind, Sector, Stage,
    StageActKind, StageKind, TieRule,
};
use civitas::competitions::store as competitions;
use civitas::panels::model::{Assignment, AssignmentState};
use civitas::panels::store as panels;
use civitas::people::Role;
use civitas::platform::clock::Instant;
use civitas::platform::db::Writes;
use civitas::platform::db::schema::{announcements, decisions};
use civitas::platform::ids::{CoalitionId, CompetitionId, PersonId, StageId};
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::world::{Actor, Reply, World};

pub const OPENS: &str = "2026-03-01T14:00:00Z";
pub const DEADLINE: &str = "2026-04-24T21:00:00Z";
pub const GRACE_SECONDS: i32 = 300;
pub const AFTER: &str = "2026-04-25T09:00:00Z";

pub struct Scene {
    pub competition: i64,
    pub stage: i64,
    pub coalition: i64,
    pub proposal: i64,
    pub convenor: Actor,
    pub editor: Actor,
    pub contributor: Actor,
    pub signatory: Actor,
    pub officer: Actor,
}

/// What differs between stories.
#[derive(Clone, Copy)]
pub struct Setting {
    pub sealed: bool,
    pub confirmation: bool,
    pub match_percent: i32,
    pub sectors: &'static [Sector],
}

pub const PLAIN: Setting = Setting {
    sealed: true,
    confirmation: false,
    match_percent: 0,
    sectors: &[],
};

impl Scene {
    pub async fn open(w: &mut World) -> Self {
        Self::with(w, PLAIN).await
    }

    pub async fn with(w: &mut World, setting: Setting) -> Self {
        let officer = w.person("Olive").await;
        let by = officer.id;
        let competition = w.write(move |w| add_competition(w, by, setting));
        w.grant(&officer, Role::Officer, competition);
        let stage = w.write(move |w| {
            let stage = stage(w, competition, 1, setting);
            competitions::insert_stage(w, &stage)?;
            Ok(stage.id.0)
        });
        let convenor = w.person("Carla").await;
        let editor = w.person("Edwin").await;
        let contributor = w.person("Connie").await;
        let signatory = w.person("Sigrid").await;
        let cast = [
            (convenor.id, MemberRole::Convenor),
            (editor.id, MemberRole::Editor),
            (contributor.id, MemberRole::Contributor),
            (signatory.id, MemberRole::Signatory),
        ];
        let coalition = w.write(move |w| add_coalition(w, competition, "Lawrence", &cast));
        let begun = w
            .post(
                &convenor,
                &format!("/coalitions/{coalition}/proposals"),
                json!({"title": "One table"}),
            )
            .await
            .expect(201);
        Self {
            competition,
            stage,
            coalition,
            proposal: begun.id(),
            convenor,
            editor,
            contributor,
            signatory,
            officer,
        }
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/proposals/{}{rest}", self.proposal)
    }

    /// Saves a section as somebody, over what is there.
    pub async fn save(&self, w: &World, who: &Actor, section: &str, answers: Value) -> Reply {
        let path = self.path(&format!("/sections/{section}"));
        let current = w.get(who, &path).await.expect(200);
        w.put(who, &path, &current.etag(), json!({"answers": answers}))
            .await
    }

    /// Fills in everything that the form requires.
    pub async fn fill(&self, w: &World) {
        let answers = json!({"problem": "Rents rise.", "abstract": "A city.", "joint": "no"});
        self.save(w, &self.editor, "idea", answers)
            .await
            .expect(200);
        self.save(w, &self.editor, "office", json!({"tax_id": "04-1234567"}))
            .await
            .expect(200);
    }

    pub async fn submit(&self, w: &World, who: &Actor) -> Reply {
        w.post(who, &self.path("/submissions"), json!({})).await
    }

    /// A submission in force; its id.
    pub async fn submitted(&self, w: &World) -> i64 {
        self.fill(w).await;
        let receipt = self.submit(w, &self.convenor).await.expect(201);
        receipt.json["submission_id"].as_i64().unwrap()
    }

    /// A reviewer who accepted the coalition's submission.
    pub async fn reviewer(&self, w: &mut World, name: &str, state: AssignmentState) -> Actor {
        let reviewer = w.person(name).await;
        let (stage, coalition) = (StageId(self.stage), CoalitionId(self.coalition));
        let (person, by) = (reviewer.id, self.officer.id);
        w.write(move |w| {
            let assignment = Assignment {
                id: w.fresh_id(),
                stage_id: stage,
                coalition_id: coalition,
                person_id: person,
                state,
                due_at: None,
                assigned_by: by,
                assigned_at: w.now(),
                answered_at: None,
                reason: String::new(),
                keeps_review: false,
            };
            panels::insert_assignment(w, &assignment)
        });
        reviewer
    }

    /// Records an act on the stage.
    pub fn act(&self, w: &World, act: StageActKind) {
        let (stage, by) = (StageId(self.stage), self.officer.id);
        w.write(move |w| competitions::record_act(w, stage, act, by, ""));
    }

    /// Another stage, opening and closing a year after the first; its id.
    pub fn add_stage(&self, w: &World, position: i32, form: Option<Value>) -> i64 {
        let competition = self.competition;
        w.write(move |w| {
            let mut stage = stage(w, competition, position, PLAIN);
            stage.opens_at = Some(Instant::parse("2026-06-01T14:00:00Z").unwrap());
            stage.deadline = Some(Instant::parse("2026-08-01T21:00:00Z").unwrap());
            stage.form = form.clone().map(serde_json::from_value).transpose()?;
            competitions::insert_stage(w, &stage)?;
            Ok(stage.id.0)
        })
    }

    /// A decision on the coalition at the first stage, told at a moment.
    pub fn decide(&self, w: &World, outcome: &'static str, told_at: &str) {
        let told_at = Instant::parse(told_at).unwrap();
        let (stage, competition, coalition) = (self.stage, self.competition, self.coalition);
        let by = self.officer.id.0;
        w.write(move |w| {
            let announcement = w.fresh_id::<i64>();
            let now = w.now();
            diesel::insert_into(announcements::table)
                .values((
                    announcements::id.eq(announcement),
                    announcements::stage_id.eq(stage),
                    announcements::competition_id.eq(competition),
                    announcements::told_at.eq(told_at),
                    announcements::public_at.eq(told_at),
                    announcements::digest.eq(""),
                    announcements::record.eq("{}"),
                    announcements::confirmed_by.eq(by),
                    announcements::confirmed_at.eq(now),
                    announcements::call_back_reason.eq(""),
                ))
                .execute(w.conn())?;
            let decision = w.fresh_id::<i64>();
            diesel::insert_into(decisions::table)
                .values((
                    decisions::id.eq(decision),
                    decisions::stage_id.eq(stage),
                    decisions::competition_id.eq(competition),
                    decisions::coalition_id.eq(coalition),
                    decisions::outcome.eq(outcome),
                    decisions::origin.eq("decided"),
                    decisions::reason.eq(""),
                    decisions::rationale.eq(""),
                    decisions::conditions.eq(""),
                    decisions::out_of_order_reason.eq(""),
                    decisions::public_summary.eq(""),
                    decisions::recorded_by.eq(by),
                    decisions::recorded_at.eq(now),
                    decisions::announcement_id.eq(Some(announcement)),
                    decisions::version.eq(1_i64),
                ))
                .execute(w.conn())?;
            Ok(())
        });
    }
}

type Outcome<T> = civitas::platform::refusal::Result<T>;

fn add_competition(w: &mut Writes<'_>, by: PersonId, setting: Setting) -> Outcome<i64> {
    let competition = Competition {
        id: w.fresh_id(),
        programme: "Working Cities Challenge".into(),
        edition: format!("edition {}", w.fresh_id::<i64>()),
        summary: String::new(),
        time_zone: "America/New_York".into(),
        currency: "USD".into(),
        language: "en".into(),
        required_sectors: setting.sectors.to_vec(),
        eligibility: Vec::new(),
        match_required_percent: setting.match_percent,
        continues: None,
        roster_public: false,
        questions_until: None,
        published_at: Some(Instant::parse("2026-02-01T00:00:00Z").unwrap()),
        created_by: by,
        created_at: w.now(),
        version: 1,
    };
    competitions::insert_competition(w, &competition)?;
    Ok(competition.id.0)
}

fn stage(w: &Writes<'_>, competition: i64, position: i32, setting: Setting) -> Stage {
    Stage {
        id: w.fresh_id(),
        competition_id: CompetitionId(competition),
        position,
        name: format!("Stage {position}"),
        kind: StageKind::FullProposal,
        form: Some(serde_json::from_value(form()).unwrap()),
        rubric: Some(builtin::four_questions().clone()),
        opens_at: Some(Instant::parse(OPENS).unwrap()),
        deadline: Some(Instant::parse(DEADLINE).unwrap()),
        grace_seconds: GRACE_SECONDS,
        sealed: setting.sealed,
        has_screening: true,
        has_review: true,
        reviews_per_submission: 3,
        review_deadline: None,
        discussion: true,
        signatory_confirmation: setting.confirmation,
        docket_approval: false,
        reminder_hours: Vec::new(),
        order_by: OrderBy::RawMean,
        tie_rule: TieRule::SharedRank,
        texts_changed_at: None,
        created_at: w.now(),
        version: 1,
        published_at: None,
        acts: Vec::new(),
        told_at: None,
        public_at: None,
    }
}

pub fn form() -> Value {
    json!({"sections": [
        {"key": "idea", "title": "The idea", "questions": [
            {"key": "problem", "label": "Which problem?", "required": true,
             "kind": {"type": "long_text", "max_words": 5}},
            {"key": "abstract", "label": "In a sentence", "visibility": "public",
             "kind": {"type": "short_text", "max_words": 20}},
            {"key": "joint", "label": "Joint?", "kind": {"type": "choice", "options": [
                {"key": "yes", "label": "Yes"}, {"key": "no", "label": "No"}]}},
            {"key": "partner", "label": "With whom?", "required": true,
             "show_if": {"question": "joint", "equals": "yes"},
             "kind": {"type": "short_text", "max_words": 5}}]},
        {"key": "office", "title": "For the office", "questions": [
            {"key": "tax_id", "label": "Tax id", "required": true, "visibility": "staff",
             "kind": {"type": "short_text", "max_words": 5}},
            {"key": "books", "label": "Audited accounts", "visibility": "staff",
             "kind": {"type": "file", "at_most": 1}},
            {"key": "letters", "label": "Letters", "kind": {"type": "file", "at_most": 2}},
            {"key": "budget", "label": "Budget", "kind": {"type": "money"}}]}
    ]})
}

pub fn add_coalition(
    w: &mut Writes<'_>,
    competition: i64,
    name: &str,
    cast: &[(PersonId, MemberRole)],
) -> Outcome<i64> {
    let founder = cast[0].0;
    let place = Place {
        id: w.fresh_id(),
        name: name.into(),
        kind: PlaceKind::City,
        region: format!("region {}", w.fresh_id::<i64>()),
        country: "US".into(),
        mail_domain: None,
        facts: Vec::new(),
    };
    competitions::insert_place(w, &place)?;
    let coalition = Coalition {
        id: w.fresh_id(),
        competition_id: CompetitionId(competition),
        name: format!("{name} together"),
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
        state: ClaimState::Claimed,
        decided_by: None,
        decided_at: None,
        reason: String::new(),
        created_at: w.now(),
    };
    coalitions::insert_claim(w, &claim)?;
    for (person, role) in cast {
        let member = Member {
            id: w.fresh_id(),
            coalition_id: coalition.id,
            person_id: *person,
            role: *role,
            sections: vec!["idea".into()],
            joined_at: w.now(),
        };
        coalitions::insert_member(w, &member, None)?;
    }
    Ok(coalition.id.0)
}

/// Fills a seat at the coalition's table.
pub fn seat(w: &World, coalition: i64, sector: Sector, person: PersonId) {
    w.write(move |w| {
        let seat = Seat {
            id: w.fresh_id(),
            coalition_id: CoalitionId(coalition),
            sector: sector.as_str().parse().unwrap(),
            role: "resident leader".into(),
            jurisdiction: "city".into(),
            state: SeatState::Filled,
            person_id: Some(person),
            holder_name: String::new(),
            organisation: String::new(),
            version: 1,
            created_at: w.now(),
        };
        coalitions::insert_seat(w, &seat)
    });
}
