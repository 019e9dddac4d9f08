//! Jurors change: what they did stays, unless it is excluded with a reason.

use civitas::panels::jobs;
use civitas::panels::model::AssignmentState;
use civitas::platform::db::schema::messages;
use civitas::reviews::assignments::done;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::for_each_database;
use crate::proposals::letters::letters_to;
use crate::reviews::panel::{CRITERIA, Panel};
use crate::world::{Actor, World};

fn marked(mark: i64) -> Value {
    let scores: serde_json::Map<String, Value> = CRITERIA
        .iter()
        .map(|key| ((*key).to_owned(), json!(mark)))
        .collect();
    let narratives: serde_json::Map<String, Value> = CRITERIA
        .iter()
        .map(|key| ((*key).to_owned(), json!("Words.")))
        .collect();
    json!({"scores": scores, "narratives": narratives, "confidential_note": ""})
}

/// Writes a review, and submits it; gives its identity.
async fn reviewed(w: &World, who: &Actor, assignment: i64, mark: i64) -> i64 {
    let path = format!("/assignments/{assignment}/review");
    let etag = w.get(who, &path).await.expect(200).etag();
    w.put(who, &path, &etag, marked(mark)).await.expect(200);
    w.post(who, &format!("{path}/submission"), Value::Null)
        .await
        .expect(200)
        .id()
}

/// Mean and number of reviews of the first city.
async fn result(w: &World, panel: &Panel) -> (Value, Value) {
    let rows = w
        .get(&panel.officer, &format!("/stages/{}/results", panel.stage))
        .await
        .expect(200);
    let city = panel.cities[0].coalition;
    let row = rows
        .items()
        .iter()
        .find(|row| row["coalition_id"] == city)
        .unwrap();
    (row["mean"].clone(), row["reviews"].clone())
}

async fn end(w: &World, panel: &Panel, assignment: i64, exclude: bool) {
    let body = json!({"reason": "Ill until June.", "exclude_review": exclude});
    w.post(
        &panel.officer,
        &format!("/assignments/{assignment}/ending"),
        body,
    )
    .await
    .expect(200);
}

