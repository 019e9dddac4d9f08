//! The OpenAPI document: the modules' routes, and what all routes share.

use std::sync::LazyLock;

use actix_web::{HttpResponse, get};
use utoipa::OpenApi as _;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Content, KnownFormat, OpenApi, PathItem, Ref, RefOr, Required, ResponseBuilder, SchemaFormat,
};
use utoipa_actix_web::AppExt as _;

use crate::platform::http::Problem;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Civitas",
        description = "Runs a grant competition for cities, from the call for proposals to the award letter.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(Problem))
)]
struct Base;

/// Problems that any route may answer with, by what the method can run into.
const ALWAYS: &[(&str, &str)] = &[
    (
        "400",
        "The address has wrong parameters, or the request can't be read",
    ),
    ("401", "Nobody is signed in"),
    ("403", "Not the caller's to do"),
    ("404", "It does not exist, or the caller may not see it"),
    ("405", "The address does not know this method"),
    ("429", "Too many attempts"),
    ("500", "A fault of ours, logged under the request id"),
    ("503", "Busy: try again"),
];
const WRITING: &[(&str, &str)] = &[
    ("409", "A rule of the competition stands against it"),
    ("412", "Someone changed it meanwhile"),
    ("413", "Too large"),
    ("415", "A type that is not taken here"),
    ("422", "Some values are wrong"),
    ("428", "If-Match is missing"),
];

/// The document, made once.
pub fn openapi() -> &'static OpenApi {
    static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(|| {
        let (_, mut document) = actix_web::App::new()
            .into_utoipa_app()
            .openapi(Base::openapi())
            .configure(crate::platform::health::routes)
            .service(utoipa_actix_web::scope("/api/v1").configure(super::routes))
            .split_for_parts();
        complete(&mut document);
        document
    });
    &DOCUMENT
}

fn complete(document: &mut OpenApi) {
    if let Some(components) = &mut document.components {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
    document.security = Some(vec![SecurityRequirement::new(
        "bearer",
        Vec::<String>::new(),
    )]);
    for (path, item) in &mut document.paths.paths {
        name_path_parameters(path, item);
        let writing = [
            &mut item.post,
            &mut item.put,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in writing.into_iter().flatten() {
            add(operation, ALWAYS);
            add(operation, WRITING);
        }
        if let Some(operation) = &mut item.get {
            add(operation, ALWAYS);
            operation
                .responses
                .responses
                .entry("304".into())
                .or_insert_with(|| {
                    ResponseBuilder::new()
                        .description("As the reader has it already")
                        .build()
                        .into()
                });
        }
    }
}

/// Identities in paths are read late, so the derive does not see them: all of them are named here.
fn name_path_parameters(path: &str, item: &mut PathItem) {
    let names: Vec<&str> = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .collect();
    let operations = [
        &mut item.get,
        &mut item.post,
        &mut item.put,
        &mut item.patch,
        &mut item.delete,
    ];
    for operation in operations.into_iter().flatten() {
        let parameters = operation.parameters.get_or_insert_default();
        for name in &names {
            if !parameters
                .iter()
                .any(|known| matches!(known, RefOr::T(known) if known.name == *name))
            {
                parameters.push(identity(name).into());
            }
        }
    }
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

fn add(operation: &mut utoipa::openapi::path::Operation, problems: &[(&str, &str)]) {
    for (status, description) in problems {
        operation
            .responses
            .responses
            .entry((*status).to_owned())
            .or_insert_with(|| {
                ResponseBuilder::new()
                    .description(*description)
                    .content(
                        "application/problem+json",
                        Content::new(Some(Ref::from_schema_name("Problem"))),
                    )
                    .build()
                    .into()
            });
    }
}

/// The document, for anyone.
#[get("/api/v1/openapi.json")]
pub(super) async fn serve() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(openapi().to_json().unwrap_or_default())
}
