//! An example of everything that is sent and served, put together from the schemas.

use serde_json::{Map, Value, json};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{Content, OpenApi, RefOr};

use super::Route;

/// Deeper than any body nests; only what holds itself reaches it.
const DEPTH: usize = 20;

/// Bodies that are no JSON.
const TEXTS: &[(&str, &str)] = &[
    (
        "POST /api/v1/places/imports",
        "name,kind,region,country,mail_domain,fact,value,source,as_of\r\n\
         Lawrence,city,Massachusetts,US,cityoflawrence.example,population,89143,Census,2020\r\n",
    ),
    (
        "POST /api/v1/stages/{id}/assignments/imports",
        "proposal,reviewer\r\nLawrence,juror@foundation.example\r\n",
    ),
    (
        "GET /api/v1/stages/{id}/results.csv",
        "rank,coalition,title,reviews,mean,median\r\n1,Lawrence,One table for the city,3,4.2,4.3\r\n",
    ),
    (
        "GET /api/v1/stages/{id}/reviews.csv",
        "coalition,reviewer,criterion,score,narrative\r\n\
         Lawrence,Ruth Reader,systems_change,4.5,The whole system is at the table.\r\n",
    ),
    (
        "GET /api/v1/stages/{id}/honoraria.csv",
        "reviewer,email,organisation,completed_reviews,first_completed_at,last_completed_at\r\n\
         Ruth Reader,ruth@example.org,Community Bank,5,2026-05-02T14:00:00Z,2026-05-20T09:30:00Z\r\n",
    ),
    (
        "POST /api/v1/bounces",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=\"part\"\r\n\r\n\
         --part\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n--part--\r\n",
    ),
    (
        "GET /api/v1/attachments/{id}/content",
        "(the bytes of the file)",
    ),
];

/// The schemas that have names.
pub(super) struct Shapes(Map<String, Value>);

impl Shapes {
    pub(super) fn of(document: &OpenApi) -> Self {
        let all = document
            .components
            .as_ref()
            .and_then(|components| serde_json::to_value(&components.schemas).ok());
        match all {
            Some(Value::Object(named)) => Self(named),
            _ => Self(Map::new()),
        }
    }

    /// One sensible value of a schema; `name` is the property's, where it is one.
    fn example(&self, schema: &Value, name: &str, depth: usize) -> Value {
        if let Some(given) = given(schema) {
            return given.clone();
        }
        if depth == 0 {
            return Value::Null;
        }
        if let Some(reference) = schema["$ref"].as_str() {
            let target = reference.rsplit('/').next().unwrap_or_default();
            return match self.0.get(target) {
                Some(target) => self.example(target, name, depth - 1),
                None => Value::Null,
            };
        }
        for several in ["oneOf", "anyOf"] {
            if let Some(first) = schema[several].as_array().and_then(|all| not_null(all)) {
                let chosen = self.example(first, name, depth - 1);
                return self.with_properties(schema, chosen, depth);
            }
        }
        if let Some(all) = schema["allOf"].as_array() {
            return all.iter().fold(Value::Null, |so_far, part| {
                merged(so_far, self.example(part, name, depth - 1))
            });
        }
        match type_of(schema) {
            "object" => self.with_properties(schema, json!({}), depth),
            "array" => match schema.get("items") {
                Some(items) => json!([self.example(items, name, depth - 1)]),
                None => json!([]),
            },
            "integer" => json!(schema["minimum"].as_i64().unwrap_or(1).max(1)),
            "number" => json!(4.2),
            "boolean" => json!(true),
            "string" => json!(text(schema, name)),
            _ => Value::Null,
        }
    }

    fn with_properties(&self, schema: &Value, so_far: Value, depth: usize) -> Value {
        let Some(properties) = schema["properties"].as_object() else {
            return match &schema["additionalProperties"] {
                values @ Value::Object(_) if so_far == json!({}) => {
                    json!({"key": self.example(values, "", depth - 1)})
                }
                _ => so_far,
            };
        };
        let own: Map<String, Value> = properties
            .iter()
            .map(|(name, schema)| (name.clone(), self.example(schema, name, depth - 1)))
            .collect();
        merged(so_far, Value::Object(own))
    }
}

/// What the schema itself gives as an example, or allows alone.
fn given(schema: &Value) -> Option<&Value> {
    let first = |list: &'static str| schema[list].as_array()?.iter().find(|one| !one.is_null());
    schema
        .get("example")
        .or_else(|| first("examples"))
        .or_else(|| schema.get("const"))
        .or_else(|| first("enum"))
}

fn not_null(all: &[Value]) -> Option<&Value> {
    all.iter().find(|one| one["type"] != "null")
}

fn type_of(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(name) => name,
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .find(|name| *name != "null")
            .unwrap_or_default(),
        _ if schema.get("properties").is_some() => "object",
        _ => "",
    }
}

fn merged(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(mut one), Value::Object(other)) => {
            one.extend(other);
            Value::Object(one)
        }
        (Value::Null, other) => other,
        (one, _) => one,
    }
}

/// A text as people would write it at a property of this name.
fn text(schema: &Value, name: &str) -> String {
    match schema["format"].as_str() {
        Some("date-time") => return "2026-04-24T21:00:00Z".into(),
        Some("date") => return "2026-04-24".into(),
        Some("binary") => return "(the bytes of the file)".into(),
        _ => {}
    }
    let text = match name {
        "email" | "address" => "clerk@city.example",
        "password" | "current" => "a table of many chairs",
        "name" | "coalition" | "place" => "Lawrence",
        "person" | "reviewer" => "Ruth Reader",
        "title" => "One table for the whole city",
        "reason" => "As agreed at the meeting of 3 March.",
        "organisation" | "lead_organisation" => "Lawrence CommunityWorks",
        "language" => "en",
        "currency" => "USD",
        "code" => "492039",
        "digest" | "audit_head" | "hash" => {
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
        }
        "next" => "WyJMYXdyZW5jZSIsN10",
        "key" | "criterion" | "section" | "question" => "systems_change",
        "time_zone" => "America/New_York",
        "url" | "link" => "https://city.example/workshop",
        "media_type" => "application/pdf",
        _ => "In a few plain words.",
    };
    text.into()
}

pub(super) fn complete(route: &Route, operation: &mut Operation, shapes: &Shapes) {
    let other = TEXTS.iter().find(|(name, _)| route.is(name));
    let other = other.map(|(_, text)| *text);
    if let Some(RefOr::T(body)) = &mut operation.request_body {
        for (media_type, content) in &mut body.content {
            fill(media_type, content, shapes, other);
        }
    }
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            for (media_type, content) in &mut response.content {
                fill(media_type, content, shapes, other);
            }
        }
    }
}

fn fill(media_type: &str, content: &mut RefOr<Content>, shapes: &Shapes, other: Option<&str>) {
    let RefOr::T(content) = content else { return };
    if content.example.is_some() || !content.examples.is_empty() {
        return;
    }
    let is_text = !matches!(media_type, "application/json" | "multipart/form-data");
    if is_text {
        content.example = other.map(|text| json!(text));
        return;
    }
    let schema = serde_json::to_value(&content.schema).unwrap_or_default();
    content.example = Some(shapes.example(&schema, "", DEPTH));
}