for_each_database! {
    async fn a_review_that_is_in_stays_when_its_author_leaves(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rita, of_rita) = panel.juror(w, "Rita").await;
        let (ravi, of_ravi) = panel.juror(w, "Ravi").await;
        reviewed(w, &rita, of_rita, 5).await;
        reviewed(w, &ravi, of_ravi, 1).await;
        assert_eq!(result(w, &panel).await, (json!(3.0), json!(2)));
        end(w, &panel, of_rita, false).await;
        assert_eq!(result(w, &panel).await, (json!(3.0), json!(2)));
        // Access ended with it.
        w.get(&rita, &format!("/submissions/{}", panel.cities[0].submission)).await.expect(404);
        w.get(&rita, &format!("/assignments/{of_rita}/review")).await.expect(404);
        w.get(&panel.officer, &format!("/assignments/{of_rita}/review")).await.expect(200);
        end(w, &panel, of_ravi, true).await;
        assert_eq!(result(w, &panel).await, (json!(5.0), json!(1)));
        assert_eq!(letters_to(w, "assignment-ended", &rita), 1);
    }

    async fn a_draft_is_kept_unread_and_the_successor_starts_blank(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rita, of_rita) = panel.juror(w, "Rita").await;
        let path = format!("/assignments/{of_rita}/review");
        let etag = w.get(&rita, &path).await.expect(200).etag();
        w.put(&rita, &path, &etag, marked(2)).await.expect(200);
        end(w, &panel, of_rita, false).await;
        w.get(&panel.officer, &path).await.expect(404);
        assert_eq!(result(w, &panel).await, (Value::Null, json!(0)));
        let (sam, of_sam) = panel.juror(w, "Sam").await;
        let blank = w.get(&sam, &format!("/assignments/{of_sam}/review")).await.expect(200);
        assert_eq!((&blank.json["id"], &blank.json["scores"]), (&Value::Null, &json!({})));
        reviewed(w, &sam, of_sam, 4).await;
        assert_eq!(result(w, &panel).await, (json!(4.0), json!(1)));
    }

    async fn a_review_is_excluded_with_a_reason_and_taken_back(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rita, of_rita) = panel.juror(w, "Rita").await;
        let (ravi, of_ravi) = panel.juror(w, "Ravi").await;
        let review = reviewed(w, &rita, of_rita, 5).await;
        reviewed(w, &ravi, of_ravi, 1).await;
        let path = format!("/reviews/{review}/exclusion");
        w.post(&ravi, &path, json!({"reason": "No."})).await.expect(404);
        w.post(&rita, &path, json!({"reason": "No."})).await.expect(404);
        w.post(&panel.officer, &path, json!({"reason": " "})).await.expect(422);
        let out = w.post(&panel.officer, &path, json!({"reason": "Scored the wrong city."})).await.expect(200);
        assert_eq!(out.json["exclusion_reason"], "Scored the wrong city.");
        w.post(&panel.officer, &path, json!({"reason": "Again."})).await.expect(409);
        assert_eq!(result(w, &panel).await, (json!(1.0), json!(1)));
        assert_eq!(letters_to(w, "review-excluded", &rita), 1);
        let own = w.get(&rita, &format!("/assignments/{of_rita}/review")).await.expect(200);
        assert_eq!(own.json["exclusion_reason"], "Scored the wrong city.");
        let peers = w.get(&ravi, &format!("/submissions/{}/reviews", panel.cities[0].submission)).await.expect(200);
        assert_eq!(peers.items().len(), 1, "others read what counts");
        w.post(&panel.officer, &format!("/reviews/{review}/inclusion"), json!({"reason": "It was the right one."})).await.expect(200);
        assert_eq!(result(w, &panel).await, (json!(3.0), json!(2)));
        assert_eq!(letters_to(w, "review-included", &rita), 1);
    }

    async fn a_conflict_found_after_a_review_takes_it_out_for_good(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rita, of_rita) = panel.juror(w, "Rita").await;
        let (ravi, of_ravi) = panel.juror(w, "Ravi").await;
        reviewed(w, &rita, of_rita, 5).await;
        reviewed(w, &ravi, of_ravi, 1).await;
        end(w, &panel, of_rita, false).await;
        assert_eq!(result(w, &panel).await, (json!(3.0), json!(2)));
        panel.conflict(w, &rita, 0);
        assert_eq!(result(w, &panel).await, (json!(1.0), json!(1)));
        w.get(&panel.officer, &format!("/assignments/{of_rita}/review")).await.expect(404);
    }

    async fn honoraria_are_paid_for_all_that_was_done(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rita, of_rita) = panel.juror(w, "Rita").await;
        let second = panel.assign(w, &rita, 1, AssignmentState::Accepted);
        reviewed(w, &rita, of_rita, 5).await;
        reviewed(w, &rita, second, 3).await;
        end(w, &panel, of_rita, true).await;
        let path = format!("/stages/{}/honoraria.csv", panel.stage);
        let table = w.get(&panel.officer, &path).await.expect(200).text();
        let row = table.lines().nth(1).unwrap();
        assert!(row.contains(&rita.email) && row.contains(",2,"), "{table}");
        w.get(&rita, &path).await.expect(404);
        // An officer with a conflict counts nothing of that city.
        panel.conflict(w, &panel.officer, 0);
        let table = w.get(&panel.officer, &path).await.expect(200).text();
        assert!(table.lines().nth(1).unwrap().contains(",1,"), "{table}");
    }

    async fn one_assignment_has_a_due_date_of_its_own_and_is_reminded_by_it(w: &mut World) {
        let panel = Panel::with(w, json!({"review_deadline": "2026-05-20T21:00:00Z", "reminder_hours": [24]})).await;
        let (rita, of_rita) = panel.juror(w, "Rita").await;
        panel.assign(w, &rita, 1, AssignmentState::Accepted);
        let path = format!("/assignments/{of_rita}/due-date");
        let body = |due: &str| json!({"due_at": due, "reason": "Asked later than the others."});
        w.post(&rita, &path, body("2026-05-30T21:00:00Z")).await.expect(403);
        w.post(&panel.officer, &path, body("2026-04-01T21:00:00Z")).await.expect(422);
        let moved = w.post(&panel.officer, &path, body("2026-05-30T21:00:00Z")).await.expect(200);
        assert_eq!(moved.json["due_at"], "2026-05-30T21:00:00.000000Z");
        assert_eq!(letters_to(w, "assignment-due-moved", &rita), 1);
        let counts = |w: &World| {
            w.write(|w| jobs::remind(w, &done));
            let bodies: Vec<String> = w.write(|w| {
                Ok(messages::table
                    .filter(messages::kind.eq("review-reminder"))
                    .order(messages::created_at)
                    .select(messages::fields)
                    .load(w.conn())?)
            });
            bodies.into_iter()
                .map(|fields| serde_json::from_str::<Value>(&fields).unwrap()["count"].clone())
                .collect::<Vec<_>>()
        };
        w.set_time("2026-05-20T10:00:00Z");
        assert_eq!(counts(w), [json!(1)], "the other one alone");
        w.set_time("2026-05-30T10:00:00Z");
        assert_eq!(counts(w), [json!(1), json!(1)]);
        assert_eq!(counts(w).len(), 2, "once");
    }
}
