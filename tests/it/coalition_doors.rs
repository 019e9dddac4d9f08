//! To whom a coalition is closed.

use civitas::people::Role;
use serde_json::json;

use crate::coalitions::{conflict, joined, lawrence, letters, membership, open_call};
use crate::for_each_database;

for_each_database! {
    async fn a_conflict_closes_every_door_of_an_office(w: &mut World) {
        let call = open_call(w).await;
        let (oscar, omar) = (w.person("Oscar").await, w.person("Omar").await);
        w.grant(&oscar, Role::Officer, call.competition);
        w.grant(&omar, Role::Officer, call.competition);
        let (ana, coalition) = lawrence(w, &call).await;
        let anas = membership(w, &ana, coalition, &ana).await;
        let seat = json!({ "sector": "public", "role": "Mayor" });
        let seat = w.post(&ana, &format!("/coalitions/{coalition}/seats"), seat).await.expect(201).id();
        let claim = w.get(&ana, &format!("/coalitions/{coalition}")).await.json["claims"][0]["id"].clone();
        let list = format!("/competitions/{}/coalitions", call.competition);
        let path = format!("/coalitions/{coalition}");
        let before = w.get(&ana, &path).await.expect(200).bytes;
        w.get(&oscar, &path).await.expect(200);
        conflict(w, call.competition, coalition, oscar.id);
        let hidden = [
            path.clone(), format!("{path}/members"), format!("{path}/seats"), format!("{path}/handovers"),
            format!("{path}/coverage"), anas, format!("/seats/{seat}"),
        ];
        for door in &hidden {
            w.get(&oscar, door).await.expect(404);
            w.get(&omar, door).await.expect(200);
        }
        assert_eq!(w.get(&oscar, &list).await.expect(200).items().len(), 0);
        assert_eq!(w.get(&omar, &list).await.expect(200).items().len(), 1);
        let absent = w.get(&oscar, "/coalitions/1").await.expect(404);
        let closed = w.get(&oscar, &path).await.expect(404);
        let without_id = |reply: &crate::world::Reply| {
            let mut json = reply.json.clone();
            json.as_object_mut().unwrap().remove("instance");
            json
        };
        assert_eq!(without_id(&absent), without_id(&closed));
        w.post(&oscar, &format!("/claims/{claim}/refusal"), json!("?")).await.expect(404);
        w.post(&oscar, &format!("{path}/convenor-appointments"), json!("?")).await.expect(404);
        w.post(&oscar, &format!("{path}/join-requests"), json!({})).await.expect(404);
        let taken = call.found(w, &oscar, "Rival", call.lawrence).await.expect(409);
        assert!(!taken.text().contains("Working Cities") && !taken.text().contains("join"), "{taken}");
        assert_eq!(w.get(&ana, &path).await.expect(200).bytes, before, "nothing changed for the coalition");

        joined(w, &ana, coalition, &omar, "contributor").await;
        w.get(&omar, &path).await.expect(200);
        w.post(&omar, &format!("/claims/{claim}/refusal"), json!({ "reason": "mine" })).await.expect(403);
    }

    async fn officers_with_open_doors_hear_of_claims(w: &mut World) {
        let call = open_call(w).await;
        let ada = w.person_at("ada@cityoflawrence.example").await;
        w.grant(&ada, Role::Officer, call.competition);
        call.found(w, &ada, "An officer's own", call.lawrence).await.expect(201);
        assert_eq!(letters(w, &ada.email), ["coalition-founded"]);
        assert_eq!(letters(w, &call.olive.email).last().unwrap(), "claim-made-and-confirmed");
    }
}
