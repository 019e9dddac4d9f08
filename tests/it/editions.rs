//! Editions drafted side by side, published in time, reworded with a trace.

use actix_web::http::Method;
use civitas::people::Role;
use serde_json::{Value, json};

use crate::for_each_database;
use crate::world::{Actor, Nobody, Reply, World};

const OPENS: &str = "2026-04-01T13:00:00Z";
const DEADLINE: &str = "2026-04-24T21:00:00Z";

fn call(edition: &str) -> Value {
    json!({"programme": "Working Cities Challenge", "edition": edition,
        "time_zone": "America/New_York", "currency": "USD"})
}

/// Somebody who is officer of a competition that nobody else sees; its identity.
async fn office(w: &mut World, name: &str, edition: &str) -> (Actor, i64) {
    let officer = w.person(name).await;
    w.grant(&officer, Role::Officer, 4711);
    let made = w.post(&officer, "/competitions", call(edition)).await;
    (officer, made.expect(201).id())
}

async fn add_stage(w: &World, officer: &Actor, competition: i64, deadline: &str) -> Reply {
    let stage = json!({"name": "Full proposal", "kind": "full_proposal", "opens_at": OPENS,
        "deadline": deadline});
    let path = format!("/competitions/{competition}/stages");
    w.post(officer, &path, stage).await
}

async fn publish(w: &World, officer: &Actor, competition: i64) -> Reply {
    let path = format!("/competitions/{competition}/publication");
    w.post(officer, &path, Value::Null).await
}

async fn patch(w: &World, who: &Actor, path: &str, change: Value) -> Reply {
    let etag = w.get(who, path).await.expect(200).etag();
    w.ask(who, Method::PATCH, path)
        .header("if-match", etag)
        .json(&change)
        .send()
        .await
}

for_each_database! {
    async fn two_offices_draft_one_edition_and_the_first_publishes_it(w: &mut World) {
        let (ana, first) = office(w, "Ana", "Round 1").await;
        let (ben, second) = office(w, "Ben", "Round 1").await;
        let own = w.post(&ana, "/competitions", call("Round 1")).await.expect(409);
        assert_eq!(own.problem(), "already-there");
        w.get(&ben, &format!("/competitions/{first}")).await.expect(404);
        for (officer, competition) in [(&ana, first), (&ben, second)] {
            add_stage(w, officer, competition, DEADLINE).await.expect(201);
        }
        publish(w, &ben, second).await.expect(200);
        let late = publish(w, &ana, first).await.expect(409);
        assert_eq!(late.problem(), "already-there");
        let path = format!("/competitions/{first}");
        patch(w, &ana, &path, json!({"edition": "Round 1, inland"})).await.expect(200);
        publish(w, &ana, first).await.expect(200);
        patch(w, &ana, &path, json!({"edition": "Round 1"})).await.expect(409);
        let third = w.person("Cleo").await;
        w.grant(&third, Role::Officer, 4711);
        w.post(&third, "/competitions", call("Round 1")).await.expect(409);
    }

    async fn a_call_is_published_while_there_is_time(w: &mut World) {
        let (ana, id) = office(w, "Ana", "Round 1").await;
        let stage = add_stage(w, &ana, id, DEADLINE).await.expect(201).id();
        w.set_time(DEADLINE);
        let over = publish(w, &ana, id).await.expect(409);
        assert_eq!(over.problem(), "not-ready");
        let path = format!("/stages/{stage}");
        patch(w, &ana, &path, json!({"deadline": "2026-05-24T21:00:00Z"})).await.expect(200);
        publish(w, &ana, id).await.expect(200);
        let past = add_stage(w, &ana, id, "2026-04-20T21:00:00Z").await.expect(422);
        assert_eq!(past.json["errors"][0]["pointer"], "/deadline", "{past}");
        let later = json!({"name": "Full", "kind": "full_proposal"});
        let next = w.post(&ana, &format!("/competitions/{id}/stages"), later).await.expect(201);
        let next = format!("/stages/{}", next.id());
        let past = patch(w, &ana, &next, json!({"deadline": "2026-04-24T20:00:00Z"})).await.expect(422);
        assert_eq!(past.json["errors"][0]["pointer"], "/deadline", "{past}");
        patch(w, &ana, &next, json!({"deadline": "2026-06-24T20:00:00Z"})).await.expect(200);
    }

    async fn what_an_open_stage_said_before_can_be_read(w: &mut World) {
        let (ana, id) = office(w, "Ana", "Round 1").await;
        let stage = add_stage(w, &ana, id, DEADLINE).await.expect(201);
        publish(w, &ana, id).await.expect(200);
        let path = format!("/stages/{}", stage.id());
        let earlier = format!("{path}/earlier-texts");
        patch(w, &ana, &path, json!({"name": "The proposal"})).await.expect(200);
        assert!(w.get(&ana, &earlier).await.expect(200).items().is_empty(), "it was not open");
        w.set_time(OPENS);
        let before = w.get(&ana, &path).await.expect(200).json;
        let mut form = before["form"].clone();
        form["sections"][0]["questions"][0]["label"] = json!("What do you call it?");
        patch(w, &ana, &path, json!({"form": form})).await.expect(200);
        patch(w, &ana, &path, json!({"reminder_hours": [12]})).await.expect(200);
        let texts = w.get(&ana, &earlier).await.expect(200);
        assert_eq!(texts.items().len(), 1);
        assert_eq!(texts.items()[0]["name"], "The proposal");
        assert_eq!(texts.items()[0]["form"], before["form"]);
        assert_eq!(texts.items()[0]["rubric"], before["rubric"]);
        assert_eq!(texts.items()[0]["replaced_by"], ana.id.0);
        let ben = w.person("Ben").await;
        w.get(&ben, &earlier).await.expect(403);
        w.get(&Nobody, &earlier).await.expect(401);
    }

    async fn a_section_is_not_called_like_the_capital_stack(w: &mut World) {
        let (ana, id) = office(w, "Ana", "Round 1").await;
        let form = json!({"sections": [{"key": "capital_stack", "title": "Money", "questions": [
            {"key": "ask", "label": "How much?", "kind": {"type": "money"}}]}]});
        let stage = json!({"name": "Full", "kind": "full_proposal", "form": form});
        let refused = w.post(&ana, &format!("/competitions/{id}/stages"), stage).await.expect(422);
        assert_eq!(refused.json["errors"][0]["pointer"], "/form/sections/0/key");
    }
}
