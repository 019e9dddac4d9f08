//! A submission is given back for correction: named parts, for a time, with everybody knowing which
//! version they read.

use civitas::competitions::model::StageActKind;
use civitas::panels::model::AssignmentState;
use serde_json::{Value, json};

use crate::for_each_database;
use crate::proposals::attachments::upload;
use crate::proposals::letters::letters_to;
use crate::proposals::scene::{AFTER, PLAIN, Scene, Setting};
use crate::reviews::panel::CRITERIA;
use crate::world::{Actor, Reply, World};

const UNTIL: &str = "2026-05-08T21:00:00Z";

async fn give_back(w: &World, who: &Actor, submission: i64, sections: Value) -> Reply {
    let body =
        json!({"sections": sections, "until": UNTIL, "reason": "The tax id has a digit too few."});
    w.post(who, &format!("/submissions/{submission}/returns"), body)
        .await
}

/// The stage is under review, and the reviewer has one assignment; gives the submission.
async fn under_review(w: &mut World, scene: &Scene) -> (Actor, i64) {
    let submission = scene.submitted(w).await;
    w.set_time(AFTER);
    let screened = json!({"items": [{"coalition": scene.coalition, "verdict": "eligible"}]});
    let path = format!("/stages/{}/screenings/batches", scene.stage);
    w.post(&scene.officer, &path, screened).await.expect(200);
    scene.act(w, StageActKind::ScreeningDone);
    let reviewer = scene.reviewer(w, "Rita", AssignmentState::Accepted).await;
    (reviewer, submission)
}

fn review() -> Value {
    let scores: serde_json::Map<String, Value> = CRITERIA
        .iter()
        .map(|key| ((*key).to_owned(), json!(3)))
        .collect();
    let narratives: serde_json::Map<String, Value> = CRITERIA
        .iter()
        .map(|key| ((*key).to_owned(), json!("Good.")))
        .collect();
    json!({"scores": scores, "narratives": narratives, "confidential_note": ""})
}

