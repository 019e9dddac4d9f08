//! A competition in which everybody takes part who could ask for something: the cast of the
//! access table, and the objects of one city that they ask for, phase by phase.

use actix_web::http::Method;
use civitas::people::Role;
use civitas::people::sessions::{self, Lifetimes};
use civitas::people::store as people;
use serde_json::{Value, json};

use super::cast::{Cast, Persona};
use crate::world::{Actor, Reply, World};

/// When the stage is open.
pub const OPEN: &str = "2026-03-20T13:00:00Z";
/// After the deadline and its grace.
pub const SCREENING: &str = "2026-04-25T13:00:00Z";
pub const REVIEWING: &str = "2026-05-04T13:00:00Z";
pub const DECIDING: &str = "2026-06-01T13:00:00Z";
pub const TOLD: &str = "2026-06-10T13:00:00Z";
pub const PUBLIC: &str = "2026-06-12T13:00:00Z";

const PLACES: &str = "\
name,kind,region,country,mail_domain,fact,value,source,as_of
Lawrence,city,Massachusetts,US,,population,76377,Census,2010
Chelsea,city,Massachusetts,US,,population,35177,Census,2010
Fitchburg,city,Massachusetts,US,,population,40318,Census,2010
";

/// The objects that are asked for, all of the city of Lawrence or of the whole competition.
#[derive(Default)]
pub struct Objects {
    pub competition: i64,
    pub stage: i64,
    pub place: i64,
    pub budget_line: i64,
    pub call_date: i64,
    pub role: i64,
    pub coalition: i64,
    pub claim: i64,
    pub invitation: i64,
    pub handover: i64,
    pub join_request: i64,
    pub member: i64,
    pub seat: i64,
    pub proposal: i64,
    pub attachment: i64,
    pub naming: i64,
    pub submission: i64,
    pub panel_member: i64,
    pub document: i64,
    pub conflict: i64,
    pub assignment: i64,
    pub review: i64,
    pub decision: i64,
    pub announcement: i64,
    pub message: i64,
    /// A person who is a funder of the competition.
    pub funder: i64,
    /// A person who has an account and nothing else.
    pub person: i64,
}

pub struct Scene {
    pub cast: Cast,
    pub of: Objects,
    chelsea: i64,
}

fn stage(settings: &Value) -> Value {
    let mut stage = json!({
        "name": "Full proposal", "kind": "full_proposal",
        "opens_at": "2026-03-10T13:00:00Z", "deadline": "2026-04-24T21:00:00Z",
        "has_screening": false, "has_review": false,
        "form": {"sections": [
            {"key": "idea", "title": "The idea", "questions": [
                {"key": "abstract", "label": "In a sentence", "visibility": "public",
                 "kind": {"type": "short_text", "max_words": 20}},
                {"key": "letters", "label": "Letters", "kind": {"type": "file", "at_most": 2}}]},
            {"key": "office", "title": "For the office", "questions": [
                {"key": "tax_id", "label": "Tax id", "visibility": "staff",
                 "kind": {"type": "short_text", "max_words": 5}}]},
        ]},
    });
    let fields = stage.as_object_mut().unwrap();
    fields.extend(settings.as_object().unwrap().clone());
    stage
}

impl Scene {
    /// The stage is open, and Lawrence has submitted.
    pub async fn open(w: &mut World) -> Self {
        let mut scene = Self {
            cast: Cast::default(),
            of: Objects::default(),
            chelsea: 0,
        };
        scene.set_up(w).await;
        w.set_time(OPEN);
        scene.sign_everybody_in(w);
        scene.apply(w).await;
        scene.name_a_panel(w).await;
        scene.someone_else_somewhere_else(w).await;
        scene.sign_everybody_in(w);
        scene
    }

