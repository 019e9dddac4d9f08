//! The letters that this module sends: one message per recipient, in the act's own transaction.

mod exceptions;

pub(in crate::proposals) use exceptions::*;

use std::collections::{BTreeSet, HashSet};

use serde_json::{Value, json};

use super::completeness::Case;
use super::desk::Desk;
use crate::coalitions::model::{Coalition, MemberRole};
use crate::coalitions::{doors, store as coalitions};
use crate::competitions::actions::stages::DeadlineMoved;
use crate::competitions::model::{Competition, Stage};
use crate::people::{Person, Role, store as people};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId};
use crate::platform::mail::times::moment;
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::Result;
use crate::proposals::model::{Proposal, Receipt, Screening, Submission, Verdict};

/// The receipt, to every member.
pub(in crate::proposals) fn receipt(
    w: &mut Writes<'_>,
    desk: &Desk,
    submission: &Submission,
    receipt: &Receipt,
) -> Result<()> {
    let kind = if receipt.turned_away_at.is_some() {
        "submission-receipt-sent-again"
    } else if submission.in_grace {
        "submission-receipt-in-grace"
    } else {
        "submission-receipt"
    };
    let zone = &desk.competition.time_zone;
    let mut fields = json!({
        "competition": desk.competition.title(),
        "stage": desk.stage.name,
        "coalition": desk.standing.coalition.name,
        "title": submission.title,
        "number": submission.receipt_number,
        "submitted_at": moment(submission.submitted_at, zone),
        "submitted_at_utc": submission.submitted_at.to_string(),
        "digest": submission.digest,
        "audit_head": submission.audit_head,
    });
    if let Some(at) = receipt.turned_away_at {
        fields["turned_away_at"] = json!(moment(at, zone));
    }
    let about = About::submission(submission);
    for member in coalitions::live_members(w, submission.coalition_id)? {
        about.send(w, kind, member.person_id, fields.clone())?;
    }
    Ok(())
}

/// That a submission was withdrawn: to every member, and to those who were to work on it.
pub(in crate::proposals) fn withdrawn(
    w: &mut Writes<'_>,
    competition: &Competition,
    stage: &Stage,
    submission: &Submission,
    reviewers: &[PersonId],
) -> Result<()> {
    let mut fields = json!({
        "competition": competition.title(),
        "stage": stage.name,
        "coalition": submission.snapshot.coalition.name,
        "title": submission.title,
    });
    let about = About::submission(submission);
    // While the stage is sealed nobody else may know that there ever was a submission.
    if !stage.is_sealed_at(w.now()) {
        for person in office_of(w, submission.competition_id, submission.coalition_id)? {
            about.send(w, "submission-withdrawn-office", person, fields.clone())?;
        }
    }
    for person in reviewers {
        about.send(w, "submission-withdrawn-reviewer", *person, fields.clone())?;
    }
    fields["number"] = json!(submission.receipt_number);
    fields["withdrawn_at"] = json!(moment(w.now(), &competition.time_zone));
    for member in coalitions::live_members(w, submission.coalition_id)? {
        about.send(w, "submission-withdrawn", member.person_id, fields.clone())?;
    }
    Ok(())
}

/// What screening found, to every member.
pub(in crate::proposals) fn screening(
    w: &mut Writes<'_>,
    competition: &Competition,
    stage: &Stage,
    screening: &Screening,
    submission: &Submission,
) -> Result<()> {
    let mut fields = json!({
        "competition": competition.title(),
        "stage": stage.name,
        "coalition": submission.snapshot.coalition.name,
        "title": submission.title,
    });
    let kind = match screening.verdict {
        Verdict::Ineligible => {
            fields["reason"] = json!(screening.reason);
            if screening.told_verdict == Some(Verdict::Ineligible) {
                "screening-reason-corrected"
            } else {
                "screening-ineligible"
            }
        }
        Verdict::Eligible => "screening-eligible-after-all",
    };
    // The same verdict may be told again after another one: the moment makes it a new event.
    let about = About {
        event: format!("{}:{}", submission.id, screening.decided_at.micros()),
        ..About::submission(submission)
    };
    for member in coalitions::live_members(w, submission.coalition_id)? {
        about.send(w, kind, member.person_id, fields.clone())?;
    }
    Ok(())
}

