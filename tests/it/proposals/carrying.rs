//! A later stage is for those who were told that they advance, with their answers carried over.

use civitas::competitions::store as competitions;
use civitas::decisions::jobs::start_next_stages;
use civitas::platform::ids::{ProposalId, StageId};
use civitas::proposals::actions::carry::start_draft_for_stage;
use civitas::proposals::store;
use serde_json::json;

use super::scene::Scene;
use crate::for_each_database;

fn next_form() -> serde_json::Value {
    json!({"sections": [{"key": "all", "title": "All", "questions": [
        {"key": "problem", "label": "The problem, at length", "required": true,
         "kind": {"type": "long_text", "max_words": 500}},
        {"key": "joint", "label": "Joint?", "kind": {"type": "link"}},
        {"key": "plan", "label": "The plan", "required": true,
         "kind": {"type": "long_text", "max_words": 500}}]}]})
}

for_each_database! {
    async fn those_who_advance_find_their_answers(w: &mut World) {
        let scene = Scene::open(w).await;
        let stage = scene.add_stage(w, 2, Some(next_form()));
        scene.submitted(w).await;
        let path = scene.path("/sections/all");
        let asked = format!("{path}?stage={stage}");
        scene.decide(w, "advance", "2026-06-10T14:00:00Z");
        w.set_time("2026-06-10T13:59:59.999999Z");
        w.get(&scene.editor, &asked).await.expect(403);
        w.get(&scene.editor, &path).await.expect(404);
        w.set_time("2026-06-10T14:00:00Z");
        // Before anything is written the answers are there to be read …
        let carried = w.get(&scene.editor, &path).await.expect(200);
        assert_eq!(carried.json["stage_id"], stage);
        assert_eq!(carried.json["answers"], json!({"problem": "Rents rise."}));
        // … and whoever tells the coalition makes them last.
        let proposal = ProposalId(scene.proposal);
        for _ in 0..2 {
            w.write(move |w| {
                let proposal = store::proposal(w, proposal)?.unwrap();
                let stage = competitions::stage(w, StageId(stage))?.unwrap();
                start_draft_for_stage(w, &proposal, &stage)
            });
        }
        let started = w.get(&scene.editor, &path).await.expect(200);
        assert_eq!(started.json["answers"], carried.json["answers"]);
        assert_eq!(started.json["version"], 1);
        let lacks = scene.submit(w, &scene.convenor).await.expect(422);
        assert_eq!(lacks.json["errors"][0]["pointer"], "/sections/all/answers/plan", "{lacks}");
        let both = json!({"problem": "Rents rise.", "plan": "Build."});
        scene.save(w, &scene.editor, "all", both).await.expect(200);
        let receipt = scene.submit(w, &scene.convenor).await.expect(201);
        assert_eq!(receipt.json["stage_id"], stage);
        let first = w.get(&scene.editor, &scene.path(&format!("/sections/idea?stage={}", scene.stage))).await;
        assert_eq!(first.expect(200).json["answers"]["problem"], "Rents rise.");
        // After a correction nothing more is written there, and nothing that was is lost.
        scene.decide(w, "not_selected", "2026-06-11T14:00:00Z");
        w.set_time("2026-06-12T14:00:00Z");
        let kept = w.get(&scene.editor, &asked).await.expect(200);
        assert_eq!(kept.json["answers"]["plan"], "Build.");
        w.put(&scene.editor, &asked, &kept.etag(), json!({"answers": {}})).await.expect(403);
        scene.submit(w, &scene.convenor).await.expect(409);
    }

    async fn those_who_do_not_advance_stay_outside(w: &mut World) {
        let scene = Scene::open(w).await;
        let stage = scene.add_stage(w, 2, Some(next_form()));
        scene.submitted(w).await;
        scene.decide(w, "not_selected", "2026-06-10T14:00:00Z");
        w.set_time("2026-06-11T14:00:00Z");
        w.get(&scene.editor, &scene.path(&format!("/sections/all?stage={stage}"))).await.expect(403);
        let refused = w.post(&scene.convenor, &scene.path(&format!("/submissions?stage={stage}")), json!({})).await;
        refused.expect(403);
    }

    async fn a_stage_without_a_form_carries_the_submission_on(w: &mut World) {
        let scene = Scene::open(w).await;
        let stage = scene.add_stage(w, 2, None);
        let first = scene.submitted(w).await;
        w.set_time("2026-06-10T14:00:00Z");
        let proposal = ProposalId(scene.proposal);
        for _ in 0..2 {
            w.write(move |w| {
                let proposal = store::proposal(w, proposal)?.unwrap();
                let stage = competitions::stage(w, StageId(stage))?.unwrap();
                start_draft_for_stage(w, &proposal, &stage)
            });
        }
        let list = w.get(&scene.officer, &format!("/stages/{stage}/submissions")).await.expect(200);
        assert_eq!(list.items().len(), 1);
        let carried = list.items()[0]["id"].as_i64().unwrap();
        let shown = w.get(&scene.officer, &format!("/submissions/{carried}")).await.expect(200);
        assert_eq!(shown.json["carried_from"], first);
        assert_eq!(shown.json["sections"][0]["answers"][0]["label"], "Which problem?");
        // Taking back the first takes back what it was carried on to.
        w.post(&scene.convenor, &format!("/submissions/{first}/withdrawal"), json!({"confirm": "withdraw"})).await.expect(200);
        let shown = w.get(&scene.officer, &format!("/submissions/{carried}")).await.expect(200);
        assert_eq!(shown.json["state"], "withdrawn");
    }

    async fn a_withdrawal_at_a_stage_without_a_form_lasts(w: &mut World) {
        let scene = Scene::open(w).await;
        let stage = scene.add_stage(w, 2, None);
        scene.submitted(w).await;
        scene.decide(w, "advance", "2026-06-10T14:00:00Z");
        w.set_time("2026-06-10T14:00:00Z");
        w.write(start_next_stages);
        let list = format!("/stages/{stage}/submissions");
        let carried = w.get(&scene.officer, &list).await.expect(200).items()[0]["id"].as_i64().unwrap();
        let withdrawal = format!("/submissions/{carried}/withdrawal");
        w.post(&scene.convenor, &withdrawal, json!({"confirm": "withdraw"})).await.expect(200);
        w.write(start_next_stages);
        let proposal = ProposalId(scene.proposal);
        w.write(move |w| {
            let proposal = store::proposal(w, proposal)?.unwrap();
            let stage = competitions::stage(w, StageId(stage))?.unwrap();
            start_draft_for_stage(w, &proposal, &stage)
        });
        assert!(w.get(&scene.officer, &list).await.expect(200).items().is_empty());
    }

    async fn a_stage_that_is_only_decided_is_entered(w: &mut World) {
        let scene = Scene::open(w).await;
        let stage = scene.add_stage(w, 2, None);
        let (next, late) = (StageId(stage), scene.add_stage(w, 3, Some(next_form())));
        w.write(move |w| {
            let mut stage = competitions::stage(w, next)?.unwrap();
            (stage.has_screening, stage.has_review) = (false, false);
            competitions::update_stage(w, &stage)
        });
        scene.submitted(w).await;
        scene.decide(w, "advance", "2026-06-10T14:00:00Z");
        w.set_time("2026-06-10T14:00:00Z");
        let officer = w.get(&scene.officer, &format!("/stages/{stage}")).await.expect(200);
        assert_eq!(officer.json["phase"], "deciding");
        w.write(start_next_stages);
        let list = w.get(&scene.officer, &format!("/stages/{stage}/submissions")).await.expect(200);
        assert_eq!(list.items().len(), 1);
        let list = w.get(&scene.officer, &format!("/stages/{late}/submissions")).await.expect(200);
        assert!(list.items().is_empty());
    }
}