    async fn set_up(&mut self, w: &mut World) {
        let root = w.administrator("Root").await;
        self.cast.add(Persona::Administrator, &root);
        let call = json!({
            "programme": "Working Cities Challenge", "edition": "Round 1",
            "time_zone": "America/New_York", "currency": "USD",
        });
        let call = w.post(&root, "/competitions", call).await.expect(201);
        self.of.competition = call.id();
        let path = format!("/competitions/{}", self.of.competition);
        // Who makes a competition is its officer; the administrator of the table is none.
        let roles = w.get(&root, &format!("{path}/roles")).await.expect(200);
        let own = id_where(&roles, |role| role["person"] == root.id.0);
        for (name, persona, role) in [
            ("Olive", Persona::Officer, Role::Officer),
            ("Otto", Persona::ConflictedOfficer, Role::Officer),
            ("Orla", Persona::OfficerWhoIsJuror, Role::Officer),
            ("Abe", Persona::Assistant, Role::Assistant),
            ("Abby", Persona::Approver, Role::Approver),
            ("Fay", Persona::Funder, Role::Funder),
            ("Finn", Persona::FunderWhoIsJuror, Role::Funder),
        ] {
            let person = w.person(name).await;
            w.grant(&person, role, self.of.competition);
            self.cast.add(persona, &person);
        }
        let officer = self.cast.of(Persona::Officer).clone();
        w.delete(&root, &format!("{path}/roles/{own}"))
            .await
            .expect(204);
        let roles = w.get(&root, &format!("{path}/roles")).await.expect(200);
        self.of.role = id_where(&roles, |role| role["person"] == officer.id.0);

        let import = w.ask(&root, Method::POST, "/places/imports");
        import.body("text/csv", PLACES).send().await.expect(200);
        let line = json!({"funder": "Living Cities", "instrument": "grant",
            "amount": {"amount": 50_000_000, "currency": "USD"}});
        let line = w
            .post(&officer, &format!("{path}/budget-lines"), line)
            .await;
        self.of.budget_line = line.expect(201).id();
        let date = json!({"kind": "workshop", "title": "How to apply", "starts_at": "2026-03-25T15:00:00Z"});
        let date = w.post(&officer, &format!("{path}/call-dates"), date).await;
        self.of.call_date = date.expect(201).id();
        let first = stage(&json!({
            "has_screening": true, "has_review": true, "reviews_per_submission": 2,
            "discussion": true, "docket_approval": true, "signatory_confirmation": true,
            "rubric": civitas::competitions::model::builtin::four_questions(),
        }));
        let stages = format!("{path}/stages");
        self.of.stage = w.post(&officer, &stages, first).await.expect(201).id();
        let second = stage(&json!({
            "opens_at": "2026-07-01T13:00:00Z", "deadline": "2026-09-01T21:00:00Z",
        }));
        w.post(&officer, &stages, second).await.expect(201);
        w.post(&officer, &format!("{path}/publication"), Value::Null)
            .await
            .expect(200);
    }

    async fn found(&self, w: &World, who: &Actor, city: &str) -> Reply {
        let places = w.get(who, "/places?limit=200").await.expect(200);
        let place = id_where(&places, |place| place["name"] == city);
        let founding = json!({
            "name": format!("{city} together"), "lead_organisation": format!("{city} Works"),
            "places": [{"place_id": place}],
        });
        let path = format!("/competitions/{}/coalitions", self.of.competition);
        w.post(who, &path, founding).await.expect(201)
    }

