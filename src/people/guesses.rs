//! Growing delays, against guessing passwords and codes and against asking for mail again and
//! again. A tally belongs to an account and the address that asks, together, so that nobody can
//! lock another person out from elsewhere.

use std::net::Ipv6Addr;

use diesel::prelude::*;

use crate::platform::clock::Instant;
use crate::platform::db::schema::sign_in_delays as delays;
use crate::platform::db::{Reads, Writes};
use crate::platform::digest::sha256_hex;
use crate::platform::refusal::{Refusal, Result};

/// Hours without another try after which a tally begins anew.
pub const FORGOTTEN_AFTER_HOURS: i64 = 24;

/// What of a client's address tells it from others: all of IPv4; of IPv6 the network, in which
/// anyone has 2^64 addresses.
pub(super) fn network_of(client: &str) -> String {
    match client.parse::<Ipv6Addr>() {
        Ok(address) => {
            let network = address.to_bits() >> 64 << 64;
            format!("{}/64", Ipv6Addr::from_bits(network))
        }
        Err(_) => client.to_owned(),
    }
}

/// Tries that are counted together.
#[derive(Clone, Debug)]
pub struct Tally {
    account: String,
    client: String,
    /// Tries without any delay.
    free: i32,
    /// The longest delay, in seconds.
    longest: i64,
}

impl Tally {
    /// Wrong passwords and codes for an account, from one client's address.
    pub fn of_guesses(account: &str, client: &str) -> Self {
        Self {
            account: account.to_owned(),
            client: network_of(client),
            free: 4,
            longest: 3600,
        }
    }

    /// Mail of one purpose to one address, asked for by one client.
    fn of_mail_to(purpose: &str, address: &str, client: &str) -> Self {
        Self::of_guesses(&format!("{purpose} {address}"), client)
    }

    /// All mail that one client asks for. A whole town hall may share an address, so it has more
    /// room and never waits long.
    fn of_mail_for(client: &str) -> Self {
        Self {
            account: "mail to anyone".to_owned(),
            client: network_of(client),
            free: 30,
            longest: 60,
        }
    }

    /// All mail of one purpose to one address that clients ask for together: with many of them one
    /// could fill a box. While its delay runs nobody is refused, and no letter leaves: the link in
    /// the one before it is good for longer, so whoever asks keeps nobody from theirs.
    fn of_mail_from_anyone_to(purpose: &str, address: &str) -> Self {
        Self {
            account: format!("{purpose} mail to {address}"),
            client: "anyone".to_owned(),
            free: 10,
            longest: 900,
        }
    }

    /// Seconds to wait after so many tries in a row: none at first, then doubling.
    fn delay_after(&self, tries: i32) -> i64 {
        let beyond = (tries - self.free).clamp(0, 20);
        if beyond == 0 {
            0
        } else {
            (1 << beyond).min(self.longest)
        }
    }

    fn hash(&self) -> String {
        sha256_hex(self.account.trim().to_lowercase())
    }
}

struct Row {
    id: i64,
    tries: i32,
    last_at: Instant,
    blocked_until: Instant,
}

fn row(r: &mut Reads<'_>, tally: &Tally) -> Result<Option<Row>> {
    let row: Option<(i64, i32, Instant, Instant)> = delays::table
        .filter(delays::account_hash.eq(tally.hash()))
        .filter(delays::address.eq(&tally.client))
        .select((
            delays::id,
            delays::failures,
            delays::last_at,
            delays::blocked_until,
        ))
        .first(r.conn())
        .optional()?;
    Ok(row.map(|(id, tries, last_at, blocked_until)| Row {
        id,
        tries,
        last_at,
        blocked_until,
    }))
}

/// Refuses while the delay runs. Ask in the unit of writing that judges the guess, too: of many
/// that come at once, each must see what the one before it has counted.
///
/// # Errors
/// 429 with the seconds left.
pub fn check(r: &mut Reads<'_>, tally: &Tally) -> Result<()> {
    match wait(r, tally)? {
        Some(seconds) => Err(Refusal::TooMany(seconds).into()),
        None => Ok(()),
    }
}

