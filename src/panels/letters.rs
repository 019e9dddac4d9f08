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
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId, StageId};
use crate::platform::mail::times::moment;
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::{OrNotFound as _, Result};

/// How long the link in an invitation works.
const INVITATION_HOURS: i64 = 24 * 30;

fn title(competition: &Competition) -> String {
    format!("{}, {}", competition.programme, competition.edition)
}

/// A stage's competition, and the fields by which a letter names both.
fn named(r: &mut Reads<'_>, stage: &Stage) -> Result<(Competition, Value)> {
    let competition = competitions::store::competition(r, stage.competition_id)?.or_not_found()?;
    let fields = json!({"competition": title(&competition), "stage": stage.name});
    Ok((competition, fields))
}

fn stage_of(r: &mut Reads<'_>, id: StageId) -> Result<Stage> {
    competitions::store::stage(r, id)?.or_not_found()
}

/// Asks someone onto a panel. The link leads to the page where they answer, and where who has no
/// account makes one.
pub(super) fn panel_invitation(
    w: &mut Writes<'_>,
    stage: &Stage,
    member: &PanelMember,
) -> Result<()> {
    let (_, mut fields) = named(w, stage)?;
    let person = people::store::person(w, member.person_id)?.or_not_found()?;
    links::end_all(w, LinkKind::Invitation, member.id.0)?;
    let link = links::make(
        w,
        LinkKind::Invitation,
        (Some(person.id), &person.email),
        Some(member.id.0),
        INVITATION_HOURS,
    )?;
    fields["link"] = json!(link.0);
    tell_member(w, member, "panel-invitation", fields)
}

