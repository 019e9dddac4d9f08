//! Who reads a submission, and how much of it.

use civitas::coalitions::model::MemberRole;
use civitas::competitions::model::StageActKind;
use civitas::panels::model::{
    AssignmentState, Conflict, ConflictKind, ConflictSource, ConflictState,
};
use civitas::panels::store as panels;
use civitas::people::Role;
use civitas::platform::ids::{CoalitionId, CompetitionId};

use super::scene::{AFTER, PLAIN, Scene, Setting, add_coalition};
use crate::for_each_database;
use crate::world::{Actor, World};

/// A conflict in force between somebody and the coalition.
fn conflict(w: &World, scene: &Scene, who: &Actor) {
    let (person, by) = (who.id, scene.officer.id);
    let (competition, coalition) = (
        CompetitionId(scene.competition),
        CoalitionId(scene.coalition),
    );
    w.write(move |w| {
        let conflict = Conflict {
            id: w.fresh_id(),
            competition_id: competition,
            coalition_id: coalition,
            person_id: person,
            kind: ConflictKind::Employment,
            source: ConflictSource::Officer,
            state: ConflictState::Confirmed,
            years: String::new(),
            evidence: String::new(),
            declared_by: Some(by),
            created_at: w.now(),
            decided_by: Some(by),
            decided_at: Some(w.now()),
            reason: String::new(),
        };
        panels::insert_conflict(w, &conflict)
    });
}

fn questions(reply: &crate::world::Reply) -> Vec<String> {
    let sections = reply.json["sections"].as_array().unwrap();
    sections
        .iter()
        .flat_map(|section| section["answers"].as_array().unwrap())
        .map(|answer| answer["question"].as_str().unwrap().to_owned())
        .collect()
}

for_each_database! {
    async fn a_sealed_submission_opens_to_nobody_before_the_end(w: &mut World) {
        let scene = Scene::open(w).await;
        let id = scene.submitted(w).await;
        let assistant = w.person("Asa").await;
        w.grant(&assistant, Role::Assistant, scene.competition);
        let approver = w.person("Bob").await;
        w.grant(&approver, Role::Approver, scene.competition);
        let reviewer = scene.reviewer(w, "Rita", AssignmentState::Accepted).await;
        let administrator = w.administrator("Ada").await;
        w.set_time("2026-04-24T21:05:00Z");
        for who in [&scene.officer, &assistant, &approver, &reviewer, &administrator] {
            w.get(who, &format!("/submissions/{id}")).await.expect(404);
            w.get(who, &format!("/submissions/{id}/receipt")).await.expect(404);
        }
        let path = format!("/stages/{}/submissions", scene.stage);
        assert!(w.get(&scene.officer, &path).await.expect(200).items().is_empty());
        w.set_time("2026-04-24T21:05:00.000001Z");
        assert_eq!(w.get(&scene.officer, &path).await.expect(200).items().len(), 1);
        w.get(&scene.officer, &format!("/submissions/{id}")).await.expect(200);
        w.get(&administrator, &format!("/submissions/{id}")).await.expect(404);
    }

    async fn each_reader_sees_what_is_meant_for_them(w: &mut World) {
        let scene = Scene::open(w).await;
        let id = scene.submitted(w).await;
        w.set_time(AFTER);
        let path = format!("/submissions/{id}");
        let reviewer = scene.reviewer(w, "Rita", AssignmentState::Accepted).await;
        let asked = scene.reviewer(w, "Quinn", AssignmentState::Invited).await;
        let recused = scene.reviewer(w, "Recca", AssignmentState::Recused).await;
        let funder = w.person("Fay").await;
        w.grant(&funder, Role::Funder, scene.competition);
        let elsewhere = w.person("Otto").await;
        w.grant(&elsewhere, Role::Officer, 4711);
        for who in [&scene.convenor, &scene.officer] {
            let all = w.get(who, &path).await.expect(200);
            assert!(questions(&all).contains(&"tax_id".to_owned()));
        }
        let panel = w.get(&reviewer, &path).await.expect(200);
        assert_eq!(questions(&panel), ["problem", "abstract", "joint", "letters", "budget"]);
        assert!(!panel.text().contains("04-1234567"));
        assert!(panel.json["receipt"].is_null() && panel.json["submitted_by"].is_null());
        w.get(&reviewer, &format!("{path}/receipt")).await.expect(403);
        for who in [&asked, &recused, &funder, &elsewhere] {
            w.get(who, &path).await.expect(404);
        }
    }

    async fn an_approver_reads_once_there_is_something_to_decide(w: &mut World) {
        let scene = Scene::open(w).await;
        let id = scene.submitted(w).await;
        let approver = w.person("Bob").await;
        w.grant(&approver, Role::Approver, scene.competition);
        w.set_time(AFTER);
        let path = format!("/submissions/{id}");
        w.get(&approver, &path).await.expect(404);
        scene.act(w, StageActKind::ScreeningDone);
        w.get(&approver, &path).await.expect(404);
        scene.act(w, StageActKind::ReviewsClosed);
        let read = w.get(&approver, &path).await.expect(200);
        assert!(!read.text().contains("04-1234567"));
    }

    async fn a_conflict_closes_every_door(w: &mut World) {
        let scene = Scene::open(w).await;
        let id = scene.submitted(w).await;
        w.set_time(AFTER);
        let reviewer = scene.reviewer(w, "Rita", AssignmentState::Accepted).await;
        let list = format!("/stages/{}/submissions", scene.stage);
        for who in [&scene.officer, &reviewer] {
            w.get(who, &format!("/submissions/{id}")).await.expect(200);
            conflict(w, &scene, who);
            w.get(who, &format!("/submissions/{id}")).await.expect(404);
            w.get(who, &scene.path("")).await.expect(404);
        }
        assert!(w.get(&scene.officer, &list).await.expect(200).items().is_empty());
        let screenings = w.get(&scene.officer, &format!("/stages/{}/screenings", scene.stage)).await.expect(200);
        assert_eq!(screenings.items().len(), 0);
    }

    async fn an_unsealed_stage_is_read_by_the_office_at_once(w: &mut World) {
        let scene = Scene::with(w, Setting { sealed: false, ..PLAIN }).await;
        let id = scene.submitted(w).await;
        let reviewer = scene.reviewer(w, "Rita", AssignmentState::Accepted).await;
        w.get(&scene.officer, &format!("/submissions/{id}")).await.expect(200);
        w.get(&reviewer, &format!("/submissions/{id}")).await.expect(404);
    }

    async fn lists_hold_what_is_ones_own(w: &mut World) {
        let scene = Scene::open(w).await;
        scene.submitted(w).await;
        let other = w.person("Omar").await;
        let (competition, person) = (scene.competition, other.id);
        w.write(move |w| add_coalition(w, competition, "Holyoke", &[(person, MemberRole::Convenor)]));
        w.set_time(AFTER);
        let path = format!("/stages/{}/submissions", scene.stage);
        w.get(&other, &path).await.expect(403);
        w.get(&other, "/stages/4242/submissions").await.expect(404);
        assert!(w.get(&other, "/me/submissions").await.expect(200).items().is_empty());
        assert_eq!(w.get(&scene.signatory, "/me/submissions").await.expect(200).items().len(), 1);
        let item = w.get(&scene.officer, &path).await.expect(200);
        assert_eq!(item.items()[0]["places"][0], "Lawrence");
        w.get(&scene.officer, &format!("{path}?sort=title")).await.expect(400);
    }
}
