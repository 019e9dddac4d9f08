//! Questions to the office: answered to the asker alone or to everybody at once.

use civitas::coalitions::model::MemberRole;
use civitas::people::Role;
use civitas::platform::db::schema::{audit_log, messages};
use diesel::prelude::*;
use serde_json::{Value, json};

use super::scene::{conflict, join, minute};
use crate::decisions::scene::letters;
use crate::for_each_database;
use crate::proposals::scene::Scene;
use crate::world::Nobody;

for_each_database! {
    async fn a_question_is_answered_to_its_asker_alone(w: &mut World) {
        let scene = Scene::open(w).await;
        let (_, other) = scene.another_city(w, "Chelsea").await;
        let juror = w.person("Jude").await;
        let asked = scene.asks(w, &scene.editor, "  May our partner be a county?\r\n").await.expect(201);
        assert_eq!(asked.json["question"], "May our partner be a county?");
        assert_eq!(asked.json["coalition"], "Lawrence together");
        let path = format!("/questions/{}", asked.id());
        for stranger in [&other, &juror, &scene.convenor] {
            w.get(stranger, &path).await.expect(404);
        }
        for path in [scene.of_competition("questions"), path.clone()] {
            w.get(&Nobody, &path).await.expect(401);
        }
        w.get(&other, &scene.of_competition("questions")).await.expect(403);
        assert_eq!(scene.waiting(w, &scene.officer).await, [asked.id()]);

        let answers = format!("{path}/answers");
        let assistant = w.person("Asa").await;
        w.grant(&assistant, Role::Assistant, scene.competition);
        assert_eq!(scene.waiting(w, &assistant).await, [asked.id()]);
        w.post(&assistant, &answers, json!({"answer": "Yes."})).await.expect(403);
        w.post(&scene.editor, &answers, json!({"answer": "Yes."})).await.expect(403);
        w.post(&other, &answers, json!({"answer": "Yes."})).await.expect(404);
        let empty = w.post(&scene.officer, &answers, json!({"answer": " "})).await.expect(422);
        assert_eq!(empty.json["errors"][0]["pointer"], "/answer");
        w.post(&scene.officer, &answers, json!({"answer": "Yes."})).await.expect(200);
        w.set_time("2026-03-02T16:00:00Z");
        let added = w.post(&scene.officer, &answers, json!({"answer": "Two counties too."})).await.expect(200);
        assert_eq!(added.json["private_answers"][1]["answered_by"], scene.officer.id.0);
        assert!(scene.waiting(w, &scene.officer).await.is_empty());

        let mine = w.get(&scene.editor, "/me/questions").await.expect(200);
        let told = &mine.items()[0]["private_answers"];
        assert_eq!((&told[0]["answer"], &told[1]["answer"]), (&json!("Yes."), &json!("Two counties too.")));
        assert_eq!(told[0]["answered_by"], Value::Null);
        assert!(w.get(&scene.convenor, "/me/questions").await.expect(200).items().is_empty());
        minute(w);
        let mail = w.run_jobs().await;
        let answered: Vec<_> = mail.iter().filter(|mail| mail.text.contains("May our partner")).collect();
        assert_eq!(answered.len(), 2, "{mail:?}");
        assert!(answered.iter().all(|mail| mail.to == scene.editor.email && !mail.text.contains("Olive")));
        assert!(scene.published(w).await.is_empty());
    }

    async fn answers_go_to_everybody_at_once_without_a_word_of_who_asked(w: &mut World) {
        let scene = Scene::open(w).await;
        let (_, other) = scene.another_city(w, "Chelsea").await;
        let stranger = w.person("Stan").await;
        let third = scene.asks(w, &stranger, "When is it over?").await.expect(201);
        w.set_time("2026-03-05T15:00:00Z");
        let first = scene.asks(w, &scene.editor, "May Lawrence have a county in?").await.expect(201).id();
        let second = scene.asks(w, &other, "Chelsea wants a county too, may it?").await.expect(201).id();
        assert_eq!(third.json["coalition_id"], Value::Null);
        assert!(scene.published(w).await.is_empty());

        w.set_time("2026-03-09T15:00:00Z");
        let made = scene.publishes(w, json!([
            {"questions": [second, first], "question": "May a partner be a county?", "answer": "Yes."},
            {"questions": [third.id()], "question": "When is the deadline?", "answer": "On 24 April."},
            {"question": "Is there a workshop?", "answer": "On 25 March."},
        ])).await.expect(201);
        assert_eq!(made.json["answers"].as_array().unwrap().len(), 3);
        let read = scene.published(w).await;
        let told: Vec<(i64, &str)> = read.iter()
            .map(|one| (one["number"].as_i64().unwrap(), one["question"].as_str().unwrap())).collect();
        assert_eq!(told, [(1, "May a partner be a county?"), (2, "When is the deadline?"), (3, "Is there a workshop?")]);
        let fields: Vec<&String> = read[0].as_object().unwrap().keys().collect();
        assert_eq!(fields, ["answer", "competition_id", "corrected_at", "earlier", "id", "number",
            "published_at", "question", "version"]);
        assert!(read.iter().all(|one| one["published_at"] == "2026-03-09T15:00:00.000000Z"));
        let page = w.get(&Nobody, &scene.of_competition("published-answers?limit=2")).await.expect(200);
        let next = page.json["next"].as_str().unwrap();
        let rest = w.get(&Nobody, &scene.of_competition(&format!("published-answers?limit=2&cursor={next}"))).await;
        assert_eq!(rest.expect(200).items(), &read[2..]);

        minute(w);
        minute(w);
        let all = w.run_jobs().await;
        let mail: Vec<_> = all.iter().filter(|mail| mail.subject.ends_with("answers to questions")).collect();
        let mut to: Vec<&str> = mail.iter().map(|mail| mail.to.as_str()).collect();
        to.sort_unstable();
        let members = [&scene.convenor, &scene.contributor, &scene.editor, &scene.signatory, &other, &stranger];
        let mut wanted: Vec<&str> = members.iter().map(|who| who.email.as_str()).collect();
        wanted.sort_unstable();
        assert_eq!(to, wanted);
        assert!(mail.iter().all(|one| (&one.subject, &one.text) == (&mail[0].subject, &mail[0].text)));
        assert!(mail[0].text.contains("1. May a partner be a county?\n\n→ Yes.\n\n2. When is the deadline?"), "{}", mail[0].text);
        for told in [mail[0].text.clone(), mail[0].raw.replace(&mail[0].to, ""), format!("{read:?}")] {
            for mark in ["Lawrence", "Chelsea", "edwin", "carl.of", "stan@"] {
                assert!(!told.to_lowercase().contains(&mark.to_lowercase()), "{mark}: {told}");
            }
        }
        // Each asker finds the answer to their own question.
        for (who, number) in [(&scene.editor, 1), (&other, 1), (&stranger, 2)] {
            let mine = w.get(who, "/me/questions").await.expect(200);
            let one = &mine.items()[0];
            assert_eq!((&one["state"], &one["published"]["number"]), (&json!("answered"), &json!(number)));
        }
        let twice = scene.publishes(w, json!([{"questions": [first], "question": "Again?", "answer": "Yes."}])).await;
        assert_eq!(twice.expect(422).json["errors"][0]["pointer"], "/answers/0/questions/0");
        let rows: Vec<(Option<i64>, String)> = w.write(|w| Ok(audit_log::table
            .filter(audit_log::act.eq("answers.published"))
            .select((audit_log::coalition_id, audit_log::detail)).load(w.conn())?));
        assert_eq!(rows.len(), 1);
        assert!(rows[0].0.is_none() && !rows[0].1.contains(&first.to_string()), "{rows:?}");
    }

    async fn the_askers_own_words_are_published_only_where_the_officer_says_so(w: &mut World) {
        let scene = Scene::open(w).await;
        let words = "May our mayor, whom you know, sign alone?";
        let asked = scene.asks(w, &scene.editor, words).await.expect(201).id();
        let wrong = |answer: Value| scene.publishes(w, json!([answer]));
        for (answer, pointer) in [
            (json!({"questions": [asked], "answer": "No."}), "/answers/0/question"),
            (json!({"questions": [asked], "question": words, "answer": "No."}), "/answers/0/question"),
            (json!({"questions": [asked], "question": "May a mayor?", "as_asked": true, "answer": "No."}), "/answers/0/question"),
            (json!({"as_asked": true, "answer": "No."}), "/answers/0/as_asked"),
            (json!({"questions": [asked, asked], "question": "May a mayor?", "answer": "No."}), "/answers/0/questions/1"),
            (json!({"questions": [7], "question": "May a mayor?", "answer": "No."}), "/answers/0/questions/0"),
            (json!({"question": "May a mayor?", "answer": ""}), "/answers/0/answer"),
        ] {
            let told = format!("{answer}");
            let refused = wrong(answer).await.expect(422);
            assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{told}: {refused}");
        }
        let none = scene.publishes(w, json!([])).await.expect(422);
        assert_eq!(none.json["errors"][0]["pointer"], "/answers");
        let long = json!({"question": "q".repeat(5000), "answer": "a".repeat(10_000)});
        let too_much = scene.publishes(w, json!([long, long, long])).await.expect(422);
        assert_eq!(too_much.json["errors"][0]["pointer"], "/answers");
        assert!(scene.published(w).await.is_empty());
        scene.publishes(w, json!([{"questions": [asked], "as_asked": true, "answer": "No."}])).await.expect(201);
        assert_eq!(scene.published(w).await[0]["question"], words);
        // What was asked is kept beside what was published.
        let kept = w.get(&scene.officer, &format!("/questions/{asked}")).await.expect(200);
        assert_eq!(kept.json["question"], words);
    }

    async fn a_correction_is_marked_and_told_again(w: &mut World) {
        let scene = Scene::open(w).await;
        let stranger = w.person("Stan").await;
        let asked = scene.asks(w, &stranger, "How long is it?").await.expect(201).id();
        let answer = json!([{"questions": [asked], "question": "How long is a proposal?", "answer": "Ten pages."}]);
        scene.publishes(w, answer).await.expect(201);
        minute(w);
        w.run_jobs().await;
        let id = scene.published(w).await[0]["id"].as_i64().unwrap();
        let path = format!("/published-answers/{id}/corrections");
        let corrected = json!({"version": 1, "answer": "Twelve pages."});
        w.post(&scene.editor, &path, corrected.clone()).await.expect(403);
        w.post(&scene.officer, &path, json!({"version": 1, "answer": "Ten pages."})).await.expect(422);
        w.set_time("2026-03-20T15:00:00Z");
        let made = w.post(&scene.officer, &path, corrected.clone()).await.expect(201);
        assert_eq!(made.json["corrected_at"], "2026-03-20T15:00:00.000000Z");
        let late = json!({"version": 1, "answer": "Nine pages."});
        assert_eq!(w.post(&scene.officer, &path, late).await.expect(409).problem(), "already-there");
        let read = w.get(&Nobody, &format!("/published-answers/{id}")).await.expect(200);
        assert_eq!(read.json, scene.published(w).await[0]);
        assert_eq!((&read.json["version"], &read.json["answer"]), (&json!(2), &json!("Twelve pages.")));
        assert_eq!(read.json["earlier"][0]["answer"], "Ten pages.");
        assert_eq!(read.json["published_at"], "2026-03-02T15:00:00.000000Z");
        minute(w);
        let mail = w.run_jobs().await;
        let told = mail.iter().filter(|mail| mail.subject.ends_with("an answer is corrected"));
        assert_eq!(told.count(), 5, "the four members and the asker: {mail:?}");
        assert!(mail[0].text.contains("1. How long is a proposal?\n\n→ Twelve pages."));
    }

    async fn a_conflict_hides_a_question_from_one_officer_and_leaves_it_to_the_others(w: &mut World) {
        let scene = Scene::open(w).await;
        let (chelsea, _) = scene.another_city(w, "Chelsea").await;
        let tied = w.person("Otto").await;
        w.grant(&tied, Role::Officer, scene.competition);
        let early = w.person("Early").await;
        let before = scene.asks(w, &early, "May I found one?").await.expect(201).id();
        let asked = scene.asks(w, &scene.editor, "May our partner be a county?").await.expect(201).id();
        assert_eq!(scene.waiting(w, &tied).await.len(), 2);
        conflict(w, scene.competition, scene.coalition, &tied);
        // Who asked before is in a coalition by now, which is closed too.
        join(w, chelsea, &early, MemberRole::Editor);
        conflict(w, scene.competition, chelsea, &tied);
        assert!(scene.waiting(w, &tied).await.is_empty());
        assert_eq!(scene.waiting(w, &scene.officer).await.len(), 2);
        let by_coalition = scene.of_competition(&format!("questions?coalition={}", scene.coalition));
        assert!(w.get(&tied, &by_coalition).await.expect(200).items().is_empty());
        assert_eq!(w.get(&scene.officer, &by_coalition).await.expect(200).items().len(), 1);
        for id in [asked, before] {
            let (hidden, absent) = (format!("/questions/{id}"), "/questions/4242");
            assert_eq!(w.get(&tied, &hidden).await.seen(), w.get(&tied, absent).await.seen());
            let answer = json!({"answer": "Yes."});
            w.post(&tied, &format!("{hidden}/answers"), answer).await.expect(404);
            let publishes = async |id: i64| {
                let answers = json!([{"questions": [id], "question": "May one?", "answer": "Yes."}]);
                let path = scene.of_competition("answer-publications");
                w.post(&tied, &path, json!({"answers": answers})).await.expect(422).json["errors"].clone()
            };
            assert_eq!(publishes(id).await, publishes(4242).await);
        }
        minute(w);
        assert!(letters(w, "questions-waiting", &tied).is_empty());
        assert_eq!(letters(w, "questions-waiting", &scene.officer)[0].2["count"], 2);
        let rows = w.get(&tied, "/audit-log?act=question.asked").await.expect(200);
        assert!(rows.items().iter().all(|row| row["coalition"].is_null()), "{rows}");
        // The letter to the asker is as closed as the question.
        let answers = format!("/questions/{asked}/answers");
        w.post(&scene.officer, &answers, json!({"answer": "Yes."})).await.expect(200);
        let of: Vec<Option<i64>> = w.write(|w| Ok(messages::table
            .filter(messages::kind.eq("question-answered"))
            .select(messages::coalition_id).load(w.conn())?));
        assert_eq!(of, [Some(scene.coalition)]);
    }
}
