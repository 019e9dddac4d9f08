//! Deadlines: moved for all until somebody reads, or for one coalition alone.

use actix_web::http::Method;
use civitas::coalitions::model::MemberRole;
use civitas::competitions::model::StageActKind;
use civitas::competitions::store as competitions;
use civitas::people::Role;
use civitas::platform::ids::StageId;
use serde_json::{Value, json};

use crate::coalitions::conflict;
use crate::for_each_database;
use crate::proposals::letters::{letters_to, remind};
use crate::proposals::scene::{AFTER, PLAIN, Scene, Setting, add_coalition};
use crate::world::{Actor, Nobody, Reply, World};

const UNTIL: &str = "2026-04-28T21:00:00Z";

async fn grant(w: &World, scene: &Scene, who: &Actor, until: &str) -> Reply {
    let body = json!({"coalition": scene.coalition, "until": until, "reason": "The flood closed city hall."});
    w.post(who, &format!("/stages/{}/waivers", scene.stage), body)
        .await
}

async fn exceptions(w: &World, who: &Actor, path: &str) -> Vec<Value> {
    w.get(who, &format!("{path}/exceptions"))
        .await
        .expect(200)
        .items()
        .to_vec()
}

async fn extend(w: &World, scene: &Scene, deadline: &str) -> Reply {
    let path = format!("/stages/{}", scene.stage);
    let etag = w.get(&scene.officer, &path).await.expect(200).etag();
    let change = json!({"deadline": deadline, "reason": "The mail server was down."});
    w.ask(&scene.officer, Method::PATCH, &path)
        .header("if-match", etag)
        .json(&change)
        .send()
        .await
}

/// Another city, which submits on time; its convenor and its submission.
async fn another_city(w: &mut World, scene: &Scene) -> (Actor, i64) {
    let other = w.person("Omar").await;
    let (competition, person) = (scene.competition, other.id);
    let coalition = w.write(move |w| {
        add_coalition(w, competition, "Holyoke", &[(person, MemberRole::Convenor)])
    });
    let begun = w
        .post(
            &other,
            &format!("/coalitions/{coalition}/proposals"),
            json!({"title": "Theirs"}),
        )
        .await;
    let path = format!("/proposals/{}", begun.expect(201).id());
    for (section, answers) in [
        ("idea", json!({"problem": "Rents rise.", "joint": "no"})),
        ("office", json!({"tax_id": "04-7654321"})),
    ] {
        let at = format!("{path}/sections/{section}");
        let etag = w.get(&other, &at).await.expect(200).etag();
        w.put(&other, &at, &etag, json!({"answers": answers}))
            .await
            .expect(200);
    }
    let receipt = w
        .post(&other, &format!("{path}/submissions"), json!({}))
        .await
        .expect(201);
    (other, receipt.json["submission_id"].as_i64().unwrap())
}

