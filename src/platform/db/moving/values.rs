//! A line of a table, read as what its columns hold.

use anyhow::{Context as _, bail, ensure};
use serde_json::Value as Json;

use super::catalogue::{Columns, Kind};
use crate::platform::clock::Instant;

/// What a statement brings into a column, typed as the column is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Number(Option<i64>),
    SmallNumber(Option<i32>),
    YesNo(Option<bool>),
    Real(Option<f64>),
    Text(Option<String>),
    Moment(Option<Instant>),
}

/// Gives a boxed query one more value: `query = bound!(query, value)`. A macro, because diesel's
/// types of either database have no name in common.
macro_rules! bound {
    ($query:expr, $value:expr) => {
        match $value {
            Value::Number(value) => $query.bind::<Nullable<BigInt>, _>(value),
            Value::SmallNumber(value) => $query.bind::<Nullable<Integer>, _>(value),
            Value::YesNo(value) => $query.bind::<Nullable<Bool>, _>(value),
            Value::Real(value) => $query.bind::<Nullable<Double>, _>(value),
            Value::Text(value) => $query.bind::<Nullable<Text>, _>(value),
            Value::Moment(value) => $query.bind::<Nullable<InstantSql>, _>(value),
        }
    };
}
pub(super) use bound;

/// The values of a line.
///
/// # Errors
/// When it has another number of values, or one that its column can't hold as it is.
pub(super) fn values(columns: &Columns, line: &[u8]) -> anyhow::Result<Vec<Value>> {
    let row: Vec<Json> = serde_json::from_slice(line).context("not a list in JSON")?;
    ensure!(row.len() == columns.len(), "another number of values");
    let mut values = Vec::with_capacity(row.len());
    for ((column, kind), json) in columns.iter().zip(row) {
        values.push(value(*kind, json).with_context(|| format!("the column {column}"))?);
    }
    Ok(values)
}

fn value(kind: Kind, json: Json) -> anyhow::Result<Value> {
    Ok(match kind {
        Kind::Number => Value::Number(number(json)?),
        Kind::SmallNumber => {
            let small = number(json)?.map(i32::try_from).transpose();
            Value::SmallNumber(small.context("too large a number")?)
        }
        Kind::YesNo => Value::YesNo(match number(json)? {
            None => None,
            Some(0) => Some(false),
            Some(1) => Some(true),
            Some(other) => bail!("{other} is neither yes (1) nor no (0)"),
        }),
        Kind::Real => {
            let number = text(json)?.map(|words| words.parse()).transpose();
            Value::Real(number.context("no number")?)
        }
        Kind::Text => Value::Text(text(json)?),
        Kind::Moment => Value::Moment(text(json)?.map(|words| moment(&words)).transpose()?),
    })
}

fn number(json: Json) -> anyhow::Result<Option<i64>> {
    match json {
        Json::Null => Ok(None),
        Json::Number(number) => Ok(Some(number.as_i64().context("not a whole number")?)),
        _ => bail!("not a number"),
    }
}

fn text(json: Json) -> anyhow::Result<Option<String>> {
    match json {
        Json::Null => Ok(None),
        Json::String(text) => Ok(Some(text)),
        _ => bail!("not a text"),
    }
}

/// A moment that is written in any other way would come out otherwise than it went in.
fn moment(words: &str) -> anyhow::Result<Instant> {
    match Instant::parse(words) {
        Ok(moment) if moment.to_string() == words => Ok(moment),
        _ => bail!("{words:?} is no moment as Civitas writes it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Columns {
        let kinds = [
            ("at", Kind::Moment),
            ("few", Kind::SmallNumber),
            ("id", Kind::Number),
            ("is_so", Kind::YesNo),
            ("share", Kind::Real),
            ("words", Kind::Text),
        ];
        kinds.map(|(name, kind)| (name.to_owned(), kind)).into()
    }

    #[test]
    fn every_kind_is_read_as_it_was_written() {
        let line = r#"["2026-03-02T15:00:00.000001Z",-2147483648,9007199254740993,1,"0.1",""]"#;
        let read = values(&columns(), line.as_bytes()).unwrap();
        let at = Instant::parse("2026-03-02T15:00:00.000001Z").unwrap();
        let expected = [
            Value::Moment(Some(at)),
            Value::SmallNumber(Some(i32::MIN)),
            Value::Number(Some(9_007_199_254_740_993)),
            Value::YesNo(Some(true)),
            Value::Real(Some(0.1)),
            Value::Text(Some(String::new())),
        ];
        assert_eq!(read, expected);
        let nothing = values(&columns(), b"[null,null,null,null,null,null]").unwrap();
        assert_eq!(nothing[2], Value::Number(None));
    }

    #[test]
    fn what_a_column_can_t_hold_as_it_is_is_refused_by_its_name() {
        for (line, named) in [
            (r#"["2026-03-02T15:00:00Z",1,1,1,"1","x"]"#, "column at"),
            (
                r#"["2026-03-02T16:00:00.000000+01:00",1,1,1,"1","x"]"#,
                "column at",
            ),
            (r#"[null,2147483648,1,1,"1","x"]"#, "column few"),
            (r#"[null,1,1.5,1,"1","x"]"#, "column id"),
            (r#"[null,1,9223372036854775808,1,"1","x"]"#, "column id"),
            (r#"[null,1,1,2,"1","x"]"#, "column is_so"),
            (r#"[null,1,1,1,"much","x"]"#, "column share"),
            (r#"[null,1,1,1,"1",7]"#, "column words"),
            (r#"[null,1,1,1,"1"]"#, "number of values"),
            (r#"{"at":null}"#, "not a list"),
        ] {
            let why = values(&columns(), line.as_bytes()).unwrap_err();
            assert!(format!("{why:#}").contains(named), "{line}: {why:#}");
        }
    }
}
