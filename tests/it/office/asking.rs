//! Who may ask the office, until when and how much; and how the office hears of it.

use civitas::coalitions::jobs;
use civitas::coalitions::model::MemberRole;
use civitas::platform::db::schema::messages;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::scene::{join, minute};
use crate::decisions::scene::letters;
use crate::for_each_database;
use crate::proposals::scene::{AFTER, Scene, add_coalition};
use crate::world::{Nobody, World};

for_each_database! {
    async fn questions_are_taken_until_a_date_that_everybody_saw(w: &mut World) {
        let scene = Scene::open(w).await;
        let path = format!("/competitions/{}", scene.competition);
        let until = async |w: &World, at: Value| {
            let etag = w.get(&scene.officer, &path).await.expect(200).etag();
            let asks = w.ask(&scene.officer, actix_web::http::Method::PATCH, &path);
            asks.header("if-match", etag).json(&json!({"questions_until": at})).send().await
        };
        let stranger = w.person("Stan").await;
        let soon = until(w, json!("2026-03-03T14:59:59Z")).await.expect(422);
        assert_eq!(soon.json["errors"][0]["pointer"], "/questions_until");
        until(w, json!("2026-05-01T21:00:00Z")).await.expect(200);
        assert_eq!(w.get(&Nobody, &path).await.expect(200).json["questions_until"], "2026-05-01T21:00:00.000000Z");
        until(w, json!("2026-04-10T21:00:00Z")).await.expect(200);
        w.set_time("2026-04-10T21:00:00Z");
        scene.asks(w, &stranger, "In time?").await.expect(201);
        w.set_time("2026-04-10T21:00:00.000001Z");
        let late = scene.asks(w, &scene.editor, "In time?").await.expect(409);
        assert_eq!(late.problem(), "deadline-passed");
        assert!(late.json["detail"].as_str().unwrap().contains("17:00"), "{late}");
        // It can be moved on after it has passed.
        until(w, json!("2026-05-01T21:00:00Z")).await.expect(200);
        scene.asks(w, &scene.editor, "In time?").await.expect(201);
        // After the last stage, those who take part may go on to ask, and nobody else.
        w.set_time(AFTER);
        scene.asks(w, &scene.editor, "What comes next?").await.expect(201);
        assert_eq!(scene.asks(w, &stranger, "May I still?").await.expect(409).problem(), "deadline-passed");
        until(w, Value::Null).await.expect(200);
        assert_eq!(scene.asks(w, &scene.editor, "And now?").await.expect(409).problem(), "deadline-passed");
    }

    async fn who_may_ask_and_how_much(w: &mut World) {
        let scene = Scene::open(w).await;
        let asked = scene.of_competition("questions");
        w.post(&Nobody, &asked, json!({"question": "Who?"})).await.expect(401);
        scene.asks(w, &scene.officer, "To myself?").await.expect(403);
        let (chelsea, carl) = scene.another_city(w, "Chelsea").await;
        let (holyoke, _) = scene.another_city(w, "Holyoke").await;
        join(w, holyoke, &carl, MemberRole::Editor);
        let carl = w.sign_in(carl.id);
        let which = scene.asks(w, &carl, "For which?").await.expect(422);
        assert_eq!(which.json["errors"][0]["pointer"], "/coalition");
        let not_his = json!({"question": "For which?", "coalition": scene.coalition});
        let refused = w.post(&carl, &asked, not_his).await.expect(422);
        assert_eq!(refused.json["errors"][0]["pointer"], "/coalition");
        let his = json!({"question": "For which?", "coalition": chelsea});
        assert_eq!(w.post(&carl, &asked, his).await.expect(201).json["coalition_id"], chelsea);

        let long = scene.asks(w, &scene.editor, &"q".repeat(5001)).await.expect(422);
        assert_eq!(long.json["errors"][0]["pointer"], "/question");
        let first = scene.asks(w, &scene.editor, "And this?").await.expect(201).id();
        for _ in 1..10 {
            scene.asks(w, &scene.editor, "And this?").await.expect(201);
        }
        assert_eq!(scene.asks(w, &scene.editor, "And this?").await.expect(409).problem(), "quota-used-up");
        w.set_time("2026-03-03T15:00:00Z");
        let last = scene.asks(w, &scene.editor, "And this?").await.expect(201).id();

        let path = format!("/questions/{last}/withdrawal");
        w.post(&scene.convenor, &path, Value::Null).await.expect(404);
        assert_eq!(w.post(&scene.editor, &path, Value::Null).await.expect(200).json["state"], "withdrawn");
        w.get(&scene.officer, &format!("/questions/{last}")).await.expect(404);
        assert!(!scene.waiting(w, &scene.officer).await.contains(&last));
        let gone = scene.of_competition("questions?state=withdrawn");
        assert!(w.get(&scene.officer, &gone).await.expect(200).items().is_empty());
        assert_eq!(w.get(&scene.editor, &format!("/questions/{last}")).await.expect(200).json["state"], "withdrawn");
        w.post(&scene.editor, &path, Value::Null).await.expect(409);
        w.post(&scene.officer, &format!("/questions/{first}/answers"), json!({"answer": "Yes."})).await.expect(200);
        w.post(&scene.editor, &format!("/questions/{first}/withdrawal"), Value::Null).await.expect(409);
    }

    async fn officers_hear_once_a_day_that_questions_wait(w: &mut World) {
        let scene = Scene::open(w).await;
        let count = |w: &World| letters(w, "questions-waiting", &scene.officer).len();
        minute(w);
        assert_eq!(count(w), 0);
        scene.asks(w, &scene.editor, "One?").await.expect(201);
        minute(w);
        w.set_time("2026-03-02T18:00:00Z");
        scene.asks(w, &scene.editor, "Two?").await.expect(201);
        minute(w);
        assert_eq!(count(w), 1);
        w.set_time("2026-03-03T15:00:00Z");
        minute(w);
        minute(w);
        let told = letters(w, "questions-waiting", &scene.officer);
        assert_eq!((told.len(), &told[1].2["count"]), (2, &json!(2)));
        // Nothing new was asked since.
        w.set_time("2026-03-05T15:00:00Z");
        minute(w);
        assert_eq!(count(w), 2);
    }

    async fn letters_to_all_are_written_a_few_at_a_time(w: &mut World) {
        let scene = Scene::open(w).await;
        let mut cast = Vec::new();
        for number in 0..60 {
            let role = if number == 0 { MemberRole::Convenor } else { MemberRole::Editor };
            cast.push((w.person(&format!("member{number}")).await.id, role));
        }
        let competition = scene.competition;
        w.write(move |w| add_coalition(w, competition, "Holyoke", &cast));
        scene.publishes(w, json!([{"question": "May one?", "answer": "Yes."}])).await.expect(201);
        let publication = w.write(|w| jobs::publications_to_tell(w))[0];
        let written = |w: &World| -> i64 {
            w.write(|w| Ok(messages::table.filter(messages::kind.eq("answers-published"))
                .count().get_result(w.conn())?))
        };
        assert!(w.write(move |w| jobs::tell_of_publication(w, publication)));
        assert_eq!(written(w), 50);
        assert!(!w.write(move |w| jobs::tell_of_publication(w, publication)));
        assert_eq!(written(w), 64);
        assert!(!w.write(move |w| jobs::tell_of_publication(w, publication)));
        assert_eq!(written(w), 64);
        assert!(w.write(|w| jobs::publications_to_tell(w)).is_empty());
    }
}
