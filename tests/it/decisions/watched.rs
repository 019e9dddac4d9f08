//! What those around the decisions see and are told: approvers, assistants, officers who are jurors.

use civitas::competitions::model::StageActKind;
use civitas::people::Role;
use serde_json::{Value, json};

use super::scene::{CHELSEA, HOLYOKE, LAWRENCE, PUBLIC, Scene, TOLD, letters, plain};
use crate::for_each_database;

for_each_database! {
    async fn reopened_reviews_void_an_approval(w: &mut World) {
        let s = Scene::with(w, json!({"docket_approval": true})).await;
        let approver = s.staff(w, "Abby", Role::Approver).await;
        s.decided(w).await;
        assert_eq!(s.verdict(w, &approver, "approved").await.expect(201).json["approved"], true);
        s.act(w, StageActKind::ReviewsReopened);
        w.write(civitas::decisions::jobs::tell_of_reopened_dockets);
        w.write(civitas::decisions::jobs::tell_of_reopened_dockets);
        for reader in [&approver, &s.officer] {
            assert_eq!(letters(w, "docket-voided", reader).len(), 1);
        }
        s.act(w, StageActKind::ReviewsClosed);
        let docket = w.get(&approver, &s.path("docket")).await.expect(200);
        assert_eq!((&docket.json["approved"], &docket.json["verdicts"][0]["current"]), (&json!(false), &json!(false)));
        assert_eq!(s.confirm(w, TOLD, PUBLIC).await.expect(409).problem(), "not-ready");
        s.verdict(w, &approver, "approved").await.expect(201);
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
    }

    async fn approvers_are_told_of_a_docket_and_find_it_later(w: &mut World) {
        let s = Scene::with(w, json!({"docket_approval": true})).await;
        let approver = s.staff(w, "Abby", Role::Approver).await;
        let lay = s.path("docket-layings");
        w.post(&s.officer, &lay, Value::Null).await.expect(409);
        s.decided(w).await;
        w.post(&approver, &lay, Value::Null).await.expect(403);
        // Out of order, and nobody says why: a reason that comes later would void the approval.
        s.decide(w, &s.officer, LAWRENCE, plain("waitlist")).await.expect(200);
        s.decide(w, &s.officer, CHELSEA, s.award(30_000_000)).await.expect(200);
        assert_eq!(w.post(&s.officer, &lay, Value::Null).await.expect(409).problem(), "not-ready");
        s.decide(w, &s.officer, CHELSEA, plain("waitlist")).await.expect(200);
        s.decided(w).await;
        w.post(&s.officer, &lay, Value::Null).await.expect(200);
        w.post(&s.officer, &lay, Value::Null).await.expect(200);
        assert_eq!(letters(w, "docket-laid", &approver).len(), 1, "once for each docket");
        s.verdict(w, &approver, "approved").await.expect(201);
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
        assert_eq!(letters(w, "announcement-confirmed", &approver).len(), 1);
        let docket = w.get(&approver, &s.path("docket")).await.expect(200);
        assert!(docket.json["cases"].as_array().unwrap().is_empty());
        let cases = docket.json["verdicts"][0]["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 3);
        let lawrence = cases.iter().find(|case| case["coalition"]["name"] == "Lawrence together").unwrap();
        assert_eq!((&lawrence["rank"], &lawrence["decision"]["outcome"]), (&json!(1), &json!("award")));
        let page = w.get(&approver, &s.path("docket.html")).await.expect(200);
        let html = page.text();
        assert!(html.contains("Lawrence together") && html.contains("resolution 2026-14"), "{html}");
        assert!(!html.contains("<script"));
        w.get(&s.signatory, &s.path("docket.html")).await.expect(403);
        // What an approver found to conflict is closed to them there too.
        assert_eq!(docket.json["verdicts"][0]["reason"], "As said at the meeting.");
        s.conflict(w, &approver, LAWRENCE);
        let docket = w.get(&approver, &s.path("docket")).await.expect(200);
        assert!(!docket.text().contains("Lawrence"), "{docket}");
        assert!(docket.json["verdicts"][0]["reason"].is_null(), "it may be about what is closed");
    }

    async fn an_approval_by_someone_found_to_conflict_covers_that_case_no_more(w: &mut World) {
        let s = Scene::with(w, json!({"docket_approval": true})).await;
        let approver = s.staff(w, "Abby", Role::Approver).await;
        let other = s.staff(w, "Abel", Role::Approver).await;
        s.decided(w).await;
        s.verdict(w, &approver, "approved").await.expect(201);
        s.conflict(w, &approver, LAWRENCE);
        assert_eq!(s.confirm(w, TOLD, PUBLIC).await.expect(409).problem(), "not-ready");
        s.verdict(w, &other, "approved").await.expect(201);
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
    }

    async fn an_officer_who_has_still_to_review_sees_nothing_of_that_case(w: &mut World) {
        let s = Scene::deciding(w).await;
        let juror = s.staff(w, "Otto", Role::Officer).await;
        s.decided(w).await;
        let assignment = s.assign(w, &juror, HOLYOKE);
        let closed = s.cities[HOLYOKE].coalition.to_string();
        for path in ["decisions", "releases?limit=200"] {
            let seen = w.get(&juror, &s.path(path)).await.expect(200);
            assert!(!seen.text().contains(&closed), "{path}: {seen}");
        }
        w.get(&juror, &s.case(HOLYOKE)).await.expect(404);
        let preview = w.post(&juror, &s.path("announcement-previews"), Value::Null).await.expect(200);
        assert!(!preview.text().contains(&closed), "{preview}");
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
        w.set_time(TOLD);
        assert!(w.get(&juror, &s.told(HOLYOKE)).await.expect(200).items().is_empty());
        // Giving the assignment back opens it.
        w.set_time("2026-06-01T13:00:00Z");
        let id = w.get(&s.officer, &s.path("announcements")).await.expect(200).items()[0]["id"].clone();
        let back = json!({"reason": "Otto gives his review back."});
        w.post(&s.officer, &format!("/announcements/{id}/call-back"), back.clone()).await.expect(200);
        w.post(&juror, &format!("/assignments/{assignment}/recusal"), back).await.expect(200);
        w.get(&juror, &s.case(HOLYOKE)).await.expect(200);
    }

    async fn assistants_read_what_was_told_and_not_what_waits(w: &mut World) {
        let s = Scene::deciding(w).await;
        let assistant = s.staff(w, "Asa", Role::Assistant).await;
        s.announced(w).await;
        let told = w.get(&s.cities[HOLYOKE].convenor, &s.told(HOLYOKE)).await.expect(200);
        let path = format!("/decisions/{}/corrections", told.items()[0]["id"]);
        let mut correction = s.award(10_000_000);
        correction["reason"] = "A letter went to the wrong city.".into();
        w.post(&s.officer, &path, correction).await.expect(201);
        let read = w.get(&assistant, &s.case(HOLYOKE)).await.expect(200);
        assert_eq!(read.json["decision"]["outcome"], "not_selected");
        let listed = w.get(&assistant, &s.path("decisions")).await.expect(200);
        assert!(!listed.text().contains("wrong city"), "{listed}");
        let drawn = async |who| w.get(who, &s.path("budget")).await.expect(200).json["drawn"]["amount"].clone();
        assert_eq!(drawn(&assistant).await, 30_000_000);
        assert_eq!(drawn(&s.officer).await, 40_000_000);
    }

    async fn a_correction_that_waits_frees_no_money(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.announced(w).await;
        let told = w.get(&s.signatory, &s.told(LAWRENCE)).await.expect(200);
        let path = format!("/decisions/{}/corrections", told.items()[0]["id"]);
        let mut less = s.award(10_000_000);
        less["reason"] = "The amount was wrong.".into();
        w.post(&s.officer, &path, less).await.expect(201);
        let promote = async |w: &crate::world::World, amount: i64| {
            let mut decision = s.award(amount);
            decision["reason"] = "Money was freed.".into();
            let coalition = s.cities[CHELSEA].coalition;
            w.post(&s.officer, &s.path("promotions"), json!({"coalition": coalition, "decision": decision})).await
        };
        assert_eq!(promote(w, 20_000_001).await.expect(409).problem(), "budget-exceeded");
        let now = "2026-06-12T13:01:00Z";
        s.confirm(w, now, now).await.expect(201);
        promote(w, 40_000_000).await.expect(201);
    }

    async fn a_correction_keeps_the_approved_summary(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.announced(w).await;
        let told = w.get(&s.signatory, &s.told(LAWRENCE)).await.expect(200);
        let id = told.items()[0]["id"].clone();
        let approved = json!({"summary": "One table.", "approved": true});
        w.edit(&s.officer, &format!("/decisions/{id}/public-summary"), |_| approved.clone()).await.expect(200);
        let mut less = s.award(10_000_000);
        less["reason"] = "The amount was wrong.".into();
        let made = w.post(&s.officer, &format!("/decisions/{id}/corrections"), less).await.expect(201);
        assert_eq!(made.json["decision"]["public_summary"], "One table.");
        assert_eq!(made.json["decision"]["summary_approved"], true);
    }

    async fn lists_are_narrowed_and_texts_reset(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.decide(w, &s.officer, LAWRENCE, plain("waitlist")).await.expect(200);
        let count = async |query: &str| {
            let path = s.path(&format!("decisions?{query}"));
            w.get(&s.officer, &path).await.expect(200).items().len()
        };
        assert_eq!(count("outcome=waitlist").await, 1);
        assert_eq!(count("undecided=true").await, 2);
        assert_eq!(count("out_of_order=true").await, 0);
        w.get(&s.officer, &s.path("decisions?outcome=winner")).await.expect(400);
        let narratives = format!("releases?coalition={}&limit=200", s.cities[CHELSEA].coalition);
        assert_eq!(w.get(&s.officer, &s.path(&narratives)).await.expect(200).items().len(), 8);
        let text = s.path("announcement-texts/award/en");
        let reset = async |w: &crate::world::World| {
            let etag = w.get(&s.officer, &text).await.expect(200).etag();
            w.ask(&s.officer, actix_web::http::Method::DELETE, &text)
                .header("if-match", &etag).send().await
        };
        reset(w).await.expect(404);
        w.edit(&s.officer, &text, |_| json!({"subject": "Hello", "body": "Well done."})).await.expect(200);
        reset(w).await.expect(204);
        assert_eq!(w.get(&s.officer, &text).await.expect(200).json["built_in"], true);
    }
}
