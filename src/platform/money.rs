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

    /// Written for people: `USD 2,770,000.00`, `JPY 2,770,000`.
    pub fn written(&self) -> String {
        let places = decimals(&self.currency);
        let (size, unit) = (self.amount.unsigned_abs(), 10_u64.pow(places));
        let digits = (size / unit).to_string();
        let mut grouped = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if self.amount < 0 { "-" } else { "" };
        let part = match places {
            0 => String::new(),
            places => format!(".{:0width$}", size % unit, width = places as usize),
        };
        format!("{} {sign}{grouped}{part}", self.currency)
    }
}

/// Decimals of a currency's minor unit (ISO 4217, list one of 2024); two of one that it lacks.
fn decimals(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::Money;

    #[test]
    fn written_for_people() {
        for (amount, currency, text) in [
            (0, "USD", "USD 0.00"),
            (5, "USD", "USD 0.05"),
            (100_000, "USD", "USD 1,000.00"),
            (277_000_000, "USD", "USD 2,770,000.00"),
            (-150, "USD", "USD -1.50"),
            (-50, "USD", "USD -0.50"),
            (2_770_000, "JPY", "JPY 2,770,000"),
            (1_234_005, "KWD", "KWD 1,234.005"),
            (10_000, "CLF", "CLF 1.0000"),
        ] {
            assert_eq!(Money::new(amount, currency).written(), text);
        }
    }
}