    async fn apply(&mut self, w: &mut World) {
        let officer = self.cast.of(Persona::Officer).clone();
        let former = w.person("Former").await;
        let founded = self.found(w, &former, "Lawrence").await;
        self.of.coalition = founded.id();
        self.of.claim = founded.json["claims"][0]["id"].as_i64().unwrap();
        let claim = format!("/claims/{}/confirmation", self.of.claim);
        w.post(&officer, &claim, Value::Null).await.expect(200);
        self.of.place = founded.json["claims"][0]["place"]["id"].as_i64().unwrap();

        for (name, persona, role, sections) in [
            ("Connie", Persona::Convenor, "editor", json!([])),
            ("Edda", Persona::Editor, "editor", json!([])),
            (
                "Conrad",
                Persona::Contributor,
                "contributor",
                json!(["idea"]),
            ),
            (
                "Cora",
                Persona::ContributorElsewhere,
                "contributor",
                json!(["office"]),
            ),
            ("Sigrid", Persona::Signatory, "signatory", json!([])),
            ("Remy", Persona::RemovedMember, "editor", json!([])),
            ("Dis", Persona::DisabledMember, "editor", json!([])),
        ] {
            let person = w.person(name).await;
            self.join(w, self.of.coalition, &former, &person, role, sections)
                .await;
            self.cast.add(persona, &person);
        }
        // The convenor's part goes from its founder to Connie, whose own offer to Edda waits.
        let convenor = self.cast.of(Persona::Convenor).clone();
        let member = self.member(w, &former, &convenor).await;
        let handovers = format!("/coalitions/{}/handovers", self.of.coalition);
        let offer = w
            .post(&former, &handovers, json!({"member_id": member}))
            .await
            .expect(201);
        let offer = format!("/handovers/{}/acceptance", offer.id());
        w.post(&convenor, &offer, Value::Null).await.expect(200);
        self.cast.add(Persona::FormerConvenor, &former);
        let editor = self.cast.of(Persona::Editor).clone();
        self.of.member = self.member(w, &convenor, &editor).await;
        let offer = json!({"member_id": self.of.member});
        self.of.handover = w.post(&convenor, &handovers, offer).await.expect(201).id();

        let removed = self.cast.of(Persona::RemovedMember).clone();
        let removed = self.member(w, &convenor, &removed).await;
        w.delete(&convenor, &format!("/members/{removed}"))
            .await
            .expect(204);
        let invited = w.person("Ina").await;
        let path = format!("/coalitions/{}", self.of.coalition);
        let asked = json!({"email": invited.email, "role": "editor"});
        let made = w
            .post(&convenor, &format!("{path}/invitations"), asked)
            .await;
        self.of.invitation = made.expect(201).id();
        self.cast.add(Persona::Invited, &invited);
        let joiner = w.person("Joe").await;
        let asked = w
            .post(&joiner, &format!("{path}/join-requests"), json!({}))
            .await;
        self.of.join_request = asked.expect(201).id();
        self.cast.add(Persona::AskedToJoin, &joiner);
        let seat = json!({"sector": "public", "role": "Mayor"});
        let seat = w.post(&convenor, &format!("{path}/seats"), seat).await;
        self.of.seat = seat.expect(201).id();

        let signatory = self.cast.of(Persona::Signatory).clone();
        self.of.submission = self
            .submit(w, "Lawrence", self.of.coalition, [&convenor, &signatory])
            .await;
        let naming = json!({"name": "Nobody Known", "reason": "We are in court."});
        let naming = w
            .post(&convenor, &format!("{path}/conflict-namings"), naming)
            .await;
        self.of.naming = naming.expect(201).id();

        let claimant = w.person("Claire").await;
        self.found(w, &claimant, "Fitchburg").await;
        self.cast.add(Persona::UnconfirmedClaimant, &claimant);
        let other = w.person("Otis").await;
        let chelsea = self.found(w, &other, "Chelsea").await;
        self.chelsea = chelsea.id();
        let claim = format!("/claims/{}/confirmation", chelsea.json["claims"][0]["id"]);
        w.post(&officer, &claim, Value::Null).await.expect(200);
        let signs = w.person("Susan").await;
        self.join(w, self.chelsea, &other, &signs, "signatory", json!([]))
            .await;
        self.submit(w, "Chelsea", self.chelsea, [&other, &signs])
            .await;
        self.cast.add(Persona::OtherCity, &other);
    }

    async fn join(
        &self,
        w: &World,
        coalition: i64,
        by: &Actor,
        who: &Actor,
        role: &str,
        sections: Value,
    ) {
        let asked = json!({"email": who.email, "role": role, "sections": sections});
        let path = format!("/coalitions/{coalition}/invitations");
        let made = w.post(by, &path, asked).await.expect(201).id();
        let path = format!("/coalition-invitations/{made}/acceptance");
        w.post(who, &path, Value::Null).await.expect(200);
    }

    async fn member(&self, w: &World, by: &Actor, who: &Actor) -> i64 {
        let path = format!("/coalitions/{}/members", self.of.coalition);
        let members = w.get(by, &path).await.expect(200);
        id_where(&members, |one| one["person"]["id"] == who.id.0)
    }

    /// Writes a proposal and submits it; gives the submission.
    async fn submit(&mut self, w: &World, city: &str, coalition: i64, by: [&Actor; 2]) -> i64 {
        let [convenor, signs] = by;
        let proposals = format!("/coalitions/{coalition}/proposals");
        let title = json!({"title": format!("One table for {city}")});
        let proposal = w.post(convenor, &proposals, title).await.expect(201).id();
        let path = format!("/proposals/{proposal}");
        let answers = |_: &Value| json!({"answers": {"abstract": format!("{city} learns.")}});
        w.edit(convenor, &format!("{path}/sections/idea"), answers)
            .await
            .expect(200);
        let form = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\
            Content-Type: application/pdf\r\n\r\n%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n\r\n--edge--\r\n";
        let upload = format!("{path}/attachments?question=letters");
        let upload = w.ask(convenor, Method::POST, &upload);
        let file = upload
            .body("multipart/form-data; boundary=edge", form)
            .send()
            .await;
        let file = file.expect(201).id();
        if city == "Lawrence" {
            (self.of.proposal, self.of.attachment) = (proposal, file);
        }
        let read = w
            .get(signs, &format!("{path}/completeness"))
            .await
            .expect(200);
        let confirmed = json!({"digest": read.json["digest"]});
        w.post(signs, &format!("{path}/confirmations"), confirmed)
            .await
            .expect(201);
        let receipt = w
            .post(convenor, &format!("{path}/submissions"), json!({}))
            .await;
        receipt.expect(201).json["submission_id"].as_i64().unwrap()
    }

