//! Previewing, confirming, calling back; what is told, and what is not before it is due.

use actix_web::http::Method;
use civitas::platform::clock::Instant;
use civitas::platform::ids::{CoalitionId, StageId};
use civitas::proposals::store as proposals;
use serde_json::{Value, json};

use super::scene::{CHELSEA, DECIDING, HOLYOKE, LAWRENCE, PUBLIC, Scene, TOLD, letters, plain};
use crate::for_each_database;
use crate::world::{Actor, Nobody, World};

/// Everything that a coalition or the public can read and that an announcement may change.
async fn audience(w: &World, s: &Scene) -> Vec<Vec<u8>> {
    let mut seen = Vec::new();
    for (city, of) in s.cities.iter().enumerate() {
        let coalition = of.coalition;
        for path in [
            s.told(city),
            format!("/coalitions/{coalition}/awards"),
            format!("/stages/{}", s.stage),
            format!("/stages/{}", s.next_stage),
            format!("/competitions/{}", s.competition),
            format!("/competitions/{}/stages", s.competition),
        ] {
            seen.push(read(w, Some(&of.convenor), &path).await);
        }
    }
    for path in [
        "/awards".to_owned(),
        format!("/competitions/{}/awards", s.competition),
    ] {
        seen.push(read(w, None, &path).await);
    }
    seen
}

async fn read(w: &World, who: Option<&Actor>, path: &str) -> Vec<u8> {
    let reply = match who {
        Some(who) => w.get(who, path).await,
        None => w.get(&Nobody, path).await,
    };
    let etag = reply.etag();
    let mut bytes = reply.bytes;
    bytes.extend(etag.into_bytes());
    bytes
}

