//! What officers and administrators see of mail, and mail that came back.

use civitas::coalitions::model::{Member, MemberRole};
use civitas::coalitions::store::insert_member;
use civitas::people::{Role, Scope};
use civitas::platform::db::schema::api_tokens;
use civitas::platform::ids::{CoalitionId, CompetitionId, MessageId};
use civitas::platform::mail::store as queue;
use civitas::platform::outbox::{Letter, MessageState};
use diesel::prelude::*;
use serde_json::{Value, json};

use super::{address, letter};
use crate::for_each_database;
use crate::world::{Actor, Nobody, Reply, World};

fn report(about: MessageId, status: &str) -> String {
    format!(
        "From: MAILER-DAEMON@example.org\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; example.org\r\n\r\n\
         Final-Recipient: rfc822; a@example.org\r\nAction: failed\r\nStatus: {status}\r\n\r\n\
         --b\r\nContent-Type: message/rfc822\r\n\r\n\
         Message-ID: <civitas-{about}@grants.example.org>\r\nSubject: x\r\n\r\nx\r\n--b--\r\n"
    )
}

impl World {
    async fn hand_in(&self, who: &Actor, eml: String) -> Reply {
        self.ask(who, actix_web::http::Method::POST, "/bounces")
            .body("message/rfc822", eml)
            .send()
            .await
    }

    /// A personal token of one scope.
    fn api_token(&self, who: &Actor, scope: Scope) -> String {
        let (person, token) = (who.id, format!("civ_{scope}"));
        let hash = civitas::platform::digest::sha256_hex(&token);
        self.write(move |w| {
            let (id, now) = (w.fresh_id::<i64>(), w.now());
            diesel::insert_into(api_tokens::table)
                .values((
                    api_tokens::id.eq(id),
                    api_tokens::person_id.eq(person),
                    api_tokens::name.eq("a token"),
                    api_tokens::scopes.eq(serde_json::to_string(&[scope])?),
                    api_tokens::token_hash.eq(&hash),
                    api_tokens::created_at.eq(now),
                    api_tokens::expires_at.eq(now.plus_days(1)),
                ))
                .execute(w.conn())?;
            Ok(())
        });
        token
    }

    /// A letter of this competition that came back.
    async fn dead_letter(
        &self,
        admin: &Actor,
        key: &str,
        of: (CompetitionId, CoalitionId),
    ) -> MessageId {
        let id = self.post_letter(Letter {
            competition: Some(of.0),
            coalition: Some(of.1),
            ..letter(address("a@example.org"), key)
        });
        self.run_jobs().await;
        self.hand_in(admin, report(id, "5.1.1")).await.expect(200);
        id
    }
}

fn ids(reply: &Reply) -> Vec<i64> {
    reply
        .items()
        .iter()
        .filter_map(|item| item["id"].as_i64())
        .collect()
}

