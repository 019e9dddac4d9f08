//! The pages that e-mails link to.

use serde_json::json;

use crate::for_each_database;
use crate::world::{Nobody, Reply, World as Civitas};
use actix_web::http::Method;

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
