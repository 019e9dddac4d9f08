//! Filters: nobody finds what is closed to them by what it could be asked for with. Whoever asks
//! with its very values is answered as if they matched nothing.

use serde_json::Value;

use super::cast::Persona;
use super::scene::Scene;
use super::{ABSENT, leaks, routes, table};
use crate::for_each_database;
use crate::world::document;

/// Those to whom the city is closed though others of their standing may see it.
const SHUT_OUT: [Persona; 3] = [
    Persona::ConflictedJuror,
    Persona::ConflictedOfficer,
    Persona::ConflictedAdministrator,
];

/// Lists of what anyone may see: the city's place and its public call are among it.
const PUBLIC: &[&str] = &["/api/v1/places", "/api/v1/competitions"];

/// A filter's parameter, with values of the city that is closed and one that matches nothing.
struct Filter {
    of_the_city: Vec<String>,
    of_nothing: String,
}

fn filter(name: &str, scene: &Scene) -> Option<Filter> {
    let of = &scene.of;
    let ids = |ids: &[i64]| ids.iter().map(i64::to_string).collect::<Vec<_>>();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let (of_the_city, of_nothing) = match name {
        "coalition" => (ids(&[of.coalition]), ABSENT),
        "place" => (ids(&[of.place]), ABSENT),
        "object_id" => (
            ids(&[
                of.coalition,
                of.claim,
                of.proposal,
                of.submission,
                of.decision,
                of.assignment,
            ]),
            ABSENT,
        ),
        "text" => (
            words(&["Lawrence", "table%20for%20lawrence", "lawrence%20works"]),
            "zzzz",
        ),
        // The city's mean is 4.5, the other one's 4.0.
        "mean_from" => (words(&["4.2", "4.5"]), "4.9"),
        _ => return None,
    };
    Some(Filter {
        of_the_city,
        of_nothing: of_nothing.to_owned(),
    })
}

/// The values of a parameter that takes one of a few.
fn choices(schema: &Value) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str() {
        return choices(document().pointer(name.trim_start_matches('#')).unwrap());
    }
    if schema["type"] == "boolean" || schema["type"][0] == "boolean" {
        return vec!["true".into(), "false".into()];
    }
    let parts = ["oneOf", "allOf", "anyOf"].map(|of| schema[of].as_array());
    let listed = schema["enum"].as_array().into_iter().flatten();
    listed
        .filter_map(|value| value.as_str().map(str::to_owned))
        .chain(parts.into_iter().flatten().flatten().flat_map(choices))
        .collect()
}

for_each_database! {
    async fn what_is_closed_is_not_found_by_its_own_values(w: &mut World) {
        let mut scene = Scene::open(w).await;
        scene.screening(w).await;
        scene.reviewing(w).await;
        scene.deciding(w).await;
        scene.decided(w).await;
        let (mut compared, mut chosen, mut office_finds) = (0, 0, 0);
        for route in routes().iter().filter(|route| route.method == "GET") {
            if PUBLIC.contains(&&*route.pattern) {
                continue;
            }
            let Some(path) = table::target(&route.pattern, &scene.of) else { continue };
            let told = &document()["paths"][&route.pattern]["get"]["parameters"];
            let filters = told.as_array().into_iter().flatten().filter(|one| one["in"] == "query");
            for parameter in filters {
                let name = parameter["name"].as_str().unwrap();
                let asked = |value: &str| format!("{path}?{name}={value}");
                for persona in SHUT_OUT {
                    let who = scene.cast.sender(persona);
                    for value in choices(&parameter["schema"]) {
                        let reply = w.get(&who, &asked(&value)).await;
                        let found = leaks::found(&scene, "decided", persona, route, &reply);
                        assert!(found.is_empty(), "{} {found:?}", asked(&value));
                        chosen += 1;
                    }
                    let Some(filter) = filter(name, &scene) else { continue };
                    let nothing = w.get(&who, &asked(&filter.of_nothing)).await;
                    for value in &filter.of_the_city {
                        let reply = w.get(&who, &asked(value)).await;
                        let found = leaks::found(&scene, "decided", persona, route, &reply);
                        assert!(found.is_empty(), "{} {found:?}", asked(value));
                        let seen = (reply.status, &reply.json["items"], &reply.json["next"]);
                        let wanted = (nothing.status, &nothing.json["items"], &nothing.json["next"]);
                        assert_eq!(seen, wanted, "{} asks {}", persona.name(), asked(value));
                        compared += 1;
                    }
                }
                // The same values find it for an officer whose door is open.
                for value in filter(name, &scene).into_iter().flat_map(|filter| filter.of_the_city) {
                    let reply = w.get(&scene.cast.sender(Persona::Officer), &asked(&value)).await;
                    office_finds += usize::from(reply.json["items"].as_array().is_some_and(|all| !all.is_empty()));
                }
            }
        }
        assert!(compared > 40 && chosen > 40, "compared {compared}, chosen {chosen}");
        assert!(office_finds > 5, "an officer finds {office_finds}");
    }

    async fn no_order_and_no_page_tells_of_what_is_closed(w: &mut World) {
        let mut scene = Scene::open(w).await;
        scene.screening(w).await;
        scene.reviewing(w).await;
        scene.deciding(w).await;
        let path = format!("/stages/{}/results", scene.of.stage);
        let page = async |persona: Persona, query: &str| {
            let reply = w.get(&scene.cast.sender(persona), &format!("{path}?{query}")).await.expect(200);
            (reply.items().len(), reply.json["next"].clone())
        };
        for sort in ["rank", "mean", "median", "deviation", "reviews", "title"] {
            assert_eq!(page(Persona::Officer, &format!("sort={sort}")).await.0, 2, "{sort}");
            let all = page(Persona::ConflictedOfficer, &format!("sort={sort}&limit=1")).await;
            assert_eq!(all, (1, Value::Null), "{sort}");
        }
    }
}
