//! The chain: position and hash of each row, where hash = SHA-256(previous hash, row).

use diesel::prelude::*;
use serde_json::{Value, json};

use crate::platform::clock::Instant;
use crate::platform::db::schema::audit_log;
use crate::platform::db::{Reads, Writes, migrate};
use crate::platform::digest::{canonical_json, sha256_hex};
use crate::platform::refusal::{Failure, Result};

/// The head of an empty chain.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Rows chained in one go.
const AT_ONCE: i64 = 500;

/// What is chained: never columns that are derived from these, so that a chain can be checked
/// whichever version last migrated its database. Derived ones are derived again while checking.
#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_log)]
struct Row {
    id: i64,
    at: Instant,
    actor: Option<i64>,
    act: String,
    object_kind: String,
    object_id: i64,
    competition_id: Option<i64>,
    coalition_id: Option<i64>,
    detail: String,
    position: Option<i64>,
    hash: Option<String>,
}

impl Row {
    /// The stage that the detail names: what `stage_id` must be, which is no part of the hash.
    fn stage(&self) -> Option<i64> {
        let detail: Value = serde_json::from_str(&self.detail).ok()?;
        super::stage_of(&detail)
    }

    fn hash_after(&self, previous: &str) -> String {
        let row = json!([
            self.id,
            self.at,
            self.actor,
            self.act,
            self.object_kind,
            self.object_id,
            self.competition_id,
            self.coalition_id,
            self.detail,
            self.position,
        ]);
        sha256_hex(format!("{previous}\n{}", canonical_json(&row)))
    }
}

/// The newest position and hash; position 0 and [`GENESIS`] when nothing is chained yet.
///
/// # Errors
/// When the database fails.
pub fn head(r: &mut Reads<'_>) -> Result<(i64, String)> {
    let newest: Option<(Option<i64>, Option<String>)> = audit_log::table
        .filter(audit_log::position.is_not_null())
        .order(audit_log::position.desc())
        .select((audit_log::position, audit_log::hash))
        .first(r.conn())
        .optional()?;
    Ok(match newest {
        // Where somebody took the hash away, the chain goes on behind that row: verifying finds it.
        Some((Some(position), hash)) => (position, hash.unwrap_or_default()),
        _ => (0, GENESIS.to_owned()),
    })
}

/// Chains the rows that have no place yet; gives how many. Call it again while it gives any.
/// As every unit of writing runs as if alone, two servers can't chain at once.
///
/// # Errors
/// When the database fails.
pub fn chain_once(w: &mut Writes<'_>) -> Result<usize> {
    let rows: Vec<Row> = audit_log::table
        .filter(audit_log::position.is_null())
        .order((audit_log::at.asc(), audit_log::id.asc()))
        .limit(AT_ONCE)
        .select(Row::as_select())
        .load(w.conn())?;
    if rows.is_empty() {
        return Ok(0);
    }
    let (mut position, mut previous) = head(w)?;
    let count = rows.len();
    for mut row in rows {
        position += 1;
        row.position = Some(position);
        previous = row.hash_after(&previous);
        diesel::update(audit_log::table.find(row.id))
            .set((
                audit_log::position.eq(position),
                audit_log::hash.eq(&previous),
            ))
            .execute(w.conn())?;
    }
    Ok(count)
}

/// What checking the chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every chained row is as it was written, and the head looked for is among them.
    Whole {
        /// Rows in the chain.
        rows: i64,
        /// The newest hash.
        head: String,
    },
    /// The first position that is not as it was written.
    Broken {
        /// Where the chain first differs.
        position: i64,
        /// What is wrong there.
        why: String,
    },
    /// The chain is whole, but the head that was kept elsewhere is not in it: its tail was cut
    /// or the chain was computed anew.
    HeadMissing,
}

/// Checks every chained row from the first; with `kept`, also that this earlier head is in it.
///
/// # Errors
/// When the database fails.
pub fn verify(r: &mut Reads<'_>, kept: Option<&str>) -> Result<Verdict> {
    let (mut position, mut previous) = (0_i64, GENESIS.to_owned());
    if let Some(before) = before_the_first(r)? {
        return Ok(Verdict::Broken {
            position: before,
            why: format!("a row was put before the first, at position {before}"),
        });
    }
    let mut kept_seen = kept.is_none_or(|head| head == GENESIS);
    let tells_stages = tells_stages(r)?;
    loop {
        let rows: Vec<Row> = audit_log::table
            .filter(audit_log::position.gt(position))
            .order(audit_log::position.asc())
            .limit(AT_ONCE)
            .select(Row::as_select())
            .load(r.conn())?;
        if rows.is_empty() {
            break;
        }
        let stages = if tells_stages {
            stages_after(r, position)?
        } else {
            rows.iter().map(Row::stage).collect()
        };
        for (row, stage) in rows.into_iter().zip(stages) {
            position += 1;
            if row.position != Some(position) {
                return Ok(Verdict::Broken {
                    position,
                    why: "the row of this position is missing".into(),
                });
            }
            let hash = row.hash_after(&previous);
            if row.hash.as_deref() != Some(&hash) || stage != row.stage() {
                return Ok(Verdict::Broken {
                    position,
                    why: format!("row {} is not as it was written", row.id),
                });
            }
            kept_seen |= kept == Some(&hash);
            previous = hash;
        }
    }
    Ok(if kept_seen {
        Verdict::Whole {
            rows: position,
            head: previous,
        }
    } else {
        Verdict::HeadMissing
    })
}

/// Positions begin at 1: whatever stands before was never chained.
fn before_the_first(r: &mut Reads<'_>) -> Result<Option<i64>> {
    let found: Option<Option<i64>> = audit_log::table
        .filter(audit_log::position.lt(1))
        .order(audit_log::position)
        .select(audit_log::position)
        .first(r.conn())
        .optional()?;
    Ok(found.flatten())
}

/// Whether the database's version has the column that tells the stage of an act.
fn tells_stages(r: &mut Reads<'_>) -> Result<bool> {
    let pending = migrate::pending(r.conn()).map_err(Failure::Broken)?;
    Ok(!pending.iter().any(|step| step.ends_with("_audit_stages")))
}

/// The stages of the rows that [`verify`] reads at once.
fn stages_after(r: &mut Reads<'_>, position: i64) -> Result<Vec<Option<i64>>> {
    Ok(audit_log::table
        .filter(audit_log::position.gt(position))
        .order(audit_log::position.asc())
        .limit(AT_ONCE)
        .select(audit_log::stage_id)
        .load(r.conn())?)
}
