//! Scores: exact decimals in thousandths.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number of points, exact to 1/1000; a plain number in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Points(i64);

/// Far above any scale, far below what JSON readers keep exact.
const MOST: i64 = 1_000_000_000;

impl Points {
    /// So many thousandths of a point.
    pub const fn from_thousandths(thousandths: i64) -> Self {
        Self(thousandths)
    }

    /// So many whole points.
    pub const fn whole(points: i32) -> Self {
        Self(points as i64 * 1000)
    }

    /// Thousandths of a point.
    pub const fn thousandths(self) -> i64 {
        self.0
    }

    /// For statistics; exact scores stay [`Points`].
    #[expect(clippy::cast_precision_loss, reason = "at most 10^9, exact in f64")]
    pub fn value(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The exact value, if the number has at most three decimals.
    #[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
    pub fn from_value(value: f64) -> Option<Self> {
        let thousandths = (value * 1000.0).round();
        let near = (value * 1000.0 - thousandths).abs() < 1e-6;
        let small = thousandths.abs() <= 1e9;
        (near && small).then_some(Self(thousandths as i64))
    }

    /// Whether this is a whole number of points.
    pub const fn is_whole(self) -> bool {
        self.0 % 1000 == 0
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (self.0.unsigned_abs() / 1000, self.0.unsigned_abs() % 1000);
        let decimals = format!("{rest:03}");
        match decimals.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            decimals => write!(f, "{sign}{whole}.{decimals}"),
        }
    }
}

impl Serialize for Points {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_whole() {
            serializer.serialize_i64(self.0 / 1000)
        } else {
            serializer.serialize_f64(self.value())
        }
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reads;

        impl serde::de::Visitor<'_> for Reads {
            type Value = Points;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number with at most three decimals")
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Points, E> {
                match number.checked_mul(1000) {
                    Some(thousandths) if thousandths.abs() <= MOST => Ok(Points(thousandths)),
                    _ => Err(E::custom("the number is too large")),
                }
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Points, E> {
                self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
            }

            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Points, E> {
                Points::from_value(number)
                    .ok_or_else(|| E::custom("a number with at most three decimals"))
            }
        }

        deserializer.deserialize_any(Reads)
    }
}

impl utoipa::PartialSchema for Points {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::Number)
            .description(Some("A number of points with at most three decimals"))
            .examples([serde_json::json!(3.7)])
            .into()
    }
}

impl utoipa::ToSchema for Points {}

#[cfg(test)]
mod tests {
    use super::Points;

    #[test]
    fn json_keeps_every_thousandth() {
        for thousandths in [0, 1, 100, 3700, 4000, -250, 999_999_999] {
            let points = Points::from_thousandths(thousandths);
            let text = serde_json::to_string(&points).unwrap();
            assert_eq!(text, points.to_string());
            assert_eq!(serde_json::from_str::<Points>(&text).unwrap(), points);
        }
    }

    #[test]
    fn finer_or_larger_numbers_are_refused() {
        for text in ["3.7001", "1e300", "10000000", "\"3\"", "null"] {
            assert!(serde_json::from_str::<Points>(text).is_err(), "{text}");
        }
        assert_eq!(
            serde_json::from_str::<Points>("4.0").unwrap(),
            Points::whole(4)
        );
    }
}
