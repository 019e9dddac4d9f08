//! What happens by itself: the audit log is chained, mail leaves, reminders are written, what has
//! expired is removed.

use std::time::Duration;

use actix_web::rt::task::JoinHandle;
use tokio::sync::watch;

use crate::app::{self, App};
use crate::awards;
use crate::decisions;
use crate::panels::jobs;
use crate::people;
use crate::platform::audit;
use crate::platform::clock::Instant;
use crate::platform::db::Db;
use crate::platform::mail::Mailer;
use crate::platform::refusal::Result;
use crate::proposals;
use crate::reviews::{self, assignments};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// The tasks that run.
pub struct Tasks {
    stop: watch::Sender<bool>,
    running: Vec<JoinHandle<()>>,
}

impl Tasks {
    /// Starts all of them.
    pub fn start(app: &App, mailer: Mailer) -> Self {
        let (stop, _) = watch::channel(false);
        let mut tasks = Self {
            stop,
            running: Vec::new(),
        };
        let (chained, watched, cleaned) = (app.clone(), app.clone(), app.clone());
        tasks.every("audit", SECOND, move || chain(chained.clone()));
        let crowded = app.clone();
        tasks.every("turned away", SECOND, move || write_down(crowded.clone()));
        let telling = app.clone();
        tasks.every("announcements", SECOND, move || tell(telling.clone()));
        tasks.every("minute", MINUTE, move || each_minute(watched.clone()));
        tasks.every("hour", HOUR, move || each_hour(cleaned.clone()));
        let stopping = tasks.stop.subscribe();
        let mail = actix_web::rt::spawn(async move { mailer.run(stopping).await });
        tasks.running.push(mail);
        tasks
    }

    /// Does `work` again and again with a pause between, until the end.
    fn every<F>(&mut self, name: &'static str, pause: Duration, work: impl Fn() -> F + 'static)
    where
        F: Future<Output = Result<()>> + 'static,
    {
        let mut stopping = self.stop.subscribe();
        self.running.push(actix_web::rt::spawn(async move {
            loop {
                if let Err(failure) = work().await {
                    tracing::error!(task = name, error = format!("{failure:#}"), "a task failed");
                }
                let stop = tokio::time::timeout(pause, stopping.wait_for(|stop| *stop)).await;
                if stop.is_ok() {
                    return;
                }
            }
        }));
    }

    /// Lets each task finish what it is doing, and no more.
    pub async fn end(self) {
        self.stop.send_replace(true);
        for task in self.running {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task did not end well");
            }
        }
    }
}

async fn chain(app: App) -> Result<()> {
    while app.db.write(app.clock.now(), audit::chain_once).await? > 0 {}
    Ok(())
}

/// What has expired goes.
async fn each_hour(app: App) -> Result<()> {
    app.db.write(app.clock.now(), people::jobs::clean_up).await
}

async fn write_down(app: App) -> Result<()> {
    let now = app.clock.now();
    app.turned_away.write_down(&app.gate, now).await;
    Ok(())
}

/// The letters of announcements whose time has come.
async fn tell(app: App) -> Result<()> {
    let (db, now) = (&app.db, app.clock.now());
    if db.read(now, decisions::jobs::is_due).await? {
        db.write(now, decisions::jobs::tell_due).await?;
    }
    Ok(())
}

/// Keys that another server has rotated, the audit log's head once a day, reminders that are due,
/// doors that a seat has closed, versions to be confirmed, stages that coalitions advance to, offers
/// that end, files that nothing shows any more.
async fn each_minute(app: App) -> Result<()> {
    let (db, now) = (&app.db, app.clock.now());
    let (keys, signing) = (app.gate.keys.clone(), app.gate.keys.clone());
    db.read(now, move |r| keys.refresh(r)).await?;
    db.write(now, move |w| people::jobs::tell_audit_head(w, &signing))
        .await?;
    about_reviewing(db, now).await?;
    db.write(now, |w| proposals::jobs::due_reminders(w).map(|_| ()))
        .await?;
    db.write(now, proposals::jobs::look_after_confirmations)
        .await?;
    db.write(now, reviews::actions::closing::tell_of_closings)
        .await?;
    db.write(now, decisions::jobs::tell_of_reopened_dockets)
        .await?;
    db.write(now, reviews::actions::closing::tell_of_closings)
        .await?;
    db.write(now, decisions::jobs::tell_of_reopened_dockets)
        .await?;
    db.write(now, decisions::jobs::start_next_stages).await?;
    db.write(now, awards::jobs::tell_of_ends).await?;
    proposals::leftovers::delete_unshown(db, &app.files, now).await?;
    db.write(now, awards::jobs::tell_funders).await?;
    db.write(now, app::tell_of_dead_letters).await?;
    Ok(())
}

/// What concerns panels and reviews. Each looks first whether there is anything to write, so that
/// nobody waits for the writer in the many minutes in which there is not.
async fn about_reviewing(db: &Db, now: Instant) -> Result<()> {
    if !db.read(now, jobs::closed_assignments).await?.is_empty() {
        db.write(now, jobs::end_closed_assignments).await?;
    }
    if db.read(now, jobs::officers_are_wanted).await? {
        db.write(now, jobs::ask_for_officers).await?;
    }
    let due = db.read(now, |r| jobs::reminders_due(r, &assignments::done));
    if !due.await?.is_empty() {
        db.write(now, |w| jobs::remind(w, &assignments::done))
            .await?;
    }
    if !db.read(now, reviews::jobs::news).await?.is_empty() {
        db.write(now, reviews::jobs::tell).await?;
    }
    for at in db.read(now, assignments::to_compare).await? {
        db.write(now, move |w| assignments::compare_anew(w, at))
            .await?;
    }
    Ok(())
}
