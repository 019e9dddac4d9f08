//! How far this machine's clock is from the database's. Deadlines are judged by the servers' own
//! clocks, so several servers on one database must agree; an embedded database has no other clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::clock::{Clock, Instant};
use super::db::{Db, Reads, dialect};
use super::refusal::Result;

/// Beyond this the operator is warned.
const DOUBTFUL: i64 = 1_000_000;

/// Beyond this a server does not serve: it would close stages at another moment than the others.
const TOO_FAR: i64 = 60_000_000;

/// How far two clocks are apart, in microseconds; positive: this machine's is ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap(i64);

impl Gap {
    /// From what the database's clock said between two looks at this machine's: at least so far.
    fn between(before: Instant, there: Instant, after: Instant) -> Self {
        let (least, most) = (
            before.micros() - there.micros(),
            after.micros() - there.micros(),
        );
        if least > 0 {
            Self(least)
        } else {
            Self(most.min(0))
        }
    }

    /// Whether the operator should know.
    pub const fn is_doubtful(self) -> bool {
        self.0.abs() > DOUBTFUL
    }

    /// Whether a server must not serve with it.
    pub const fn is_too_far(self) -> bool {
        self.0.abs() > TOO_FAR
    }

    /// For the operator.
    pub fn words(self) -> String {
        let (seconds, direction) = (
            self.seconds(),
            if self.0 > 0 { "ahead of" } else { "behind" },
        );
        let seconds = seconds.abs();
        format!(
            "this machine's clock is {seconds:.1} seconds {direction} the database's: set both by NTP"
        )
    }

    /// In seconds.
    #[expect(
        clippy::cast_precision_loss,
        reason = "exact for centuries of microseconds"
    )]
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

/// Compares the clocks; none where the database has none of its own.
///
/// # Errors
/// When the database fails.
pub fn gap(r: &mut Reads<'_>, clock: &Clock) -> Result<Option<Gap>> {
    let before = clock.now();
    let there = dialect::server_time(r.conn())?;
    Ok(there.map(|there| Gap::between(before, there, clock.now())))
}

/// What was found last, shared by everything that serves.
#[derive(Clone, Debug, Default)]
pub struct Drift(Arc<Found>);

#[derive(Debug, Default)]
struct Found {
    gap: AtomicI64,
    looked_at: AtomicI64,
}

impl Drift {
    /// The gap found last.
    pub fn gap(&self) -> Gap {
        Gap(self.0.gap.load(Ordering::Relaxed))
    }

    /// Looks anew: tells the log of a clock that was set back, or that is far from the database's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look(&self, db: &Db, clock: &Clock) -> Result<()> {
        let now = clock.now();
        let before = Instant::from_micros(self.0.looked_at.swap(now.micros(), Ordering::Relaxed));
        if before.is_ahead_of(now) {
            tracing::error!(%before, %now, "this machine's clock was set back");
        }
        let looking = clock.clone();
        let Some(gap) = db.read(now, move |r| gap(r, &looking)).await? else {
            return Ok(());
        };
        self.0.gap.store(gap.0, Ordering::Relaxed);
        metrics::gauge!("civitas_clock_ahead_seconds").set(gap.seconds());
        if gap.is_too_far() {
            tracing::error!("{}; not ready until then", gap.words());
        } else if gap.is_doubtful() {
            tracing::warn!("{}", gap.words());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Gap, Instant};

    #[test]
    fn a_slow_answer_of_the_database_is_no_gap() {
        let at = Instant::from_micros;
        for (before, there, after, gap) in [
            (100, 150, 200, 0),
            (100, 100, 100, 0),
            (100, 40, 200, 60),
            (100, 270, 200, -70),
        ] {
            assert_eq!(Gap::between(at(before), at(there), at(after)), Gap(gap));
        }
    }

    #[test]
    fn a_gap_is_told_in_words() {
        let told = Gap(-2_500_000).words();
        assert!(told.contains("2.5 seconds behind the database's"), "{told}");
        assert!(Gap(-2_500_000).is_doubtful() && !Gap(-2_500_000).is_too_far());
        assert!(Gap(61_000_000).is_too_far());
    }
}
