//! Offers and answers, public awards, and what funders see.

use actix_web::http::Method;
use civitas::awards::jobs::{tell_funders, tell_of_ends};
use civitas::people::Role;
use serde_json::{Value, json};

use crate::decisions::scene::{CHELSEA, LAWRENCE, PUBLIC, Scene, TOLD, letters};
use crate::for_each_database;
use crate::world::{Nobody, World};

async fn offer(w: &World, s: &Scene) -> String {
    let path = format!("/coalitions/{}/awards", s.cities[LAWRENCE].coalition);
    let offers = w.get(&s.signatory, &path).await.expect(200);
    format!("/awards/{}", offers.items()[0]["id"])
}

async fn left(w: &World, s: &Scene) -> i64 {
    let budget = w.get(&s.officer, &s.path("budget")).await.expect(200);
    budget.json["lines"][0]["left"]["amount"].as_i64().unwrap()
}

for_each_database! {
    async fn the_signatory_accepts_once(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.announced(w).await;
        let award = offer(w, &s).await;
        let acceptance = format!("{award}/acceptance");
        let convenor = &s.cities[LAWRENCE].convenor;
        w.post(convenor, &acceptance, json!({})).await.expect(403);
        w.post(&s.officer, &acceptance, json!({})).await.expect(403);
        w.post(&s.cities[CHELSEA].convenor, &acceptance, json!({})).await.expect(404);
        let done = w.post(&s.signatory, &acceptance, json!({"note": "With thanks."})).await;
        assert_eq!(done.expect(201).json["state"], "accepted");
        let again = w.post(&s.signatory, &format!("{award}/refusal"), json!({})).await;
        assert_eq!(again.expect(409).problem(), "already-there");
        assert_eq!(letters(w, "award-accepted", convenor).len(), 1);
        let told = letters(w, "award-accepted-office", &s.officer);
        assert_eq!(told[0].2["note"], "With thanks.");
        assert_eq!(left(w, &s).await, 20_000_000);
        w.set_time("2027-01-01T00:00:00Z");
        assert_eq!(w.get(convenor, &award).await.expect(200).json["state"], "accepted");
    }

    async fn turning_down_frees_the_money(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.announced(w).await;
        let award = offer(w, &s).await;
        let done = w.post(&s.signatory, &format!("{award}/refusal"), json!({})).await;
        assert_eq!(done.expect(201).json["state"], "turned_down");
        assert_eq!(left(w, &s).await, 50_000_000);
        assert!(w.get(&Nobody, "/awards").await.expect(200).items().is_empty());
    }

    async fn an_unanswered_offer_lapses_by_the_clock_and_says_so_once(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.announced(w).await;
        let award = offer(w, &s).await;
        let tell = |w: &World| {
            w.write(tell_of_ends);
            w.write(tell_of_ends);
        };
        tell(w);
        assert!(letters(w, "award-answer-due", &s.signatory).is_empty());
        w.set_time("2026-07-29T21:00:00Z");
        tell(w);
        assert_eq!(letters(w, "award-answer-due", &s.signatory).len(), 1);
        assert!(letters(w, "award-answer-due", &s.cities[LAWRENCE].convenor).is_empty());
        w.set_time("2026-07-31T21:00:00Z");
        assert_eq!(w.get(&s.signatory, &award).await.expect(200).json["state"], "offered");
        w.set_time("2026-07-31T21:00:00.000001Z");
        assert_eq!(w.get(&s.signatory, &award).await.expect(200).json["state"], "lapsed");
        tell(w);
        assert_eq!(letters(w, "award-lapsed", &s.cities[LAWRENCE].convenor).len(), 1);
        assert_eq!(letters(w, "award-lapsed-office", &s.officer).len(), 1);
        let late = w.post(&s.signatory, &format!("{award}/acceptance"), json!({})).await;
        assert_eq!(late.expect(409).problem(), "deadline-passed");
        assert_eq!(left(w, &s).await, 50_000_000);
    }

    async fn no_reminder_comes_with_the_offer_itself(w: &mut World) {
        let s = Scene::deciding(w).await;
        let mut soon = s.award(30_000_000);
        soon["answer_by"] = "2026-06-12T13:00:00Z".into();
        s.decided(w).await;
        s.decide(w, &s.officer, LAWRENCE, soon).await.expect(200);
        s.confirm(w, TOLD, TOLD).await.expect(201);
        w.set_time(TOLD);
        w.write(tell_of_ends);
        assert!(letters(w, "award-answer-due", &s.signatory).is_empty());
        w.set_time("2026-06-11T13:00:00Z");
        w.write(tell_of_ends);
        assert_eq!(letters(w, "award-answer-due", &s.signatory).len(), 1);
    }

    async fn funders_are_told_of_awards_on_their_lines_once_they_are_public(w: &mut World) {
        let s = Scene::deciding(w).await;
        let (funder, rival) = (s.staff(w, "Fay", Role::Funder).await, s.staff(w, "Ron", Role::Funder).await);
        for (who, line) in [(&funder, s.lines[0]), (&rival, s.lines[1])] {
            let path = format!("/competitions/{}/funders/{}", s.competition, who.id);
            w.edit(&s.officer, &path, |_| json!({"lines": [line]})).await.expect(200);
        }
        s.decided(w).await;
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
        w.set_time(TOLD);
        w.write(tell_funders);
        assert!(letters(w, "award-public-funder", &funder).is_empty(), "the public does not know yet");
        w.set_time(PUBLIC);
        w.write(tell_funders);
        w.write(tell_funders);
        let told = letters(w, "award-public-funder", &funder);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].2["total"], "USD 300,000.00");
        let award = offer(w, &s).await;
        w.post(&s.signatory, &format!("{award}/acceptance"), json!({})).await.expect(201);
        assert_eq!(letters(w, "award-accepted-funder", &funder).len(), 1);
        for kind in ["award-public-funder", "award-accepted-funder"] {
            assert!(letters(w, kind, &rival).is_empty());
        }
    }

    async fn a_withdrawn_proposal_frees_its_offer(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.announced(w).await;
        let award = offer(w, &s).await;
        s.withdraw(w, LAWRENCE);
        assert_eq!(w.get(&s.signatory, &award).await.expect(200).json["state"], "withdrawn");
        let late = w.post(&s.signatory, &format!("{award}/acceptance"), json!({})).await;
        assert_eq!(late.expect(409).problem(), "wrong-phase");
        assert_eq!(left(w, &s).await, 50_000_000);
    }

    async fn offers_show_to_nobody_before_they_are_told(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.decided(w).await;
        let id = w.get(&s.officer, &s.case(LAWRENCE)).await.expect(200).json["decision"]["id"].clone();
        let award = format!("/awards/{id}");
        s.confirm(w, TOLD, TOLD).await.expect(201);
        for who in [&s.signatory, &s.officer] {
            w.get(who, &award).await.expect(404);
            w.post(who, &format!("{award}/acceptance"), json!({})).await.expect(404);
        }
        w.set_time(TOLD);
        w.get(&s.signatory, &award).await.expect(200);
    }

    async fn the_public_reads_public_answers_and_nothing_else(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.announced(w).await;
        let listed = w.get(&Nobody, "/awards").await.expect(200);
        let [award] = listed.items() else { panic!("{listed}") };
        assert_eq!(award["coalition"]["name"], "Lawrence together");
        assert_eq!(award["places"][0]["name"], "Lawrence");
        assert_eq!(award["total"]["amount"], 30_000_000);
        assert_eq!(award["summary"], Value::Null);
        assert_eq!(award["answers"], json!([{
            "question": "abstract", "label": "In a sentence",
            "kind": {"type": "short_text", "max_words": 20}, "value": "Lawrence learns.",
        }]));
        let text = listed.text();
        for secret in ["Not for the public", "strongest table", "school district", "Chelsea"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        w.get(&Nobody, "/awards?cursor=nonsense").await.expect(400);
        w.get(&Nobody, "/awards?state=offered").await.expect(400);
        w.get(&Nobody, "/competitions/123/awards").await.expect(404);
    }

    async fn funders_see_counts_then_their_own_lines(w: &mut World) {
        let s = Scene::deciding(w).await;
        let funder = s.staff(w, "Fay", Role::Funder).await;
        let rival = s.staff(w, "Ron", Role::Funder).await;
        let path = format!("/competitions/{}/funders/{}", s.competition, funder.id);
        let unknown = format!("/competitions/{}/funders/{}", s.competition, s.officer.id);
        w.get(&s.officer, &unknown).await.expect(404);
        w.get(&funder, &path).await.expect(403);
        let lines = json!({"lines": [s.lines[0]]});
        w.edit(&s.officer, &path, |_| lines.clone()).await.expect(200);
        let wrong = json!({"lines": [s.lines[0], 5, s.lines[0]]});
        let wrong = w.edit(&s.officer, &path, |_| wrong.clone()).await.expect(422);
        assert_eq!(wrong.json["errors"].as_array().unwrap().len(), 2);
        assert_eq!(letters(w, "budget-lines-watched", &funder).len(), 1);
        let funnel = format!("/competitions/{}/funnel", s.competition);
        let counts = w.get(&funder, &funnel).await.expect(200);
        assert_eq!(counts.json["coalitions"], Value::Null, "three are fewer than five");
        assert_eq!(counts.json["stages"][0]["submitted"], Value::Null);
        w.get(&s.signatory, &funnel).await.expect(403);
        w.ask(&Nobody, Method::GET, &funnel).send().await.expect(401);
        let funded = format!("/competitions/{}/funded-awards", s.competition);
        s.decided(w).await;
        s.confirm(w, TOLD, TOLD).await.expect(201);
        assert!(w.get(&funder, &funded).await.expect(200).items().is_empty());
        w.set_time(TOLD);
        let own = w.get(&funder, &funded).await.expect(200);
        assert_eq!(own.items()[0]["total"]["amount"], 30_000_000);
        assert!(w.get(&rival, &funded).await.expect(200).items().is_empty());
        w.get(&s.officer, &funded).await.expect(403);
        s.conflict(w, &funder, LAWRENCE);
        assert!(w.get(&funder, &funded).await.expect(200).items().is_empty());
    }

    async fn a_line_can_go_while_a_funder_watches_it(w: &mut World) {
        let s = Scene::deciding(w).await;
        let funder = s.staff(w, "Fay", Role::Funder).await;
        let lines = format!("/competitions/{}/budget-lines", s.competition);
        let line = json!({"funder": "Fay", "instrument": "grant",
            "amount": {"amount": 100, "currency": "USD"}});
        let line = w.post(&s.officer, &lines, line).await.expect(201).id();
        let watched = format!("/competitions/{}/funders/{}", s.competition, funder.id);
        w.edit(&s.officer, &watched, |_| json!({"lines": [line]})).await.expect(200);
        w.delete(&s.officer, &format!("/budget-lines/{line}")).await.expect(204);
        let left = w.get(&s.officer, &watched).await.expect(200);
        assert_eq!(left.json["lines"], json!([]));
    }
}