for_each_database! {
    async fn it_takes_effect_at_its_two_times_at_once_and_whole(w: &mut World) {
        let s = Scene::deciding(w).await;
        let before = audience(w, &s).await;
        s.decided(w).await;
        assert!(audience(w, &s).await == before, "recording changes nothing for anyone");
        let confirmed = s.confirm(w, TOLD, PUBLIC).await.expect(201);
        assert_eq!(confirmed.json["decisions"], 3);
        assert_eq!(confirmed.json["messages"], 4);
        assert!(audience(w, &s).await == before, "confirming changes nothing for anyone");
        w.set_time("2026-06-10T12:59:59.999999Z");
        assert!(audience(w, &s).await == before, "nor does the last moment before");
        s.tell(w);
        for of in &s.cities {
            assert!(letters(w, "announcement", &of.convenor).is_empty(), "nothing is due");
        }
        w.set_time(TOLD);
        s.tell(w);
        s.tell(w);
        for of in &s.cities {
            let sent = letters(w, "announcement", &of.convenor);
            assert_eq!(sent.len(), 1);
            assert_eq!(sent[0].1, Instant::parse(TOLD).unwrap());
        }
        let outcomes = ["award", "waitlist", "not_selected"];
        for ((city, of), outcome) in s.cities.iter().enumerate().zip(outcomes) {
            let told = w.get(&of.convenor, &s.told(city)).await.expect(200);
            assert_eq!(told.items()[0]["outcome"], outcome);
            assert!(!told.text().contains("rationale"), "{told}");
        }
        let offers = format!("/coalitions/{}/awards", s.cities[LAWRENCE].coalition);
        let offered = w.get(&s.signatory, &offers).await.expect(200);
        assert_eq!(offered.items()[0]["state"], "offered");
        let public = format!("/competitions/{}/awards", s.competition);
        assert!(w.get(&Nobody, &public).await.expect(200).items().is_empty());
        w.set_time(PUBLIC);
        let known = w.get(&Nobody, &public).await.expect(200);
        assert_eq!(known.items()[0]["total"]["amount"], 30_000_000);
        assert_eq!(known.json["out_of_order"], 0);
    }

    async fn every_letter_is_previewed_as_it_will_be(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.decided(w).await;
        let preview = s.preview(w).await;
        let messages = preview.json["messages"].as_array().unwrap();
        assert_eq!(messages.len(), 4);
        let to_signatory = messages.iter()
            .find(|message| message["address"] == s.signatory.email).unwrap();
        assert_eq!(
            to_signatory["subject"],
            "An award for Lawrence together: Working Cities Challenge: Round 1"
        );
        let text = to_signatory["text"].as_str().unwrap();
        for words in [
            "Grant, from Living Cities: USD 300,000.00",
            "These conditions go with it:\nThe school district joins the table.",
            "by Fri 31 July 2026, 17:00 EDT",
        ] {
            assert!(text.contains(words), "{words:?} is not in {text}");
        }
        assert!(to_signatory["html"].as_str().unwrap().contains("school district"));
        let digest = preview.json["digest"].clone();
        let sent = s.confirm(w, TOLD, PUBLIC).await.expect(201);
        assert_eq!(sent.json["digest"], digest);
        w.set_time(TOLD);
        s.tell(w);
        let letter = &letters(w, "announcement", &s.signatory)[0];
        assert_eq!(letter.2["subject"], to_signatory["subject"]);
        let body = letter.2["body"].as_str().unwrap();
        assert!(body.starts_with("Dear sigrid,"), "{body}");
        let said: String = body.split_whitespace().collect();
        let previewed: String = text.split_whitespace().collect();
        assert!(previewed.contains(&said), "{text}");
    }

    async fn letters_give_times_in_the_readers_zone_too(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.decided(w).await;
        w.edit(&s.signatory, "/me", |me| json!({
            "name": me["name"], "language": "en", "reminders": true, "time_zone": "Europe/Berlin",
        })).await.expect(200);
        let both = "by Fri 31 July 2026, 17:00 EDT (23:00 CEST);";
        let preview = s.preview(w).await;
        let text_to = |who: &crate::world::Actor| preview.json["messages"].as_array().unwrap().iter()
            .find(|message| message["address"] == who.email).unwrap()["text"].to_string();
        assert!(text_to(&s.signatory).contains(both));
        assert!(text_to(&s.cities[LAWRENCE].convenor).contains("17:00 EDT; after"));
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
        w.set_time(TOLD);
        s.tell(w);
        let letter = &letters(w, "announcement", &s.signatory)[0].2["body"];
        assert!(letter.as_str().unwrap().contains(both), "{letter}");
    }

    async fn any_change_since_the_preview_outdates_it(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.decided(w).await;
        let path = s.path("announcements");
        let confirm = async |digest: &Value| {
            let body = json!({"digest": digest, "told_at": TOLD, "public_at": PUBLIC});
            w.post(&s.fresh(w), &path, body).await
        };
        let first = s.preview(w).await.json["digest"].clone();
        s.decide(w, &s.officer, LAWRENCE, s.award(29_999_999)).await.expect(200);
        assert_eq!(confirm(&first).await.expect(409).problem(), "preview-outdated");
        let second = s.preview(w).await.json["digest"].clone();
        let text = s.path("announcement-texts/waitlist/en");
        w.edit(&s.officer, &text, |_| json!({"subject": "Wait", "body": "{{coalition}} waits."}))
            .await.expect(200);
        assert_eq!(confirm(&second).await.expect(409).problem(), "preview-outdated");
        let third = s.preview(w).await.json["digest"].clone();
        confirm(&third).await.expect(201);
        assert_eq!(confirm(&third).await.expect(409).problem(), "wrong-phase");
        w.set_time(TOLD);
        s.tell(w);
        let waits = &letters(w, "announcement", &s.cities[CHELSEA].convenor)[0];
        assert_eq!(waits.2["body"], "Chelsea together waits.");
    }

    async fn a_draft_of_a_stage_goes_with_the_letters_written_for_it(w: &mut World) {
        let s = Scene::deciding(w).await;
        let stages = format!("/competitions/{}/stages", s.competition);
        let visit = json!({"name": "Visit", "kind": "site_visit", "has_review": false});
        let visit = w.post(&s.officer, &stages, visit).await.expect(201).id();
        let text = format!("/stages/{visit}/announcement-texts/award/en");
        let words = json!({"subject": "Come", "body": "{{coalition}} is invited."});
        w.edit(&s.officer, &text, |_| words.clone()).await.expect(200);
        w.delete(&s.officer, &format!("/stages/{visit}")).await.expect(204);
        w.get(&s.officer, &text).await.expect(404);
    }

    async fn texts_know_their_fields_and_no_others(w: &mut World) {
        let s = Scene::deciding(w).await;
        let path = s.path("announcement-texts/award/en");
        let built_in = w.get(&s.officer, &path).await.expect(200);
        assert_eq!(built_in.json["built_in"], true);
        let known = built_in.json["fields"].as_array().unwrap();
        assert!(known.iter().any(|field| field["name"] == "coalition"));
        let wrong = json!({"subject": "For {{juror}}", "body": "{{coalition} {{total}}"});
        let refused = w.put(&s.officer, &path, &built_in.etag(), wrong).await.expect(422);
        let pointers: Vec<&str> = refused.json["errors"].as_array().unwrap().iter()
            .map(|error| error["pointer"].as_str().unwrap()).collect();
        assert_eq!(pointers, ["/subject", "/body"]);
        w.get(&s.officer, &s.path("announcement-texts/winner/en")).await.expect(404);
        w.get(&s.officer, &s.path("announcement-texts/award/english")).await.expect(404);
        let listed = w.get(&s.officer, &s.path("announcement-texts")).await.expect(200);
        assert_eq!(listed.items().len(), 12);

        let own = json!({"subject": "For {{coalition}}", "body": "We offer {{total}}."});
        let own = w.put(&s.officer, &path, &built_in.etag(), own).await.expect(200);
        w.delete(&s.officer, &path).await.expect(428);
        let back = w.ask(&s.officer, Method::DELETE, &path).header("if-match", own.etag());
        back.send().await.expect(204);
        assert_eq!(w.get(&s.officer, &path).await.expect(200).json["built_in"], true);
    }

    async fn it_is_called_back_until_due_and_not_after(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.decided(w).await;
        let before = audience(w, &s).await;
        let id = s.confirm(w, TOLD, PUBLIC).await.expect(201).id();
        assert!(letters(w, "announcement-confirmed", &s.officer)[0].2["audit_head"].is_string());
        let locked = s.decide(w, &s.officer, LAWRENCE, plain("waitlist")).await;
        assert_eq!(locked.expect(409).problem(), "wrong-phase");
        let path = format!("/announcements/{id}/call-back");
        w.post(&s.officer, &path, json!({"reason": " "})).await.expect(422);
        w.post(&s.officer, &path, json!({"reason": "A wrong amount."})).await.expect(200);
        assert_eq!(w.post(&s.officer, &path, json!({"reason": "x"})).await.expect(409).status, 409);
        let listed = w.get(&s.officer, &s.path("announcements")).await.expect(200);
        assert_eq!(listed.items()[0]["call_back_reason"], "A wrong amount.");
        w.set_time(PUBLIC);
        s.tell(w);
        assert!(letters(w, "announcement", &s.signatory).is_empty());
        assert!(audience(w, &s).await == before, "called back, it never was");
        // Decided anew, told anew: a letter of its own.
        w.set_time(DECIDING);
        s.decide(w, &s.officer, LAWRENCE, s.award(1)).await.expect(200);
        let again = s.confirm(w, TOLD, PUBLIC).await.expect(201).id();
        w.set_time(TOLD);
        s.tell(w);
        assert_eq!(letters(w, "announcement", &s.signatory).len(), 1);
        let late = format!("/announcements/{again}/call-back");
        let late = w.post(&s.officer, &late, json!({"reason": "Too late."})).await;
        assert_eq!(late.expect(409).problem(), "deadline-passed");
    }

    async fn confirming_needs_a_fresh_sign_in_and_sound_times(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.decided(w).await;
        let digest = s.preview(w).await.json["digest"].clone();
        let path = s.path("announcements");
        let stale = w.post(&s.officer, &path, json!({"digest": digest})).await.expect(403);
        assert_eq!(stale.problem(), "fresh-sign-in-needed");
        for (told_at, public_at, pointer) in [
            ("2026-05-01T13:00:00Z", PUBLIC, "/told_at"),
            (PUBLIC, TOLD, "/public_at"),
            ("2026-08-01T13:00:00Z", "2026-08-01T13:00:00Z", "/told_at"),
        ] {
            let body = json!({"digest": digest, "told_at": told_at, "public_at": public_at});
            let refused = w.post(&s.fresh(w), &path, body).await.expect(422);
            assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{told_at} {public_at}");
        }
        let now = w.post(&s.fresh(w), &path, json!({"digest": digest})).await.expect(201);
        assert_eq!(now.json["told_at"], now.json["public_at"]);
        let told = w.get(&s.cities[HOLYOKE].convenor, &s.told(HOLYOKE)).await.expect(200);
        assert_eq!(told.items().len(), 1);
    }

    async fn out_of_order_needs_a_reason_and_is_counted(w: &mut World) {
        let s = Scene::deciding(w).await;
        s.decided(w).await;
        s.decide(w, &s.officer, LAWRENCE, plain("waitlist")).await.expect(200);
        s.decide(w, &s.officer, CHELSEA, s.award(30_000_000)).await.expect(200);
        assert_eq!(s.confirm(w, TOLD, PUBLIC).await.expect(409).problem(), "not-ready");
        for (city, mut decision) in [(LAWRENCE, plain("waitlist")), (CHELSEA, s.award(30_000_000))] {
            decision["out_of_order_reason"] = "The lender of the first withdrew.".into();
            s.decide(w, &s.officer, city, decision).await.expect(200);
        }
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
        w.set_time(PUBLIC);
        let path = format!("/competitions/{}/awards", s.competition);
        assert_eq!(w.get(&Nobody, &path).await.expect(200).json["out_of_order"], 2);
    }

    async fn who_advances_gets_the_next_form_and_the_letter_says_when(w: &mut World) {
        let s = Scene::with(w, json!({"order_by": "raw_median"})).await;
        s.decide(w, &s.officer, LAWRENCE, plain("advance")).await.expect(200);
        s.decide(w, &s.officer, CHELSEA, plain("not_selected")).await.expect(200);
        s.decide(w, &s.officer, HOLYOKE, plain("not_selected")).await.expect(200);
        w.post(&s.officer, &s.path("releases"), Value::Null).await.expect(200);
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
        let before_told = w.now();
        w.set_time(TOLD);
        s.tell(w);
        let letter = letters(w, "announcement-by-method", &s.signatory)[0].2.clone();
        w.clock.set(before_told);
        let body = letter["body"].as_str().unwrap();
        assert!(body.contains("open from Wed 1 July 2026, 09:00 EDT"), "{body}");
        assert!(body.contains("ordered by the median"), "{body}");
        let started = |w: &World, city: usize| {
            let (stage, coalition) = (StageId(s.next_stage), CoalitionId(s.cities[city].coalition));
            w.write(move |w| {
                civitas::decisions::jobs::start_next_stages(w)?;
                let proposal = proposals::proposal_of(w, coalition)?.unwrap();
                proposals::draft_is_started(w, proposal.id, stage)
            })
        };
        assert!(!started(w, LAWRENCE));
        w.set_time(TOLD);
        assert!(started(w, LAWRENCE));
        assert!(!started(w, CHELSEA));
    }
}
