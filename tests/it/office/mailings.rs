//! Letters of the office to a group: previewed as their recipients read them, sent once, kept.

use civitas::coalitions::model::MemberRole;
use civitas::people::Role;
use civitas::platform::db::schema::people;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::scene::{conflict, join};
use crate::for_each_database;
use crate::proposals::scene::{PLAIN, Scene, Setting};
use crate::world::{Actor, Nobody, Reply, World};

impl Scene {
    pub async fn previews(&self, w: &World, who: &Actor, mailing: &Value) -> Reply {
        let path = self.of_competition("mailing-previews");
        w.post(who, &path, mailing.clone()).await
    }

    /// Sends what a digest names.
    pub async fn sends(&self, w: &World, who: &Actor, digest: &Value, mailing: &Value) -> Reply {
        let sent = json!({"digest": digest, "mailing": mailing});
        w.post(who, &self.of_competition("mailings"), sent).await
    }

    /// Previews and sends as an officer who has just signed in.
    pub async fn writes_to(&self, w: &World, who: &Actor, mailing: &Value) -> Reply {
        let who = w.sign_in(who.id);
        let preview = self.previews(w, &who, mailing).await.expect(200);
        self.sends(w, &who, &preview.json["digest"], mailing).await
    }
}

/// A letter to a group, in English.
pub fn letter(group: &str, body: &str) -> Value {
    json!({"group": group, "texts": [
        {"language": "en", "subject": "{{competition}}: a word", "body": body}]})
}

/// As [`letter`], of a stage.
pub fn letter_at(group: &str, stage: i64, body: &str) -> Value {
    let mut letter = letter(group, body);
    letter["stage"] = stage.into();
    letter
}

/// The names of those to whom a preview shows a letter.
pub fn names(preview: &Reply) -> Vec<String> {
    let messages = preview.json["messages"].as_array().unwrap();
    let name = |one: &Value| one["name"].as_str().unwrap().to_owned();
    let mut names: Vec<String> = messages.iter().map(name).collect();
    names.sort();
    names
}

