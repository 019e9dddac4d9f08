//! Releasing the jurors' words.

use civitas::decisions::jobs::tell_due;
use serde_json::{Value, json};

use super::scene::{CHELSEA, CRITERIA, LAWRENCE, PUBLIC, Scene, TOLD, letters, plain};
use crate::for_each_database;

for_each_database! {
    async fn unreleased_words_block_the_announcement(w: &mut World) {
        let s = Scene::deciding(w).await;
        for (city, outcome) in ["waitlist", "not_selected", "not_selected"].iter().enumerate() {
            s.decide(w, &s.officer, city, plain(outcome)).await.expect(200);
        }
        let preview = s.preview(w).await;
        let kinds: Vec<&str> = preview.json["blockers"].as_array().unwrap().iter()
            .map(|blocker| blocker["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["narrative_unreleased"; 3]);
        let refused = s.confirm(w, TOLD, PUBLIC).await.expect(409);
        assert_eq!(refused.problem(), "not-ready");
        let released = w.post(&s.officer, &s.path("releases"), Value::Null).await.expect(200);
        assert_eq!(released.json["released"], 24);
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
    }

    async fn words_are_redacted_withheld_or_reworded_and_both_texts_are_kept(w: &mut World) {
        let s = Scene::deciding(w).await;
        let officer = &s.officer;
        let listed = w.get(officer, &s.path("releases?limit=200")).await.expect(200);
        assert_eq!(listed.items().len(), 24);
        let of_lawrence: Vec<&Value> = listed.items().iter()
            .filter(|item| item["coalition"]["id"] == s.cities[LAWRENCE].coalition)
            .filter(|item| item["criterion"] == CRITERIA[0])
            .collect();
        let [first, second] = of_lawrence[..] else { panic!("{listed}") };
        let path = |item: &Value| format!("/reviews/{}/releases/{}", item["review_id"], CRITERIA[0]);
        let put = async |item: &Value, body: Value| {
            let etag = w.get(officer, &path(item)).await.expect(200).etag();
            w.put(officer, &path(item), &etag, body).await
        };
        put(first, json!({"state": "redacted"})).await.expect(422);
        put(first, json!({"state": "released", "text": "x"})).await.expect(422);
        put(first, json!({"state": "redacted", "text": "Kinder words."})).await.expect(200);
        put(second, json!({"state": "to_reword", "text": "Please be specific."})).await.expect(200);
        // The juror is asked by mail, and nobody else can answer.
        let asked: Vec<&crate::world::Actor> = s.jurors.iter()
            .filter(|juror| !letters(w, "narrative-to-reword", juror).is_empty()).collect();
        let [juror] = asked[..] else { panic!("{} letters", asked.len()) };
        let other = s.jurors.iter().find(|other| other.id != juror.id).unwrap();
        let open = w.get(juror, "/me/rewordings").await.expect(200);
        let [asked_for] = open.items() else { panic!("{open}") };
        assert_eq!(asked_for["request"], "Please be specific.");
        assert_eq!(asked_for["review_id"], second["review_id"]);
        assert!(w.get(other, "/me/rewordings").await.expect(200).items().is_empty());
        let unsettled = w.get(officer, &s.path("releases?settled=false&state=to_reword")).await;
        assert_eq!(unsettled.expect(200).items().len(), 1);
        let rewording = format!("/reviews/{}/rewordings/{}", second["review_id"], CRITERIA[0]);
        w.get(other, &rewording).await.expect(404);
        w.get(officer, &rewording).await.expect(404);
        s.decided(w).await;
        let blocked = s.confirm(w, TOLD, PUBLIC).await.expect(409);
        assert_eq!(blocked.problem(), "not-ready");
        let seen = w.get(juror, &rewording).await.expect(200);
        assert_eq!(seen.json["request"], "Please be specific.");
        let new = json!({"text": "The lender has no record yet."});
        let done = w.put(juror, &rewording, &seen.etag(), new).await.expect(200);
        assert_eq!(done.json["narrative"], second["narrative"]);
        assert!(w.get(juror, "/me/rewordings").await.expect(200).items().is_empty());
        assert_eq!(letters(w, "narrative-reworded", officer).len(), 1);
        put(second, json!({"state": "released"})).await.expect(200);
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
        w.set_time(TOLD);
        let told = w.get(&s.cities[LAWRENCE].convenor, &s.told(LAWRENCE)).await.expect(200);
        let mut said: Vec<&str> = told.items()[0]["feedback"]["criteria"][0]["narratives"]
            .as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
        said.sort_unstable();
        assert_eq!(said, ["Kinder words.", "The lender has no record yet."]);
    }

    async fn feedback_names_nobody_and_keeps_its_random_order(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.announced(w).await;
        let member = &s.cities[LAWRENCE].convenor;
        let told = w.get(member, &s.told(LAWRENCE)).await.expect(200);
        let again = w.get(member, &s.told(LAWRENCE)).await.expect(200);
        assert_eq!(told.bytes, again.bytes);
        let view = &told.items()[0]["feedback"];
        assert_eq!(view["total"], 4.4);
        assert_eq!(view["criteria"][0]["mean"], 4.4);
        let text = told.text();
        for juror in &s.jurors {
            assert!(!text.contains(&juror.id.to_string()), "{text}");
            assert!(!text.contains(&juror.email), "{text}");
        }
        assert!(!text.contains("review_id") && !text.contains("submitted_at"), "{text}");
        // Over twelve criteria of three cities the two jurors do not always come in one order.
        let mut orders = std::collections::HashSet::new();
        for (city, of) in s.cities.iter().enumerate() {
            let told = w.get(&of.convenor, &s.told(city)).await.expect(200);
            for criterion in told.items()[0]["feedback"]["criteria"].as_array().unwrap() {
                let first = criterion["narratives"][0].as_str().unwrap();
                let second = criterion["narratives"][1].as_str().unwrap();
                orders.insert(first.len() < second.len() || first > second);
            }
        }
        assert_eq!(orders.len(), 2, "by chance once in 2048 runs");
    }

    async fn what_was_told_changes_by_a_correction_alone(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.announced(w).await;
        let member = &s.cities[LAWRENCE].convenor;
        let told = w.get(member, &s.told(LAWRENCE)).await.expect(200);
        // A conflict is found, and an officer redacts something: nothing served changes by it.
        s.conflict(w, &s.jurors[0], LAWRENCE);
        let waiting = w.get(&s.officer, &s.path("releases?limit=200")).await.expect(200);
        let item = waiting.items().iter()
            .find(|item| item["coalition"]["id"] == s.cities[LAWRENCE].coalition).unwrap();
        let path = format!("/reviews/{}/releases/{}", item["review_id"], item["criterion"].as_str().unwrap());
        w.edit(&s.officer, &path, |_| json!({"state": "redacted", "text": "Kinder words."}))
            .await.expect(200);
        let after = w.get(member, &s.told(LAWRENCE)).await.expect(200);
        assert_eq!((&after.bytes, after.etag()), (&told.bytes, told.etag()));
        // A correction tells what counts by then.
        let path = format!("/decisions/{}/corrections", told.items()[0]["id"]);
        let mut correction = s.award(30_000_000);
        correction["reason"] = "The scores were worked out anew.".into();
        w.post(&s.officer, &path, correction).await.expect(201);
        let now = "2026-06-12T13:01:00Z";
        s.confirm(w, now, now).await.expect(201);
        let corrected = w.get(member, &s.told(LAWRENCE)).await.expect(200);
        let view = &corrected.items()[0]["feedback"];
        assert_eq!(view["total"], 4.3);
        assert_eq!(view["criteria"][0]["narratives"].as_array().unwrap().len(), 1);
        assert!(corrected.text().contains("Kinder words."));
    }

    async fn what_is_shut_out_before_the_telling_is_not_told(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.decided(w).await;
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
        s.conflict(w, &s.jurors[0], LAWRENCE);
        w.set_time(TOLD);
        // Nothing has run yet: what is served follows from the clock alone.
        let member = &s.cities[LAWRENCE].convenor;
        let told = w.get(member, &s.told(LAWRENCE)).await.expect(200);
        let view = &told.items()[0]["feedback"];
        assert_eq!((&view["total"], &view["criteria"][0]["mean"]), (&json!(4.3), &json!(4.3)));
        let others = format!("On {}, 43: {}", CRITERIA[0], s.jurors[1].email.len());
        assert_eq!(view["criteria"][0]["narratives"], json!([others]));
        assert!(!told.text().contains(", 45: "), "{told}");
        w.write(tell_due);
        let after = w.get(member, &s.told(LAWRENCE)).await.expect(200);
        assert_eq!(after.bytes, told.bytes);
        // The other cities are told what was previewed.
        let told = w.get(&s.cities[CHELSEA].convenor, &s.told(CHELSEA)).await.expect(200);
        let words = told.items()[0]["feedback"]["criteria"][0]["narratives"].as_array().unwrap();
        assert_eq!(words.len(), 2);
    }

    async fn what_is_shut_out_after_the_telling_stays_as_it_was_told(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.decided(w).await;
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
        w.set_time(TOLD);
        let member = &s.cities[LAWRENCE].convenor;
        let told = w.get(member, &s.told(LAWRENCE)).await.expect(200);
        assert_eq!(told.items()[0]["feedback"]["total"], 4.4);
        // Also in the moment in which the letters are not written yet.
        w.clock.advance(std::time::Duration::from_secs(1));
        s.conflict(w, &s.jurors[0], LAWRENCE);
        assert_eq!(w.get(member, &s.told(LAWRENCE)).await.expect(200).bytes, told.bytes);
        w.write(tell_due);
        assert_eq!(w.get(member, &s.told(LAWRENCE)).await.expect(200).bytes, told.bytes);
        s.conflict(w, &s.jurors[1], LAWRENCE);
        assert_eq!(w.get(member, &s.told(LAWRENCE)).await.expect(200).bytes, told.bytes);
        // Which review gave what is kept no longer than it takes.
        let kept: Vec<String> = w.write(|w| {
            use civitas::platform::db::schema::decision_feedback;
            use diesel::prelude::*;
            Ok(decision_feedback::table.select(decision_feedback::feedback).load(w.conn())?)
        });
        assert!(kept.len() == 3 && kept.iter().all(|one| !one.contains("\"parts\"")), "{kept:?}");
    }
}
