//! Cities apply: eligibility, claims, members, seats.

use civitas::people::Role;
use civitas::people::accounts::{self, Newcomer};
use civitas::platform::db::schema::{conflicts, messages};
use civitas::platform::ids::{CoalitionId, CompetitionId, LinkId, PersonId};
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::for_each_database;
use crate::world::{Actor, Nobody, Reply, World};

const OPENS: &str = "2026-04-01T13:00:00Z";
const WHILE_OPEN: &str = "2026-04-02T13:00:00Z";
const DEADLINE: &str = "2026-04-24T21:00:00Z";

const PLACES: &str = "\
name,kind,region,country,mail_domain,fact,value,source,as_of
Lawrence,city,Massachusetts,US,cityoflawrence.example,population,76377,Census,2010
Chelsea,city,Massachusetts,US,,population,35177,Census,2010
Monson,city,Massachusetts,US,,population,8560,Census,2010
Holyoke,city,Massachusetts,US,,,,,
";

/// A call that is open, and its officer.
pub struct OpenCall {
    pub olive: Actor,
    pub competition: i64,
    pub lawrence: i64,
    pub chelsea: i64,
    pub monson: i64,
    pub holyoke: i64,
}

/// A published competition whose first stage is open.
pub async fn open_call(w: &mut World) -> OpenCall {
    let call = announced_call(w).await;
    w.set_time(WHILE_OPEN);
    call
}

/// A published competition whose first stage opens later.
async fn announced_call(w: &mut World) -> OpenCall {
    let olive = w.administrator("Olive").await;
    let call = json!({
        "programme": "Working Cities Challenge",
        "edition": "Massachusetts, round 1",
        "time_zone": "America/New_York",
        "currency": "USD",
        "required_sectors": ["residents", "public", "business"],
        "eligibility": [{
            "fact": "population", "operator": "at_least", "value": 35_000,
            "question": "How many people live there?",
            "reason": "The programme is for cities of at least 35,000 people.",
        }],
    });
    let competition = w.post(&olive, "/competitions", call).await.expect(201).id();
    let path = format!("/competitions/{competition}");
    let stage = json!({
        "name": "Full proposal", "kind": "full_proposal", "opens_at": OPENS, "deadline": DEADLINE,
    });
    w.post(&olive, &format!("{path}/stages"), stage)
        .await
        .expect(201);
    w.post(&olive, &format!("{path}/publication"), Value::Null)
        .await
        .expect(200);
    let import = w.ask(&olive, actix_web::http::Method::POST, "/places/imports");
    import.body("text/csv", PLACES).send().await.expect(200);
    let places = w.get(&olive, "/places?limit=200").await.expect(200);
    let id = |name: &str| {
        let place = places.items().iter().find(|place| place["name"] == name);
        place.unwrap()["id"].as_i64().unwrap()
    };
    OpenCall {
        competition,
        lawrence: id("Lawrence"),
        chelsea: id("Chelsea"),
        monson: id("Monson"),
        holyoke: id("Holyoke"),
        olive,
    }
}

impl OpenCall {
    /// Founds a coalition of one place.
    pub async fn found(&self, w: &World, who: &Actor, name: &str, place: i64) -> Reply {
        self.found_with(w, who, name, json!([{ "place_id": place }]))
            .await
    }

    pub async fn found_with(&self, w: &World, who: &Actor, name: &str, places: Value) -> Reply {
        let founding = json!({
            "name": name, "lead_organisation": "Community Works", "places": places,
        });
        let path = format!("/competitions/{}/coalitions", self.competition);
        w.post(who, &path, founding).await
    }
}

/// A convenor with a coalition that holds Lawrence.
pub async fn lawrence(w: &mut World, call: &OpenCall) -> (Actor, i64) {
    let ana = w.person_at("ana@cityoflawrence.example").await;
    let made = call
        .found(w, &ana, "Lawrence Working Cities", call.lawrence)
        .await
        .expect(201);
    (ana, made.id())
}

/// Lets a second pass, so that what follows is later than what was.
pub fn tick(w: &World) {
    w.clock.advance(std::time::Duration::from_secs(1));
}

/// Kinds of letters to an address, in the order of writing.
pub fn letters(w: &World, address: &str) -> Vec<String> {
    tick(w);
    let address = address.to_owned();
    w.write(move |w| {
        Ok(messages::table
            .filter(messages::address.eq(&address))
            .order((messages::created_at, messages::id))
            .select(messages::kind)
            .load(w.conn())?)
    })
}

