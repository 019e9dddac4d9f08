//! Who reads what: by hand, in bulk, by file; and what reviewers answer.

use actix_web::http::Method;
use serde_json::{Value, json};

use super::scene::{count, letters, season};
use crate::for_each_database;
use crate::world::World;

for_each_database! {
    async fn assignments_follow_the_rules(w: &mut World) {
        let s = season(w).await;
        let rita = s.reviewer(w, "Rita", 2).await;
        let stranger = w.person("Stranger").await;
        s.assign(w, s.lawrence, &stranger).await.expect(422);
        s.assign(w, 1, &rita).await.expect(422);
        let given = s.assign(w, s.lawrence, &rita).await.expect(201);
        assert_eq!(given.json["title"], "One table for Lawrence");
        assert_eq!(given.json["places"], json!(["Lawrence"]));
        assert_eq!(s.assign(w, s.lawrence, &rita).await.expect(409).problem(), "already-assigned");
        s.assign(w, s.chelsea, &rita).await.expect(201);
        assert_eq!(s.assign(w, s.holyoke, &rita).await.expect(409).problem(), "load-exceeded");
        let loads = w.get(&s.abe, &s.path("loads")).await.expect(200);
        assert_eq!(loads.items()[0]["load"], 2);

        let by_assistant = json!({"coalition": s.holyoke, "reviewer": rita.id});
        w.post(&s.abe, &s.path("assignments"), by_assistant).await.expect(403);
        let sam = s.reviewer(w, "Sam", 5).await;
        let pairs = json!({"pairs": [
            {"coalition": s.lawrence, "reviewer": sam.id},
            {"coalition": s.lawrence, "reviewer": sam.id},
            {"coalition": s.chelsea, "reviewer": rita.id},
        ]});
        let refused = w.post(&s.olive, &s.path("assignments/batches"), pairs).await.expect(422);
        let pointers: Vec<&Value> =
            refused.json["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
        assert_eq!(pointers, ["/pairs/1/reviewer", "/pairs/2/reviewer"]);
        let pairs = json!({"pairs": [
            {"coalition": s.lawrence, "reviewer": sam.id},
            {"coalition": s.chelsea, "reviewer": sam.id},
        ]});
        let given = w.post(&s.olive, &s.path("assignments/batches"), pairs).await.expect(200);
        assert_eq!(given.items().len(), 2);
        assert_eq!(given.json["dry_run"], false);
        assert_eq!(count(&letters(w, &sam.email), "assignments-given"), 1);
        assert_eq!(count(&letters(w, &rita.email), "assignments-given"), 2);

        let of_lawrence = s.path(&format!("assignments?coalition={}", s.lawrence));
        assert_eq!(w.get(&s.abe, &of_lawrence).await.expect(200).items().len(), 2);
        w.get(&s.ana, &of_lawrence).await.expect(403);
        w.get(&sam, &of_lawrence).await.expect(403);
        w.get(&s.olive, &s.path("assignments?colour=red")).await.expect(400);
    }

    async fn a_reviewer_answers_each_assignment(w: &mut World) {
        let s = season(w).await;
        let rita = s.reviewer(w, "Rita", 5).await;
        let mut ids = Vec::new();
        for coalition in [s.lawrence, s.chelsea, s.holyoke] {
            ids.push(s.assign(w, coalition, &rita).await.expect(201).id());
        }
        let act = |id: i64, act: &str| format!("/assignments/{id}/{act}");
        let why = json!({"reason": "I am away."});
        let stranger = w.person("Stranger").await;
        w.get(&stranger, &format!("/assignments/{}", ids[0])).await.expect(404);
        w.post(&s.olive, &act(ids[0], "acceptance"), json!({})).await.expect(403);
        let accepted = w.post(&rita, &act(ids[0], "acceptance"), json!({})).await.expect(200);
        assert_eq!(accepted.json["state"], "accepted");
        assert_eq!(accepted.json.get("reviewer"), None);
        w.post(&rita, &act(ids[0], "refusal"), why.clone()).await.expect(409);
        w.post(&rita, &act(ids[1], "refusal"), json!({"reason": ""})).await.expect(422);
        w.post(&rita, &act(ids[1], "refusal"), why.clone()).await.expect(200);
        w.post(&rita, &act(ids[0], "recusal"), why.clone()).await.expect(200);
        w.post(&rita, &act(ids[2], "ending"), why.clone()).await.expect(403);
        w.post(&s.olive, &act(ids[2], "ending"), why.clone()).await.expect(200);
        w.post(&s.olive, &act(ids[2], "ending"), why).await.expect(409);
        let told = letters(w, &s.olive.email);
        assert_eq!(count(&told, "assignment-declined"), 1);
        assert_eq!(count(&told, "assignment-recused"), 1);
        assert_eq!(count(&letters(w, &rita.email), "assignment-ended"), 1);
        let own = w.get(&rita, "/me/assignments").await.expect(200);
        assert_eq!(own.items().len(), 3);
        assert_eq!(w.get(&rita, "/me/assignments?state=ended").await.expect(200).items().len(), 1);
        // What was declined can be asked again.
        s.assign(w, s.chelsea, &rita).await.expect(201);
    }

    async fn a_file_assigns_after_a_dry_run(w: &mut World) {
        let s = season(w).await;
        let rita = s.reviewer(w, "Rita", 1).await;
        let sam = s.reviewer(w, "Sam", 5).await;
        s.declare(w, &sam, s.holyoke).await.expect(200);
        let import = async |w: &World, query: &str, file: String| {
            let path = s.path(&format!("assignments/imports{query}"));
            w.ask(&s.olive, Method::POST, &path).body("text/csv", file).send().await
        };
        let file = format!(
            "reviewer,proposal\nRITA@people.example,{}\nsam@people.example,chelsea together\n",
            s.lawrence
        );
        let faulty = format!(
            "{file}{},One table for Chelsea\nsam@people.example,Holyoke Together\nnobody@x.example,Atlantis\n",
            rita.email
        );
        let tried = import(w, "?dry_run=true", faulty.clone()).await.expect(200);
        assert_eq!(tried.json["assigned"], 2, "{tried}");
        let problems: Vec<Value> = tried.json["lines"].as_array().unwrap().iter()
            .map(|line| json!([line["line"], line["problem"]["column"], line["problem"]["rule"]]))
            .collect();
        assert_eq!(json!(problems), json!([
            [2, null, null], [3, null, null],
            [4, "reviewer", "load-exceeded"], [5, "reviewer", "conflicted"], [6, "proposal", null],
        ]));
        let refused = import(w, "", faulty).await.expect(422);
        assert_eq!(refused.json["errors"][0]["pointer"], "/lines/4/reviewer");
        assert_eq!(w.get(&s.olive, &s.path("assignments")).await.expect(200).items().len(), 0);
        let done = import(w, "", file.clone()).await.expect(200);
        assert_eq!(done.json["assigned"], 2);
        assert_eq!(w.get(&sam, "/me/assignments").await.expect(200).items().len(), 1);
        import(w, "?dry_run=true", "name,mail\na,b\n".into()).await.expect(422);
        let json = w.post(&s.olive, &s.path("assignments/imports"), json!({})).await;
        assert_eq!(json.status, 415);
        import(w, "", file).await.expect(422);
    }

    async fn a_batch_is_tried_out_with_the_hints_that_speak_for_a_tie(w: &mut World) {
        let s = season(w).await;
        let jane = w.person_at("jane@chelsea.example").await;
        let invitation = json!({"email": jane.email, "max_load": 1});
        w.post(&s.olive, &s.path("panel-members"), invitation).await.expect(201);
        let path = s.path("assignments/batches?dry_run=true");
        let pairs = json!({"pairs": [
            {"coalition": s.chelsea, "reviewer": jane.id},
            {"coalition": s.lawrence, "reviewer": jane.id},
        ]});
        w.post(&s.abe, &path, pairs.clone()).await.expect(403);
        let tried = w.post(&s.olive, &path, pairs).await.expect(200);
        assert_eq!(tried.json["dry_run"], true);
        assert_eq!(tried.json["pairs"][0]["hints"], json!(["mail_domain"]));
        assert_eq!(tried.json["pairs"][0]["problem"], Value::Null);
        assert_eq!(tried.json["pairs"][1]["problem"]["rule"], "load-exceeded");
        assert_eq!(w.get(&s.olive, &s.path("assignments")).await.expect(200).items().len(), 0);
        let file = format!("proposal,reviewer\n{},{}\n", s.chelsea, jane.email);
        let import = w.ask(&s.olive, Method::POST, &s.path("assignments/imports?dry_run=true"));
        let tried = import.body("text/csv", file).send().await.expect(200);
        assert_eq!(tried.json["lines"][0]["hints"], json!(["mail_domain"]));
    }

    async fn ones_own_list_says_what_is_due_and_how_far_it_is(w: &mut World) {
        let s = season(w).await;
        let rita = s.reviewer(w, "Rita", 5).await;
        let first = s.assign(w, s.lawrence, &rita).await.expect(201);
        s.assign(w, s.chelsea, &rita).await.expect(201);
        assert!(first.json["submission_id"].is_number(), "the office sees it: {first}");
        w.post(&rita, &format!("/assignments/{}/acceptance", first.id()), json!({})).await.expect(200);
        let due = {
            use civitas::platform::db::schema::assignments;
            use diesel::prelude::*;
            let id = first.id();
            w.write(move |w| {
                let soon = w.now();
                let one = diesel::update(assignments::table.find(id));
                one.set(assignments::due_at.eq(Some(soon))).execute(w.conn())?;
                Ok(soon.to_string())
            })
        };
        let own = w.get(&rita, "/me/assignments").await.expect(200);
        assert_eq!(own.items()[0]["id"], first.json["id"]);
        assert_eq!(own.items()[0]["due_at"], json!(due));
        assert_eq!(own.items()[0]["submission_id"], first.json["submission_id"]);
        assert_eq!(own.items()[0]["review"], "none");
        assert_eq!(own.items()[1]["submission_id"], Value::Null);
        assert_eq!(own.items()[1].get("review"), None);
    }
}