for_each_database! {
    async fn one_coalition_has_more_time_and_nobody_else_knows(w: &mut World) {
        let scene = Scene::open(w).await;
        let (other, theirs) = another_city(w, &scene).await;
        scene.fill(w).await;
        w.set_time(AFTER);
        scene.save(w, &scene.editor, "idea", json!({"problem": "More."})).await.expect(409);
        let before = w.get(&Nobody, &format!("/stages/{}", scene.stage)).await.expect(200).bytes;
        let granted = grant(w, &scene, &scene.officer, UNTIL).await.expect(201);
        assert_eq!(granted.json["kind"], "waiver");
        assert_eq!(letters_to(w, "waiver-granted", &scene.convenor), 1);
        assert_eq!(letters_to(w, "waiver-granted", &scene.signatory), 1);
        assert_eq!(letters_to(w, "waiver-granted", &other), 0);
        for who in [&other, &scene.convenor] {
            let stage = w.get(who, &format!("/stages/{}", scene.stage)).await.expect(200);
            assert!(!stage.text().contains("2026-04-28"), "the call says nothing of it");
        }
        let after = w.get(&Nobody, &format!("/stages/{}", scene.stage)).await.expect(200).bytes;
        assert_eq!(before, after);
        w.get(&other, &format!("/stages/{}/exceptions", scene.stage)).await.expect(403);
        let own = exceptions(w, &scene.convenor, &scene.path("")).await;
        assert_eq!(own[0]["reason"], "The flood closed city hall.");
        assert_eq!((&own[0]["stands"], &own[0]["granted_by"]), (&json!(true), &Value::Null));

        // It writes and hands in; what it hands in is sealed to the office, unlike the others'.
        assert_eq!(w.get(&scene.editor, &scene.path("")).await.expect(200).json["open"], true);
        scene.save(w, &scene.editor, "idea", json!({"problem": "Rents rise.", "joint": "no"})).await.expect(200);
        let receipt = scene.submit(w, &scene.convenor).await.expect(201);
        assert_eq!(receipt.json["in_grace"], false);
        let mine = format!("/submissions/{}", receipt.json["submission_id"]);
        w.get(&scene.convenor, &mine).await.expect(200);
        w.get(&scene.officer, &mine).await.expect(404);
        w.get(&scene.officer, &format!("/submissions/{theirs}")).await.expect(200);
        let listed = w.get(&scene.officer, &format!("/stages/{}/submissions", scene.stage)).await.expect(200);
        assert_eq!(listed.items().len(), 1);
        let screened = format!("/stages/{}/screenings", scene.stage);
        assert_eq!(w.get(&scene.officer, &screened).await.expect(200).items().len(), 1);
        let screen = json!({"items": [{"coalition": listed.items()[0]["coalition_id"], "verdict": "eligible"}]});
        w.post(&scene.officer, &format!("{screened}/batches"), screen).await.expect(200);
        // What is still to come keeps nobody from going on, but reviews stay open for it.
        let stage = format!("/stages/{}", scene.stage);
        scene.act(w, StageActKind::ScreeningDone);
        let refused = w.post(&scene.officer, &format!("{stage}/review-closure"), Value::Null).await.expect(409);
        assert_eq!(refused.problem(), "not-ready");
        let results = w.get(&scene.officer, &format!("{stage}/results")).await.expect(200);
        assert_eq!(results.items().len(), 1);

        // Its own grace follows its own deadline, then it is one of all.
        w.set_time("2026-04-28T21:04:00Z");
        scene.save(w, &scene.editor, "idea", json!({"problem": "Late."})).await.expect(409);
        w.get(&scene.officer, &mine).await.expect(404);
        w.set_time("2026-04-28T21:05:01Z");
        scene.submit(w, &scene.convenor).await.expect(409);
        w.get(&scene.officer, &mine).await.expect(200);
        assert_eq!(w.get(&scene.officer, &format!("{stage}/results")).await.expect(200).items().len(), 2);
        // What came late is screened before reviews can be closed.
        let closure = format!("{stage}/review-closure");
        assert!(w.post(&scene.officer, &closure, Value::Null).await.expect(409).text().contains("not screened"));
        let late = format!("{stage}/screenings/{}", scene.coalition);
        let etag = w.get(&scene.officer, &late).await.expect(200).etag();
        let eligible = json!({"verdict": "eligible", "reason": "It had more time."});
        w.put(&scene.officer, &late, &etag, eligible).await.expect(200);
        w.post(&scene.officer, &closure, Value::Null).await.expect(200);
        let own = exceptions(w, &scene.officer, &stage).await;
        assert_eq!((&own[0]["stands"], own[0]["granted_by"].is_null()), (&json!(false), false));
        let case = w.get(&scene.officer, &format!("{stage}/decisions/{}", scene.coalition)).await.expect(200);
        assert_eq!(case.json["exceptions"][0]["reason"], "The flood closed city hall.");
    }

    async fn a_waiver_is_given_by_officers_for_what_they_may_see(w: &mut World) {
        let scene = Scene::open(w).await;
        let assistant = w.person("Amir").await;
        w.grant(&assistant, Role::Assistant, scene.competition);
        w.set_time(AFTER);
        let path = format!("/stages/{}/waivers", scene.stage);
        grant(w, &scene, &assistant, UNTIL).await.expect(403);
        grant(w, &scene, &scene.convenor, UNTIL).await.expect(403);
        for (change, pointer) in [
            (json!({"until": "2026-04-24T20:00:00Z"}), "/until"),
            (json!({"until": AFTER}), "/until"),
            (json!({"reason": " "}), "/reason"),
            (json!({"coalition": 77}), "/coalition"),
        ] {
            let mut body = json!({"coalition": scene.coalition, "until": UNTIL, "reason": "Flood."});
            body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let refused = w.post(&scene.officer, &path, body).await.expect(422);
            assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{change}");
        }
        grant(w, &scene, &scene.officer, UNTIL).await.expect(201);
        // Another one takes its place.
        w.set_time("2026-04-25T10:00:00Z");
        grant(w, &scene, &scene.officer, "2026-04-29T21:00:00Z").await.expect(201);
        let all = exceptions(w, &assistant, &format!("/stages/{}", scene.stage)).await;
        let stands: Vec<&Value> = all.iter().map(|one| &one["stands"]).collect();
        assert_eq!(stands, [false, true]);
        // An officer with a conflict finds no trace of it, and can neither give nor take.
        let otto = w.person("Otto").await;
        w.grant(&otto, Role::Officer, scene.competition);
        let otto = w.sign_in(otto.id);
        conflict(w, scene.competition, scene.coalition, otto.id);
        assert!(exceptions(w, &otto, &format!("/stages/{}", scene.stage)).await.is_empty());
        let refused = grant(w, &scene, &otto, UNTIL).await.expect(422);
        assert_eq!(refused.json["errors"][0]["pointer"], "/coalition");
        let ending = format!("{path}/{}/ending", scene.coalition);
        w.post(&otto, &ending, json!({"reason": "No."})).await.expect(404);

        w.post(&scene.officer, &ending, json!({"reason": ""})).await.expect(422);
        w.post(&scene.officer, &ending, json!({"reason": "The wrong city."})).await.expect(200);
        w.post(&scene.officer, &ending, json!({"reason": "The wrong city."})).await.expect(409);
        assert_eq!(letters_to(w, "waiver-called-back", &scene.editor), 1);
        scene.save(w, &scene.editor, "idea", json!({"problem": "More."})).await.expect(409);
    }

    async fn who_handed_in_is_given_it_back_instead(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.submitted(w).await;
        // Until the deadline it may replace what it handed in, and longer with more time.
        grant(w, &scene, &scene.officer, UNTIL).await.expect(201);
        let ending = format!("/stages/{}/waivers/{}/ending", scene.stage, scene.coalition);
        w.post(&scene.officer, &ending, json!({"reason": "Not needed."})).await.expect(200);
        w.set_time(AFTER);
        let refused = grant(w, &scene, &scene.officer, UNTIL).await.expect(409);
        assert!(refused.text().contains("give it back for correction"), "{refused}");
    }

    async fn who_has_more_time_is_reminded_by_it(w: &mut World) {
        let scene = Scene::open(w).await;
        let (stage, hours) = (StageId(scene.stage), vec![24]);
        w.write(move |w| {
            let mut stage = competitions::stage(w, stage)?.unwrap();
            stage.reminder_hours.clone_from(&hours);
            competitions::update_stage(w, &stage)
        });
        grant(w, &scene, &scene.officer, UNTIL).await.expect(201);
        w.set_time("2026-04-24T13:00:00Z");
        remind(w);
        assert_eq!(letters_to(w, "submission-reminder", &scene.editor), 0, "the others' deadline is not theirs");
        w.set_time("2026-04-28T13:00:00Z");
        remind(w);
        remind(w);
        assert_eq!(letters_to(w, "submission-reminder", &scene.editor), 1);
    }

    async fn the_deadline_moves_for_all_until_somebody_reads(w: &mut World) {
        let scene = Scene::open(w).await;
        let (_, theirs) = another_city(w, &scene).await;
        w.set_time(AFTER);
        extend(w, &scene, "2026-04-30T21:00:00Z").await.expect(200);
        let stage = w.get(&Nobody, &format!("/stages/{}", scene.stage)).await.expect(200);
        assert_eq!(stage.json["phase"], "open");
        assert_eq!(letters_to(w, "deadline-moved", &scene.editor), 1);
        scene.submitted(w).await;
        w.set_time("2026-05-01T13:00:00Z");
        // Its own coalition opens nothing; an officer does, once.
        extend(w, &scene, "2026-05-02T21:00:00Z").await.expect(200);
        w.set_time("2026-05-03T13:00:00Z");
        for _ in 0..2 {
            w.get(&scene.officer, &format!("/submissions/{theirs}")).await.expect(200);
        }
        let refused = extend(w, &scene, "2026-05-09T21:00:00Z").await.expect(409);
        assert!(refused.text().contains("has been read"), "{refused}");
        let id = StageId(scene.stage);
        let acts = w.write(move |w| Ok(competitions::stage(w, id)?.unwrap().acts));
        let opened = acts.iter().filter(|act| act.act == StageActKind::SubmissionOpened).count();
        assert_eq!(opened, 1);
        // For one coalition there may still be more time.
        let body = json!({"coalition": scene.coalition, "until": "2026-05-09T21:00:00Z", "reason": "Flood."});
        w.post(&scene.officer, &format!("/stages/{}/waivers", scene.stage), body).await.expect(409);
    }

    async fn reading_what_is_not_sealed_fixes_the_deadline_too(w: &mut World) {
        let scene = Scene::with(w, Setting { sealed: false, ..PLAIN }).await;
        let submission = scene.submitted(w).await;
        extend(w, &scene, "2026-04-30T21:00:00Z").await.expect(200);
        w.get(&scene.officer, &format!("/submissions/{submission}")).await.expect(200);
        extend(w, &scene, "2026-05-02T21:00:00Z").await.expect(409);
    }
}