for_each_database! {
    async fn named_parts_are_corrected_and_everything_else_stays(w: &mut World) {
        let scene = Scene::open(w).await;
        // After handing in, the draft went on: that is not what was handed in.
        let (reviewer, first) = under_review(w, &scene).await;
        let mine = w.get(&reviewer, "/me/assignments").await.expect(200);
        let review_at = format!("/assignments/{}/review", mine.items()[0]["id"]);
        let blank = w.get(&reviewer, &review_at).await.expect(200);
        w.put(&reviewer, &review_at, &blank.etag(), review()).await.expect(200);
        w.post(&reviewer, &format!("{review_at}/submission"), Value::Null).await.expect(200);

        scene.save(w, &scene.editor, "office", json!({"tax_id": "1"})).await.expect(409);
        let back = give_back(w, &scene.officer, first, json!(["office"])).await.expect(200);
        assert_eq!(back.json["state"], "in_force");
        assert_eq!(letters_to(w, "submission-returned", &scene.editor), 1);
        let own = w.get(&scene.editor, &scene.path("/exceptions")).await.expect(200);
        assert_eq!(own.items()[0]["kind"], "return");
        assert_eq!(own.items()[0]["sections"], json!(["office"]));
        give_back(w, &scene.officer, first, json!(["idea"])).await.expect(409);

        let elsewhere = scene.save(w, &scene.editor, "idea", json!({"problem": "Other."})).await.expect(409);
        assert!(elsewhere.text().contains("office"), "{elsewhere}");
        let title = w.get(&scene.editor, &scene.path("")).await.expect(200);
        w.put(&scene.editor, &scene.path(""), &title.etag(), json!({"title": "Another"})).await.expect(409);
        scene.save(w, &scene.editor, "office", json!({"tax_id": "04-9999999"})).await.expect(200);
        upload(w, &scene, &scene.editor, "letters", b"A letter of support.").await.expect(201);
        let receipt = scene.submit(w, &scene.convenor).await.expect(201);
        assert_eq!(receipt.json["in_grace"], false);
        let second = receipt.json["submission_id"].as_i64().unwrap();

        // The office and the panel see which version they read.
        let new = w.get(&scene.officer, &format!("/submissions/{second}")).await.expect(200);
        assert_eq!((&new.json["corrects"], &new.json["corrected_sections"]), (&json!(first), &json!(["office"])));
        assert!(new.text().contains("04-9999999") && new.text().contains("Rents rise."));
        for who in [&scene.officer, &reviewer] {
            let old = w.get(who, &format!("/submissions/{first}")).await.expect(200);
            assert_eq!((&old.json["state"], &old.json["corrected_by"]), (&json!("replaced"), &json!(second)));
        }
        let old = w.get(&scene.officer, &format!("/submissions/{first}")).await.expect(200);
        assert!(old.text().contains("04-1234567"));
        assert_eq!(letters_to(w, "submission-corrected-reviewer", &reviewer), 1);
        assert_eq!(letters_to(w, "submission-corrected-office", &scene.officer), 1);
        assert_eq!(letters_to(w, "submission-receipt", &scene.editor), 2);

        // The review is about the first until its author puts it in force again.
        let own = w.get(&reviewer, &review_at).await.expect(200);
        assert_eq!((&own.json["submission_id"], &own.json["corrected_by"]), (&json!(first), &json!(second)));
        let mut revised = review();
        revised["scores"][CRITERIA[0]] = json!(4);
        w.put(&reviewer, &review_at, &own.etag(), revised).await.expect(200);
        let again = w.post(&reviewer, &format!("{review_at}/submission"), Value::Null).await.expect(200);
        assert_eq!((&again.json["submission_id"], &again.json["corrected_by"]), (&json!(second), &Value::Null));

        // It may be corrected again until its time, always from what was given back.
        scene.save(w, &scene.editor, "office", json!({"tax_id": "04-8888888"})).await.expect(200);
        let third = scene.submit(w, &scene.convenor).await.expect(201).json["submission_id"].clone();
        let newest = w.get(&scene.officer, &format!("/submissions/{third}")).await.expect(200);
        assert_eq!(newest.json["corrects"], json!(first));
        w.set_time("2026-05-08T21:00:01Z");
        scene.save(w, &scene.editor, "office", json!({"tax_id": "04-7"})).await.expect(409);
        scene.submit(w, &scene.convenor).await.expect(409);
    }

    async fn without_a_correction_what_was_handed_in_counts(w: &mut World) {
        let scene = Scene::open(w).await;
        let (reviewer, first) = under_review(w, &scene).await;
        for (who, status) in [(&scene.convenor, 403), (&reviewer, 403)] {
            give_back(w, who, first, json!(["office"])).await.expect(status);
        }
        for (sections, pointer) in [
            (json!([]), "/sections"),
            (json!(["nowhere"]), "/sections/0"),
            (json!(["office", "office"]), "/sections/1"),
        ] {
            let refused = give_back(w, &scene.officer, first, sections).await.expect(422);
            assert_eq!(refused.json["errors"][0]["pointer"], pointer);
        }
        give_back(w, &scene.officer, first, json!(["office", "capital_stack"])).await.expect(200);
        let ending = format!("/submissions/{first}/returns/ending");
        w.post(&scene.convenor, &ending, json!({"reason": "No."})).await.expect(403);
        let ended = w.post(&scene.officer, &ending, json!({"reason": "Found it ourselves."})).await.expect(200);
        assert_eq!(ended.json["state"], "in_force");
        assert_eq!(letters_to(w, "submission-return-ended", &scene.convenor), 1);
        scene.save(w, &scene.editor, "office", json!({"tax_id": "04-7"})).await.expect(409);
        w.post(&scene.officer, &ending, json!({"reason": "Again."})).await.expect(409);
        // It may be given back once more.
        give_back(w, &scene.officer, first, json!(["idea"])).await.expect(200);
        scene.save(w, &scene.editor, "idea", json!({"problem": ""})).await.expect(200);
        let lacking = scene.submit(w, &scene.convenor).await.expect(422);
        assert!(lacking.text().contains("/sections/idea/"), "{lacking}");
        scene.act(w, StageActKind::ReviewsClosed);
        give_back(w, &scene.officer, first, json!(["office"])).await.expect(409);
    }

    async fn a_correction_is_confirmed_by_the_signatory_like_the_first(w: &mut World) {
        let scene = Scene::with(w, Setting { confirmation: true, ..PLAIN }).await;
        scene.fill(w).await;
        let digest = |reply: &Reply| reply.json["digest"].as_str().unwrap().to_owned();
        let confirm = async |w: &World| {
            let read = w.get(&scene.signatory, &scene.path("/completeness")).await.expect(200);
            let body = json!({"digest": digest(&read)});
            w.post(&scene.signatory, &scene.path("/confirmations"), body).await.expect(201);
        };
        confirm(w).await;
        let first = scene.submit(w, &scene.convenor).await.expect(201).json["submission_id"].as_i64().unwrap();
        w.set_time(AFTER);
        give_back(w, &scene.officer, first, json!(["office"])).await.expect(200);
        scene.save(w, &scene.editor, "office", json!({"tax_id": "04-9"})).await.expect(200);
        scene.submit(w, &scene.convenor).await.expect(422);
        confirm(w).await;
        scene.submit(w, &scene.convenor).await.expect(201);
    }
}
