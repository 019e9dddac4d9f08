//! Who says who takes part: the convenor, an officer where the convenor can't be reached, and what
//! is left of the parts of those who went.

use civitas::people::accounts::{self, Newcomer};
use civitas::platform::db::schema::people;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::coalition_people::{act, invited};
use crate::coalitions::{
    fields, joined, lawrence, letters, member_id, membership, open_call, tick, token,
};
use crate::for_each_database;
use crate::world::Actor;

for_each_database! {
    async fn editors_ask_in_contributors_alone(w: &mut World) {
        let call = open_call(w).await;
        let (ana, coalition) = lawrence(w, &call).await;
        let (ben, cora) = (w.person("Ben").await, w.person("Cora").await);
        joined(w, &ana, coalition, &ben, "editor").await;
        let path = format!("/coalitions/{coalition}");
        let ask = |role: &str| json!({ "email": "dan@people.example", "role": role });
        for role in ["editor", "signatory"] {
            w.post(&ben, &format!("{path}/invitations"), ask(role)).await.expect(403);
        }
        w.post(&ben, &format!("{path}/invitations"), ask("contributor")).await.expect(201);
        let seat = json!({ "sector": "public", "role": "Mayor" });
        let seat = w.post(&ben, &format!("{path}/seats"), seat).await.expect(201).id();
        let seat = format!("/seats/{seat}/invitations");
        w.post(&ben, &seat, ask("signatory")).await.expect(403);
        w.post(&ben, &seat, json!({ "email": "dan@people.example" })).await.expect(201);

        let office = "office@schools.example";
        let invitation = invited(w, &ana, coalition, office, "editor").await;
        let link = format!("/invitations/{}", token(w, office, "coalition-invitation"));
        assert_eq!(act(w, &cora, &link, "acceptance").await, 200);
        assert_eq!(act(w, &ben, &invitation, "confirmation").await, 403);
        assert_eq!(act(w, &ana, &invitation, "confirmation").await, 200);
    }

    async fn a_removed_member_does_not_come_back_by_an_old_invitation(w: &mut World) {
        let call = open_call(w).await;
        let (ana, coalition) = lawrence(w, &call).await;
        let (ben, cora) = (w.person("Ben").await, w.person("Cora").await);
        let path = format!("/coalitions/{coalition}");
        let bens = joined(w, &ana, coalition, &ben, "contributor").await;
        let seat = json!({ "sector": "public", "role": "Mayor" });
        let seat = w.post(&ana, &format!("{path}/seats"), seat).await.expect(201).id();
        let offered = json!({ "email": ben.email });
        let offered = w.post(&ana, &format!("/seats/{seat}/invitations"), offered).await.expect(201).id();
        let offered = format!("/coalition-invitations/{offered}");
        let link = format!("/invitations/{}", token(w, &ben.email, "seat-invitation"));
        let others = invited(w, &ana, coalition, &cora.email, "contributor").await;
        tick(w);
        w.delete(&ana, &bens).await.expect(204);
        for door in [&offered, &link] {
            assert_eq!(act(w, &ben, door, "acceptance").await, 409);
        }
        w.get(&ben, &path).await.expect(404);
        assert_eq!(w.get(&ben, "/me/invitations").await.expect(200).items().len(), 0);
        assert_eq!(w.get(&ana, &format!("/seats/{seat}")).await.expect(200).json["state"], "empty");
        assert_eq!(letters(w, &ben.email).last().unwrap(), "member-removed");
        assert_eq!(act(w, &cora, &others, "acceptance").await, 200);
    }

    async fn news_for_an_inviter_who_went_reaches_the_convenor(w: &mut World) {
        let call = open_call(w).await;
        let (ana, coalition) = lawrence(w, &call).await;
        let (ben, cora, dan) = (w.person("Ben").await, w.person("Cora").await, w.person("Dan").await);
        let bens = joined(w, &ana, coalition, &ben, "editor").await;
        let to_cora = invited(w, &ben, coalition, &cora.email, "contributor").await;
        let to_dan = invited(w, &ben, coalition, &dan.email, "contributor").await;
        invited(w, &ben, coalition, "office@schools.example", "contributor").await;
        let link = format!("/invitations/{}", token(w, "office@schools.example", "coalition-invitation"));
        let handover = json!({ "member_id": member_id(&bens) });
        w.post(&ana, &format!("/coalitions/{coalition}/handovers"), handover).await.expect(201);
        tick(w);
        w.delete(&ana, &bens).await.expect(204);
        assert_eq!(letters(w, &ben.email).last().unwrap(), "member-removed");
        let before = letters(w, &ben.email);
        assert!(!before.iter().any(|kind| kind == "handover-called-back"), "{before:?}");
        for (who, path, answer, told) in [
            (&cora, &to_cora, "acceptance", "invitation-accepted"),
            (&dan, &to_dan, "refusal", "invitation-declined"),
            (&dan, &link, "acceptance", "invitation-accepted-elsewhere"),
        ] {
            assert_eq!(act(w, who, path, answer).await, 200);
            assert_eq!(letters(w, &ana.email).last().unwrap(), told);
        }
        assert_eq!(letters(w, &ben.email), before);
    }

    async fn an_officer_appoints_somebody_who_asked_to_join(w: &mut World) {
        let call = open_call(w).await;
        let (ana, coalition) = lawrence(w, &call).await;
        let path = format!("/coalitions/{coalition}");
        let cora = w.person("Cora").await;
        let request = w.post(&cora, &format!("{path}/join-requests"), json!({ "note": "I am the mayor." })).await.expect(201).id();
        let seen = w.get(&call.olive, &format!("{path}/join-requests")).await.expect(200);
        assert_eq!(seen.items()[0]["note"], "I am the mayor.");
        w.get(&call.olive, &format!("/join-requests/{request}")).await.expect(200);
        let welcome = json!({ "role": "editor" });
        w.post(&call.olive, &format!("/join-requests/{request}/acceptance"), welcome).await.expect(403);

        let appointments = format!("{path}/convenor-appointments");
        let reason = "The convenor can't be reached.";
        let anas = member_id(&membership(w, &ana, coalition, &ana).await);
        for wrong in [
            json!({ "reason": reason }),
            json!({ "join_request_id": request, "member_id": anas, "reason": reason }),
            json!({ "join_request_id": 1, "reason": reason }),
            json!({ "join_request_id": request, "reason": "" }),
        ] {
            w.post(&call.olive, &appointments, wrong).await.expect(422);
        }
        let appointed = json!({ "join_request_id": request, "reason": reason });
        w.post(&ana, &appointments, appointed.clone()).await.expect(403);
        tick(w);
        w.post(&call.olive, &appointments, appointed.clone()).await.expect(201);
        w.post(&call.olive, &appointments, appointed).await.expect(422);
        assert_eq!(w.get(&cora, &path).await.expect(200).json["your_role"], "convenor");
        assert_eq!(w.get(&ana, &path).await.expect(200).json["your_role"], "editor");
        for who in [&ana, &cora] {
            assert_eq!(fields(w, &who.email, "convenor-appointed")["reason"], reason);
        }
        let anas = membership(w, &cora, coalition, &ana).await;
        w.delete(&cora, &anas).await.expect(204);
    }

    async fn an_officer_asks_somebody_in_as_the_convenor(w: &mut World) {
        let call = open_call(w).await;
        let (ana, coalition) = lawrence(w, &call).await;
        let path = format!("/coalitions/{coalition}");
        let asks = format!("{path}/convenor-invitations");
        let (mayor, ben) = (w.person("Mayor").await, w.person("Ben").await);
        let reason = "The founder was an intern.";
        let asked = |who: &Actor| json!({ "email": who.email, "reason": reason });
        w.post(&ana, &asks, asked(&mayor)).await.expect(403);
        w.post(&call.olive, &asks, json!({ "email": "nobody", "reason": "" })).await.expect(422);
        assert_eq!(w.post(&call.olive, &asks, asked(&ana)).await.expect(409).problem(), "already-there");
        let waits = w.post(&call.olive, &asks, asked(&mayor)).await.expect(201);
        assert_eq!((&waits.json["role"], &waits.json["reason"]), (&json!("convenor"), &json!(reason)));
        w.post(&call.olive, &asks, asked(&ben)).await.expect(409);
        let told = fields(w, &mayor.email, "convenor-invitation");
        assert!(!told.to_string().contains("intern"), "no free text: {told}");

        let invitation = format!("/coalition-invitations/{}", waits.id());
        let seen = w.get(&ana, &format!("{path}/invitations")).await.expect(200);
        assert_eq!(seen.items().len(), 0);
        w.get(&ana, &asks).await.expect(403);
        assert_eq!(w.get(&call.olive, &asks).await.expect(200).items().len(), 1);
        w.get(&ana, &invitation).await.expect(403);
        w.delete(&ana, &invitation).await.expect(403);
        w.get(&call.olive, &invitation).await.expect(200);
        let link = format!("/invitations/{}", token(w, &mayor.email, "convenor-invitation"));
        assert_eq!(act(w, &ben, &link, "acceptance").await, 403);
        assert_eq!(w.get(&mayor, "/me/invitations").await.expect(200).items()[0]["role"], "convenor");
        assert_eq!(act(w, &mayor, &link, "acceptance").await, 200);
        assert_eq!(w.get(&mayor, &path).await.expect(200).json["your_role"], "convenor");
        assert_eq!(w.get(&ana, &path).await.expect(200).json["your_role"], "editor");
        assert_eq!(fields(w, &ana.email, "convenor-appointed")["reason"], reason);
        assert_eq!(letters(w, &call.olive.email).last().unwrap(), "invitation-accepted");

        let second = w.post(&call.olive, &asks, asked(&ben)).await.expect(201).id();
        w.delete(&call.olive, &format!("/coalition-invitations/{second}")).await.expect(204);
        assert_eq!(act(w, &ben, &format!("/coalition-invitations/{second}"), "acceptance").await, 409);
    }

    async fn the_sector_of_a_seat_stays_while_somebody_sits_there(w: &mut World) {
        let call = open_call(w).await;
        let (ana, coalition) = lawrence(w, &call).await;
        let ben = w.person("Ben").await;
        let seat = json!({ "sector": "business", "role": "Banker" });
        let seat = w.post(&ana, &format!("/coalitions/{coalition}/seats"), seat).await.expect(201).id();
        let seat = format!("/seats/{seat}");
        let to = |sector: &str| { let sector = sector.to_owned(); move |_: &Value| json!({ "sector": sector, "role": "Lender" }) };
        w.edit(&ana, &seat, to("finance")).await.expect(200);
        let offered = json!({ "email": ben.email });
        let offered = w.post(&ana, &format!("{seat}/invitations"), offered).await.expect(201).id();
        assert_eq!(w.edit(&ana, &seat, to("residents")).await.expect(409).problem(), "wrong-phase");
        assert_eq!(act(w, &ben, &format!("/coalition-invitations/{offered}"), "acceptance").await, 200);
        assert_eq!(w.edit(&ana, &seat, to("residents")).await.expect(409).problem(), "wrong-phase");
        w.edit(&ana, &seat, to("finance")).await.expect(200);
        w.delete(&ana, &format!("{seat}/holder")).await.expect(204);
        w.edit(&ana, &seat, to("residents")).await.expect(200);
    }

    async fn nobody_speaks_or_invites_from_an_address_that_is_not_verified(w: &mut World) {
        let call = open_call(w).await;
        let (ana, coalition) = lawrence(w, &call).await;
        let path = format!("/coalitions/{coalition}");
        let seat = json!({ "sector": "public", "role": "Mayor" });
        let seat = w.post(&ana, &format!("{path}/seats"), seat).await.expect(201).id();
        let ben = w.person("Ben").await;
        let invitation = invited(w, &ana, coalition, &ben.email, "contributor").await;
        let link = format!("/invitations/{}", token(w, &ben.email, "coalition-invitation"));
        let newcomer = Newcomer { email: "new@people.example".into(), ..Newcomer::default() };
        let id = w.write(move |w| Ok(accounts::add(w, &newcomer, None, false)?.id));
        let nora = w.sign_in(id);
        let both = [ana.id, ben.id];
        w.write(move |w| {
            diesel::update(people::table.filter(people::id.eq_any(both)))
                .set(people::verified_at.eq(None::<civitas::platform::clock::Instant>))
                .execute(w.conn())?;
            Ok(())
        });
        let asked = json!({ "email": "x@people.example", "role": "contributor" });
        for (who, path, body) in [
            (&nora, format!("/competitions/{}/coalitions", call.competition), json!({
                "name": "L", "lead_organisation": "C", "places": [{ "place_id": call.chelsea }],
            })),
            (&nora, format!("{path}/join-requests"), json!({})),
            (&ana, format!("{path}/claims"), json!({ "place_id": call.chelsea })),
            (&ana, format!("{path}/invitations"), asked),
            (&ana, format!("/seats/{seat}/invitations"), json!({ "email": "x@people.example" })),
            (&ben, format!("{link}/acceptance"), Value::Null),
        ] {
            let refused = w.post(who, &path, body).await.expect(409);
            assert_eq!(refused.problem(), "address-not-verified", "{path}");
        }
        assert_eq!(act(w, &ben, &invitation, "acceptance").await, 404);
    }
}
