//! Recording decisions, alone and together, against the budget.

use civitas::competitions::model::StageActKind;
use civitas::people::Role;
use serde_json::{Value, json};

use super::scene::{CHELSEA, HOLYOKE, LAWRENCE, PUBLIC, Scene, TOLD, plain};
use crate::for_each_database;

for_each_database! {
    async fn decisions_wait_until_reviews_are_closed(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.act(w, StageActKind::ReviewsReopened);
        let officer = &s.officer;
        w.get(officer, &s.case(LAWRENCE)).await.expect(404);
        let early = w.post(officer, &s.path("decision-imports"), json!([])).await;
        assert_eq!(early.expect(409).problem(), "wrong-phase");
        s.act(w, StageActKind::ReviewsClosed);
        let nothing = w.get(officer, &s.case(LAWRENCE)).await.expect(200);
        assert_eq!(nothing.json["decision"], Value::Null);
        let done = s.decide(w, officer, LAWRENCE, plain("waitlist")).await.expect(200);
        assert_eq!(done.json["decision"]["outcome"], "waitlist");
    }

    async fn nobody_overwrites_silently(w: &mut World) {
        let s = Scene::deciding(w).await;
        let (officer, path) = (&s.officer, s.case(LAWRENCE));
        let unread = w.ask(officer, actix_web::http::Method::PUT, &path)
            .json(&plain("waitlist")).send().await;
        unread.expect(428);
        let read = w.get(officer, &path).await.expect(200).etag();
        w.put(officer, &path, &read, plain("waitlist")).await.expect(200);
        let stale = w.put(officer, &path, &read, plain("not_selected")).await.expect(412);
        assert_eq!(stale.json["current"]["decision"]["outcome"], "waitlist");
    }

    async fn the_budget_holds_to_the_cent(w: &mut World) {
        let s = Scene::deciding(w).await;
        let officer = &s.officer;
        let both = |grant: i64, debt: i64| json!({
            "outcome": "award", "rationale": "Strong.",
            "amounts": [
                {"line": s.lines[0], "amount": {"amount": grant, "currency": "USD"}},
                {"line": s.lines[1], "amount": {"amount": debt, "currency": "USD"}},
            ],
        });
        let lawrence = both(33_333_333, 50_000_000);
        s.decide(w, officer, LAWRENCE, lawrence).await.expect(200);
        let over = s.decide(w, officer, CHELSEA, both(16_666_668, 1)).await.expect(409);
        assert_eq!(over.problem(), "budget-exceeded");
        assert!(over.text().contains("USD 166,666.67"), "{over}");
        let chelsea = both(16_666_667, 50_000_001);
        s.decide(w, officer, CHELSEA, chelsea).await.expect(200);
        let budget = w.get(officer, &s.path("budget")).await.expect(200);
        let left: Vec<i64> = budget.json["lines"].as_array().unwrap().iter()
            .map(|line| line["left"]["amount"].as_i64().unwrap()).collect();
        assert_eq!(left, [0, 0]);
        assert_eq!(budget.json["drawn"]["amount"], 150_000_001);
        s.decide(w, officer, HOLYOKE, both(1, 1)).await.expect(409);
        // What is decided anew counts once.
        let lawrence = both(33_333_332, 50_000_000);
        s.decide(w, officer, LAWRENCE, lawrence).await.expect(200);
        let budget = w.get(officer, &s.path("budget")).await.expect(200);
        assert_eq!(budget.json["left"]["amount"], 1);
    }

    async fn an_import_is_all_or_nothing_with_every_error(w: &mut World) {
        let s = Scene::deciding(w).await;
        let (officer, path) = (&s.officer, s.path("decision-imports"));
        let of = |city: usize| s.cities[city].coalition;
        let wrong = json!([
            {"coalition": of(LAWRENCE), "decision": s.award(30_000_000)},
            {"coalition": of(CHELSEA), "version": 3, "decision": s.award(30_000_000)},
            {"coalition": 12, "decision": plain("advance")},
            {"coalition": of(LAWRENCE), "decision": {"outcome": "award", "rationale": ""}},
        ]);
        let refused = w.post(officer, &path, wrong).await.expect(422);
        let pointers: Vec<&str> = refused.json["errors"].as_array().unwrap().iter()
            .map(|error| error["pointer"].as_str().unwrap()).collect();
        assert_eq!(pointers, [
            "/1/version", "/2/coalition", "/3/coalition", "/3/decision/rationale",
            "/3/decision/amounts", "/1/decision/amounts/0/amount",
        ]);
        let listed = w.get(officer, &s.path("decisions")).await.expect(200);
        assert!(listed.items().iter().all(|case| case["decision"].is_null()), "{listed}");
        let right = json!([
            {"coalition": of(LAWRENCE), "decision": s.award(30_000_000)},
            {"coalition": of(CHELSEA), "decision": s.award(20_000_000)},
            {"coalition": of(HOLYOKE), "decision": plain("not_selected")},
        ]);
        let done = w.post(officer, &path, right).await.expect(200);
        assert_eq!(done.json["recorded"], 3);
        let listed = w.get(officer, &s.path("decisions")).await.expect(200);
        let cases: Vec<(&str, i64, bool)> = listed.items().iter().map(|case| (
            case["decision"]["outcome"].as_str().unwrap(),
            case["rank"].as_i64().unwrap(),
            case["out_of_order"].as_bool().unwrap(),
        )).collect();
        assert_eq!(cases, [("award", 1, false), ("award", 2, false), ("not_selected", 3, false)]);
    }

    async fn officers_alone_decide_and_read(w: &mut World) {
        let s = Scene::deciding(w).await;
        let assistant = s.staff(w, "Asa", Role::Assistant).await;
        let approver = s.staff(w, "Abby", Role::Approver).await;
        let funder = s.staff(w, "Fay", Role::Funder).await;
        let stranger = w.person("Stan").await;
        let member = &s.cities[LAWRENCE].convenor;
        for other in [&assistant, &approver, &funder, &stranger, member, &s.jurors[0]] {
            for path in ["decisions", "budget", "releases", "announcements", "announcement-texts"] {
                w.get(other, &s.path(path)).await.expect(403);
            }
            w.get(other, &s.case(LAWRENCE)).await.expect(403);
            let import = w.post(other, &s.path("decision-imports"), json!({})).await;
            import.expect(403);
            w.post(other, &s.path("announcements"), json!({})).await.expect(403);
        }
        s.announced(w).await;
        for reader in [&assistant, &approver] {
            w.get(reader, &s.path("decisions")).await.expect(200);
        }
        w.get(&funder, &s.path("decisions")).await.expect(403);
    }

    async fn a_decision_can_be_taken_back_until_it_is_announced(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.decided(w).await;
        let (officer, path) = (&s.officer, s.case(LAWRENCE));
        let etag = w.get(officer, &path).await.expect(200).etag();
        let delete = w.ask(officer, actix_web::http::Method::DELETE, &path)
            .header("if-match", &etag).send().await;
        delete.expect(204);
        let left = w.get(officer, &s.path("budget")).await.expect(200);
        assert_eq!(left.json["drawn"]["amount"], 0);
        s.decided(w).await;
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
        let etag = w.get(officer, &path).await.expect(200).etag();
        let delete = w.ask(officer, actix_web::http::Method::DELETE, &path)
            .header("if-match", &etag).send().await;
        assert_eq!(delete.expect(409).problem(), "wrong-phase");
    }
}
