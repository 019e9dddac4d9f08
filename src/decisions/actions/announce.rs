//! The announcement: confirmed once under the digest of its preview, called back until due.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::announced::{AnnouncementView, Record, find, show};
use super::preview::{Draft, draft};
use super::telling::tell;
use crate::competitions::model::Stage;
use crate::decisions::access::Right;
use crate::decisions::desk::{Desk, desk};
use crate::decisions::ledger::Ledger;
use crate::decisions::letters::readers;
use crate::decisions::model::Outcome;
use crate::decisions::readiness::{Blocker, too_much_on};
use crate::decisions::store::{self, Announcement};
use crate::people::store as people;
use crate::people::{Person, Role};
use crate::platform::audit::{self, Act};
use crate::platform::clock::{Clock, Instant};
use crate::platform::counting::characters;
use crate::platform::db::{Reads, Writes};
use crate::platform::http::{Created, Input};
use crate::platform::ids::{AnnouncementId, CoalitionId, DecisionId, PersonId, StageId};
use crate::platform::mail::times::moment;
use crate::platform::outbox::{self, Letter, Recipient};
use crate::platform::refusal::{Failure, FieldError, Result, Rule, refuse_if_any};
use crate::reviews::rules::plain;

/// How far in the past a time may lie to be read as now.
const NOW_SECONDS: i64 = 300;

/// The confirmation of a preview.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "digest": "9f86d081…", "told_at": "2026-06-10T13:00:00Z", "public_at": "2026-06-12T13:00:00Z"
}))]
pub struct AnnouncementInput {
    /// The digest of the preview that was read.
    pub digest: String,
    /// When coalitions are told; at once when absent.
    #[serde(default)]
    pub told_at: Option<Instant>,
    /// When it is public; with the telling when absent.
    #[serde(default)]
    pub public_at: Option<Instant>,
}

/// Why an announcement is called back.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallBackInput {
    /// For the record.
    pub reason: String,
}

/// Confirms what was previewed: from now on it happens by the clock, at once and whole.
pub fn confirm(
    w: &mut Writes<'_>,
    who: &Person,
    stage: StageId,
    input: &Input<AnnouncementInput>,
) -> Result<Created<AnnouncementView>> {
    let desk = desk(w, who, stage, Right::Announce)?;
    who.require_fresh(w.now())?;
    desk.require_changeable()?;
    let input = input.get()?;
    let draft = draft(w, &desk)?;
    let next = desk.next_stage(w)?;
    let (told_at, public_at) = times(&input, &draft, next.as_ref(), w.now())?;
    if !draft.blockers.is_empty() {
        return Err(not_ready(&draft.blockers));
    }
    if input.digest != draft.digest {
        return Err(Failure::rule(
            Rule::PreviewOutdated,
            "Something changed since the preview: look at it again.",
        ));
    }
    if draft.left_to_another {
        let words = "Another officer has something left to do here.";
        return Err(Failure::rule(Rule::NotReady, words));
    }
    require_money(w, &desk)?;
    let announcement = Announcement {
        id: w.fresh_id(),
        stage,
        competition: desk.competition.id,
        told_at,
        public_at,
        record: serde_json::to_string(&record_of(w, &draft)?)?,
        digest: draft.digest.clone(),
        confirmed_by: who.id,
        confirmed_at: w.now(),
        called_back_at: None,
        called_back_by: None,
        call_back_reason: String::new(),
        letters_at: None,
    };
    store::insert_announcement(w, &announcement)?;
    let held: Vec<DecisionId> = draft.pending.iter().map(|decision| decision.id).collect();
    store::hold_for(w, announcement.id, &held)?;
    freeze(w, announcement.id, &draft)?;
    trace(w, who, &announcement, "announcement.confirmed")?;
    tell_staff(w, &desk, &announcement, "announcement-confirmed")?;
    if announcement.told_at <= w.now() {
        tell(w, &announcement)?;
    }
    let id = announcement.id;
    Ok(Created::at(
        format!("/api/v1/announcements/{id}"),
        show(w, who, id)?,
    ))
}

/// All draws together, those of coalitions that are closed to the announcer too, of which the
/// preview tells nothing.
fn require_money(r: &mut Reads<'_>, desk: &Desk) -> Result<()> {
    let ledger = Ledger::of(r, desk.competition.id)?;
    match ledger.overdrawn_lines(|_| true).first() {
        None => Ok(()),
        Some(line) => Err(Failure::rule(Rule::BudgetExceeded, too_much_on(line))),
    }
}

/// What was previewed is what is told, whatever changes until then.
fn freeze(w: &mut Writes<'_>, id: AnnouncementId, draft: &Draft) -> Result<()> {
    for letter in draft.letters.iter().flat_map(|letters| &letters.drafts) {
        store::insert_letter(w, id, letter)?;
    }
    for (decision, feedback) in &draft.feedback {
        store::insert_feedback(w, id, *decision, feedback)?;
    }
    Ok(())
}