    async fn name_a_panel(&mut self, w: &mut World) {
        let officer = self.cast.of(Persona::Officer).clone();
        let jurors = [
            ("Bea", Persona::JurorBefore),
            ("Ada", Persona::JurorAfter),
            ("Una", Persona::UnassignedJuror),
            ("Tia", Persona::ConflictedJuror),
            ("Dec", Persona::DeclinedJuror),
            ("Rex", Persona::RecusedJuror),
            ("Orla", Persona::OfficerWhoIsJuror),
            ("Finn", Persona::FunderWhoIsJuror),
        ];
        for (name, persona) in jurors {
            let person = match persona {
                Persona::OfficerWhoIsJuror | Persona::FunderWhoIsJuror => {
                    self.cast.of(persona).clone()
                }
                _ => w.person(name).await,
            };
            let asked = json!({"email": person.email, "max_load": 5});
            let path = format!("/stages/{}/panel-members", self.of.stage);
            let member = w.post(&officer, &path, asked).await.expect(201).id();
            let path = format!("/panel-members/{member}");
            w.post(&person, &format!("{path}/acceptance"), json!({}))
                .await
                .expect(200);
            if persona == Persona::JurorAfter {
                self.of.panel_member = member;
                let text = json!({"title": "Lending", "text": "What I know."});
                let made = w.post(&person, &format!("{path}/documents"), text).await;
                self.of.document = made.expect(201).id();
            }
            self.cast.add(persona, &person);
        }
        let conflicted = w.administrator("Rhoda").await;
        self.cast.add(Persona::ConflictedAdministrator, &conflicted);
        for persona in [
            Persona::ConflictedJuror,
            Persona::ConflictedOfficer,
            Persona::ConflictedAdministrator,
        ] {
            let person = self.cast.of(persona).id;
            let tie = json!({"person": person, "coalition": self.of.coalition, "kind": "family", "note": "Cousins."});
            let path = format!("/stages/{}/conflicts", self.of.stage);
            self.of.conflict = w.post(&officer, &path, tie).await.expect(201).id();
            let path = format!("/conflicts/{}", self.of.conflict);
            let shown = w.get(&officer, &path).await.expect(200);
            if shown.json["state"] == "hint" {
                w.post(&officer, &format!("{path}/confirmation"), json!({}))
                    .await
                    .expect(200);
            }
        }
    }

    async fn someone_else_somewhere_else(&mut self, w: &mut World) {
        let elsewhere = w.person("Elsa").await;
        let juror = w.person("Jude").await;
        let root = self.cast.of(Persona::Administrator).clone();
        let call = json!({
            "programme": "The Integration Initiative", "edition": "2010",
            "time_zone": "America/New_York", "currency": "USD",
        });
        let other = w.post(&root, "/competitions", call).await.expect(201).id();
        let path = format!("/competitions/{other}/roles");
        let roles = w.get(&root, &path).await.expect(200);
        let own = id_where(&roles, |role| role["person"] == root.id.0);
        w.grant(&elsewhere, Role::Officer, other);
        w.delete(&root, &format!("{path}/{own}")).await.expect(204);
        let stages = format!("/competitions/{other}/stages");
        let made = w
            .post(&elsewhere, &stages, stage(&json!({"has_review": true})))
            .await;
        let path = format!("/stages/{}/panel-members", made.expect(201).id());
        let asked = json!({"email": juror.email, "max_load": 5});
        let member = w.post(&elsewhere, &path, asked).await.expect(201).id();
        let path = format!("/panel-members/{member}/acceptance");
        w.post(&juror, &path, json!({})).await.expect(200);
        self.cast.add(Persona::OfficerElsewhere, &elsewhere);
        self.cast.add(Persona::JurorElsewhere, &juror);
        self.cast.add(Persona::Stranger, &w.person("Stan").await);
        self.of.person = self.cast.of(Persona::Stranger).id.0;
        self.of.funder = self.cast.of(Persona::Funder).id.0;
        let disabled = self.cast.of(Persona::DisabledMember).id;
        let path = format!("/people/{disabled}/disabling");
        w.post(&root, &path, json!({})).await.expect(200);
    }