/// That a signatory is asked to confirm a version of the draft: once for each version.
pub(in crate::proposals) fn confirmation_asked(
    w: &mut Writes<'_>,
    case: &Case<'_>,
    coalition: &Coalition,
    digest: &str,
) -> Result<()> {
    let about = asking(case, digest);
    let mut fields = of_case(case, coalition);
    fields["deadline"] = json!(deadline(case.competition, case.stage));
    about.send_to(w, "confirmation-asked", fields, signs)
}

/// Whether a signatory has still to be asked so.
pub(in crate::proposals) fn is_asking_untold(
    r: &mut Reads<'_>,
    case: &Case<'_>,
    digest: &str,
) -> Result<bool> {
    asking(case, digest).is_untold(r, "confirmation-asked", signs)
}

fn asking(case: &Case<'_>, digest: &str) -> About {
    About::proposal(case.proposal, format!("{}:{digest}", case.stage.id))
}

fn signs(role: MemberRole) -> bool {
    role == MemberRole::Signatory
}

/// That a signatory confirmed the draft, to those who can submit it.
pub(in crate::proposals) fn confirmed(w: &mut Writes<'_>, desk: &Desk, who: &Person) -> Result<()> {
    let once: i64 = w.fresh_id();
    let about = About::proposal(&desk.proposal, once.to_string());
    let fields = json!({
        "competition": desk.competition.title(),
        "stage": desk.stage.name,
        "coalition": desk.standing.coalition.name,
        "title": desk.proposal.title,
        "person": who.name,
        "deadline": deadline(&desk.competition, &desk.stage),
    });
    about.send_to(w, "proposal-confirmed", fields, submits)
}

/// That a confirmation no longer holds, to those who can submit; once for each confirmation.
pub(in crate::proposals) fn confirmation_void(
    w: &mut Writes<'_>,
    case: &Case<'_>,
    coalition: &Coalition,
    confirmation: i64,
) -> Result<()> {
    let about = About::proposal(case.proposal, confirmation.to_string());
    about.send_to(w, "confirmation-void", of_case(case, coalition), submits)
}

/// Whether one of them has still to hear that.
pub(in crate::proposals) fn is_void_untold(
    r: &mut Reads<'_>,
    case: &Case<'_>,
    confirmation: i64,
) -> Result<bool> {
    let about = About::proposal(case.proposal, confirmation.to_string());
    about.is_untold(r, "confirmation-void", submits)
}

/// The keys of the reminders to submit to a stage that were written.
pub(in crate::proposals) fn reminded(r: &mut Reads<'_>, stage: &Stage) -> Result<HashSet<String>> {
    outbox::store::keys_of(r, ("stage", stage.id.0), REMINDER)
}

/// The key of a reminder to one person.
pub(in crate::proposals) fn reminder_key(
    stage: &Stage,
    coalition: &Coalition,
    hours: i32,
    to: PersonId,
) -> String {
    reminder(stage, coalition, hours).key(REMINDER, to)
}

const REMINDER: &str = "submission-reminder";

fn reminder(stage: &Stage, coalition: &Coalition, hours: i32) -> About {
    let due = stage.deadline.map_or(0, Instant::micros);
    About {
        event: format!("{}:{due}:{hours}:{}", stage.id, coalition.id),
        cause: ("stage", stage.id.0),
        competition: stage.competition_id,
        coalition: Some(coalition.id),
    }
}

/// That the deadline comes near and nothing is submitted; once for each time set.
pub(in crate::proposals) fn submission_reminder(
    w: &mut Writes<'_>,
    competition: &Competition,
    stage: &Stage,
    coalition: &Coalition,
    hours: i32,
    to: PersonId,
) -> Result<()> {
    let about = reminder(stage, coalition, hours);
    let fields = json!({
        "competition": competition.title(),
        "stage": stage.name,
        "coalition": coalition.name,
        "deadline": deadline(competition, stage),
    });
    about.send(w, REMINDER, to, fields)
}

