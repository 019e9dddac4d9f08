//! Facts of tables that modules to the right write: what counts here is one yes or no.

use diesel::prelude::*;

use crate::platform::db::Reads;
use crate::platform::db::schema::{awards, submissions};
use crate::platform::ids::CoalitionId;
use crate::platform::refusal::Result;

/// Whether a coalition has a submission in force at any stage.
///
/// # Errors
/// When the database fails.
pub fn submission_is_in_force(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<bool> {
    let in_force: i64 = submissions::table
        .filter(submissions::coalition_id.eq(coalition))
        .filter(submissions::state.eq("in_force"))
        .count()
        .get_result(r.conn())?;
    Ok(in_force > 0)
}

/// Whether a coalition accepted an award: after that it can't simply take itself back.
///
/// # Errors
/// When the database fails.
pub fn award_is_accepted(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<bool> {
    let accepted: i64 = awards::table
        .filter(awards::coalition_id.eq(coalition))
        .filter(awards::state.eq("accepted"))
        .count()
        .get_result(r.conn())?;
    Ok(accepted > 0)
}