    /// The deadline has passed; assignments are given.
    pub async fn screening(&mut self, w: &mut World) {
        w.set_time(SCREENING);
        self.sign_everybody_in(w);
        let officer = self.cast.of(Persona::Officer).clone();
        for coalition in [self.of.coalition, self.chelsea] {
            let path = format!("/stages/{}/screenings/{coalition}", self.of.stage);
            w.edit(&officer, &path, |_| json!({"verdict": "eligible"}))
                .await
                .expect(200);
        }
        for persona in [
            Persona::JurorBefore,
            Persona::JurorAfter,
            Persona::OfficerWhoIsJuror,
            Persona::FunderWhoIsJuror,
            Persona::DeclinedJuror,
            Persona::RecusedJuror,
        ] {
            let juror = self.cast.of(persona).clone();
            let assignment = self.assign(w, &juror).await;
            let (act, body) = match persona {
                Persona::DeclinedJuror => ("refusal", json!({"reason": "Away."})),
                _ => ("acceptance", json!({})),
            };
            let path = format!("/assignments/{assignment}");
            w.post(&juror, &format!("{path}/{act}"), body)
                .await
                .expect(200);
            if persona == Persona::RecusedJuror {
                let why = json!({"reason": "A cousin."});
                w.post(&juror, &format!("{path}/recusal"), why)
                    .await
                    .expect(200);
            }
            if persona == Persona::JurorAfter {
                self.of.assignment = assignment;
            }
        }
        self.find_message(w).await;
    }

    async fn assign(&self, w: &World, juror: &Actor) -> i64 {
        let officer = self.cast.of(Persona::Officer);
        let pair = json!({"coalition": self.of.coalition, "reviewer": juror.id});
        let path = format!("/stages/{}/assignments", self.of.stage);
        w.post(officer, &path, pair).await.expect(201).id()
    }

    /// A letter about the city that waits to be sent.
    async fn find_message(&mut self, w: &World) {
        use civitas::platform::db::schema::messages;
        use diesel::prelude::*;
        let coalition = self.of.coalition;
        self.of.message = w.write(move |w| {
            Ok(messages::table
                .filter(messages::coalition_id.eq(coalition))
                .filter(messages::kind.eq("submission-receipt"))
                .order(messages::id)
                .select(messages::id)
                .first(w.conn())?)
        });
    }

    /// Reviews are open, and one is in.
    pub async fn reviewing(&mut self, w: &mut World) {
        w.set_time(REVIEWING);
        self.sign_everybody_in(w);
        let officer = self.cast.of(Persona::Officer).clone();
        let path = format!("/stages/{}/screening-completion", self.of.stage);
        w.post(&officer, &path, Value::Null).await.expect(200);
        let juror = self.cast.of(Persona::JurorAfter).clone();
        let review = self.review(w, &juror, "Lawrence", self.of.assignment).await;
        self.of.review = review;
    }

