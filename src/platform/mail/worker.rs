//! The worker: claims a message that is due, sends it outside any transaction, and notes what
//! became of it. Any number of servers may run one on the same database.
//!
//! A message whose worker crashed is sent again once its lease has ended, under the same
//! `Message-ID`: none is lost, and only one whose last answer was lost may come twice.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::watch;

use super::catalogue::catalogue;
use super::compose::{Heading, Outgoing, compose};
use super::outcome::note;
use super::render::{Surroundings, UNSUBSCRIBE_PAGE, render};
use super::settings::Settings;
use super::store::{self, Claimed};
use super::transport::{self, Outcome, Transport};
use crate::platform::clock::{Clock, Instant};
use crate::platform::db::{Db, Reads, Writes};
use crate::platform::ids::{LinkId, PersonId};
use crate::platform::refusal::{Failure, Result};

/// How long an idle worker waits before it looks again without being woken.
const LOOKS_EVERY: Duration = Duration::from_secs(2);

/// How long the worker waits after something was committed.
const AFTER_A_COMMIT: Duration = Duration::from_millis(100);

/// How long the worker waits after the database failed.
const AFTER_A_FAULT: Duration = Duration::from_secs(5);

/// How often an outcome is noted anew when the database does not take it.
const NOTES_AT_MOST: u32 = 6;

