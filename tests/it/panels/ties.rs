//! Ties between people and coalitions, and what they close.

use civitas::people::Role;
use civitas::platform::db::schema::people;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::scene::{count, letters, opened, season, submitted};
use crate::for_each_database;
use crate::world::{Reply, World};

for_each_database! {
    async fn a_declared_conflict_closes_the_door_at_once(w: &mut World) {
        let s = season(w).await;
        let rita = s.reviewer(w, "Rita", 5).await;
        let assignment = s.assign(w, s.lawrence, &rita).await.expect(201).id();
        let assignment = format!("/assignments/{assignment}");
        w.post(&rita, &format!("{assignment}/acceptance"), json!({})).await.expect(200);
        let candidates = w.get(&rita, &s.path("conflict-candidates")).await.expect(200);
        assert_eq!(candidates.items().len(), 3);
        w.get(&s.ana, &s.path("conflict-candidates")).await.expect(403);
        s.declare(w, &s.ana, s.lawrence).await.expect(403);
        s.declare(w, &rita, 1).await.expect(422);
        s.declare(w, &rita, s.lawrence).await.expect(200);
        assert_eq!(s.declare(w, &rita, s.lawrence).await.expect(409).problem(), "already-there");

        w.get(&rita, &assignment).await.expect(404);
        w.post(&rita, &format!("{assignment}/recusal"), json!({"reason": "x"})).await.expect(404);
        assert_eq!(w.get(&rita, "/me/assignments").await.expect(200).items().len(), 0);
        let candidates = w.get(&rita, &s.path("conflict-candidates")).await.expect(200);
        assert_eq!(candidates.items().len(), 2);
        let own = w.get(&rita, "/me/conflicts").await.expect(200);
        assert_eq!(own.items()[0]["coalition_id"], s.lawrence);
        assert_eq!(own.items()[0].as_object().unwrap().len(), 4, "only that it exists: {own}");
        assert_eq!(count(&letters(w, &rita.email), "assignment-ended-by-conflict"), 1);
        assert_eq!(count(&letters(w, &s.olive.email), "conflict-review-lacking"), 1);
        let ended = w.get(&s.olive, &assignment).await.expect(200);
        assert_eq!(ended.json["state"], "ended");
        let again = s.assign(w, s.lawrence, &rita).await.expect(409);
        assert_eq!(again.problem(), "conflicted");
        assert!(again.json["detail"].as_str().unwrap().contains("board"), "{again}");

        // An officer who finds that it does not hold opens the door again.
        let conflict = s.conflicts(w, "state=confirmed").await[0]["id"].clone();
        let why = json!({"reason": "Another Lawrence."});
        w.post(&s.olive, &format!("/conflicts/{conflict}/dismissal"), why).await.expect(200);
        assert_eq!(count(&letters(w, &rita.email), "conflict-lifted"), 1);
        assert_eq!(count(&letters(w, &rita.email), "assignment-reopened"), 1);
        assert_eq!(w.get(&rita, &assignment).await.expect(200).json["state"], "accepted");
        assert_eq!(s.assign(w, s.lawrence, &rita).await.expect(409).problem(), "already-assigned");
        // And the reviewer can insist.
        s.declare(w, &rita, s.lawrence).await.expect(200);
        assert_eq!(s.conflicts(w, "state=confirmed").await.len(), 1);
    }

    async fn no_reviewer_declares_before_everything_is_in(w: &mut World) {
        let (olive, competition, stage) = opened(w).await;
        let (_, coalition) = submitted(w, &olive, competition, "Lawrence", "None.").await;
        let candidates = format!("/stages/{stage}/conflict-candidates");
        assert_eq!(w.get(&olive, &candidates).await.expect(409).problem(), "wrong-phase");
        let reviewer = w.person("Rita").await;
        let rita = json!({"email": reviewer.email, "max_load": 3});
        let rita = w.post(&olive, &format!("/stages/{stage}/panel-members"), rita).await.expect(201);
        w.post(&reviewer, &format!("/panel-members/{}/acceptance", rita.id()), json!({})).await.expect(200);
        let tie = json!({"coalition": coalition, "kind": "other"});
        let declared = w.post(&reviewer, &format!("/stages/{stage}/my-conflicts"), tie).await.expect(422);
        let absent = json!({"coalition": 1, "kind": "other"});
        let absent = w.post(&reviewer, &format!("/stages/{stage}/my-conflicts"), absent).await.expect(422);
        assert_eq!(declared.json["errors"], absent.json["errors"]);
        let pair = json!({"coalition": coalition, "reviewer": rita.json["person"]["id"]});
        let early = w.post(&olive, &format!("/stages/{stage}/assignments"), pair).await.expect(409);
        assert_eq!(early.problem(), "wrong-phase");
    }

    async fn who_holds_office_declares_at_any_time(w: &mut World) {
        let (olive, competition, stage) = opened(w).await;
        let (bo, coalition) = submitted(w, &olive, competition, "Lawrence", "None.").await;
        let (abe, bea, root) = (w.person("Abe").await, w.person("Bea").await, w.administrator("Root").await);
        w.grant(&abe, Role::Assistant, competition);
        w.grant(&bea, Role::Approver, competition);
        let fay = w.person("Fay").await;
        w.grant(&fay, Role::Funder, competition);
        let path = format!("/stages/{stage}/my-conflicts");
        let tie = |coalition: i64| json!({"coalition": coalition, "kind": "family"});
        // The call is open: nothing has closed yet.
        for who in [&fay, &bo] {
            w.post(who, &path, tie(coalition)).await.expect(403);
        }
        let of_coalition = format!("/coalitions/{coalition}");
        for who in [&abe, &bea] {
            w.get(who, &of_coalition).await.expect(200);
        }
        for who in [&abe, &bea, &root] {
            w.post(who, &path, tie(1)).await.expect(422);
            let declared = w.post(who, &path, tie(coalition)).await.expect(200);
            assert_eq!(declared.json["coalition_id"], coalition);
            w.get(who, &of_coalition).await.expect(404);
            w.post(who, &path, tie(coalition)).await.expect(409);
            assert_eq!(w.get(who, "/me/conflicts").await.expect(200).items().len(), 1);
        }
        let (_, elsewhere) = w.bare_coalition(olive.id.0);
        w.post(&abe, &path, tie(elsewhere.0)).await.expect(422);
    }

    async fn hints_close_nothing_until_an_officer_decides(w: &mut World) {
        let s = season(w).await;
        let jane = w.person_at("jane@chelsea.example").await;
        let invitation = json!({
            "email": jane.email, "max_load": 5,
            "organisation": "Harbor Community Bank, Inc.", "home_city": "Holyoke, MA",
        });
        w.post(&s.olive, &s.path("panel-members"), invitation).await.expect(201);
        let kinds = |hints: &[Value]| {
            let mut kinds: Vec<String> =
                hints.iter().map(|hint| hint["kind"].as_str().unwrap().to_owned()).collect();
            kinds.sort();
            kinds
        };
        assert_eq!(kinds(&s.conflicts(w, "state=hint").await), ["home_city", "mail_domain"]);
        let found = w.post(&s.olive, &s.path("conflict-detections"), Value::Null).await.expect(200);
        assert_eq!(found.json["found"], 1);
        let hints = s.conflicts(w, &format!("coalition={}", s.lawrence)).await;
        assert_eq!(hints[0]["kind"], "named");
        let evidence = hints[0]["evidence"].as_str().unwrap();
        assert!(evidence.contains("Who are your partners?: “Our bank is Harbor Community Bank.”"), "{evidence}");
        assert_eq!(w.get(&jane, "/me/conflicts").await.expect(200).items().len(), 0);

        let given = s.assign(w, s.lawrence, &jane).await.expect(201);
        assert_eq!(given.json["hints"], json!(["named"]));
        let hint = format!("/conflicts/{}", hints[0]["id"]);
        w.get(&jane, &hint).await.expect(404);
        w.get(&s.ana, &hint).await.expect(404);
        w.post(&s.abe, &format!("{hint}/dismissal"), json!({"reason": "No."})).await.expect(403);
        w.post(&s.olive, &format!("{hint}/dismissal"), json!({"reason": "A supplier."})).await.expect(200);
        let found = w.post(&s.olive, &s.path("conflict-detections"), Value::Null).await.expect(200);
        assert_eq!(found.json["found"], 0);
        assert_eq!(w.get(&s.olive, &hint).await.expect(200).json["state"], "dismissed");

        let domain = s.conflicts(w, &format!("coalition={}", s.chelsea)).await[0]["id"].clone();
        s.assign(w, s.chelsea, &jane).await.expect(201);
        w.post(&s.olive, &format!("/conflicts/{domain}/confirmation"), json!({})).await.expect(200);
        assert_eq!(count(&letters(w, &jane.email), "conflict-in-force"), 1);
        assert_eq!(count(&letters(w, &jane.email), "assignment-ended-by-conflict"), 1);
        assert_eq!(s.assign(w, s.chelsea, &jane).await.expect(409).problem(), "conflicted");
        assert_eq!(w.get(&jane, "/me/conflicts").await.expect(200).items().len(), 1);
    }

    async fn a_coalition_names_freely_and_learns_nothing(w: &mut World) {
        let s = season(w).await;
        let rita = s.reviewer(w, "rita", 5).await;
        let id = rita.id;
        w.write(move |w| {
            let person = diesel::update(people::table.find(id));
            Ok(person.set(people::name.eq("Rita Okafor")).execute(w.conn())?)
        });
        let path = format!("/coalitions/{}/conflict-namings", s.lawrence);
        let hit = json!({"name": "Dr. Rita Okafor", "reason": "We are in court."});
        let miss = json!({"name": "Nobody Here", "reason": "We are in court."});
        w.post(&s.bo, &path, hit.clone()).await.expect(404);
        w.post(&s.olive, &path, hit.clone()).await.expect(403);
        w.post(&s.ana, &path, json!({"reason": "x"})).await.expect(422);
        let hit = w.post(&s.ana, &path, hit).await.expect(201);
        let miss = w.post(&s.ana, &path, miss).await.expect(201);
        let shape = |reply: &Reply| reply.json.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(shape(&hit), shape(&miss));
        assert_eq!(w.get(&s.ana, &path).await.expect(200).items().len(), 2);
        assert_eq!(w.get(&s.abe, &path).await.expect(200).items().len(), 2);
        w.get(&rita, &path).await.expect(404);
        let hints = s.conflicts(w, "state=hint").await;
        assert_eq!(hints.len(), 1);
        assert_eq!(hints[0]["source"], "coalition");
        s.assign(w, s.lawrence, &rita).await.expect(201);
        let naming = format!("/conflict-namings/{}", hit.id());
        w.delete(&s.bo, &naming).await.expect(404);
        w.delete(&s.ana, &naming).await.expect(204);
        w.delete(&s.ana, &naming).await.expect(404);
    }

    async fn a_conflicted_officer_sees_nothing_of_it(w: &mut World) {
        let s = season(w).await;
        let rita = s.reviewer(w, "Rita", 5).await;
        let omar = w.person("Omar").await;
        w.grant(&omar, Role::Officer, s.competition);
        let given = s.assign(w, s.lawrence, &rita).await.expect(201).id();
        let tie = json!({"person": rita.id, "coalition": s.chelsea, "kind": "family", "note": "Cousins."});
        w.post(&s.abe, &s.path("conflicts"), tie.clone()).await.expect(403);
        let conflict = w.post(&omar, &s.path("conflicts"), tie.clone()).await.expect(201).id();
        let list = |reply: Reply| reply.expect(200).items().len();
        assert_eq!(list(w.get(&omar, &s.path("conflicts")).await), 1);
        assert_eq!(list(w.get(&omar, &s.path("assignments")).await), 1);
        s.declare(w, &omar, s.chelsea).await.expect(200);
        s.declare(w, &omar, s.lawrence).await.expect(200);
        assert_eq!(list(w.get(&omar, &s.path("conflicts")).await), 0);
        assert_eq!(list(w.get(&omar, &s.path("assignments")).await), 0);
        let loads = w.get(&omar, &s.path("loads")).await.expect(200);
        assert_eq!(loads.items()[0]["load"], 0);
        w.get(&omar, &format!("/conflicts/{conflict}")).await.expect(404);
        w.get(&omar, &format!("/assignments/{given}")).await.expect(404);
        let pair = json!({"coalition": s.lawrence, "reviewer": rita.id});
        let closed = w.post(&omar, &s.path("assignments"), pair).await.expect(422);
        let absent = json!({"coalition": 1, "reviewer": rita.id});
        let absent = w.post(&omar, &s.path("assignments"), absent).await.expect(422);
        assert_eq!(closed.json["errors"], absent.json["errors"]);
        let closed = w.post(&omar, &s.path("conflicts"), tie).await.expect(422);
        assert_eq!(closed.json["errors"][0]["pointer"], "/coalition");
        w.get(&omar, &format!("/coalitions/{}/conflict-namings", s.lawrence)).await.expect(404);

        // Letters about it go to the officers with open doors alone.
        w.post(&rita, &format!("/assignments/{given}/refusal"), json!({"reason": "x"})).await.expect(200);
        assert_eq!(count(&letters(w, &omar.email), "assignment-declined"), 0);
        assert_eq!(count(&letters(w, &s.olive.email), "assignment-declined"), 1);
        // What waits to be sent is called back when the door closes.
        assert!(w.unsent_about(s.lawrence, &s.olive).contains(&"assignment-declined".to_owned()));
        s.declare(w, &s.olive, s.lawrence).await.expect(200);
        assert_eq!(w.unsent_about(s.lawrence, &s.olive), Vec::<String>::new());
    }

    async fn letters_of_conflicts_go_by_the_door(w: &mut World) {
        let s = season(w).await;
        let rita = s.reviewer(w, "Rita", 5).await;
        let given = s.assign(w, s.lawrence, &rita).await.expect(201).id();
        let add = async |w: &World, kind: &str| {
            let tie = json!({"person": rita.id, "coalition": s.lawrence, "kind": kind, "note": "So."});
            w.post(&s.olive, &s.path("conflicts"), tie).await
        };
        let lifted = |w: &World| count(&letters(w, &rita.email), "conflict-lifted");
        let first = add(w, "family").await.expect(201).id();
        s.declare(w, &rita, s.lawrence).await.expect(409);
        let of_rule = {
            let (stage, coalition, person) = (s.competition, s.lawrence, rita.id);
            w.write(move |w| hint(w, stage, coalition, person))
        };
        let second = format!("/conflicts/{of_rule}");
        w.post(&s.olive, &format!("{second}/confirmation"), json!({})).await.expect(200);
        assert_eq!(count(&letters(w, &rita.email), "conflict-in-force"), 1);
        let why = json!({"reason": "No."});
        w.post(&s.olive, &format!("/conflicts/{first}/dismissal"), why.clone()).await.expect(200);
        assert_eq!(lifted(w), 0, "the other one still closes the door");
        w.get(&rita, &format!("/assignments/{given}")).await.expect(404);
        w.post(&s.olive, &format!("{second}/dismissal"), why).await.expect(200);
        assert_eq!(lifted(w), 1);
        let again = w.get(&rita, &format!("/assignments/{given}")).await.expect(200);
        assert_eq!(again.json["state"], "invited");
    }

    async fn what_is_found_after_a_dismissal_is_a_hint_again(w: &mut World) {
        let s = season(w).await;
        let jane = w.person_at("jane@people.example").await;
        let invitation = json!({
            "email": jane.email, "max_load": 5, "organisation": "Harbor Community Bank",
        });
        w.post(&s.olive, &s.path("panel-members"), invitation).await.expect(201);
        let seats = format!("/coalitions/{}/seats", s.chelsea);
        let seat = |organisation: &str| json!({"sector": "finance", "role": "Lender",
            "holder_name": "Somebody", "organisation": organisation});
        w.post(&s.bo, &seats, seat("Harbor Community Bank")).await.expect(201);
        let detect = async |w: &World| {
            let found = w.post(&s.olive, &s.path("conflict-detections"), Value::Null).await;
            found.expect(200).json["found"].clone()
        };
        assert_eq!(detect(w).await, 2, "a seat, and a word in Lawrence's proposal");
        let of_chelsea = format!("coalition={}", s.chelsea);
        let hint = s.conflicts(w, &of_chelsea).await[0]["id"].clone();
        let why = json!({"reason": "Another bank of that name."});
        w.post(&s.olive, &format!("/conflicts/{hint}/dismissal"), why).await.expect(200);
        assert_eq!(detect(w).await, 0);
        w.post(&s.bo, &seats, seat("Harbor Community Bank, Inc.")).await.expect(201);
        assert_eq!(detect(w).await, 1);
        let again = &s.conflicts(w, &of_chelsea).await[0];
        assert_eq!(again["state"], "hint");
        assert_eq!(again["reason"], "Another bank of that name.");
    }

    async fn a_misspelt_name_is_found_by_the_organisation(w: &mut World) {
        let s = season(w).await;
        let jane = w.person_at("jane@people.example").await;
        let invitation = json!({
            "email": jane.email, "max_load": 5, "organisation": "Harbor Community Bank",
        });
        w.post(&s.olive, &s.path("panel-members"), invitation).await.expect(201);
        let path = format!("/coalitions/{}/conflict-namings", s.lawrence);
        let naming = json!({"name": "Jaine Alvarrez", "organisation": "Harbor Community Bank",
            "reason": "We are in court."});
        w.post(&s.ana, &path, naming).await.expect(201);
        let hints = s.conflicts(w, "state=hint").await;
        assert_eq!(hints[0]["source"], "coalition");
        let evidence = hints[0]["evidence"].as_str().unwrap();
        assert!(evidence.contains("Jaine Alvarrez of Harbor Community Bank"), "{evidence}");
    }
}

fn hint(
    w: &mut civitas::platform::db::Writes<'_>,
    competition: i64,
    coalition: i64,
    person: civitas::platform::ids::PersonId,
) -> civitas::platform::refusal::Result<i64> {
    use civitas::panels::model::{Conflict, ConflictKind, ConflictSource, ConflictState};
    use civitas::platform::ids::{CoalitionId, CompetitionId};
    let conflict = Conflict {
        id: w.fresh_id(),
        competition_id: CompetitionId(competition),
        coalition_id: CoalitionId(coalition),
        person_id: person,
        kind: ConflictKind::Named,
        source: ConflictSource::Rule,
        state: ConflictState::Hint,
        years: String::new(),
        evidence: "Somewhere.".into(),
        declared_by: None,
        created_at: w.now(),
        decided_by: None,
        decided_at: None,
        reason: String::new(),
    };
    civitas::panels::store::insert_conflict(w, &conflict)?;
    Ok(conflict.id.0)
}
