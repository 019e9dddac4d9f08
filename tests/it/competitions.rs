//! Setting competitions up, as officers do it and as the public sees it.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::for_each_database;
use crate::world::{Actor, Nobody, Reply, Sender, World};
use civitas::people::Role;

pub fn call() -> Value {
    json!({
        "programme": "Working Cities Challenge",
        "edition": "Massachusetts, round 1",
        "time_zone": "America/New_York",
        "currency": "USD",
        "required_sectors": ["residents", "public", "business"],
        "eligibility": [{
            "fact": "population", "operator": "at_least", "value": 35_000,
            "reason": "The programme is for cities of at least 35,000 people."
        }],
        "match_required_percent": 20,
    })
}

pub const OPENS: &str = "2026-04-01T13:00:00Z";
const DEADLINE: &str = "2026-04-24T21:00:00Z";

pub async fn begun(w: &mut World) -> (Actor, i64) {
    let olive = w.administrator("Olive").await;
    let made = w.post(&olive, "/competitions", call()).await.expect(201);
    (olive, made.id())
}

/// An officer with a published competition of one stage that is scheduled.
async fn published(w: &mut World, more: Value) -> (Actor, i64, i64) {
    let (olive, id) = begun(w).await;
    let mut stage = json!({
        "name": "Full proposal", "kind": "full_proposal", "opens_at": OPENS, "deadline": DEADLINE,
    });
    let settings = stage.as_object_mut().unwrap();
    settings.extend(more.as_object().unwrap().clone());
    let stage = w
        .post(&olive, &format!("/competitions/{id}/stages"), stage)
        .await
        .expect(201);
    let publication = format!("/competitions/{id}/publication");
    w.post(&olive, &publication, Value::Null).await.expect(200);
    (olive, id, stage.id())
}

async fn patch(w: &World, who: &impl Sender, path: &str, change: Value) -> Reply {
    let etag = w.get(who, path).await.expect(200).etag();
    w.ask(who, Method::PATCH, path)
        .header("if-match", etag)
        .json(&change)
        .send()
        .await
}

async fn phase(w: &World, who: &impl Sender, stage: i64) -> String {
    let stage = w.get(who, &format!("/stages/{stage}")).await.expect(200);
    stage.json["phase"].as_str().unwrap().to_owned()
}

pub fn pointers(reply: &Reply) -> Vec<&str> {
    reply.json["errors"]
        .as_array()
        .unwrap_or_else(|| panic!("no errors in {reply}"))
        .iter()
        .map(|error| error["pointer"].as_str().unwrap())
        .collect()
}