/// The seconds left while the delay runs.
fn wait(r: &mut Reads<'_>, tally: &Tally) -> Result<Option<i64>> {
    let now = r.now();
    let delayed =
        row(r, tally)?.filter(|row| row.blocked_until > now && !row.last_at.is_ahead_of(now));
    Ok(delayed.map(|row| row.blocked_until.seconds_since(now) + 1))
}

/// Counts a try.
///
/// # Errors
/// When the database fails.
pub fn count(w: &mut Writes<'_>, tally: &Tally) -> Result<()> {
    let now = w.now();
    let before = row(w, tally)?;
    let recent = before
        .as_ref()
        .filter(|row| now.seconds_since(row.last_at) < FORGOTTEN_AFTER_HOURS * 3600);
    let tries = recent.map_or(0, |row| row.tries) + 1;
    let until = now.plus_seconds(tally.delay_after(tries));
    if let Some(row) = before {
        diesel::update(delays::table.find(row.id))
            .set((
                delays::failures.eq(tries),
                delays::last_at.eq(now),
                delays::blocked_until.eq(until),
            ))
            .execute(w.conn())?;
        return Ok(());
    }
    let id = w.fresh_id::<i64>();
    diesel::insert_into(delays::table)
        .values((
            delays::id.eq(id),
            delays::account_hash.eq(tally.hash()),
            delays::address.eq(&tally.client),
            delays::failures.eq(tries),
            delays::last_at.eq(now),
            delays::blocked_until.eq(until),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Forgets what was counted, after a guess that was right.
///
/// # Errors
/// When the database fails.
pub fn forget(w: &mut Writes<'_>, tally: &Tally) -> Result<()> {
    if let Some(row) = row(w, tally)? {
        diesel::delete(delays::table.find(row.id)).execute(w.conn())?;
    }
    Ok(())
}

/// Lets a client ask for mail of one purpose to an address, and counts that it did: for what is
/// open to anyone, who could fill a stranger's box with it. Gives whether a letter may leave; the
/// client must not learn.
///
/// # Errors
/// 429 with the seconds left, where this client asks too often.
pub fn admit_mail(w: &mut Writes<'_>, purpose: &str, address: &str, client: &str) -> Result<bool> {
    for tally in [
        Tally::of_mail_to(purpose, address, client),
        Tally::of_mail_for(client),
    ] {
        check(w, &tally)?;
        count(w, &tally)?;
    }
    let letters = Tally::of_mail_from_anyone_to(purpose, &address.trim().to_lowercase());
    let may_leave = wait(w, &letters)?.is_none();
    if may_leave {
        count(w, &letters)?;
    }
    Ok(may_leave)
}

/// Removes what is too old to count.
///
/// # Errors
/// When the database fails.
pub fn remove_forgotten(w: &mut Writes<'_>) -> Result<()> {
    let since = w.now().plus_hours(-FORGOTTEN_AFTER_HOURS);
    diesel::delete(delays::table.filter(delays::last_at.lt(since))).execute(w.conn())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Tally, network_of};

    #[test]
    fn a_client_is_all_of_an_ipv4_address_and_the_network_of_an_ipv6_one() {
        for (client, network) in [
            ("192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
            ("", ""),
        ] {
            assert_eq!(network_of(client), network);
        }
    }

    #[test]
    fn trying_grows_slow() {
        let guesses = Tally::of_guesses("ana@people.example", "127.0.0.1");
        let waits: Vec<i64> = (1..=8).map(|tries| guesses.delay_after(tries)).collect();
        assert_eq!(waits, [0, 0, 0, 0, 2, 4, 8, 16]);
        assert_eq!(guesses.delay_after(1000), 3600);
        let mail = Tally::of_mail_for("127.0.0.1");
        assert_eq!((mail.delay_after(30), mail.delay_after(31)), (0, 2));
        assert_eq!(mail.delay_after(1000), 60);
    }
}
