//! The signatory's word: asked for, given, and void when something changes.

use civitas::coalitions::model::{MemberRole, Sector};
use civitas::coalitions::store as coalitions;
use civitas::platform::ids::{CoalitionId, PersonId};
use serde_json::json;

use super::letters::{letters, letters_to, look_after_confirmations};
use super::scene::{AFTER, PLAIN, Scene, Setting, seat};
use crate::for_each_database;
use crate::world::{Actor, Reply, World};

const ASKED: Setting = Setting {
    confirmation: true,
    ..PLAIN
};

async fn confirm(w: &World, scene: &Scene, who: &Actor) -> Reply {
    let read = w.get(who, &scene.path("/completeness")).await.expect(200);
    let digest = json!({"digest": read.json["digest"]});
    w.post(who, &scene.path("/confirmations"), digest).await
}

fn leave(w: &World, scene: &Scene, person: PersonId) {
    let coalition = CoalitionId(scene.coalition);
    w.write(move |w| {
        let member = coalitions::live_member(w, coalition, person)?.unwrap();
        coalitions::end_member(w, member.id, person, "left")
    });
}

for_each_database! {
    async fn the_signatory_is_asked_once_for_each_version(w: &mut World) {
        let scene = Scene::with(w, ASKED).await;
        look_after_confirmations(w);
        assert!(letters(w).is_empty(), "incomplete");
        scene.fill(w).await;
        look_after_confirmations(w);
        assert!(letters(w).is_empty(), "somebody may still be typing");
        w.set_time("2026-03-02T15:05:00Z");
        for _ in 0..2 {
            look_after_confirmations(w);
        }
        assert_eq!(letters_to(w, "confirmation-asked", &scene.signatory), 1);
        assert_eq!(letters(w).len(), 1, "nobody else is asked");
        scene.save(w, &scene.editor, "idea", json!({"problem": "Changed."})).await.expect(200);
        w.set_time("2026-03-02T15:10:00Z");
        look_after_confirmations(w);
        assert_eq!(letters_to(w, "confirmation-asked", &scene.signatory), 2);
    }

    async fn those_who_submit_hear_of_it_and_of_its_end(w: &mut World) {
        let scene = Scene::with(w, ASKED).await;
        scene.fill(w).await;
        confirm(w, &scene, &scene.signatory).await.expect(201);
        confirm(w, &scene, &scene.signatory).await.expect(201);
        for (who, told) in [(&scene.convenor, 1), (&scene.editor, 1), (&scene.contributor, 0), (&scene.signatory, 0)] {
            assert_eq!(letters_to(w, "proposal-confirmed", who), told);
        }
        look_after_confirmations(w);
        assert_eq!(letters_to(w, "confirmation-void", &scene.convenor), 0);
        scene.save(w, &scene.editor, "idea", json!({"problem": "Changed."})).await.expect(200);
        for _ in 0..2 {
            look_after_confirmations(w);
        }
        for (who, told) in [(&scene.convenor, 1), (&scene.editor, 1), (&scene.contributor, 0)] {
            assert_eq!(letters_to(w, "confirmation-void", who), told);
        }
    }

    async fn who_is_no_signatory_any_more_has_confirmed_nothing(w: &mut World) {
        let scene = Scene::with(w, ASKED).await;
        scene.fill(w).await;
        let confirmed = confirm(w, &scene, &scene.signatory).await.expect(201);
        assert_eq!(confirmed.json["complete"], true);
        leave(w, &scene, scene.signatory.id);
        let lacks = scene.submit(w, &scene.convenor).await.expect(422);
        assert_eq!(lacks.json["errors"][0]["pointer"], "/confirmation", "{lacks}");
        look_after_confirmations(w);
        assert_eq!(letters_to(w, "confirmation-void", &scene.convenor), 1);
        let other = w.person("Sina").await;
        let (coalition, person) = (CoalitionId(scene.coalition), other.id);
        w.write(move |w| {
            let member = civitas::coalitions::model::Member {
                id: w.fresh_id(),
                coalition_id: coalition,
                person_id: person,
                role: MemberRole::Signatory,
                sections: Vec::new(),
                joined_at: w.now(),
            };
            coalitions::insert_member(w, &member, None)
        });
        let confirmed = confirm(w, &scene, &other).await.expect(201);
        assert_eq!(confirmed.json["confirmed_by"], other.id.0);
        scene.submit(w, &scene.convenor).await.expect(201);
    }

    async fn the_table_is_a_part_of_what_is_confirmed_and_read(w: &mut World) {
        let scene = Scene::with(w, ASKED).await;
        scene.fill(w).await;
        confirm(w, &scene, &scene.signatory).await.expect(201);
        let resident = w.person("Rosa").await;
        seat(w, scene.coalition, Sector::Residents, resident.id);
        scene.submit(w, &scene.convenor).await.expect(422);
        confirm(w, &scene, &scene.signatory).await.expect(201);
        let receipt = scene.submit(w, &scene.convenor).await.expect(201);
        w.set_time(AFTER);
        let reviewer = scene.reviewer(w, "Rita", civitas::panels::model::AssignmentState::Accepted).await;
        let path = format!("/submissions/{}", receipt.json["submission_id"]);
        for who in [&scene.officer, &reviewer, &scene.contributor] {
            let read = w.get(who, &path).await.expect(200);
            assert_eq!(read.json["coalition"]["seats"], json!([{
                "sector": "residents", "role": "resident leader", "jurisdiction": "city",
                "organisation": "", "state": "filled"}]), "{read}");
            assert!(!read.text().contains("rosa"));
        }
    }
}
