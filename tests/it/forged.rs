//! Tokens that nobody gave, and bodies that no program should send.

use actix_web::http::Method;
use serde_json::json;

use crate::for_each_database;
use crate::proposals::scene::Scene;
use crate::world::{Actor, Nobody, PASSWORD, World};

/// The head `{"alg":"none","typ":"JWT"}` and others that name another algorithm, in base64url.
const OTHER_HEADS: [&str; 4] = [
    "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0",
    "eyJhbGciOiJOb25lIiwidHlwIjoiSldUIn0",
    "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9",
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9",
];

async fn refused(w: &World, like: &Actor, token: &str) {
    let forged = Actor {
        token: token.to_owned(),
        ..like.clone()
    };
    for path in ["/me", "/competitions"] {
        let answer = w.get(&forged, path).await;
        assert_eq!(answer.status, 401, "{path} with {token}: {answer}");
    }
}

for_each_database! {
    async fn no_token_but_the_one_given_opens_anything(w: &mut World) {
        let ana = w.person("Ana").await;
        let signed_in = w.post(&Nobody, "/sessions", json!({"email": ana.email, "password": PASSWORD})).await.expect(201);
        let refresh = signed_in.json["refresh_token"].as_str().unwrap();
        let [head, claims, signature] = ana.token.split('.').collect::<Vec<_>>()[..] else {
            panic!("no token in three parts: {}", ana.token)
        };
        let mut forged = vec![
            refresh.to_owned(),
            format!("{head}.{claims}."),
            format!("{head}.{claims}"),
            format!("{head}.{claims}.{}", &signature[1..]),
            format!("{head}.{claims}.{signature}="),
            format!("{head}.{claims}A.{signature}"),
            format!("civ_{signature}"),
        ];
        for other in OTHER_HEADS {
            forged.push(format!("{other}.{claims}.{signature}"));
            forged.push(format!("{other}.{claims}."));
        }
        for token in forged {
            refused(w, &ana, &token).await;
        }
        // Another installation's, for a person of the same identity, is none of ours.
        let other = World::on_sqlite().await;
        let (keys, last, id) = (other.app.gate.keys.clone(), other.app.lifetimes, ana.id);
        let row = w.write(move |w| civitas::people::store::person(w, id)).unwrap();
        let foreign = other.write(move |w| {
            civitas::people::store::add_person(w, &row)?;
            civitas::people::sessions::begin(w, &keys, &row, true, last)
        });
        refused(w, &ana, &foreign.access_token).await;
        other.finish();
        w.get(&ana, "/me").await.expect(200);
        // Nor does the right one, given as something else.
        let basic = w.ask(&Nobody, Method::GET, "/me").header("authorization", format!("Basic {}", ana.token)).send().await;
        basic.expect(401);
        w.get(&Nobody, &format!("/me?access_token={}", ana.token)).await.expect(401);
    }

    async fn no_body_breaks_the_server(w: &mut World) {
        let olive = w.administrator("Olive").await;
        let deep = |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
        let bodies: Vec<Vec<u8>> = vec![
            b"".to_vec(),
            b"{".to_vec(),
            b"\xef\xbb\xbf{}".to_vec(),
            b"{\"programme\": \"\xff\xfe\"}".to_vec(),
            br#"{"programme": "\ud800"}"#.to_vec(),
            br#"{"match_required_percent": 1e400}"#.to_vec(),
            br#"{"match_required_percent": 9223372036854775808}"#.to_vec(),
            br#"{"match_required_percent": -0}"#.to_vec(),
            br#"{"continues": 1e-400}"#.to_vec(),
            br#"{"programme": "a"} {"programme": "b"}"#.to_vec(),
            br#"{"programme": "a", "programme": "b"}"#.to_vec(),
            b"null".to_vec(),
            deep("[", "]").into_bytes(),
            deep("{\"a\":", "}").into_bytes(),
            format!("{{\"eligibility\": {}}}", deep("[", "]")).into_bytes(),
        ];
        for body in bodies {
            let start = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            let refused = w.ask(&olive, Method::POST, "/competitions").body("application/json", body).send().await;
            assert!(matches!(refused.status, 400 | 422), "{start}: {refused}");
        }
        assert_eq!(w.get(&olive, "/competitions").await.expect(200).items().len(), 0);
    }

    async fn an_answer_means_one_thing_and_shows_what_it_is(w: &mut World) {
        let scene = Scene::open(w).await;
        let path = scene.path("/sections/idea");
        let save = async |w: &World, body: String| {
            let etag = w.get(&scene.editor, &path).await.expect(200).etag();
            w.ask(&scene.editor, Method::PUT, &path)
                .header("if-match", etag)
                .body("application/json", body)
                .send()
                .await
        };
        for body in [
            r#"{"answers": {"problem": "first", "problem": "second"}}"#,
            r#"{"answers": {"problem": "\u001b[2Jgone"}}"#,
            r#"{"answers": {"problem": "\u0000"}}"#,
        ] {
            let refused = save(w, body.to_owned()).await.expect(422);
            assert_eq!(refused.json["errors"][0]["pointer"], "/answers/problem", "{refused}");
        }
        // Lines and pages broken by a word processor are no fault.
        save(w, r#"{"answers": {"problem": "one\r\ntwo\u000bthree\f"}}"#.to_owned()).await.expect(200);
        // Nobody reads twenty thousand errors.
        let many: Vec<String> = (0..20_000).map(|number| format!("\"q{number}\": 1")).collect();
        let refused = save(w, format!("{{\"answers\": {{{}}}}}", many.join(","))).await.expect(422);
        let errors = refused.json["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 201);
        assert_eq!(errors[200]["detail"], "There are 19800 more errors: mend these first.");
    }
}