    /// Writes and submits a review; gives its identity.
    async fn review(&self, w: &World, juror: &Actor, city: &str, assignment: i64) -> i64 {
        let path = format!("/assignments/{assignment}/review");
        let keys = [
            "systems_change",
            "civic_infrastructure",
            "innovation",
            "private_capital",
        ];
        let each = |value: Value| -> Value {
            keys.map(|key| (key.to_owned(), value.clone()))
                .into_iter()
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        let said = json!({
            "scores": each(json!(4.0)), "narratives": each(json!(narrative(city))),
            "confidential_note": "",
        });
        w.edit(juror, &path, |_| said).await.expect(200);
        let sent = w
            .post(juror, &format!("{path}/submission"), Value::Null)
            .await
            .expect(200);
        sent.json["id"].as_i64().unwrap_or_default()
    }

    /// Reviews are closed, decisions recorded and approved, the announcement confirmed.
    pub async fn deciding(&mut self, w: &mut World) {
        let officer = self.cast.of(Persona::Officer).clone();
        let of_chelsea = self.cast.of(Persona::JurorAfter).clone();
        let pair = json!({"coalition": self.chelsea, "reviewer": of_chelsea.id});
        let path = format!("/stages/{}/assignments", self.of.stage);
        let assignment = w.post(&officer, &path, pair).await.expect(201).id();
        let accepts = format!("/assignments/{assignment}/acceptance");
        w.post(&of_chelsea, &accepts, json!({})).await.expect(200);
        self.review(w, &of_chelsea, "Chelsea", assignment).await;

        w.set_time(DECIDING);
        self.sign_everybody_in(w);
        let officer = self.cast.of(Persona::Officer).clone();
        let stage = format!("/stages/{}", self.of.stage);
        w.post(&officer, &format!("{stage}/review-closure"), Value::Null)
            .await
            .expect(200);
        let award = json!({
            "outcome": "award", "rationale": "The strongest table.",
            "answer_by": "2026-07-31T21:00:00Z",
            "amounts": [{"line": self.of.budget_line, "amount": {"amount": 30_000_000, "currency": "USD"}}],
        });
        let waits = json!({"outcome": "waitlist", "rationale": "As the panel found."});
        for (coalition, decision) in [(self.of.coalition, award), (self.chelsea, waits)] {
            let path = format!("{stage}/decisions/{coalition}");
            let made = w.edit(&officer, &path, |_| decision).await.expect(200);
            if coalition == self.of.coalition {
                self.of.decision = made.json["decision"]["id"].as_i64().unwrap();
            }
        }
        w.post(&officer, &format!("{stage}/releases"), Value::Null)
            .await
            .expect(200);
        let approver = self.cast.of(Persona::Approver).clone();
        let docket = w
            .get(&approver, &format!("{stage}/docket"))
            .await
            .expect(200);
        let verdict = json!({
            "verdict": "approved", "digest": docket.json["digest"],
            "meeting_date": "2026-06-01", "resolution": "2026-14", "reason": "",
        });
        w.post(&approver, &format!("{stage}/docket-verdicts"), verdict)
            .await
            .expect(201);
        let preview = format!("{stage}/announcement-previews");
        let preview = w.post(&officer, &preview, Value::Null).await.expect(200);
        let confirmed = json!({
            "digest": preview.json["digest"], "told_at": TOLD, "public_at": PUBLIC,
        });
        let made = w
            .post(&officer, &format!("{stage}/announcements"), confirmed)
            .await;
        self.of.announcement = made.expect(201).id();
    }

    pub fn told(&mut self, w: &World) {
        w.set_time(TOLD);
        self.sign_everybody_in(w);
    }

    pub fn public(&mut self, w: &World) {
        w.set_time(PUBLIC);
        self.sign_everybody_in(w);
    }

    /// A sign-in a moment ago for everybody, so that no answer turns on how old one is.
    fn sign_everybody_in(&mut self, w: &World) {
        self.cast.renew(|person| w.sign_in(person.id));
        if let Some(officer) = self.cast.find(Persona::Officer) {
            let (id, keys) = (officer.id, w.app.gate.keys.clone());
            let officer = officer.clone();
            let token = w.write(move |w| {
                let row = people::person(w, id)?.expect("a person");
                let brief = Lifetimes {
                    access_seconds: -1,
                    refresh_days: 1,
                };
                Ok(sessions::begin(w, &keys, &row, true, brief)?.access_token)
            });
            let expired = Actor { token, ..officer };
            self.cast.add(Persona::ExpiredToken, &expired);
        }
    }

    /// A personal token of the officer's that may only read.
    pub async fn with_a_small_token(&mut self, w: &World) {
        let officer = self.cast.of(Persona::Officer).clone();
        let asked = json!({"name": "dashboard", "scopes": ["read"], "days": 200});
        let made = w.post(&officer, "/me/tokens", asked).await.expect(201);
        let token = made.json["token"].as_str().unwrap().to_owned();
        self.cast
            .add(Persona::ReadOnlyToken, &Actor { token, ..officer });
    }
}

/// What the juror writes of a city, on each criterion.
pub fn narrative(city: &str) -> String {
    format!("{city} has a sound plan.")
}

/// The identity of the one item that is so.
fn id_where(list: &Reply, is: impl Fn(&Value) -> bool) -> i64 {
    let item = list.items().iter().find(|item| is(item));
    item.unwrap_or_else(|| panic!("not in {list}"))["id"]
        .as_i64()
        .unwrap()
}
