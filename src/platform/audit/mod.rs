//! The audit log: every change leaves a row in its own transaction; a worker chains the rows
//! behind the writers, so that they never wait for each other.

mod chain;

use diesel::prelude::*;
use serde_json::Value;

pub use chain::{GENESIS, Verdict, chain_once, head, verify};

use super::db::schema::audit_log;
use super::db::{Reads, Writes};
use super::ids::{CoalitionId, CompetitionId, PersonId};
use super::refusal::Result;

/// What someone did to an object.
#[derive(Clone, Debug)]
pub struct Act<'a> {
    /// Who did it; none for the server itself.
    pub actor: Option<PersonId>,
    /// What was done: object, dot, past tense, for example `submission.created`.
    pub act: &'a str,
    /// Kind and identity of the object.
    pub object: (&'a str, i64),
    /// The competition that the object belongs to.
    pub competition: Option<CompetitionId>,
    /// The coalition that the object tells of: who may not see it does not see the row.
    pub coalition: Option<CoalitionId>,
    /// Ids and digests; never personal data. Its `stage`, where it names one by its id, is the
    /// stage that the act belongs to: while that is sealed, nobody sees acts on what is sealed.
    pub detail: Value,
}

/// Records an act in the transaction of the change.
///
/// # Errors
/// When the database fails.
pub fn record(w: &mut Writes<'_>, act: Act<'_>) -> Result<()> {
    let (id, at) = (w.fresh_id::<i64>(), w.now());
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::id.eq(id),
            audit_log::at.eq(at),
            audit_log::actor.eq(act.actor),
            audit_log::act.eq(act.act),
            audit_log::object_kind.eq(act.object.0),
            audit_log::object_id.eq(act.object.1),
            audit_log::competition_id.eq(act.competition),
            audit_log::coalition_id.eq(act.coalition),
            audit_log::detail.eq(super::digest::canonical_json(&act.detail)),
            audit_log::stage_id.eq(stage_of(&act.detail)),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// The stage that an act belongs to, by its detail.
fn stage_of(detail: &Value) -> Option<i64> {
    detail.get("stage").and_then(Value::as_i64)
}

/// Whether anyone ever did this.
///
/// # Errors
/// When the database fails.
pub fn has_act(r: &mut Reads<'_>, act: &str) -> Result<bool> {
    let found: Option<i64> = audit_log::table
        .filter(audit_log::act.eq(act))
        .select(audit_log::id)
        .first(r.conn())
        .optional()?;
    Ok(found.is_some())
}
