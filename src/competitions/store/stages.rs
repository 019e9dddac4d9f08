//! Stages, with their acts and the times of their announcement.

use std::collections::HashSet;
use std::sync::Arc;

use diesel::prelude::*;

use super::acts::acts_of;
use super::changes::changes_of;
use super::document;
use crate::competitions::model::{OrderBy, Stage, StageKind, TieRule};
use crate::on_either;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{
    announcement_texts, announcements, competitions, decisions, members, panel_members, stages,
};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CompetitionId, PersonId, StageId};
use crate::platform::refusal::Result;

#[derive(Queryable, Selectable)]
#[diesel(table_name = stages)]
#[expect(clippy::struct_excessive_bools, reason = "columns")]
struct Row {
    id: StageId,
    competition_id: CompetitionId,
    position: i32,
    name: String,
    kind: StageKind,
    form: String,
    rubric: String,
    opens_at: Option<Instant>,
    deadline: Option<Instant>,
    grace_seconds: i32,
    sealed: bool,
    has_screening: bool,
    has_review: bool,
    reviews_per_submission: i32,
    review_deadline: Option<Instant>,
    discussion: bool,
    signatory_confirmation: bool,
    docket_approval: bool,
    reminder_hours: String,
    order_by: OrderBy,
    tie_rule: TieRule,
    texts_changed_at: Option<Instant>,
    created_at: Instant,
    version: i64,
}

/// The stage of an identity.
pub fn stage(r: &mut Reads<'_>, id: StageId) -> Result<Option<Stage>> {
    Ok(shared_stage(r, id)?.map(|stage| Stage::clone(&stage)))
}

/// As [`stage`], shared by all who look at it until it changes: to read forms and rubrics again
/// for each request would take longer than all the rest.
pub fn shared_stage(r: &mut Reads<'_>, id: StageId) -> Result<Option<Arc<Stage>>> {
    if !r.only_reads() {
        return Ok(read_stage(r, id)?.map(Arc::new));
    }
    // A stage never goes to another competition.
    let Some(of) = r.kept_if_any(id.0, (0, 0), |r| competition_of(r, id))? else {
        return Ok(None);
    };
    let changes = changes_of(r, of.0)?;
    r.kept_if_any(id.0, (changes, 0), |r| read_stage(r, id))
}

/// Whose stage it is.
struct Of(CompetitionId);

fn competition_of(r: &mut Reads<'_>, id: StageId) -> Result<Option<Of>> {
    let query = stages::table.find(id).select(stages::competition_id);
    let found = on_either!(r.conn(), |conn| query.get_result(conn)).optional()?;
    Ok(found.map(Of))
}

fn read_stage(r: &mut Reads<'_>, id: StageId) -> Result<Option<Stage>> {
    let row: Option<(Row, Option<Instant>)> = stages::table
        .inner_join(competitions::table.on(competitions::id.eq(stages::competition_id)))
        .filter(stages::id.eq(id))
        .select((Row::as_select(), competitions::published_at))
        .get_result(r.conn())
        .optional()?;
    row.map(|(row, published_at)| whole(r, written(row)?, published_at))
        .transpose()
}

/// A competition's stages, in their order.
pub fn stages_of(r: &mut Reads<'_>, competition: CompetitionId) -> Result<Vec<Stage>> {
    let rows: Vec<(Row, Option<Instant>)> = stages::table
        .inner_join(competitions::table.on(competitions::id.eq(stages::competition_id)))
        .filter(stages::competition_id.eq(competition))
        .order(stages::position.asc())
        .select((Row::as_select(), competitions::published_at))
        .load(r.conn())?;
    rows.into_iter()
        .map(|(row, published_at)| whole(r, written(row)?, published_at))
        .collect()
}

/// Every stage of published competitions, for reminders and other work by the clock.
pub fn published_stages(r: &mut Reads<'_>) -> Result<Vec<Stage>> {
    let rows: Vec<(Row, Option<Instant>)> = stages::table
        .inner_join(competitions::table.on(competitions::id.eq(stages::competition_id)))
        .filter(competitions::published_at.is_not_null())
        .order((stages::competition_id.asc(), stages::position.asc()))
        .select((Row::as_select(), competitions::published_at))
        .load(r.conn())?;
    rows.into_iter()
        .map(|(row, published_at)| whole(r, written(row)?, published_at))
        .collect()
}

/// When an announcement of the stage, not called back, takes effect: told, and public.
fn announced(r: &mut Reads<'_>, stage: StageId) -> Result<Option<(Instant, Instant)>> {
    let query = announcements::table
        .filter(announcements::stage_id.eq(stage))
        .filter(announcements::called_back_at.is_null())
        .order(announcements::confirmed_at.asc())
        .select((announcements::told_at, announcements::public_at));
    Ok(on_either!(r.conn(), |conn| query.first(conn)).optional()?)
}

/// The stages of a competition whose decision on a coalition of this person's was told.
pub fn stages_told_to(
    r: &mut Reads<'_>,
    competition: CompetitionId,
    person: PersonId,
) -> Result<HashSet<StageId>> {
    let now = r.now();
    let told: Vec<StageId> = decisions::table
        .inner_join(
            announcements::table.on(decisions::announcement_id.eq(announcements::id.nullable())),
        )
        .inner_join(members::table.on(members::coalition_id.eq(decisions::coalition_id)))
        .filter(decisions::competition_id.eq(competition))
        .filter(announcements::told_at.le(now))
        .filter(members::person_id.eq(person))
        .filter(members::ended_at.is_null())
        .select(decisions::stage_id)
        .distinct()
        .load(r.conn())?;
    Ok(told.into_iter().collect())
}

