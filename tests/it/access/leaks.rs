//! What answers must not carry, whatever their status: the city's marks for those to whom it is
//! closed, the panel's for those who are judged, others' reviews for who has not sent their own.

use super::Route;
use super::cast::Persona;
use super::scene::{Scene, narrative};
use crate::world::Reply;

/// Where something may be read by those to whom it is closed elsewhere, and why.
const OPEN: &[(&str, &str)] = &[
    // Public awards, from the moment that the public is told.
    ("public", "/api/v1/awards"),
    ("public", "/api/v1/competitions/{id}/awards"),
];

/// What an answer to a read tells somebody that is not theirs to know, in words.
pub fn found(
    scene: &Scene,
    phase: &str,
    persona: Persona,
    route: &Route,
    reply: &Reply,
) -> Vec<String> {
    let (text, mut found) = (reply.text(), Vec::new());
    if OPEN.contains(&(phase, route.pattern.as_str())) {
        return found;
    }
    let mut tells = |what: &str, marks: &[String]| {
        let told = marks.iter().find(|mark| text.contains(mark.as_str()));
        found.extend(told.map(|mark| {
            let who = persona.name();
            format!(
                "GET {} tells {who} of {what} while {phase}: {mark}",
                route.pattern
            )
        }));
    };
    let own_conflicts = persona.is_conflicted() && route.pattern == "/api/v1/me/conflicts";
    if (persona.is_conflicted() || persona.is_outside()) && !own_conflicts {
        tells("the city", &of_the_city(scene));
    }
    if !persona.reads_the_panel() {
        tells("the panel", &of_the_panel(scene, persona));
    }
    if !persona.reads_others_reviews() {
        tells("a review", &[narrative("Lawrence")]);
    }
    if !persona.reads_decisions() {
        tells("a decision's reasons", &["The strongest table.".to_owned()]);
    }
    found
}

fn of_the_city(scene: &Scene) -> Vec<String> {
    let of = &scene.of;
    let ids = [
        of.coalition,
        of.proposal,
        of.submission,
        of.claim,
        of.attachment,
        of.decision,
    ];
    let ids = ids
        .into_iter()
        .filter(|id| *id != 0)
        .map(|id| id.to_string());
    let names = [
        "Lawrence together",
        "One table for Lawrence",
        "Lawrence Works",
    ];
    ids.chain(names.map(str::to_owned)).collect()
}

/// The jurors' addresses and identities, the reader's own apart.
fn of_the_panel(scene: &Scene, reader: Persona) -> Vec<String> {
    Persona::ALL
        .iter()
        .filter(|persona| persona.sits_on_the_panel() && **persona != reader)
        .filter_map(|persona| scene.cast.find(*persona))
        .flat_map(|juror| [juror.email.clone(), juror.id.0.to_string()])
        .collect()
}
