//! The pages that e-mails link to.

use actix_web::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::for_each_database;
use crate::proposals::scene::Scene;
use crate::world::{Nobody, Reply, World as Civitas};

async fn page(w: &Civitas, path: &str) -> Reply {
    w.ask_page(Method::GET, path).send().await
}

async fn send(w: &Civitas, path: &str, form: &str) -> Reply {
    w.ask_page(Method::POST, path)
        .body("application/x-www-form-urlencoded", form.to_owned())
        .send()
        .await
}

for_each_database! {
    async fn scanners_that_follow_links_use_nothing_up(w: &mut World) {
        let account = json!({"email": "clerk@city.example", "name": "Clerk", "password": "a perfectly long one"});
        w.post(&Nobody, "/accounts", account).await.expect(202);
        let path = format!("/verifications/{}", w.link_to("clerk@city.example"));
        for _ in 0..3 {
            let shown = page(w, &path).await.expect(200);
            assert!(shown.text().contains("Confirm this address"), "{shown}");
            assert_eq!(shown.header("referrer-policy"), Some("no-referrer"));
            assert!(shown.header("content-security-policy").unwrap().contains("default-src 'none'"));
        }
        send(w, &path, "answer=yes").await.expect(200);
        send(w, &path, "answer=yes").await.expect(409);
        page(w, &path).await.expect(410);
        page(w, "/verifications/1.forged").await.expect(410);
    }

    async fn a_new_password_by_page(w: &mut World) {
        let ana = w.person("Ana").await;
        w.post(&Nobody, "/password-resets", json!({"email": ana.email})).await.expect(202);
        let path = format!("/password-resets/{}", w.link_to(&ana.email));
        page(w, &path).await.expect(200);
        let short = send(w, &path, "password=short").await.expect(422);
        assert!(short.text().contains("at least 12 characters"), "{short}");
        send(w, &path, "password=another+long+password").await.expect(200);
        w.get(&ana, "/me").await.expect(401);
        let body = json!({"email": ana.email, "password": "another long password"});
        w.post(&Nobody, "/sessions", body).await.expect(201);
    }

    async fn the_front_page_is_for_anyone(w: &mut World) {
        let home = page(w, "/").await.expect(200);
        assert!(home.header("content-type").unwrap().starts_with("text/html"));
        page(w, "/assets/civitas.css").await.expect(200);
        page(w, "/nothing").await.expect(404);
    }
}

/// In minutes.
const DAY: u64 = 24 * 60;

/// The token of the newest link that was sent there, and a password set by it.
fn by_link(w: &Civitas, address: &str) -> (String, serde_json::Value) {
    let token = w.link_to(address);
    let body = json!({"token": token, "password": "the newest of them"});
    (token, body)
}

