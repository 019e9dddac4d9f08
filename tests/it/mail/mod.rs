//! Mail: the outbox, the worker, a real mail server, what officers see, mail that came back.

mod clock_and_pace;
mod kinds;
mod looked_after;
mod outbox;
pub mod smtp;

use civitas::platform::ids::{CoalitionId, CompetitionId, MessageId};
use civitas::platform::outbox::{Letter, MessageState, Recipient, enqueue};
use diesel::prelude::*;
use serde_json::json;

use crate::world::World;

/// A letter that needs no fields.
pub fn letter(to: Recipient, key: &str) -> Letter {
    Letter {
        kind: "mail-test",
        to,
        dedupe_key: key.to_owned(),
        cause: ("test", 1),
        competition: None,
        coalition: None,
        due_at: None,
        fields: json!({}),
    }
}

/// An address without an account.
pub fn address(text: &str) -> Recipient {
    Recipient::Address {
        address: text.to_owned(),
        language: "en".to_owned(),
    }
}

impl World {
    /// Puts a letter into the outbox.
    pub fn post_letter(&self, letter: Letter) -> MessageId {
        self.write(move |w| enqueue(w, letter.clone()))
    }

    /// What became of a message: its state, how often it was tried, what was said.
    pub fn fate(&self, id: MessageId) -> (MessageState, i32, String) {
        use civitas::platform::db::schema::messages;
        self.write(move |w| {
            let (state, attempts, error): (MessageState, i32, Option<String>) = messages::table
                .find(id)
                .select((messages::state, messages::attempts, messages::last_error))
                .first(w.conn())?;
            Ok((state, attempts, error.unwrap_or_default()))
        })
    }

    /// A competition with one coalition, straight into the tables.
    pub fn bare_coalition(&self, founder: i64) -> (CompetitionId, CoalitionId) {
        use civitas::platform::db::schema::{coalitions, competitions};
        self.write(move |w| {
            let (competition, coalition) = (w.fresh_id(), w.fresh_id());
            let now = w.now();
            diesel::insert_into(competitions::table)
                .values((
                    competitions::id.eq::<CompetitionId>(competition),
                    competitions::programme.eq("Programme"),
                    competitions::edition.eq(competition.to_string()),
                    competitions::summary.eq(""),
                    competitions::time_zone.eq("UTC"),
                    competitions::currency.eq("USD"),
                    competitions::language.eq("en"),
                    competitions::required_sectors.eq("[]"),
                    competitions::eligibility.eq("[]"),
                    competitions::match_required_percent.eq(0),
                    competitions::roster_public.eq(false),
                    competitions::created_by.eq(founder),
                    competitions::created_at.eq(now),
                    competitions::version.eq(1_i64),
                ))
                .execute(w.conn())?;
            diesel::insert_into(coalitions::table)
                .values((
                    coalitions::id.eq::<CoalitionId>(coalition),
                    coalitions::competition_id.eq(competition),
                    coalitions::name.eq("A table"),
                    coalitions::lead_organisation.eq("A foundation"),
                    coalitions::founded_by.eq(founder),
                    coalitions::founded_at.eq(now),
                    coalitions::version.eq(1_i64),
                ))
                .execute(w.conn())?;
            Ok((competition, coalition))
        })
    }
}
