//! A submission counts while its coalition may speak for a place.

use civitas::coalitions::model::{ClaimState, MemberRole};
use civitas::coalitions::store as coalitions;
use civitas::panels::model::AssignmentState;
use civitas::platform::ids::CoalitionId;
use serde_json::{Value, json};

use super::letters::letters_to;
use super::scene::{AFTER, Scene, add_coalition};
use crate::for_each_database;
use crate::world::{Actor, World};

/// Another coalition that claims the same place, and its convenor.
async fn rival(w: &mut World, scene: &Scene) -> (Actor, i64) {
    let ralf = w.person("Ralf").await;
    let (competition, coalition, person) =
        (scene.competition, CoalitionId(scene.coalition), ralf.id);
    let other = w.write(move |w| {
        let cast = [(person, MemberRole::Convenor)];
        let other = add_coalition(w, competition, "Lawrence too", &cast)?;
        let place = coalitions::claims_of(w, coalition)?.remove(0).place_id;
        let mut claim = coalitions::claims_of(w, CoalitionId(other))?.remove(0);
        coalitions::decide_claim(w, claim.id, ClaimState::GivenUp, None, "")?;
        claim.id = w.fresh_id();
        claim.place_id = place;
        coalitions::insert_claim(w, &claim)?;
        Ok(other)
    });
    (ralf, other)
}

/// Writes and submits a proposal of a rival.
async fn submit(w: &World, who: &Actor, coalition: i64) {
    let path = format!("/coalitions/{coalition}/proposals");
    let proposal = w
        .post(who, &path, json!({"title": "Another table"}))
        .await
        .expect(201)
        .id();
    for (section, answers) in [
        ("idea", json!({"problem": "Rents rise.", "joint": "no"})),
        ("office", json!({"tax_id": "04-7654321"})),
    ] {
        let path = format!("/proposals/{proposal}/sections/{section}");
        w.edit(who, &path, |_| json!({"answers": answers}))
            .await
            .expect(200);
    }
    let path = format!("/proposals/{proposal}/submissions");
    w.post(who, &path, json!({})).await.expect(201);
}

async fn claim(w: &World, officer: &Actor, coalition: i64) -> String {
    let shown = w
        .get(officer, &format!("/coalitions/{coalition}"))
        .await
        .expect(200);
    let claims = shown.json["claims"].as_array().unwrap();
    let live = claims
        .iter()
        .find(|claim| claim["state"] != "given_up")
        .unwrap();
    format!("/claims/{}", live["id"])
}

async fn listed(w: &World, scene: &Scene) -> usize {
    let path = format!("/stages/{}/submissions", scene.stage);
    w.get(&scene.officer, &path).await.expect(200).items().len()
}

for_each_database! {
    async fn of_two_claims_to_a_place_one_is_reviewed(w: &mut World) {
        let scene = Scene::open(w).await;
        let (ralf, other) = rival(w, &scene).await;
        // Nobody confirmed either claim: both write, upload, invite and submit.
        let id = scene.submitted(w).await;
        submit(w, &ralf, other).await;
        let asked = json!({"email": "x@people.example", "role": "editor"});
        w.post(&ralf, &format!("/coalitions/{other}/invitations"), asked).await.expect(201);
        w.set_time(AFTER);
        assert_eq!(listed(w, &scene).await, 2);
        let rita = scene.reviewer(w, "Rita", AssignmentState::Accepted).await;
        w.get(&rita, &format!("/submissions/{id}")).await.expect(200);

        for coalition in [scene.coalition, other] {
            let path = format!("/stages/{}/screenings/{coalition}", scene.stage);
            w.edit(&scene.officer, &path, |_| json!({"verdict": "eligible"})).await.expect(200);
        }
        let done = format!("/stages/{}/screening-completion", scene.stage);
        let waits = w.post(&scene.officer, &done, Value::Null).await.expect(409);
        assert_eq!(waits.problem(), "not-ready");

        let claims = [claim(w, &scene.officer, scene.coalition).await, claim(w, &scene.officer, other).await];
        w.post(&scene.officer, &format!("{}/confirmation", claims[1]), Value::Null).await.expect(200);
        for member in [&scene.convenor, &scene.editor, &scene.contributor, &scene.signatory] {
            assert_eq!(letters_to(w, "claim-lost-and-over", member), 1);
        }
        assert_eq!(listed(w, &scene).await, 1);
        let screenings = w.get(&scene.officer, &format!("/stages/{}/screenings", scene.stage)).await.expect(200);
        assert_eq!(screenings.items().len(), 1);
        w.get(&rita, &format!("/submissions/{id}")).await.expect(404);
        w.get(&scene.convenor, &format!("/submissions/{id}")).await.expect(200);
        let path = scene.path("/submissions");
        w.post(&scene.convenor, &path, json!({})).await.expect(409);

        // The officer chose wrongly: the place is free, the first one's claim and submission stand.
        let reason = json!({"reason": "The mayor never heard of it."});
        w.post(&scene.officer, &format!("{}/revocation", claims[1]), reason).await.expect(200);
        assert_eq!(letters_to(w, "claim-revoked-and-over", &ralf), 1);
        assert_eq!(letters_to(w, "claim-reopened", &scene.editor), 1);
        assert_eq!(listed(w, &scene).await, 1);
        w.get(&rita, &format!("/submissions/{id}")).await.expect(200);
        w.post(&scene.officer, &done, Value::Null).await.expect(409);
        w.post(&scene.officer, &format!("{}/confirmation", claims[0]), Value::Null).await.expect(200);
        w.post(&scene.officer, &done, Value::Null).await.expect(200);
        assert_eq!(listed(w, &scene).await, 1);
    }

    async fn a_submission_in_force_is_withdrawn_before_its_coalition_is_dissolved(w: &mut World) {
        let scene = Scene::open(w).await;
        let id = scene.submitted(w).await;
        let path = format!("/coalitions/{}/dissolution", scene.coalition);
        let sure = json!({"confirm": "dissolve"});
        let refused = w.post(&scene.convenor, &path, sure.clone()).await.expect(409);
        assert_eq!(refused.problem(), "not-ready");
        let withdrawal = format!("/submissions/{id}/withdrawal");
        w.post(&scene.convenor, &withdrawal, json!({"confirm": "withdraw"})).await.expect(200);
        w.post(&scene.convenor, &path, sure).await.expect(200);
        assert_eq!(letters_to(w, "coalition-dissolved", &scene.contributor), 1);
        let draft = scene.path("/sections/idea");
        w.edit(&scene.editor, &draft, |_| json!({"answers": {"problem": "More."}})).await.expect(409);
    }
}
