//! Who sees which reviews and notes, and under which names.

use civitas::panels::model::AssignmentState;
use civitas::people::Role;
use serde_json::{Value, json};

use super::panel::{Panel, letters, review, save, whole};
use crate::for_each_database;
use crate::world::{Actor, Nobody, Reply, World};

fn names(reply: &Reply) -> Vec<String> {
    let items = reply.items().iter();
    items
        .map(|item| item["reviewer"]["pseudonym"].as_str().unwrap().to_owned())
        .collect()
}

async fn say(w: &World, panel: &Panel, who: &Actor, body: &str) -> Reply {
    w.post(who, &panel.notes(0), json!({"body": body})).await
}

for_each_database! {
    async fn others_reviews_open_with_ones_own(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rosa, of_rosa) = panel.juror(w, "Rosa").await;
        let (juan, of_juan) = panel.juror(w, "Juan").await;
        let before = w.get(&juan, &panel.reviews(0)).await.expect(200);
        review(w, &rosa, of_rosa, [10; 4]).await;
        save(w, &juan, of_juan, whole([40; 4])).await.expect(200);
        let still = w.get(&juan, &panel.reviews(0)).await.expect(200);
        assert_eq!(before.bytes, still.bytes, "nothing tells that a review came in");
        assert_eq!(before.etag(), still.etag());
        w.get(&juan, &format!("/assignments/{of_rosa}/review")).await.expect(404);
        w.get(&juan, &format!("/assignments/{of_rosa}/review/versions")).await.expect(404);

        review(w, &juan, of_juan, [40; 4]).await;
        let open = w.get(&juan, &panel.reviews(0)).await.expect(200);
        assert_eq!(open.items().len(), 2);
        let hers = open.items().iter().find(|r| r["reviewer"]["own"] == false).unwrap();
        assert_eq!(hers["total"], json!(1.0));
        assert_eq!(hers["confidential_note"], "For the panel.");
        assert_eq!(hers["office"], Value::Null);
        assert_eq!(hers["reviewer"]["name"], Value::Null);
        for told in ["rosa", &rosa.id.to_string(), &of_rosa.to_string(), "2026-"] {
            assert!(!open.text().to_lowercase().contains(told), "{told} in {open}");
        }
        let sorted = names(&open);
        assert!(sorted.is_sorted() && sorted[0] != sorted[1]);

        let staff = w.get(&panel.officer, &panel.reviews(0)).await.expect(200);
        assert!(staff.text().contains("rosa") && staff.text().contains(&of_rosa.to_string()));
        let page = w.get(&juan, &format!("{}?limit=1", panel.reviews(0))).await.expect(200);
        let cursor = page.json["next"].as_str().unwrap();
        let rest = format!("{}?limit=1&cursor={cursor}", panel.reviews(0));
        let rest = w.get(&juan, &rest).await.expect(200);
        assert_eq!([names(&page), names(&rest)].concat(), names(&open));
    }

    async fn reviews_and_notes_are_hidden_from_everyone_else(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rosa, of_rosa) = panel.juror(w, "Rosa").await;
        review(w, &rosa, of_rosa, [10; 4]).await;
        say(w, &panel, &rosa, "Strong table.").await.expect(201);
        let elsewhere = w.person("Elena").await;
        panel.assign(w, &elsewhere, 1, AssignmentState::Accepted);
        let invited = w.person("Ivan").await;
        panel.assign(w, &invited, 0, AssignmentState::Invited);
        let recused = w.person("Rex").await;
        panel.assign(w, &recused, 0, AssignmentState::Recused);
        let conflicted = panel.staff(w, "Conrad", Role::Officer).await;
        panel.conflict(w, &conflicted, 0);
        let approver = panel.staff(w, "Abby", Role::Approver).await;
        let funder = panel.staff(w, "Fay", Role::Funder).await;
        let administrator = w.administrator("Ada").await;
        let assistant = panel.staff(w, "Asif", Role::Assistant).await;
        let absent = w.get(&rosa, "/submissions/4294967296/reviews").await.expect(404);
        for hidden in [&elsewhere, &invited, &recused, &conflicted, &approver, &funder,
            &administrator, &panel.convenor] {
            for path in [panel.reviews(0), panel.notes(0)] {
                let reply = w.get(hidden, &path).await.expect(404);
                assert_eq!(reply.json["detail"], absent.json["detail"]);
            }
            say(w, &panel, hidden, "Me too.").await.expect(404);
            w.get(hidden, &format!("/assignments/{of_rosa}/review")).await.expect(404);
        }
        for seeing in [&panel.officer, &assistant] {
            assert_eq!(w.get(seeing, &panel.reviews(0)).await.expect(200).items().len(), 1);
            assert_eq!(w.get(seeing, &panel.notes(0)).await.expect(200).items().len(), 1);
        }
        say(w, &panel, &assistant, "Reading.").await.expect(403);
        w.get(&Nobody, &panel.reviews(0)).await.expect(401);
    }

    async fn an_officer_who_reviews_submits_first(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rosa, of_rosa) = panel.juror(w, "Rosa").await;
        review(w, &rosa, of_rosa, [10; 4]).await;
        let own = panel.assign(w, &panel.officer, 0, AssignmentState::Accepted);
        assert!(w.get(&panel.officer, &panel.reviews(0)).await.expect(200).items().is_empty());
        assert!(w.get(&panel.officer, &panel.notes(0)).await.expect(200).items().is_empty());
        w.get(&panel.officer, &format!("/assignments/{of_rosa}/review")).await.expect(404);
        let first = say(w, &panel, &panel.officer, "Well?").await.expect(409);
        assert_eq!(first.problem(), "own-review-first");
        let titles = |reply: &Reply| reply.items().len();
        assert_eq!(titles(&w.get(&panel.officer, &panel.stage("results")).await), 2);
        let progress = w.get(&panel.officer, &panel.stage("review-progress")).await.expect(200);
        assert_eq!(progress.json["submissions"].as_array().unwrap().len(), 2);
        assert_eq!(progress.json["reviewers"].as_array().unwrap().len(), 0);
        let csv = w.get(&panel.officer, &panel.stage("reviews.csv")).await.expect(200);
        assert_eq!(csv.text().lines().count(), 1, "{csv}");

        review(w, &panel.officer, own, [20; 4]).await;
        assert_eq!(w.get(&panel.officer, &panel.reviews(0)).await.items().len(), 2);
        assert_eq!(titles(&w.get(&panel.officer, &panel.stage("results")).await), 3);
    }

    async fn the_discussion_knows_reviewers_by_the_names_drawn_for_it(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rosa, of_rosa) = panel.juror(w, "Rosa").await;
        let (juan, of_juan) = panel.juror(w, "Juan").await;
        say(w, &panel, &rosa, "Early.").await.expect(409);
        review(w, &rosa, of_rosa, [10; 4]).await;
        say(w, &panel, &rosa, "  \n").await.expect(422);
        say(w, &panel, &rosa, "The lender is named.\r\nGood.").await.expect(201);
        assert!(w.get(&juan, &panel.notes(0)).await.expect(200).items().is_empty());
        review(w, &juan, of_juan, [40; 4]).await;
        w.clock.advance(std::time::Duration::from_secs(1));
        say(w, &panel, &panel.officer, "Does it lend today?").await.expect(201);

        let notes = w.get(&juan, &panel.notes(0)).await.expect(200);
        assert_eq!(notes.items()[0]["body"], "The lender is named.\nGood.");
        let reviews = w.get(&juan, &panel.reviews(0)).await.expect(200);
        let hers = reviews.items().iter().find(|r| r["reviewer"]["own"] == false).unwrap();
        assert_eq!(notes.items()[0]["author"]["pseudonym"], hers["reviewer"]["pseudonym"]);
        assert_eq!(notes.items()[1]["author"]["pseudonym"], "Program office");
        assert!(!notes.text().contains("rosa") && !notes.text().contains(&rosa.id.to_string()));
        let staff = w.get(&panel.officer, &panel.notes(0)).await.expect(200);
        assert_eq!(staff.items()[0]["author"]["name"], "rosa");

        panel.conflict(w, &rosa, 0);
        assert_eq!(w.get(&juan, &panel.notes(0)).await.expect(200).items().len(), 1);
        w.get(&rosa, &panel.notes(0)).await.expect(404);
        w.post(&panel.officer, &panel.stage("review-closure"), Value::Null).await.expect(200);
        say(w, &panel, &juan, "One more thing.").await.expect(201);
    }

    async fn nobody_fills_a_discussion_without_end(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        for number in 0..200 {
            say(w, &panel, &panel.officer, &format!("Note {number}.")).await.expect(201);
        }
        let one_more = say(w, &panel, &panel.officer, "One more.").await.expect(409);
        assert_eq!(one_more.problem(), "quota-used-up");
        let (rosa, of_rosa) = panel.juror(w, "Rosa").await;
        review(w, &rosa, of_rosa, [10; 4]).await;
        say(w, &panel, &rosa, "Mine is the first.").await.expect(201);
    }

    async fn a_stage_may_have_no_discussion(w: &mut World) {
        let panel = Panel::with(w, json!({"discussion": false})).await;
        let (rosa, of_rosa) = panel.juror(w, "Rosa").await;
        review(w, &rosa, of_rosa, [10; 4]).await;
        for someone in [&rosa, &panel.officer] {
            w.get(someone, &panel.notes(0)).await.expect(404);
            say(w, &panel, someone, "Hm.").await.expect(404);
            assert_eq!(w.get(someone, &panel.reviews(0)).await.expect(200).items().len(), 1);
        }
    }

    async fn a_discussion_is_told_of_once_a_day_without_a_word_of_it(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rosa, of_rosa) = panel.juror(w, "Rosa").await;
        let (juan, of_juan) = panel.juror(w, "Juan").await;
        let (ivan, _) = panel.juror(w, "Ivan").await;
        let conrad = panel.staff(w, "Conrad", Role::Officer).await;
        panel.conflict(w, &conrad, 0);
        review(w, &rosa, of_rosa, [10; 4]).await;
        review(w, &juan, of_juan, [40; 4]).await;
        let told = |w: &World, who: &Actor| letters(w, "discussion-goes-on", who);
        say(w, &panel, &rosa, "Is the lender named?").await.expect(201);
        say(w, &panel, &rosa, "It is.").await.expect(201);
        assert_eq!((told(w, &juan), told(w, &panel.officer)), (1, 1));
        assert_eq!((told(w, &rosa), told(w, &ivan), told(w, &conrad)), (0, 0, 0));
        w.clock.advance(std::time::Duration::from_hours(24));
        let juan = w.sign_in(juan.id);
        say(w, &panel, &juan, "Then I am content.").await.expect(201);
        assert_eq!((told(w, &juan), told(w, &rosa)), (1, 1));
        let fields: Vec<String> = w.write(|w| {
            use civitas::platform::db::schema::messages;
            use diesel::prelude::*;
            let here = messages::table.filter(messages::kind.eq("discussion-goes-on"));
            Ok(here.select(messages::fields).load(w.conn())?)
        });
        assert!(!fields.concat().contains("lender") && !fields.concat().contains("rosa"));
    }
}
