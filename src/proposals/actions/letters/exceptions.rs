//! Letters about more time for one coalition, and about what is given back for correction.

use serde_json::{Value, json};

use super::{About, office_of};
use crate::coalitions::model::{Coalition, Waiver};
use crate::competitions::model::{Competition, Form, Stage};
use crate::panels::model::AssignmentState;
use crate::panels::store as panels;
use crate::platform::db::Writes;
use crate::platform::mail::times::moment;
use crate::platform::refusal::Result;
use crate::proposals::actions::desk::Desk;
use crate::proposals::model::{Submission, SubmissionReturn};

fn of_waiver(waiver: &Waiver, what: &str) -> About {
    About {
        event: format!("{}:{what}", waiver.id),
        cause: ("waiver", waiver.id.0),
        competition: waiver.competition_id,
        coalition: Some(waiver.coalition_id),
    }
}

/// That a coalition has more time, to its members.
pub(in crate::proposals) fn waiver_granted(
    w: &mut Writes<'_>,
    competition: &Competition,
    stage: &Stage,
    coalition: &Coalition,
    waiver: &Waiver,
) -> Result<()> {
    let fields = json!({
        "competition": competition.title(),
        "stage": stage.name,
        "coalition": coalition.name,
        "until": moment(waiver.until, &competition.time_zone),
        "reason": waiver.reason,
    });
    of_waiver(waiver, "granted").send_to(w, "waiver-granted", fields, |_| true)
}

/// That its time is the others' again, to its members.
pub(in crate::proposals) fn waiver_called_back(
    w: &mut Writes<'_>,
    competition: &Competition,
    stage: &Stage,
    coalition: &Coalition,
    waiver: &Waiver,
    reason: &str,
) -> Result<()> {
    let fields = json!({
        "competition": competition.title(),
        "stage": stage.name,
        "coalition": coalition.name,
        "reason": reason,
    });
    of_waiver(waiver, "ended").send_to(w, "waiver-called-back", fields, |_| true)
}

fn of_return(back: &SubmissionReturn, what: &str) -> About {
    About {
        event: format!("{}:{what}", back.id),
        cause: ("submission", back.submission_id.0),
        competition: back.competition_id,
        coalition: Some(back.coalition_id),
    }
}

/// The titles of sections, as the form gives them.
fn titles(form: Option<&Form>, sections: &[String]) -> String {
    let title = |key: &String| match form.and_then(|form| form.section(key)) {
        Some(section) => section.title.clone(),
        None => "Capital stack".to_owned(),
    };
    sections.iter().map(title).collect::<Vec<_>>().join(", ")
}

fn about_return(
    competition: &Competition,
    stage: &Stage,
    coalition: &str,
    title: &str,
    back: &SubmissionReturn,
) -> Value {
    json!({
        "competition": competition.title(),
        "stage": stage.name,
        "coalition": coalition,
        "title": title,
        "sections": titles(stage.form.as_ref(), &back.sections),
    })
}

/// That a submission is given back for correction, to its coalition.
pub(in crate::proposals) fn returned(
    w: &mut Writes<'_>,
    competition: &Competition,
    stage: &Stage,
    submission: &Submission,
    back: &SubmissionReturn,
) -> Result<()> {
    let coalition = &submission.snapshot.coalition.name;
    let mut fields = about_return(competition, stage, coalition, &submission.title, back);
    fields["until"] = json!(moment(back.until, &competition.time_zone));
    fields["reason"] = json!(back.reason);
    of_return(back, "asked").send_to(w, "submission-returned", fields, |_| true)
}

/// That no correction is asked for any more, to its coalition.
pub(in crate::proposals) fn return_ended(
    w: &mut Writes<'_>,
    competition: &Competition,
    stage: &Stage,
    submission: &Submission,
    back: &SubmissionReturn,
    reason: &str,
) -> Result<()> {
    let coalition = &submission.snapshot.coalition.name;
    let mut fields = about_return(competition, stage, coalition, &submission.title, back);
    fields["reason"] = json!(reason);
    of_return(back, "ended").send_to(w, "submission-return-ended", fields, |_| true)
}

/// That a correction came in: to the office, and to those who read what it corrects.
pub(in crate::proposals) fn corrected(
    w: &mut Writes<'_>,
    desk: &Desk,
    submission: &Submission,
    back: &SubmissionReturn,
) -> Result<()> {
    let name = &submission.snapshot.coalition.name;
    let fields = about_return(
        &desk.competition,
        &desk.stage,
        name,
        &submission.title,
        back,
    );
    let about = of_return(back, &format!("corrected:{}", submission.id));
    for person in office_of(w, submission.competition_id, submission.coalition_id)? {
        about.send(w, "submission-corrected-office", person, fields.clone())?;
    }
    for assignment in panels::live_assignments(w, Some(submission.coalition_id), None)? {
        let reads = assignment.stage_id == submission.stage_id
            && assignment.state == AssignmentState::Accepted;
        if reads {
            let kind = "submission-corrected-reviewer";
            about.send(w, kind, assignment.person_id, fields.clone())?;
        }
    }
    Ok(())
}
