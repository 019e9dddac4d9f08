//! The cities apply: coalitions, their members, what they submit.

use actix_web::http::Method;
use serde_json::{Value, json};

use super::{Scene, id_where};
use crate::access::cast::Persona;
use crate::world::{Actor, Reply, World};

impl Scene {
    pub(super) async fn found(&self, w: &World, who: &Actor, city: &str) -> Reply {
        let places = w.get(who, "/places?limit=200").await.expect(200);
        let place = id_where(&places, |place| place["name"] == city);
        let founding = json!({
            "name": format!("{city} together"), "lead_organisation": format!("{city} Works"),
            "places": [{"place_id": place}],
        });
        let path = format!("/competitions/{}/coalitions", self.of.competition);
        w.post(who, &path, founding).await.expect(201)
    }

    pub(super) async fn apply(&mut self, w: &mut World) {
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

    pub(super) async fn join(
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

    pub(super) async fn member(&self, w: &World, by: &Actor, who: &Actor) -> i64 {
        let path = format!("/coalitions/{}/members", self.of.coalition);
        let members = w.get(by, &path).await.expect(200);
        id_where(&members, |one| one["person"]["id"] == who.id.0)
    }

    /// Writes a proposal and submits it; gives the submission.
    pub(super) async fn submit(
        &mut self,
        w: &World,
        city: &str,
        coalition: i64,
        by: [&Actor; 2],
    ) -> i64 {
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
}
