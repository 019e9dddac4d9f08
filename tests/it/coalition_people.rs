//! Who is in a coalition: invitations, roles, handover, seats, and to whom it is closed.

use civitas::coalitions::doors;
use civitas::people::Role;
use civitas::platform::db::schema::{audit_log, messages};
use civitas::platform::ids::CoalitionId;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::coalitions::{
    fields, joined, lawrence, letters, member_id, membership, open_call, tick, token,
};
use crate::for_each_database;
use crate::world::{Actor, Nobody, World};

/// Invites an address; gives the invitation's path.
pub async fn invited(w: &World, by: &Actor, coalition: i64, email: &str, role: &str) -> String {
    tick(w);
    let path = format!("/coalitions/{coalition}/invitations");
    let reply = w
        .post(by, &path, json!({ "email": email, "role": role }))
        .await
        .expect(201);
    format!("/coalition-invitations/{}", reply.id())
}

pub async fn act(w: &World, who: &Actor, path: &str, act: &str) -> u16 {
    tick(w);
    w.post(who, &format!("{path}/{act}"), Value::Null)
        .await
        .status
}

for_each_database! {
    async fn an_invitation_is_accepted_from_ones_list_or_by_its_link(w: &mut World) {
        let call = open_call(w).await;
        let (ana, coalition) = lawrence(w, &call).await;
        let (ben, cora) = (w.person("Ben").await, w.person("Cora").await);
        let path = format!("/coalitions/{coalition}");

        let invitation = invited(w, &ana, coalition, "BEN@people.example", "editor").await;
        let told = fields(w, &ben.email, "coalition-invitation");
        assert_eq!((&told["inviter"], &told["places"]), (&json!(ana.email), &json!("Lawrence")));
        assert!(!told.to_string().contains("Working Cities\""), "no free text: {told}");
        w.get(&ben, &path).await.expect(404);
        w.get(&ben, &invitation).await.expect(404);
        assert_eq!(act(w, &cora, &invitation, "acceptance").await, 404);
        let mine = w.get(&ben, "/me/invitations").await.expect(200);
        assert_eq!(mine.items()[0]["coalition"], "Lawrence Working Cities");
        assert_eq!(w.get(&cora, "/me/invitations").await.expect(200).items().len(), 0);
        assert_eq!(act(w, &ben, &invitation, "acceptance").await, 200);
        assert_eq!(act(w, &ben, &invitation, "acceptance").await, 409);
        assert_eq!(w.get(&ben, &path).await.expect(200).json["your_role"], "editor");
        assert_eq!(letters(w, &ana.email).last().unwrap(), "invitation-accepted");

        invited(w, &ana, coalition, &cora.email, "signatory").await;
        let link = format!("/invitations/{}", token(w, &cora.email, "coalition-invitation"));
        let page = w.ask_page(actix_web::http::Method::GET, &link).send().await.expect(200).text();
        for said in [&ana.email, "Lawrence", "signatory"] {
            assert!(page.contains(said), "{said} in {page}");
        }
        assert_eq!(w.post(&Nobody, &format!("{link}/acceptance"), Value::Null).await.status, 401);
        assert_eq!(act(w, &cora, &link, "acceptance").await, 200);
        assert_eq!(act(w, &cora, &link, "acceptance").await, 409);
        assert_eq!(w.get(&cora, &path).await.expect(200).json["your_role"], "signatory");
        assert_eq!(act(w, &cora, "/invitations/nonsense", "acceptance").await, 404);
        let of_signatory = w.get(&cora, &format!("{path}/invitations")).await;
        assert_eq!(of_signatory.status, 403);
        let ask = json!({ "email": "x@people.example", "role": "editor" });
        w.post(&cora, &format!("{path}/invitations"), ask).await.expect(403);
    }

    async fn another_address_needs_the_inviters_confirmation(w: &mut World) {
        let call = open_call(w).await;
        let (ana, coalition) = lawrence(w, &call).await;
        let (ben, cora) = (w.person("Ben").await, w.person("Cora").await);
        let path = format!("/coalitions/{coalition}");
        for (who, answer) in [(&ben, "confirmed"), (&cora, "revoked")] {
            let office = format!("office.{answer}@schools.example");
            let invitation = invited(w, &ana, coalition, &office, "editor").await;
            let link = format!("/invitations/{}", token(w, &office, "coalition-invitation"));
            assert_eq!(act(w, who, &link, "acceptance").await, 200);
            w.get(who, &path).await.expect(404);
            let mine = w.get(who, "/me/invitations").await.expect(200);
            assert_eq!(mine.items()[0]["state"], "accepted_elsewhere");
            let asks = fields(w, &ana.email, "invitation-accepted-elsewhere");
            assert_eq!(asks["address"], who.email);
            let shown = w.get(&ana, &invitation).await.expect(200);
            assert_eq!(shown.json["accepted_by"]["email"], who.email);
            assert_eq!(act(w, who, &invitation, "confirmation").await, 404);
            if answer == "confirmed" {
                assert_eq!(act(w, &ana, &invitation, "confirmation").await, 200);
                assert_eq!(act(w, &ana, &invitation, "confirmation").await, 409);
                w.get(who, &path).await.expect(200);
            } else {
                w.delete(&ana, &invitation).await.expect(204);
                w.get(who, &path).await.expect(404);
            }
            assert_eq!(letters(w, &who.email), [format!("invitation-{answer}")]);
        }
    }

    async fn invitations_can_be_declined_and_called_back(w: &mut World) {
        let call = open_call(w).await;
        let (ana, coalition) = lawrence(w, &call).await;
        let ben = w.person("Ben").await;
        let path = format!("/coalitions/{coalition}/invitations");
        let ask = |email: &str, role: &str| json!({ "email": email, "role": role });

        let first = invited(w, &ana, coalition, &ben.email, "editor").await;
        let again = w.post(&ana, &path, ask(&ben.email, "signatory")).await.expect(409);
        assert_eq!(again.problem(), "already-there");
        assert_eq!(act(w, &ben, &first, "refusal").await, 200);
        assert_eq!(letters(w, &ana.email).last().unwrap(), "invitation-declined");
        w.delete(&ana, &first).await.expect(409);

        let second = invited(w, &ana, coalition, &ben.email, "editor").await;
        let link = format!("/invitations/{}", token(w, &ben.email, "coalition-invitation"));
        w.delete(&ana, &second).await.expect(204);
        assert_eq!(act(w, &ben, &link, "acceptance").await, 409);
        assert_eq!(act(w, &ben, &second, "acceptance").await, 409);
        assert_eq!(w.get(&ben, "/me/invitations").await.expect(200).items().len(), 0);
        let states: Vec<Value> = w.get(&ana, &path).await.expect(200).items().iter().map(|one| one["state"].clone()).collect();
        assert_eq!(states, ["declined", "revoked"]);

        w.post(&ana, &path, ask("nobody", "editor")).await.expect(422);
        w.post(&ana, &path, ask("a@b.example", "convenor")).await.expect(422);
        let sections = json!({ "email": "a@b.example", "role": "editor", "sections": ["summary"] });
        w.post(&ana, &path, sections).await.expect(422);
        w.post(&ana, &path, ask(&ana.email, "editor")).await.expect(409);
        w.post(&ben, &path, ask("a@b.example", "editor")).await.expect(404);
        // Called back, an invitation stays counted: nobody is mailed by the dozen.
        for _ in 0..5 {
            let once = invited(w, &ana, coalition, "stranger@b.example", "editor").await;
            w.delete(&ana, &once).await.expect(204);
        }
        let again = w.post(&ana, &path, ask("stranger@b.example", "editor")).await.expect(409);
        assert_eq!(again.problem(), "quota-used-up");
        for at in 0..93 {
            w.post(&ana, &path, ask(&format!("n{at}@b.example"), "editor")).await.expect(201);
        }
        let full = w.post(&ana, &path, ask("n100@b.example", "editor")).await.expect(409);
        assert_eq!(full.problem(), "quota-used-up");
        let page = w.get(&ana, &format!("{path}?limit=60")).await.expect(200);
        let next = format!("{path}?limit=60&cursor={}", page.json["next"].as_str().unwrap());
        assert_eq!(w.get(&ana, &next).await.expect(200).items().len(), 40);
    }

    async fn a_removed_member_loses_access_at_once(w: &mut World) {
        let call = open_call(w).await;
        let (ana, coalition) = lawrence(w, &call).await;
        let (ben, cora) = (w.person("Ben").await, w.person("Cora").await);
        let path = format!("/coalitions/{coalition}");
        let bens = joined(w, &ana, coalition, &ben, "editor").await;
        let coras = joined(w, &ana, coalition, &cora, "contributor").await;
        let anas = membership(w, &ana, coalition, &ana).await;

        let part = json!({ "role": "contributor", "sections": ["summary", "summary"] });
        let without = w.ask(&ana, actix_web::http::Method::PUT, &coras).json(&part).send().await;
        assert_eq!(without.status, 428);
        let before = w.get(&ana, &coras).await.expect(200);
        w.put(&ben, &coras, &before.etag(), part.clone()).await.expect(403);
        let changed = w.put(&ana, &coras, &before.etag(), part.clone()).await.expect(200);
        assert_eq!(changed.json["sections"], json!(["summary"]));
        w.put(&ana, &coras, &before.etag(), part.clone()).await.expect(412);
        assert_eq!(letters(w, &cora.email).last().unwrap(), "member-changed");
        w.edit(&ana, &coras, |_| json!({ "role": "contributor", "sections": ["nowhere"] })).await.expect(422);
        w.edit(&ana, &anas, |_| json!({ "role": "editor" })).await.expect(409);

        w.delete(&ben, &coras).await.expect(403);
        w.delete(&ana, &anas).await.expect(409);
        assert!(w.unsent_about(coalition, &cora).contains(&"member-changed".to_owned()));
        w.delete(&ana, &coras).await.expect(204);
        assert_eq!(w.unsent_about(coalition, &cora), ["member-removed"], "nothing else leaves");
        for gone in [&path, &format!("{path}/members"), &coras, &bens] {
            w.get(&cora, gone).await.expect(404);
        }
        assert_eq!(letters(w, &cora.email).last().unwrap(), "member-removed");
        w.delete(&ben, &bens).await.expect(204);
        w.get(&ben, &path).await.expect(404);
        assert_eq!(letters(w, &ana.email).last().unwrap(), "member-left");
        assert_eq!(w.get(&ana, &format!("{path}/members")).await.expect(200).items().len(), 1);
        joined(w, &ana, coalition, &cora, "editor").await;
        w.get(&cora, &path).await.expect(200);
    }

    async fn the_convenors_part_is_handed_over_with_the_others_acceptance(w: &mut World) {
        let call = open_call(w).await;
        let (ana, coalition) = lawrence(w, &call).await;
        let (ben, cora) = (w.person("Ben").await, w.person("Cora").await);
        let path = format!("/coalitions/{coalition}");
        let bens = joined(w, &ana, coalition, &ben, "signatory").await;
        let coras = joined(w, &ana, coalition, &cora, "editor").await;
        let handovers = format!("{path}/handovers");
        let to = |member: &str| json!({ "member_id": member_id(member) });

        w.post(&cora, &handovers, to(&bens)).await.expect(403);
        w.post(&ana, &handovers, json!({ "member_id": 1 })).await.expect(422);
        let offer = w.post(&ana, &handovers, to(&bens)).await.expect(201);
        w.post(&ana, &handovers, to(&coras)).await.expect(409);
        let offer = format!("/handovers/{}", offer.id());
        assert_eq!(letters(w, &ben.email).last().unwrap(), "handover-offered");
        assert_eq!(act(w, &cora, &offer, "acceptance").await, 403);
        assert_eq!(act(w, &ben, &offer, "refusal").await, 200);
        assert_eq!(act(w, &ben, &offer, "acceptance").await, 409);
        assert_eq!(letters(w, &ana.email).last().unwrap(), "handover-declined");

        let offer = w.post(&ana, &handovers, to(&bens)).await.expect(201).id();
        tick(w);
        w.delete(&ana, &format!("/handovers/{offer}")).await.expect(204);
        assert_eq!(letters(w, &ben.email).last().unwrap(), "handover-called-back");
        let offer = w.post(&ana, &handovers, to(&bens)).await.expect(201).id();
        assert_eq!(act(w, &ben, &format!("/handovers/{offer}"), "acceptance").await, 200);
        for who in [&ana, &ben, &cora] {
            assert_eq!(letters(w, &who.email).last().unwrap(), "handover-accepted");
        }
        assert_eq!(w.get(&ben, &path).await.expect(200).json["your_role"], "convenor");
        assert_eq!(w.get(&ana, &path).await.expect(200).json["your_role"], "editor");

        let appointments = format!("{path}/convenor-appointments");
        let appointed = json!({ "member_id": member_id(&coras), "reason": "Ben can't be reached." });
        w.post(&ana, &appointments, appointed.clone()).await.expect(403);
        let asa = w.person("Asa").await;
        w.grant(&asa, Role::Assistant, call.competition);
        w.post(&asa, &appointments, appointed.clone()).await.expect(403);
        let silent = json!({ "member_id": member_id(&coras), "reason": "" });
        w.post(&call.olive, &appointments, silent).await.expect(422);
        w.post(&call.olive, &appointments, appointed).await.expect(201);
        for who in [&ana, &ben, &cora] {
            let told = fields(w, &who.email, "convenor-appointed");
            assert_eq!(told["reason"], "Ben can't be reached.");
        }
        let roles: Vec<Value> = w.get(&cora, &format!("{path}/members")).await.expect(200).items().iter().map(|one| one["role"].clone()).collect();
        assert_eq!(roles, ["editor", "editor", "convenor"]);
        assert_eq!(w.get(&cora, &handovers).await.expect(200).items().len(), 4);
    }

    async fn seats_are_filled_by_acceptance_one_for_each_person(w: &mut World) {
        let call = open_call(w).await;
        let (ana, coalition) = lawrence(w, &call).await;
        let (ben, cora) = (w.person("Ben").await, w.person("Cora").await);
        let path = format!("/coalitions/{coalition}");
        let seats = format!("{path}/seats");
        let mut made = Vec::new();
        for (sector, role) in [("residents", "Tenant organiser"), ("public", "Mayor"), ("finance", "CDFI lender")] {
            let seat = json!({ "sector": sector, "role": role, "jurisdiction": "city" });
            made.push(format!("/seats/{}", w.post(&ana, &seats, seat).await.expect(201).id()));
        }
        w.post(&ana, &seats, json!({ "sector": "lobby", "role": "x" })).await.expect(422);
        let ask = |who: &Actor| json!({ "email": who.email });
        let invite = |seat: &String| format!("{seat}/invitations");

        w.post(&ana, &invite(&made[1]), ask(&ana)).await.expect(201);
        assert_eq!(w.get(&ana, &made[1]).await.expect(200).json["state"], "filled");
        let twice = w.post(&ana, &invite(&made[0]), ask(&ana)).await.expect(409);
        assert_eq!(twice.problem(), "already-there");
        assert_eq!(w.get(&ana, &made[0]).await.expect(200).json["state"], "empty");

        let offered = w.post(&ana, &invite(&made[0]), ask(&ben)).await.expect(201).id();
        w.post(&ana, &invite(&made[0]), ask(&cora)).await.expect(409);
        let coverage = w.get(&ana, &format!("{path}/coverage")).await.expect(200);
        assert_eq!(coverage.json["lacking"], json!(["residents", "business"]));
        let residents = &coverage.json["sectors"][0];
        assert_eq!((&residents["invited"], &residents["joined"]), (&json!(1), &json!(0)));
        let closed = |person| move |w: &mut civitas::platform::db::Writes<'_>| doors::is_closed(w, person, CoalitionId(coalition));
        assert!(!w.write(closed(ben.id)), "an unaccepted seat closes nothing");
        assert_eq!(act(w, &ben, &format!("/coalition-invitations/{offered}"), "acceptance").await, 200);
        assert!(w.write(closed(ben.id)));
        let seat = w.get(&ben, &made[0]).await.expect(200);
        assert_eq!((&seat.json["state"], &seat.json["person"]["email"]), (&json!("filled"), &json!(ben.email)));
        assert_eq!(w.get(&ben, &path).await.expect(200).json["your_role"], "contributor");

        let second = w.post(&ana, &invite(&made[2]), ask(&ben)).await.expect(201).id();
        assert_eq!(act(w, &ben, &format!("/coalition-invitations/{second}"), "acceptance").await, 409);
        assert_eq!(act(w, &ben, &format!("/coalition-invitations/{second}"), "refusal").await, 200);
        assert_eq!(w.get(&ben, &made[2]).await.expect(200).json["state"], "declined");

        let described = json!({ "sector": "finance", "role": "Banker", "holder_name": "Dana Doe" });
        w.put(&ben, &made[2], "\"x\"", described.clone()).await.expect(403);
        w.put(&ana, &made[2], "\"x\"", described.clone()).await.expect(412);
        let changed = w.edit(&ana, &made[2], |_| described).await.expect(200);
        assert_eq!(changed.json["holder_name"], "Dana Doe");
        w.delete(&ben, &made[2]).await.expect(403);
        w.delete(&ana, &made[2]).await.expect(204);
        w.get(&ana, &made[2]).await.expect(404);
        tick(w);
        w.delete(&ben, &format!("{}/holder", made[0])).await.expect(204);
        assert_eq!(letters(w, &ana.email).last().unwrap(), "seat-left");
        w.delete(&ana, &format!("{}/holder", made[0])).await.expect(409);
        let bens = membership(w, &ana, coalition, &ben).await;
        w.delete(&ana, &bens).await.expect(204);
        assert!(!w.write(closed(ben.id)));
    }

    async fn an_amendment_is_sent_to_every_member_once(w: &mut World) {
        let call = open_call(w).await;
        let (ana, coalition) = lawrence(w, &call).await;
        let (ben, cora) = (w.person("Ben").await, w.person("Cora").await);
        joined(w, &ana, coalition, &ben, "editor").await;
        call.found(w, &ana, "Chelsea too", call.chelsea).await.expect(201);
        let path = format!("/competitions/{}/amendments", call.competition);
        let body = json!({ "body": "The deadline stays; question 3 is optional." });
        w.post(&ana, &path, body.clone()).await.expect(403);
        w.post(&call.olive, &path, json!({ "body": " " })).await.expect(422);
        w.post(&call.olive, &path, body).await.expect(201);
        for (who, sent) in [(&ana, 1), (&ben, 1), (&cora, 0)] {
            let got = letters(w, &who.email).iter().filter(|kind| *kind == "amendment-published").count();
            assert_eq!(got, sent, "{}", who.email);
        }
        let listed = w.get(&Nobody, &path).await.expect(200);
        assert_eq!(listed.items()[0]["number"], 1);
    }

    async fn names_change_under_their_version_and_strangers_see_nothing(w: &mut World) {
        let call = open_call(w).await;
        let (ana, coalition) = lawrence(w, &call).await;
        let path = format!("/coalitions/{coalition}");
        let names = json!({ "name": "Lawrence Partnership", "lead_organisation": "Community Works", "fiscal_agent": "City of Lawrence" });
        let renamed = w.edit(&ana, &path, |_| names.clone()).await.expect(200);
        assert_eq!(renamed.json["fiscal_agent"], "City of Lawrence");
        let stale = w.put(&ana, &path, "\"old\"", names.clone()).await.expect(412);
        assert!(stale.text().contains("Lawrence Partnership"));
        w.edit(&ana, &path, |_| json!({ "name": "", "lead_organisation": "" })).await.expect(422);
        w.put(&call.olive, &path, "\"old\"", names).await.expect(403);
        let stranger = w.person("Stan").await;
        for door in ["", "/members", "/seats", "/handovers", "/coverage", "/invitations", "/join-requests"] {
            w.get(&stranger, &format!("{path}{door}")).await.expect(404);
            w.get(&Nobody, &format!("{path}{door}")).await.expect(401);
        }
        let own = w.get(&stranger, &format!("/competitions/{}/coalitions", call.competition)).await.expect(200);
        assert_eq!(own.items().len(), 0);
    }

    async fn every_act_leaves_a_trace_without_personal_data(w: &mut World) {
        let call = open_call(w).await;
        let (ana, coalition) = lawrence(w, &call).await;
        let ben = w.person("Ben").await;
        let bens = joined(w, &ana, coalition, &ben, "editor").await;
        w.delete(&ana, &bens).await.expect(204);
        let rows: Vec<(String, String)> = w.write(move |w| {
            Ok(audit_log::table
                .filter(audit_log::coalition_id.eq(CoalitionId(coalition)))
                .select((audit_log::act, audit_log::detail))
                .load(w.conn())?)
        });
        let mut acts: Vec<&str> = rows.iter().map(|(act, _)| act.as_str()).collect();
        acts.sort_unstable();
        assert_eq!(acts, ["claim.made", "coalition.founded", "invitation.accepted", "invitation.sent", "member.removed"]);
        for (_, detail) in &rows {
            assert!(!detail.contains('@'), "{detail}");
        }
        let mails: i64 = w.write(move |w| {
            Ok(messages::table
                .filter(messages::coalition_id.is_null())
                .filter(messages::kind.ne("account-made"))
                .count()
                .get_result(w.conn())?)
        });
        assert_eq!(mails, 0, "each letter says which coalition it is about");
    }
}
