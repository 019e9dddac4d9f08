//! A stage under screening, and the panel that is to review it.

use actix_web::http::Method;
use civitas::people::Role;
use civitas::platform::db::schema::messages;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::world::{Actor, Reply, World};

const PLACES: &str = "\
name,kind,region,country,mail_domain,fact,value,source,as_of
Lawrence,city,Massachusetts,US,lawrence.example,population,76377,Census,2010
Chelsea,city,Massachusetts,US,chelsea.example,population,35177,Census,2010
Holyoke,city,Massachusetts,US,holyoke.example,population,39880,Census,2010
";

/// A stage under screening with three submissions.
pub struct Season {
    pub olive: Actor,
    pub abe: Actor,
    pub competition: i64,
    pub stage: i64,
    pub ana: Actor,
    pub bo: Actor,
    pub lawrence: i64,
    pub chelsea: i64,
    pub holyoke: i64,
}

fn stage_settings() -> Value {
    json!({
        "name": "Full proposal", "kind": "full_proposal",
        "opens_at": "2026-04-01T13:00:00Z", "deadline": "2026-04-24T21:00:00Z",
        "review_deadline": "2026-05-20T21:00:00Z", "reminder_hours": [168, 24],
        "reviews_per_submission": 2,
        "form": {"sections": [{"key": "about", "title": "About", "questions": [{
            "key": "partners", "label": "Who are your partners?",
            "kind": {"type": "long_text", "max_words": 200}, "visibility": "panel",
        }]}]},
    })
}

/// The call is open, nobody has submitted.
pub async fn opened(w: &mut World) -> (Actor, i64, i64) {
    let olive = w.administrator("Olive").await;
    let call = json!({
        "programme": "Working Cities Challenge", "edition": "Massachusetts, round 1",
        "time_zone": "America/New_York", "currency": "USD",
    });
    let competition = w.post(&olive, "/competitions", call).await.expect(201).id();
    let path = format!("/competitions/{competition}");
    let stages = format!("{path}/stages");
    let stage = w
        .post(&olive, &stages, stage_settings())
        .await
        .expect(201)
        .id();
    w.post(&olive, &format!("{path}/publication"), Value::Null)
        .await
        .expect(200);
    let import = w.ask(&olive, Method::POST, "/places/imports");
    import.body("text/csv", PLACES).send().await.expect(200);
    w.set_time("2026-04-02T13:00:00Z");
    (olive, competition, stage)
}

pub async fn submitted(
    w: &mut World,
    olive: &Actor,
    competition: i64,
    name: &str,
    partners: &str,
) -> (Actor, i64) {
    let places = w.get(olive, "/places?limit=200").await.expect(200);
    let place = places
        .items()
        .iter()
        .find(|place| place["name"] == name)
        .unwrap()["id"]
        .clone();
    let convenor = w
        .person_at(&format!("convenor@{}.example", name.to_lowercase()))
        .await;
    let founding = json!({
        "name": format!("{name} Together"), "lead_organisation": format!("{name} Works"),
        "places": [{"place_id": place}],
    });
    let path = format!("/competitions/{competition}/coalitions");
    let coalition = w.post(&convenor, &path, founding).await.expect(201).id();
    let proposals = format!("/coalitions/{coalition}/proposals");
    let title = json!({"title": format!("One table for {name}")});
    let proposal = w.post(&convenor, &proposals, title).await.expect(201).id();
    let section = format!("/proposals/{proposal}/sections/about");
    w.edit(
        &convenor,
        &section,
        |_| json!({"answers": {"partners": partners}}),
    )
    .await
    .expect(200);
    let submissions = format!("/proposals/{proposal}/submissions");
    w.post(&convenor, &submissions, json!({})).await.expect(201);
    (convenor, coalition)
}

/// Three cities have submitted, the stage is closed, all are eligible.
pub async fn season(w: &mut World) -> Season {
    let (olive, competition, stage) = opened(w).await;
    let (ana, lawrence) = submitted(
        w,
        &olive,
        competition,
        "Lawrence",
        "Our bank is Harbor Community Bank.",
    )
    .await;
    let (bo, chelsea) = submitted(w, &olive, competition, "Chelsea", "The schools.").await;
    let (_, holyoke) = submitted(w, &olive, competition, "Holyoke", "The hospital.").await;
    w.set_time("2026-04-25T13:00:00Z");
    let abe = w.person("Abe").await;
    w.grant(&abe, Role::Assistant, competition);
    for coalition in [lawrence, chelsea, holyoke] {
        let path = format!("/stages/{stage}/screenings/{coalition}");
        w.edit(&abe, &path, |_| json!({"verdict": "eligible"}))
            .await
            .expect(200);
    }
    Season {
        olive,
        abe,
        competition,
        stage,
        ana,
        bo,
        lawrence,
        chelsea,
        holyoke,
    }
}

impl Season {
    pub fn path(&self, rest: &str) -> String {
        format!("/stages/{}/{rest}", self.stage)
    }

    /// Someone on the panel who has said yes.
    pub async fn reviewer(&self, w: &mut World, name: &str, max_load: i32) -> Actor {
        let person = w.person(name).await;
        let invitation = json!({"email": person.email, "max_load": max_load});
        let member = w
            .post(&self.olive, &self.path("panel-members"), invitation)
            .await
            .expect(201);
        let path = format!("/panel-members/{}/acceptance", member.id());
        w.post(&person, &path, json!({})).await.expect(200);
        person
    }

    /// Gives a submission to a reviewer.
    pub async fn assign(&self, w: &World, coalition: i64, reviewer: &Actor) -> Reply {
        let pair = json!({"coalition": coalition, "reviewer": reviewer.id});
        w.post(&self.olive, &self.path("assignments"), pair).await
    }

    pub async fn conflicts(&self, w: &World, query: &str) -> Vec<Value> {
        let path = self.path(&format!("conflicts?{query}"));
        w.get(&self.olive, &path).await.expect(200).items().to_vec()
    }

    pub async fn declare(&self, w: &World, who: &Actor, coalition: i64) -> Reply {
        let tie = json!({"coalition": coalition, "kind": "board", "years": "2009 to 2012"});
        w.post(who, &self.path("my-conflicts"), tie).await
    }
}

pub fn letters(w: &World, address: &str) -> Vec<String> {
    let address = address.to_owned();
    w.write(move |w| {
        Ok(messages::table
            .filter(messages::address.eq(&address))
            .order((messages::created_at, messages::kind))
            .select(messages::kind)
            .load(w.conn())?)
    })
}

pub fn count(letters: &[String], kind: &str) -> usize {
    letters.iter().filter(|known| *known == kind).count()
}
