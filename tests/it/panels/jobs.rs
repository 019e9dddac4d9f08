//! What happens by itself around a panel.

use civitas::panels::jobs;
use civitas::panels::store::{self as panels, Filter};
use civitas::people::Role;
use civitas::platform::db::schema::messages;
use civitas::reviews::assignments;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::scene::{count, letters, season};
use crate::for_each_database;
use crate::world::{Actor, World};

for_each_database! {
    async fn reviewers_are_reminded_once_for_each_time(w: &mut World) {
        let s = season(w).await;
        let rita = s.reviewer(w, "Rita", 5).await;
        let sam = s.reviewer(w, "Sam", 5).await;
        s.assign(w, s.lawrence, &rita).await.expect(201);
        s.assign(w, s.chelsea, &rita).await.expect(201);
        s.assign(w, s.chelsea, &sam).await.expect(201);
        let completion = s.path("screening-completion");
        w.post(&s.olive, &completion, Value::Null).await.expect(200);
        let done_by = sam.id;
        let remind = |w: &World| {
            w.write(move |w| {
                jobs::remind(w, &|r, stage| {
                    let all = panels::assignments_of_stage(r, stage.id, &Filter::default())?;
                    let done = all.into_iter().filter(|one| one.person_id == done_by);
                    Ok(done.map(|one| one.id).collect())
                })
            })
        };
        let reminders = |w: &World, who: &Actor| count(&letters(w, &who.email), "review-reminder");
        remind(w);
        assert_eq!(reminders(w, &rita), 0);
        w.set_time("2026-05-13T21:00:00Z");
        remind(w);
        remind(w);
        assert_eq!(reminders(w, &rita), 1);
        // Who gets something now was told just now when it is due.
        w.set_time("2026-05-14T09:00:00Z");
        let late = s.reviewer(w, "Lena", 5).await;
        s.assign(w, s.holyoke, &late).await.expect(201);
        remind(w);
        assert_eq!(reminders(w, &late), 0);
        w.set_time("2026-05-19T21:30:00Z");
        remind(w);
        assert_eq!(reminders(w, &rita), 2);
        w.set_time("2026-05-20T21:00:00Z");
        remind(w);
        assert_eq!(reminders(w, &rita), 2);
        assert_eq!(reminders(w, &sam), 0);
        assert_eq!(reminders(w, &late), 1);
    }

    async fn administrators_hear_when_no_officer_is_left_for_a_proposal(w: &mut World) {
        let s = season(w).await;
        let root = w.administrator("Root").await;
        let omar = w.person("Omar").await;
        w.grant(&omar, Role::Officer, s.competition);
        let wanted = |w: &World| count(&letters(w, &root.email), "officer-wanted");
        s.declare(w, &s.olive, s.lawrence).await.expect(200);
        assert_eq!(w.write(jobs::ask_for_officers), 0);
        s.declare(w, &omar, s.lawrence).await.expect(200);
        assert!(w.write(|w| jobs::officers_are_wanted(w)));
        w.write(jobs::ask_for_officers);
        w.write(jobs::ask_for_officers);
        assert_eq!(wanted(w), 1);
        assert!(!w.write(|w| jobs::officers_are_wanted(w)));
        let text = w.write(|w| {
            Ok(messages::table
                .filter(messages::kind.eq("officer-wanted"))
                .select(messages::fields)
                .first::<String>(w.conn())?)
        });
        assert!(!text.contains("Lawrence"), "{text}");
        // Another officer who ties in turn is another event.
        let oona = w.person("Oona").await;
        w.grant(&oona, Role::Officer, s.competition);
        assert_eq!(w.write(jobs::ask_for_officers), 0);
        s.declare(w, &oona, s.lawrence).await.expect(200);
        w.write(jobs::ask_for_officers);
        assert_eq!(wanted(w), 2);
    }

    async fn submissions_are_compared_with_the_panel_by_themselves(w: &mut World) {
        let s = season(w).await;
        let jane = w.person_at("jane@harborbank.example").await;
        let invitation = json!({
            "email": jane.email, "max_load": 5, "organisation": "Harbor Community Bank",
        });
        w.post(&s.olive, &s.path("panel-members"), invitation).await.expect(201);
        assert_eq!(s.conflicts(w, "state=hint").await.len(), 0);
        let compare = |w: &World| {
            w.write(|w| {
                let all = assignments::to_compare(w)?;
                for at in &all {
                    assignments::compare_anew(w, *at)?;
                }
                Ok(all.len())
            })
        };
        assert_eq!(compare(w), 3);
        let hints = s.conflicts(w, "state=hint").await;
        assert_eq!(hints[0]["kind"], "named", "{hints:?}");
        w.set_time("2026-04-25T14:00:00Z");
        assert_eq!(compare(w), 0);
        let seat = json!({"sector": "finance", "role": "Lender", "holder_name": "Somebody",
            "organisation": "Harbor Community Bank"});
        let seats = format!("/coalitions/{}/seats", s.chelsea);
        w.post(&s.bo, &seats, seat).await.expect(201);
        assert_eq!(compare(w), 1);
        let hints = s.conflicts(w, &format!("state=hint&coalition={}", s.chelsea)).await;
        assert_eq!(hints[0]["kind"], "organisation", "{hints:?}");
    }

    async fn who_joins_the_table_reads_no_more(w: &mut World) {
        let s = season(w).await;
        let rita = s.reviewer(w, "Rita", 5).await;
        let assignment = s.assign(w, s.lawrence, &rita).await.expect(201).id();
        let assignment = format!("/assignments/{assignment}");
        let (coalition, person) = (s.lawrence, rita.id);
        w.write(move |w| joins(w, coalition, person));
        w.get(&rita, &assignment).await.expect(404);
        let ended = w.write(jobs::end_closed_assignments);
        assert_eq!(ended, 1);
        assert_eq!(w.write(jobs::end_closed_assignments), 0);
        assert_eq!(count(&letters(w, &s.olive.email), "conflict-review-lacking"), 1);
        assert_eq!(s.assign(w, s.lawrence, &rita).await.expect(409).problem(), "conflicted");
    }
}

fn joins(
    w: &mut civitas::platform::db::Writes<'_>,
    coalition: i64,
    person: civitas::platform::ids::PersonId,
) -> civitas::platform::refusal::Result<()> {
    use civitas::platform::db::schema::members;
    let now = w.now();
    diesel::insert_into(members::table)
        .values((
            members::id.eq(7_777_777),
            members::coalition_id.eq(coalition),
            members::person_id.eq(person),
            members::role.eq("editor"),
            members::sections.eq("[]"),
            members::joined_at.eq(now),
            members::end_reason.eq(""),
        ))
        .execute(w.conn())?;
    Ok(())
}