/// The merge fields of the last letter of a kind to an address.
pub fn fields(w: &World, address: &str, kind: &str) -> Value {
    tick(w);
    let (address, kind) = (address.to_owned(), kind.to_owned());
    let fields: String = w.write(move |w| {
        Ok(messages::table
            .filter(messages::address.eq(&address))
            .filter(messages::kind.eq(&kind))
            .order((messages::created_at.desc(), messages::id.desc()))
            .select(messages::fields)
            .first(w.conn())?)
    });
    serde_json::from_str(&fields).unwrap()
}

/// The token of the link in the last letter of a kind.
pub fn token(w: &World, address: &str, kind: &str) -> String {
    let link = fields(w, address, kind)["link"].as_i64().unwrap();
    w.app.gate.keys.link_token(LinkId(link)).unwrap()
}

/// Invites somebody, who accepts from their list; gives the membership's path.
pub async fn joined(w: &World, by: &Actor, coalition: i64, who: &Actor, role: &str) -> String {
    tick(w);
    let path = format!("/coalitions/{coalition}/invitations");
    let asked = json!({ "email": who.email, "role": role });
    let invitation = w.post(by, &path, asked).await.expect(201).id();
    let path = format!("/coalition-invitations/{invitation}/acceptance");
    w.post(who, &path, Value::Null).await.expect(200);
    tick(w);
    membership(w, by, coalition, who).await
}

pub async fn membership(w: &World, by: &Actor, coalition: i64, who: &Actor) -> String {
    let members = w
        .get(by, &format!("/coalitions/{coalition}/members"))
        .await
        .expect(200);
    let member = members
        .items()
        .iter()
        .find(|one| one["person"]["id"] == who.id.0)
        .unwrap();
    format!("/members/{}", member["id"])
}

pub fn member_id(path: &str) -> i64 {
    path.trim_start_matches("/members/").parse().unwrap()
}