for_each_database! {
    async fn everybody_gets_what_was_previewed(w: &mut World) {
        let scene = Scene::open(w).await;
        let (reader, other) = (scene.editor.id, scene.signatory.id);
        w.write(move |w| {
            diesel::update(people::table.find(reader))
                .set(people::time_zone.eq(Some("Europe/Madrid"))).execute(w.conn())?;
            Ok(diesel::update(people::table.find(other)).set(people::language.eq("es-MX")).execute(w.conn())?)
        });
        let mut mailing = letter_at("members", scene.stage,
            "Dear {{person}},\n\n{{coalition}} can submit to {{stage}} until {{deadline}}. All times: {{time_zone}}.");
        mailing["texts"].as_array_mut().unwrap().push(json!({
            "language": "es", "subject": "{{competition}}", "body": "{{person}}: hasta {{deadline}}."}));
        let officer = w.sign_in(scene.officer.id);
        let preview = scene.previews(w, &officer, &mailing).await.expect(200);
        assert_eq!(preview.json["recipients"], 4);
        assert_eq!(names(&preview), ["carla", "connie", "edwin", "sigrid"]);
        let messages = preview.json["messages"].as_array().unwrap();
        let of = |name: &str| messages.iter().find(|one| one["name"] == name).unwrap();
        let edwins = of("edwin")["text"].as_str().unwrap();
        assert!(edwins.starts_with(
            "Dear edwin,\n\nLawrence together can submit to Stage 1 until Fri 24 April 2026, 17:00 EDT (23:00 CEST). \
             All times: America/New_York."), "{edwins}");
        let sigrids = of("sigrid");
        assert_eq!((&sigrids["language"], &sigrids["coalition"]), (&json!("es"), &json!("Lawrence together")));
        assert!(sigrids["text"].as_str().unwrap().starts_with("sigrid: hasta 2026-04-24, 17:00 EDT."), "{sigrids}");
        assert_eq!(sigrids["subject"].as_str().unwrap().split(':').next(), Some("Working Cities Challenge"));

        let made = scene.sends(w, &officer, &preview.json["digest"], &mailing).await.expect(201);
        assert_eq!((&made.json["recipients"], &made.json["delivery"]["waiting"]), (&json!(4), &json!(4)));
        let mail = w.run_jobs().await;
        assert_eq!(mail.len(), 4);
        for one in &mail {
            let previewed = messages.iter().find(|message| message["address"] == one.to).unwrap();
            assert_eq!(previewed["subject"], one.subject);
            let text = previewed["text"].as_str().unwrap().replace("https://civitas.example", crate::post::PUBLIC_URL);
            assert_eq!(text.split("\n-- \n").next().unwrap().trim(), one.text.split("\n-- \n").next().unwrap().trim());
        }
        // Who sent what to whom is kept.
        let path = format!("/mailings/{}", made.id());
        let shown = w.get(&officer, &path).await.expect(200);
        assert_eq!((&shown.json["sent_by"], &shown.json["delivery"]["sent"]), (&json!(officer.id.0), &json!(4)));
        assert_eq!(shown.json["mailing"]["texts"], mailing["texts"]);
        let to = w.get(&officer, &format!("{path}/letters?limit=3")).await.expect(200);
        assert_eq!((to.items().len(), &to.items()[0]["coalitions"]), (3, &json!([scene.coalition])));
        let listed = w.get(&officer, &scene.of_competition("mailings")).await.expect(200);
        assert_eq!(listed.items()[0]["id"], made.id());
    }

    async fn only_officers_write_and_only_after_a_fresh_sign_in(w: &mut World) {
        let scene = Scene::open(w).await;
        let assistant = w.person("Asa").await;
        w.grant(&assistant, Role::Assistant, scene.competition);
        let mailing = letter("members", "Hello.");
        let officer = w.sign_in(scene.officer.id);
        let digest = scene.previews(w, &officer, &mailing).await.expect(200).json["digest"].clone();
        for who in [&assistant, &scene.convenor] {
            scene.previews(w, who, &mailing).await.expect(403);
            scene.sends(w, who, &digest, &mailing).await.expect(403);
        }
        w.set_time("2026-03-02T16:00:00Z");
        let stale = scene.sends(w, &officer, &digest, &mailing).await.expect(403);
        assert_eq!(stale.problem(), "fresh-sign-in-needed");
        let officer = w.sign_in(scene.officer.id);
        let made = scene.sends(w, &officer, &digest, &mailing).await.expect(201);
        let path = format!("/mailings/{}", made.id());
        for path in [path.clone(), format!("{path}/letters"), scene.of_competition("mailings"), scene.of_competition("mailing-groups")] {
            w.get(&Nobody, &path).await.expect(401);
            w.get(&assistant, &path).await.expect(200);
        }
        w.get(&scene.convenor, &path).await.expect(404);
        w.post(&assistant, &format!("{path}/call-back"), Value::Null).await.expect(403);
        // The very same is not sent twice, by whatever key.
        assert_eq!(scene.sends(w, &officer, &digest, &mailing).await.expect(409).problem(), "already-there");
        assert_eq!(w.run_jobs().await.len(), 4);
        w.set_time("2026-03-03T16:00:01Z");
        scene.writes_to(w, &scene.officer, &mailing).await.expect(201);
    }

    async fn a_group_that_changed_since_the_preview_is_looked_at_again(w: &mut World) {
        let scene = Scene::open(w).await;
        let officer = w.sign_in(scene.officer.id);
        let mailing = letter("members", "Hello {{person}}.");
        let digest = scene.previews(w, &officer, &mailing).await.expect(200).json["digest"].clone();
        let other = letter("members", "Hello, {{person}}.");
        for (digest, mailing) in [(&digest, &other), (&json!("nonsense"), &mailing)] {
            let refused = scene.sends(w, &officer, digest, mailing).await.expect(409);
            assert_eq!(refused.problem(), "preview-outdated");
        }
        let late = w.person("Late").await;
        join(w, scene.coalition, &late, MemberRole::Editor);
        let refused = scene.sends(w, &officer, &digest, &mailing).await.expect(409);
        assert_eq!(refused.problem(), "preview-outdated");
        assert!(w.run_jobs().await.is_empty());
        scene.writes_to(w, &officer, &mailing).await.expect(201);
        assert_eq!(w.run_jobs().await.len(), 5);
        let empty = scene.writes_to(w, &officer, &letter("claims_waiting", "{{places}}")).await;
        assert_eq!(empty.expect(201).json["recipients"], 5);
        let none = scene.writes_to(w, &officer, &letter("awards_unanswered", "{{total}} by {{answer_by}}")).await;
        assert_eq!(none.expect(409).problem(), "not-ready");
    }

    async fn what_is_wrong_is_told_at_once_where_it_stands(w: &mut World) {
        let scene = Scene::open(w).await;
        let (chelsea, _) = scene.another_city(w, "Chelsea").await;
        conflict(w, scene.competition, chelsea, &scene.officer);
        let wrong = json!({
            "group": "seats_unfilled", "stage": scene.stage,
            "filters": {"within_days": 3, "coalitions": [scene.coalition, chelsea, 4242]},
            "texts": [
                {"language": "es", "subject": "{{juror}}", "body": "{{lacking}} {{deadline}}"},
                {"language": "es", "subject": "a\nb", "body": ""},
                {"language": "english", "subject": "a", "body": "{{oops"},
            ],
        });
        let refused = scene.previews(w, &scene.officer, &wrong).await.expect(422);
        let mut at: Vec<&str> = refused.json["errors"].as_array().unwrap().iter()
            .map(|one| one["pointer"].as_str().unwrap()).collect();
        at.sort_unstable();
        at.dedup();
        assert_eq!(at, ["/filters/coalitions/1", "/filters/coalitions/2", "/filters/within_days", "/stage",
            "/texts/0/body", "/texts/0/subject", "/texts/1/body", "/texts/1/language", "/texts/1/subject",
            "/texts/2/body", "/texts/2/language"]);
        let spanish = json!({"group": "members", "texts": [{"language": "es", "subject": "a", "body": "b"}]});
        let refused = scene.previews(w, &scene.officer, &spanish).await.expect(422);
        assert_eq!(refused.json["errors"][0]["pointer"], "/texts");
        let officer = w.sign_in(scene.officer.id);
        let refused = scene.sends(w, &officer, &json!("x"), &spanish).await.expect(422);
        assert_eq!(refused.json["errors"][0]["pointer"], "/mailing/texts");
        for (mailing, pointer) in [
            (letter("submitted", "a"), "/stage"),
            (letter_at("submitted", 4242, "a"), "/stage"),
            (letter("everybody", "a"), "/group"),
        ] {
            let refused = scene.previews(w, &scene.officer, &mailing).await.expect(422);
            assert_eq!(refused.json["errors"][0]["pointer"], pointer);
        }
        let later = scene.add_stage(w, 2, Some(crate::proposals::scene::form()));
        let early = scene.previews(w, &scene.officer, &letter_at("submitted", later, "a")).await.expect(409);
        assert_eq!(early.problem(), "not-open-yet");
    }

    async fn what_has_not_left_is_called_back(w: &mut World) {
        let scene = Scene::open(w).await;
        let officer = w.sign_in(scene.officer.id);
        let made = scene.writes_to(w, &officer, &letter("members", "Oh.")).await.expect(201);
        let path = format!("/mailings/{}/call-back", made.id());
        let back = w.post(&officer, &path, Value::Null).await.expect(200);
        assert_eq!(back.json["delivery"]["cancelled"], 4);
        assert_eq!(w.post(&officer, &path, Value::Null).await.expect(409).problem(), "already-there");
        assert!(w.run_jobs().await.is_empty());
        // What was called back may be sent again at once.
        scene.writes_to(w, &officer, &letter("members", "Oh.")).await.expect(201);
        assert_eq!(w.run_jobs().await.len(), 4);
    }

    async fn whoever_can_not_read_it_is_left_out_and_named(w: &mut World) {
        let scene = Scene::with(w, Setting { sealed: false, ..PLAIN }).await;
        let (unproven, disabled) = (w.person("Una").await, w.person("Dis").await);
        for who in [&unproven, &disabled] {
            join(w, scene.coalition, who, MemberRole::Editor);
        }
        let (unproven, disabled) = (unproven.id, disabled.id);
        w.write(move |w| {
            let now = w.now();
            diesel::update(people::table.find(unproven))
                .set(people::verified_at.eq(None::<civitas::platform::clock::Instant>)).execute(w.conn())?;
            Ok(diesel::update(people::table.find(disabled))
                .set(people::disabled_at.eq(Some(now))).execute(w.conn())?)
        });
        let preview = scene.previews(w, &scene.officer, &letter("members", "Hello.")).await.expect(200);
        assert_eq!(names(&preview), ["carla", "connie", "edwin", "sigrid"]);
        let left_out = preview.json["left_out"].as_array().unwrap();
        let mut told: Vec<(&str, bool)> = left_out.iter()
            .map(|one| (one["name"].as_str().unwrap(), one["disabled"].as_bool().unwrap())).collect();
        told.sort_unstable();
        assert_eq!(told, [("dis", true), ("una", false)]);
        scene.writes_to(w, &scene.officer, &letter("members", "Hello.")).await.expect(201);
        assert_eq!(w.run_jobs().await.len(), 4);
    }
}
