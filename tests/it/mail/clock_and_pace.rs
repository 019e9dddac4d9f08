//! When letters leave: not later because the clock was set back, and not more in a minute than
//! the mail server takes.

use std::sync::Arc;
use std::time::Duration;

use civitas::platform::clock::Instant;
use civitas::platform::ids::{CoalitionId, CompetitionId, MessageId};
use civitas::platform::mail::Settings;
use civitas::platform::mail::transport::Outcome;
use civitas::platform::outbox::{Letter, MessageState};

use super::outbox::Scripted;
use super::{address, letter};
use crate::for_each_database;
use crate::world::World;

const HOUR: i64 = 3600;

impl World {
    fn to_post(&self, key: &str) -> MessageId {
        self.post_letter(letter(address("a@example.org"), key))
    }

    /// A letter of an announcement: nobody waits for it.
    fn announce_to(&self, of: (CompetitionId, CoalitionId), key: &str) -> MessageId {
        self.post_letter(Letter {
            competition: Some(of.0),
            ..letter(address("many@example.org"), key)
        })
    }

    fn is_sent(&self, id: MessageId) -> bool {
        self.fate(id).0 == MessageState::Sent
    }
}

for_each_database! {
    async fn a_clock_set_back_holds_up_no_letter_and_doubles_none(w: &mut World) {
        let way = Arc::new(Scripted::default());
        let mailer = w.mailer_over(&way);
        // One waits, one was put off, one was held back with the whole queue.
        let put_off = w.to_post("put off");
        way.answers.lock().unwrap().push(Outcome::Later("451 later".into()));
        mailer.drain(w.now()).await.unwrap();
        let held = w.to_post("held");
        way.answers.lock().unwrap().push(Outcome::Held("421 closing".into()));
        mailer.drain(w.now()).await.unwrap();
        let waits = w.to_post("waits");
        assert_eq!(mailer.drain(w.now()).await.unwrap(), 0, "the queue stands still");
        w.set_back(HOUR);
        mailer.drain(w.now()).await.unwrap();
        assert!([put_off, held, waits].iter().all(|id| w.is_sent(*id)), "{:?}", w.fate(put_off));
        assert_eq!(way.seen.lock().unwrap().len(), 5, "two tries, and each once more");
        w.clock.advance(Duration::from_secs(7200));
        assert_eq!(mailer.drain(w.now()).await.unwrap(), 0);
    }

    async fn a_mail_server_that_stays_away_is_not_tried_without_end_after_the_clock_was_set_back(w: &mut World) {
        let way = Arc::new(Scripted::default());
        let mailer = w.mailer_over(&way);
        let id = w.to_post("held");
        *way.answers.lock().unwrap() = vec![Outcome::Held("421 closing".into()); 3];
        assert_eq!(mailer.drain(w.now()).await.unwrap(), 1);
        w.set_back(HOUR);
        assert_eq!(mailer.drain(w.now()).await.unwrap(), 1, "once, then the queue stands still again");
        w.clock.advance(Duration::from_secs(61));
        assert_eq!(mailer.drain(w.now()).await.unwrap(), 1);
        w.clock.advance(Duration::from_secs(901));
        mailer.drain(w.now()).await.unwrap();
        assert!(w.is_sent(id), "{:?}", w.fate(id));
    }

    async fn what_a_crashed_worker_held_is_sent_a_lease_after_the_clock_was_set_back(w: &mut World) {
        let id = w.to_post("a");
        let crashing = Arc::new(Scripted { crashes: true, ..Scripted::default() });
        assert!(w.mailer_over(&crashing).drain(w.now()).await.is_err());
        w.set_back(24 * HOUR);
        let way = Arc::new(Scripted::default());
        let mailer = w.mailer_over(&way);
        assert_eq!(mailer.drain(w.now()).await.unwrap(), 0, "whoever holds it may still be sending");
        w.clock.advance(Duration::from_secs(599));
        assert_eq!(mailer.drain(w.now()).await.unwrap(), 0);
        w.clock.advance(Duration::from_secs(2));
        assert_eq!(mailer.drain(w.now()).await.unwrap(), 1);
        assert!(w.is_sent(id));
    }

    async fn no_minute_sees_more_letters_than_may_leave_and_those_waited_for_come_first(w: &mut World) {
        let of = w.bare_coalition(w.app.entropy.id());
        let mut bulk: Vec<MessageId> = (0..40).map(|n| w.announce_to(of, &format!("bulk {n}"))).collect();
        let way = Arc::new(Scripted::default());
        // Two servers on one database.
        let settings = || Settings { per_minute: 10, ..w.mail_settings() };
        let servers = [(); 2].map(|()| w.mailer_with(settings(), &way));
        let mut left: Vec<Instant> = Vec::new();
        let mut urgent = None;
        for step in 0..60 {
            if step == 1 {
                urgent = Some(w.to_post("a link"));
            }
            for server in &servers {
                let tried = server.drain(w.now()).await.unwrap();
                left.extend(vec![w.now(); tried]);
            }
            match (step, urgent) {
                (0, _) => assert_eq!(left.len(), 9, "a tenth is kept"),
                (1, Some(urgent)) => assert!(w.is_sent(urgent), "at once: {left:?}"),
                _ => {}
            }
            w.clock.advance(Duration::from_secs(7));
        }
        for (at, first) in left.iter().enumerate() {
            let in_a_minute = left[at..].iter().filter(|later| later.seconds_since(*first) < 60).count();
            assert!(in_a_minute <= 10, "{in_a_minute} from {first}");
        }
        bulk.retain(|id| !w.is_sent(*id));
        assert_eq!((bulk.len(), left.len()), (0, 41), "all arrive");
    }
}
