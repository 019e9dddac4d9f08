//! Offers by the times at which they are told, public, or over.

use diesel::prelude::*;

use crate::decisions::model::Outcome;
use crate::platform::clock::Instant;
use crate::platform::db::Reads;
use crate::platform::db::schema::{announcements, decisions};
use crate::platform::ids::{CompetitionId, DecisionId};
use crate::platform::refusal::Result;

macro_rules! told_offers {
    () => {
        decisions::table
            .inner_join(
                announcements::table
                    .on(decisions::announcement_id.eq(announcements::id.nullable())),
            )
            .filter(decisions::outcome.eq(Outcome::Award))
    };
}

/// The competitions of which the public knows an award.
///
/// # Errors
/// When the database fails.
pub fn competitions_with_public_awards(r: &mut Reads<'_>) -> Result<Vec<CompetitionId>> {
    let now = r.now();
    Ok(told_offers!()
        .filter(announcements::public_at.le(now))
        .select(decisions::competition_id)
        .distinct()
        .order(decisions::competition_id)
        .load(r.conn())?)
}

/// The told offers whose last moment to answer lies after `from` and not after `until`.
///
/// # Errors
/// When the database fails.
pub fn offers_ending_between(
    r: &mut Reads<'_>,
    from: Instant,
    until: Instant,
) -> Result<Vec<DecisionId>> {
    let now = r.now();
    Ok(told_offers!()
        .filter(announcements::told_at.le(now))
        .filter(decisions::answer_by.gt(from))
        .filter(decisions::answer_by.le(until))
        .select(decisions::id)
        .order(decisions::id)
        .load(r.conn())?)
}
