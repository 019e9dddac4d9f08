//! A conflict closes every door; the docket is approved by someone else.

use civitas::people::Role;
use serde_json::{Value, json};

use super::scene::{CHELSEA, HOLYOKE, LAWRENCE, PUBLIC, Scene, TOLD, letters, plain};
use crate::for_each_database;
use crate::world::{Actor, Reply, World};

impl Scene {
    /// Who announces is told that something is left, and not what.
    async fn cannot_announce(&self, w: &World, who: &Actor, preview: &Reply) {
        let body = json!({"digest": preview.json["digest"], "told_at": TOLD, "public_at": PUBLIC});
        let fresh = w.sign_in(who.id);
        let refused = w.post(&fresh, &self.path("announcements"), body).await;
        assert_eq!(
            refused.expect(409).json["detail"],
            "Another officer has something left to do here."
        );
    }
}

for_each_database! {
    async fn a_conflicted_officer_meets_closed_doors_everywhere(w: &mut World) {
        let s = Scene::deciding(w).await;
        let other = s.staff(w, "Otto", Role::Officer).await;
        s.decided(w).await;
        s.conflict(w, &other, LAWRENCE);
        let closed = s.cities[LAWRENCE].coalition.to_string();
        for path in ["decisions", "releases?limit=200", "announcement-texts"] {
            let seen = w.get(&other, &s.path(path)).await.expect(200);
            assert!(!seen.text().contains(&closed), "{path}: {seen}");
        }
        w.get(&other, &s.case(LAWRENCE)).await.expect(404);
        let hidden = w.put(&other, &s.case(LAWRENCE), "\"x\"", plain("waitlist")).await;
        let absent = w.put(&other, &s.path("decisions/123456"), "\"x\"", plain("waitlist")).await;
        assert_eq!((hidden.status, absent.status), (404, 404));
        let budget = w.get(&other, &s.path("budget")).await.expect(200);
        assert_eq!(budget.json["drawn"]["amount"], 0, "no count tells of it");
        let item = json!([{"coalition": s.cities[LAWRENCE].coalition, "decision": plain("waitlist")}]);
        let import = w.post(&other, &s.path("decision-imports"), item).await.expect(422);
        assert_eq!(import.json["errors"][0]["pointer"], "/0/coalition");
        let preview = w.post(&other, &s.path("announcement-previews"), Value::Null).await.expect(200);
        assert_eq!(preview.json["messages"].as_array().unwrap().len(), 2);
        assert!(!preview.text().contains(&closed), "{preview}");
        // The whole is announced all the same, and counts show only what they may see.
        let body = json!({"digest": preview.json["digest"], "told_at": TOLD, "public_at": PUBLIC});
        let fresh = w.sign_in(other.id);
        let done = w.post(&fresh, &s.path("announcements"), body).await.expect(201);
        assert_eq!((&done.json["decisions"], &done.json["messages"]), (&json!(2), &json!(2)));
        w.set_time(PUBLIC);
        s.tell(w);
        assert_eq!(letters(w, "announcement", &s.signatory).len(), 1);
        let id = w.get(&s.signatory, &format!("/coalitions/{closed}/awards")).await.expect(200)
            .items()[0]["id"].clone();
        w.get(&other, &format!("/awards/{id}")).await.expect(404);
        w.get(&other, &s.told(LAWRENCE)).await.expect(404);
    }

    async fn what_a_conflicted_officer_decided_is_decided_anew(w: &mut World) {
        let s = Scene::deciding(w).await;
        let other = s.staff(w, "Otto", Role::Officer).await;
        s.decided(w).await;
        s.decide(w, &other, HOLYOKE, plain("not_selected")).await.expect(200);
        s.conflict(w, &other, HOLYOKE);
        let blockers = s.preview(w).await.json["blockers"].clone();
        assert_eq!(blockers[0]["kind"], "decider_conflicted");
        assert_eq!(blockers[0]["coalition"], s.cities[HOLYOKE].coalition);
        let seen = w.post(&other, &s.path("announcement-previews"), Value::Null).await.expect(200);
        assert_eq!(seen.json["blockers"], json!([]), "what is closed shows in nothing");
        s.cannot_announce(w, &other, &seen).await;
        s.decide(w, &s.officer, HOLYOKE, plain("not_selected")).await.expect(200);
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
    }

    async fn closed_awards_are_not_found_out_by_trying_amounts(w: &mut World) {
        let s = Scene::deciding(w).await;
        let other = s.staff(w, "Otto", Role::Officer).await;
        s.decided(w).await;
        s.conflict(w, &other, LAWRENCE);
        // The grant line holds 500,000.00, of which Lawrence gets 300,000.00.
        let too_much = s.decide(w, &other, CHELSEA, s.award(50_000_001)).await.expect(409);
        assert!(too_much.text().contains("has USD 500,000.00 left"), "{too_much}");
        s.decide(w, &other, CHELSEA, s.award(50_000_000)).await.expect(200);
        let preview = async |w: &World, who| {
            w.post(who, &s.path("announcement-previews"), Value::Null).await.expect(200)
        };
        assert_eq!(preview(w, &other).await.json["blockers"], json!([]));
        // Whoever sees both is told, and nobody can announce it.
        let seen = preview(w, &s.officer).await;
        assert_eq!(seen.json["blockers"][0]["kind"], "budget_exceeded");
        let fresh = w.sign_in(other.id);
        let body = json!({
            "digest": preview(w, &other).await.json["digest"], "told_at": TOLD, "public_at": PUBLIC,
        });
        let refused = w.post(&fresh, &s.path("announcements"), body).await.expect(409);
        assert_eq!(refused.problem(), "budget-exceeded");
        s.decide(w, &s.officer, CHELSEA, s.award(20_000_000)).await.expect(200);
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
    }

    async fn what_departs_from_a_closed_case_alone_does_not_tell_of_it(w: &mut World) {
        let s = Scene::deciding(w).await;
        let other = s.staff(w, "Otto", Role::Officer).await;
        s.decided(w).await;
        s.decide(w, &s.officer, LAWRENCE, plain("not_selected")).await.expect(200);
        s.decide(w, &s.officer, CHELSEA, s.award(20_000_000)).await.expect(200);
        s.conflict(w, &other, LAWRENCE);
        let departing = async |w: &World, who| {
            let list = w.get(who, &s.path("decisions?out_of_order=true")).await.expect(200);
            let preview = w.post(who, &s.path("announcement-previews"), Value::Null).await.expect(200);
            let kinds: Vec<Value> = preview.json["blockers"].as_array().unwrap().iter()
                .map(|blocker| blocker["kind"].clone()).collect();
            (list.items().len(), kinds)
        };
        let (listed, kinds) = departing(w, &s.officer).await;
        assert!(listed > 0);
        assert!(kinds.contains(&json!("out_of_order_unexplained")), "{kinds:?}");
        assert_eq!(departing(w, &other).await, (0, vec![]));
        let seen = w.post(&other, &s.path("announcement-previews"), Value::Null).await.expect(200);
        s.cannot_announce(w, &other, &seen).await;
    }

    async fn the_docket_is_approved_by_another_and_voided_by_any_change(w: &mut World) {
        let s = Scene::with(w, json!({"docket_approval": true})).await;
        let approver = s.staff(w, "Abby", Role::Approver).await;
        w.grant(&s.officer, Role::Approver, s.competition);
        s.decided(w).await;
        let (docket, verdicts) = (s.path("docket"), s.path("docket-verdicts"));
        let phase = async |w: &World| {
            let stage = w.get(&s.officer, &format!("/stages/{}", s.stage)).await.expect(200);
            stage.json["phase"].clone()
        };
        let verdict = |digest: &Value, verdict: &str, reason: &str| json!({
            "verdict": verdict, "digest": digest, "meeting_date": "2026-06-03",
            "resolution": "2026-14", "reason": reason,
        });
        assert_eq!(s.confirm(w, TOLD, PUBLIC).await.expect(409).problem(), "not-ready");
        let read = w.get(&approver, &docket).await.expect(200);
        assert_eq!(read.json["total"]["amount"], 30_000_000);
        let digest = &read.json["digest"];
        let own = w.post(&s.officer, &verdicts, verdict(digest, "approved", "")).await;
        own.expect(403);
        let wrong = json!({
            "verdict": "sent_back", "digest": digest, "meeting_date": "June", "resolution": "",
        });
        let wrong = w.post(&approver, &verdicts, wrong).await.expect(422);
        assert_eq!(wrong.json["errors"].as_array().unwrap().len(), 3);
        let approved = w.post(&approver, &verdicts, verdict(digest, "approved", "")).await;
        assert_eq!(approved.expect(201).json["approved"], true);
        assert_eq!(phase(w).await, "decided");
        assert_eq!(letters(w, "docket-approved", &s.officer).len(), 1);
        // A public summary changes nothing that was decided.
        let decided = w.get(&s.officer, &s.case(LAWRENCE)).await.expect(200);
        let summary = format!("/decisions/{}/public-summary", decided.json["decision"]["id"]);
        let words = json!({"summary": "One table.", "approved": true});
        w.edit(&s.officer, &summary, |_| words.clone()).await.expect(200);
        assert_eq!(w.get(&approver, &docket).await.expect(200).json["approved"], true);
        // Any later change voids it.
        s.decide(w, &s.officer, LAWRENCE, s.award(29_000_000)).await.expect(200);
        assert_eq!(phase(w).await, "deciding");
        assert_eq!(s.confirm(w, TOLD, PUBLIC).await.expect(409).problem(), "not-ready");
        let old = w.post(&approver, &verdicts, verdict(digest, "approved", "")).await;
        assert_eq!(old.expect(409).problem(), "preview-outdated");
        let digest = w.get(&approver, &docket).await.expect(200).json["digest"].clone();
        let back = verdict(&digest, "sent_back", "Too much.");
        w.post(&approver, &verdicts, back).await.expect(201);
        assert_eq!(letters(w, "docket-sent-back", &s.officer).len(), 1);
        for reader in [&approver, &s.officer] {
            assert_eq!(letters(w, "docket-voided", reader).len(), 1);
        }
        // In the same moment, after it was sent back.
        let again = w.post(&approver, &verdicts, verdict(&digest, "approved", "")).await;
        assert_eq!(again.expect(201).json["approved"], true);
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
        w.get(&s.cities[CHELSEA].convenor, &docket).await.expect(403);
    }

    async fn what_follows_an_announcement_voids_only_an_approval_that_waits(w: &mut World) {
        let s = Scene::with(w, json!({"docket_approval": true})).await;
        let approver = s.staff(w, "Abby", Role::Approver).await;
        s.decided(w).await;
        s.verdict(w, &approver, "approved").await.expect(201);
        s.confirm(w, TOLD, PUBLIC).await.expect(201);
        w.set_time(TOLD);
        s.tell(w);
        let correct = async |w: &World, city: usize, outcome: &str| {
            let told = w.get(&s.cities[city].convenor, &s.told(city)).await.expect(200);
            let path = format!("/decisions/{}/corrections", told.items()[0]["id"]);
            let mut decision = plain(outcome);
            decision["reason"] = "A letter went to the wrong city.".into();
            w.post(&s.officer, &path, decision).await.expect(201);
        };
        // What was approved and told stands; this is a docket of its own.
        correct(w, HOLYOKE, "waitlist").await;
        for reader in [&approver, &s.officer] {
            assert_eq!(letters(w, "docket-voided", reader), []);
        }
        s.verdict(w, &approver, "approved").await.expect(201);
        correct(w, CHELSEA, "not_selected").await;
        for reader in [&approver, &s.officer] {
            assert_eq!(letters(w, "docket-voided", reader).len(), 1);
        }
    }

    async fn a_stage_without_approval_has_no_docket(w: &mut World) {
        let s = Scene::deciding(w).await;
        let none = w.get(&s.officer, &s.path("docket")).await.expect(409);
        assert_eq!(none.problem(), "wrong-phase");
    }
}