for_each_database! {
    async fn officers_see_the_dead_letters_of_their_competitions_only(w: &mut World) {
        let admin = w.administrator("Ada").await;
        let (mine, other) = (w.bare_coalition(admin.id.0), w.bare_coalition(admin.id.0));
        let (officer, assistant, funder) = (w.person("Olive").await, w.person("Asa").await, w.person("Fay").await);
        w.grant(&officer, Role::Officer, mine.0.0);
        w.grant(&assistant, Role::Assistant, mine.0.0);
        w.grant(&funder, Role::Funder, mine.0.0);
        let first = w.dead_letter(&admin, "1", mine).await;
        let second = w.dead_letter(&admin, "2", other).await;
        for who in [&officer, &assistant] {
            assert_eq!(ids(&w.get(who, "/messages").await.expect(200)), [first.0]);
        }
        assert_eq!(ids(&w.get(&admin, "/messages").await.expect(200)).len(), 2);
        assert_eq!(ids(&w.get(&admin, &format!("/messages?competition={}", other.0)).await.expect(200)), [second.0]);
        assert!(ids(&w.get(&officer, &format!("/messages?competition={}", other.0)).await.expect(200)).is_empty());
        w.get(&funder, "/messages").await.expect(403);
        w.get(&Nobody, "/messages").await.expect(401);
        w.get(&officer, "/messages?state=sent").await.expect(400);

        w.post(&officer, &format!("/messages/{second}/resend"), json!({})).await.expect(404);
        w.post(&assistant, &format!("/messages/{first}/resend"), json!({})).await.expect(403);
        let sent = w.post(&officer, &format!("/messages/{first}/resend"), json!({})).await.expect(200);
        assert_eq!(sent.json["state"], "queued");
        assert_eq!(w.run_jobs().await.len(), 1);
        let again = w.post(&officer, &format!("/messages/{first}/resend"), json!({})).await.expect(409);
        assert_eq!(again.problem(), "already-there");
    }

    async fn a_conflict_closes_the_outbox_too(w: &mut World) {
        let admin = w.administrator("Ada").await;
        let of = w.bare_coalition(admin.id.0);
        let officer = w.person("Olive").await;
        w.grant(&officer, Role::Officer, of.0.0);
        let id = w.dead_letter(&admin, "1", of).await;
        for person in [officer.id, admin.id] {
            w.write(move |w| {
                let member = Member {
                    id: w.fresh_id(),
                    coalition_id: of.1,
                    person_id: person,
                    role: MemberRole::Editor,
                    sections: Vec::new(),
                    joined_at: w.now(),
                };
                insert_member(w, &member, None)
            });
        }
        for who in [&officer, &admin] {
            assert!(ids(&w.get(who, "/messages").await.expect(200)).is_empty());
            let hidden = w.post(who, &format!("/messages/{id}/resend"), json!({})).await.expect(404);
            let absent = w.post(who, "/messages/12/resend", json!({})).await.expect(404);
            assert_eq!(hidden.json["detail"], absent.json["detail"]);
        }
    }

    async fn pages_follow_each_other(w: &mut World) {
        let admin = w.administrator("Ada").await;
        let of = w.bare_coalition(admin.id.0);
        let mut all = Vec::new();
        for n in 0..5 {
            all.push(w.dead_letter(&admin, &n.to_string(), of).await.0);
        }
        let mut seen = Vec::new();
        let mut path = "/messages?limit=2".to_owned();
        loop {
            let page = w.get(&admin, &path).await.expect(200);
            seen.extend(ids(&page));
            let Some(next) = page.json["next"].as_str() else { break };
            path = format!("/messages?limit=2&cursor={next}");
        }
        seen.sort_unstable();
        all.sort_unstable();
        assert_eq!(seen, all);
    }

    async fn reports_are_taken_from_those_who_may_hand_them_in(w: &mut World) {
        let (admin, ana) = (w.administrator("Ada").await, w.person("Ana").await);
        let id = w.post_letter(letter(address("a@example.org"), "a"));
        w.run_jobs().await;
        w.hand_in(&ana, report(id, "5.1.1")).await.expect(403);
        w.hand_in(&admin, "Subject: hi\r\n\r\nhello".into()).await.expect(422);
        w.hand_in(&admin, report(MessageId(12), "5.1.1")).await.expect(404);
        w.post(&admin, "/bounces", json!({})).await.expect(415);
        let delay = report(id, "4.4.1").replace("Action: failed", "Action: delayed");
        let delayed = w.hand_in(&admin, delay).await.expect(200);
        assert_eq!(delayed.json["permanent"], json!(false));
        assert_eq!(w.fate(id).0, MessageState::Sent);
        let failed = w.hand_in(&admin, report(id, "5.1.1")).await.expect(200);
        assert_eq!(failed.json, json!({"message": id, "status": "5.1.1", "permanent": true}));
        assert_eq!(w.fate(id).0, MessageState::Dead);
        w.hand_in(&admin, report(id, "5.1.1")).await.expect(200);
    }

    async fn a_report_that_comes_twice_does_not_stop_what_is_sent_again(w: &mut World) {
        let admin = w.administrator("Ada").await;
        let id = w.post_letter(letter(address("a@example.org"), "a"));
        w.run_jobs().await;
        w.hand_in(&admin, report(id, "4.4.7")).await.expect(200);
        assert_eq!(w.fate(id).0, MessageState::Dead, "given up is given up, whatever the class");
        w.post(&admin, &format!("/messages/{id}/resend"), json!({})).await.expect(200);
        w.hand_in(&admin, report(id, "4.4.7")).await.expect(200);
        assert_eq!(w.fate(id).0, MessageState::Queued);
        assert_eq!(w.run_jobs().await.len(), 1);
    }

    async fn officers_hear_once_a_day_of_letters_that_died(w: &mut World) {
        let admin = w.administrator("Ada").await;
        let of = w.bare_coalition(admin.id.0);
        let officer = w.person("Olive").await;
        w.grant(&officer, Role::Officer, of.0.0);
        let told = async |w: &World| {
            w.write(civitas::app::tell_of_dead_letters);
            let mail = w.mail_to(&officer.email).await;
            mail.into_iter().filter(|mail| mail.subject.starts_with("E-mails that")).collect::<Vec<_>>()
        };
        assert!(told(w).await.is_empty());
        w.dead_letter(&admin, "1", of).await;
        w.dead_letter(&admin, "2", of).await;
        let first = told(w).await;
        assert_eq!(first.len(), 1);
        assert!(first[0].text.contains("How many: 2"), "{}", first[0].text);
        w.clock.advance(std::time::Duration::from_secs(3600));
        w.dead_letter(&admin, "3", of).await;
        assert!(told(w).await.is_empty(), "not twice a day");
        w.clock.advance(std::time::Duration::from_secs(24 * 3600));
        let second = told(w).await;
        assert!(second[0].text.contains("How many: 1"), "{}", second[0].text);
        w.clock.advance(std::time::Duration::from_secs(24 * 3600));
        assert!(told(w).await.is_empty());
    }

    async fn a_token_for_reports_opens_nothing_else(w: &mut World) {
        let admin = w.administrator("Ada").await;
        let id = w.post_letter(letter(address("a@example.org"), "a"));
        w.run_jobs().await;
        let tokens = |scope: Scope| Actor { token: w.api_token(&admin, scope), ..admin.clone() };
        let (for_reports, for_writing) = (tokens(Scope::Bounces), tokens(Scope::Write));
        w.hand_in(&for_writing, report(id, "5.1.1")).await.expect(403);
        w.hand_in(&for_reports, report(id, "5.1.1")).await.expect(200);
        w.get(&for_reports, "/messages").await.expect(403);
        w.post(&for_reports, &format!("/messages/{id}/resend"), json!({})).await.expect(403);
    }

    async fn a_pause_is_seen_and_ended_by_those_in_charge(w: &mut World) {
        let (admin, ana) = (w.administrator("Ada").await, w.person("Ana").await);
        assert_eq!(w.get(&admin, "/mail-queue").await.expect(200).json["paused"], Value::Null);
        w.delete(&admin, "/mail-queue/pause").await.expect(404);
        w.write(|w| { let now = w.now(); queue::hold(w, now, now.plus_hours(1), "refused") });
        w.post_letter(letter(address("a@example.org"), "a"));
        assert!(w.run_jobs().await.is_empty());
        let seen = w.get(&admin, "/mail-queue").await.expect(200);
        assert_eq!(seen.json["paused"]["reason"], "refused");
        w.get(&ana, "/mail-queue").await.expect(403);
        w.delete(&ana, "/mail-queue/pause").await.expect(403);
        w.delete(&admin, "/mail-queue/pause").await.expect(204);
        assert_eq!(w.run_jobs().await.len(), 1);
    }
}
