//! The panel, and what happens from one phase of the stage to the next.

use serde_json::{Value, json};

use super::{DECIDING, GRACE, PUBLIC, REVIEWING, SCREENING, Scene, TOLD, full_name, narrative};
use crate::access::cast::Persona;
use crate::world::{Actor, World};

impl Scene {
    pub(super) async fn name_a_panel(&mut self, w: &mut World) {
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
            name_in_full(w, &person);
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

    /// The deadline has passed a moment ago.
    pub fn grace(&mut self, w: &World) {
        w.set_time(GRACE);
        self.sign_everybody_in(w);
    }

    /// The grace period is over; assignments are given.
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

    pub(super) async fn assign(&self, w: &World, juror: &Actor) -> i64 {
        let officer = self.cast.of(Persona::Officer);
        let pair = json!({"coalition": self.of.coalition, "reviewer": juror.id});
        let path = format!("/stages/{}/assignments", self.of.stage);
        w.post(officer, &path, pair).await.expect(201).id()
    }

    /// A letter about the city that waits to be sent.
    pub(super) async fn find_message(&mut self, w: &World) {
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
    pub(super) async fn review(
        &self,
        w: &World,
        juror: &Actor,
        city: &str,
        assignment: i64,
    ) -> i64 {
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
            "scores": each(json!(if city == "Lawrence" { 4.5 } else { 4.0 })), "narratives": each(json!(narrative(city))),
            "confidential_note": "",
        });
        w.edit(juror, &path, |_| said).await.expect(200);
        let sent = w
            .post(juror, &format!("{path}/submission"), Value::Null)
            .await
            .expect(200);
        sent.json["id"].as_i64().unwrap_or_default()
    }

    /// Reviews are closed, decisions recorded and approved.
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
    }

    /// The announcement is confirmed, and not due yet.
    pub async fn decided(&mut self, w: &World) {
        let officer = self.cast.of(Persona::Officer).clone();
        let stage = format!("/stages/{}", self.of.stage);
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
}

/// Gives somebody a name that no other word of an answer holds.
fn name_in_full(w: &World, who: &Actor) {
    use civitas::platform::db::schema::people;
    use diesel::prelude::*;
    let (id, name) = (who.id, full_name(&who.email));
    w.write(move |w| {
        let person = diesel::update(people::table.find(id));
        Ok(person.set(people::name.eq(&name)).execute(w.conn())?)
    });
}
