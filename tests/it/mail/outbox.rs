//! The outbox and its worker: nothing is lost, nothing is sent twice without need.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::http::Method;
use civitas::platform::mail::compose::Outgoing;
use civitas::platform::mail::transport::{Outcome, Transport};
use civitas::platform::mail::{LinkTokens, Mailer, Settings};
use civitas::platform::outbox::{MessageState, Recipient, cancel, enqueue};
use civitas::platform::refusal::Failure;
use serde_json::json;

use super::{address, letter};
use crate::for_each_database;
use crate::world::World;

/// A way out that answers as told, and remembers what it was given.
#[derive(Default)]
pub struct Scripted {
    pub answers: Mutex<Vec<Outcome>>,
    pub seen: Mutex<Vec<String>>,
    pub crashes: bool,
}

impl Transport for Scripted {
    fn send(&self, message: &Outgoing) -> Outcome {
        self.seen.lock().unwrap().push(message.name.clone());
        assert!(!self.crashes, "the worker crashes here");
        self.answers.lock().unwrap().pop().unwrap_or(Outcome::Sent)
    }
}

impl World {
    /// A mail worker whose letters leave this way.
    pub fn mailer_over(&self, way: &Arc<Scripted>) -> Mailer {
        self.mailer_with(self.mail_settings(), way)
    }

    /// As [`World::mailer_over`], with settings of its own.
    pub fn mailer_with(&self, settings: Settings, way: &Arc<Scripted>) -> Mailer {
        let links: Arc<dyn LinkTokens> =
            Arc::new(civitas::app::Links::new(self.app.gate.keys.clone()));
        let way: Arc<dyn Transport> = Arc::<Scripted>::clone(way);
        let (db, clock) = (self.app.db.clone(), self.clock.clone());
        Mailer::over(db, clock, settings, way, links)
    }
}

