//! How fast mail leaves: at most so many letters in any minute, by all servers on a database together.
//! A tenth is kept for letters that somebody waits for, such as links to sign in.

use diesel::prelude::*;

use crate::platform::clock::CLOCKS_DIFFER_SECONDS;
use crate::platform::db::Reads;
use crate::platform::db::schema::messages;
use crate::platform::refusal::Result;

/// What may leave now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Any letter.
    Any,
    /// Letters that somebody waits for.
    WaitedFor,
    /// None, until a minute has passed since others.
    None,
}

/// What may leave now, where at most so many letters a minute do; 0: as many as there are.
///
/// # Errors
/// When the database fails.
pub fn room(r: &mut Reads<'_>, per_minute: u32) -> Result<Room> {
    if per_minute == 0 {
        return Ok(Room::Any);
    }
    let (since, until) = (
        r.now().plus_seconds(-60),
        r.now().plus_seconds(CLOCKS_DIFFER_SECONDS),
    );
    let tried: i64 = messages::table
        .filter(messages::tried_at.gt(since))
        .filter(messages::tried_at.le(until))
        .count()
        .get_result(r.conn())?;
    Ok(left(per_minute, tried))
}

fn left(per_minute: u32, tried: i64) -> Room {
    let kept = per_minute.div_ceil(10).min(per_minute - 1);
    if tried < i64::from(per_minute - kept) {
        Room::Any
    } else if tried < i64::from(per_minute) {
        Room::WaitedFor
    } else {
        Room::None
    }
}

#[cfg(test)]
mod tests {
    use super::{Room, left};

    #[test]
    fn a_tenth_is_kept_for_letters_that_somebody_waits_for() {
        for (per_minute, tried, room) in [
            (1, 0, Room::Any),
            (1, 1, Room::None),
            (2, 0, Room::Any),
            (2, 1, Room::WaitedFor),
            (2, 2, Room::None),
            (100, 89, Room::Any),
            (100, 90, Room::WaitedFor),
            (100, 99, Room::WaitedFor),
            (100, 100, Room::None),
            (100, 101, Room::None),
        ] {
            assert_eq!(left(per_minute, tried), room, "{tried} of {per_minute}");
        }
    }
}
