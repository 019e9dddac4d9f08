//! What the office may not learn by writing to a group: who has submitted to a sealed stage, and
//! anything of a coalition that is closed to an officer.

use civitas::coalitions::model::MemberRole;
use civitas::mailings::jobs;
use civitas::people::Role;
use civitas::platform::db::schema::messages;
use civitas::platform::outbox::MessageState;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::mailings::{letter, letter_at, names};
use super::scene::{conflict, join};
use crate::decisions::scene::letters;
use crate::for_each_database;
use crate::proposals::scene::{AFTER, DEADLINE, PLAIN, Scene, Setting};
use crate::reviews::panel::Panel;
use crate::world::{Actor, World};

/// What a running server does by itself about letters to groups.
fn minute(w: &World) {
    for mailing in w.write(|w| jobs::mailings_to_write(w)) {
        while w.write(move |w| jobs::write_some(w, mailing)) {}
    }
}

/// Every letter to a group, as if none could be delivered.
fn dies(w: &World) {
    w.write(|w| {
        let now = w.now();
        let all = messages::table.filter(messages::kind.eq("mailing"));
        Ok(diesel::update(all)
            .set((
                messages::state.eq(MessageState::Dead),
                messages::died_at.eq(Some(now)),
            ))
            .execute(w.conn())?)
    });
}

fn written_to(w: &World, who: &Actor) -> Vec<String> {
    letters(w, "mailing", who)
        .into_iter()
        .map(|(_, _, fields)| fields["body"].as_str().unwrap().to_owned())
        .collect()
}

