//! The letters that this module sends: one message per recipient, in the act's own transaction.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::desk::Desk;
use crate::coalitions::{doors, store as coalitions};
use crate::competitions::model::{Competition, Stage};
use crate::people::{Role, store as people};
use crate::platform::db::Writes;
use crate::platform::ids::{CoalitionId, CompetitionId, PersonId};
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::Result;
use crate::proposals::model::{Screening, Submission, Verdict};

/// The receipt, to every member.
pub(super) fn receipt(w: &mut Writes<'_>, desk: &Desk, submission: &Submission) -> Result<()> {
    let kind = if submission.in_grace {
        "submission-receipt-in-grace"
    } else {
        "submission-receipt"
    };
    let zone = &desk.competition.time_zone;
    let fields = json!({
        "competition": desk.competition.title(),
        "stage": desk.stage.name,
        "coalition": desk.standing.coalition.name,
        "title": submission.title,
        "number": submission.receipt_number,
        "submitted_at": submission.submitted_at.in_zone(zone),
        "submitted_at_utc": submission.submitted_at.to_string(),
        "digest": submission.digest,
        "audit_head": submission.audit_head,
    });
    let about = About::submission(submission);
    for member in coalitions::live_members(w, submission.coalition_id)? {
        about.send(w, kind, member.person_id, fields.clone())?;
    }
    Ok(())
}

/// That a submission was withdrawn: to every member, and to those who were to work on it.
pub(super) fn withdrawn(
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
    fields["withdrawn_at"] = json!(w.now().in_zone(&competition.time_zone));
    for member in coalitions::live_members(w, submission.coalition_id)? {
        about.send(w, "submission-withdrawn", member.person_id, fields.clone())?;
    }
    Ok(())
}

/// What screening found, to every member.
pub(super) fn screening(
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
            "screening-ineligible"
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
    coalition: CoalitionId,
}

impl About {
    fn submission(submission: &Submission) -> Self {
        Self {
            event: submission.id.to_string(),
            cause: ("submission", submission.id.0),
            competition: submission.competition_id,
            coalition: submission.coalition_id,
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
            dedupe_key: format!("{kind}:{}:{to}", self.event),
            cause: self.cause,
            competition: Some(self.competition),
            coalition: Some(self.coalition),
            due_at: None,
            fields,
        };
        outbox::enqueue(w, letter).map(|_| ())
    }
}
