//! Submitting: complete or not at all, to the microsecond, once.

use civitas::coalitions::model::{ClaimState, MemberRole};
use civitas::coalitions::store as coalitions;
use civitas::competitions::model::Sector;
use civitas::panels::model::AssignmentState;
use civitas::platform::ids::CoalitionId;
use futures_util::future::join;
use serde_json::json;

use super::letters::{letters, letters_to};
use super::scene::{AFTER, PLAIN, Scene, Setting, add_coalition, seat};
use crate::for_each_database;
use crate::world::World;

for_each_database! {
    async fn everything_missing_is_told_at_once(w: &mut World) {
        let scene = Scene::with(w, Setting {
            confirmation: true, match_percent: 10, sectors: &[Sector::Residents], ..PLAIN
        }).await;
        scene.save(w, &scene.editor, "idea", json!({"joint": "yes"})).await.expect(200);
        let refused = scene.submit(w, &scene.convenor).await.expect(422);
        let told = w.get(&scene.editor, &scene.path("/completeness")).await.expect(200);
        assert_eq!(refused.json["errors"], told.json["missing"]);
        let pointers: Vec<&str> = told.json["missing"].as_array().unwrap().iter()
            .map(|error| error["pointer"].as_str().unwrap()).collect();
        assert_eq!(pointers, [
            "/sections/idea/answers/problem", "/sections/idea/answers/partner",
            "/sections/office/answers/tax_id", "/capital_stack", "/seats/residents",
            "/confirmation"]);
        assert!(letters(w).is_empty());
        let resident = w.person("Rosa").await;
        seat(w, scene.coalition, Sector::Residents, resident.id);
        let told = w.get(&scene.editor, &scene.path("/completeness")).await.expect(200);
        assert!(!told.text().contains("/seats/"), "{told}");
    }

    async fn a_receipt_for_every_member(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.fill(w).await;
        scene.submit(w, &scene.contributor).await.expect(403);
        let receipt = scene.submit(w, &scene.editor).await.expect(201);
        let id = receipt.json["submission_id"].as_i64().unwrap();
        assert_eq!(receipt.header("location").unwrap(), format!("/api/v1/submissions/{id}"));
        assert_eq!(receipt.json["in_grace"], false);
        assert_eq!(receipt.json["digest"].as_str().unwrap().len(), 64);
        assert!(receipt.json["number"].as_i64().unwrap() < 1 << 53);
        for member in [&scene.convenor, &scene.editor, &scene.contributor, &scene.signatory] {
            assert_eq!(letters_to(w, "submission-receipt", member), 1);
            let kept = w.get(member, &format!("/submissions/{id}/receipt")).await.expect(200);
            assert_eq!(kept.json, receipt.json);
        }
        assert_eq!(letters(w).len(), 4);
        let mine = w.get(&scene.signatory, "/me/submissions").await.expect(200);
        assert_eq!(mine.items()[0]["id"], id);
    }

    async fn five_minutes_of_grace_mean_exactly_that(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.fill(w).await;
        w.set_time("2026-04-24T21:05:00Z");
        let last = scene.submit(w, &scene.convenor).await.expect(201);
        assert_eq!(last.json["in_grace"], true);
        assert_eq!(letters_to(w, "submission-receipt-in-grace", &scene.signatory), 1);
        w.set_time("2026-04-24T21:05:00.000001Z");
        let late = scene.submit(w, &scene.convenor).await.expect(409);
        assert_eq!(late.problem(), "deadline-passed");
    }

    async fn the_deadline_itself_is_in_time(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.fill(w).await;
        w.set_time("2026-04-24T21:00:00Z");
        let receipt = scene.submit(w, &scene.convenor).await.expect(201);
        assert_eq!(receipt.json["in_grace"], false);
    }

    async fn two_members_submit_the_same_at_the_same_moment(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.fill(w).await;
        let world: &World = w;
        let (one, other) = join(
            scene.submit(world, &scene.convenor),
            scene.submit(world, &scene.editor),
        ).await;
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 201]);
        assert_eq!(one.json, other.json);
        assert_eq!(letters(w).values().sum::<usize>(), 4, "one receipt each");
    }

    async fn a_newer_version_replaces_the_earlier(w: &mut World) {
        let scene = Scene::open(w).await;
        let first = scene.submitted(w).await;
        scene.save(w, &scene.editor, "idea", json!({"problem": "Better."})).await.expect(200);
        let shown = w.get(&scene.convenor, &format!("/submissions/{first}")).await.expect(200);
        assert_eq!(shown.json["state"], "in_force", "the earlier counts until the newer is in");
        let second = scene.submit(w, &scene.convenor).await.expect(201);
        let shown = w.get(&scene.convenor, &format!("/submissions/{first}")).await.expect(200);
        assert_eq!(shown.json["state"], "replaced");
        assert_eq!(shown.json["sections"][0]["answers"][0]["value"], "Rents rise.");
        let all = w.get(&scene.convenor, &scene.path("/submissions")).await.expect(200);
        let states: Vec<_> = all.items().iter().map(|item| item["state"].clone()).collect();
        assert_eq!(states.len(), 2);
        assert!(states.contains(&json!("in_force")));
        let second = second.json["submission_id"].as_i64().unwrap();
        let shown = w.get(&scene.convenor, &format!("/submissions/{second}")).await.expect(200);
        assert_eq!(shown.json["sections"][0]["answers"][0]["value"], "Better.");
    }

    async fn the_signatory_confirms_one_version(w: &mut World) {
        let scene = Scene::with(w, Setting { confirmation: true, ..PLAIN }).await;
        scene.fill(w).await;
        let lacks = scene.submit(w, &scene.convenor).await.expect(422);
        assert_eq!(lacks.json["errors"][0]["pointer"], "/confirmation");
        let read = w.get(&scene.signatory, &scene.path("/completeness")).await.expect(200);
        let path = scene.path("/confirmations");
        let digest = json!({"digest": read.json["digest"]});
        w.post(&scene.convenor, &path, digest.clone()).await.expect(403);
        scene.save(w, &scene.editor, "idea", json!({"problem": "Changed."})).await.expect(200);
        let outdated = w.post(&scene.signatory, &path, digest).await.expect(409);
        assert_eq!(outdated.problem(), "preview-outdated");
        let read = w.get(&scene.signatory, &scene.path("/completeness")).await.expect(200);
        let confirmed = w.post(&scene.signatory, &path, json!({"digest": read.json["digest"]})).await.expect(201);
        assert_eq!(confirmed.json["complete"], true);
        // A later edit voids it; going back to the confirmed version makes it hold again.
        scene.save(w, &scene.editor, "idea", json!({"problem": "Again."})).await.expect(200);
        scene.submit(w, &scene.convenor).await.expect(422);
        scene.save(w, &scene.editor, "idea", json!({"problem": "Changed."})).await.expect(200);
        let receipt = scene.submit(w, &scene.convenor).await.expect(201);
        assert_eq!(receipt.json["digest"], read.json["digest"]);
    }

    async fn only_the_version_meant_is_submitted(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.fill(w).await;
        let meant = json!({"digest": "0".repeat(64)});
        let outdated = w.post(&scene.convenor, &scene.path("/submissions"), meant).await.expect(409);
        assert_eq!(outdated.problem(), "preview-outdated");
        let none = w.ask(&scene.convenor, actix_web::http::Method::POST, &scene.path("/submissions"));
        none.send().await.expect(201);
    }

    async fn who_does_not_hold_the_place_does_not_submit(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.fill(w).await;
        let rival = w.person("Ralf").await;
        let (competition, coalition, person) = (scene.competition, CoalitionId(scene.coalition), rival.id);
        w.write(move |w| {
            let other = add_coalition(w, competition, "Lowell", &[(person, MemberRole::Convenor)])?;
            let place = coalitions::claims_of(w, coalition)?.remove(0).place_id;
            let mut claim = coalitions::claims_of(w, CoalitionId(other))?.remove(0);
            claim.id = w.fresh_id();
            claim.place_id = place;
            claim.state = ClaimState::Confirmed;
            coalitions::insert_claim(w, &claim)
        });
        let refused = scene.submit(w, &scene.convenor).await.expect(409);
        assert_eq!(refused.problem(), "place-taken");
    }

    async fn a_withdrawal_is_an_act_of_its_own(w: &mut World) {
        let scene = Scene::open(w).await;
        let id = scene.submitted(w).await;
        let path = format!("/submissions/{id}/withdrawal");
        let sure = json!({"confirm": "withdraw"});
        w.post(&scene.editor, &path, sure.clone()).await.expect(403);
        w.post(&scene.officer, &path, sure.clone()).await.expect(404);
        let unsure = w.post(&scene.convenor, &path, json!({"confirm": "yes"})).await.expect(422);
        assert_eq!(unsure.json["errors"][0]["pointer"], "/confirm");
        let withdrawn = w.post(&scene.convenor, &path, sure.clone()).await.expect(200);
        assert_eq!(withdrawn.json["state"], "withdrawn");
        assert_eq!(letters_to(w, "submission-withdrawn", &scene.signatory), 1);
        assert_eq!(letters_to(w, "submission-withdrawn-office", &scene.officer), 0, "sealed");
        w.post(&scene.convenor, &path, sure).await.expect(409);
        let again = scene.submit(w, &scene.convenor).await.expect(201);
        assert_ne!(again.json["submission_id"].as_i64().unwrap(), id);
    }

    async fn a_late_withdrawal_releases_the_reviewers(w: &mut World) {
        let scene = Scene::open(w).await;
        let id = scene.submitted(w).await;
        w.set_time(AFTER);
        let reviewer = scene.reviewer(w, "Rita", AssignmentState::Accepted).await;
        w.get(&reviewer, &format!("/submissions/{id}")).await.expect(200);
        let sure = json!({"confirm": "withdraw"});
        w.post(&scene.convenor, &format!("/submissions/{id}/withdrawal"), sure).await.expect(200);
        w.get(&reviewer, &format!("/submissions/{id}")).await.expect(404);
        assert_eq!(letters_to(w, "submission-withdrawn-reviewer", &reviewer), 1);
        assert_eq!(letters_to(w, "submission-withdrawn-office", &scene.officer), 1);
        let list = w.get(&scene.officer, &format!("/stages/{}/submissions", scene.stage)).await.expect(200);
        assert!(list.items().is_empty());
    }
}
