//! The OpenAPI document: every operation has a name of its own, an example of what goes both ways,
//! and tells who may call it. What it says of statuses and headers, `world` holds every answer to.

use std::collections::BTreeSet;

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::for_each_database;
use crate::world::{Nobody, document, is_of_shape};

/// Every operation, with its method in capitals and its path.
fn operations() -> Vec<(String, &'static Value)> {
    let mut all = Vec::new();
    for (path, item) in document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            all.push((format!("{} {path}", method.to_uppercase()), operation));
        }
    }
    assert!(all.len() > 200, "only {} operations", all.len());
    all
}

fn parameter<'d>(operation: &'d Value, name: &str) -> Option<&'d Value> {
    let all = operation["parameters"].as_array()?;
    all.iter().find(|parameter| parameter["name"] == name)
}

fn none_of(wrong: &[String], what: &str) {
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let mut seen = BTreeSet::new();
    for (name, operation) in operations() {
        let id = operation["operationId"].as_str().unwrap();
        assert!(seen.insert(id), "{name} is called {id}, and so is another");
    }
}

#[test]
fn every_operation_shows_an_example_of_what_goes_both_ways() {
    let mut wrong = Vec::new();
    for (name, operation) in operations() {
        let bodies = operation["requestBody"]["content"].as_object();
        let mut contents: Vec<&Value> = bodies.into_iter().flat_map(|all| all.values()).collect();
        for (status, response) in operation["responses"].as_object().unwrap() {
            let content = response["content"].as_object();
            if status != "304" {
                contents.extend(content.into_iter().flat_map(|all| all.values()));
            }
        }
        if contents.iter().any(|content| content["example"].is_null()) {
            wrong.push(name);
        }
    }
    none_of(&wrong, "without an example");
}

#[test]
fn examples_are_of_the_shape_that_they_show() {
    for (name, field) in [
        (
            "POST /api/v1/sessions",
            "/requestBody/content/application~1json/example/email",
        ),
        (
            "POST /api/v1/competitions",
            "/requestBody/content/application~1json/example/programme",
        ),
        (
            "GET /api/v1/stages/{id}",
            "/responses/200/content/application~1json/example/phase",
        ),
        (
            "GET /api/v1/me/tokens",
            "/responses/200/content/application~1json/example/items/0/name",
        ),
    ] {
        let all = operations();
        let (_, operation) = all.iter().find(|(known, _)| known == name).unwrap();
        assert!(
            operation.pointer(field).is_some_and(Value::is_string),
            "{name} {field}"
        );
    }
}

/// The people of the product, as descriptions name them.
const CALLERS: &[&str] = &[
    "anyone",
    "officer",
    "assistant",
    "approver",
    "administrator",
    "funder",
    "office",
    "member",
    "convenor",
    "editor",
    "signator",
    "contributor",
    "coalition's",
    "caller",
    "reviewer",
    "author",
];

#[test]
fn examples_are_as_the_schemas_say() {
    for (name, operation) in operations() {
        let mut contents = vec![(
            "what it takes".to_owned(),
            &operation["requestBody"]["content"],
        )];
        for (status, response) in operation["responses"].as_object().unwrap() {
            contents.push((status.clone(), &response["content"]));
        }
        for (what, content) in contents {
            for media_type in ["application/json", "application/problem+json"] {
                let content = &content[media_type];
                if !content["schema"].is_null() {
                    let name = format!("the example of {what} of {name}");
                    is_of_shape(&name, &content["schema"], &content["example"]);
                }
            }
        }
    }
}

/// Where names are free: answers by question, marks by criterion, facts by name.
const NAMED_MAPS: &[&str] = &["answers", "scores", "narratives"];

/// Goes through a schema, references followed; notes where it is open.
fn open_parts(schema: &Value, at: &str, within: &mut Vec<String>, wrong: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let found = document().pointer(name.trim_start_matches('#'));
        if !within.contains(&name.to_owned()) {
            within.push(name.to_owned());
            open_parts(found.unwrap(), at, within, wrong);
            within.pop();
        }
        return;
    }
    let last = at.rsplit('.').next().unwrap_or_default();
    let is_object = schema["type"] == "object" || schema["properties"].is_object();
    let is_part = at.ends_with('&');
    if is_object
        && schema["additionalProperties"] != false
        && !is_part
        && !NAMED_MAPS.contains(&last)
    {
        wrong.push(at.to_owned());
    }
    for (of, mark) in [("oneOf", ""), ("anyOf", ""), ("allOf", "&")] {
        for part in schema[of].as_array().into_iter().flatten() {
            open_parts(part, &format!("{at}{mark}"), within, wrong);
        }
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        open_parts(field, &format!("{at}.{name}"), within, wrong);
    }
    open_parts_of_items(&schema["items"], at, within, wrong);
}

