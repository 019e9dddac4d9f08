//! Which places a coalition speaks for: claimed further, given up, taken back, free again.

use civitas::people::Role;
use serde_json::{Value, json};

use crate::coalitions::{conflict, fields, joined, lawrence, letters, membership, open_call, tick};
use crate::for_each_database;
use crate::world::{Actor, Reply, World};

fn claim_at(reply: &Reply, place: i64) -> String {
    let claims = reply.json["claims"].as_array().unwrap();
    let claim = claims.iter().find(|claim| claim["place"]["id"] == place);
    format!("/claims/{}", claim.unwrap()["id"])
}

fn state_at(reply: &Reply, place: i64) -> Value {
    let claims = reply.json["claims"].as_array().unwrap();
    let claim = claims.iter().find(|claim| claim["place"]["id"] == place);
    claim.unwrap()["state"].clone()
}

async fn shown(w: &World, who: &Actor, coalition: i64) -> Reply {
    w.get(who, &format!("/coalitions/{coalition}"))
        .await
        .expect(200)
}

for_each_database! {
    async fn a_joint_coalition_takes_places_on_and_gives_them_up(w: &mut World) {
        let call = open_call(w).await;
        let (ana, coalition) = lawrence(w, &call).await;
        let ben = w.person("Ben").await;
        joined(w, &ana, coalition, &ben, "editor").await;
        let claims = format!("/coalitions/{coalition}/claims");
        let chelsea = json!({ "place_id": call.chelsea });
        w.post(&ben, &claims, chelsea.clone()).await.expect(403);
        w.post(&call.olive, &claims, chelsea.clone()).await.expect(403);
        w.post(&ana, &claims, json!({ "place_id": 1 })).await.expect(422);
        let small = w.post(&ana, &claims, json!({ "place_id": call.monson })).await.expect(409);
        assert_eq!(small.problem(), "not-eligible");
        let made = w.post(&ana, &claims, chelsea.clone()).await.expect(201);
        assert_eq!(made.header("location"), Some(&*format!("/api/v1/coalitions/{coalition}")));
        assert_eq!(state_at(&made, call.chelsea), "claimed");
        assert_eq!(letters(w, &call.olive.email).last().unwrap(), "claim-added");
        let twice = w.post(&ana, &claims, chelsea.clone()).await.expect(409);
        assert_eq!(twice.problem(), "already-there");

        let claim = claim_at(&made, call.chelsea);
        w.post(&call.olive, &format!("{claim}/confirmation"), Value::Null).await.expect(200);
        w.delete(&ben, &claim).await.expect(403);
        w.delete(&call.olive, &claim).await.expect(403);
        tick(w);
        w.delete(&ana, &claim).await.expect(204);
        for who in [&ben, &call.olive] {
            assert_eq!(letters(w, &who.email).last().unwrap(), "claim-given-up");
        }
        assert_eq!(w.delete(&ana, &claim).await.expect(409).problem(), "wrong-phase");
        let left = shown(w, &ana, coalition).await;
        assert_eq!(state_at(&left, call.chelsea), "given_up");
        let last = w.delete(&ana, &claim_at(&left, call.lawrence)).await.expect(409);
        assert_eq!(last.problem(), "not-ready");

        let cora = w.person("Cora").await;
        call.found(w, &cora, "Chelsea Thrives", call.chelsea).await.expect(201);
        let again = w.post(&ana, &claims, chelsea).await.expect(201);
        assert_eq!((claim_at(&again, call.chelsea), state_at(&again, call.chelsea)), (claim.clone(), json!("claimed")));
        let refusal = json!({ "reason": "Chelsea does not know of it." });
        w.post(&call.olive, &format!("{claim}/refusal"), refusal).await.expect(200);
        assert_eq!(letters(w, &ana.email).last().unwrap(), "claim-refused");
        let refused = w.post(&ana, &claims, json!({ "place_id": call.chelsea })).await.expect(409);
        assert_eq!(refused.problem(), "already-there");
        w.set_time("2026-04-25T00:00:00Z");
        let holyoke = json!({ "place_id": call.holyoke, "answers": { "population": 39_880 } });
        let late = w.post(&ana, &claims, holyoke).await.expect(409);
        assert_eq!(late.problem(), "deadline-passed");
    }

    async fn whoever_asks_is_told_who_speaks_for_a_place(w: &mut World) {
        let call = open_call(w).await;
        let (_, coalition) = lawrence(w, &call).await;
        let (ben, cora) = (w.person("Ben").await, w.person("Cora").await);
        let path = format!("/competitions/{}/eligibility-checks", call.competition);
        let holder = json!({ "coalition_id": coalition, "name": "Lawrence Working Cities" });
        let lawrence = json!({ "place_id": call.lawrence });
        let taken = w.post(&ben, &path, lawrence.clone()).await.expect(200);
        assert_eq!(taken.json["taken_by"], holder);
        let free = w.post(&ben, &path, json!({ "place_id": call.chelsea })).await.expect(200);
        assert_eq!(free.json["taken_by"], Value::Null);
        let second = call.found(w, &ben, "Lawrence Too", call.lawrence).await.expect(409);
        assert_eq!((second.problem(), &second.json["taken_by"]), ("place-taken", &holder));

        conflict(w, call.competition, coalition, cora.id);
        let hidden = w.post(&cora, &path, lawrence).await.expect(200);
        assert_eq!(hidden.json["taken_by"], Value::Null);
        let refused = call.found(w, &cora, "Lawrence Three", call.lawrence).await.expect(409);
        assert!(refused.problem() == "place-taken" && refused.json.get("taken_by").is_none(), "{refused}");
    }

    async fn a_confirmed_claim_is_taken_back_with_a_reason(w: &mut World) {
        let call = open_call(w).await;
        let ben = w.person("Ben").await;
        let residents = call.found(w, &ben, "Lawrence Residents", call.lawrence).await.expect(201).id();
        tick(w);
        let (intern, coalition) = lawrence(w, &call).await;
        assert_eq!(letters(w, &ben.email).last().unwrap(), "claim-lost-and-over");
        assert_eq!(shown(w, &ben, residents).await.json["live"], false);
        let cora = w.person("Cora").await;
        joined(w, &intern, coalition, &cora, "contributor").await;

        let claim = claim_at(&shown(w, &intern, coalition).await, call.lawrence);
        let revocation = format!("{claim}/revocation");
        let reason = json!({ "reason": "An intern can't speak for the city." });
        let asa = w.person("Asa").await;
        w.grant(&asa, Role::Assistant, call.competition);
        w.post(&asa, &revocation, reason.clone()).await.expect(403);
        w.post(&intern, &revocation, reason.clone()).await.expect(403);
        w.post(&ben, &revocation, reason.clone()).await.expect(404);
        w.post(&call.olive, &revocation, json!({ "reason": " " })).await.expect(422);
        tick(w);
        let over = w.post(&call.olive, &revocation, reason.clone()).await.expect(200);
        assert_eq!((state_at(&over, call.lawrence), &over.json["live"]), (json!("revoked"), &json!(false)));
        assert_eq!(w.post(&call.olive, &revocation, reason).await.expect(409).problem(), "wrong-phase");
        for who in [&intern, &cora] {
            let told = fields(w, &who.email, "claim-revoked-and-over");
            assert_eq!(told["reason"], "An intern can't speak for the city.");
        }

        assert_eq!(letters(w, &ben.email).last().unwrap(), "claim-reopened");
        let again = shown(w, &ben, residents).await;
        assert_eq!((state_at(&again, call.lawrence), &again.json["live"]), (json!("claimed"), &json!(true)));
        let confirmation = format!("{}/confirmation", claim_at(&again, call.lawrence));
        w.post(&call.olive, &confirmation, Value::Null).await.expect(200);
        let back = call.found(w, &intern, "Lawrence once more", call.lawrence).await.expect(409);
        assert_eq!(back.problem(), "place-taken");
    }

    async fn a_convenor_dissolves_a_coalition_by_a_confirmed_act(w: &mut World) {
        let call = open_call(w).await;
        let (ana, coalition) = lawrence(w, &call).await;
        let ben = w.person("Ben").await;
        joined(w, &ana, coalition, &ben, "editor").await;
        let path = format!("/coalitions/{coalition}/dissolution");
        let sure = json!({ "confirm": "dissolve" });
        w.post(&ben, &path, sure.clone()).await.expect(403);
        w.post(&call.olive, &path, sure.clone()).await.expect(403);
        w.post(&ana, &path, json!({ "confirm": "yes" })).await.expect(422);
        tick(w);
        let over = w.post(&ana, &path, sure.clone()).await.expect(200);
        assert_eq!((state_at(&over, call.lawrence), &over.json["live"]), (json!("given_up"), &json!(false)));
        for who in [&ana, &ben, &call.olive] {
            assert_eq!(letters(w, &who.email).last().unwrap(), "coalition-dissolved");
        }
        let again = w.post(&ana, &path, sure).await.expect(409);
        assert_eq!(again.problem(), "wrong-phase");
        shown(w, &ben, coalition).await;
        for list in ["join-requests", "convenor-invitations"] {
            w.get(&call.olive, &format!("/coalitions/{coalition}/{list}")).await.expect(200);
        }
        let anas = membership(w, &ana, coalition, &ana).await;
        w.delete(&ana, &anas).await.expect(409);
        let cora = w.person_at("cora@cityoflawrence.example").await;
        call.found(w, &cora, "Lawrence anew", call.lawrence).await.expect(201);
    }

    async fn officers_find_coalitions_that_lack_a_sector_page_by_page(w: &mut World) {
        let call = open_call(w).await;
        let (ana, coalition) = lawrence(w, &call).await;
        let seat = json!({ "sector": "residents", "role": "Tenant organiser" });
        let seat = w.post(&ana, &format!("/coalitions/{coalition}/seats"), seat).await.expect(201).id();
        let (ben, cora) = (w.person("Ben").await, w.person("Cora").await);
        // Two of one name, so that the order needs more than names.
        for who in [&ben, &cora] {
            call.found(w, who, "Chelsea Thrives", call.chelsea).await.expect(201);
        }
        let list = format!("/competitions/{}/coalitions?lacking=residents", call.competition);
        assert_eq!(w.get(&call.olive, &list).await.expect(200).items().len(), 3);
        let own = json!({ "email": ana.email });
        w.post(&ana, &format!("/seats/{seat}/invitations"), own).await.expect(201);
        let lacking = w.get(&call.olive, &list).await.expect(200);
        let names: Vec<&Value> = lacking.items().iter().map(|one| &one["name"]).collect();
        assert_eq!(names, ["Chelsea Thrives", "Chelsea Thrives"]);
        w.get(&call.olive, &list.replace("residents", "lobby")).await.expect(400);

        let all = w.get(&call.olive, &format!("/competitions/{}/coalitions", call.competition)).await.expect(200);
        let mut paged = Vec::new();
        let mut next = format!("/competitions/{}/coalitions?limit=1", call.competition);
        for _ in 0..3 {
            let page = w.get(&call.olive, &next).await.expect(200);
            paged.extend(page.items().to_vec());
            let cursor = page.json["next"].as_str().unwrap_or_default().to_owned();
            next = format!("/competitions/{}/coalitions?limit=1&cursor={cursor}", call.competition);
        }
        assert_eq!(paged, all.items());
    }
}
