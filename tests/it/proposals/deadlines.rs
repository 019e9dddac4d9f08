//! Deadlines: told when they move, reminded of before they come, and exact about what is frozen.

use actix_web::http::Method;
use civitas::app::tell_of_dead_letters;
use civitas::coalitions::model::MemberRole;
use civitas::competitions::store as competitions;
use civitas::platform::db::schema::messages;
use civitas::platform::ids::{MessageId, StageId};
use civitas::platform::outbox::MessageState;
use diesel::prelude::*;
use serde_json::json;

use super::letters::{letters, letters_to, remind};
use super::scene::{Scene, add_coalition, form, seat};
use crate::for_each_database;
use crate::world::{Reply, World};

async fn patch(w: &World, scene: &Scene, stage: i64, change: serde_json::Value) -> Reply {
    let path = format!("/stages/{stage}");
    let etag = w.get(&scene.officer, &path).await.expect(200).etag();
    w.ask(&scene.officer, Method::PATCH, &path)
        .header("if-match", etag)
        .json(&change)
        .send()
        .await
}

fn remind_at(w: &World, scene: &Scene, hours: &[i32]) {
    let (stage, hours) = (StageId(scene.stage), hours.to_vec());
    w.write(move |w| {
        let mut stage = competitions::stage(w, stage)?.unwrap();
        stage.reminder_hours.clone_from(&hours);
        competitions::update_stage(w, &stage)
    });
}

