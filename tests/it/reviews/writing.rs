//! A reviewer's own review, from the first word to the last version.

use actix_web::http::Method;
use civitas::panels::model::AssignmentState;
use civitas::reviews::jobs;
use serde_json::{Value, json};

use super::panel::{CRITERIA, Panel, REVIEWING, letters, review, save, submit, whole};
use crate::for_each_database;
use crate::world::Nobody;

for_each_database! {
    async fn a_draft_takes_whatever_is_of_the_rubric_and_is_never_overwritten_unseen(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rosa, assignment) = panel.juror(w, "Rosa").await;
        let path = format!("/assignments/{assignment}/review");
        let blank = w.get(&rosa, &path).await.expect(200);
        assert_eq!(blank.json["state"], "draft");
        assert_eq!(blank.json["id"], Value::Null);
        assert_eq!(blank.json["submission_id"], panel.cities[0].submission);

        let part = json!({"scores": {"innovation": 3.7, "private_capital": "not_applicable"}});
        let unconditional = w.ask(&rosa, Method::PUT, &path).json(&part).send().await;
        assert_eq!(unconditional.expect(428).problem(), "if-match-needed");
        let saved = w.put(&rosa, &path, &blank.etag(), part).await.expect(200);
        assert_eq!(saved.json["scores"]["innovation"], json!(3.7));
        assert_eq!(saved.json["scores"]["private_capital"], "not_applicable");
        assert_eq!(saved.etag(), w.get(&rosa, &path).await.etag());

        let stale = w.put(&rosa, &path, &blank.etag(), json!({"scores": {}})).await.expect(412);
        assert_eq!(stale.json["current"]["scores"]["innovation"], json!(3.7), "{stale}");

        let off = json!({
            "scores": {"innovation": 3.75, "civic_infrastructure": 5.1},
            "narratives": {"innovation": "It is new."},
            "confidential_note": "x".repeat(10_001),
        });
        let kept = w.put(&rosa, &path, &saved.etag(), off).await.expect(200);
        let pointers = |list: &Value| list.as_array().unwrap().iter()
            .map(|e| e["pointer"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let warned = ["/scores/civic_infrastructure", "/scores/innovation", "/confidential_note"];
        assert_eq!(pointers(&kept.json["warnings"]), warned);
        assert_eq!(kept.json["narratives"]["innovation"], "It is new.");
        let refused = submit(w, &rosa, assignment).await.expect(422);
        assert!(pointers(&refused.json["errors"]).starts_with(&warned.map(String::from)), "{refused}");
        let saved = w.get(&rosa, &path).await.expect(200);
        assert_eq!(saved.etag(), kept.etag());
        let unknown = json!({"scores": {"beauty": 3}, "narratives": {"beauty": "It is."}});
        let refused = w.put(&rosa, &path, &saved.etag(), unknown).await.expect(422);
        assert_eq!(pointers(&refused.json["errors"]), ["/scores/beauty", "/narratives/beauty"]);
        for (body, pointer) in [
            (json!({"score": {}}), "/score"),
            (json!({"scores": {"innovation": "n/a"}}), "/scores/innovation"),
        ] {
            let refused = w.put(&rosa, &path, &saved.etag(), body).await.expect(422);
            assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{refused}");
        }
        let both = json!({"scores": {"innovation": "high"}, "narratives": {"beauty": "It is."}});
        let refused = w.put(&rosa, &path, &saved.etag(), both).await.expect(422);
        assert_eq!(pointers(&refused.json["errors"]), ["/scores/innovation", "/narratives/beauty"]);
        let kept = w.get(&rosa, &path).await.expect(200);
        assert_eq!(kept.etag(), saved.etag());
    }

    async fn submitting_names_everything_that_lacks_at_once(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rosa, assignment) = panel.juror(w, "Rosa").await;
        let nothing = submit(w, &rosa, assignment).await.expect(422);
        assert_eq!(nothing.json["errors"].as_array().unwrap().len(), 8);
        let mut part = whole([10, 20, 30, 40]);
        part["scores"].as_object_mut().unwrap().remove(CRITERIA[3]);
        part["narratives"][CRITERIA[1]] = json!(" \n");
        save(w, &rosa, assignment, part).await.expect(200);
        let lacking = submit(w, &rosa, assignment).await.expect(422);
        let errors = lacking.json["errors"].as_array().unwrap();
        let pointers: Vec<&str> = errors.iter().map(|e| e["pointer"].as_str().unwrap()).collect();
        assert_eq!(pointers, ["/narratives/civic_infrastructure", "/scores/private_capital"]);
        assert_eq!(letters(w, "review-submitted", &rosa), 0);

        let done = review(w, &rosa, assignment, [10, 20, 30, 40]).await;
        assert_eq!(done.json["state"], "submitted");
        assert_eq!(done.json["in_force"]["total"], json!(2.5));
        assert_eq!(letters(w, "review-submitted", &rosa), 1);
        let again = submit(w, &rosa, assignment).await.expect(409);
        assert_eq!(again.problem(), "already-there");
    }

    async fn a_submitted_review_changes_only_when_the_change_is_submitted_too(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rosa, assignment) = panel.juror(w, "Rosa").await;
        review(w, &rosa, assignment, [10, 20, 30, 40]).await;
        let path = format!("/assignments/{assignment}/review");
        let changing = save(w, &rosa, assignment, json!({"scores": {}})).await.expect(200);
        assert_eq!(changing.json["revision_pending"], true);
        assert_eq!(changing.json["in_force"]["total"], json!(2.5));
        let of_office = w.get(&panel.officer, &path).await.expect(200);
        assert_eq!(of_office.json["scores"]["innovation"], json!(3));
        assert_eq!(of_office.json["revision_pending"], false);
        submit(w, &rosa, assignment).await.expect(422);
        let as_before = save(w, &rosa, assignment, whole([10, 20, 30, 40])).await.expect(200);
        assert_eq!(as_before.json["revision_pending"], false);
        let revised = review(w, &rosa, assignment, [50, 20, 30, 40]).await;
        assert_eq!(revised.json["in_force"]["total"], json!(3.5));
        let versions = w.get(&rosa, &format!("{path}/versions")).await.expect(200);
        let totals: Vec<&Value> = versions.items().iter().map(|v| &v["total"]).collect();
        assert_eq!(totals, [&json!(2.5), &json!(3.5)]);
        assert_eq!(versions.items()[1]["after_seeing_others"], false);
    }

    async fn a_review_is_written_by_its_reviewer_while_reviews_are_open(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rosa, assignment) = panel.juror(w, "Rosa").await;
        let ivan = w.person("Ivan").await;
        let invited = panel.assign(w, &ivan, 0, AssignmentState::Invited);
        let path = |assignment: i64| format!("/assignments/{assignment}/review");
        for wrong in [AssignmentState::Declined, AssignmentState::Recused, AssignmentState::Ended] {
            let gone = panel.assign(w, &ivan, 1, wrong);
            w.get(&ivan, &path(gone)).await.expect(404);
            w.put(&ivan, &path(gone), "\"x\"", whole([0; 4])).await.expect(404);
        }
        w.get(&ivan, &path(invited)).await.expect(403);
        w.put(&ivan, &path(invited), "\"x\"", whole([0; 4])).await.expect(403);
        submit(w, &ivan, invited).await.expect(403);
        for other in [&ivan, &panel.officer, &panel.convenor] {
            w.get(other, &path(assignment)).await.expect(404);
            w.put(other, &path(assignment), "\"x\"", whole([0; 4])).await.expect(404);
            submit(w, other, assignment).await.expect(404);
        }
        w.get(&Nobody, &path(assignment)).await.expect(401);

        w.set_time("2026-04-24T20:00:00Z");
        let early = w.put(&w.sign_in(rosa.id), &path(assignment), "\"x\"", whole([0; 4])).await.expect(409);
        assert_eq!(early.problem(), "wrong-phase");
        w.set_time(REVIEWING);
        review(w, &rosa, assignment, [10, 20, 30, 40]).await;
        w.post(&panel.officer, &panel.stage("review-closure"), Value::Null).await.expect(200);
        w.get(&rosa, &path(assignment)).await.expect(200);
        let late = save(w, &rosa, assignment, whole([0; 4])).await.expect(409);
        assert_eq!(late.problem(), "wrong-phase");
        submit(w, &rosa, assignment).await.expect(409);

        w.write(jobs::tell);
        assert_eq!(letters(w, "reviews-reopened", &rosa), 0);
        let reason = json!({"reason": "One review was lost."});
        w.post(&panel.officer, &panel.stage("review-reopening"), reason).await.expect(200);
        for _ in 0..2 {
            w.write(jobs::tell);
        }
        assert_eq!(letters(w, "reviews-reopened", &rosa), 1);
        assert_eq!(letters(w, "reviews-reopened", &ivan), 0);
        review(w, &rosa, assignment, [20, 20, 30, 40]).await;
    }

    async fn the_independent_version_is_what_stood_when_others_came_in_sight(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rosa, of_rosa) = panel.juror(w, "Rosa").await;
        let (juan, of_juan) = panel.juror(w, "Juan").await;
        review(w, &rosa, of_rosa, [10; 4]).await;
        let alone = review(w, &rosa, of_rosa, [20; 4]).await;
        assert_eq!(alone.json["independent"], Value::Null, "nobody else to see yet");

        let first = review(w, &juan, of_juan, [40; 4]).await;
        assert_eq!(first.json["independent"]["total"], json!(4.0));
        let path = format!("/assignments/{of_rosa}/review");
        let kept = w.get(&rosa, &path).await.expect(200);
        assert_eq!(kept.json["independent"]["total"], json!(2.0));

        w.clock.advance(std::time::Duration::from_secs(60));
        let after = review(w, &rosa, of_rosa, [30; 4]).await;
        assert_eq!(after.json["independent"]["total"], json!(2.0));
        assert_eq!(after.json["in_force"]["total"], json!(3.0));
        let versions = w.get(&panel.officer, &format!("{path}/versions")).await.expect(200);
        let seen: Vec<&Value> = versions.items().iter().map(|v| &v["after_seeing_others"]).collect();
        assert_eq!(seen, [&json!(false), &json!(false), &json!(true)]);
        let reviews = w.get(&panel.officer, &panel.reviews(0)).await.expect(200);
        let of = |who: &crate::world::Actor| {
            let is = |r: &&Value| r["reviewer"]["person_id"] == json!(who.id.0);
            reviews.items().iter().find(is).unwrap()["office"]["changed_after_seeing_others"].clone()
        };
        assert_eq!(of(&rosa).as_array().unwrap().len(), 1);
        assert_eq!(of(&juan).as_array().unwrap().len(), 0);
    }

    async fn who_read_the_others_in_office_before_is_marked_from_the_start(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rosa, of_rosa) = panel.juror(w, "Rosa").await;
        review(w, &rosa, of_rosa, [10; 4]).await;
        w.clock.advance(std::time::Duration::from_secs(60));
        let own = panel.assign(w, &panel.officer, 0, AssignmentState::Accepted);
        review(w, &panel.officer, own, [20; 4]).await;
        let path = format!("/assignments/{own}/review/versions");
        let versions = w.get(&panel.officer, &path).await.expect(200);
        assert_eq!(versions.items()[0]["after_seeing_others"], true);
    }

    async fn who_steps_back_and_comes_again_stays_marked(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rosa, of_rosa) = panel.juror(w, "Rosa").await;
        let (juan, of_juan) = panel.juror(w, "Juan").await;
        review(w, &rosa, of_rosa, [20; 4]).await;
        review(w, &juan, of_juan, [40; 4]).await;
        let why = json!({"reason": "I am away."});
        w.post(&rosa, &format!("/assignments/{of_rosa}/recusal"), why).await.expect(200);
        w.clock.advance(std::time::Duration::from_secs(60));
        let again = panel.assign(w, &rosa, 0, AssignmentState::Accepted);
        let anew = review(w, &rosa, again, [50; 4]).await;
        assert_eq!(anew.json["independent"]["total"], json!(2.0));
        assert_eq!(anew.json["in_force"]["total"], json!(5.0));
        let path = format!("/assignments/{again}/review/versions");
        let versions = w.get(&rosa, &path).await.expect(200);
        assert_eq!(versions.items()[0]["after_seeing_others"], true);
        let results = w.get(&panel.officer, &panel.stage("results?sort=mean")).await.expect(200);
        assert_eq!(results.items()[0]["mean"], json!(3.0), "by independent scores: {results}");
    }

    async fn a_review_counts_again_when_the_conflict_was_none(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rosa, of_rosa) = panel.on_the_panel(w, "Rosa").await;
        let (juan, of_juan) = panel.juror(w, "Juan").await;
        review(w, &rosa, of_rosa, [20; 4]).await;
        let tie = json!({"person": rosa.id, "coalition": panel.cities[0].coalition,
            "kind": "family", "note": "Cousins, it is said."});
        let conflict = w.post(&panel.officer, &panel.stage("conflicts"), tie).await.expect(201).id();
        assert_eq!(w.get(&panel.officer, &panel.reviews(0)).await.expect(200).items().len(), 0);
        review(w, &juan, of_juan, [40; 4]).await;
        let path = format!("/conflicts/{conflict}/dismissal");
        w.post(&panel.officer, &path, json!({"reason": "Other people."})).await.expect(200);
        assert_eq!(w.get(&panel.officer, &panel.reviews(0)).await.expect(200).items().len(), 2);
        let after = review(w, &rosa, of_rosa, [30; 4]).await;
        assert_eq!(after.json["independent"]["total"], json!(2.0), "what she said before seeing his");
    }

    async fn leaving_the_panel_changes_no_result_once_decided(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rosa, of_rosa) = panel.on_the_panel(w, "Rosa").await;
        review(w, &rosa, of_rosa, [20; 4]).await;
        w.post(&panel.officer, &panel.stage("review-closure"), Value::Null).await.expect(200);
        panel.tell(w);
        let member = w.get(&rosa, "/me/panels").await.expect(200).items()[0]["id"].clone();
        let why = json!({"reason": "I am done."});
        w.post(&rosa, &format!("/panel-members/{member}/refusal"), why).await.expect(200);
        let results = w.get(&panel.officer, &panel.stage("results?sort=mean")).await.expect(200);
        assert_eq!(results.items()[0]["mean"], json!(2.0), "{results}");
        w.get(&rosa, &format!("/assignments/{of_rosa}/review")).await.expect(200);
    }

    async fn reviewers_hear_of_a_moved_deadline(w: &mut World) {
        let panel = Panel::with(w, json!({"review_deadline": "2026-05-20T21:00:00Z"})).await;
        let (rosa, _) = panel.juror(w, "Rosa").await;
        w.write(jobs::tell);
        assert_eq!(letters(w, "review-deadline-moved", &rosa), 0);
        let stage = format!("/stages/{}", panel.stage);
        let etag = w.get(&panel.officer, &stage).await.expect(200).etag();
        let later = json!({"review_deadline": "2026-05-27T21:00:00Z"});
        w.ask(&panel.officer, Method::PATCH, &stage).header("if-match", &etag).json(&later)
            .send().await.expect(200);
        for _ in 0..2 {
            w.write(jobs::tell);
        }
        assert_eq!(letters(w, "review-deadline-moved", &rosa), 1);
    }
}
