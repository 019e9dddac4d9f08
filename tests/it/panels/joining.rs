//! Joining a panel, and leaving it.

use actix_web::http::Method;
use civitas::people::Role;
use civitas::platform::db::schema::people;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::scene::{count, letters, season};
use crate::for_each_database;

for_each_database! {
    async fn a_panel_is_built_and_answers(w: &mut World) {
        let s = season(w).await;
        let invitation = json!({
            "email": "Jane@Harborbank.example", "name": "Jane Alvarez", "max_load": 2,
            "organisation": "Harbor Community Bank", "home_city": "Salem, MA",
            "sectors": ["finance"], "expert_in": ["private_capital"],
            "documents": [{"title": "Small loans", "text": "What I know."}],
        });
        let panel = s.path("panel-members");
        w.post(&s.ana, &panel, invitation.clone()).await.expect(403);
        let made = w.post(&s.abe, &panel, invitation.clone()).await.expect(201);
        assert_eq!(made.json["person"]["email"], "jane@harborbank.example");
        assert_eq!(made.json["documents"][0]["title"], "Small loans");
        assert_eq!(letters(w, "jane@harborbank.example"), ["panel-invitation"]);
        let again = w.post(&s.olive, &panel, invitation).await.expect(409);
        assert_eq!(again.problem(), "already-there");
        let wrong = json!({"email": "nobody", "max_load": 0, "expert_in": ["astrology"]});
        let wrong = w.post(&s.olive, &panel, wrong).await.expect(422);
        assert_eq!(wrong.json["errors"].as_array().unwrap().len(), 3, "{wrong}");

        let jane = w.sign_in(civitas::platform::ids::PersonId(made.json["person"]["id"].as_i64().unwrap()));
        let path = format!("/panel-members/{}", made.id());
        // An address that nobody has proven is nobody's.
        w.get(&jane, &path).await.expect(404);
        assert_eq!(w.get(&jane, "/me/panels").await.expect(200).items().len(), 0);
        let id = jane.id;
        w.write(move |w| {
            let now = w.now();
            let person = diesel::update(people::table.find(id));
            Ok(person.set(people::verified_at.eq(Some(now))).execute(w.conn())?)
        });
        assert_eq!(w.get(&jane, "/me/panels").await.expect(200).items().len(), 1);
        w.post(&s.olive, &format!("{path}/acceptance"), json!({})).await.expect(403);
        w.post(&s.ana, &format!("{path}/acceptance"), json!({})).await.expect(404);
        let accepted = w.post(&jane, &format!("{path}/acceptance"), json!({"note": "Gladly."})).await.expect(200);
        assert_eq!(accepted.json["state"], "accepted");
        assert_eq!(count(&letters(w, &s.abe.email), "panel-accepted"), 1);
        w.post(&jane, &format!("{path}/acceptance"), json!({})).await.expect(409);

        let facts = |load: i32| json!({
            "max_load": load, "organisation": "Harbor Community Bank", "home_city": "Salem, MA",
            "sectors": ["finance", "business"], "expert_in": [],
        });
        w.ask(&s.olive, Method::PUT, &path).json(&facts(3)).send().await.expect(428);
        w.edit(&s.abe, &path, |_| facts(3)).await.expect(403);
        w.edit(&jane, &path, |_| facts(3)).await.expect(422);
        let changed = w.edit(&s.olive, &path, |_| facts(3)).await.expect(200);
        assert_eq!(changed.json["sectors"], json!(["business", "finance"]));

        let text = json!({"title": "Lending", "text": "More."});
        let document = w.post(&jane, &format!("{path}/documents"), text).await.expect(201).id();
        let document = format!("/expertise-documents/{document}");
        w.get(&s.ana, &document).await.expect(404);
        w.edit(&s.olive, &document, |_| json!({"title": "Lending", "text": "Less."})).await.expect(200);
        w.delete(&s.abe, &document).await.expect(403);
        w.delete(&jane, &document).await.expect(204);
        w.get(&jane, &document).await.expect(404);

        let listed = w.get(&s.abe, &s.path("panel-members?state=accepted")).await.expect(200);
        assert_eq!(listed.items().len(), 1);
        w.get(&s.bo, &s.path("panel-members")).await.expect(403);
        w.post(&s.abe, &format!("{path}/ending"), json!({"reason": "No."})).await.expect(403);
        w.post(&s.olive, &format!("{path}/ending"), json!({"reason": " "})).await.expect(422);
        w.post(&s.olive, &format!("{path}/ending"), json!({"reason": "Moved."})).await.expect(200);
        assert_eq!(count(&letters(w, &jane.email), "panel-ended"), 1);
    }

    async fn a_lost_invitation_is_sent_again_and_declined_by_its_link_alone(w: &mut World) {
        let s = season(w).await;
        let asked = json!({"email": "jane@harborbank.example", "max_load": 2});
        let member = w.post(&s.abe, &s.path("panel-members"), asked).await.expect(201);
        let path = format!("/panel-members/{}", member.id());
        let lost = format!("/invitations/{}", w.link_to("jane@harborbank.example"));
        w.clock.advance(std::time::Duration::from_secs(60));
        w.post(&s.ana, &format!("{path}/invitation"), Value::Null).await.expect(404);
        w.post(&s.abe, &format!("{path}/invitation"), Value::Null).await.expect(200);
        assert_eq!(count(&letters(w, "jane@harborbank.example"), "panel-invitation"), 2);
        w.ask_page(Method::GET, &lost).send().await.expect(410);
        let link = format!("/invitations/{}", w.link_to("jane@harborbank.example"));
        let form = w.ask_page(Method::GET, &link).send().await.expect(200);
        assert!(form.text().contains("formnovalidate"), "{form}");
        assert!(form.text().contains("You are asked to review proposals of "), "{form}");
        let declined = w.ask_page(Method::POST, &link)
            .body("application/x-www-form-urlencoded", "answer=decline&password=&reason=I+moved.".to_owned())
            .send().await.expect(200);
        assert!(declined.text().contains("You declined"), "{declined}");
        let now = w.get(&s.olive, &path).await.expect(200);
        assert_eq!((&now.json["state"], &now.json["answer_reason"]), (&json!("declined"), &json!("I moved.")));
        let over = w.post(&s.abe, &format!("{path}/invitation"), Value::Null).await.expect(409);
        assert_eq!(over.problem(), "wrong-phase");
    }

    async fn officers_of_today_hear_what_ends_when_a_juror_leaves(w: &mut World) {
        let s = season(w).await;
        let omar = w.person("Omar").await;
        w.grant(&omar, Role::Officer, s.competition);
        let rita = s.reviewer(w, "Rita", 5).await;
        s.assign(w, s.lawrence, &rita).await.expect(201);
        s.assign(w, s.chelsea, &rita).await.expect(201);
        s.declare(w, &omar, s.chelsea).await.expect(200);
        let roles = format!("/competitions/{}/roles", s.competition);
        let of_olive = w.get(&s.olive, &roles).await.expect(200).items().iter()
            .find(|role| role["person"] == s.olive.id.0).unwrap()["id"].clone();
        let olive = w.sign_in(s.olive.id);
        w.delete(&olive, &format!("{roles}/{of_olive}")).await.expect(204);
        let member = w.get(&rita, "/me/panels").await.expect(200).items()[0]["id"].clone();
        let why = json!({"reason": "I moved away."});
        w.post(&rita, &format!("/panel-members/{member}/refusal"), why).await.expect(200);
        let left = "assignment-ended-with-the-panel";
        assert_eq!(count(&letters(w, &omar.email), left), 1, "of the one that is open to him");
        assert_eq!(count(&letters(w, &omar.email), "panel-declined"), 1);
        assert_eq!(count(&letters(w, &s.olive.email), left), 0);
        assert_eq!(count(&letters(w, &s.olive.email), "panel-declined"), 0);
    }
}
