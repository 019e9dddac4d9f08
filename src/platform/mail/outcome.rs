//! What an attempt means for the message and for the queue.

use serde_json::json;

use super::store::{self, Claimed};
use super::transport::Outcome;
use super::worker::Attempt;
use crate::platform::clock::Instant;
use crate::platform::db::Writes;
use crate::platform::outbox::{Letter, MessageState, Recipient, enqueue};
use crate::platform::refusal::Result;

/// After so many attempts, about three days, a message is given up.
const ATTEMPTS_AT_MOST: i32 = 25;

/// The first attempt after a transient refusal comes so many seconds later, the next after twice
/// as long, and so on to the longest.
const FIRST_WAIT: u64 = 60;
const LONGEST_WAIT: u64 = 4 * 3600;

/// A queue that stands still is tried again after so many seconds, at first and at last.
const SHORTEST_PAUSE: i64 = 60;
const LONGEST_PAUSE: i64 = 15 * 60;

/// Notes what became of a claimed message.
pub(super) fn note(w: &mut Writes<'_>, claimed: &Claimed, attempt: &Attempt) -> Result<()> {
    let id = claimed.id;
    match attempt {
        Attempt::Unwanted => {
            let why = "reminders are turned off";
            store::end(w, claimed, MessageState::Cancelled, why)
        }
        Attempt::Impossible(why) => {
            tracing::error!(%id, kind = claimed.kind, why, "a message can't be written out");
            store::end(w, claimed, MessageState::Dead, why)
        }
        Attempt::Made(outcome) => {
            count(outcome);
            note_outcome(w, claimed, outcome)
        }
    }
}

fn note_outcome(w: &mut Writes<'_>, claimed: &Claimed, outcome: &Outcome) -> Result<()> {
    let id = claimed.id;
    match outcome {
        Outcome::Sent => {
            store::mark_sent(w, id)?;
            if store::pause(w)?.is_some() {
                tracing::info!("the mail server takes mail again");
                store::release(w)?;
            }
            Ok(())
        }
        Outcome::Rejected(why) => {
            tracing::warn!(%id, kind = claimed.kind, "a message was refused for good");
            store::end(w, claimed, MessageState::Dead, why)
        }
        Outcome::Later(why) if claimed.attempts + 1 >= ATTEMPTS_AT_MOST => {
            tracing::warn!(%id, kind = claimed.kind, "a message was given up");
            let why = format!("given up after {ATTEMPTS_AT_MOST} attempts: {why}");
            store::end(w, claimed, MessageState::Dead, &why)
        }
        Outcome::Later(why) => {
            let dice = w.entropy().below(1 << 32);
            let due = w.now().plus_seconds(wait(claimed.attempts, dice));
            store::put_back(w, claimed, due, claimed.attempts + 1, why)
        }
        Outcome::Held(why) => {
            // It says nothing about this message, so it counts as no attempt.
            let now = w.now();
            store::put_back(w, claimed, now, claimed.attempts, why)?;
            hold(w, why)
        }
    }
}

/// Holds the queue, and writes to those in charge when it begins; they get it once mail goes out
/// again, and see the pause itself in the meantime.
fn hold(w: &mut Writes<'_>, why: &str) -> Result<()> {
    let now = w.now();
    let since = store::pause(w)?.map_or(now, |pause| pause.since.min(now));
    let until = now.plus_seconds(pause_seconds(since, now));
    if !store::hold(w, since, until, why)? {
        return Ok(());
    }
    tracing::error!(why, "outgoing mail is held back");
    for person in store::those_in_charge(w)? {
        let letter = Letter {
            kind: "mail-paused",
            to: Recipient::Person(person),
            dedupe_key: format!("mail-paused:{since}:{person}"),
            cause: ("mail-pause", since.micros()),
            competition: None,
            coalition: None,
            due_at: None,
            fields: json!({"reason": why, "since": since.in_zone("UTC")}),
        };
        enqueue(w, letter)?;
    }
    Ok(())
}

/// The queue rests as long again as it has stood still, within bounds.
fn pause_seconds(since: Instant, now: Instant) -> i64 {
    now.seconds_since(since)
        .clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
}

/// Seconds until the next attempt, between three quarters and five quarters of the step, so that
/// messages refused together do not come back together. `dice` is any number.
fn wait(attempts_before: i32, dice: u64) -> i64 {
    let doublings = u32::try_from(attempts_before).unwrap_or(0).min(20);
    let step = (FIRST_WAIT << doublings).min(LONGEST_WAIT);
    let seconds = step * 3 / 4 + dice % (step / 2 + 1);
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

fn count(outcome: &Outcome) {
    let outcome = match outcome {
        Outcome::Sent => "sent",
        Outcome::Rejected(_) => "rejected",
        Outcome::Later(_) => "later",
        Outcome::Held(_) => "held",
    };
    metrics::counter!("civitas_mail_attempts_total", "outcome" => outcome).increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_with_jitter_up_to_the_longest() {
        let quarter = |seconds: i64| (seconds * 3 / 4, seconds * 5 / 4);
        for (attempts, step) in [(0, 60), (1, 120), (5, 1920), (10, 14_400), (24, 14_400)] {
            let (least, most) = quarter(step);
            for dice in [0, 1, 12_345, u64::MAX] {
                let seconds = wait(attempts, dice);
                assert!((least..=most).contains(&seconds), "{attempts}: {seconds}");
            }
        }
    }

    #[test]
    fn a_message_is_given_up_after_about_three_days() {
        let days = |dice: u64| {
            let all: i64 = (0..ATTEMPTS_AT_MOST - 1).map(|n| wait(n, dice)).sum();
            all / 86_400
        };
        assert!((2..=3).contains(&days(0)), "{}", days(0));
    }

    #[test]
    fn a_queue_is_tried_less_often_the_longer_it_stands_still() {
        let since = Instant::from_micros(0);
        let pauses =
            [0, 30, 100, 600, 100_000].map(|s| pause_seconds(since, since.plus_seconds(s)));
        assert_eq!(pauses, [60, 60, 100, 600, 900]);
    }
}
