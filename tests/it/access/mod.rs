//! Who may call what. Every route of the OpenAPI document is asked as those who may see nothing:
//! a route that is added is covered from its first day.

mod cast;
mod filters;
mod leaks;
mod posting_back;
mod scene;
mod table;

use std::collections::BTreeMap;

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::for_each_database;
use crate::world::{Actor, Nobody};
use cast::Persona;
use scene::Scene;

/// A route of the OpenAPI document.
pub struct Route {
    method: Method,
    /// As in the document.
    pattern: String,
    /// With identities that nothing has.
    path: String,
    public: bool,
    tag: String,
}

/// An identity that nothing has.
const ABSENT: &str = "4294967311";

/// Every route of the document, with identities that nothing has.
fn routes() -> Vec<Route> {
    let document: Value =
        serde_json::from_str(&civitas::app::openapi().to_json().unwrap()).unwrap();
    let mut routes = Vec::new();
    for (pattern, item) in document["paths"].as_object().unwrap() {
        for (name, operation) in item.as_object().unwrap() {
            let Ok(method) = name.to_uppercase().parse::<Method>() else {
                continue;
            };
            let path = pattern
                .split('/')
                .map(|part| if part.starts_with('{') { ABSENT } else { part })
                .collect::<Vec<_>>()
                .join("/");
            let public = operation["security"]
                .as_array()
                .is_some_and(|list| list.is_empty() || list.contains(&json!({})));
            routes.push(Route {
                method,
                pattern: pattern.clone(),
                path,
                public,
                tag: table::tag(operation),
            });
        }
    }
    assert!(routes.len() > 100, "only {} routes", routes.len());
    routes
}

/// The routes that anyone may call without signing in; a new one has to be added here with care.
const PUBLIC: &[&str] = &[
    "POST /api/v1/accounts",
    "GET /api/v1/awards",
    "GET /api/v1/call-dates/{}",
    "GET /api/v1/competitions",
    "GET /api/v1/competitions/{}",
    "GET /api/v1/competitions/{}/amendments",
    "GET /api/v1/competitions/{}/awards",
    "GET /api/v1/competitions/{}/call-dates",
    "GET /api/v1/competitions/{}/published-answers",
    "GET /api/v1/competitions/{}/stages",
    "POST /api/v1/email-verifications",
    "GET /api/v1/openapi.json",
    "POST /api/v1/password-resets",
    "POST /api/v1/password-resets/completions",
    "GET /api/v1/published-answers/{}",
    "POST /api/v1/sessions",
    "POST /api/v1/sessions/refreshes",
    "GET /api/v1/stages/{}",
    "GET /api/v1/stages/{}/jurors",
    "GET /health/live",
    "GET /health/ready",
];

for_each_database! {
    async fn nothing_private_answers_without_signing_in(w: &mut World) {
        let ana = w.person("Ana").await;
        let disabled = w.person("Dis Abled").await;
        let root = w.administrator("Root").await;
        w.post(&root, &format!("/people/{}/disabling", disabled.id), json!({})).await.expect(200);
        let forged = Actor { token: format!("{}x", ana.token), ..ana.clone() };
        for route in routes().iter().filter(|route| !route.public) {
            for (who, reply) in [
                ("nobody", w.ask(&Nobody, route.method.clone(), &route.path).json(&json!({})).send().await),
                ("disabled", w.ask(&disabled, route.method.clone(), &route.path).json(&json!({})).send().await),
                ("forged", w.ask(&forged, route.method.clone(), &route.path).json(&json!({})).send().await),
            ] {
                assert_eq!(reply.status, 401, "{who}: {} {}: {reply}", route.method, route.path);
            }
        }
    }

    async fn what_is_absent_answers_alike_everywhere(w: &mut World) {
        let ana = w.person("Ana").await;
        for route in routes().iter().filter(|route| route.path.contains(ABSENT)) {
            let reply = w.ask(&ana, route.method.clone(), &route.path).json(&json!({})).send().await;
            // A link's token is no identity: a wrong one is a link that can no longer be used.
            if reply.status == 409 && reply.problem() == "link-used-up" {
                continue;
            }
            assert_eq!((reply.status, reply.problem()), (404, "not-found"), "{} {}: {reply}", route.method, route.path);
            assert_eq!(reply.json["detail"], "It does not exist, or you may not see it.");
            assert!(!reply.text().contains(ABSENT), "{} {} repeats the identity", route.method, route.path);
        }
    }
}

for_each_database! {
    async fn everybody_gets_what_the_table_says(w: &mut World) {
        let routes = routes();
        let mut rows = table::Rows::new();
        let mut scene = Scene::open(w).await;
        scene.with_a_small_token(w).await;
        for phase in table::PHASES {
            match phase {
                "grace" => scene.grace(w),
                "screening" => scene.screening(w).await,
                "reviewing" => scene.reviewing(w).await,
                "deciding" => scene.deciding(w).await,
                "decided" => scene.decided(w).await,
                "told" => scene.told(w),
                "public" => scene.public(w),
                _ => {}
            }
            w.rehearse(true).await;
            table::ask(w, &scene, phase, &routes, &mut rows).await;
            w.rehearse(false).await;
        }
        let mut by_tag: BTreeMap<&str, table::Rows> = BTreeMap::new();
        for route in &routes {
            let name = format!("{} {}", route.method, route.pattern);
            let phases = rows.remove(&name).unwrap_or_else(|| panic!("{name} was asked in no phase"));
            keeps_the_rules(route, &phases);
            by_tag.entry(&route.tag).or_default().insert(name, phases);
        }
        for (tag, rows) in by_tag {
            table::compare(tag, &(table::head() + &table::text(&rows)));
        }
    }
}

/// What must hold whatever the table says.
fn keeps_the_rules(route: &Route, phases: &[(&str, Vec<table::Got>)]) {
    for (phase, all) in phases {
        for got in all {
            let told = || {
                format!(
                    "{} gets {} from {} {} while {phase}",
                    got.persona.name(),
                    got.status,
                    route.method,
                    route.pattern
                )
            };
            if got.persona.is_turned_away() {
                assert!(got.status == 401 || route.public, "{}", told());
            }
            if got.persona == Persona::ReadOnlyToken && route.method != Method::GET {
                assert!(
                    matches!(got.status, 401 | 403 | 404) || route.public,
                    "{}",
                    told()
                );
            }
            let shut_out = got.persona.is_conflicted() || got.persona.is_outside();
            let name = format!("{} {}", route.method, route.pattern);
            if shut_out && !OPEN_TO_OUTSIDERS.contains(&&*name) {
                if table::is_of_the_city(&route.pattern) {
                    assert_eq!(got.status, 404, "{}", told());
                } else if route.pattern.contains("{coalition}") {
                    // The stage may be known to all; the city's part in it is not.
                    assert!(matches!(got.status, 403 | 404), "{}", told());
                }
            }
        }
    }
}

/// What people without a part in a coalition may do with it.
const OPEN_TO_OUTSIDERS: &[&str] = &["POST /api/v1/coalitions/{id}/join-requests"];

#[test]
fn routes_open_to_anyone_are_listed_here() {
    let found: Vec<String> = routes()
        .iter()
        .filter(|route| route.public)
        .map(|route| format!("{} {}", route.method, route.path.replace(ABSENT, "{}")))
        .collect();
    let listed: Vec<String> = PUBLIC.iter().map(|route| (*route).to_owned()).collect();
    assert_eq!(found, listed);
}
