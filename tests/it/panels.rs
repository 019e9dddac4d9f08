//! Who reviews what: the panel, ties, assignments.

use actix_web::http::Method;
use civitas::panels::jobs;
use civitas::people::Role;
use civitas::platform::db::schema::{messages, people};
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::for_each_database;
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
async fn opened(w: &mut World) -> (Actor, i64, i64) {
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

async fn submitted(
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
        w.ask(&abe, Method::PUT, &path)
            .json(&json!({"verdict": "eligible"}))
            .send()
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
    fn path(&self, rest: &str) -> String {
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

    async fn conflicts(&self, w: &World, query: &str) -> Vec<Value> {
        let path = self.path(&format!("conflicts?{query}"));
        w.get(&self.olive, &path).await.expect(200).items().to_vec()
    }

    async fn declare(&self, w: &World, who: &Actor, coalition: i64) -> Reply {
        let tie = json!({"coalition": coalition, "kind": "board", "years": "2009 to 2012"});
        w.post(who, &self.path("my-conflicts"), tie).await
    }
}

fn letters(w: &World, address: &str) -> Vec<String> {
    let address = address.to_owned();
    w.write(move |w| {
        Ok(messages::table
            .filter(messages::address.eq(&address))
            .order((messages::created_at, messages::kind))
            .select(messages::kind)
            .load(w.conn())?)
    })
}

fn count(letters: &[String], kind: &str) -> usize {
    letters.iter().filter(|known| *known == kind).count()
}

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

    async fn assignments_follow_the_rules(w: &mut World) {
        let s = season(w).await;
        let rita = s.reviewer(w, "Rita", 2).await;
        let stranger = w.person("Stranger").await;
        s.assign(w, s.lawrence, &stranger).await.expect(422);
        s.assign(w, 1, &rita).await.expect(422);
        let given = s.assign(w, s.lawrence, &rita).await.expect(201);
        assert_eq!(given.json["title"], "One table for Lawrence");
        assert_eq!(given.json["places"], json!(["Lawrence"]));
        assert_eq!(s.assign(w, s.lawrence, &rita).await.expect(409).problem(), "already-assigned");
        s.assign(w, s.chelsea, &rita).await.expect(201);
        assert_eq!(s.assign(w, s.holyoke, &rita).await.expect(409).problem(), "load-exceeded");
        let loads = w.get(&s.abe, &s.path("loads")).await.expect(200);
        assert_eq!(loads.items()[0]["load"], 2);

        let by_assistant = json!({"coalition": s.holyoke, "reviewer": rita.id});
        w.post(&s.abe, &s.path("assignments"), by_assistant).await.expect(403);
        let sam = s.reviewer(w, "Sam", 5).await;
        let pairs = json!({"pairs": [
            {"coalition": s.lawrence, "reviewer": sam.id},
            {"coalition": s.lawrence, "reviewer": sam.id},
            {"coalition": s.chelsea, "reviewer": rita.id},
        ]});
        let refused = w.post(&s.olive, &s.path("assignments/batches"), pairs).await.expect(422);
        let pointers: Vec<&Value> =
            refused.json["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
        assert_eq!(pointers, ["/pairs/1/reviewer", "/pairs/2/reviewer"]);
        let pairs = json!({"pairs": [
            {"coalition": s.lawrence, "reviewer": sam.id},
            {"coalition": s.chelsea, "reviewer": sam.id},
        ]});
        let given = w.post(&s.olive, &s.path("assignments/batches"), pairs).await.expect(200);
        assert_eq!(given.items().len(), 2);
        assert_eq!(count(&letters(w, &sam.email), "assignments-given"), 1);
        assert_eq!(count(&letters(w, &rita.email), "assignments-given"), 2);

        let of_lawrence = s.path(&format!("assignments?coalition={}", s.lawrence));
        assert_eq!(w.get(&s.abe, &of_lawrence).await.expect(200).items().len(), 2);
        w.get(&s.ana, &of_lawrence).await.expect(403);
        w.get(&sam, &of_lawrence).await.expect(403);
        w.get(&s.olive, &s.path("assignments?colour=red")).await.expect(400);
    }

    async fn a_reviewer_answers_each_assignment(w: &mut World) {
        let s = season(w).await;
        let rita = s.reviewer(w, "Rita", 5).await;
        let mut ids = Vec::new();
        for coalition in [s.lawrence, s.chelsea, s.holyoke] {
            ids.push(s.assign(w, coalition, &rita).await.expect(201).id());
        }
        let act = |id: i64, act: &str| format!("/assignments/{id}/{act}");
        let why = json!({"reason": "I am away."});
        let stranger = w.person("Stranger").await;
        w.get(&stranger, &format!("/assignments/{}", ids[0])).await.expect(404);
        w.post(&s.olive, &act(ids[0], "acceptance"), json!({})).await.expect(403);
        let accepted = w.post(&rita, &act(ids[0], "acceptance"), json!({})).await.expect(200);
        assert_eq!(accepted.json["state"], "accepted");
        assert_eq!(accepted.json.get("reviewer"), None);
        w.post(&rita, &act(ids[0], "refusal"), why.clone()).await.expect(409);
        w.post(&rita, &act(ids[1], "refusal"), json!({"reason": ""})).await.expect(422);
        w.post(&rita, &act(ids[1], "refusal"), why.clone()).await.expect(200);
        w.post(&rita, &act(ids[0], "recusal"), why.clone()).await.expect(200);
        w.post(&rita, &act(ids[2], "ending"), why.clone()).await.expect(403);
        w.post(&s.olive, &act(ids[2], "ending"), why.clone()).await.expect(200);
        w.post(&s.olive, &act(ids[2], "ending"), why).await.expect(409);
        let told = letters(w, &s.olive.email);
        assert_eq!(count(&told, "assignment-declined"), 1);
        assert_eq!(count(&told, "assignment-recused"), 1);
        assert_eq!(count(&letters(w, &rita.email), "assignment-ended"), 1);
        let own = w.get(&rita, "/me/assignments").await.expect(200);
        assert_eq!(own.items().len(), 3);
        assert_eq!(w.get(&rita, "/me/assignments?state=ended").await.expect(200).items().len(), 1);
        // What was declined can be asked again.
        s.assign(w, s.chelsea, &rita).await.expect(201);
    }

    async fn a_declared_conflict_closes_the_door_at_once(w: &mut World) {
        let s = season(w).await;
        let rita = s.reviewer(w, "Rita", 5).await;
        let assignment = s.assign(w, s.lawrence, &rita).await.expect(201).id();
        let assignment = format!("/assignments/{assignment}");
        w.post(&rita, &format!("{assignment}/acceptance"), json!({})).await.expect(200);
        let candidates = w.get(&rita, &s.path("conflict-candidates")).await.expect(200);
        assert_eq!(candidates.items().len(), 3);
        w.get(&s.ana, &s.path("conflict-candidates")).await.expect(403);
        s.declare(w, &s.ana, s.lawrence).await.expect(403);
        s.declare(w, &rita, 1).await.expect(422);
        s.declare(w, &rita, s.lawrence).await.expect(200);
        assert_eq!(s.declare(w, &rita, s.lawrence).await.expect(409).problem(), "already-there");

        w.get(&rita, &assignment).await.expect(404);
        w.post(&rita, &format!("{assignment}/recusal"), json!({"reason": "x"})).await.expect(404);
        assert_eq!(w.get(&rita, "/me/assignments").await.expect(200).items().len(), 0);
        let candidates = w.get(&rita, &s.path("conflict-candidates")).await.expect(200);
        assert_eq!(candidates.items().len(), 2);
        let own = w.get(&rita, "/me/conflicts").await.expect(200);
        assert_eq!(own.items()[0]["coalition_id"], s.lawrence);
        assert_eq!(own.items()[0].as_object().unwrap().len(), 4, "only that it exists: {own}");
        assert_eq!(count(&letters(w, &rita.email), "assignment-ended-by-conflict"), 1);
        assert_eq!(count(&letters(w, &s.olive.email), "conflict-review-lacking"), 1);
        let ended = w.get(&s.olive, &assignment).await.expect(200);
        assert_eq!(ended.json["state"], "ended");
        let again = s.assign(w, s.lawrence, &rita).await.expect(409);
        assert_eq!(again.problem(), "conflicted");
        assert!(again.json["detail"].as_str().unwrap().contains("board"), "{again}");

        // An officer who finds that it does not hold opens the door again.
        let conflict = s.conflicts(w, "state=confirmed").await[0]["id"].clone();
        let why = json!({"reason": "Another Lawrence."});
        w.post(&s.olive, &format!("/conflicts/{conflict}/dismissal"), why).await.expect(200);
        assert_eq!(count(&letters(w, &rita.email), "conflict-lifted"), 1);
        s.assign(w, s.lawrence, &rita).await.expect(201);
        // And the reviewer can insist.
        s.declare(w, &rita, s.lawrence).await.expect(200);
        assert_eq!(s.conflicts(w, "state=confirmed").await.len(), 1);
    }

    async fn nobody_declares_before_everything_is_in(w: &mut World) {
        let (olive, competition, stage) = opened(w).await;
        let (_, coalition) = submitted(w, &olive, competition, "Lawrence", "None.").await;
        let candidates = format!("/stages/{stage}/conflict-candidates");
        assert_eq!(w.get(&olive, &candidates).await.expect(409).problem(), "wrong-phase");
        let tie = json!({"coalition": coalition, "kind": "other"});
        let declared = w.post(&olive, &format!("/stages/{stage}/my-conflicts"), tie).await.expect(422);
        let absent = json!({"coalition": 1, "kind": "other"});
        let absent = w.post(&olive, &format!("/stages/{stage}/my-conflicts"), absent).await.expect(422);
        assert_eq!(declared.json["errors"], absent.json["errors"]);
        let rita = json!({"email": "rita@people.example", "max_load": 3});
        let rita = w.post(&olive, &format!("/stages/{stage}/panel-members"), rita).await.expect(201);
        let pair = json!({"coalition": coalition, "reviewer": rita.json["person"]["id"]});
        let early = w.post(&olive, &format!("/stages/{stage}/assignments"), pair).await.expect(409);
        assert_eq!(early.problem(), "wrong-phase");
    }

    async fn hints_close_nothing_until_an_officer_decides(w: &mut World) {
        let s = season(w).await;
        let jane = w.person_at("jane@chelsea.example").await;
        let invitation = json!({
            "email": jane.email, "max_load": 5,
            "organisation": "Harbor Community Bank, Inc.", "home_city": "Holyoke, MA",
        });
        w.post(&s.olive, &s.path("panel-members"), invitation).await.expect(201);
        let kinds = |hints: &[Value]| {
            let mut kinds: Vec<String> =
                hints.iter().map(|hint| hint["kind"].as_str().unwrap().to_owned()).collect();
            kinds.sort();
            kinds
        };
        assert_eq!(kinds(&s.conflicts(w, "state=hint").await), ["home_city", "mail_domain"]);
        let found = w.post(&s.olive, &s.path("conflict-detections"), Value::Null).await.expect(200);
        assert_eq!(found.json["found"], 1);
        let hints = s.conflicts(w, &format!("coalition={}", s.lawrence)).await;
        assert_eq!(hints[0]["kind"], "named");
        let evidence = hints[0]["evidence"].as_str().unwrap();
        assert!(evidence.contains("Who are your partners?: “Our bank is Harbor Community Bank.”"), "{evidence}");
        assert_eq!(w.get(&jane, "/me/conflicts").await.expect(200).items().len(), 0);

        let given = s.assign(w, s.lawrence, &jane).await.expect(201);
        assert_eq!(given.json["hints"], json!(["named"]));
        let hint = format!("/conflicts/{}", hints[0]["id"]);
        w.get(&jane, &hint).await.expect(404);
        w.get(&s.ana, &hint).await.expect(404);
        w.post(&s.abe, &format!("{hint}/dismissal"), json!({"reason": "No."})).await.expect(403);
        w.post(&s.olive, &format!("{hint}/dismissal"), json!({"reason": "A supplier."})).await.expect(200);
        let found = w.post(&s.olive, &s.path("conflict-detections"), Value::Null).await.expect(200);
        assert_eq!(found.json["found"], 0);
        assert_eq!(w.get(&s.olive, &hint).await.expect(200).json["state"], "dismissed");

        let domain = s.conflicts(w, &format!("coalition={}", s.chelsea)).await[0]["id"].clone();
        s.assign(w, s.chelsea, &jane).await.expect(201);
        w.post(&s.olive, &format!("/conflicts/{domain}/confirmation"), json!({})).await.expect(200);
        assert_eq!(count(&letters(w, &jane.email), "conflict-in-force"), 1);
        assert_eq!(count(&letters(w, &jane.email), "assignment-ended-by-conflict"), 1);
        assert_eq!(s.assign(w, s.chelsea, &jane).await.expect(409).problem(), "conflicted");
        assert_eq!(w.get(&jane, "/me/conflicts").await.expect(200).items().len(), 1);
    }

    async fn a_coalition_names_freely_and_learns_nothing(w: &mut World) {
        let s = season(w).await;
        let rita = s.reviewer(w, "rita", 5).await;
        let id = rita.id;
        w.write(move |w| {
            let person = diesel::update(people::table.find(id));
            Ok(person.set(people::name.eq("Rita Okafor")).execute(w.conn())?)
        });
        let path = format!("/coalitions/{}/conflict-namings", s.lawrence);
        let hit = json!({"name": "Dr. Rita Okafor", "reason": "We are in court."});
        let miss = json!({"name": "Nobody Here", "reason": "We are in court."});
        w.post(&s.bo, &path, hit.clone()).await.expect(404);
        w.post(&s.olive, &path, hit.clone()).await.expect(403);
        w.post(&s.ana, &path, json!({"reason": "x"})).await.expect(422);
        let hit = w.post(&s.ana, &path, hit).await.expect(201);
        let miss = w.post(&s.ana, &path, miss).await.expect(201);
        let shape = |reply: &Reply| reply.json.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(shape(&hit), shape(&miss));
        assert_eq!(w.get(&s.ana, &path).await.expect(200).items().len(), 2);
        assert_eq!(w.get(&s.abe, &path).await.expect(200).items().len(), 2);
        w.get(&rita, &path).await.expect(404);
        let hints = s.conflicts(w, "state=hint").await;
        assert_eq!(hints.len(), 1);
        assert_eq!(hints[0]["source"], "coalition");
        s.assign(w, s.lawrence, &rita).await.expect(201);
        let naming = format!("/conflict-namings/{}", hit.id());
        w.delete(&s.bo, &naming).await.expect(404);
        w.delete(&s.ana, &naming).await.expect(204);
        w.delete(&s.ana, &naming).await.expect(404);
    }

    async fn a_conflicted_officer_sees_nothing_of_it(w: &mut World) {
        let s = season(w).await;
        let rita = s.reviewer(w, "Rita", 5).await;
        let omar = w.person("Omar").await;
        w.grant(&omar, Role::Officer, s.competition);
        let given = s.assign(w, s.lawrence, &rita).await.expect(201).id();
        let tie = json!({"person": rita.id, "coalition": s.chelsea, "kind": "family", "note": "Cousins."});
        w.post(&s.abe, &s.path("conflicts"), tie.clone()).await.expect(403);
        let conflict = w.post(&omar, &s.path("conflicts"), tie.clone()).await.expect(201).id();
        let list = |reply: Reply| reply.expect(200).items().len();
        assert_eq!(list(w.get(&omar, &s.path("conflicts")).await), 1);
        assert_eq!(list(w.get(&omar, &s.path("assignments")).await), 1);
        s.declare(w, &omar, s.chelsea).await.expect(200);
        s.declare(w, &omar, s.lawrence).await.expect(200);
        assert_eq!(list(w.get(&omar, &s.path("conflicts")).await), 0);
        assert_eq!(list(w.get(&omar, &s.path("assignments")).await), 0);
        let loads = w.get(&omar, &s.path("loads")).await.expect(200);
        assert_eq!(loads.items()[0]["load"], 0);
        w.get(&omar, &format!("/conflicts/{conflict}")).await.expect(404);
        w.get(&omar, &format!("/assignments/{given}")).await.expect(404);
        let pair = json!({"coalition": s.lawrence, "reviewer": rita.id});
        let closed = w.post(&omar, &s.path("assignments"), pair).await.expect(422);
        let absent = json!({"coalition": 1, "reviewer": rita.id});
        let absent = w.post(&omar, &s.path("assignments"), absent).await.expect(422);
        assert_eq!(closed.json["errors"], absent.json["errors"]);
        let closed = w.post(&omar, &s.path("conflicts"), tie).await.expect(422);
        assert_eq!(closed.json["errors"][0]["pointer"], "/coalition");
        w.get(&omar, &format!("/coalitions/{}/conflict-namings", s.lawrence)).await.expect(404);

        // Letters about it go to the officers with open doors alone.
        w.post(&rita, &format!("/assignments/{given}/refusal"), json!({"reason": "x"})).await.expect(200);
        assert_eq!(count(&letters(w, &omar.email), "assignment-declined"), 0);
        assert_eq!(count(&letters(w, &s.olive.email), "assignment-declined"), 1);
    }

    async fn a_file_assigns_after_a_dry_run(w: &mut World) {
        let s = season(w).await;
        let rita = s.reviewer(w, "Rita", 1).await;
        let sam = s.reviewer(w, "Sam", 5).await;
        s.declare(w, &sam, s.holyoke).await.expect(200);
        let import = async |w: &World, query: &str, file: String| {
            let path = s.path(&format!("assignments/imports{query}"));
            w.ask(&s.olive, Method::POST, &path).body("text/csv", file).send().await
        };
        let file = format!(
            "reviewer,proposal\nRITA@people.example,{}\nsam@people.example,chelsea together\n",
            s.lawrence
        );
        let faulty = format!(
            "{file}{},One table for Chelsea\nsam@people.example,Holyoke Together\nnobody@x.example,Atlantis\n",
            rita.email
        );
        let tried = import(w, "?dry_run=true", faulty.clone()).await.expect(200);
        assert_eq!(tried.json["assigned"], 2, "{tried}");
        let problems: Vec<Value> = tried.json["lines"].as_array().unwrap().iter()
            .map(|line| json!([line["line"], line["problem"]["column"], line["problem"]["rule"]]))
            .collect();
        assert_eq!(json!(problems), json!([
            [2, null, null], [3, null, null],
            [4, "reviewer", "load-exceeded"], [5, "reviewer", "conflicted"], [6, "proposal", null],
        ]));
        let refused = import(w, "", faulty).await.expect(422);
        assert_eq!(refused.json["errors"][0]["pointer"], "/lines/4/reviewer");
        assert_eq!(w.get(&s.olive, &s.path("assignments")).await.expect(200).items().len(), 0);
        let done = import(w, "", file.clone()).await.expect(200);
        assert_eq!(done.json["assigned"], 2);
        assert_eq!(w.get(&sam, "/me/assignments").await.expect(200).items().len(), 1);
        import(w, "?dry_run=true", "name,mail\na,b\n".into()).await.expect(422);
        let json = w.post(&s.olive, &s.path("assignments/imports"), json!({})).await;
        assert_eq!(json.status, 415);
        import(w, "", file).await.expect(422);
    }

    async fn reviewers_are_reminded_once_for_each_time(w: &mut World) {
        let s = season(w).await;
        let rita = s.reviewer(w, "Rita", 5).await;
        let sam = s.reviewer(w, "Sam", 5).await;
        s.assign(w, s.lawrence, &rita).await.expect(201);
        s.assign(w, s.chelsea, &rita).await.expect(201);
        s.assign(w, s.chelsea, &sam).await.expect(201);
        let completion = s.path("screening-completion");
        w.post(&s.olive, &completion, Value::Null).await.expect(200);
        let done_by = sam.id;
        let remind = |w: &World| {
            w.write(move |w| jobs::due_reminders(w, &|_, one| Ok(one.person_id == done_by)))
        };
        let reminders = |w: &World, who: &Actor| count(&letters(w, &who.email), "review-reminder");
        remind(w);
        assert_eq!(reminders(w, &rita), 0);
        w.set_time("2026-05-13T21:00:00Z");
        remind(w);
        remind(w);
        assert_eq!(reminders(w, &rita), 1);
        w.set_time("2026-05-19T21:30:00Z");
        remind(w);
        assert_eq!(reminders(w, &rita), 2);
        w.set_time("2026-05-20T21:00:00Z");
        remind(w);
        assert_eq!(reminders(w, &rita), 2);
        assert_eq!(reminders(w, &sam), 0);
    }

    async fn who_joins_the_table_reads_no_more(w: &mut World) {
        let s = season(w).await;
        let rita = s.reviewer(w, "Rita", 5).await;
        let assignment = s.assign(w, s.lawrence, &rita).await.expect(201).id();
        let assignment = format!("/assignments/{assignment}");
        let (coalition, person) = (s.lawrence, rita.id);
        w.write(move |w| joins(w, coalition, person));
        w.get(&rita, &assignment).await.expect(404);
        let ended = w.write(jobs::end_closed_assignments);
        assert_eq!(ended, 1);
        assert_eq!(w.write(jobs::end_closed_assignments), 0);
        assert_eq!(count(&letters(w, &s.olive.email), "conflict-review-lacking"), 1);
        assert_eq!(s.assign(w, s.lawrence, &rita).await.expect(409).problem(), "conflicted");
    }
}

fn joins(
    w: &mut civitas::platform::db::Writes<'_>,
    coalition: i64,
    person: civitas::platform::ids::PersonId,
) -> civitas::platform::refusal::Result<()> {
    use civitas::platform::db::schema::members;
    let now = w.now();
    diesel::insert_into(members::table)
        .values((
            members::id.eq(7_777_777),
            members::coalition_id.eq(coalition),
            members::person_id.eq(person),
            members::role.eq("editor"),
            members::sections.eq("[]"),
            members::joined_at.eq(now),
            members::end_reason.eq(""),
        ))
        .execute(w.conn())?;
    Ok(())
}