for_each_database! {
    async fn a_letter_is_written_once_and_arrives(w: &mut World) {
        let ana = w.person("Ana").await;
        let first = w.post_letter(letter(Recipient::Person(ana.id), "a"));
        assert_eq!(w.post_letter(letter(Recipient::Person(ana.id), "a")), first);
        let mail = w.run_jobs().await;
        assert_eq!(mail.len(), 1);
        assert_eq!((mail[0].to.as_str(), mail[0].id.clone()), (ana.email.as_str(), format!("civitas-{first}@grants.example.org")));
        assert_eq!(w.fate(first).0, MessageState::Sent);
        assert!(w.run_jobs().await.is_empty());
    }

    async fn who_waits_for_a_letter_gets_it_before_an_announcement(w: &mut World) {
        let of = w.bare_coalition(w.app.entropy.id());
        let many: Vec<_> = (0..3).map(|n| w.post_letter(civitas::platform::outbox::Letter {
            competition: Some(of.0),
            ..letter(address("many@example.org"), &format!("many {n}"))
        })).collect();
        w.clock.advance(Duration::from_secs(60));
        let account = w.post_letter(letter(address("ana@example.org"), "account"));
        let way = Arc::new(Scripted::default());
        w.mailer_over(&way).drain(w.now()).await.unwrap();
        let seen = way.seen.lock().unwrap().clone();
        assert_eq!(seen.len(), many.len() + 1);
        assert!(seen[0].contains(&account.to_string()), "{seen:?}");
    }

    async fn fields_that_differ_from_the_catalogue_are_a_fault(w: &mut World) {
        let wrong = civitas::platform::outbox::Letter { fields: json!({"x": 1}), ..letter(address("a@example.org"), "a") };
        let outcome = w.app.db.write_here(w.now(), move |w| enqueue(w, wrong.clone()));
        assert!(matches!(outcome, Err(Failure::Broken(_))));
    }

    async fn what_is_called_back_before_it_is_due_never_arrives(w: &mut World) {
        let due = w.now().plus_hours(1);
        let id = w.post_letter(civitas::platform::outbox::Letter { due_at: Some(due), ..letter(address("a@example.org"), "a") });
        assert!(w.run_jobs().await.is_empty());
        assert_eq!(w.write(|w| cancel(w, "test", 1)), 1);
        w.clock.advance(Duration::from_secs(7200));
        assert!(w.run_jobs().await.is_empty());
        assert_eq!(w.fate(id).0, MessageState::Cancelled);
        assert_eq!(w.write(|w| cancel(w, "test", 1)), 0);
    }

    async fn reminders_can_be_turned_off_until_the_last_moment(w: &mut World) {
        let ana = w.person("Ana").await;
        let reminder = |key: &str| civitas::platform::outbox::Letter {
            kind: "review-reminder",
            fields: json!({"competition": "C", "stage": "S", "count": 2, "due": "tomorrow"}),
            ..letter(Recipient::Person(ana.id), key)
        };
        w.post_letter(reminder("first"));
        let mail = w.run_jobs().await.remove(0);
        assert!(mail.raw.contains("List-Unsubscribe: <https://grants.example.org/unsubscribe/"), "{}", mail.raw);
        let waiting = w.post_letter(reminder("second"));
        w.ask_page(Method::GET, &mail.path()).send().await.expect(200);
        assert_eq!(w.fate(waiting).0, MessageState::Queued, "looking does not act");
        w.ask_page(Method::POST, &mail.path()).send().await.expect(200);
        assert!(w.run_jobs().await.is_empty());
        assert_eq!(w.fate(waiting).0, MessageState::Cancelled);
        let unwanted = w.post_letter(reminder("third"));
        assert_eq!(w.fate(unwanted).0, MessageState::Cancelled);
    }

    async fn a_worker_that_crashed_leaves_its_message_to_another(w: &mut World) {
        let id = w.post_letter(letter(address("a@example.org"), "a"));
        let crashing = Arc::new(Scripted { crashes: true, ..Scripted::default() });
        assert!(w.mailer_over(&crashing).drain(w.now()).await.is_err());
        assert!(w.run_jobs().await.is_empty(), "the lease still holds");
        w.clock.advance(Duration::from_secs(601));
        let mail = w.run_jobs().await;
        assert_eq!(mail[0].id, format!("civitas-{id}@grants.example.org"));
        assert_eq!(crashing.seen.lock().unwrap().as_slice(), [format!("civitas-{id}")]);
    }

    async fn workers_beside_each_other_send_each_message_once(w: &mut World) {
        for n in 0..40 {
            w.post_letter(letter(address("a@example.org"), &format!("{n}")));
        }
        let way = Arc::new(Scripted::default());
        let workers: Vec<Mailer> = (0..4).map(|_| w.mailer_over(&way)).collect();
        let now = w.now();
        futures_util::future::join_all(workers.iter().map(|worker| async move {
            // Losing a race too often is answered "busy": the worker looks again.
            while worker.drain(now).await.is_err() {}
        })).await;
        let mut seen = way.seen.lock().unwrap().clone();
        assert_eq!(seen.len(), 40);
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 40);
    }

    async fn transient_refusals_back_off_and_end_after_days(w: &mut World) {
        let id = w.post_letter(letter(address("a@example.org"), "a"));
        let way = Arc::new(Scripted::default());
        *way.answers.lock().unwrap() = vec![Outcome::Later("451 later".into()); 25];
        let mailer = w.mailer_over(&way);
        let began = w.now();
        while w.fate(id).0 == MessageState::Queued {
            mailer.drain(w.now()).await.unwrap();
            w.clock.advance(Duration::from_secs(300));
        }
        let (state, attempts, error) = w.fate(id);
        assert_eq!((state, attempts), (MessageState::Dead, 25));
        assert!(error.contains("451 later"), "{error}");
        let days = w.now().seconds_since(began) / 86_400;
        assert!((2..=4).contains(&days), "{days}");
    }

    async fn a_queue_that_is_held_back_loses_nothing_and_tells_those_in_charge(w: &mut World) {
        let admin = w.administrator("Ada").await;
        let ids: Vec<_> = (0..3).map(|n| w.post_letter(letter(address("a@example.org"), &format!("{n}")))).collect();
        let way = Arc::new(Scripted::default());
        way.answers.lock().unwrap().push(Outcome::Held("535 wrong password".into()));
        let mailer = w.mailer_over(&way);
        assert_eq!(mailer.drain(w.now()).await.unwrap(), 1);
        for id in &ids {
            assert_eq!((w.fate(*id).0, w.fate(*id).1), (MessageState::Queued, 0));
        }
        assert_eq!(mailer.drain(w.now()).await.unwrap(), 0);
        w.clock.advance(Duration::from_secs(61));
        let mail = w.run_jobs().await;
        assert_eq!(mail.len(), 4);
        let told = mail.iter().find(|mail| mail.to == admin.email).unwrap();
        assert!(told.text.contains("535 wrong password"), "{}", told.text);
    }

    async fn the_worker_wakes_when_something_is_committed(w: &mut World) {
        let way = Arc::new(Scripted::default());
        let mailer = w.mailer_over(&way);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let running = actix_web::rt::spawn(async move { mailer.run(stopped).await });
        let id = w.post_letter(letter(address("a@example.org"), "a"));
        while w.fate(id).0 != MessageState::Sent {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        stop.send_replace(true);
        running.await.unwrap();
    }
}
