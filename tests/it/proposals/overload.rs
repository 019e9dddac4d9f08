//! Overload around a deadline: who was turned away in time may send it again for ten minutes.

use serde_json::{Value, json};

use super::scene::{AFTER, DEADLINE, Scene};
use crate::for_each_database;
use crate::world::{Actor, Reply, World as Civitas};

/// A second before the deadline, and moments around the end of the ten minutes after the grace.
const IN_TIME: &str = "2026-04-24T20:59:59Z";
const LAST: &str = "2026-04-24T21:15:00Z";
const TOO_LATE: &str = "2026-04-24T21:15:00.000001Z";

async fn submit(w: &Civitas, scene: &Scene, who: &Actor) -> Reply {
    w.post(who, &scene.path("/submissions"), json!({})).await
}

/// What the audit log tells the officer of attempts that were turned away.
async fn told(w: &Civitas, scene: &Scene) -> Vec<Value> {
    let log = w
        .get(&scene.officer, "/audit-log?act=submission.turned_away")
        .await;
    log.expect(200).items().to_vec()
}

for_each_database! {
    async fn who_was_turned_away_in_time_sends_it_again(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.fill(w).await;
        w.set_time(IN_TIME);
        let db = w.app.db.clone();
        db.let_wait(0);
        {
            let _crowd = db.occupy_writing().await.unwrap();
            let refused = submit(w, &scene, &scene.editor).await.expect(503);
            assert_eq!(refused.problem(), "unavailable");
            assert!(refused.header("retry-after").is_some());
            // Neither who may not submit nor who is nobody gets anything from it.
            submit(w, &scene, &scene.signatory).await.expect(503);
            submit(w, &scene, &Actor { token: "nonsense".into(), ..scene.editor.clone() }).await.expect(503);
        }
        w.set_time(LAST);
        // Nothing else gets longer, and nobody else.
        submit(w, &scene, &scene.convenor).await.expect(409);
        scene.save(w, &scene.editor, "idea", json!({"problem": "x"})).await.expect(409);
        let receipt = submit(w, &scene, &scene.editor).await.expect(201);
        assert_eq!(receipt.json["turned_away_at"], "2026-04-24T20:59:59.000000Z");
        assert_eq!(receipt.json["in_grace"], false);
        let remark = receipt.json["remark"].as_str().unwrap().to_owned();
        assert!(remark.contains("Sent again after the server had turned an attempt away at"), "{remark}");

        let path = format!("/submissions/{}", receipt.json["submission_id"]);
        let kept = w.get(&scene.signatory, &format!("{path}/receipt")).await.expect(200);
        assert_eq!(kept.json["remark"], remark);
        assert_eq!(submit(w, &scene, &scene.editor).await.expect(200).json["remark"], remark);
        w.set_time(AFTER);
        let seen = w.get(&scene.officer, &path).await.expect(200);
        assert_eq!(seen.json["turned_away_at"], "2026-04-24T20:59:59.000000Z");
        let log = told(w, &scene).await;
        assert_eq!(log.len(), 1, "{log:?}");
        assert_eq!(log[0]["actor"], scene.editor.id.0);
    }

    async fn ten_minutes_and_no_longer(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.fill(w).await;
        w.set_time(DEADLINE);
        let db = w.app.db.clone();
        db.let_wait(0);
        {
            let _crowd = db.occupy_writing().await.unwrap();
            submit(w, &scene, &scene.editor).await.expect(503);
        }
        w.set_time(TOO_LATE);
        assert_eq!(submit(w, &scene, &scene.editor).await.expect(409).problem(), "deadline-passed");
    }

    async fn an_attempt_after_the_grace_counts_for_nothing(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.fill(w).await;
        w.set_time("2026-04-24T21:05:00.000001Z");
        let db = w.app.db.clone();
        db.let_wait(0);
        {
            let _crowd = db.occupy_writing().await.unwrap();
            submit(w, &scene, &scene.editor).await.expect(503);
        }
        submit(w, &scene, &scene.editor).await.expect(409);
        assert!(told(w, &scene).await.is_empty());
    }
}
