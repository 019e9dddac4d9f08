//! Instants and where they come from. Nothing else in the program asks the machine for the time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment, in whole microseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    diesel::expression::AsExpression,
    diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = crate::platform::db::sql::InstantSql)]
pub struct Instant(i64);

/// Clocks of several servers may differ by so many seconds: a moment that is further ahead was told
/// by a clock that has been set back.
pub const CLOCKS_DIFFER_SECONDS: i64 = 60;

impl Instant {
    /// The moment so many microseconds after the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This moment moved on by so many seconds (negative: back).
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// This moment moved on by so many hours.
    #[must_use]
    pub const fn plus_hours(self, hours: i64) -> Self {
        self.plus_seconds(hours.saturating_mul(3600))
    }

    /// This moment moved on by so many days of 24 hours.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_hours(days.saturating_mul(24))
    }

    /// The moment so many whole seconds after the Unix epoch.
    pub const fn of_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Seconds from `earlier` to this moment; negative when `earlier` is later.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).div_euclid(1_000_000)
    }

    /// Whether it lies so far ahead of `now` that no clock of today can have told it: that clock was
    /// set back since.
    pub const fn is_ahead_of(self, now: Self) -> bool {
        self.0 > now.plus_seconds(CLOCKS_DIFFER_SECONDS).0
    }

    /// Whether this moment is at most so many seconds after `earlier`, which a clock that was set
    /// back since must not have told.
    pub const fn is_within(self, seconds: i64, earlier: Self) -> bool {
        !earlier.is_ahead_of(self) && self.seconds_since(earlier) <= seconds
    }

    /// Reads RFC 3339 with any offset.
    ///
    /// # Errors
    /// When the text is not a date with time and offset.
    pub fn parse(text: &str) -> Result<Self, jiff::Error> {
        let stamp: jiff::Timestamp = text.parse()?;
        Ok(Self(stamp.as_microsecond()))
    }

    /// The same moment for the calendar library.
    pub fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::MAX)
    }

    /// Written for people in a time zone: `Fri 24 April 2026, 17:00 EDT`.
    pub fn in_zone(self, zone: &str) -> String {
        match self.timestamp().in_tz(zone) {
            Ok(zoned) => zoned.strftime("%a %-d %B %Y, %H:%M %Z").to_string(),
            Err(_) => self.to_string(),
        }
    }
}

/// RFC 3339 in UTC with six decimals, so that text order is time order.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}", self.timestamp())
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text)
            .map_err(|_| serde::de::Error::custom("a time is written like 2026-04-24T21:00:00Z"))
    }
}

impl utoipa::PartialSchema for Instant {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(
                utoipa::openapi::KnownFormat::DateTime,
            )))
            .description(Some("RFC 3339, in UTC when written by the server"))
            .examples([serde_json::json!("2026-04-24T21:00:00.000000Z")])
            .into()
    }
}

impl utoipa::ToSchema for Instant {}

/// Where the time comes from: the machine, or a hand that tests move.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The machine's own clock.
    pub const fn system() -> Self {
        Self(None)
    }

    /// A clock that stands still until it is moved.
    pub fn standing_at(at: Instant) -> Self {
        Self(Some(Arc::new(AtomicI64::new(at.0))))
    }

    /// The present moment.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine"
    )]
    pub fn now(&self) -> Instant {
        match &self.0 {
            Some(hand) => Instant(hand.load(Ordering::SeqCst)),
            None => Instant(jiff::Timestamp::now().as_microsecond()),
        }
    }

    /// Moves a standing clock; does nothing to the machine's.
    pub fn set(&self, at: Instant) {
        if let Some(hand) = &self.0 {
            hand.store(at.0, Ordering::SeqCst);
        }
    }

    /// Moves a standing clock on.
    pub fn advance(&self, by: Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.set(Instant(self.now().0.saturating_add(micros)));
    }
}

#[cfg(test)]
mod tests {
    use super::Instant;

    #[test]
    fn text_order_is_time_order_and_reading_gives_the_same_moment_back() {
        let moments = [-1, 0, 1, 999_999, 1_000_000, 1_777_064_400_000_001];
        let texts: Vec<String> = moments
            .iter()
            .map(|m| Instant::from_micros(*m).to_string())
            .collect();
        assert!(texts.is_sorted());
        for (micros, text) in moments.iter().zip(&texts) {
            assert_eq!(Instant::parse(text).unwrap().micros(), *micros, "{text}");
        }
    }

    #[test]
    fn a_moment_far_ahead_is_no_earlier_one() {
        let now = Instant::from_micros(1_777_064_400_000_000);
        for (earlier, within) in [
            (-11, false),
            (-10, true),
            (0, true),
            (60, true),
            (61, false),
        ] {
            assert_eq!(
                now.is_within(10, now.plus_seconds(earlier)),
                within,
                "{earlier}"
            );
        }
    }

    #[test]
    fn people_read_the_time_of_their_zone() {
        let at = Instant::parse("2026-04-24T21:00:00Z").unwrap();
        assert_eq!(
            at.in_zone("America/New_York"),
            "Fri 24 April 2026, 17:00 EDT"
        );
    }
}
