//! The access table: every route × every persona × every phase, with the status that each gets.
//!
//! A request that changes something carries a body that no route takes (`{"probe": true}`), and
//! rights are checked before bodies: so 401, 403 and 404 turn somebody away, and 400, 409, 415, 422
//! and 428 say that they may, with a better body. Acts that take no body are carried out and undone.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use actix_web::http::Method;
use serde_json::{Value, json};

use super::cast::Persona;
use super::scene::{Objects, Scene};
use super::{ABSENT, Route, leaks};
use crate::world::{Reply, World};

/// Phases of the stage in which everybody asks.
pub const PHASES: [&str; 8] = [
    "open",
    "grace",
    "screening",
    "reviewing",
    "deciding",
    "decided",
    "told",
    "public",
];

/// What one persona got in one phase.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Got {
    pub persona: Persona,
    pub status: u16,
}

/// What everybody got from one route, phase by phase.
pub type Rows = BTreeMap<String, Vec<(&'static str, Vec<Got>)>>;

/// Where a route's identities point to in the scene; none where the object is not there yet.
pub fn target(pattern: &str, of: &Objects) -> Option<String> {
    let parts: Vec<&str> = pattern.trim_start_matches("/api/v1/").split('/').collect();
    let mut path = String::from(if pattern.starts_with("/api/v1") {
        "/api/v1"
    } else {
        ""
    });
    for (at, part) in parts.iter().enumerate() {
        let before = at.checked_sub(1).map_or("", |before| parts[before]);
        let id = match (before, *part) {
            (_, "{key}") => "idea".to_owned(),
            (_, "{criterion}") => "systems_change".to_owned(),
            (_, "{outcome}") => "award".to_owned(),
            (_, "{language}") => "en".to_owned(),
            (_, "{token}") => "nonsense".to_owned(),
            (_, part) if !part.starts_with('{') => part.to_owned(),
            (before, part) => known(identity(before, part, of))?,
        };
        write!(path, "/{id}").unwrap();
    }
    Some(path.replace("//", "/"))
}

fn known(id: i64) -> Option<String> {
    (id != 0).then(|| id.to_string())
}

/// The object that an identity after a noun stands for.
fn identity(noun: &str, part: &str, of: &Objects) -> i64 {
    match (noun, part) {
        ("competitions", _) => of.competition,
        ("stages", _) => of.stage,
        ("places", _) => of.place,
        ("budget-lines", _) => of.budget_line,
        ("call-dates", _) => of.call_date,
        ("roles", _) => of.role,
        ("coalitions", _) | (_, "{coalition}") => of.coalition,
        ("claims", _) => of.claim,
        ("coalition-invitations", _) => of.invitation,
        ("handovers", _) => of.handover,
        ("join-requests", _) => of.join_request,
        ("members", _) => of.member,
        ("seats", _) => of.seat,
        ("proposals", _) => of.proposal,
        ("attachments", _) => of.attachment,
        ("conflict-namings", _) => of.naming,
        ("submissions", _) => of.submission,
        ("panel-members", _) => of.panel_member,
        ("expertise-documents", _) => of.document,
        ("conflicts", _) => of.conflict,
        ("assignments", _) => of.assignment,
        ("reviews", _) => of.review,
        ("decisions" | "awards", _) => of.decision,
        ("announcements", _) => of.announcement,
        ("messages", _) => of.message,
        ("questions", _) => of.question,
        ("published-answers", _) => of.published_answer,
        ("mailings", _) => of.mailing,
        ("funders", _) => of.funder,
        ("people", _) => of.person,
        ("tokens" | "sessions", _) => ABSENT.parse().unwrap(),
        _ => panic!("an identity of the access table's scene is wanted for {noun}/{part}"),
    }
}

/// Whether what a route's identities stand for belongs to the city of Lawrence.
pub fn is_of_the_city(pattern: &str) -> bool {
    const OF_THE_COMPETITION: &[&str] = &[
        "competitions",
        "stages",
        "places",
        "budget-lines",
        "call-dates",
        "people",
        "me",
        "sessions",
        "panel-members",
        "expertise-documents",
        "announcements",
        "invitations",
        "published-answers",
        "mailings",
    ];
    let mut parts = pattern.trim_start_matches("/api/v1/").split('/');
    let noun = parts.next().unwrap_or_default();
    pattern.contains('{') && !OF_THE_COMPETITION.contains(&noun)
}

/// Asks every route as everybody; fails where an answer tells somebody too much.
pub async fn ask(w: &World, scene: &Scene, phase: &'static str, routes: &[Route], rows: &mut Rows) {
    let mut leaks = Vec::new();
    for route in routes {
        let Some(path) = target(&route.pattern, &scene.of) else {
            continue;
        };
        let name = format!("{} {}", route.method, route.pattern);
        let mut all = Vec::new();
        for persona in Persona::ALL {
            let reply = ask_one(w, scene, *persona, route, &path).await;
            // Whoever acts on what is absent is told the same in every phase: asked once.
            let is_new = route.method == Method::GET || !rows.contains_key(&name);
            if reply.status == 404 && is_new {
                let absent = ask_one(w, scene, *persona, route, &route.path).await;
                alike(&reply, &absent, *persona, route);
            }
            if route.method == Method::GET {
                leaks.extend(leaks::found(scene, phase, *persona, route, &reply));
            }
            all.push(Got {
                persona: *persona,
                status: reply.status,
            });
        }
        rows.entry(name).or_default().push((phase, all));
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

async fn ask_one(w: &World, scene: &Scene, persona: Persona, route: &Route, path: &str) -> Reply {
    let asks = w.ask(&scene.cast.sender(persona), route.method.clone(), path);
    let asks = if route.method == Method::GET || route.method == Method::DELETE {
        asks
    } else {
        asks.json(&json!({"probe": true}))
    };
    asks.send().await
}

/// Hidden and absent answer byte for byte alike, request id apart.
fn alike(hidden: &Reply, absent: &Reply, persona: Persona, route: &Route) {
    assert_eq!(
        hidden.seen(),
        absent.seen(),
        "{} asks {} {}",
        persona.name(),
        route.method,
        route.pattern
    );
}

/// The table of one module as text: phases that are alike stand on one line, and each status is
/// followed by who gets it; the one that most get comes last, for all others.
pub fn text(rows: &Rows) -> String {
    let mut text = String::new();
    for (route, phases) in rows {
        writeln!(text, "{route}").unwrap();
        let mut from = 0;
        while from < phases.len() {
            let mut to = from;
            while to + 1 < phases.len() && phases[to + 1].1 == phases[from].1 {
                to += 1;
            }
            let when = span(phases[from].0, phases[to].0);
            writeln!(text, "  {when}: {}", line(&phases[from].1)).unwrap();
            from = to + 1;
        }
    }
    text
}

fn span(from: &str, to: &str) -> String {
    if from == to {
        return from.to_owned();
    }
    if (from, to) == (PHASES[0], PHASES[PHASES.len() - 1]) {
        return "always".to_owned();
    }
    format!("{from} to {to}")
}

fn line(all: &[Got]) -> String {
    let mut by_status: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for got in all {
        by_status
            .entry(got.status)
            .or_default()
            .push(got.persona.name());
    }
    let most = by_status
        .iter()
        .max_by_key(|(status, who)| (who.len(), **status));
    let most = most.map_or(0, |(status, _)| *status);
    let mut parts: Vec<String> = by_status
        .iter()
        .filter(|(status, _)| **status != most)
        .map(|(status, who)| format!("{status} {}", who.join(" ")))
        .collect();
    let rest = if parts.is_empty() {
        "everybody"
    } else {
        "all others"
    };
    parts.push(format!("{most} {rest}"));
    parts.join("; ")
}

/// The head of each file: who asks, and when.
pub fn head() -> String {
    let names: Vec<&str> = Persona::ALL.iter().map(|persona| persona.name()).collect();
    format!("who: {}\nwhen: {}\n\n", names.join(" "), PHASES.join(" "))
}

/// Holds the table of one module against the one that is kept (`tests/it/access/tables/`).
/// After a change, `INSTA_UPDATE=always` writes it anew, to be read line by line before it is kept.
pub fn compare(tag: &str, table: &str) {
    insta::with_settings!({
        snapshot_path => "tables", prepend_module_to_snapshot => false, omit_expression => true,
    }, {
        insta::assert_snapshot!(tag, table);
    });
}

/// The tag of each route, which names the file that holds it.
pub fn tag(operation: &Value) -> String {
    operation["tags"][0]
        .as_str()
        .unwrap_or("platform")
        .replace(' ', "-")
}