for_each_database! {
    async fn everyone_who_writes_is_told_of_a_moved_deadline(w: &mut World) {
        let scene = Scene::open(w).await;
        let other = w.person("Omar").await;
        let (competition, person) = (scene.competition, other.id);
        w.write(move |w| add_coalition(w, competition, "Holyoke", &[(person, MemberRole::Convenor)]));
        let later = json!({"deadline": "2026-05-01T21:00:00Z", "reason": "Snow closed the schools."});
        patch(w, &scene, scene.stage, later.clone()).await.expect(200);
        patch(w, &scene, scene.stage, later).await.expect(200);
        for who in [&scene.convenor, &scene.editor, &scene.contributor, &scene.signatory, &other] {
            assert_eq!(letters_to(w, "deadline-moved", who), 1);
        }
        assert_eq!(letters(w).len(), 5, "nobody else");
        patch(w, &scene, scene.stage, json!({"name": "The proposal"})).await.expect(200);
        assert_eq!(letters(w).len(), 5);
        let again = json!({"deadline": "2026-05-02T21:00:00Z", "reason": "More snow."});
        patch(w, &scene, scene.stage, again).await.expect(200);
        assert_eq!(letters_to(w, "deadline-moved", &other), 2);
    }

    async fn who_did_not_advance_hears_nothing_of_a_later_stage(w: &mut World) {
        let scene = Scene::open(w).await;
        let stage = scene.add_stage(w, 2, Some(form()));
        let other = w.person("Omar").await;
        let (competition, person) = (scene.competition, other.id);
        w.write(move |w| add_coalition(w, competition, "Holyoke", &[(person, MemberRole::Convenor)]));
        scene.submitted(w).await;
        scene.decide(w, "advance", "2026-05-10T14:00:00Z");
        w.set_time("2026-06-02T14:00:00Z");
        let later = json!({"deadline": "2026-08-09T21:00:00Z", "reason": "Holidays."});
        patch(w, &scene, stage, later).await.expect(200);
        assert_eq!(letters_to(w, "deadline-moved", &scene.convenor), 1);
        assert_eq!(letters_to(w, "deadline-moved", &other), 0);
    }

    async fn letters_that_died_tell_nothing_of_a_sealed_stage(w: &mut World) {
        let scene = Scene::open(w).await;
        remind_at(w, &scene, &[24]);
        w.set_time("2026-04-23T21:00:00Z");
        remind(w);
        scene.submitted(w).await;
        w.write(|w| {
            let (dead, now) = (MessageState::Dead, w.now());
            let died = (messages::state.eq(dead), messages::died_at.eq(Some(now)));
            Ok(diesel::update(messages::table).set(died).execute(w.conn())?)
        });
        let one = w.write(|w| Ok(messages::table.filter(messages::kind.eq("submission-reminder"))
            .select(messages::id).first::<MessageId>(w.conn())?));
        let again = format!("/messages/{one}/resend");
        w.write(tell_of_dead_letters);
        assert_eq!(letters_to(w, "dead-letters", &scene.officer), 0, "not that there are any");
        assert!(w.get(&scene.officer, "/messages").await.expect(200).items().is_empty());
        w.post(&scene.officer, &again, json!({})).await.expect(404);
        w.set_time("2026-04-24T21:06:00Z");
        w.write(tell_of_dead_letters);
        assert_eq!(letters_to(w, "dead-letters", &scene.officer), 1);
        let seen = w.get(&scene.officer, "/messages?limit=200").await.expect(200);
        for kind in ["submission-reminder", "submission-receipt"] {
            assert!(seen.items().iter().any(|letter| letter["kind"] == kind), "{seen}");
        }
        w.post(&scene.officer, &again, json!({})).await.expect(200);
    }

    async fn who_has_not_submitted_is_reminded_once_for_each_time(w: &mut World) {
        let scene = Scene::open(w).await;
        remind_at(w, &scene, &[168, 24]);
        w.set_time("2026-04-17T20:59:59Z");
        remind(w);
        assert!(letters(w).is_empty());
        w.set_time("2026-04-17T21:00:00Z");
        for _ in 0..2 {
            remind(w);
        }
        for who in [&scene.convenor, &scene.editor, &scene.contributor, &scene.signatory] {
            assert_eq!(letters_to(w, "submission-reminder", who), 1);
        }
        w.set_time("2026-04-20T21:00:00Z");
        let late = w.person("Lana").await;
        let (competition, person) = (scene.competition, late.id);
        w.write(move |w| add_coalition(w, competition, "Lowell", &[(person, MemberRole::Convenor)]));
        remind(w);
        assert_eq!(letters_to(w, "submission-reminder", &late), 0, "founded since");
        scene.submitted(w).await;
        w.set_time("2026-04-23T21:00:00Z");
        remind(w);
        assert_eq!(letters_to(w, "submission-reminder", &scene.convenor), 1, "it is in");
        assert_eq!(letters_to(w, "submission-reminder", &late), 1);
        w.set_time("2026-04-24T21:00:01Z");
        remind(w);
        assert_eq!(letters_to(w, "submission-reminder", &late), 1);
    }

    async fn in_the_grace_a_submission_in_time_stands(w: &mut World) {
        let scene = Scene::open(w).await;
        let first = scene.submitted(w).await;
        scene.save(w, &scene.editor, "idea", json!({"problem": "Better."})).await.expect(200);
        w.set_time("2026-04-24T21:01:00Z");
        let refused = scene.submit(w, &scene.convenor).await.expect(409);
        assert_eq!(refused.problem(), "deadline-passed");
        let shown = w.get(&scene.convenor, &format!("/submissions/{first}")).await.expect(200);
        assert_eq!((&shown.json["state"], &shown.json["in_grace"]), (&json!("in_force"), &json!(false)));
        // Who takes it back may still hand in what was there at the deadline.
        let sure = json!({"confirm": "withdraw"});
        w.post(&scene.convenor, &format!("/submissions/{first}/withdrawal"), sure).await.expect(200);
        let late = scene.submit(w, &scene.convenor).await.expect(201);
        assert_eq!(late.json["in_grace"], true);
        scene.submit(w, &scene.convenor).await.expect(200);
    }

    async fn names_and_seats_stand_still_in_the_grace(w: &mut World) {
        let scene = Scene::open(w).await;
        let resident = w.person("Rosa").await;
        seat(w, scene.coalition, civitas::competitions::model::Sector::Residents, resident.id);
        let coalition = format!("/coalitions/{}", scene.coalition);
        let seats = format!("{coalition}/seats");
        let names = json!({"name": "Lawrence now", "lead_organisation": "Community Works"});
        let another = json!({"sector": "finance", "role": "Lender"});
        let there = w.get(&scene.convenor, &seats).await.expect(200);
        let all = there.json["items"].as_array().or(there.json.as_array()).unwrap();
        let seat = format!("/seats/{}", all[0]["id"]);
        w.set_time("2026-04-24T21:01:00Z");
        for refused in [
            w.edit(&scene.convenor, &coalition, |_| names.clone()).await,
            w.post(&scene.convenor, &seats, another.clone()).await,
            w.edit(&scene.convenor, &seat, |_| another.clone()).await,
            w.delete(&scene.convenor, &seat).await,
        ] {
            assert_eq!((refused.status, refused.problem()), (409, "deadline-passed"), "{refused}");
        }
        w.set_time("2026-04-24T21:05:00.000001Z");
        w.edit(&scene.convenor, &coalition, |_| names).await.expect(200);
        w.post(&scene.convenor, &seats, another).await.expect(201);
    }
}