/// Tells who asked them what a reviewer answered; if that person has left the office, the
/// officers.
pub(super) fn panel_answer(
    w: &mut Writes<'_>,
    member: &PanelMember,
    reviewer: &Person,
    kind: &'static str,
) -> Result<()> {
    let stage = stage_of(w, member.stage_id)?;
    let (_, mut fields) = named(w, &stage)?;
    fields["reviewer"] = json!(reviewer.name);
    fields["note"] = json!(member.answer_reason);
    for to in who_hears(w, member)? {
        tell(
            w,
            to,
            kind,
            &format!("{}:{}:{to}", member.id, member.version),
            ("panel_member", member.id.0),
            (member.competition_id, None),
            fields.clone(),
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
    let stage = stage_of(w, member.stage_id)?;
    let (_, mut fields) = named(w, &stage)?;
    fields["reason"] = json!(member.answer_reason);
    tell_member(w, member, "panel-ended", fields)
}

fn tell_member(
    w: &mut Writes<'_>,
    member: &PanelMember,
    kind: &'static str,
    fields: Value,
) -> Result<()> {
    tell(
        w,
        member.person_id,
        kind,
        &format!("{}:{}", member.id, member.version),
        ("panel_member", member.id.0),
        (member.competition_id, None),
        fields,
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
    let fields = to_do(w, stage, given.len())?;
    tell(
        w,
        first.person_id,
        "assignments-given",
        &first.id.to_string(),
        ("assignment", first.id.0),
        (stage.competition_id, None),
        fields,
    )
}

/// How much there is to review in a stage, and until when.
fn to_do(r: &mut Reads<'_>, stage: &Stage, count: usize) -> Result<Value> {
    let (competition, mut fields) = named(r, stage)?;
    fields["count"] = json!(count);
    fields["due"] = json!(due_in_words(stage, &competition));
    Ok(fields)
}

fn due_in_words(stage: &Stage, competition: &Competition) -> String {
    match stage.review_deadline {
        Some(at) => moment(at, &competition.time_zone),
        None => "—".to_owned(),
    }
}

/// Reminds a reviewer of what is still to be reviewed.
pub(super) fn reminder(
    w: &mut Writes<'_>,
    stage: &Stage,
    person: PersonId,
    open: usize,
    due: Option<Instant>,
    key: &str,
) -> Result<()> {
    let (competition, mut fields) = named(w, stage)?;
    fields["count"] = json!(open);
    let due = due.map(|at| moment(at, &competition.time_zone));
    fields["due"] = json!(due.unwrap_or_default());
    tell(
        w,
        person,
        "review-reminder",
        key,
        ("stage", stage.id.0),
        (stage.competition_id, None),
        fields,
    )
}

/// Tells a reviewer that an officer took an assignment back.
pub(super) fn assignment_ended(
    w: &mut Writes<'_>,
    stage: &Stage,
    assignment: &Assignment,
) -> Result<()> {
    let (_, mut fields) = named(w, stage)?;
    fields["reason"] = json!(assignment.reason);
    let about = (stage.competition_id, Some(assignment.coalition_id));
    tell_reviewer(w, assignment, "assignment-ended", about, fields)
}

/// Tells a reviewer until when one of their reviews is due.
pub(super) fn due_moved(
    w: &mut Writes<'_>,
    stage: &Stage,
    assignment: &Assignment,
    reason: &str,
) -> Result<()> {
    let (competition, mut fields) = named(w, stage)?;
    let due = assignment.due_at.or(stage.review_deadline);
    let due = due.map(|at| moment(at, &competition.time_zone));
    fields["due"] = json!(due.unwrap_or_default());
    fields["reason"] = json!(reason);
    let about = (stage.competition_id, Some(assignment.coalition_id));
    tell_reviewer(w, assignment, "assignment-due-moved", about, fields)
}

/// Tells the reviewer that an assignment ended by a conflict, and the officers whether a review
/// is now lacking.
pub(super) fn ended_by_conflict(w: &mut Writes<'_>, assignment: &Assignment) -> Result<()> {
    let stage = stage_of(w, assignment.stage_id)?;
    let (_, fields) = named(w, &stage)?;
    let about = (stage.competition_id, None);
    let kind = "assignment-ended-by-conflict";
    tell_reviewer(w, assignment, kind, about, fields)?;
    officers::ended_by_conflict(w, &stage, assignment)
}

/// Tells the reviewer that an assignment that a conflict had ended stands again.
pub(super) fn assignment_reopened(
    w: &mut Writes<'_>,
    stage: &Stage,
    assignment: &Assignment,
) -> Result<()> {
    let (competition, mut fields) = named(w, stage)?;
    fields["due"] = json!(due_in_words(stage, &competition));
    let about = (stage.competition_id, Some(assignment.coalition_id));
    tell_reviewer(w, assignment, "assignment-reopened", about, fields)
}

/// Tells a reviewer what became of an assignment, which may become of it more than once.
fn tell_reviewer(
    w: &mut Writes<'_>,
    assignment: &Assignment,
    kind: &'static str,
    about: About,
    fields: Value,
) -> Result<()> {
    let once: i64 = w.fresh_id();
    tell(
        w,
        assignment.person_id,
        kind,
        &format!("{}:{once}", assignment.id),
        ("assignment", assignment.id.0),
        about,
        fields,
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
        (competition.id, Some(conflict.coalition_id)),
        json!({"competition": title(&competition), "coalition": coalition.name}),
    )
}

/// Where a letter belongs. One that must not name the coalition belongs to none.
type About = (CompetitionId, Option<CoalitionId>);

fn tell(
    w: &mut Writes<'_>,
    to: PersonId,
    kind: &'static str,
    key: &str,
    cause: (&'static str, i64),
    about: About,
    fields: Value,
) -> Result<()> {
    outbox::enqueue(
        w,
        Letter {
            kind,
            to: Recipient::Person(to),
            dedupe_key: format!("{kind}:{key}"),
            cause,
            competition: Some(about.0),
            coalition: about.1,
            due_at: None,
            fields,
        },
    )?;
    Ok(())
}
