//! Screening, and telling what it found.

use civitas::competitions::model::StageActKind;
use civitas::panels::model::AssignmentState;
use civitas::people::Role;
use serde_json::{Value, json};

use super::letters::letters_to;
use super::scene::{AFTER, Scene};
use crate::for_each_database;
use crate::world::{Actor, Reply, World};

/// Marks the coalition's submission over what is there.
async fn mark(w: &World, scene: &Scene, who: &Actor, found: Value) -> Reply {
    let path = format!("/stages/{}/screenings/{}", scene.stage, scene.coalition);
    w.edit(who, &path, |_| found).await
}

async fn assistant(w: &mut World, scene: &Scene) -> Actor {
    let assistant = w.person("Asa").await;
    w.grant(&assistant, Role::Assistant, scene.competition);
    assistant
}

for_each_database! {
    async fn the_ineligible_are_told_when_the_officer_says_so(w: &mut World) {
        let scene = Scene::open(w).await;
        let submission = format!("/submissions/{}", scene.submitted(w).await);
        let assistant = assistant(w, &scene).await;
        let path = format!("/stages/{}/screenings/{}", scene.stage, scene.coalition);
        let notices = format!("/stages/{}/screening-notices", scene.stage);
        w.get(&assistant, &path).await.expect(404);
        w.put(&assistant, &path, "\"x\"", json!({"verdict": "eligible"})).await.expect(404);
        w.set_time(AFTER);
        let unreasoned = mark(w, &scene, &assistant, json!({"verdict": "ineligible"})).await.expect(422);
        assert_eq!(unreasoned.json["errors"][0]["pointer"], "/reason");
        let found = |reason: &str| json!({"verdict": "ineligible", "reason": reason});
        let before = w.get(&scene.officer, &path).await.expect(200).etag();
        mark(w, &scene, &assistant, found("No signature.")).await.expect(200);
        let stale = w.put(&scene.officer, &path, &before, json!({"verdict": "eligible"})).await.expect(412);
        assert_eq!(stale.json["current"]["reason"], "No signature.");
        assert_eq!(letters_to(w, "screening-ineligible", &scene.convenor), 0);
        w.post(&assistant, &notices, json!({})).await.expect(403);
        w.post(&scene.convenor, &notices, json!({})).await.expect(403);
        let of_member = w.get(&scene.convenor, &submission).await.expect(200);
        assert_eq!(of_member.json["screening"], Value::Null, "not told yet");
        let told = w.post(&scene.officer, &notices, json!({})).await.expect(200);
        assert_eq!(told.json["told"], json!([scene.coalition]));
        let again = w.post(&scene.officer, &notices, json!({})).await.expect(200);
        assert_eq!(again.json["told"], json!([]));
        assert_eq!(letters_to(w, "screening-ineligible", &scene.convenor), 1);
        let of_member = w.get(&scene.convenor, &submission).await.expect(200);
        assert_eq!(of_member.json["screening"]["reason"], "No signature.");

        w.clock.advance(std::time::Duration::from_secs(60));
        mark(w, &scene, &assistant, found("No budget.")).await.expect(200);
        let of_member = w.get(&scene.convenor, &submission).await.expect(200);
        assert_eq!(of_member.json["screening"]["reason"], "No signature.", "as it was told");
        w.post(&scene.officer, &notices, json!({})).await.expect(200);
        assert_eq!(letters_to(w, "screening-reason-corrected", &scene.convenor), 1);
        assert_eq!(letters_to(w, "screening-ineligible", &scene.convenor), 1);
        let of_member = w.get(&scene.convenor, &submission).await.expect(200);
        assert_eq!(of_member.json["screening"]["reason"], "No budget.");

        mark(w, &scene, &assistant, json!({"verdict": "eligible"})).await.expect(200);
        w.post(&scene.officer, &notices, json!({})).await.expect(200);
        assert_eq!(letters_to(w, "screening-eligible-after-all", &scene.signatory), 1);
        let list = format!("/stages/{}/screenings", scene.stage);
        let found = w.get(&assistant, &list).await.expect(200);
        assert_eq!(found.items()[0]["told_verdict"], "eligible");
        assert_eq!(found.items()[0]["title"], "One table");
        assert_eq!(found.items()[0]["coalition"], "Lawrence together");
        for (query, count) in [("none", 0), ("eligible", 1), ("ineligible", 0)] {
            for list in ["screenings", "submissions"] {
                let path = format!("/stages/{}/{list}?screening={query}", scene.stage);
                assert_eq!(w.get(&assistant, &path).await.expect(200).items().len(), count, "{path}");
            }
        }
        for (query, count) in [("text=LAWR", 1), ("text=chelsea", 0), ("in_grace=true", 0)] {
            let path = format!("/stages/{}/submissions?{query}", scene.stage);
            assert_eq!(w.get(&assistant, &path).await.expect(200).items().len(), count, "{path}");
        }
        w.get(&assistant, &format!("{list}?colour=red")).await.expect(400);
        w.get(&scene.convenor, &list).await.expect(403);
    }

    async fn a_mistake_is_mended_until_reviews_are_closed(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.submitted(w).await;
        let assistant = assistant(w, &scene).await;
        w.set_time(AFTER);
        mark(w, &scene, &assistant, json!({"verdict": "eligible"})).await.expect(200);
        let reviewer = scene.reviewer(w, "Rita", AssignmentState::Accepted).await;
        scene.act(w, StageActKind::ScreeningDone);
        let found = json!({"verdict": "ineligible", "reason": "It is not a city."});
        mark(w, &scene, &assistant, found.clone()).await.expect(403);
        mark(w, &scene, &scene.officer, found.clone()).await.expect(200);
        let own = w.get(&reviewer, "/me/assignments").await.expect(200);
        assert_eq!(own.items()[0]["state"], "ended");
        assert_eq!(letters_to(w, "assignment-ended", &reviewer), 1);
        let unreasoned = mark(w, &scene, &scene.officer, json!({"verdict": "eligible"})).await.expect(422);
        assert_eq!(unreasoned.json["errors"][0]["pointer"], "/reason");
        let mended = json!({"verdict": "eligible", "reason": "It is one, by charter."});
        mark(w, &scene, &scene.officer, mended).await.expect(200);
        scene.act(w, StageActKind::ReviewsClosed);
        let late = mark(w, &scene, &scene.officer, found).await.expect(409);
        assert_eq!(late.problem(), "wrong-phase");
    }

    async fn many_are_screened_in_one_act_and_what_lacks_is_named(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.submitted(w).await;
        let omar = w.person("Omar").await;
        w.grant(&omar, Role::Officer, scene.competition);
        w.set_time(AFTER);
        let completion = format!("/stages/{}/screening-completion", scene.stage);
        let lacking = w.post(&scene.officer, &completion, Value::Null).await.expect(409);
        assert_eq!(lacking.problem(), "not-ready");
        assert!(lacking.json["detail"].as_str().unwrap().contains("Lawrence"), "{lacking}");
        let tie = json!({"coalition": scene.coalition, "kind": "family"});
        w.post(&omar, &format!("/stages/{}/my-conflicts", scene.stage), tie).await.expect(200);
        let other = w.post(&omar, &completion, Value::Null).await.expect(409);
        let words = other.json["detail"].as_str().unwrap();
        assert!(words.contains("another officer") && !words.contains("Lawrence"), "{words}");

        let path = format!("/stages/{}/screenings/batches", scene.stage);
        let batch = |coalition: i64| json!({"items": [
            {"coalition": coalition, "verdict": "eligible"}, {"coalition": 1, "verdict": "ineligible"},
        ]});
        let refused = w.post(&scene.officer, &path, batch(scene.coalition)).await.expect(422);
        let pointers: Vec<&Value> =
            refused.json["errors"].as_array().unwrap().iter().map(|e| &e["pointer"]).collect();
        assert_eq!(pointers, ["/items/1/coalition", "/items/1/reason"]);
        let closed = w.post(&omar, &path, batch(scene.coalition)).await.expect(422);
        assert_eq!(closed.json["errors"][0]["pointer"], "/items/0/coalition");
        let whole = json!({"items": [{"coalition": scene.coalition, "verdict": "eligible"}]});
        w.post(&scene.convenor, &path, whole.clone()).await.expect(403);
        let done = w.post(&scene.officer, &path, whole.clone()).await.expect(200);
        assert_eq!(done.items()[0]["verdict"], "eligible");
        let shown = w.get(&scene.officer, &format!("/coalitions/{}", scene.coalition)).await.expect(200);
        let claim = format!("/claims/{}/confirmation", shown.json["claims"][0]["id"]);
        w.post(&scene.officer, &claim, Value::Null).await.expect(200);
        w.post(&scene.officer, &path, whole).await.expect(422);

        let reviewer = scene.reviewer(w, "Rita", AssignmentState::Invited).await;
        let progress = format!("/stages/{}/review-progress", scene.stage);
        let coverage = w.get(&scene.officer, &progress).await.expect(200);
        assert_eq!(coverage.json["submissions"][0]["assigned"], 1, "{coverage}");
        assert_eq!(coverage.json["reviewers"][0]["person_id"], reviewer.id.0);
        let hidden = w.get(&omar, &progress).await.expect(200);
        assert_eq!(hidden.json["submissions"], json!([]));
        w.post(&scene.officer, &completion, Value::Null).await.expect(200);
    }

    async fn who_accepted_before_hears_that_reviews_are_open(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.submitted(w).await;
        w.set_time(AFTER);
        let reviewer = scene.reviewer(w, "Rita", AssignmentState::Invited).await;
        let assignment = w.get(&reviewer, "/me/assignments").await.expect(200).items()[0]["id"].clone();
        w.post(&reviewer, &format!("/assignments/{assignment}/acceptance"), json!({})).await.expect(200);
        w.write(civitas::reviews::jobs::tell);
        assert_eq!(letters_to(w, "reviews-open", &reviewer), 0);
        w.clock.advance(std::time::Duration::from_secs(60));
        scene.act(w, StageActKind::ScreeningDone);
        for _ in 0..2 {
            w.write(civitas::reviews::jobs::tell);
        }
        assert_eq!(letters_to(w, "reviews-open", &reviewer), 1);
    }
}
