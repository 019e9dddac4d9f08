//! What the reviews of a stage add up to, for those who decide.

use civitas::panels::model::AssignmentState;
use civitas::people::Role;
use serde_json::{Value, json};

use super::panel::{Panel, review};
use crate::for_each_database;
use crate::world::{Actor, Nobody, Reply, World};

/// Rosa and Juan review all three cities: 1.0 and 3.0, 4.0 and 4.0, 2.0 and nothing.
async fn reviewed(w: &mut World, panel: &Panel) -> (Actor, Actor) {
    let (rosa, juan) = (w.person("Rosa").await, w.person("Juan").await);
    for (city, of_rosa, of_juan) in [(0, 10, Some(30)), (1, 40, Some(40)), (2, 20, None)] {
        let hers = panel.assign(w, &rosa, city, AssignmentState::Accepted);
        review(w, &rosa, hers, [of_rosa; 4]).await;
        let his = panel.assign(w, &juan, city, AssignmentState::Accepted);
        if let Some(mark) = of_juan {
            review(w, &juan, his, [mark; 4]).await;
        }
    }
    (rosa, juan)
}

fn column<'r>(reply: &'r Reply, key: &str) -> Vec<&'r Value> {
    reply.items().iter().map(|row| &row[key]).collect()
}

for_each_database! {
    async fn results_rank_what_the_reviews_say(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let path = panel.stage("results");
        let before = w.get(&panel.officer, &path).await.expect(200);
        assert_eq!(column(&before, "rank"), [&Value::Null; 3]);
        assert_eq!(column(&before, "reviews"), [&json!(0); 3]);
        reviewed(w, &panel).await;
        let results = w.get(&panel.officer, &path).await.expect(200);
        assert_eq!(column(&results, "rank"), [&json!(1), &json!(2), &json!(2)]);
        assert_eq!(column(&results, "tied"), [&json!(false), &json!(true), &json!(true)]);
        assert_eq!(column(&results, "mean"), [&json!(4.0), &json!(2.0), &json!(2.0)]);
        let lawrence = results.items().iter()
            .find(|row| row["submission_id"] == panel.cities[0].submission).unwrap();
        assert_eq!(lawrence["coalition"], "Lawrence together");
        assert_eq!(lawrence["deviation"], json!(1.414_213_562));
        assert_eq!((&lawrence["lowest"], &lawrence["highest"]), (&json!(1.0), &json!(3.0)));
        assert_eq!((&lawrence["reviews"], &lawrence["reviews_wanted"]), (&json!(2), &json!(2)));
        let criterion = json!({"criterion": "systems_change", "mean": 2.0, "scored": 2});
        assert_eq!(lawrence["criteria"][0], criterion);

        for (query, count) in [
            ("lacking_reviews=true", 1), ("lacking_reviews=false", 2), ("mean_from=3", 1),
            ("mean_to=3", 2), ("deviation_from=1", 1), ("scores=final&sort=deviation", 3),
        ] {
            let reply = w.get(&panel.officer, &format!("{path}?{query}")).await.expect(200);
            assert_eq!(reply.items().len(), count, "{query}");
        }
        let by_spread = w.get(&panel.officer, &format!("{path}?sort=deviation")).await.expect(200);
        assert_eq!(column(&by_spread, "deviation"), [&json!(1.414_213_562), &json!(0.0), &Value::Null]);
        let fewest = w.get(&panel.officer, &format!("{path}?sort=reviews")).await.expect(200);
        assert_eq!(column(&fewest, "reviews"), [&json!(1), &json!(2), &json!(2)]);
        for query in ["sort=luck", "scores=best", "colour=red", "limit=0"] {
            w.get(&panel.officer, &format!("{path}?{query}")).await.expect(400);
        }
        let mut seen = Vec::new();
        let mut next = format!("{path}?sort=title&limit=2");
        loop {
            let page = w.get(&panel.officer, &next).await.expect(200);
            seen.extend(page.items().iter().map(|row| row["title"].as_str().unwrap().to_owned()));
            let Some(cursor) = page.json["next"].as_str() else { break };
            next = format!("{path}?sort=title&limit=2&cursor={cursor}");
        }
        assert_eq!(seen, ["=One table for Chelsea", "=One table for Holyoke", "=One table for Lawrence"]);
    }

    async fn final_scores_count_when_they_are_asked_for(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rosa, _) = reviewed(w, &panel).await;
        let mine = w.get(&panel.officer, &panel.reviews(0)).await.expect(200);
        let hers = mine.items().iter().find(|r| r["reviewer"]["name"] == "rosa").unwrap();
        review(w, &rosa, hers["office"]["assignment_id"].as_i64().unwrap(), [50; 4]).await;
        for (scores, mean) in [("independent", 2.0), ("final", 4.0)] {
            let path = format!("{}?scores={scores}&lacking_reviews=false&sort=title", panel.stage("results"));
            let results = w.get(&panel.officer, &path).await.expect(200);
            assert_eq!(column(&results, "mean"), [&json!(4.0), &json!(mean)]);
        }
    }

    async fn results_are_for_those_who_decide(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rosa, _) = reviewed(w, &panel).await;
        let assistant = panel.staff(w, "Asif", Role::Assistant).await;
        let approver = panel.staff(w, "Abby", Role::Approver).await;
        let funder = panel.staff(w, "Fay", Role::Funder).await;
        let administrator = w.administrator("Ada").await;
        let paths = ["results", "results.csv", "review-progress", "reviews.csv"].map(|p| panel.stage(p));
        for (who, statuses) in [
            (&panel.officer, [200, 200, 200, 200]),
            (&assistant, [200, 200, 200, 403]),
            (&approver, [200, 200, 404, 404]),
            (&funder, [404; 4]),
            (&administrator, [404; 4]),
            (&rosa, [404; 4]),
            (&panel.convenor, [404; 4]),
        ] {
            for (path, status) in paths.iter().zip(statuses) {
                let reply = w.get(who, path).await;
                assert_eq!(reply.status, status, "{path} for {}", who.email);
            }
        }
        for path in &paths {
            w.get(&Nobody, path).await.expect(401);
        }
    }

    async fn a_conflict_takes_a_review_out_of_everything(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rosa, juan) = reviewed(w, &panel).await;
        panel.conflict(w, &juan, 1);
        let path = format!("{}?sort=title", panel.stage("results"));
        let results = w.get(&panel.officer, &path).await.expect(200);
        assert_eq!(column(&results, "reviews"), [&json!(1), &json!(1), &json!(2)]);
        let progress = w.get(&panel.officer, &panel.stage("review-progress")).await.expect(200);
        let chelsea = &progress.json["submissions"][0];
        assert_eq!((&chelsea["wanted"], &chelsea["submitted"]), (&json!(2), &json!(1)));
        assert_eq!(w.get(&panel.officer, &panel.reviews(1)).await.items().len(), 1);
        assert_eq!(w.get(&rosa, &panel.reviews(1)).await.items().len(), 1);
        w.get(&juan, &panel.reviews(1)).await.expect(404);
        let csv = w.get(&panel.officer, &panel.stage("reviews.csv")).await.expect(200);
        assert_eq!(csv.text().lines().filter(|line| line.contains("Chelsea")).count(), 1);

        let conflicted = panel.staff(w, "Conrad", Role::Officer).await;
        panel.conflict(w, &conflicted, 1);
        let results = w.get(&conflicted, &path).await.expect(200);
        assert_eq!(column(&results, "rank"), [&json!(1), &json!(1)], "as if there were no other");
        for table in ["results", "results.csv", "reviews.csv", "review-progress"] {
            let reply = w.get(&conflicted, &panel.stage(table)).await.expect(200);
            assert!(!reply.text().contains("Chelsea"), "{table}");
        }
    }

    async fn progress_counts_by_reviewer_and_submission(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let (rosa, juan) = reviewed(w, &panel).await;
        let ivan = w.person("Ivan").await;
        panel.assign(w, &ivan, 2, AssignmentState::Invited);
        let progress = w.get(&panel.officer, &panel.stage("review-progress")).await.expect(200);
        let row = |who: &Actor, counts: [usize; 4]| json!({
            "person_id": who.id.0, "name": who.email.split('@').next().unwrap(),
            "assigned": counts[0], "accepted": counts[1], "drafted": counts[2], "submitted": counts[3],
        });
        assert_eq!(progress.json["reviewers"], json!([
            row(&ivan, [1, 0, 0, 0]), row(&juan, [3, 3, 0, 2]), row(&rosa, [3, 3, 0, 3]),
        ]));
        let holyoke = &progress.json["submissions"][1];
        assert_eq!((&holyoke["assigned"], &holyoke["submitted"]), (&json!(3), &json!(1)));
    }

    async fn tables_are_safe_to_open_in_a_spreadsheet(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        reviewed(w, &panel).await;
        let results = w.get(&panel.officer, &panel.stage("results.csv?scores=final")).await.expect(200);
        assert_eq!(results.header("content-type"), Some("text/csv; charset=utf-8"));
        let text = results.text();
        let lines: Vec<&str> = text.lines().collect();
        let header = lines[0].replace('"', "");
        assert!(header.starts_with("rank,tied,submission_id,coalition,title,scores,mean,"));
        assert!(header.ends_with("mean_innovation,mean_private_capital"));
        // Every text is quoted: another separator finds no cell within a cell.
        assert!(
            lines[1].contains(r#","'=One table for Chelsea","final",4,4,0,4,4,2,2,4,4,4,4"#),
            "{}", lines[1]
        );
        let reviews = w.get(&panel.officer, &panel.stage("reviews.csv")).await.expect(200);
        assert_eq!(reviews.text().lines().count(), 6);
        assert!(reviews.text().contains("For the panel."));
    }

    async fn sealed_submissions_show_in_no_result(w: &mut World) {
        let panel = Panel::with(w, json!({"sealed": true})).await;
        w.set_time("2026-04-20T00:00:00Z");
        let officer = w.sign_in(panel.officer.id);
        for table in ["results", "results.csv", "reviews.csv", "review-progress"] {
            let reply = w.get(&officer, &panel.stage(table)).await.expect(200);
            assert!(!reply.text().contains("Lawrence"), "{table}");
        }
        w.get(&officer, &panel.reviews(0)).await.expect(404);
    }

    async fn a_stage_without_review_has_no_means_and_answers_all_the_same(w: &mut World) {
        let panel = Panel::with(w, json!({"has_review": false, "rubric": null})).await;
        let results = w.get(&panel.officer, &panel.stage("results")).await.expect(200);
        assert_eq!(column(&results, "mean"), [&Value::Null; 3]);
        assert_eq!(column(&results, "rank"), [&Value::Null; 3]);
        assert_eq!(column(&results, "reviews_wanted"), [&json!(0); 3]);
        let table = w.get(&panel.officer, &panel.stage("results.csv")).await.expect(200);
        assert_eq!(table.text().lines().count(), 4, "{table}");
        let reviews = w.get(&panel.officer, &panel.stage("reviews.csv")).await.expect(200);
        assert_eq!(reviews.text().lines().count(), 1, "{reviews}");
        w.get(&panel.officer, &panel.stage("review-progress")).await.expect(200);
    }

    async fn whole_tables_take_a_fresh_sign_in_and_leave_a_trace(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        reviewed(w, &panel).await;
        let tables = ["results.csv", "reviews.csv"].map(|table| panel.stage(table));
        let token = json!({"name": "Export", "scopes": ["read"], "days": 1});
        let token = w.post(&panel.officer, "/me/tokens", token).await.expect(201);
        let by_token = Actor { token: token.json["token"].as_str().unwrap().to_owned(), ..panel.officer.clone() };
        for path in &tables {
            assert_eq!(w.get(&by_token, path).await.expect(403).problem(), "fresh-sign-in-needed");
            w.get(&panel.officer, path).await.expect(200);
        }
        let csv = format!("{}?sort=title&lacking_reviews=false", tables[0]);
        let sorted = w.get(&panel.officer, &csv).await.expect(200).text();
        let lines: Vec<&str> = sorted.lines().collect();
        assert_eq!(lines.len(), 3, "{sorted}");
        assert!(lines[1].contains("Chelsea") && lines[2].contains("Lawrence"), "{sorted}");
        w.get(&panel.officer, &format!("{}?limit=2", tables[0])).await.expect(400);
        w.clock.advance(std::time::Duration::from_hours(3));
        for path in &tables {
            assert_eq!(w.get(&panel.officer, path).await.expect(403).problem(), "fresh-sign-in-needed");
        }
        let acts: Vec<String> = w.write(|w| {
            use civitas::platform::db::schema::audit_log;
            use diesel::prelude::*;
            let exported = audit_log::act.like("%exported");
            Ok(audit_log::table.filter(exported).order(audit_log::act).select(audit_log::act).load(w.conn())?)
        });
        assert_eq!(acts, ["results.exported", "results.exported", "reviews.exported"]);
    }

    async fn progress_comes_in_pages_and_shows_what_lacks_reviewers(w: &mut World) {
        let panel = Panel::reviewing(w).await;
        let rosa = w.person("Rosa").await;
        panel.assign(w, &rosa, 0, AssignmentState::Accepted);
        panel.assign(w, &w.sign_in(panel.officer.id), 0, AssignmentState::Declined);
        let path = panel.stage("review-progress");
        let first = w.get(&panel.officer, &format!("{path}?limit=2")).await.expect(200);
        assert_eq!(first.json["submissions"].as_array().unwrap().len(), 2);
        let cursor = first.json["next"].as_str().unwrap();
        let rest = w.get(&panel.officer, &format!("{path}?limit=2&cursor={cursor}")).await.expect(200);
        assert_eq!(rest.json["submissions"][0]["assigned"], 1);
        assert_eq!(rest.json["next"], Value::Null);
        let enough = w.get(&panel.officer, &format!("{path}?lacking_reviewers=false")).await.expect(200);
        assert_eq!(enough.json["submissions"], json!([]));
        w.get(&panel.officer, &format!("{path}?colour=red")).await.expect(400);
    }
}
