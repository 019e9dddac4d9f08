//! What every route shares: keys that make a request count once, pages, parameters, bodies.

use std::time::Duration;

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::competitions::begun;
use crate::for_each_database;
use crate::proposals::scene::{AFTER, Scene};
use crate::world::{Actor, Nobody, Reply, World as Civitas};

const PLACES: &str = "name,kind,region,country,mail_domain,fact,value,source,as_of\n\
                      Lawrence,city,Massachusetts,US,,population,89143,Census,2020\n";

async fn import(w: &Civitas, who: &Actor, query: &str, key: &str) -> Reply {
    w.ask(who, Method::POST, &format!("/places/imports{query}"))
        .header("idempotency-key", key)
        .body("text/csv", PLACES)
        .send()
        .await
}

async fn attach(w: &Civitas, scene: &Scene, question: &str, name: &str) -> Reply {
    let form = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n\
         %PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n\r\n--edge--\r\n"
    );
    let path = scene.path(&format!("/attachments?question={question}"));
    w.ask(&scene.editor, Method::POST, &path)
        .header("idempotency-key", "file")
        .body("multipart/form-data; boundary=edge", form)
        .send()
        .await
}

for_each_database! {
    async fn a_key_belongs_to_all_that_was_asked(w: &mut World) {
        let (olive, _) = begun(w).await;
        let tried = import(w, &olive, "?dry_run=true", "first").await.expect(200);
        assert_eq!(tried.json["changes"].as_array().unwrap().len(), 2);
        let other = import(w, &olive, "?dry_run=false", "first").await.expect(422);
        assert_eq!(other.problem(), "key-reused");
        import(w, &olive, "", "second").await.expect(200);
        assert_eq!(w.get(&olive, "/places").await.expect(200).items().len(), 1);
        let again = import(w, &olive, "", "second").await.expect(200);
        assert_eq!(again.json["changes"].as_array().unwrap().len(), 2);
    }

    async fn a_key_of_an_upload_belongs_to_question_and_name(w: &mut World) {
        let scene = Scene::open(w).await;
        let first = attach(w, &scene, "letters", "a.pdf").await.expect(201);
        assert_eq!(attach(w, &scene, "letters", "a.pdf").await.expect(201).id(), first.id());
        for (question, name) in [("letters", "b.pdf"), ("books", "a.pdf")] {
            let other = attach(w, &scene, question, name).await.expect(422);
            assert_eq!(other.problem(), "key-reused");
        }
    }

    async fn a_key_is_judged_after_who_asks(w: &mut World) {
        let (olive, _) = begun(w).await;
        let key = "k".repeat(201);
        let ask = |sender: &str| {
            let asks = w.ask(&Nobody, Method::POST, "/places/imports").header("idempotency-key", &key);
            asks.header("authorization", sender).body("text/csv", PLACES).send()
        };
        ask("Bearer nonsense").await.expect(401);
        ask(&format!("bearer {}", olive.token)).await.expect(400);
    }

    async fn the_same_request_does_not_run_twice_at_a_time(w: &mut World) {
        let (olive, _) = begun(w).await;
        let (first, second) = futures_util::future::join(
            import(w, &olive, "", "at once"),
            import(w, &olive, "", "at once"),
        ).await;
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{first} {second}");
        let waits = if first.status == 409 { first } else { second };
        assert_eq!(waits.problem(), "still-running");
        import(w, &olive, "", "at once").await.expect(200);
    }

    async fn a_page_goes_on_when_its_last_row_has_gone(w: &mut World) {
        let (olive, competition) = begun(w).await;
        let path = format!("/competitions/{competition}/call-dates");
        for day in 1..=5 {
            let date = json!({"title": format!("Day {day}"), "kind": "workshop",
                "starts_at": format!("2026-04-0{day}T15:00:00Z")});
            w.post(&olive, &path, date).await.expect(201);
        }
        let first = w.get(&olive, &format!("{path}?limit=2")).await.expect(200);
        let gone = first.items()[1]["id"].as_i64().unwrap();
        w.delete(&olive, &format!("/call-dates/{gone}")).await.expect(204);
        let next = first.json["next"].as_str().unwrap();
        let rest = w.get(&olive, &format!("{path}?limit=5&cursor={next}")).await.expect(200);
        let starts: Vec<&str> = rest.items().iter().map(|one| one["starts_at"].as_str().unwrap()).collect();
        assert_eq!(starts.len(), 3, "{rest}");
        assert!(starts[0].starts_with("2026-04-03"), "{rest}");
    }

    async fn lists_of_roles_and_tokens_come_in_pages(w: &mut World) {
        let (olive, competition) = begun(w).await;
        for name in ["one", "two", "three"] {
            let body = json!({"name": name, "scopes": ["read"], "days": 30});
            w.post(&olive, "/me/tokens", body).await.expect(201);
        }
        let first = w.get(&olive, "/me/tokens?limit=2").await.expect(200);
        assert!(first.header("link").unwrap().contains("rel=\"next\""), "{first}");
        let rest = format!("/me/tokens?limit=2&cursor={}", first.json["next"].as_str().unwrap());
        let rest = w.get(&olive, &rest).await.expect(200);
        assert_eq!((first.items().len(), rest.items().len()), (2, 1));
        assert_eq!(rest.json["next"], Value::Null);
        let roles = w.get(&olive, &format!("/competitions/{competition}/roles")).await.expect(200);
        assert_eq!(roles.json["next"], Value::Null);
        w.get(&olive, "/me/tokens?limit=201").await.expect(400);
        w.get(&olive, "/me/tokens?cursor=bm9uZQ").await.expect(400);
    }

    async fn an_unknown_parameter_is_refused_everywhere(w: &mut World) {
        let (olive, competition) = begun(w).await;
        let path = format!("/competitions/{competition}");
        let refused = w.get(&olive, &format!("{path}?fields=name")).await.expect(400);
        assert_eq!(refused.json["errors"][0]["pointer"], "?fields");
        w.get(&Nobody, "/me?a=1").await.expect(401);
        w.get(&olive, "/people/4242?a=1").await.expect(404);
        // Nothing of a refused act stays.
        let body = json!({"name": "export", "scopes": ["read"], "days": 30});
        w.post(&olive, "/me/tokens?days=3", body).await.expect(400);
        assert!(w.get(&olive, "/me/tokens").await.expect(200).items().is_empty());
        w.post(&Nobody, "/sessions?remember=yes", json!({})).await.expect(400);
    }

    async fn head_answers_like_get_without_the_body(w: &mut World) {
        let ana = w.person("Ana").await;
        for (path, status) in [("/health/live", 200), ("/me", 200), ("/people/7", 404), ("/sessions", 405)] {
            let full = w.get(&ana, path).await.expect(status);
            let head = w.ask(&ana, Method::HEAD, path).send().await.expect(status);
            assert_eq!(head.bytes, b"");
            for name in ["etag", "content-type", "allow"] {
                assert_eq!(head.header(name), full.header(name), "{path} {name}");
            }
        }
        w.ask(&Nobody, Method::HEAD, "/me").send().await.expect(401);
        assert_eq!(w.post(&ana, "/me", json!({})).await.expect(405).header("allow"), Some("GET, HEAD, PUT"));
    }

    async fn every_fault_of_a_body_is_told_at_once(w: &mut World) {
        let body = json!({"email": 7, "pasword": "x", "remember": true});
        let refused = w.post(&Nobody, "/sessions", body).await.expect(422);
        let mut pointers: Vec<&str> = refused.json["errors"].as_array().unwrap().iter()
            .map(|error| error["pointer"].as_str().unwrap()).collect();
        pointers.sort_unstable();
        assert_eq!(pointers, ["/email", "/password", "/pasword", "/remember"], "{refused}");
        assert!(!refused.text().contains("column"), "{refused}");
    }

    async fn what_could_not_be_saved_goes_back(w: &mut World) {
        let scene = Scene::open(w).await;
        let path = scene.path("/sections/idea");
        let read = w.get(&scene.editor, &path).await.expect(200);
        let typed = json!({"answers": {"problem": "No buses."}});
        scene.save(w, &scene.convenor, "idea", json!({"problem": "Rents rise."})).await.expect(200);
        let stale = w.put(&scene.editor, &path, &read.etag(), typed.clone()).await.expect(412);
        assert_eq!(stale.json["yours"], typed);
        assert_eq!(stale.json["current"]["answers"]["problem"], "Rents rise.");
        let newest = w.get(&scene.editor, &path).await.expect(200);
        w.set_time(AFTER);
        let late = w.put(&scene.editor, &path, &newest.etag(), typed.clone()).await.expect(409);
        assert_eq!(late.json["yours"], typed);
    }

    async fn a_body_that_stalls_is_turned_away(w: &mut World) {
        let scene = Scene::open(w).await;
        w.hurry_bodies(1).await;
        let slow = w.ask(&Nobody, Method::POST, "/sessions").body("application/json", "{")
            .stalls().send().await.expect(408);
        assert_eq!(slow.problem(), "too-slow");
        let begun = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.7\n";
        let path = scene.path("/attachments?question=letters");
        let slow = w.ask(&scene.editor, Method::POST, &path)
            .body("multipart/form-data; boundary=edge", begun)
            .stalls();
        let slow = tokio::time::timeout(Duration::from_secs(20), slow.send()).await.unwrap().expect(408);
        assert_eq!(slow.problem(), "too-slow");
    }
}
