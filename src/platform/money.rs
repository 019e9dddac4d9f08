//! Money in minor units of a currency.

use serde::{Deserialize, Serialize};

/// An amount in minor units (cents), with its ISO 4217 currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": 277_000_000, "currency": "USD"}))]
pub struct Money {
    /// Minor units; never negative in a proposal or a budget.
    #[schema(maximum = 9_007_199_254_740_991_i64)]
    pub amount: i64,
    /// Three letters, for example USD.
    #[schema(min_length = 3, max_length = 3)]
    pub currency: String,
}

impl Money {
    /// An amount of minor units in a currency.
    pub fn new(amount: i64, currency: &str) -> Self {
        Self {
            amount,
            currency: currency.to_owned(),
        }
    }

    /// The largest amount that every JSON reader keeps exact: 2^53 − 1.
    pub const MOST: i64 = (1 << 53) - 1;

    /// Written for people: `USD 2,770,000.00`.
    pub fn written(&self) -> String {
        let (whole, cents) = (self.amount / 100, (self.amount % 100).abs());
        let digits = whole.abs().to_string();
        let mut grouped = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if self.amount < 0 { "-" } else { "" };
        format!("{} {sign}{grouped}.{cents:02}", self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::Money;

    #[test]
    fn written_for_people() {
        for (amount, text) in [
            (0, "USD 0.00"),
            (5, "USD 0.05"),
            (100_000, "USD 1,000.00"),
            (277_000_000, "USD 2,770,000.00"),
            (-150, "USD -1.50"),
        ] {
            assert_eq!(Money::new(amount, "USD").written(), text);
        }
    }
}
