//! Drafts: saved section by section, never lost, never overwritten in silence.

use serde_json::{Value, json};

use super::scene::{DEADLINE, Scene};
use crate::for_each_database;
use crate::world::Nobody;

for_each_database! {
    async fn two_editors_of_one_section_race(w: &mut World) {
        let scene = Scene::open(w).await;
        let path = scene.path("/sections/idea");
        let read = w.get(&scene.editor, &path).await.expect(200);
        assert_eq!(read.json["version"], 0);
        w.ask(&scene.editor, actix_web::http::Method::PUT, &path)
            .json(&json!({"answers": {}})).send().await.expect(428);
        let first = json!({"answers": {"problem": "Rents rise."}});
        let saved = w.put(&scene.editor, &path, &read.etag(), first).await.expect(200);
        assert_eq!(saved.json["version"], 1);

        let second = json!({"answers": {"problem": "No buses."}});
        let stale = w.put(&scene.convenor, &path, &read.etag(), second.clone()).await.expect(412);
        assert_eq!(stale.problem(), "stale");
        assert_eq!(stale.json["current"]["answers"]["problem"], "Rents rise.", "{stale}");
        // Another section of the same draft is no conflict.
        scene.save(w, &scene.convenor, "office", json!({"tax_id": "1"})).await.expect(200);
        let again = w.put(&scene.convenor, &path, &saved.etag(), second).await.expect(200);
        assert_eq!(again.json["saved_by"], scene.convenor.id.0);
        let shown = w.get(&scene.signatory, &path).await.expect(200);
        assert_eq!(shown.etag(), again.etag());
        assert_eq!(shown.json["answers"]["problem"], "No buses.");
    }

    async fn what_is_too_long_is_kept_and_told(w: &mut World) {
        let scene = Scene::open(w).await;
        let long = "one two three four five six";
        let saved = scene.save(w, &scene.editor, "idea", json!({"problem": long})).await.expect(200);
        assert_eq!(saved.json["answers"]["problem"], long);
        assert_eq!(saved.json["warnings"][0]["pointer"], "/answers/problem", "{saved}");
        let wrong = json!({"problem": 7, "unheard": "of", "joint": "perhaps", "tax_id": "other section"});
        let refused = scene.save(w, &scene.editor, "idea", wrong).await.expect(422);
        let mut pointers: Vec<&str> = refused.json["errors"].as_array().unwrap().iter()
            .map(|error| error["pointer"].as_str().unwrap()).collect();
        pointers.sort_unstable();
        assert_eq!(pointers,
            ["/answers/joint", "/answers/problem", "/answers/tax_id", "/answers/unheard"]);
        let euros = json!({"budget": {"amount": 100, "currency": "EUR"}});
        let kept = scene.save(w, &scene.editor, "office", euros).await.expect(200);
        assert_eq!(kept.json["warnings"][0]["pointer"], "/answers/budget/currency", "{kept}");
    }

    async fn what_is_half_typed_is_kept_beside_the_rest(w: &mut World) {
        let scene = Scene::open(w).await;
        for budget in [json!("250,000"), json!({"amount": -1, "currency": "USD"}),
            json!({"amount": "25k", "currency": "USD"}), json!({"amount": 100, "currency": "EUR"})] {
            let answers = json!({"tax_id": "04-1234567", "budget": budget});
            let saved = scene.save(w, &scene.editor, "office", answers.clone()).await.expect(200);
            assert_eq!(saved.json["answers"], answers);
            let pointer = saved.json["warnings"][0]["pointer"].as_str().unwrap();
            assert!(pointer.starts_with("/answers/budget"), "{saved}");
        }
        let idea = json!({"problem": "Rents.", "abstract": "A city."});
        scene.save(w, &scene.editor, "idea", idea).await.expect(200);
        let refused = scene.submit(w, &scene.convenor).await.expect(422);
        let pointer = refused.json["errors"][0]["pointer"].as_str().unwrap();
        assert!(pointer.starts_with("/sections/office/answers/budget"), "{refused}");
        let shape = json!({"tax_id": "04-1234567", "budget": [1]});
        scene.save(w, &scene.editor, "office", shape).await.expect(422);
    }

    async fn each_member_writes_what_is_theirs(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.save(w, &scene.contributor, "idea", json!({})).await.expect(200);
        scene.save(w, &scene.contributor, "office", json!({})).await.expect(403);
        scene.save(w, &scene.signatory, "idea", json!({})).await.expect(403);
    }

    async fn nobody_else_reads_a_draft(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.fill(w).await;
        let stranger = w.person("Stella").await;
        let administrator = w.administrator("Ada").await;
        for path in ["", "/sections", "/sections/idea", "/capital-stack", "/completeness",
            "/attachments", "/submissions"] {
            let path = scene.path(path);
            w.get(&Nobody, &path).await.expect(401);
            // The stage is sealed: before its end not even an officer knows.
            for who in [&stranger, &administrator, &scene.officer] {
                let hidden = w.get(who, &path).await.expect(404);
                let absent = w.get(who, &path.replace(&scene.proposal.to_string(), "4242")).await.expect(404);
                let strip = |reply: &Value| { let mut json = reply.clone(); json["instance"] = Value::Null; json };
                assert_eq!(strip(&hidden.json), strip(&absent.json));
            }
        }
        w.set_time("2026-04-24T21:05:00.000001Z");
        let states = w.get(&scene.officer, &scene.path("/sections")).await.expect(200);
        assert_eq!(states.items()[0]["answered"], 3, "{states}");
        assert!(!states.text().contains("Rents"));
        let proposal = w.get(&scene.officer, &scene.path("")).await.expect(200);
        assert_eq!(proposal.json["title"], Value::Null);
        for path in ["/sections/idea", "/capital-stack", "/completeness", "/attachments"] {
            w.get(&scene.officer, &scene.path(path)).await.expect(403);
        }
    }

    async fn drafts_close_at_the_deadline_itself(w: &mut World) {
        let scene = Scene::open(w).await;
        w.set_time(DEADLINE);
        scene.save(w, &scene.editor, "idea", json!({"problem": "In time."})).await.expect(200);
        w.set_time("2026-04-24T21:00:00.000001Z");
        let late = scene.save(w, &scene.editor, "idea", json!({"problem": "Late."})).await.expect(409);
        assert_eq!(late.problem(), "deadline-passed");
        let kept = w.get(&scene.editor, &scene.path("/sections/idea")).await.expect(200);
        assert_eq!(kept.json["answers"]["problem"], "In time.");
    }

    async fn nothing_is_asked_before_the_opening(w: &mut World) {
        let scene = Scene::open(w).await;
        w.set_time("2026-03-01T13:59:59.999999Z");
        let editor = w.sign_in(scene.editor.id);
        let early = w.get(&editor, &scene.path("/sections/idea")).await.expect(409);
        assert_eq!(early.problem(), "not-open-yet");
    }

    async fn one_proposal_a_coalition(w: &mut World) {
        let scene = Scene::open(w).await;
        let path = format!("/coalitions/{}/proposals", scene.coalition);
        let second = w.post(&scene.editor, &path, json!({"title": "Another"})).await.expect(409);
        assert_eq!(second.problem(), "already-there");
        assert!(second.text().contains(&format!("/api/v1/proposals/{}", scene.proposal)), "{second}");
        w.post(&scene.signatory, &path, json!({"title": "Another"})).await.expect(403);
        let mine = w.get(&scene.signatory, "/me/proposals").await.expect(200);
        assert_eq!(mine.items()[0]["id"], scene.proposal);
        let renamed = w.edit(&scene.editor, &scene.path(""), |_| json!({"title": "Two tables"})).await.expect(200);
        assert_eq!(renamed.json["title"], "Two tables");
        w.edit(&scene.contributor, &scene.path(""), |_| json!({"title": "x"})).await.expect(403);
    }

    async fn the_proposal_is_found_from_its_coalition(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.fill(w).await;
        let path = format!("/coalitions/{}/proposals", scene.coalition);
        let found = w.get(&scene.signatory, &path).await.expect(200);
        assert_eq!(found.items().len(), 1);
        assert_eq!(found.items()[0]["id"], scene.proposal);
        assert_eq!(found.items()[0]["title"], "One table");
        assert_eq!(found.items()[0]["sections"][0]["section"], "idea");
        let stranger = w.person("Stella").await;
        w.get(&stranger, &path).await.expect(404);
        assert!(w.get(&scene.officer, &path).await.expect(200).items().is_empty(), "sealed");
        w.set_time("2026-04-24T21:05:00.000001Z");
        let state = w.get(&scene.officer, &path).await.expect(200);
        assert_eq!(state.items()[0]["title"], Value::Null);
        assert_eq!(state.items()[0]["sections"][0]["answered"], 3);
        assert!(!state.text().contains("Rents"));
    }
}
