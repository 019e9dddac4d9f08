//! Who is told what about panels, conflicts and assignments. A letter to a reviewer never says
//! more of a coalition than that there is something to read; a letter to officers never goes to
//! one to whom the coalition is closed.

mod officers;

pub(super) use officers::{Deserted, given_back, left, officer_wanted};

use serde_json::{Value, json};

use super::model::{Assignment, Conflict, PanelMember};
use crate::coalitions;
use crate::competitions;
use crate::competitions::model::{Competition, Stage};
use crate::people::links::{self, LinkKind};
use crate::people::{self, Person, Role};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId, StageId};
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::{OrNotFound as _, Result};

/// How long the link in an invitation works.
const INVITATION_HOURS: i64 = 24 * 30;

fn title(competition: &Competition) -> String {
    format!("{}, {}", competition.programme, competition.edition)
}

fn context(r: &mut Reads<'_>, stage: StageId) -> Result<(Competition, Stage)> {
    let stage = competitions::store::stage(r, stage)?.or_not_found()?;
    let competition = competitions::store::competition(r, stage.competition_id)?.or_not_found()?;
    Ok((competition, stage))
}

/// Asks someone onto a panel. The link leads to the page where they answer, and where who has no
/// account makes one.
pub(super) fn panel_invitation(
    w: &mut Writes<'_>,
    stage: &Stage,
    member: &PanelMember,
) -> Result<()> {
    let (competition, _) = context(w, stage.id)?;
    let person = people::store::person(w, member.person_id)?.or_not_found()?;
    links::end_all(w, LinkKind::Invitation, member.id.0)?;
    let link = links::make(
        w,
        LinkKind::Invitation,
        (Some(person.id), &person.email),
        Some(member.id.0),
        INVITATION_HOURS,
    )?;
    tell(
        w,
        member.person_id,
        "panel-invitation",
        &format!("{}:{}", member.id, member.version),
        ("panel_member", member.id.0),
        (Some(competition.id), None),
        json!({"competition": title(&competition), "stage": stage.name, "link": link.0}),
    )
}

/// Tells who asked them what a reviewer answered; if that person has left the office, the
/// officers.
pub(super) fn panel_answer(
    w: &mut Writes<'_>,
    member: &PanelMember,
    reviewer: &Person,
    kind: &'static str,
) -> Result<()> {
    let (competition, stage) = context(w, member.stage_id)?;
    for to in who_hears(w, member)? {
        tell(
            w,
            to,
            kind,
            &format!("{}:{}:{to}", member.id, member.version),
            ("panel_member", member.id.0),
            (Some(competition.id), None),
            json!({
                "competition": title(&competition),
                "stage": stage.name,
                "reviewer": reviewer.name,
                "note": member.answer_reason,
            }),
        )?;
    }
    Ok(())
}

fn who_hears(r: &mut Reads<'_>, member: &PanelMember) -> Result<Vec<PersonId>> {
    let roles = people::store::roles_of(r, member.invited_by)?;
    let in_office = roles.iter().any(|(competition, role)| {
        *competition == member.competition_id && matches!(role, Role::Officer | Role::Assistant)
    });
    if in_office {
        return Ok(vec![member.invited_by]);
    }
    people::store::holders(r, member.competition_id, Role::Officer)
}

/// Tells a reviewer that their part in the panel is over.
pub(super) fn panel_ended(w: &mut Writes<'_>, member: &PanelMember) -> Result<()> {
    let (competition, stage) = context(w, member.stage_id)?;
    tell(
        w,
        member.person_id,
        "panel-ended",
        &format!("{}:{}", member.id, member.version),
        ("panel_member", member.id.0),
        (Some(competition.id), None),
        json!({
            "competition": title(&competition),
            "stage": stage.name,
            "reason": member.answer_reason,
        }),
    )
}

/// Tells a reviewer of everything that they were given at once.
pub(super) fn assignments_given(
    w: &mut Writes<'_>,
    stage: &Stage,
    given: &[&Assignment],
) -> Result<()> {
    let Some(first) = given.first() else {
        return Ok(());
    };
    let (competition, _) = context(w, stage.id)?;
    tell(
        w,
        first.person_id,
        "assignments-given",
        &first.id.to_string(),
        ("assignment", first.id.0),
        (Some(competition.id), None),
        json!({
            "competition": title(&competition),
            "stage": stage.name,
            "count": given.len(),
            "due": due_in_words(stage, &competition),
        }),
    )
}