/// Makes the tokens of secret links while a message is written out; nobody stores them.
pub trait LinkTokens: Send + Sync {
    /// The token of this link.
    ///
    /// # Errors
    /// When there is no such link.
    fn token(&self, r: &mut Reads<'_>, link: LinkId) -> Result<String>;

    /// The link by which this person turns reminders off, made when there is none.
    ///
    /// # Errors
    /// When there is no such person.
    fn unsubscribe_link(&self, w: &mut Writes<'_>, person: PersonId) -> Result<LinkId>;
}

/// Sends what the outbox holds.
#[derive(Clone)]
pub struct Mailer(Arc<Parts>);

struct Parts {
    db: Db,
    clock: Clock,
    settings: Settings,
    transport: Arc<dyn Transport>,
    links: Arc<dyn LinkTokens>,
}

impl Mailer {
    /// A worker on this database, with the way out that the settings name.
    ///
    /// # Errors
    /// When the way out can't be used as it is set.
    pub fn new(
        db: Db,
        clock: Clock,
        settings: Settings,
        links: Arc<dyn LinkTokens>,
    ) -> anyhow::Result<Self> {
        let transport = transport::open(&settings)?;
        Ok(Self::over(db, clock, settings, transport, links))
    }

    /// As [`Mailer::new`], over another way out.
    pub fn over(
        db: Db,
        clock: Clock,
        settings: Settings,
        transport: Arc<dyn Transport>,
        links: Arc<dyn LinkTokens>,
    ) -> Self {
        Self(Arc::new(Parts {
            db,
            clock,
            settings,
            transport,
            links,
        }))
    }

    /// Sends until `stop` says so; the message in flight is finished first.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let mut commits = self.0.db.commits();
        while !*stop.borrow() {
            commits.mark_unchanged();
            let pause = match self.send_next(self.0.clock.now()).await {
                Ok(true) => continue,
                Ok(false) => LOOKS_EVERY,
                Err(error) => {
                    tracing::error!(%error, "the mail worker could not work");
                    AFTER_A_FAULT
                }
            };
            tokio::select! {
                changed = stop.changed() => if changed.is_err() { return },
                () = after_commits(&mut commits) => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Sends everything that is due at `now`; gives how many messages were tried.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn drain(&self, now: Instant) -> Result<usize> {
        let mut tried = 0;
        while self.send_next(now).await? {
            tried += 1;
        }
        Ok(tried)
    }

    /// Tries the next message; gives whether there was one.
    async fn send_next(&self, now: Instant) -> Result<bool> {
        let db = &self.0.db;
        let per_minute = self.0.settings.per_minute;
        if !db
            .read(now, move |r| store::has_work(r, per_minute))
            .await?
        {
            return Ok(false);
        }
        let parts = Arc::clone(&self.0);
        let Some(claimed) = db.write(now, move |w| parts.claim(w)).await? else {
            return Ok(false);
        };
        let outcome = self.attempt(&claimed, now).await?;
        self.note(claimed, outcome, now).await?;
        Ok(true)
    }

    async fn attempt(&self, claimed: &Claimed, now: Instant) -> Result<Attempt> {
        let outgoing = match self.written_out(claimed, now).await {
            Ok(Some(outgoing)) => outgoing,
            Ok(None) => return Ok(Attempt::Unwanted),
            Err(failure @ Failure::Refused(_)) => return Err(failure),
            Err(fault) => return Ok(Attempt::Impossible(fault.to_string())),
        };
        let transport = Arc::clone(&self.0.transport);
        let outcome = tokio::task::spawn_blocking(move || transport.send(&outgoing))
            .await
            .map_err(Failure::broken)?;
        Ok(Attempt::Made(outcome))
    }

    /// The message in bytes; none if its recipient turned reminders off since it was written.
    async fn written_out(&self, claimed: &Claimed, now: Instant) -> Result<Option<Outgoing>> {
        let (parts, claimed) = (Arc::clone(&self.0), claimed.clone());
        self.0
            .db
            .read(now, move |r| parts.written_out(r, &claimed))
            .await
    }

    /// Notes the outcome, patiently: what was sent and is not noted will be sent again.
    async fn note(&self, claimed: Claimed, attempt: Attempt, now: Instant) -> Result<()> {
        let mut tries = 0;
        loop {
            let (claimed, attempt) = (claimed.clone(), attempt.clone());
            let noted = self
                .0
                .db
                .write(now, move |w| note(w, &claimed, &attempt))
                .await;
            tries += 1;
            match noted {
                Err(error) if tries < NOTES_AT_MOST => {
                    tracing::warn!(%error, "could not note what became of a message");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                outcome => return outcome,
            }
        }
    }
}

/// Waits for a commit, and a little longer, so that busy times do not mean a look for each.
async fn after_commits(commits: &mut watch::Receiver<()>) {
    if commits.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(AFTER_A_COMMIT).await;
}

/// What an attempt came to.
#[derive(Clone, Debug)]
pub(super) enum Attempt {
    /// The way out was tried.
    Made(Outcome),
    /// Its recipient wants no reminders.
    Unwanted,
    /// It can't be written out.
    Impossible(String),
}

impl Parts {
    fn claim(&self, w: &mut Writes<'_>) -> Result<Option<Claimed>> {
        let Some(mut claimed) =
            store::claim(w, self.settings.lease_seconds, self.settings.per_minute)?
        else {
            return Ok(None);
        };
        // A kind that a newer program wrote and this one does not know fails when written out.
        let reminder = catalogue()?
            .kind(&claimed.kind)
            .is_ok_and(|kind| kind.reminder);
        if let Some(person) = claimed.person.filter(|_| reminder) {
            claimed.unsubscribe = Some(self.links.unsubscribe_link(w, person)?);
        }
        Ok(Some(claimed))
    }

    fn written_out(&self, r: &mut Reads<'_>, claimed: &Claimed) -> Result<Option<Outgoing>> {
        let kind = catalogue()?.kind(&claimed.kind)?;
        let fields: Map<String, Value> = serde_json::from_str(&claimed.fields)?;
        if let Some(person) = claimed.person.filter(|_| kind.reminder)
            && store::wants_no_reminders(r, person)?
        {
            return Ok(None);
        }
        let unsubscribe_path = self
            .token(r, claimed.unsubscribe)?
            .map(|token| format!("{UNSUBSCRIBE_PAGE}/{token}"));
        let token = self.token(r, kind.link_in(&fields))?;
        let around = Surroundings {
            public_url: &self.settings.public_url,
            token: token.as_deref(),
            unsubscribe_path: unsubscribe_path.as_deref(),
        };
        let words = render(&claimed.kind, &claimed.language, &fields, around)?;
        let heading = Heading {
            id: claimed.id,
            to: &claimed.address,
            at: r.now(),
            unsubscribe_path: unsubscribe_path.as_deref(),
        };
        compose(&self.settings, heading, &words)
            .map(Some)
            .map_err(Failure::broken)
    }

    fn token(&self, r: &mut Reads<'_>, link: Option<LinkId>) -> Result<Option<String>> {
        link.map(|link| self.links.token(r, link)).transpose()
    }
}
