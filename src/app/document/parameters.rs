//! What goes with a request beside its body: identities, pages, conditions, keys.

use serde_json::json;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{KnownFormat, RefOr, Required, SchemaFormat};

use super::Route;

/// Routes that change something without asking for the version that was read.
const WITHOUT_CONDITION: &[&str] = &["PUT /api/v1/me/password"];

/// Routes that remove something only in the version that was read.
const REMOVED_UNDER_CONDITION: &[&str] = &[
    "DELETE /api/v1/stages/{id}/decisions/{coalition}",
    "DELETE /api/v1/stages/{id}/announcement-texts/{outcome}/{language}",
];

/// Routes that act, but take no `Idempotency-Key`: their answers hold secrets, or to ask twice
/// changes nothing.
const WITHOUT_KEY: &[&str] = &[
    "POST /api/v1/me/email-verification",
    "POST /api/v1/me/fresh-sign-ins",
    "POST /api/v1/me/second-factor",
    "POST /api/v1/me/second-factor/confirmation",
    "POST /api/v1/me/tokens",
    "POST /api/v1/competitions/{id}/eligibility-checks",
    "POST /api/v1/invitations/{token}/acceptance",
    "POST /api/v1/invitations/{token}/refusal",
    "POST /api/v1/stages/{id}/announcement-previews",
    "POST /api/v1/competitions/{id}/mailing-previews",
];

pub(super) fn complete(route: &Route, operation: &mut Operation) {
    let parameters = operation.parameters.get_or_insert_default();
    parameters.retain(|known| !matches!(known, RefOr::T(known) if is_condition(known)));
    for name in in_braces(&route.path) {
        let known = parameters
            .iter()
            .any(|known| matches!(known, RefOr::T(known) if known.name == name));
        // Identities in paths are read late, so the derive does not see them.
        if !known {
            parameters.push(identity(name).into());
        }
    }
    for parameter in parameters.iter_mut() {
        if let RefOr::T(parameter) = parameter {
            describe_page(parameter);
        }
    }
    if needs_condition(route) {
        parameters.push(condition().into());
    }
    if takes_key(route) {
        parameters.push(key().into());
    }
}

/// Whether a route reads `If-Match`.
pub(super) fn needs_condition(route: &Route) -> bool {
    let changes = matches!(route.method, "PUT" | "PATCH") && !route.is_one_of(WITHOUT_CONDITION);
    changes || route.is_one_of(REMOVED_UNDER_CONDITION)
}

/// Whether a route takes an `Idempotency-Key`.
pub(super) fn takes_key(route: &Route) -> bool {
    route.method == "POST" && !route.public && !route.is_one_of(WITHOUT_KEY)
}

fn is_condition(parameter: &Parameter) -> bool {
    parameter.name.eq_ignore_ascii_case("if-match")
}

fn in_braces(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn identity(name: &str) -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(1));
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(schema))
        .build()
}

fn describe_page(parameter: &mut Parameter) {
    if parameter.parameter_in != ParameterIn::Query {
        return;
    }
    match parameter.name.as_str() {
        "limit" => {
            let schema = ObjectBuilder::new()
                .schema_type(Type::Integer)
                .minimum(Some(1))
                .maximum(Some(200))
                .default(Some(json!(50)));
            parameter.schema = Some(schema.into());
            parameter.description = Some("Items on the page, 1 to 200; 50 when left out.".into());
        }
        "cursor" => {
            parameter.description = Some("The `next` of the page before.".into());
        }
        _ => {}
    }
}

fn condition() -> Parameter {
    let words = "The `ETag` that was read: 428 without it, 412 when the version is another by now.";
    header(
        "If-Match",
        words,
        Required::True,
        "\"9f86d081884c7d659a2feaa0c55ad015\"",
    )
}

fn key() -> Parameter {
    let words = "A name of the caller's for this request, 1 to 200 characters: sent again within \
                 24 hours, it is answered as the first time and done once.";
    header(
        "Idempotency-Key",
        words,
        Required::False,
        "6f1c6f2e-3a1b-4f0e",
    )
}

fn header(name: &str, words: &str, required: Required, example: &str) -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String);
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(words))
        .schema(Some(schema))
        .example(Some(json!(example)))
        .build()
}
