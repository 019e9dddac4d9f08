//! The capital stack of a draft.

use serde_json::json;

use super::scene::Scene;
use crate::for_each_database;

for_each_database! {
    async fn the_capital_stack_adds_up(w: &mut World) {
        let scene = Scene::open(w).await;
        let line = |source: &str, instrument: &str, amount: i64, status: &str, origin: &str| json!({
            "source": source, "sector": "finance", "instrument": instrument, "status": status,
            "amount": {"amount": amount, "currency": "USD"}, "use": "Loans", "origin": origin});
        let path = scene.path("/capital-stack");
        let lines = json!({"lines": [
            line("Living Cities", "grant", 277_000_000, "idea", "asked"),
            line("Living Cities", "pri_or_subordinate_debt", 400_000_000, "letter", "other"),
            line("A bank", "senior_commercial_debt", 1_500_000_000, "committed", "other")]});
        let saved = w.edit(&scene.convenor, &path, |_| lines.clone()).await.expect(200);
        let [sure, all] = [&saved.json["figures"][0], &saved.json["figures"][1]];
        assert_eq!(all["debt_per_grant"]["value"], "6.86", "{saved}");
        assert_eq!(sure["debt_per_grant"]["value"], "5.42", "{saved}");
        assert_eq!(sure["counted"], json!(["committed", "closed"]));
        assert_eq!(all["commercial_leverage"]["value"], "2.22");
        w.edit(&scene.contributor, &path, |_| lines).await.expect(403);
    }

    async fn a_line_is_kept_half_filled_and_submitted_whole(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.fill(w).await;
        let path = scene.path("/capital-stack");
        let half = json!({"lines": [
            {"source": "A bank"},
            {"source": "", "amount": {"amount": -1, "currency": "EUR"}, "status": "idea"},
            {"source": "The city", "sector": "public", "instrument": "grant", "origin": "other",
             "amount": {"amount": 5, "currency": "USD"}, "status": "letter", "redirected_from": " "},
        ]});
        let saved = w.edit(&scene.convenor, &path, |_| half).await.expect(200);
        assert_eq!(saved.json["lines"][0]["source"], "A bank");
        assert_eq!(saved.json["lines"][0]["amount"], serde_json::Value::Null);
        let warned: Vec<&str> = saved.json["warnings"].as_array().unwrap().iter()
            .map(|warning| warning["pointer"].as_str().unwrap()).collect();
        assert_eq!(warned, [
            "/lines/0/sector", "/lines/0/instrument", "/lines/0/amount", "/lines/0/status",
            "/lines/0/origin", "/lines/1/source", "/lines/1/sector", "/lines/1/instrument",
            "/lines/1/origin", "/lines/1/amount/amount", "/lines/1/amount/currency",
            "/lines/2/redirected_from"]);
        assert_eq!(saved.json["figures"][1]["total"]["amount"], 5);
        let refused = scene.submit(w, &scene.convenor).await.expect(422);
        let errors = refused.json["errors"].as_array().unwrap();
        assert_eq!(errors.len(), warned.len(), "{refused}");
        assert_eq!(errors[0]["pointer"], "/capital_stack/lines/0/sector");
        let shape = json!({"lines": [{"source": "A bank", "colour": "red"}]});
        w.edit(&scene.convenor, &path, |_| shape).await.expect(422);
        w.edit(&scene.convenor, &path, |_| json!({"lines": []})).await.expect(200);
        scene.submit(w, &scene.convenor).await.expect(201);
    }

    async fn a_contributor_can_be_given_the_money(w: &mut World) {
        let scene = Scene::open(w).await;
        let members = w.get(&scene.convenor, &format!("/coalitions/{}/members", scene.coalition)).await.expect(200);
        let all = members.json["items"].as_array().or(members.json.as_array()).unwrap();
        let contributor = all.iter().find(|member| member["role"] == "contributor").unwrap();
        let part = json!({"role": "contributor", "sections": ["capital_stack"]});
        let member = format!("/members/{}", contributor["id"]);
        w.edit(&scene.convenor, &member, |_| part).await.expect(200);
        let lines = json!({"lines": [{"source": "A bank"}]});
        w.edit(&scene.contributor, &scene.path("/capital-stack"), |_| lines).await.expect(200);
        scene.save(w, &scene.contributor, "idea", json!({})).await.expect(403);
    }
}
