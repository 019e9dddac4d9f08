//! Corrections, promotions and public summaries, after the announcement.

use serde_json::{Value, json};

use super::scene::{CHELSEA, HOLYOKE, LAWRENCE, Scene, letters, plain};
use crate::for_each_database;
use crate::world::{Nobody, World};

const LATER: &str = "2026-08-10T13:00:00Z";

fn because(mut decision: Value, reason: &str) -> Value {
    decision["reason"] = reason.into();
    decision["answer_by"] = Value::Null;
    decision
}

async fn told(w: &World, s: &Scene, city: usize) -> Value {
    let told = w
        .get(&s.cities[city].convenor, &s.told(city))
        .await
        .expect(200);
    told.items()[0].clone()
}

for_each_database! {
    async fn a_promotion_moves_up_within_the_freed_budget_with_its_own_letter(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.announced(w).await;
        let path = s.path("promotions");
        let of = |city: usize| s.cities[city].coalition;
        let promote = async |w: &World, city: usize, amount: i64| {
            let decision = because(s.award(amount), "The first city turned it down.");
            w.post(&s.officer, &path, json!({"coalition": of(city), "decision": decision})).await
        };
        // 200,000.00 are left until the first award lapses.
        let early = promote(w, CHELSEA, 20_000_001).await.expect(409);
        assert_eq!(early.problem(), "budget-exceeded");
        w.set_time(LATER);
        assert_eq!(promote(w, HOLYOKE, 1).await.expect(409).problem(), "wrong-phase");
        promote(w, CHELSEA, 50_000_000).await.expect(201);
        assert_eq!(promote(w, CHELSEA, 1).await.expect(409).problem(), "already-there");
        assert_eq!(told(w, &s, CHELSEA).await["outcome"], "waitlist", "not told yet");
        s.confirm(w, LATER, LATER).await.expect(201);
        let now = told(w, &s, CHELSEA).await;
        assert_eq!((&now["outcome"], &now["origin"]), (&json!("award"), &json!("promotion")));
        let sent = letters(w, "announcement", &s.cities[CHELSEA].convenor);
        let subject = "Chelsea together moves up from the waitlist of Working Cities Challenge: Round 1";
        assert_eq!(sent.len(), 2);
        assert_eq!(sent[1].2["subject"], subject);
        assert_eq!(letters(w, "announcement", &s.signatory).len(), 1, "nobody else hears of it");
    }

    async fn a_correction_takes_the_place_of_what_was_told_when_it_is_told(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.announced(w).await;
        let first = told(w, &s, HOLYOKE).await;
        let path = format!("/decisions/{}/corrections", first["id"]);
        let unexplained = w.post(&s.officer, &path, plain("waitlist")).await.expect(422);
        assert_eq!(unexplained.json["errors"][0]["pointer"], "/reason");
        let correction = because(plain("waitlist"), "A letter went to the wrong city.");
        w.post(&s.officer, &path, correction.clone()).await.expect(201);
        assert_eq!(told(w, &s, HOLYOKE).await, first);
        // What is recorded can be changed and taken back before it is told.
        let case = s.case(HOLYOKE);
        let etag = w.get(&s.officer, &case).await.expect(200).etag();
        let taken = w.ask(&s.officer, actix_web::http::Method::DELETE, &case)
            .header("if-match", &etag).send().await;
        taken.expect(204);
        let recorded = w.get(&s.officer, &case).await.expect(200);
        assert_eq!(recorded.json["decision"]["outcome"], "not_selected");
        w.post(&s.officer, &path, correction).await.expect(201);
        let now = "2026-06-12T13:01:00Z";
        s.confirm(w, now, now).await.expect(201);
        let after = told(w, &s, HOLYOKE).await;
        assert_eq!(after["outcome"], "waitlist");
        assert_eq!(after["reason"], "A letter went to the wrong city.");
        let sent = letters(w, "announcement", &s.cities[HOLYOKE].convenor);
        let body = sent[1].2["body"].as_str().unwrap();
        assert!(body.contains("The decision is now: it is on the waitlist."), "{body}");
        let stale = w.post(&s.officer, &path, because(plain("not_selected"), "x")).await;
        assert_eq!(stale.expect(409).problem(), "wrong-phase");
    }

    async fn a_summary_is_public_only_once_an_officer_approved_it(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.announced(w).await;
        let id = told(w, &s, LAWRENCE).await["id"].clone();
        let path = format!("/decisions/{id}/public-summary");
        let public = format!("/competitions/{}/awards", s.competition);
        let summary = async |w: &World| {
            w.get(&Nobody, &public).await.expect(200).items()[0]["summary"].clone()
        };
        let write = async |w: &World, body: Value| {
            let etag = w.get(&s.officer, &path).await.expect(200).etag();
            w.put(&s.officer, &path, &etag, body).await
        };
        write(w, json!({"summary": "", "approved": true})).await.expect(422);
        write(w, json!({"summary": "One table.", "approved": false})).await.expect(200);
        assert_eq!(summary(w).await, Value::Null);
        write(w, json!({"summary": "One table.", "approved": true})).await.expect(200);
        assert_eq!(summary(w).await, "One table.");
        w.get(&s.signatory, &path).await.expect(404);
    }
}