/// What the stage's own row says, for whose every change its version stands.
fn written(row: Row) -> Result<Stage> {
    Ok(Stage {
        acts: Vec::new(),
        told_at: None,
        public_at: None,
        published_at: None,
        form: document(&row.form)?,
        rubric: document(&row.rubric)?,
        reminder_hours: document(&row.reminder_hours)?,
        id: row.id,
        competition_id: row.competition_id,
        position: row.position,
        name: row.name,
        kind: row.kind,
        opens_at: row.opens_at,
        deadline: row.deadline,
        grace_seconds: row.grace_seconds,
        sealed: row.sealed,
        has_screening: row.has_screening,
        has_review: row.has_review,
        reviews_per_submission: row.reviews_per_submission,
        review_deadline: row.review_deadline,
        discussion: row.discussion,
        signatory_confirmation: row.signatory_confirmation,
        docket_approval: row.docket_approval,
        order_by: row.order_by,
        tie_rule: row.tie_rule,
        texts_changed_at: row.texts_changed_at,
        created_at: row.created_at,
        version: row.version,
    })
}

/// With what other tables say of the stage.
fn whole(r: &mut Reads<'_>, stage: Stage, published_at: Option<Instant>) -> Result<Stage> {
    let announced = announced(r, stage.id)?;
    Ok(Stage {
        acts: acts_of(r, stage.id)?,
        told_at: announced.map(|(told_at, _)| told_at),
        public_at: announced.map(|(_, public_at)| public_at),
        published_at,
        ..stage
    })
}

/// Adds a stage.
pub fn insert_stage(w: &mut Writes<'_>, stage: &Stage) -> Result<()> {
    diesel::insert_into(stages::table)
        .values((
            (
                stages::id.eq(stage.id),
                stages::competition_id.eq(stage.competition_id),
                stages::position.eq(stage.position),
                stages::created_at.eq(stage.created_at),
                stages::version.eq(stage.version),
                stages::name.eq(&stage.name),
                stages::kind.eq(stage.kind),
                stages::form.eq(serde_json::to_string(&stage.form)?),
                stages::rubric.eq(serde_json::to_string(&stage.rubric)?),
                stages::opens_at.eq(stage.opens_at),
                stages::deadline.eq(stage.deadline),
                stages::grace_seconds.eq(stage.grace_seconds),
            ),
            (
                stages::sealed.eq(stage.sealed),
                stages::has_screening.eq(stage.has_screening),
                stages::has_review.eq(stage.has_review),
                stages::reviews_per_submission.eq(stage.reviews_per_submission),
                stages::review_deadline.eq(stage.review_deadline),
                stages::discussion.eq(stage.discussion),
                stages::signatory_confirmation.eq(stage.signatory_confirmation),
                stages::docket_approval.eq(stage.docket_approval),
                stages::reminder_hours.eq(serde_json::to_string(&stage.reminder_hours)?),
                stages::order_by.eq(stage.order_by),
                stages::tie_rule.eq(stage.tie_rule),
                stages::texts_changed_at.eq(stage.texts_changed_at),
            ),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Writes everything that can change of a stage.
pub fn update_stage(w: &mut Writes<'_>, stage: &Stage) -> Result<()> {
    diesel::update(stages::table.find(stage.id))
        .set((
            (
                stages::name.eq(&stage.name),
                stages::kind.eq(stage.kind),
                stages::form.eq(serde_json::to_string(&stage.form)?),
                stages::rubric.eq(serde_json::to_string(&stage.rubric)?),
                stages::opens_at.eq(stage.opens_at),
                stages::deadline.eq(stage.deadline),
                stages::grace_seconds.eq(stage.grace_seconds),
                stages::sealed.eq(stage.sealed),
                stages::has_screening.eq(stage.has_screening),
                stages::has_review.eq(stage.has_review),
            ),
            (
                stages::reviews_per_submission.eq(stage.reviews_per_submission),
                stages::review_deadline.eq(stage.review_deadline),
                stages::discussion.eq(stage.discussion),
                stages::signatory_confirmation.eq(stage.signatory_confirmation),
                stages::docket_approval.eq(stage.docket_approval),
                stages::reminder_hours.eq(serde_json::to_string(&stage.reminder_hours)?),
                stages::order_by.eq(stage.order_by),
                stages::tie_rule.eq(stage.tie_rule),
                stages::texts_changed_at.eq(stage.texts_changed_at),
                stages::version.eq(stages::version + 1),
            ),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Removes a stage that nothing hangs on, and the letters that were written ahead for it.
pub fn delete_stage(w: &mut Writes<'_>, id: StageId) -> Result<()> {
    diesel::delete(announcement_texts::table.filter(announcement_texts::stage_id.eq(id)))
        .execute(w.conn())?;
    diesel::delete(stages::table.find(id)).execute(w.conn())?;
    Ok(())
}

/// Whether anyone was ever put on the stage's panel.
pub fn has_panel(r: &mut Reads<'_>, id: StageId) -> Result<bool> {
    let member: Option<i64> = panel_members::table
        .filter(panel_members::stage_id.eq(id))
        .select(panel_members::id)
        .first(r.conn())
        .optional()?;
    Ok(member.is_some())
}
