//! Who is told: whoever is a member when it is due, of a proposal that is still there.

use civitas::coalitions::model::{Member, MemberRole};
use civitas::coalitions::store as coalitions;
use civitas::platform::db::schema::{messages, people};
use civitas::platform::ids::CoalitionId;
use civitas::platform::outbox::MessageState;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::scene::{CHELSEA, HOLYOKE, LAWRENCE, PUBLIC, Scene, TOLD, letters, plain};
use crate::for_each_database;
use crate::world::{Actor, World};

fn joins(w: &World, s: &Scene, who: &Actor, city: usize) {
    let (coalition, person_id) = (CoalitionId(s.cities[city].coalition), who.id);
    w.write(move |w| {
        let member = Member {
            id: w.fresh_id(),
            coalition_id: coalition,
            person_id,
            role: MemberRole::Editor,
            sections: Vec::new(),
            joined_at: w.now(),
        };
        coalitions::insert_member(w, &member, None)
    });
}

fn leaves(w: &World, s: &Scene, who: &Actor, city: usize) {
    let (coalition, person) = (CoalitionId(s.cities[city].coalition), who.id);
    w.write(move |w| {
        let members = coalitions::live_members(w, coalition)?;
        let member = members.iter().find(|m| m.person_id == person).unwrap();
        coalitions::end_member(w, member.id, person, "")
    });
}

fn disable(w: &World, who: &Actor) {
    let id = who.id;
    w.write(move |w| {
        let now = w.now();
        diesel::update(people::table.find(id))
            .set(people::disabled_at.eq(Some(now)))
            .execute(w.conn())?;
        Ok(())
    });
}

fn moves(w: &World, who: &Actor, address: &'static str) {
    let id = who.id;
    w.write(move |w| {
        diesel::update(people::table.find(id))
            .set(people::email.eq(address))
            .execute(w.conn())?;
        Ok(())
    });
}

/// The announcement's letters get this state.
fn all_become(w: &World, state: MessageState) {
    w.write(move |w| {
        let letters = messages::table.filter(messages::kind.eq("announcement"));
        diesel::update(letters)
            .set(messages::state.eq(state))
            .execute(w.conn())?;
        Ok(())
    });
}