/// Records a confirmed conflict, as panels do.
pub fn conflict(w: &World, competition: i64, coalition: i64, person: PersonId) {
    w.write(move |w| {
        let (id, now) = (w.fresh_id::<i64>(), w.now());
        diesel::insert_into(conflicts::table)
            .values((
                conflicts::id.eq(id),
                conflicts::competition_id.eq(CompetitionId(competition)),
                conflicts::coalition_id.eq(CoalitionId(coalition)),
                conflicts::person_id.eq(person),
                conflicts::kind.eq("family"),
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

for_each_database! {
    async fn a_place_hears_at_once_whether_it_may_apply(w: &mut World) {
        let call = announced_call(w).await;
        let ana = w.person("Ana").await;
        let path = format!("/competitions/{}/eligibility-checks", call.competition);
        let ask = |place: i64, answers: Value| json!({ "place_id": place, "answers": answers });
        let yes = w.post(&ana, &path, ask(call.chelsea, json!({}))).await.expect(200);
        assert_eq!(yes.json["verdict"]["outcome"], "eligible");
        let no = w.post(&ana, &path, ask(call.monson, json!({ "population": 90_000 }))).await.expect(200);
        assert_eq!(no.json["verdict"]["outcome"], "not_eligible");
        assert_eq!(no.json["reasons"][0], "The programme is for cities of at least 35,000 people.");
        let open = w.post(&ana, &path, ask(call.holyoke, json!({}))).await.expect(200);
        assert_eq!(open.json["questions"][0]["fact"], "population");
        let answered = w.post(&ana, &path, ask(call.holyoke, json!({ "population": 39_880 }))).await.expect(200);
        assert_eq!(answered.json["verdict"]["outcome"], "eligible");
        w.post(&ana, &path, ask(1, json!({}))).await.expect(422);
        w.post(&Nobody, &path, ask(call.chelsea, json!({}))).await.expect(401);
        w.post(&ana, "/competitions/1/eligibility-checks", json!("?")).await.expect(404);

        let early = call.found(w, &ana, "Chelsea Thrives", call.chelsea).await.expect(409);
        assert_eq!(early.problem(), "not-open-yet");
        w.set_time("2026-04-25T00:00:00Z");
        let late = call.found(w, &ana, "Chelsea Thrives", call.chelsea).await.expect(409);
        assert_eq!(late.problem(), "deadline-passed");
    }

    async fn who_may_not_apply_founds_nothing(w: &mut World) {
        let call = open_call(w).await;
        let newcomer = Newcomer { email: "new@cityoflawrence.example".into(), ..Newcomer::default() };
        let id = w.write(move |w| Ok(accounts::add(w, &newcomer, None, false)?.id));
        let nora = w.sign_in(id);
        let unverified = call.found(w, &nora, "Lawrence", call.lawrence).await.expect(409);
        assert_eq!(unverified.problem(), "address-not-verified");

        let ana = w.person("Ana").await;
        let small = call.found(w, &ana, "Monson", call.monson).await.expect(409);
        assert_eq!(small.problem(), "not-eligible");
        assert!(small.json["detail"].as_str().unwrap().contains("35,000"), "{small}");
        let silent = call.found(w, &ana, "Holyoke", call.holyoke).await.expect(409);
        assert!(silent.json["detail"].as_str().unwrap().contains("How many"), "{silent}");
        let wrong = call.found_with(w, &ana, " ", json!([{ "place_id": 1 }, { "place_id": call.chelsea }, { "place_id": call.chelsea }])).await.expect(422);
        assert_eq!(wrong.json["errors"].as_array().unwrap().len(), 3, "{wrong}");
        call.found_with(w, &ana, "None", json!([])).await.expect(422);
        let none = w.get(&ana, &format!("/competitions/{}/coalitions", call.competition)).await.expect(200);
        assert_eq!(none.items().len(), 0);
    }

    async fn who_comes_second_is_shown_that_one_exists_and_asks_to_join(w: &mut World) {
        let call = open_call(w).await;
        let (ana, coalition) = lawrence(w, &call).await;
        let path = format!("/coalitions/{coalition}");
        let own = w.get(&ana, &path).await.expect(200);
        assert_eq!(own.json["claims"][0]["state"], "confirmed");
        assert_eq!(own.json["your_role"], "convenor");
        assert_eq!(letters(w, &ana.email), ["coalition-founded"]);
        assert_eq!(letters(w, &call.olive.email).last().unwrap(), "claim-made-and-confirmed");

        let ben = w.person("Ben").await;
        let second = call.found(w, &ben, "Lawrence Too", call.lawrence).await.expect(409);
        assert_eq!(second.problem(), "place-taken");
        let told = second.json["detail"].as_str().unwrap();
        assert!(told.contains("Lawrence Working Cities"), "{told}");
        let requests = format!("{path}/join-requests");
        assert!(told.contains(&requests), "{told}");
        w.get(&ben, &path).await.expect(404);

        let asked = w.post(&ben, &requests, json!({ "note": "I run the credit union." })).await.expect(201);
        assert_eq!(w.post(&ben, &requests, json!({})).await.expect(409).problem(), "already-there");
        w.get(&ben, &requests).await.expect(404);
        assert_eq!(letters(w, &ana.email).last().unwrap(), "join-asked");
        let waiting = w.get(&ana, &requests).await.expect(200);
        assert_eq!(waiting.items()[0]["note"], "I run the credit union.");
        let request = format!("/join-requests/{}", asked.id());
        w.get(&ben, &request).await.expect(200);
        w.post(&ben, &format!("{request}/acceptance"), json!({ "role": "editor" })).await.expect(404);
        w.post(&ana, &format!("{request}/acceptance"), json!({ "role": "convenor" })).await.expect(422);
        let unknown = json!({ "role": "contributor", "sections": ["nowhere"] });
        w.post(&ana, &format!("{request}/acceptance"), unknown).await.expect(422);
        let part = json!({ "role": "contributor", "sections": ["summary"] });
        w.post(&ana, &format!("{request}/acceptance"), part).await.expect(200);
        w.post(&ana, &format!("{request}/refusal"), Value::Null).await.expect(409);
        assert_eq!(letters(w, &ben.email), ["join-accepted"]);
        let seen = w.get(&ben, &path).await.expect(200);
        assert_eq!(seen.json["your_sections"], json!(["summary"]));
        w.get(&ben, &requests).await.expect(403);

        let cora = w.person("Cora").await;
        let asked = w.post(&cora, &requests, json!({})).await.expect(201).id();
        w.post(&ana, &format!("/join-requests/{asked}/refusal"), Value::Null).await.expect(200);
        assert_eq!(letters(w, &cora.email), ["join-declined"]);
        w.get(&cora, &path).await.expect(404);
        w.post(&cora, "/coalitions/1/join-requests", json!({})).await.expect(404);
    }

    async fn an_unconfirmed_claim_blocks_nobody_and_is_lost_to_a_confirmed_one(w: &mut World) {
        let call = open_call(w).await;
        let (ana, ben) = (w.person("Ana").await, w.person("Ben").await);
        let first = call.found(w, &ana, "Chelsea Thrives", call.chelsea).await.expect(201);
        assert_eq!(first.json["claims"][0]["state"], "claimed");
        assert_eq!(letters(w, &ana.email), ["coalition-founded-unconfirmed"]);
        assert_eq!(letters(w, &call.olive.email).last().unwrap(), "claim-made");
        let twice = call.found(w, &ana, "Chelsea Again", call.chelsea).await.expect(409);
        assert_eq!(twice.problem(), "already-there");
        let both = json!([{ "place_id": call.chelsea }, { "place_id": call.holyoke, "answers": { "population": 39_880 } }]);
        let second = call.found_with(w, &ben, "Two Cities", both).await.expect(201);

        let list = format!("/competitions/{}/coalitions", call.competition);
        assert_eq!(w.get(&call.olive, &list).await.expect(200).items().len(), 2);
        assert_eq!(w.get(&ana, &list).await.expect(200).items().len(), 1);
        let claimed = w.get(&call.olive, &format!("{list}?claim=claimed&place={}", call.holyoke)).await.expect(200);
        assert_eq!(claimed.items().len(), 1);
        w.get(&call.olive, &format!("{list}?colour=red")).await.expect(400);

        let claim_of = |reply: &Reply, at: usize| format!("/claims/{}", reply.json["claims"][at]["id"]);
        let (mine, theirs) = (claim_of(&first, 0), claim_of(&second, 0));
        w.post(&ana, &format!("{mine}/confirmation"), Value::Null).await.expect(403);
        w.post(&ben, &format!("{mine}/confirmation"), Value::Null).await.expect(404);
        let assistant = w.person("Asa").await;
        w.grant(&assistant, Role::Assistant, call.competition);
        w.post(&assistant, &format!("{mine}/confirmation"), Value::Null).await.expect(403);
        tick(w);
        w.post(&call.olive, &format!("{mine}/confirmation"), Value::Null).await.expect(200);
        assert_eq!(letters(w, &ana.email).last().unwrap(), "claim-confirmed");
        assert_eq!(letters(w, &ben.email).last().unwrap(), "claim-lost");
        w.post(&call.olive, &format!("{theirs}/confirmation"), Value::Null).await.expect(409);
        let left = w.get(&ben, &format!("/coalitions/{}", second.id())).await.expect(200);
        assert_eq!((&left.json["claims"][0]["state"], &left.json["live"]), (&json!("lost"), &json!(true)));

        let holyoke = claim_of(&second, 1);
        w.post(&call.olive, &format!("{holyoke}/refusal"), json!({ "reason": " " })).await.expect(422);
        tick(w);
        let reason = json!({ "reason": "The mayor's office knows nothing of it." });
        let over = w.post(&call.olive, &format!("{holyoke}/refusal"), reason).await.expect(200);
        assert_eq!(over.json["live"], false);
        assert_eq!(letters(w, &ben.email).last().unwrap(), "claim-refused-and-over");
        let invite = json!({ "email": "x@people.example", "role": "editor" });
        w.post(&ben, &format!("/coalitions/{}/invitations", second.id()), invite).await.expect(409);
        w.get(&ben, &format!("/coalitions/{}", second.id())).await.expect(200);
        let cora = w.person("Cora").await;
        w.post(&cora, &format!("/coalitions/{}/join-requests", second.id()), json!({})).await.expect(404);
    }

    async fn of_two_racing_founders_one_holds_the_place(w: &mut World) {
        let call = open_call(w).await;
        let mut founders = Vec::new();
        for name in ["ana", "ben", "cora", "dan"] {
            founders.push(w.person_at(&format!("{name}@cityoflawrence.example")).await);
        }
        let world: &World = w;
        let races = founders.iter().map(|who| call.found(world, who, &who.email, call.lawrence));
        let mut replies = futures_util::future::join_all(races).await;
        replies.sort_by_key(|reply| reply.status);
        let statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
        assert_eq!(statuses, [201, 409, 409, 409], "{replies:?}");
        for reply in &replies[1..] {
            assert_eq!(reply.problem(), "place-taken", "{reply}");
        }
    }

    async fn founding_counts_once_under_its_key(w: &mut World) {
        let call = open_call(w).await;
        let ana = w.person_at("ana@cityoflawrence.example").await;
        let path = format!("/competitions/{}/coalitions", call.competition);
        let body = json!({ "name": "L", "lead_organisation": "C", "places": [{ "place_id": call.lawrence }] });
        let mut replies = Vec::new();
        for _ in 0..2 {
            let ask = w.ask(&ana, actix_web::http::Method::POST, &path).header("idempotency-key", "k1");
            replies.push(ask.json(&body).send().await.expect(201));
        }
        assert_eq!(replies[0].bytes, replies[1].bytes);
        assert_eq!(replies[0].header("location"), Some(&*format!("/api/v1/coalitions/{}", replies[1].id())));
        assert_eq!(letters(w, &ana.email).len(), 1);
    }
}