fn due_in_words(stage: &Stage, competition: &Competition) -> String {
    match stage.review_deadline {
        Some(at) => at.in_zone(&competition.time_zone),
        None => "—".to_owned(),
    }
}

/// Reminds a reviewer of what is still to be reviewed.
pub(super) fn reminder(
    w: &mut Writes<'_>,
    stage: &Stage,
    person: PersonId,
    open: usize,
    key: &str,
) -> Result<()> {
    let (competition, _) = context(w, stage.id)?;
    tell(
        w,
        person,
        "review-reminder",
        key,
        ("stage", stage.id.0),
        (Some(competition.id), None),
        json!({
            "competition": title(&competition),
            "stage": stage.name,
            "count": open,
            "due": due_in_words(stage, &competition),
        }),
    )
}

/// Tells a reviewer that an officer took an assignment back.
pub(super) fn assignment_ended(
    w: &mut Writes<'_>,
    stage: &Stage,
    assignment: &Assignment,
) -> Result<()> {
    let (competition, _) = context(w, stage.id)?;
    let once: i64 = w.fresh_id();
    tell(
        w,
        assignment.person_id,
        "assignment-ended",
        &format!("{}:{once}", assignment.id),
        ("assignment", assignment.id.0),
        (Some(competition.id), Some(assignment.coalition_id)),
        json!({
            "competition": title(&competition),
            "stage": stage.name,
            "reason": assignment.reason,
        }),
    )
}

/// Tells the reviewer that an assignment ended by a conflict, and the officers whether a review
/// is now lacking.
pub(super) fn ended_by_conflict(w: &mut Writes<'_>, assignment: &Assignment) -> Result<()> {
    let (competition, stage) = context(w, assignment.stage_id)?;
    let once: i64 = w.fresh_id();
    tell(
        w,
        assignment.person_id,
        "assignment-ended-by-conflict",
        &format!("{}:{once}", assignment.id),
        ("assignment", assignment.id.0),
        (Some(competition.id), None),
        json!({"competition": title(&competition), "stage": stage.name}),
    )?;
    officers::ended_by_conflict(w, &stage, assignment)
}

/// Tells the reviewer that an assignment that a conflict had ended stands again.
pub(super) fn assignment_reopened(
    w: &mut Writes<'_>,
    stage: &Stage,
    assignment: &Assignment,
) -> Result<()> {
    let (competition, _) = context(w, stage.id)?;
    let once: i64 = w.fresh_id();
    tell(
        w,
        assignment.person_id,
        "assignment-reopened",
        &format!("{}:{once}", assignment.id),
        ("assignment", assignment.id.0),
        (Some(competition.id), Some(assignment.coalition_id)),
        json!({
            "competition": title(&competition),
            "stage": stage.name,
            "due": due_in_words(stage, &competition),
        }),
    )
}

/// Tells a person that an officer recorded a conflict of theirs.
pub(super) fn conflict_in_force(
    w: &mut Writes<'_>,
    officer: &Person,
    conflict: &Conflict,
) -> Result<()> {
    if conflict.person_id == officer.id {
        return Ok(());
    }
    about_conflict(w, conflict, "conflict-in-force")
}

/// Tells a person that a conflict of theirs no longer holds.
pub(super) fn conflict_lifted(w: &mut Writes<'_>, conflict: &Conflict) -> Result<()> {
    about_conflict(w, conflict, "conflict-lifted")
}

fn about_conflict(w: &mut Writes<'_>, conflict: &Conflict, kind: &'static str) -> Result<()> {
    let competition =
        competitions::store::competition(w, conflict.competition_id)?.or_not_found()?;
    let coalition = coalitions::store::coalition(w, conflict.coalition_id)?.or_not_found()?;
    let once: i64 = w.fresh_id();
    tell(
        w,
        conflict.person_id,
        kind,
        &format!("{}:{once}", conflict.id),
        ("conflict", conflict.id.0),
        (Some(competition.id), Some(conflict.coalition_id)),
        json!({"competition": title(&competition), "coalition": coalition.name}),
    )
}

fn tell(
    w: &mut Writes<'_>,
    to: PersonId,
    kind: &'static str,
    key: &str,
    cause: (&'static str, i64),
    about: (Option<CompetitionId>, Option<CoalitionId>),
    fields: Value,
) -> Result<()> {
    outbox::enqueue(
        w,
        Letter {
            kind,
            to: Recipient::Person(to),
            dedupe_key: format!("{kind}:{key}"),
            cause,
            competition: about.0,
            coalition: about.1,
            due_at: None,
            fields,
        },
    )?;
    Ok(())
}
