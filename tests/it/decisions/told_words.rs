//! What no letter carries: the words that only the office reads, in no preview and in no mail.

use serde_json::{Value, json};

use super::scene::{CHELSEA, HOLYOKE, LAWRENCE, NOTE, PUBLIC, Scene, TOLD, plain};
use crate::for_each_database;
use crate::world::World;

const RATIONALE: &str = "RATIONALE-X";
const WHY: &str = "WITHHELD-BECAUSE-X";

/// Decides on all cities, and withholds one narrative; gives its words.
async fn decided(w: &World, s: &Scene) -> String {
    for (city, mut decision) in [
        (LAWRENCE, s.award(30_000_000)),
        (CHELSEA, plain("waitlist")),
        (HOLYOKE, plain("not_selected")),
    ] {
        decision["rationale"] = RATIONALE.into();
        s.decide(w, &s.officer, city, decision).await.expect(200);
    }
    let all = w
        .get(&s.officer, &s.path("releases?limit=200"))
        .await
        .expect(200);
    let lawrence = |item: &&Value| item["coalition"]["id"] == s.cities[LAWRENCE].coalition;
    let item = all.items().iter().find(lawrence).unwrap();
    let criterion = item["criterion"].as_str().unwrap();
    let path = format!("/reviews/{}/releases/{criterion}", item["review_id"]);
    let withheld = json!({"state": "withheld", "text": WHY});
    w.edit(&s.officer, &path, |_| withheld).await.expect(200);
    w.post(&s.officer, &s.path("releases"), Value::Null)
        .await
        .expect(200);
    item["narrative"].as_str().unwrap().to_owned()
}

#[track_caller]
fn holds_none_of(text: &str, closed: &[&str], told: &str) {
    let found = closed.iter().find(|words| text.contains(**words));
    assert_eq!(found, None, "{told}: {text}");
}

for_each_database! {
    async fn no_letter_and_no_preview_carries_what_only_the_office_reads(w: &mut World) {
        let s = Scene::deciding(w).await;
        let withheld = decided(w, &s).await;
        let closed = [RATIONALE, WHY, NOTE, withheld.as_str()];
        // The office reads each of them.
        let case = w.get(&s.officer, &s.case(LAWRENCE)).await.expect(200);
        assert!(case.text().contains(RATIONALE), "{case}");
        let reviews = w.get(&s.fresh(w), &s.path("reviews.csv")).await.expect(200);
        assert!(reviews.text().contains(NOTE) && reviews.text().contains(&withheld), "{reviews}");

        let preview = s.preview(w).await;
        let messages = preview.json["messages"].as_array().unwrap();
        assert_eq!(messages.len(), 4);
        for message in messages {
            holds_none_of(&message.to_string(), &closed, "a preview");
        }
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
        w.set_time(TOLD);
        s.tell(w);
        w.set_time(PUBLIC);
        s.tell(w);
        let members: Vec<&str> = s.cities.iter().map(|city| city.convenor.email.as_str())
            .chain([s.signatory.email.as_str()]).collect();
        let mut told = 0;
        for mail in w.run_jobs().await.iter().filter(|mail| members.contains(&mail.to.as_str())) {
            for text in [&mail.subject, &mail.text, &mail.html] {
                holds_none_of(text, &closed, &mail.to);
            }
            told += 1;
        }
        assert!(told >= 4, "{told} letters");
        for (city, of) in s.cities.iter().enumerate() {
            let feedback = w.get(&of.convenor, &s.told(city)).await.expect(200);
            assert!(feedback.text().contains("On systems_change"), "{feedback}");
            holds_none_of(&feedback.text(), &closed, "feedback");
        }
    }

    async fn no_text_of_an_officer_reaches_for_them(w: &mut World) {
        let s = Scene::deciding(w).await;
        let path = s.path("announcement-texts/award/en");
        let built_in = w.get(&s.officer, &path).await.expect(200);
        for field in ["rationale", "confidential_note", "narratives", "scores", "jurors"] {
            for pointer in ["subject", "body"] {
                let mut text = json!({"subject": "For you", "body": "{{coalition}}"});
                text[pointer] = format!("{{{{{field}}}}}").into();
                let refused = w.put(&s.officer, &path, &built_in.etag(), text).await.expect(422);
                assert_eq!(refused.json["errors"][0]["pointer"], format!("/{pointer}"), "{field}");
            }
        }
    }
}