fn times(
    input: &AnnouncementInput,
    draft: &Draft,
    next: Option<&Stage>,
    now: Instant,
) -> Result<(Instant, Instant)> {
    let mut errors = Vec::new();
    let earliest = now.plus_seconds(-NOW_SECONDS);
    let told_at = input.told_at.unwrap_or(now);
    let public_at = input.public_at.unwrap_or(told_at);
    if told_at < earliest {
        errors.push(FieldError::at("/told_at", "This moment has passed."));
    }
    let told_at = told_at.max(now);
    if public_at < earliest || public_at.max(now) < told_at {
        let detail = "Not before coalitions are told.";
        errors.push(FieldError::at("/public_at", detail));
    }
    let answers: Vec<Instant> = draft
        .pending
        .iter()
        .filter_map(|d| d.content.answer_by)
        .collect();
    if answers.iter().any(|last| *last <= told_at) {
        let detail = "An award must be answered before this: change its answer_by first.";
        errors.push(FieldError::at("/told_at", detail));
    }
    let advances = draft
        .pending
        .iter()
        .any(|d| d.content.outcome == Outcome::Advance);
    let deadline = next.and_then(|stage| stage.deadline);
    if advances && deadline.is_some_and(|deadline| deadline <= told_at) {
        let detail = "The next stage has closed by then: change its deadline first.";
        errors.push(FieldError::at("/told_at", detail));
    }
    refuse_if_any(errors)?;
    Ok((told_at, public_at.max(now)))
}

pub(super) fn not_ready(blockers: &[Blocker]) -> Failure {
    let mut reasons: Vec<&str> = blockers.iter().map(|b| b.detail.as_str()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    Failure::rule(
        Rule::NotReady,
        format!("{} The preview names each of them.", reasons.join(" ")),
    )
}

fn record_of(r: &mut Reads<'_>, draft: &Draft) -> Result<Record> {
    let mut messages: BTreeMap<CoalitionId, usize> = BTreeMap::new();
    for letters in &draft.letters {
        let members = readers(r, letters.coalition)?.len();
        *messages.entry(letters.coalition).or_default() += members;
    }
    Ok(Record {
        decisions: draft.pending.iter().map(|d| (d.id, d.coalition)).collect(),
        messages,
        out_of_order: draft.out_of_order.clone(),
        audit_head: audit::head(r)?.1,
    })
}

fn trace(w: &mut Writes<'_>, who: &Person, of: &Announcement, act: &str) -> Result<()> {
    audit::record(
        w,
        Act {
            actor: Some(who.id),
            act,
            object: ("announcement", of.id.0),
            competition: Some(of.competition),
            coalition: None,
            detail: json!({
                "stage": of.stage,
                "digest": of.digest,
                "told_at": of.told_at,
                "public_at": of.public_at,
            }),
        },
    )
}

/// Officers learn that something was confirmed or called back, and approvers where they are asked;
/// nothing of what it says. The head of the audit log leaves the database with it.
fn tell_staff(
    w: &mut Writes<'_>,
    desk: &Desk,
    of: &Announcement,
    kind: &'static str,
) -> Result<()> {
    let zone = &desk.competition.time_zone;
    let record: Record = serde_json::from_str(&of.record)?;
    let mut people: BTreeSet<PersonId> = people::holders(w, of.competition, Role::Officer)?
        .into_iter()
        .collect();
    if desk.stage.docket_approval {
        people.extend(people::holders(w, of.competition, Role::Approver)?);
    }
    for person in people {
        outbox::enqueue(
            w,
            Letter {
                kind,
                to: Recipient::Person(person),
                dedupe_key: format!("{kind}:{}:{person}", of.id),
                cause: (kind, of.id.0),
                competition: Some(of.competition),
                coalition: None,
                due_at: None,
                fields: json!({
                    "competition": desk.competition.title(),
                    "stage": desk.stage.name,
                    "told_at": moment(of.told_at, zone),
                    "public_at": moment(of.public_at, zone),
                    "audit_head": record.audit_head,
                }),
            },
        )?;
    }
    Ok(())
}

/// Calls an announcement back, until it is due: none of its messages is sent, its decisions can be
/// changed again. `clock` tells whether it is due at this very moment: the body of the request may
/// have come long after its head, and what somebody could read by now was told.
pub fn call_back(
    w: &mut Writes<'_>,
    who: &Person,
    id: AnnouncementId,
    input: &Input<CallBackInput>,
    clock: &Clock,
) -> Result<AnnouncementView> {
    let (desk, announcement) = find(w, who, id)?;
    if announcement.called_back_at.is_some() {
        return Err(Failure::rule(
            Rule::AlreadyThere,
            "It was called back already.",
        ));
    }
    let now = clock.now().max(w.now());
    if announcement.told_at <= now || announcement.letters_at.is_some() {
        return Err(Failure::rule(
            Rule::DeadlinePassed,
            "It was due already: correct what was wrong.",
        ));
    }
    let reason = plain(&input.get()?.reason).trim().to_owned();
    if reason.is_empty() || characters(&reason) > 5_000 {
        return Err(Failure::invalid(
            "/reason",
            "Say why, in up to 5000 characters.",
        ));
    }
    store::call_back(w, id, who.id, &reason)?;
    store::let_go_of(w, id)?;
    store::forget(w, id)?;
    trace(w, who, &announcement, "announcement.called_back")?;
    tell_staff(w, &desk, &announcement, "announcement-called-back")?;
    show(w, who, id)
}
