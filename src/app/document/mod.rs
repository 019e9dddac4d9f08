//! The OpenAPI document: the modules' routes, and what all routes share. What can be derived from
//! a route (its statuses, its headers, its name, an example of what is sent) is derived here, so
//! that no route can forget it.

mod callers;
mod examples;
mod flattened;
mod parameters;
mod statuses;

use std::sync::LazyLock;

use actix_web::{HttpResponse, get};
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa_actix_web::AppExt as _;
use utoipa_actix_web::service_config::ServiceConfig;

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

/// The document, made once.
pub fn openapi() -> &'static OpenApi {
    static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(|| {
        let (_, mut document) = actix_web::App::new()
            .into_utoipa_app()
            .openapi(Base::openapi())
            .configure(routes)
            .configure(crate::platform::health::routes)
            .service(utoipa_actix_web::scope("/api/v1").configure(super::routes))
            .split_for_parts();
        complete(&mut document);
        document
    });
    &DOCUMENT
}

/// The document's own route, to be registered at the root.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(serve);
}

/// What is known of a route before anything is added to it.
struct Route {
    /// In capitals.
    method: &'static str,
    /// With names in braces.
    path: String,
    /// Open to anyone.
    public: bool,
}

impl Route {
    fn is(&self, name: &str) -> bool {
        name.split_once(' ') == Some((self.method, &self.path))
    }

    fn is_one_of(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.is(name))
    }

    /// Whether it belongs to the JSON face, whose routes share their manners.
    fn is_of_the_api(&self) -> bool {
        self.path.starts_with("/api/v1/") && !self.is("GET /api/v1/openapi.json")
    }
}

fn complete(document: &mut OpenApi) {
    if let Some(components) = &mut document.components {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        flattened::open(components);
        flattened::close_kinds(components);
    }
    document.security = Some(vec![SecurityRequirement::new(
        "bearer",
        Vec::<String>::new(),
    )]);
    let shapes = examples::Shapes::of(document);
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            let route = Route {
                method,
                path: path.clone(),
                public: operation.security.is_some(),
            };
            operation.operation_id = Some(name_of(&route));
            callers::complete(&route, operation);
            parameters::complete(&route, operation);
            statuses::complete(&route, operation);
            examples::complete(&route, operation, &shapes);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    [
        ("GET", &mut item.get),
        ("POST", &mut item.post),
        ("PUT", &mut item.put),
        ("PATCH", &mut item.patch),
        ("DELETE", &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// A name that no other route has: `GET /api/v1/stages/{id}/results.csv` is `get_stages_results_csv`,
/// `GET /api/v1/stages/{id}` is `get_stages_by_id`.
fn name_of(route: &Route) -> String {
    let path = route.path.trim_start_matches("/api/v1");
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let mut name = route.method.to_lowercase();
    for (at, part) in parts.iter().enumerate() {
        match part.strip_prefix('{') {
            None => name = format!("{name}_{}", part.replace(['-', '.'], "_")),
            Some(key) if at + 1 == parts.len() => {
                name = format!("{name}_by_{}", key.trim_end_matches('}'));
            }
            Some(_) => {}
        }
    }
    name
}

/// This document. For anyone.
#[utoipa::path(
    tag = "document",
    security(()),
    responses((status = 200, content_type = "application/json", body = Object,
        example = json!({"openapi": "3.1.0", "info": {"title": "Civitas"}, "paths": {}})))
)]
#[get("/api/v1/openapi.json")]
async fn serve() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(openapi().to_json().unwrap_or_default())
}
