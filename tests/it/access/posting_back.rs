//! Posting back what was read: whoever sends an object as they read it, with the rights and states
//! in it, comes to no right that way.

use actix_web::http::Method;
use civitas::platform::clock::Instant;
use civitas::platform::db::schema::{
    api_tokens, assignments, members, panel_members, people, roles,
};
use diesel::prelude::*;
use serde_json::{Map, Value, json};

use super::Route;
use super::cast::Persona;
use super::scene::Scene;
use super::{routes, table};
use crate::for_each_database;
use crate::world::{Actor, Reply, World, document};

/// Reads every row of a table by these columns, as text.
macro_rules! rows {
    ($w:ident, $table:ident: $kind:ty, $($column:ident),+) => {{
        let rows: Vec<$kind> = $table::table
            .order($table::id)
            .select(($($table::$column,)+))
            .load($w.conn())?;
        rows.into_iter().map(|row| format!("{} {row:?}", stringify!($table)))
    }};
}

/// Everything that gives somebody a right.
fn rights(w: &World) -> Vec<String> {
    type Held = (i64, i64, i64, String);
    type Member = (i64, i64, i64, String, String, Option<Instant>);
    type Sits = (i64, i64, i64, String, i32);
    type Assigned = (i64, i64, i64, i64, String);
    type Token = (i64, i64, String, Instant, Option<Instant>);
    w.write(|w| {
        let mut all = Vec::new();
        all.extend(rows!(w, roles: Held, id, person_id, competition_id, role));
        all.extend(
            rows!(w, members: Member, id, coalition_id, person_id, role, sections, ended_at),
        );
        all.extend(rows!(w, panel_members: Sits, id, stage_id, person_id, state, max_load));
        all.extend(rows!(w, assignments: Assigned, id, stage_id, coalition_id, person_id, state));
        all.extend(rows!(w, api_tokens: Token, id, person_id, scopes, expires_at, revoked_at));
        all.extend(rows!(w, people: (i64, bool), id, administrator));
        Ok(all)
    })
}

/// The fields that a schema of the document names at its top.
fn fields_of(schema: &Value) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str() {
        return fields_of(document().pointer(name.trim_start_matches('#')).unwrap());
    }
    let parts = ["allOf", "oneOf", "anyOf"].map(|of| schema[of].as_array());
    let mut fields: Vec<String> = parts
        .into_iter()
        .flatten()
        .flatten()
        .flat_map(fields_of)
        .collect();
    let own = schema["properties"].as_object();
    fields.extend(own.into_iter().flat_map(Map::keys).cloned());
    fields
}

/// What was read, cut to what the route takes.
fn cut(route: &Route, read: &Value) -> Value {
    let method = route.method.as_str().to_lowercase();
    let taken = &document()["paths"][&route.pattern][method]["requestBody"]["content"];
    let known = fields_of(&taken["application/json"]["schema"]);
    let fields = read.as_object().into_iter().flatten();
    fields
        .filter(|(name, _)| known.contains(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect::<Map<_, _>>()
        .into()
}

/// Reads as somebody and puts back what they read; gives how often that was taken.
async fn back(w: &World, scene: &Scene, persona: Persona, route: &Route, path: &str) -> usize {
    let who = scene.cast.sender(persona);
    let read = w.get(&who, path).await;
    if read.status != 200 {
        return 0;
    }
    let mut taken = 0;
    for body in [read.json.clone(), cut(route, &read.json)] {
        let etag = w.get(&who, path).await.header("etag").map(str::to_owned);
        let etag = etag.unwrap_or_default();
        let put = w.ask(&who, route.method.clone(), path);
        let put = put.header("if-match", etag).json(&body).send().await;
        assert!(
            put.status < 500,
            "{} puts {path} back: {put}",
            persona.name()
        );
        taken += usize::from(put.status < 300);
    }
    taken
}

/// Everybody puts back whatever they read; gives how often that was taken.
async fn everybody_puts_back(w: &World, scene: &Scene) -> usize {
    let routes = routes();
    let is_read = |pattern: &str| {
        let mut all = routes.iter();
        all.any(|route| route.method == Method::GET && route.pattern == pattern)
    };
    let mut taken = 0;
    let changes = [Method::PUT, Method::PATCH];
    for route in routes
        .iter()
        .filter(|route| changes.contains(&route.method))
    {
        let Some(path) = table::target(&route.pattern, &scene.of) else {
            continue;
        };
        if !is_read(&route.pattern) {
            continue;
        }
        let before = rights(w);
        for persona in Persona::ALL {
            taken += back(w, scene, *persona, route, &path).await;
            assert_eq!(rights(w), before, "{} puts {path} back", persona.name());
        }
    }
    taken
}

async fn calls_themselves_administrator(w: &World, who: &Actor) -> Reply {
    w.edit(who, "/me", |me| {
        json!({
            "name": me["name"], "language": "en", "reminders": true, "administrator": true,
        })
    })
    .await
}

for_each_database! {
    async fn what_is_put_back_gives_nobody_a_right(w: &mut World) {
        let mut scene = Scene::open(w).await;
        scene.with_a_small_token(w).await;
        let while_open = everybody_puts_back(w, &scene).await;
        assert!(while_open > 40, "taken {while_open} times");
        scene.screening(w).await;
        scene.reviewing(w).await;
        let while_reviewing = everybody_puts_back(w, &scene).await;
        assert!(while_reviewing > 40, "taken {while_reviewing} times");
        scene.deciding(w).await;
        everybody_puts_back(w, &scene).await;
    }

    async fn nobody_makes_an_administrator_of_themselves(w: &mut World) {
        let ana = w.person("Ana").await;
        let root = w.administrator("Root").await;
        for who in [&ana, &root] {
            let refused = calls_themselves_administrator(w, who).await.expect(422);
            assert_eq!(refused.json["errors"][0]["pointer"], "/administrator");
        }
        assert_eq!(w.get(&ana, "/me").await.expect(200).json["administrator"], false);
    }
}
