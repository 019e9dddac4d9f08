//! A competition in which everybody takes part who could ask for something: the cast of the
//! access table, and the objects of one city that they ask for, phase by phase.

mod applying;
mod asking;
mod phases;

use actix_web::http::Method;
use civitas::people::Role;
use civitas::people::sessions::{self, Lifetimes};
use civitas::people::store as people;
use serde_json::{Value, json};

use super::cast::{Cast, Persona};
use crate::world::{Actor, Reply, World};

/// When the stage is open.
pub const OPEN: &str = "2026-03-20T13:00:00Z";
/// After the deadline, within its grace.
pub const GRACE: &str = "2026-04-24T21:03:00Z";
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
    pub question: i64,
    pub published_answer: i64,
    pub mailing: i64,
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
        scene.ask_the_office(w).await;
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
            "sealed": true, "grace_seconds": 300,
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

/// The name of whoever sits on the panel, by their address.
pub fn full_name(address: &str) -> String {
    let (short, _) = address.split_once('@').unwrap();
    format!("{short} quillfeather")
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