for_each_database! {
    async fn nobody_learns_who_has_submitted_to_a_sealed_stage(w: &mut World) {
        let scene = Scene::open(w).await;
        let (chelsea, carl) = scene.another_city(w, "Chelsea").await;
        let (_, cora) = scene.another_city(w, "Holyoke").await;
        w.post(&carl, &format!("/coalitions/{chelsea}/proposals"), json!({"title": "Two tables"})).await.expect(201);
        let sees = async |w: &World, made: i64| {
            let mut seen = String::new();
            for path in [
                format!("/mailings/{made}"), format!("/mailings/{made}/letters"), "/messages".to_owned(),
                scene.of_competition("mailings"), "/audit-log?object_kind=message".to_owned(),
            ] {
                let read = w.get(&scene.officer, &path).await.expect(200);
                seen.push_str(&read.text());
            }
            seen
        };
        let body = "{{coalition}} can submit until {{deadline}}, {{person}}.";
        let (late, there) = (letter_at("drafts_not_submitted", scene.stage, body), letter_at("submitted", scene.stage, body));
        let before = [
            scene.previews(w, &scene.officer, &late).await.expect(200),
            scene.previews(w, &scene.officer, &there).await.expect(200),
        ];
        scene.submitted(w).await;
        for (mailing, before) in [&late, &there].into_iter().zip(&before) {
            let after = scene.previews(w, &scene.officer, mailing).await.expect(200);
            assert_eq!(after.seen(), before.seen(), "a submission shows in a preview");
            assert_eq!((&after.json["recipients"], &after.json["sealed"]), (&Value::Null, &json!(true)));
            let messages = after.json["messages"].as_array().unwrap();
            assert_eq!((messages.len(), &messages[0]["person_id"]), (1, &Value::Null));
            let text = messages[0]["text"].as_str().unwrap();
            assert!(text.starts_with("‹name of the coalition› can submit until Fri 24 April"), "{text}");
        }
        let officer = w.sign_in(scene.officer.id);
        let made = scene.sends(w, &officer, &before[0].json["digest"], &late).await.expect(201);
        assert_eq!((&made.json["recipients"], &made.json["delivery"]), (&Value::Null, &Value::Null));
        let at_once = sees(w, made.id()).await;
        // Who is in the group is asked when the letters are written.
        minute(w);
        minute(w);
        assert_eq!(written_to(w, &carl), ["Chelsea together can submit until Fri 24 April 2026, 17:00 EDT, carl.of.chelsea."]);
        for who in [&scene.convenor, &scene.editor, &cora] {
            assert!(written_to(w, who).is_empty(), "{}", who.email);
        }
        dies(w);
        assert_eq!(sees(w, made.id()).await, at_once, "the letters show");
        w.write(civitas::app::tell_of_dead_letters);
        assert!(letters(w, "dead-letters", &scene.officer).is_empty());
        let letter = w.write(|w| Ok(messages::table.filter(messages::kind.eq("mailing"))
            .select(messages::id).first::<i64>(w.conn())?));
        w.post(&officer, &format!("/messages/{letter}/resend"), Value::Null).await.expect(404);

        // Once nothing more can arrive, it shows.
        w.set_time(AFTER);
        let shown = w.get(&scene.officer, &format!("/mailings/{}", made.id())).await.expect(200);
        assert_eq!((&shown.json["sealed"], &shown.json["recipients"]), (&json!(false), &json!(1)));
        let to = w.get(&scene.officer, &format!("/mailings/{}/letters", made.id())).await.expect(200);
        assert_eq!(to.items()[0]["name"], "carl.of.chelsea");
        assert_eq!(w.get(&scene.officer, "/messages").await.expect(200).items().len(), 1);
        let preview = scene.previews(w, &scene.officer, &late).await.expect(200);
        assert_eq!(names(&preview), ["carl.of.chelsea"]);
        let preview = scene.previews(w, &scene.officer, &there).await.expect(200);
        assert_eq!(preview.json["recipients"], 4);
    }

    async fn nor_what_a_city_does_that_has_more_time(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.fill(w).await;
        let (late, there) = (letter_at("drafts_not_submitted", scene.stage, "Hurry."), letter_at("submitted", scene.stage, "Thanks."));
        // One letter left before anybody knew that there would be more time.
        let officer = w.sign_in(scene.officer.id);
        let made = scene.writes_to(w, &officer, &late).await.expect(201);
        minute(w);
        assert_eq!(written_to(w, &scene.convenor).len(), 1);
        dies(w);
        w.set_time(AFTER);
        let officer = w.sign_in(scene.officer.id);
        let waiver = json!({"coalition": scene.coalition, "until": "2026-04-28T21:00:00Z", "reason": "Flood."});
        w.post(&officer, &format!("/stages/{}/waivers", scene.stage), waiver).await.expect(201);
        let sees = async |w: &World| {
            let mut seen = String::new();
            for mailing in [&late, &there] {
                seen.push_str(&scene.previews(w, &officer, mailing).await.expect(200).text());
            }
            for path in [format!("/mailings/{}", made.id()), format!("/mailings/{}/letters", made.id()), "/messages".to_owned()] {
                seen.push_str(&w.get(&officer, &path).await.expect(200).text());
            }
            seen
        };
        let before = sees(w).await;
        for who in [&scene.convenor, &scene.editor] {
            assert!(!before.contains(&who.email), "{before}");
        }
        scene.submit(w, &scene.convenor).await.expect(201);
        assert_eq!(sees(w).await, before, "what it handed in shows");
        w.set_time("2026-04-29T09:00:00Z");
        let officer = w.sign_in(scene.officer.id);
        let preview = scene.previews(w, &officer, &there).await.expect(200);
        assert_eq!(preview.json["recipients"], 4);
    }

    async fn who_submits_meanwhile_gets_no_letter_and_nobody_does_after_the_end(w: &mut World) {
        let scene = Scene::open(w).await;
        let late = letter_at("drafts_not_submitted", scene.stage, "Hurry.");
        scene.writes_to(w, &scene.officer, &late).await.expect(201);
        scene.submitted(w).await;
        minute(w);
        assert!(written_to(w, &scene.convenor).is_empty());
        assert!(w.write(|w| jobs::mailings_to_write(w)).is_empty());

        let (chelsea, carl) = scene.another_city(w, "Chelsea").await;
        w.post(&carl, &format!("/coalitions/{chelsea}/proposals"), json!({"title": "Two"})).await.expect(201);
        w.set_time(DEADLINE);
        let back = letter_at("drafts_not_submitted", scene.stage, "Hurry up.");
        let made = scene.writes_to(w, &scene.officer, &back).await.expect(201);
        w.post(&w.sign_in(scene.officer.id), &format!("/mailings/{}/call-back", made.id()), Value::Null).await.expect(200);
        minute(w);
        let last = letter_at("drafts_not_submitted", scene.stage, "Hurry on.");
        scene.writes_to(w, &scene.officer, &last).await.expect(201);
        w.set_time(AFTER);
        minute(w);
        assert!(written_to(w, &carl).is_empty());
    }

    async fn a_closed_coalition_is_written_to_and_not_shown(w: &mut World) {
        let scene = Scene::with(w, Setting { sealed: false, ..PLAIN }).await;
        let (chelsea, carl) = scene.another_city(w, "Chelsea").await;
        let tied = w.person("Otto").await;
        w.grant(&tied, Role::Officer, scene.competition);
        conflict(w, scene.competition, scene.coalition, &tied);
        let mailing = letter("members", "{{person}} of {{coalition}}");
        let preview = scene.previews(w, &tied, &mailing).await.expect(200);
        assert_eq!((names(&preview), &preview.json["recipients"]), (vec!["carl.of.chelsea".to_owned()], &json!(1)));
        assert!(!preview.text().contains("Lawrence"));
        // Nothing that happens in it shows in the digest, and so in no refusal.
        let late = w.person("Late").await;
        join(w, scene.coalition, &late, MemberRole::Editor);
        let tied = w.sign_in(tied.id);
        let made = scene.sends(w, &tied, &preview.json["digest"], &mailing).await.expect(201);
        assert_eq!((&made.json["recipients"], &made.json["delivery"]["waiting"]), (&json!(1), &json!(1)));
        for who in [&scene.convenor, &scene.editor, &late] {
            assert_eq!(written_to(w, who).len(), 1, "{}", who.email);
        }
        let path = format!("/mailings/{}", made.id());
        let to = w.get(&tied, &format!("{path}/letters")).await.expect(200);
        assert_eq!((to.items().len(), &to.items()[0]["coalitions"]), (1, &json!([chelsea])));
        let all = w.get(&scene.officer, &format!("{path}/letters")).await.expect(200);
        assert_eq!((all.items().len(), &w.get(&scene.officer, &path).await.json["recipients"]), (6, &json!(6)));

        // A group that is all closed looks as an empty one.
        let unseen = letter_at("submitted", scene.stage, "Thank you.");
        scene.submitted(w).await;
        let preview = scene.previews(w, &tied, &unseen).await.expect(200);
        assert_eq!((&preview.json["recipients"], &preview.json["left_out"]), (&json!(0), &json!([])));
        let refused = scene.sends(w, &tied, &preview.json["digest"], &unseen).await.expect(409);
        assert_eq!(refused.problem(), "not-ready");
        // What was written to a closed coalition by name is not there.
        let mut named = letter("members", "Between us.");
        named["filters"] = json!({"coalitions": [scene.coalition]});
        let other = scene.writes_to(w, &scene.officer, &named).await.expect(201).id();
        w.get(&tied, &format!("/mailings/{other}")).await.expect(404);
        w.post(&tied, &format!("/mailings/{other}/call-back"), Value::Null).await.expect(404);
        let listed = w.get(&tied, &scene.of_competition("mailings")).await.expect(200);
        assert_eq!(listed.items().len(), 1);
        let rows = w.get(&tied, "/audit-log?act=mailing.sent").await.expect(200);
        assert_eq!(rows.items().len(), 1);
        assert_eq!(written_to(w, &carl).len(), 1);
    }

    async fn a_review_of_a_closed_submission_counts_for_its_reviewer_alone(w: &mut World) {
        use civitas::panels::model::AssignmentState::Accepted;
        let panel = Panel::with(w, json!({"review_deadline": "2026-05-01T21:00:00Z"})).await;
        let both = w.person("Rita").await;
        let one = w.person("Ralph").await;
        for (juror, city) in [(&both, 0), (&both, 1), (&one, 0)] {
            panel.assign(w, juror, city, Accepted);
        }
        let tied = panel.staff(w, "Otto", Role::Officer).await;
        conflict(w, panel.competition, panel.cities[0].coalition, &tied);
        let mut mailing = letter_at("reviewers_late", panel.stage, "{{person}}: {{open_reviews}} by {{review_deadline}}");
        let path = format!("/competitions/{}/mailing-previews", panel.competition);
        let none = w.post(&panel.officer, &path, mailing.clone()).await.expect(200);
        assert_eq!(none.json["recipients"], 0, "nothing is late yet");
        mailing["filters"] = json!({"within_days": 7});
        let all = w.post(&panel.officer, &path, mailing.clone()).await.expect(200);
        assert_eq!(names(&all), ["ralph", "rita"]);
        let seen = w.post(&tied, &path, mailing.clone()).await.expect(200);
        assert_eq!(names(&seen), ["rita"]);
        let text = seen.json["messages"][0]["text"].as_str().unwrap();
        assert!(text.starts_with("rita: 1 by Fri 1 May 2026, 17:00 EDT"), "{text}");
        let sent = json!({"digest": seen.json["digest"], "mailing": mailing});
        let made = w.post(&tied, &format!("/competitions/{}/mailings", panel.competition), sent).await.expect(201);
        assert_eq!(made.json["recipients"], 1);
        assert!(written_to(w, &both)[0].starts_with("rita: 2 by"));
        assert!(written_to(w, &one)[0].starts_with("ralph: 1 by"));
        let to = w.get(&tied, &format!("/mailings/{}/letters", made.id())).await.expect(200);
        assert_eq!(to.items().len(), 1);
        dies(w);
        let dead = w.get(&tied, "/messages").await.expect(200);
        assert!(!dead.text().contains(&one.email), "{dead}");
    }
}
