//! What answers must not carry, whatever their status: the city's marks for those to whom it is
//! closed, the panel's for those who are judged, others' reviews for who has not sent their own.

use super::Route;
use super::cast::Persona;
use super::scene::{Scene, full_name, narrative};
use crate::for_each_database;
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
    if !persona.reads_others_reviews(phase) {
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
        of.question,
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

/// The jurors' names, addresses and identities, the reader's own apart.
fn of_the_panel(scene: &Scene, reader: Persona) -> Vec<String> {
    Persona::ALL
        .iter()
        .filter(|persona| persona.sits_on_the_panel() && **persona != reader)
        .filter_map(|persona| scene.cast.find(*persona))
        .flat_map(|juror| {
            [
                juror.email.clone(),
                juror.id.0.to_string(),
                full_name(&juror.email),
            ]
        })
        .collect()
}

for_each_database! {
    async fn no_letter_to_the_city_tells_who_reviews(w: &mut World) {
        let mut scene = Scene::open(w).await;
        scene.screening(w).await;
        scene.reviewing(w).await;
        scene.deciding(w).await;
        scene.decided(w).await;
        scene.told(w);
        w.write(civitas::decisions::jobs::tell_due);
        scene.public(w);
        w.write(civitas::decisions::jobs::tell_due);
        let all = w.run_jobs().await;
        let told_jurors = of_the_panel(&scene, Persona::Nobody);
        let members: Vec<&str> = Persona::ALL.iter()
            .filter(|persona| persona.is_member() || **persona == Persona::OtherCity)
            .map(|persona| scene.cast.of(*persona).email.as_str()).collect();
        let to_members: Vec<_> = all.iter().filter(|mail| members.contains(&mail.to.as_str())).collect();
        assert!(to_members.iter().any(|mail| mail.subject.starts_with("An award")), "{}", to_members.len());
        for mail in to_members {
            for text in [&mail.subject, &mail.text, &mail.html, &mail.raw] {
                let told = told_jurors.iter().find(|mark| text.contains(mark.as_str()));
                assert_eq!(told, None, "{} to {}: {text}", mail.subject, mail.to);
            }
        }
        // The marks are such as letters carry: the office is told by name who reviews.
        let officer = &scene.cast.of(Persona::Officer).email;
        let knows = all.iter().filter(|mail| mail.to == *officer)
            .any(|mail| told_jurors.iter().any(|mark| mail.text.contains(mark.as_str())));
        assert!(knows, "no letter to the office names a juror");
    }
}