for_each_database! {
    async fn a_draft_belongs_to_its_people_until_it_is_published(w: &mut World) {
        let ana = w.person("Ana").await;
        w.post(&ana, "/competitions", call()).await.expect(403);
        w.post(&Nobody, "/competitions", call()).await.expect(401);
        let (olive, id) = begun(w).await;
        let path = format!("/competitions/{id}");
        w.get(&Nobody, &path).await.expect(404);
        w.get(&ana, &path).await.expect(404);
        w.get(&ana, &format!("{path}/stages")).await.expect(404);
        w.get(&ana, &format!("{path}/budget-lines")).await.expect(404);
        assert_eq!(w.get(&Nobody, "/competitions").await.expect(200).items().len(), 0);
        assert_eq!(w.get(&olive, "/competitions").await.expect(200).items().len(), 1);
        let fay = w.person("Fay").await;
        w.grant(&fay, Role::Funder, id);
        w.get(&fay, &path).await.expect(200);
        w.get(&fay, &format!("{path}/budget-lines")).await.expect(403);
        patch(w, &fay, &path, json!({"summary": "mine"})).await.expect(403);

        let publication = format!("{path}/publication");
        let early = w.post(&olive, &publication, Value::Null).await.expect(409);
        assert_eq!(early.problem(), "not-ready");
        let stages = format!("{path}/stages");
        let stage = json!({"name": "Full proposal", "kind": "full_proposal"});
        let stage = w.post(&olive, &stages, stage).await.expect(201).id();
        w.post(&olive, &publication, Value::Null).await.expect(409);
        let stage = format!("/stages/{stage}");
        patch(w, &olive, &stage, json!({"opens_at": OPENS, "deadline": DEADLINE})).await.expect(200);
        w.get(&Nobody, &stage).await.expect(404);
        w.post(&ana, &publication, Value::Null).await.expect(404);
        w.post(&fay, &publication, Value::Null).await.expect(403);
        let live = w.post(&olive, &publication, Value::Null).await.expect(200);
        assert!(live.json["published_at"].is_string());
        w.post(&olive, &publication, Value::Null).await.expect(409);
        assert_eq!(w.get(&Nobody, &path).await.expect(200).json, live.json);
        let seen = w.get(&Nobody, &stage).await.expect(200);
        assert_eq!(seen.json["phase"], "scheduled");
        assert_eq!(seen.json["closes_at"], "2026-04-24T21:05:00.000000Z");
        assert!(seen.json["form"].is_object() && seen.json.get("staff").is_none());
        let list = w.get(&Nobody, "/competitions?published=true&programme=Working+Cities+Challenge").await.expect(200);
        assert_eq!(list.items()[0]["id"], id);
        w.get(&Nobody, "/competitions?colour=red").await.expect(400);
    }

    async fn faults_are_named_all_at_once_and_versions_are_compared(w: &mut World) {
        let (olive, id) = begun(w).await;
        let mut wrong = call();
        wrong["time_zone"] = json!("Boston");
        wrong["currency"] = json!("dollars");
        wrong["continues"] = json!(4711);
        wrong["eligibility"][0]["fact"] = json!("Population!");
        let refused = w.post(&olive, "/competitions", wrong).await.expect(422);
        assert_eq!(pointers(&refused), ["/time_zone", "/currency", "/eligibility/0/fact", "/continues"]);
        let twice = w.post(&olive, "/competitions", call()).await.expect(409);
        assert_eq!(twice.problem(), "already-there");

        let path = format!("/competitions/{id}");
        let first = w.get(&olive, &path).await.expect(200);
        w.ask(&olive, Method::PATCH, &path).json(&json!({})).send().await.expect(428);
        let change = |summary: &str| w.ask(&olive, Method::PATCH, &path)
            .header("if-match", first.etag()).json(&json!({"summary": summary})).send();
        let second = change("For resurgent cities.").await.expect(200);
        assert_eq!(second.etag(), w.get(&olive, &path).await.etag());
        let stale = change("Mine.").await.expect(412);
        assert_eq!(stale.json["current"]["summary"], "For resurgent cities.");
        let unknown = patch(w, &olive, &path, json!({"colour": "red"})).await.expect(422);
        assert_eq!(pointers(&unknown), ["/colour"]);
        let nul = patch(w, &olive, &path, json!({"summary": "a\u{0}b"})).await.expect(422);
        assert_eq!(pointers(&nul), ["/summary"]);
        w.get(&olive, "/competitions?programme=%00").await.expect(400);
    }

    async fn the_same_key_sets_up_one_competition(w: &mut World) {
        let olive = w.administrator("Olive").await;
        let send = |edition: &'static str| {
            let mut body = call();
            body["edition"] = json!(edition);
            w.ask(&olive, Method::POST, "/competitions").header("idempotency-key", "one").json(&body).send()
        };
        let first = send("round 1").await.expect(201);
        let again = send("round 1").await.expect(201);
        assert_eq!((first.text(), first.header("location")), (again.text(), again.header("location")));
        assert_eq!(send("round 2").await.expect(422).problem(), "key-reused");
    }

    async fn stages_come_with_safe_defaults_and_open_by_the_clock(w: &mut World) {
        let (olive, _, id) = published(w, json!({})).await;
        let path = format!("/stages/{id}");
        let stage = w.get(&olive, &path).await.expect(200).json;
        for (setting, value) in [
            ("sealed", json!(true)), ("grace_seconds", json!(300)), ("has_screening", json!(true)),
            ("reviews_per_submission", json!(3)), ("order_by", json!("raw_mean")), ("position", json!(1)),
        ] {
            assert_eq!(stage[setting], value, "{setting}");
        }
        assert_eq!(stage["rubric"]["criteria"][0]["key"], "systems_change");
        assert_eq!(stage["rubric"]["criteria"][0]["step"].to_string(), "0.1");
        for (at, phase_then) in [
            ("2026-04-01T12:59:59Z", "scheduled"), (OPENS, "open"), (DEADLINE, "open"),
            ("2026-04-24T21:00:01Z", "closed"), ("2026-04-24T21:05:00Z", "closed"),
            ("2026-04-24T21:05:01Z", "screening"),
        ] {
            w.set_time(at);
            assert_eq!(phase(w, &Nobody, id).await, phase_then, "{at}");
        }
    }

    async fn an_open_stage_keeps_its_meaning(w: &mut World) {
        let (olive, competition, id) = published(w, json!({})).await;
        let path = format!("/stages/{id}");
        let mut rubric = w.get(&olive, &path).await.json["rubric"].clone();
        rubric["criteria"][0]["weight"] = json!(40);
        let uneven = patch(w, &olive, &path, json!({"rubric": rubric})).await.expect(422);
        assert_eq!(pointers(&uneven), ["/rubric/criteria"]);
        rubric["criteria"][1]["weight"] = json!(10);
        patch(w, &olive, &path, json!({"rubric": rubric, "grace_seconds": 600})).await.expect(200);

        w.set_time(OPENS);
        let opened = w.get(&olive, &path).await.expect(200).json;
        assert_eq!(opened["texts_changed_at"], Value::Null);
        rubric["criteria"][0]["weight"] = json!(25);
        rubric["criteria"][1]["weight"] = json!(25);
        for change in [
            json!({"rubric": rubric}), json!({"kind": "design"}), json!({"grace_seconds": 300}),
            json!({"opens_at": DEADLINE, "deadline": "2026-05-01T00:00:00Z"}), json!({"sealed": false}),
            json!({"deadline": "2026-04-20T00:00:00Z", "reason": "Sooner."}),
        ] {
            let refused = patch(w, &olive, &path, change.clone()).await;
            assert_eq!((refused.status, refused.problem()), (409, "wrong-phase"), "{change}");
        }
        let mut form = opened["form"].clone();
        form["sections"][0]["questions"][0]["label"] = json!("What do you call it?");
        let reworded = patch(w, &olive, &path, json!({"form": form, "name": "The proposal"})).await.expect(200);
        assert!(reworded.json["texts_changed_at"].is_string());

        let later = json!({"deadline": "2026-05-01T21:00:00Z"});
        let silent = patch(w, &olive, &path, later.clone()).await.expect(422);
        assert_eq!(pointers(&silent), ["/reason"]);
        let mut with_reason = later;
        with_reason["reason"] = json!("Snow closed the schools for a week.");
        let moved = patch(w, &olive, &path, with_reason).await.expect(200);
        assert_eq!(moved.json["deadline"], "2026-05-01T21:00:00.000000Z");
        assert_eq!(moved.json["staff"]["acts"][0]["act"], "deadline_extended");
        patch(w, &olive, &format!("/competitions/{competition}"), json!({"match_required_percent": 5})).await.expect(409);
        patch(w, &olive, &format!("/competitions/{competition}"), json!({"summary": "Clearer."})).await.expect(200);
    }

    async fn acts_move_a_stage_on_and_reviews_can_be_reopened(w: &mut World) {
        let (olive, competition, id) = published(w, json!({})).await;
        let (ana, amir) = (w.person("Ana").await, w.person("Amir").await);
        w.grant(&amir, Role::Assistant, competition);
        let act = |name: &str| format!("/stages/{id}/{name}");
        let done = act("screening-completion");
        w.post(&Nobody, &done, Value::Null).await.expect(401);
        w.post(&ana, &done, Value::Null).await.expect(403);
        w.post(&olive, &done, Value::Null).await.expect(409);
        w.set_time("2026-04-25T00:00:00Z");
        w.post(&amir, &done, Value::Null).await.expect(403);
        let reviewing = w.post(&olive, &done, Value::Null).await.expect(200);
        assert_eq!(reviewing.json["phase"], "reviewing");
        w.post(&olive, &done, Value::Null).await.expect(409);
        patch(w, &olive, &format!("/stages/{id}"), json!({"order_by": "raw_median"})).await.expect(409);
        let reopening = act("review-reopening");
        let why = json!({"reason": "Two reviewers were ill."});
        w.post(&olive, &reopening, why.clone()).await.expect(409);
        let deciding = w.post(&olive, &act("review-closure"), Value::Null).await.expect(200);
        assert_eq!(deciding.json["phase"], "deciding");
        w.post(&olive, &reopening, json!({"reason": " "})).await.expect(422);
        let again = w.post(&olive, &reopening, why).await.expect(200);
        assert_eq!(again.json["phase"], "reviewing");
        assert_eq!(again.json["staff"]["acts"][2]["reason"], "Two reviewers were ill.");
        let public = w.get(&Nobody, &format!("/stages/{id}")).await.expect(200);
        assert!(!public.text().contains("ill."));
    }

    async fn an_interview_carries_the_last_submission_on(w: &mut World) {
        let (olive, competition, _) = published(w, json!({})).await;
        let stages = format!("/competitions/{competition}/stages");
        let wrong = json!({"name": "", "kind": "interview", "grace_seconds": -1, "reminder_hours": [0]});
        let refused = w.post(&olive, &stages, wrong).await.expect(422);
        assert_eq!(pointers(&refused), ["/name", "/grace_seconds", "/reminder_hours/0"]);
        let interview = json!({"name": "Interview", "kind": "interview", "has_screening": false,
            "opens_at": "2026-06-01T13:00:00Z", "reviews_per_submission": 2});
        let interview = w.post(&olive, &stages, interview).await.expect(201);
        assert_eq!((&interview.json["form"], &interview.json["position"]), (&Value::Null, &json!(2)));
        let visit = json!({"name": "Visit", "kind": "site_visit", "has_review": false});
        let visit = w.post(&olive, &stages, visit).await.expect(201);
        assert_eq!(visit.json["rubric"], Value::Null);
        let hidden = w.get(&Nobody, &format!("/stages/{}", visit.id())).await.expect(200);
        assert_eq!(hidden.json["phase"], "draft");
        w.set_time("2026-06-01T13:00:00Z");
        assert_eq!(phase(w, &Nobody, interview.id()).await, "reviewing");
        w.delete(&olive, &format!("/stages/{}", interview.id())).await.expect(409);
        w.delete(&olive, &format!("/stages/{}", visit.id())).await.expect(204);
        assert_eq!(w.get(&Nobody, &stages).await.expect(200).items().len(), 2);
    }

    async fn a_call_has_money_and_dates(w: &mut World) {
        let (olive, id, _) = published(w, json!({})).await;
        let ana = w.person("Ana").await;
        let lines = format!("/competitions/{id}/budget-lines");
        let line = |amount: i64, currency: &str| json!({"funder": "Competitive Partnership",
            "instrument": "grant", "amount": {"amount": amount, "currency": currency}});
        let wrong = w.post(&olive, &lines, line(0, "EUR")).await.expect(422);
        assert_eq!(pointers(&wrong), ["/amount/amount", "/amount/currency"]);
        let made = w.post(&olive, &lines, line(180_000_000, "USD")).await.expect(201);
        let path = format!("/budget-lines/{}", made.id());
        assert_eq!(made.header("location"), Some(format!("/api/v1{path}").as_str()));
        w.get(&ana, &lines).await.expect(403);
        w.get(&ana, &path).await.expect(404);
        let raised = w.edit(&olive, &path, |_| line(200_000_000, "USD")).await.expect(200);
        assert_eq!(raised.json["amount"]["amount"], 200_000_000);
        w.post(&olive, &lines, line(9_007_199_254_740_991, "USD")).await.expect(422);
        assert_eq!(w.get(&olive, &lines).await.expect(200).items().len(), 1);
        w.delete(&olive, &path).await.expect(204);
        w.get(&olive, &path).await.expect(404);
        let dates = format!("/competitions/{id}/call-dates");
        let date = |link: &str| json!({"kind": "workshop", "title": "Workshop",
            "starts_at": "2026-03-20T17:00:00Z", "link": link});
        w.post(&olive, &dates, date("javascript:alert(1)")).await.expect(422);
        w.post(&ana, &dates, date("")).await.expect(403);
        let date = w.post(&olive, &dates, date("https://example.org/workshop")).await.expect(201);
        assert_eq!(w.get(&Nobody, &dates).await.expect(200).items()[0], date.json);
        w.get(&Nobody, &format!("/call-dates/{}", date.id())).await.expect(200);
        w.delete(&ana, &format!("/call-dates/{}", date.id())).await.expect(403);
        w.delete(&olive, &format!("/call-dates/{}", date.id())).await.expect(204);
        assert_eq!(w.get(&Nobody, &format!("/competitions/{id}/amendments")).await.expect(200).items().len(), 0);
    }

    async fn an_announcement_changes_no_byte_before_its_time(w: &mut World) {
        let (olive, competition, id) = published(w, json!({"has_screening": false, "has_review": false})).await;
        w.set_time("2026-05-01T12:00:00Z");
        let path = format!("/stages/{id}");
        let before = w.get(&Nobody, &path).await.expect(200);
        assert_eq!(before.json["phase"], "deciding");
        announce(w, id, competition, "2026-05-02T12:00:00Z", "2026-05-03T12:00:00Z");
        assert_eq!(phase(w, &olive, id).await, "decided");
        assert_eq!(w.get(&Nobody, &path).await.text(), before.text());
        w.post(&olive, &format!("{path}/review-reopening"), json!({"reason": "Late."})).await.expect(409);
        w.set_time("2026-05-02T12:00:00Z");
        assert_eq!(phase(w, &olive, id).await, "told");
        assert_eq!(w.get(&Nobody, &path).await.text(), before.text());
        w.set_time("2026-05-03T12:00:00Z");
        assert_eq!(phase(w, &Nobody, id).await, "public");
    }

    async fn every_change_leaves_a_trace(w: &mut World) {
        let (olive, competition, id) = published(w, json!({})).await;
        patch(w, &olive, &format!("/competitions/{competition}"), json!({"summary": "Clearer."})).await.expect(200);
        patch(w, &olive, &format!("/stages/{id}"), json!({"name": "Proposals"})).await.expect(200);
        patch(w, &olive, &format!("/stages/{id}"), json!({"name": "Proposals"})).await.expect(200);
        w.set_time("2026-04-25T00:00:00Z");
        w.post(&olive, &format!("/stages/{id}/screening-completion"), Value::Null).await.expect(200);
        w.post(&olive, &format!("/stages/{id}/screening-completion"), Value::Null).await.expect(409);
        let mut acts = traces(w, competition);
        acts.sort();
        assert_eq!(acts, [
            "competition.changed", "competition.created", "competition.published", "role.granted",
            "stage.changed", "stage.created", "stage.screening_done",
        ]);
    }

    async fn a_new_edition_continues_an_earlier_one(w: &mut World) {
        let (olive, id, stage) = published(w, json!({"reviews_per_submission": 4})).await;
        let copies = format!("/competitions/{id}/copies");
        let ana = w.person("Ana").await;
        let next = json!({"edition": "Massachusetts, round 2"});
        w.post(&ana, &copies, next.clone()).await.expect(403);
        w.post(&olive, &copies, json!({"edition": "Massachusetts, round 1"})).await.expect(409);
        let copy = w.post(&olive, &copies, next).await.expect(201);
        assert_eq!((&copy.json["continues"], &copy.json["published_at"]), (&json!(id), &Value::Null));
        let stages = w.get(&olive, &format!("/competitions/{}/stages", copy.id())).await.expect(200);
        let first = &stages.items()[0];
        assert_ne!(first["id"], stage);
        assert_eq!((&first["phase"], &first["deadline"]), (&json!("draft"), &Value::Null));
        assert_eq!(first["reviews_per_submission"], 4);
        w.get(&ana, &format!("/competitions/{}", copy.id())).await.expect(404);
        let models = w.get(&ana, "/stage-models").await.expect(200);
        assert_eq!(models.json["rubrics"].as_array().unwrap().len(), 2);
    }
}

