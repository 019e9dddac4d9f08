//! What happens each minute. Every step runs by itself: one that fails is logged, and keeps none
//! of the others from running.

use crate::app::{self, App};
use crate::awards;
use crate::coalitions::jobs as questions;
use crate::decisions;
use crate::mailings::jobs as mailings;
use crate::panels::jobs;
use crate::people;
use crate::platform::clock::Instant;
use crate::platform::db::{Db, Writes};
use crate::platform::refusal::Result;
use crate::proposals;
use crate::reviews::{self, assignments};

/// The clock beside the database's, keys that another server has rotated, the audit log's head once a day, reminders that are due,
/// doors that a seat has closed, versions to be confirmed, stages that coalitions advance to, offers
/// that end, answers that were published, letters to groups, files that nothing shows any more.
pub async fn each_minute(app: &App) {
    let (db, now) = (&app.db, app.clock.now());
    let (keys, signing) = (app.gate.keys.clone(), app.gate.keys.clone());
    step("the clock", app.drift.look(db, &app.clock)).await;
    step("signing keys", db.read(now, move |r| keys.refresh(r))).await;
    let head = move |w: &mut Writes<'_>| people::jobs::tell_audit_head(w, &signing);
    step("the audit log's head", db.write(now, head)).await;
    about_questions(db, now).await;
    about_reviewing(db, now).await;
    about_proposals(app, now).await;
    about_decisions(db, now).await;
    step("offers that end", db.write(now, awards::jobs::tell_of_ends)).await;
    step("funders", db.write(now, awards::jobs::tell_funders)).await;
    step("letters to groups", write_to_groups(db, now)).await;
    step("dead letters", db.write(now, app::tell_of_dead_letters)).await;
}

/// Runs one step, and logs why where it fails.
async fn step<T>(name: &'static str, work: impl Future<Output = Result<T>>) {
    if let Err(failure) = work.await {
        tracing::error!(step = name, error = format!("{failure:#}"), "a step failed");
    }
}

async fn about_proposals(app: &App, now: Instant) {
    let db = &app.db;
    step("reminders to submit", remind_to_submit(db, now)).await;
    step("confirmations", look_after_confirmations(db, now)).await;
    let unshown = proposals::leftovers::delete_unshown(db, &app.files, now);
    step("files that nothing shows", unshown).await;
}

async fn about_decisions(db: &Db, now: Instant) {
    let reopened = db.write(now, decisions::jobs::tell_of_reopened_dockets);
    step("reopened dockets", reopened).await;
    let next_stages = db.write(now, decisions::jobs::start_next_stages);
    step("next stages", next_stages).await;
}

async fn about_questions(db: &Db, now: Instant) {
    step("letters of answers", tell_of_answers(db, now)).await;
    step("questions that wait", tell_of_questions(db, now)).await;
}

async fn tell_of_answers(db: &Db, now: Instant) -> Result<()> {
    for publication in db.read(now, questions::publications_to_tell).await? {
        let some = move |w: &mut Writes<'_>| questions::tell_of_publication(w, publication);
        while db.write(now, some).await? {}
    }
    Ok(())
}

async fn tell_of_questions(db: &Db, now: Instant) -> Result<()> {
    if !db.read(now, questions::questions_waiting).await?.is_empty() {
        db.write(now, questions::tell_of_questions).await?;
    }
    Ok(())
}

async fn write_to_groups(db: &Db, now: Instant) -> Result<()> {
    for mailing in db.read(now, mailings::mailings_to_write).await? {
        let some = move |w: &mut Writes<'_>| mailings::write_some(w, mailing);
        while db.write(now, some).await? {}
    }
    Ok(())
}

/// So many coalitions are reminded at once: hundreds at a time would keep everybody waiting.
const REMINDED_AT_ONCE: usize = 20;

async fn remind_to_submit(db: &Db, now: Instant) -> Result<()> {
    let due = db.read(now, proposals::jobs::reminders_due).await?;
    for some in due.chunks(REMINDED_AT_ONCE) {
        let some = some.to_vec();
        let reminding = db.write(now, move |w| proposals::jobs::remind(w, &some));
        step("some reminders to submit", reminding).await;
    }
    Ok(())
}

async fn look_after_confirmations(db: &Db, now: Instant) -> Result<()> {
    let found = db.read(now, proposals::jobs::confirmations_to_look_after);
    for at in found.await? {
        let telling = db.write(now, move |w| {
            proposals::jobs::look_after_confirmation(w, at)
        });
        step("the confirmation of one draft", telling).await;
    }
    Ok(())
}

/// What concerns panels and reviews. Each looks first whether there is anything to write, so that
/// nobody waits for the writer in the many minutes in which there is not.
async fn about_reviewing(db: &Db, now: Instant) {
    step("doors that closed", end_closed_assignments(db, now)).await;
    step("wanted officers", ask_for_officers(db, now)).await;
    step("reminders to review", remind_reviewers(db, now)).await;
    step("news of reviews", tell_of_reviews(db, now)).await;
    step("ties to compare", compare_ties(db, now)).await;
    let closings = db.write(now, reviews::actions::closing::tell_of_closings);
    step("closed reviews", closings).await;
}

async fn end_closed_assignments(db: &Db, now: Instant) -> Result<()> {
    if !db.read(now, jobs::closed_assignments).await?.is_empty() {
        db.write(now, jobs::end_closed_assignments).await?;
    }
    Ok(())
}

async fn ask_for_officers(db: &Db, now: Instant) -> Result<()> {
    if db.read(now, jobs::officers_are_wanted).await? {
        db.write(now, jobs::ask_for_officers).await?;
    }
    Ok(())
}

async fn remind_reviewers(db: &Db, now: Instant) -> Result<()> {
    let due = db.read(now, |r| jobs::reminders_due(r, &assignments::done));
    if !due.await?.is_empty() {
        db.write(now, |w| jobs::remind(w, &assignments::done))
            .await?;
    }
    Ok(())
}

async fn tell_of_reviews(db: &Db, now: Instant) -> Result<()> {
    if !db.read(now, reviews::jobs::news).await?.is_empty() {
        db.write(now, reviews::jobs::tell).await?;
    }
    Ok(())
}

/// Each by itself too: one that can't be compared keeps no other from it, minute after minute.
async fn compare_ties(db: &Db, now: Instant) -> Result<()> {
    for at in db.read(now, assignments::to_compare).await? {
        let comparing = db.write(now, move |w| assignments::compare_anew(w, at));
        step("ties of one submission", comparing).await;
    }
    Ok(())
}
