//! Letters about a coalition that have not left when a conflict closes its door: whatever became
//! of them so far, they never leave.

use std::sync::{Arc, Mutex};

use civitas::platform::clock::Clock;
use civitas::platform::db::Db;
use civitas::platform::db::schema::messages;
use civitas::platform::ids::{CoalitionId, MessageId, PersonId};
use civitas::platform::mail::compose::Outgoing;
use civitas::platform::mail::transport::{Outcome, Transport};
use civitas::platform::mail::{LinkTokens, Mailer};
use civitas::platform::outbox::{self, Letter, MessageState, Recipient};
use diesel::prelude::*;

use super::scene::{Season, season};
use crate::for_each_database;
use crate::mail::letter;
use crate::world::{Actor, World};

/// A letter about Lawrence to somebody, in this state.
fn letter_in(w: &World, s: &Season, who: &Actor, state: MessageState) -> MessageId {
    let id = w.post_letter(Letter {
        competition: Some(civitas::platform::ids::CompetitionId(s.competition)),
        coalition: Some(CoalitionId(s.lawrence)),
        ..letter(Recipient::Person(who.id), &format!("{state:?} {}", who.id))
    });
    w.write(move |w| {
        diesel::update(messages::table.find(id))
            .set(messages::state.eq(state))
            .execute(w.conn())?;
        Ok(())
    });
    id
}

/// A way out that says "later", and closes the door to the letter's coalition before it does.
struct ShutsOut {
    db: Db,
    clock: Clock,
    person: PersonId,
    coalition: CoalitionId,
    seen: Mutex<usize>,
}

impl Transport for ShutsOut {
    fn send(&self, _: &Outgoing) -> Outcome {
        *self.seen.lock().unwrap() += 1;
        let (person, coalition) = (self.person, self.coalition);
        let closed = self.db.write_here(self.clock.now(), move |w| {
            outbox::shut_out(w, person, coalition)
        });
        assert_eq!(closed.unwrap(), 1, "the one that is being sent");
        Outcome::Later("451 later".into())
    }
}

for_each_database! {
    async fn whatever_has_not_left_is_closed_by_a_conflict(w: &mut World) {
        let s = season(w).await;
        let omar = w.person("Omar").await;
        w.grant(&omar, civitas::people::Role::Officer, s.competition);
        let states = [MessageState::Queued, MessageState::Sending, MessageState::Dead];
        let unsent = states.map(|state| letter_in(w, &s, &omar, state));
        let sent = letter_in(w, &s, &omar, MessageState::Sent);
        let others = letter_in(w, &s, &s.abe, MessageState::Dead);
        s.declare(w, &omar, s.lawrence).await.expect(200);
        for (id, state) in unsent.into_iter().zip(states) {
            assert_eq!(w.fate(id).0, MessageState::Cancelled, "{state:?}");
        }
        assert_eq!(w.fate(sent).0, MessageState::Sent, "what has left has left");
        assert_eq!(w.fate(others).0, MessageState::Dead, "nobody else is shut out");
        assert_eq!(w.unsent_about(s.lawrence, &omar), Vec::<String>::new());
        w.clock.set(w.now().plus_seconds(24 * 3600));
        let arrived = w.mail_to(&omar.email).await;
        let letters: Vec<&str> = arrived.iter().map(|mail| mail.subject.as_str()).collect();
        assert_eq!(letters, Vec::<&str>::new());
    }

    async fn a_letter_that_was_on_its_way_is_not_queued_again(w: &mut World) {
        let s = season(w).await;
        let omar = w.person("Omar").await;
        w.run_jobs().await;
        let id = letter_in(w, &s, &omar, MessageState::Queued);
        let way = Arc::new(ShutsOut {
            db: w.app.db.clone(),
            clock: w.clock.clone(),
            person: omar.id,
            coalition: CoalitionId(s.lawrence),
            seen: Mutex::new(0),
        });
        let links: Arc<dyn LinkTokens> = Arc::new(civitas::app::Links::new(w.app.gate.keys.clone()));
        let out: Arc<dyn Transport> = Arc::<ShutsOut>::clone(&way);
        let mailer = Mailer::over(w.app.db.clone(), w.clock.clone(), w.mail_settings(), out, links);
        mailer.drain(w.now()).await.unwrap();
        assert_eq!(w.fate(id).0, MessageState::Cancelled);
        for _ in 0..3 {
            w.clock.set(w.now().plus_seconds(24 * 3600));
            mailer.drain(w.now()).await.unwrap();
        }
        assert_eq!(*way.seen.lock().unwrap(), 1);
        assert_eq!(w.fate(id).0, MessageState::Cancelled);
        assert!(w.run_jobs().await.iter().all(|mail| mail.to != omar.email));
    }
}
