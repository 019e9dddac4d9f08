//! Screening, and telling what it found.

use civitas::competitions::model::StageActKind;
use civitas::people::Role;
use serde_json::json;

use super::letters::letters_to;
use super::scene::{AFTER, Scene};
use crate::for_each_database;

for_each_database! {
    async fn the_ineligible_are_told_when_the_officer_says_so(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.submitted(w).await;
        let assistant = w.person("Asa").await;
        w.grant(&assistant, Role::Assistant, scene.competition);
        let path = format!("/stages/{}/screenings/{}", scene.stage, scene.coalition);
        let notices = format!("/stages/{}/screening-notices", scene.stage);
        let put = |body: serde_json::Value| w.ask(&assistant, actix_web::http::Method::PUT, &path).json(&body).send();
        put(json!({"verdict": "eligible"})).await.expect(404);
        w.set_time(AFTER);
        let unreasoned = put(json!({"verdict": "ineligible"})).await.expect(422);
        assert_eq!(unreasoned.json["errors"][0]["pointer"], "/reason");
        let found = json!({"verdict": "ineligible", "reason": "No signature."});
        put(found.clone()).await.expect(200);
        assert_eq!(letters_to(w, "screening-ineligible", &scene.convenor), 0);
        w.post(&assistant, &notices, json!({})).await.expect(403);
        w.post(&scene.convenor, &notices, json!({})).await.expect(403);
        let told = w.post(&scene.officer, &notices, json!({})).await.expect(200);
        assert_eq!(told.json["told"], json!([scene.coalition]));
        let again = w.post(&scene.officer, &notices, json!({})).await.expect(200);
        assert_eq!(again.json["told"], json!([]));
        assert_eq!(letters_to(w, "screening-ineligible", &scene.convenor), 1);

        put(json!({"verdict": "eligible"})).await.expect(200);
        w.post(&scene.officer, &notices, json!({})).await.expect(200);
        assert_eq!(letters_to(w, "screening-eligible-after-all", &scene.signatory), 1);
        let list = w.get(&assistant, &format!("/stages/{}/screenings", scene.stage)).await.expect(200);
        assert_eq!(list.json[0]["told_verdict"], "eligible");
        w.get(&scene.convenor, &format!("/stages/{}/screenings", scene.stage)).await.expect(403);

        scene.act(w, StageActKind::ScreeningDone);
        let late = put(found.clone()).await.expect(409);
        assert_eq!(late.problem(), "wrong-phase");
    }
}