/// That the deadline of an open stage moved, to whoever writes a proposal for it.
pub(in crate::proposals) fn deadline_moved(
    w: &mut Writes<'_>,
    competition: &Competition,
    moved: &DeadlineMoved,
    coalition: CoalitionId,
    to: PersonId,
) -> Result<()> {
    let stage = &moved.stage;
    let due = stage.deadline.map_or(0, Instant::micros);
    let about = About {
        event: format!("{}:{due}", stage.id),
        cause: ("stage", stage.id.0),
        competition: stage.competition_id,
        coalition: Some(coalition),
    };
    let fields = json!({
        "competition": competition.title(),
        "stage": stage.name,
        "earlier_deadline": moment(moved.from, &competition.time_zone),
        "deadline": deadline(competition, stage),
        "reason": moved.reason,
    });
    about.send(w, "deadline-moved", to, fields)
}

fn deadline(competition: &Competition, stage: &Stage) -> String {
    stage
        .deadline
        .map_or_else(String::new, |at| moment(at, &competition.time_zone))
}

fn of_case(case: &Case<'_>, coalition: &Coalition) -> Value {
    json!({
        "competition": case.competition.title(),
        "stage": case.stage.name,
        "coalition": coalition.name,
        "title": case.proposal.title,
    })
}

const fn submits(role: MemberRole) -> bool {
    matches!(role, MemberRole::Convenor | MemberRole::Editor)
}

/// Officers and assistants of a competition whom no conflict shuts out from a coalition.
fn office_of(
    w: &mut Writes<'_>,
    competition: CompetitionId,
    coalition: CoalitionId,
) -> Result<BTreeSet<PersonId>> {
    let mut office = BTreeSet::new();
    for role in [Role::Officer, Role::Assistant] {
        office.extend(people::holders(w, competition, role)?);
    }
    let shut_out = doors::people_shut_out(w, coalition)?;
    office.retain(|person| !shut_out.contains(person));
    Ok(office)
}

/// What a letter is about.
struct About {
    event: String,
    cause: (&'static str, i64),
    competition: CompetitionId,
    coalition: Option<CoalitionId>,
}

impl About {
    fn proposal(proposal: &Proposal, event: String) -> Self {
        Self {
            event: format!("{}:{event}", proposal.id),
            cause: ("proposal", proposal.id.0),
            competition: proposal.competition_id,
            coalition: Some(proposal.coalition_id),
        }
    }

    /// To the members whose part is one of these.
    fn send_to(
        &self,
        w: &mut Writes<'_>,
        kind: &'static str,
        fields: Value,
        part: impl Fn(MemberRole) -> bool,
    ) -> Result<()> {
        let Some(coalition) = self.coalition else {
            return Ok(());
        };
        for member in coalitions::live_members(w, coalition)? {
            if part(member.role) {
                self.send(w, kind, member.person_id, fields.clone())?;
            }
        }
        Ok(())
    }

    fn key(&self, kind: &str, to: PersonId) -> String {
        format!("{kind}:{}:{to}", self.event)
    }

    /// Whether a member whose part is one of these has not been written to yet.
    fn is_untold(
        &self,
        r: &mut Reads<'_>,
        kind: &str,
        part: impl Fn(MemberRole) -> bool,
    ) -> Result<bool> {
        let Some(coalition) = self.coalition else {
            return Ok(false);
        };
        for member in coalitions::live_members(r, coalition)? {
            let key = self.key(kind, member.person_id);
            if part(member.role) && outbox::store::id_of_key(r, &key)?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn submission(submission: &Submission) -> Self {
        Self {
            event: submission.id.to_string(),
            cause: ("submission", submission.id.0),
            competition: submission.competition_id,
            coalition: Some(submission.coalition_id),
        }
    }

    fn send(
        &self,
        w: &mut Writes<'_>,
        kind: &'static str,
        to: PersonId,
        fields: Value,
    ) -> Result<()> {
        let letter = Letter {
            kind,
            to: Recipient::Person(to),
            dedupe_key: self.key(kind, to),
            cause: self.cause,
            competition: Some(self.competition),
            coalition: self.coalition,
            due_at: None,
            fields,
        };
        outbox::enqueue(w, letter).map(|_| ())
    }
}