fn open_parts_of_items(items: &Value, at: &str, within: &mut Vec<String>, wrong: &mut Vec<String>) {
    if items.is_object() {
        open_parts(items, &format!("{at}.0"), within, wrong);
    }
}

#[test]
fn what_is_sent_takes_no_field_that_is_not_told() {
    let mut wrong = Vec::new();
    for (name, operation) in operations() {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        open_parts(schema, &name, &mut Vec::new(), &mut wrong);
    }
    none_of(&wrong, "open to any field");
}

fn references<'d>(value: &'d Value, found: &mut Vec<&'d str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let mut all = Vec::new();
    references(document(), &mut all);
    assert!(all.len() > 500, "only {} references", all.len());
    let is_absent = |name: &&str| document().pointer(name.trim_start_matches('#')).is_none();
    let wrong: Vec<String> = all
        .into_iter()
        .filter(is_absent)
        .map(str::to_owned)
        .collect();
    none_of(&wrong, "lead nowhere");
}

#[test]
fn every_operation_tells_who_may_call_it() {
    let mut wrong = Vec::new();
    for (name, operation) in operations() {
        let text = |field: &str| operation[field].as_str().unwrap_or_default().to_lowercase();
        let told = format!("{} {}", text("summary"), text("description"));
        if !CALLERS.iter().any(|caller| told.contains(caller)) {
            wrong.push(name);
        }
    }
    none_of(&wrong, "without a word on who may call");
}

#[test]
fn pages_have_a_limit_that_the_document_tells() {
    for (name, operation) in operations() {
        let Some(limit) = parameter(operation, "limit") else {
            continue;
        };
        assert_eq!(limit["schema"]["minimum"], 1, "{name}");
        assert_eq!(limit["schema"]["maximum"], 200, "{name}");
        assert!(parameter(operation, "cursor").is_some(), "{name}");
    }
}

#[test]
fn statuses_that_can_not_happen_are_not_told() {
    let of = |name: &str| {
        let all = operations();
        let (_, operation) = all.into_iter().find(|(known, _)| known == name).unwrap();
        let known = operation["responses"].as_object().unwrap();
        known.keys().cloned().collect::<Vec<_>>().join(" ")
    };
    for (name, statuses) in [
        ("GET /health/live", "200 500 503"),
        (
            "POST /api/v1/accounts",
            "202 400 408 413 415 422 429 500 503",
        ),
        ("GET /api/v1/me", "200 304 400 401 403 500 503"),
        (
            "DELETE /api/v1/me/tokens/{id}",
            "204 400 401 403 404 409 500 503",
        ),
        (
            "PUT /api/v1/proposals/{id}/sections/{key}",
            "200 400 401 403 404 408 409 412 413 415 422 428 500 503",
        ),
    ] {
        let mut told: Vec<String> = of(name).split(' ').map(str::to_owned).collect();
        told.sort_unstable();
        assert_eq!(told.join(" "), statuses, "{name}");
    }
}

for_each_database! {
    async fn the_document_is_for_anyone_and_holds_itself(w: &mut World) {
        let served = w.get(&Nobody, "/openapi.json").await.expect(200);
        assert_eq!(served.json["openapi"], "3.1.0");
        let own = &served.json["paths"]["/api/v1/openapi.json"]["get"];
        assert_eq!(own["security"], json!([{}]));
    }

    async fn keys_are_taken_where_the_document_says(w: &mut World) {
        // They look at what is uploaded to first. A key that is too long is refused by all others
        // who take one, before anything else is looked at.
        const LATER: &[&str] = &["POST /api/v1/proposals/{id}/attachments"];
        let root = w.administrator("Root").await;
        let key = "k".repeat(201);
        for (name, operation) in operations() {
            let (method, path) = name.split_once(' ').unwrap();
            if method != "POST" || operation.get("security").is_some() || LATER.contains(&&*name) {
                continue;
            }
            let parts: Vec<&str> = path.split('/')
                .map(|part| if part.starts_with('{') { "4242" } else { part }).collect();
            let reply = w.ask(&root, Method::POST, &parts.join("/"))
                .header("idempotency-key", &key).json(&json!({"probe": true})).send().await;
            let refused = reply.json["detail"].as_str().unwrap_or_default().contains("Idempotency-Key");
            assert_eq!(refused, parameter(operation, "Idempotency-Key").is_some(), "{name}: {reply}");
        }
    }
}
