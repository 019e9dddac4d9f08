//! What opens something lies in no table: not as it is, wherever it has been.

use actix_web::http::Method;
use civitas::platform::db::Conn;
use serde_json::json;

use crate::for_each_database;
use crate::person_proofs::{code, token};
use crate::proposals::scene::Scene;
use crate::upgrades::looking::{columns, count, own_schema};
use crate::world::{Nobody, PASSWORD};

/// The columns of text that hold this, as `table.column`.
fn holding(conn: &mut Conn, secret: &str) -> Vec<String> {
    let own = own_schema(conn);
    let mut found = Vec::new();
    for (table, columns) in columns(conn, own) {
        for column in columns
            .iter()
            .filter(|column| column.kind.eq_ignore_ascii_case("text"))
        {
            let name = &column.name;
            let query = match conn {
                Conn::Sqlite(_) => {
                    format!("SELECT 1 FROM {own}.{table} WHERE instr({name}, '{secret}') > 0")
                }
                Conn::Postgres(_) => {
                    format!("SELECT 1 FROM {own}.{table} WHERE strpos({name}, '{secret}') > 0")
                }
            };
            if count(conn, &query) > 0 {
                found.push(format!("{table}.{name}"));
            }
        }
    }
    found
}

for_each_database! {
    async fn no_column_holds_what_opens_something(w: &mut World) {
        let scene = Scene::open(w).await;
        let ana = w.person("Ana").await;
        let mut secrets: Vec<String> = vec![PASSWORD.to_owned()];
        let sign_in = json!({"email": ana.email, "password": PASSWORD});
        let begun = w.post(&Nobody, "/sessions", sign_in).await.expect(201).json;
        let refresh = json!({"refresh_token": begun["refresh_token"]});
        let refreshed = w.post(&Nobody, "/sessions/refreshes", refresh).await.expect(201).json;
        for tokens in [begun, refreshed] {
            for name in ["access_token", "refresh_token"] {
                secrets.push(tokens[name].as_str().unwrap().to_owned());
            }
        }
        secrets.push(token(w, &ana).await.token);
        let offer = w.post(&ana, "/me/second-factor", json!({})).await.expect(201);
        let first = json!({"code": code(w, offer.json["secret"].as_str().unwrap())});
        let codes = w.post(&ana, "/me/second-factor/confirmation", first).await.expect(201);
        let codes = codes.json["recovery_codes"].as_array().unwrap();
        secrets.extend(codes.iter().map(|code| code.as_str().unwrap().to_owned()));

        let account = json!({"email": "clerk@city.example", "name": "Clerk", "password": "a perfectly long one"});
        w.post(&Nobody, "/accounts", account).await.expect(202);
        w.post(&Nobody, "/password-resets", json!({"email": ana.email})).await.expect(202);
        let invitation = json!({"email": "cora@people.example", "role": "editor"});
        w.post(&scene.convenor, &format!("/coalitions/{}/invitations", scene.coalition), invitation).await.expect(201);
        let links = ["clerk@city.example", ana.email.as_str(), "cora@people.example"];
        secrets.extend(links.map(|address| w.link_to(address)));
        // Also once the letters have left, and the links were opened.
        assert!(w.run_jobs().await.len() >= links.len());
        for (page, secret) in ["verifications", "password-resets", "invitations"].iter().zip(&secrets[secrets.len() - 3..]) {
            w.ask_page(Method::GET, &format!("/{page}/{secret}")).send().await.expect(200);
        }

        let mut conn = w.app.db.address().open().unwrap();
        assert!(secrets.len() >= 19, "{}", secrets.len());
        for secret in secrets {
            let found = holding(&mut conn, &secret);
            assert!(found.is_empty(), "{secret} lies in {found:?}");
        }
        // What is looked for would be found.
        let known = holding(&mut conn, &ana.email);
        assert!(known.contains(&"people.email".to_owned()), "{known:?}");
    }
}