for_each_database! {
    async fn links_are_good_for_as_long_as_the_letter_says(w: &mut World) {
        let minutes = |minutes: u64| std::time::Duration::from_secs(minutes * 60);
        let account = json!({"email": "clerk@city.example", "name": "Clerk", "password": "a perfectly long one"});
        w.post(&Nobody, "/accounts", account).await.expect(202);
        let (token, _) = by_link(w, "clerk@city.example");
        let path = format!("/verifications/{token}");
        w.clock.advance(minutes(3 * DAY - 1));
        page(w, &path).await.expect(200);
        w.clock.advance(minutes(1));
        page(w, &path).await.expect(410);
        send(w, &path, "answer=yes").await.expect(409);
        w.post(&Nobody, "/email-verifications", json!({ "token": token })).await.expect(409);

        let (root, competition) = crate::competitions::begun(w).await;
        let roles = format!("/competitions/{competition}/roles");
        let role = json!({"email": "olga@city.example", "role": "officer"});
        w.post(&root, &roles, role).await.expect(201);
        w.post(&Nobody, "/password-resets", json!({"email": root.email})).await.expect(202);
        for (address, lasts) in [(root.email.as_str(), 60), ("olga@city.example", 7 * DAY)] {
            let since = w.now();
            let (token, set) = by_link(w, address);
            let path = format!("/password-resets/{token}");
            w.clock.advance(minutes(lasts - 1));
            page(w, &path).await.expect(200);
            w.clock.advance(minutes(1));
            page(w, &path).await.expect(410);
            send(w, &path, "password=the+newest+of+them").await.expect(409);
            w.post(&Nobody, "/password-resets/completions", set).await.expect(409);
            w.clock.set(since);
        }
    }

    async fn a_form_is_read_as_strictly_as_json(w: &mut World) {
        let scene = Scene::open(w).await;
        let asked = json!({"email": "jane@harborbank.example", "max_load": 2});
        w.post(&scene.officer, &format!("/stages/{}/panel-members", scene.stage), asked).await.expect(201);
        let invitation = format!("/invitations/{}", w.link_to("jane@harborbank.example"));
        w.post(&Nobody, "/password-resets", json!({"email": scene.officer.email})).await.expect(202);
        let reset = format!("/password-resets/{}", w.link_to(&scene.officer.email));
        for (path, form, status) in [
            (&invitation, "answer=decline&reason=a%00b", 422),
            (&invitation, "answer=decline&reason=%1b%5b2J", 422),
            (&invitation, "answer=accept&name=a%00b&password=a+perfectly+long+one", 422),
            (&invitation, "reason=nothing", 400),
            (&invitation, "answer=decline&answer=accept", 400),
            (&reset, "password=a+perfectly%00long+one", 422),
            (&reset, "", 400),
        ] {
            let refused = send(w, path, form).await.expect(status);
            assert!(refused.header("content-type").unwrap().starts_with("text/html"), "{refused}");
        }
        let typed = w.ask_page(Method::POST, &reset).body("text/plain", "password=a+perfectly+long+one");
        typed.send().await.expect(415);
        let long = format!("answer=decline&reason={}", "x".repeat(3 * 1024 * 1024));
        send(w, &invitation, &long).await.expect(413);
        send(w, &invitation, "answer=decline&reason=I+moved.%0D%0ASorry.").await.expect(200);
        send(w, &reset, "password=a+perfectly+long+one").await.expect(200);
    }

    async fn a_form_that_stalls_is_turned_away(w: &mut World) {
        let ana = w.person("Ana").await;
        w.post(&Nobody, "/password-resets", json!({"email": ana.email})).await.expect(202);
        let reset = format!("/password-resets/{}", w.link_to(&ana.email));
        w.hurry_bodies(1).await;
        let slow = w.ask_page(Method::POST, &reset)
            .body("application/x-www-form-urlencoded", "password=a+perfectly")
            .stalls();
        slow.send().await.expect(408);
    }

    async fn no_character_that_a_database_refuses_reaches_it(w: &mut World) {
        let scene = Scene::open(w).await;
        let root = w.administrator("Root").await;
        let cursor = |key: serde_json::Value| URL_SAFE_NO_PAD.encode(key.to_string());
        for path in ["/people", "/audit-log"] {
            let refused = w.get(&root, &format!("{path}?cursor={}", cursor(json!(["\0", 1])))).await.expect(400);
            assert_eq!(refused.json["errors"][0]["pointer"], "?cursor");
        }
        w.get(&root, &format!("/people?cursor={}", cursor(json!(["b", 1])))).await.expect(200);
        w.get(&root, "/people?email=a%00b").await.expect(400);
        for path in [scene.path("/sections/a%00b"), "/people/a%00b".to_owned(), "/a%00b".to_owned()] {
            w.get(&scene.editor, &path).await.expect(404);
        }
        let places = "name,kind,region,country,mail_domain,fact,value,source,as_of\nLaw\0rence,city,Massachusetts,US,,population,89143,Census,2020\n";
        let imported = w.ask(&root, Method::POST, "/places/imports").body("text/csv", places);
        imported.send().await.expect(422);
        let form = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\0b.pdf\"\r\n\r\n%PDF-1.7\n%%EOF\n\r\n--edge--\r\n";
        let uploaded = w.ask(&scene.editor, Method::POST, &scene.path("/attachments?question=letters"))
            .body("multipart/form-data; boundary=edge", form)
            .send()
            .await;
        assert!(uploaded.status < 500, "{uploaded}");
        for path in ["/verifications/1.a%00b", "/invitations/a%00b", "/api/docs/a%00b"] {
            let status = page(w, path).await.status;
            assert!(matches!(status, 404 | 410), "{path}: {status}");
        }
    }
}

/// The addresses that pages link to and load, and that letters name, those with a token apart.
fn fixed_paths() -> Vec<String> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut found = vec![
        "/".to_owned(),
        "/method".to_owned(),
        "/api/docs/".to_owned(),
    ];
    for folder in ["layout", "pages"] {
        for file in std::fs::read_dir(root.join(folder)).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for start in ["href=\"/", "src=\"/"] {
                let links = text
                    .split(start)
                    .skip(1)
                    .filter_map(|rest| rest.split('"').next());
                found.extend(links.map(|link| format!("/{link}")));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

for_each_database! {
    async fn every_fixed_address_answers(w: &mut World) {
        let paths = fixed_paths();
        assert!(paths.iter().any(|path| path.ends_with("swagger-ui-bundle.js")), "{paths:?}");
        for path in paths {
            let shown = page(w, &path).await.expect(200);
            assert!(!shown.bytes.is_empty(), "{path}");
        }
        assert_eq!(civitas::decisions::letters::METHOD_PATH, "/method");
        page(w, "/api/docs/nothing.js").await.expect(404);
    }

    async fn the_pages_of_api_and_method_are_strict(w: &mut World) {
        for path in ["/api/docs", "/method"] {
            let shown = page(w, path).await.expect(200);
            let policy = shown.header("content-security-policy").unwrap().to_owned();
            assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
            let text = shown.text();
            for inline in ["<script>", "<style", "style=", "onload=", "http://", "https://"] {
                assert!(!text.contains(inline), "{path} has {inline}");
            }
        }
        let begins = page(w, "/api/docs/swagger-initializer.js").await.expect(200).text();
        assert!(begins.contains("/api/v1/openapi.json"), "{begins}");
        let words = page(w, "/method").await.expect(200).text();
        for word in ["mean", "median", "share their rank", "independent", "random order"] {
            assert!(words.contains(word), "{word}");
        }
    }
}
