//! What was looked at, until when reviewers believe to have time, and what counted when.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use crate::coalitions::doors;
use crate::panels::model::AssignmentState;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{
    assignments, audit_log, review_deadlines_told, reviews, tie_checks,
};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId, ReviewId, StageId};
use crate::platform::refusal::Result;

/// The review deadline that a stage's reviewers know.
pub fn deadline_told(r: &mut Reads<'_>, stage: StageId) -> Result<Option<Instant>> {
    Ok(review_deadlines_told::table
        .filter(review_deadlines_told::stage_id.eq(stage))
        .select(review_deadlines_told::deadline)
        .first(r.conn())
        .optional()?)
}

/// Keeps the review deadline that a stage's reviewers know.
pub fn keep_deadline_told(w: &mut Writes<'_>, stage: StageId, deadline: Instant) -> Result<()> {
    let known = review_deadlines_told::table.filter(review_deadlines_told::stage_id.eq(stage));
    let changed = diesel::update(known)
        .set(review_deadlines_told::deadline.eq(deadline))
        .execute(w.conn())?;
    if changed == 0 {
        let id: i64 = w.fresh_id();
        diesel::insert_into(review_deadlines_told::table)
            .values((
                review_deadlines_told::id.eq(id),
                review_deadlines_told::stage_id.eq(stage),
                review_deadlines_told::deadline.eq(deadline),
            ))
            .execute(w.conn())?;
    }
    Ok(())
}

/// When each coalition's submission at a stage was last compared with the panel.
pub fn tie_checks(r: &mut Reads<'_>, stage: StageId) -> Result<HashMap<CoalitionId, Instant>> {
    let rows: Vec<(CoalitionId, Instant)> = tie_checks::table
        .filter(tie_checks::stage_id.eq(stage))
        .select((tie_checks::coalition_id, tie_checks::checked_at))
        .load(r.conn())?;
    Ok(rows.into_iter().collect())
}

/// Keeps that a coalition's submission was compared with the panel just now.
pub fn keep_tie_check(w: &mut Writes<'_>, stage: StageId, coalition: CoalitionId) -> Result<()> {
    let now = w.now();
    let known = tie_checks::table
        .filter(tie_checks::stage_id.eq(stage))
        .filter(tie_checks::coalition_id.eq(coalition));
    let changed = diesel::update(known)
        .set(tie_checks::checked_at.eq(now))
        .execute(w.conn())?;
    if changed == 0 {
        let id: i64 = w.fresh_id();
        diesel::insert_into(tie_checks::table)
            .values((
                tie_checks::id.eq(id),
                tie_checks::stage_id.eq(stage),
                tie_checks::coalition_id.eq(coalition),
                tie_checks::checked_at.eq(now),
            ))
            .execute(w.conn())?;
    }
    Ok(())
}

/// When the members, seats, invitations or organisations of the coalitions of a competition last
/// changed, of those where they did since a moment. The audit log tells: modules on the left
/// write it, and know nothing of panels.
pub fn changed_since(
    r: &mut Reads<'_>,
    competition: CompetitionId,
    since: Instant,
) -> Result<HashMap<CoalitionId, Instant>> {
    const KINDS: [&str; 4] = ["coalition", "member", "seat", "invitation"];
    let rows: Vec<(Option<i64>, Instant)> = audit_log::table
        .filter(audit_log::competition_id.eq(competition.0))
        .filter(audit_log::at.ge(since))
        .filter(audit_log::object_kind.eq_any(KINDS))
        .order(audit_log::at)
        .select((audit_log::coalition_id, audit_log::at))
        .load(r.conn())?;
    Ok(rows
        .into_iter()
        .filter_map(|(coalition, at)| Some((CoalitionId(coalition?), at)))
        .collect())
}

/// Which of some reviews of a coalition's submission, that counted before, counted still at a
/// moment that has passed just now: their assignment stood, and no door was closed between author
/// and coalition.
pub fn counting_by(
    r: &mut Reads<'_>,
    coalition: CoalitionId,
    known: &[ReviewId],
    moment: Instant,
) -> Result<HashSet<ReviewId>> {
    let shut_out = doors::people_shut_out_by(r, coalition, moment)?;
    let standing: Vec<(ReviewId, PersonId)> = reviews::table
        .inner_join(assignments::table.on(assignments::id.eq(reviews::assignment_id)))
        .filter(reviews::id.eq_any(known.to_vec()))
        .filter(
            assignments::state
                .eq(AssignmentState::Accepted)
                .or(assignments::keeps_review.eq(true))
                .or(assignments::answered_at.gt(moment)),
        )
        .filter(
            reviews::excluded_at
                .is_null()
                .or(reviews::excluded_at.gt(moment)),
        )
        .select((reviews::id, reviews::person_id))
        .load(r.conn())?;
    Ok(standing
        .into_iter()
        .filter(|(_, author)| !shut_out.contains(author))
        .map(|(review, _)| review)
        .collect())
}