for_each_database! {
    async fn letters_go_to_those_who_are_members_when_it_is_due(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.decided(w).await;
        let (leaver, late, idle) = (w.person("Leo").await, w.person("Nora").await, w.person("Ida").await);
        joins(w, &s, &leaver, LAWRENCE);
        joins(w, &s, &idle, LAWRENCE);
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
        leaves(w, &s, &leaver, LAWRENCE);
        joins(w, &s, &late, LAWRENCE);
        disable(w, &idle);
        moves(w, &s.signatory, "sigrid@new.example");
        w.set_time(TOLD);
        s.tell(w);
        assert!(letters(w, "announcement", &leaver).is_empty(), "removed before it was due");
        assert!(letters(w, "announcement", &idle).is_empty(), "the account is disabled");
        let joined = letters(w, "announcement", &late);
        let told = letters(w, "announcement", &s.signatory);
        assert_eq!((joined.len(), told.len()), (1, 1));
        let words = |fields: &Value, name: &str| fields["body"].as_str().unwrap().replace(name, "you");
        assert_eq!(words(&joined[0].2, "nora"), words(&told[0].2, "sigrid"), "the same words");
        let mail = w.mail_to("sigrid@new.example").await;
        assert!(mail.iter().any(|mail| mail.subject.starts_with("An award")), "{}", mail.len());
    }

    async fn a_proposal_withdrawn_before_it_is_due_is_not_told_of(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.decided(w).await;
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
        s.withdraw(w, LAWRENCE);
        w.set_time(PUBLIC);
        s.tell(w);
        assert!(letters(w, "announcement", &s.signatory).is_empty());
        assert_eq!(letters(w, "announcement", &s.cities[CHELSEA].convenor).len(), 1);
        let told = w.get(&s.signatory, &s.told(LAWRENCE)).await.expect(200);
        assert!(told.items().is_empty(), "{told}");
        let offers = format!("/coalitions/{}/awards", s.cities[LAWRENCE].coalition);
        assert!(w.get(&s.signatory, &offers).await.expect(200).items().is_empty());
        let case = w.get(&s.officer, &s.case(LAWRENCE)).await.expect(200);
        assert_eq!(case.json["decision"]["told_at"], Value::Null);
        let budget = w.get(&s.officer, &s.path("budget")).await.expect(200);
        assert_eq!(budget.json["drawn"]["amount"], 0);
        assert_eq!(w.get(&s.cities[CHELSEA].convenor, &s.told(CHELSEA)).await.expect(200).items().len(), 1);
    }

    async fn dead_letters_of_an_announcement_are_sent_again_together(w: &mut World) {
        let s = Scene::deciding(w).await;
        let other = s.staff(w, "Otto", civitas::people::Role::Officer).await;
        s.decided(w).await;
        let id = s.confirm(w, TOLD, PUBLIC).await.expect(201).id();
        let path = format!("/announcements/{id}");
        w.set_time(TOLD);
        s.tell(w);
        let delivery = async |w: &World, who: &Actor| {
            w.get(who, &path).await.expect(200).json["delivery"].clone()
        };
        assert_eq!(delivery(w, &s.officer).await["waiting"], 4);
        all_become(w, MessageState::Dead);
        s.conflict(w, &other, LAWRENCE);
        assert_eq!(delivery(w, &other).await["dead"], 2, "a conflict closes this door too");
        leaves(w, &s, &s.cities[HOLYOKE].convenor, HOLYOKE);
        let resend = format!("{path}/resend");
        let some = w.post(&other, &resend, Value::Null).await.expect(200);
        assert_eq!(some.json["resent"], 1, "nobody who left");
        let rest = w.post(&s.officer, &resend, Value::Null).await.expect(200);
        assert_eq!(rest.json["resent"], 2);
        let now = delivery(w, &s.officer).await;
        assert_eq!((&now["waiting"], &now["dead"]), (&json!(3), &json!(1)));
    }

    async fn nobody_advances_to_a_stage_that_has_closed(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.decide(w, &s.officer, LAWRENCE, plain("advance")).await.expect(200);
        s.decide(w, &s.officer, CHELSEA, plain("not_selected")).await.expect(200);
        s.decide(w, &s.officer, HOLYOKE, plain("not_selected")).await.expect(200);
        w.post(&s.officer, &s.path("releases"), Value::Null).await.expect(200);
        let digest = s.preview(w).await.json["digest"].clone();
        let late = json!({"digest": digest, "told_at": "2026-09-01T21:00:00Z"});
        let refused = w.post(&s.fresh(w), &s.path("announcements"), late).await.expect(422);
        assert_eq!(refused.json["errors"][0]["pointer"], "/told_at");
        w.set_time("2026-09-02T00:00:00Z");
        let fresh = w.sign_in(s.officer.id);
        let preview = w.post(&fresh, &s.path("announcement-previews"), Value::Null).await.expect(200);
        assert_eq!(preview.json["blockers"][0]["kind"], "next_stage_not_open");
        assert_eq!(preview.json["blockers"][0]["coalition"], s.cities[LAWRENCE].coalition);
    }

    async fn those_told_read_that_the_stage_is_told(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.decided(w).await;
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
        w.set_time(TOLD);
        let stranger = w.person("Stan").await;
        let stage = format!("/stages/{}", s.stage);
        for (who, phase) in [(&s.signatory, "told"), (&stranger, "deciding"), (&s.officer, "told")] {
            assert_eq!(w.get(who, &stage).await.expect(200).json["phase"], phase);
        }
    }
}
