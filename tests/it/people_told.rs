//! No role is given or taken in silence.

use civitas::people::{jobs, keys};
use civitas::platform::audit;
use serde_json::json;

use crate::for_each_database;
use crate::world::{Actor, Nobody, World as Civitas};

async fn competition(w: &Civitas, by: &Actor) -> i64 {
    let call = json!({"programme": "Cities", "edition": "2026", "time_zone": "America/New_York",
        "currency": "USD"});
    w.post(by, "/competitions", call).await.expect(201).id()
}

/// Who got which subject, sorted.
async fn told(w: &Civitas) -> Vec<(String, String)> {
    let mail = w.run_jobs().await;
    mail.into_iter()
        .map(|mail| (mail.to, mail.subject))
        .collect()
}

fn pairs(told: &[(String, String)]) -> Vec<(&str, &str)> {
    told.iter()
        .map(|(to, subject)| (to.split('@').next().unwrap(), subject.as_str()))
        .collect()
}

for_each_database! {
    async fn every_administrator_hears_of_roles(w: &mut World) {
        let (root, rita) = (w.administrator("Root").await, w.administrator("Rita").await);
        let competition = competition(w, &root).await;
        assert_eq!(pairs(&told(w).await), [("rita", "A role was granted: officer")]);

        let roles = format!("/competitions/{competition}/roles");
        let olive = w.person("Olive").await;
        let body = json!({"email": olive.email, "role": "approver"});
        let granted = w.post(&root, &roles, body.clone()).await.expect(201).id();
        assert_eq!(pairs(&told(w).await), [
            ("olive", "You are now approver of Cities, 2026"),
            ("rita", "A role was granted: approver"),
            ("root", "A role was granted: approver"),
        ]);
        w.post(&root, &roles, body).await;
        assert!(told(w).await.is_empty(), "what is so already is no news");
        w.delete(&root, &format!("{roles}/{granted}")).await.expect(204);
        assert_eq!(pairs(&told(w).await), [
            ("olive", "You are no longer approver of Cities, 2026"),
            ("rita", "A role was taken away: approver"),
            ("root", "A role was taken away: approver"),
        ]);

        let right = format!("/people/{}/administration", olive.id);
        w.post(&root, &right, json!({})).await.expect(200);
        assert_eq!(told(w).await.len(), 3);
        w.delete(&root, &right).await.expect(204);
        let told_of = told(w).await;
        assert_eq!(pairs(&told_of)[0], ("olive", "You are no longer administrator of the whole instance"));
        assert_eq!(told_of.len(), 3);
        let _ = rita;
    }

    async fn whose_account_is_disabled_is_told(w: &mut World) {
        let (root, ana) = (w.administrator("Root").await, w.person("Ana").await);
        let path = format!("/people/{}/disabling", ana.id);
        w.post(&root, &path, json!({})).await.expect(200);
        assert_eq!(pairs(&told(w).await), [("ana", "Your account was disabled")]);
        w.delete(&root, &path).await.expect(204);
        assert_eq!(pairs(&told(w).await), [("ana", "Your account is open again")]);
    }

    async fn who_has_no_account_begins_by_the_letter(w: &mut World) {
        let root = w.administrator("Root").await;
        let competition = competition(w, &root).await;
        let roles = format!("/competitions/{competition}/roles");
        for wrong in ["x".repeat(5000), "Olive\nOfficer".to_owned()] {
            let body = json!({"email": "olive@city.example", "role": "officer", "name": wrong});
            let refused = w.post(&root, &roles, body).await.expect(422);
            assert_eq!(refused.json["errors"][0]["pointer"], "/name");
        }
        let body = json!({"email": "olive@city.example", "role": "officer", "name": "Olive"});
        w.post(&root, &roles, body.clone()).await.expect(201);
        let mail = w.mail_to("olive@city.example").await;
        // Who lost the letter gets another, as it says.
        w.post(&root, &roles, body.clone()).await;
        let again = w.mail_to("olive@city.example").await;
        assert_eq!(again.len(), 1);
        assert!(again[0].path().starts_with("/password-resets/") && again[0].token() != mail[0].token());
        assert_eq!(mail[0].subject, "You are now officer of Cities, 2026");
        assert!(mail[0].path().starts_with("/password-resets/"), "{}", mail[0].text);
        w.clock.advance(std::time::Duration::from_secs(6 * 24 * 3600));
        let body = json!({"token": mail[0].token(), "password": "a perfectly long one"});
        w.post(&Nobody, "/password-resets/completions", body).await.expect(204);
        let body = json!({"email": "olive@city.example", "password": "a perfectly long one"});
        w.post(&Nobody, "/sessions", body).await.expect(201);
        let root = w.sign_in(root.id);
        w.run_jobs().await;
        w.post(&root, &roles, json!({"email": "olive@city.example", "role": "officer"})).await;
        assert!(w.mail_to("olive@city.example").await.is_empty(), "a password is set");
    }

    async fn to_set_up_a_competition_takes_a_fresh_sign_in(w: &mut World) {
        let root = w.administrator("Root").await;
        let id = competition(w, &root).await;
        let body = json!({"name": "script", "scopes": ["read", "write"], "days": 30});
        let made = w.post(&root, "/me/tokens", body).await.expect(201);
        let token = Actor { token: made.json["token"].as_str().unwrap().to_owned(), ..root.clone() };
        let copies = format!("/competitions/{id}/copies");
        let call = json!({"programme": "Cities", "edition": "2027", "time_zone": "America/New_York", "currency": "USD"});
        for (path, body) in [("/competitions", call), (copies.as_str(), json!({"edition": "2028"}))] {
            let refused = w.post(&token, path, body.clone()).await.expect(403);
            assert_eq!(refused.problem(), "fresh-sign-in-needed");
            w.post(&root, path, body).await.expect(201);
        }
    }

    async fn the_head_of_the_audit_log_leaves_each_day(w: &mut World) {
        let (root, _) = (w.administrator("Root").await, w.administrator("Rita").await);
        let daily = |w: &Civitas| {
            let keys = w.app.gate.keys.clone();
            w.write(move |w| {
                while audit::chain_once(w)? > 0 {}
                jobs::tell_audit_head(w, &keys)
            });
        };
        daily(w);
        w.clock.advance(std::time::Duration::from_secs(3600));
        daily(w);
        let mail = w.run_jobs().await;
        assert_eq!(mail.len(), 2, "one a day and administrator");
        let named = |label: &str| {
            let line = mail[0].text.lines().find_map(|line| line.strip_prefix(label)).unwrap();
            line.trim().to_owned()
        };
        let (head, signature) = (named("Head:"), named("Signature:"));
        assert_eq!(head.len(), 64);
        for _ in 0..2 {
            w.write(keys::rotate);
        }
        let checked = w.write({
            let (head, signature) = (head.clone(), signature.clone());
            move |w| Ok((
                keys::signed_head(w, &head, &signature)?,
                keys::signed_head(w, audit::GENESIS, &signature)?,
                audit::verify(w, Some(&head))?,
            ))
        });
        assert!(matches!(checked, (true, false, audit::Verdict::Whole { .. })), "{checked:?}");
        w.clock.advance(std::time::Duration::from_secs(24 * 3600));
        daily(w);
        assert_eq!(w.mail_to(&root.email).await.len(), 1);
    }
}
