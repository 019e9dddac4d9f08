//! What went into the outbox.

use std::collections::HashMap;

use civitas::platform::db::schema::messages;
use civitas::proposals::jobs;
use diesel::prelude::*;

use crate::world::{Actor, World};

/// How many messages of each kind wait for each address.
pub fn letters(w: &World) -> HashMap<(String, String), usize> {
    let rows: Vec<(String, String)> = w.write(|w| {
        Ok(messages::table
            .select((messages::kind, messages::address))
            .load(w.conn())?)
    });
    let mut count = HashMap::new();
    for row in rows {
        *count.entry(row).or_default() += 1;
    }
    count
}

/// How many messages of a kind went to somebody.
pub fn letters_to(w: &World, kind: &str, who: &Actor) -> usize {
    let key = (kind.to_owned(), who.email.clone());
    letters(w).get(&key).copied().unwrap_or(0)
}

/// What a minute does about reminders to submit.
pub fn remind(w: &World) {
    w.write(|w| {
        let due = jobs::reminders_due(w)?;
        jobs::remind(w, &due)
    });
}

/// What a minute does about confirmations of drafts.
pub fn look_after_confirmations(w: &World) {
    w.write(|w| {
        let found = jobs::confirmations_to_look_after(w)?;
        found
            .into_iter()
            .try_for_each(|at| jobs::look_after_confirmation(w, at))
    });
}