/// Confirms an announcement as the module of decisions would record it.
fn announce(w: &World, stage: i64, competition: i64, told: &str, public: &str) {
    use civitas::platform::clock::Instant;
    use civitas::platform::db::schema::announcements as rows;
    use diesel::prelude::*;

    let (told, public) = (
        Instant::parse(told).unwrap(),
        Instant::parse(public).unwrap(),
    );
    w.write(move |w| {
        let (id, now): (i64, Instant) = (w.fresh_id(), w.now());
        diesel::insert_into(rows::table)
            .values((
                rows::id.eq(id),
                rows::stage_id.eq(stage),
                rows::competition_id.eq(competition),
                rows::told_at.eq(told),
                rows::public_at.eq(public),
                rows::digest.eq(""),
                rows::record.eq("{}"),
                rows::confirmed_by.eq(1_i64),
                rows::confirmed_at.eq(now),
                rows::call_back_reason.eq(""),
            ))
            .execute(w.conn())?;
        Ok(())
    });
}

fn traces(w: &World, competition: i64) -> Vec<String> {
    use civitas::platform::db::schema::audit_log;
    use diesel::prelude::*;

    w.write(move |w| {
        Ok(audit_log::table
            .filter(audit_log::competition_id.eq(competition))
            .select(audit_log::act)
            .load(w.conn())?)
    })
}
