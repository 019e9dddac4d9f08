//! What happens by itself: the audit log is chained, mail leaves, coalitions are told, what has
//! expired is removed; and what each minute brings.

use std::time::Duration;

use actix_web::rt::task::JoinHandle;
use tokio::sync::watch;

use super::minute::each_minute;
use crate::app::App;
use crate::competitions::store;
use crate::decisions;
use crate::people;
use crate::platform::audit;
use crate::platform::mail::Mailer;
use crate::platform::refusal::Result;

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
        let counting = app.clone();
        tasks.every("changes", SECOND, move || add_up(counting.clone()));
        let telling = app.clone();
        tasks.every("announcements", SECOND, move || tell(telling.clone()));
        tasks.every("minute", MINUTE, move || minute(watched.clone()));
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

async fn minute(app: App) -> Result<()> {
    each_minute(&app).await;
    Ok(())
}

async fn write_down(app: App) -> Result<()> {
    let now = app.clock.now();
    app.turned_away.write_down(&app.gate, now).await;
    Ok(())
}

/// The counted changes, before there are too many rows to add up on each reading.
async fn add_up(app: App) -> Result<()> {
    let (db, now) = (&app.db, app.clock.now());
    if db.read(now, store::changes_are_many).await? {
        db.write(now, store::add_changes_up).await?;
    }
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
