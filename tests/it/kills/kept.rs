//! What must be there when all is over, and no more.

use std::collections::HashMap;

use civitas::platform::db::schema::{messages, review_versions, submissions};
use civitas::platform::outbox::MessageState;
use diesel::prelude::*;

use super::{City, Juror, Received, TOLD, note};
use crate::mail::smtp::Server;
use crate::post::take_mail;
use crate::world::World;

impl World {
    /// What a coalition handed in since the first receipt, oldest first: number, title, digest.
    fn handed_in(&self, city: &City, since: i64) -> Vec<(i64, String, String)> {
        let coalition = city.coalition;
        let all: Vec<(i64, String, String)> = self.write(move |w| {
            Ok(submissions::table
                .filter(submissions::coalition_id.eq(coalition))
                .order(submissions::submitted_at)
                .select((
                    submissions::receipt_number,
                    submissions::title,
                    submissions::digest,
                ))
                .load(w.conn())?)
        });
        all.into_iter().skip_while(|one| one.0 != since).collect()
    }

    pub(super) fn holds_what_was_received(&self, city: &City, received: &[Received]) {
        let number = |one: &Received| one.receipt["number"].as_i64().unwrap();
        let Some(first) = received.first() else {
            return;
        };
        let kept = self.handed_in(city, number(first));
        let acknowledged: Vec<(i64, String, String)> = received
            .iter()
            .map(|one| {
                (
                    number(one),
                    one.title.clone(),
                    one.receipt["digest"].as_str().unwrap().to_owned(),
                )
            })
            .collect();
        assert_eq!(
            kept, acknowledged,
            "neither more nor less than was acknowledged"
        );
    }

    pub(super) fn holds_what_was_reviewed(&self, juror: &Juror, acknowledged: i64) {
        let (review, before) = (juror.review, juror.version);
        let notes: Vec<String> = self.write(move |w| {
            Ok(review_versions::table
                .filter(review_versions::review_id.eq(review))
                .order(review_versions::number)
                .select(review_versions::confidential_note)
                .offset(before)
                .load(w.conn())?)
        });
        let wrote: Vec<String> = (before + 1..=acknowledged).map(note).collect();
        assert_eq!(notes, wrote);
    }

    /// Every message arrived, and at most one a kill did so again, under its own name.
    pub(super) fn everything_arrived(&self, mail: &Server, kills: usize) {
        let mut arrived: HashMap<String, usize> = HashMap::new();
        for message in take_mail(&mail.maildir) {
            *arrived.entry(message.id).or_default() += 1;
        }
        let sent: Vec<(i64, String)> = self.write(|w| {
            Ok(messages::table
                .filter(messages::state.eq(MessageState::Sent))
                .select((messages::id, messages::kind))
                .load(w.conn())?)
        });
        for (id, kind) in &sent {
            let name = format!("civitas-{id}@127.0.0.1");
            assert!(
                arrived.contains_key(&name),
                "{name}, a {kind}, did not arrive"
            );
        }
        assert_eq!(
            arrived.len(),
            sent.len(),
            "nothing arrived that is not in the outbox"
        );
        let again: usize = arrived.values().map(|times| times - 1).sum();
        assert!(
            again <= kills,
            "{again} messages came again after {kills} kills"
        );
        let told = sent
            .iter()
            .filter(|(_, kind)| kind.starts_with("announcement"))
            .count();
        assert!(told >= TOLD, "{told} were told");
    }
}
