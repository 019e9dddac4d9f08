//! SQLite has one writer: a thread that commits waiting units of work together.
//!
//! Each unit runs under its own savepoint; one commit, so one fsync, serves all of a batch, and
//! answers leave only after it. A unit that fails leaves the batch alone; when SQLite itself ends
//! the transaction (disk full, I/O), every unit of the batch is answered "try again".

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

use diesel::r2d2::R2D2Connection;
use tokio::sync::oneshot;

use super::{
    Address, Conn, Hindrance, Instant, Writes, as_unavailable_if_lost, dialect, unavailable,
};
use crate::platform::random::Entropy;
use crate::platform::refusal::{Failure, Result};

/// At most so many units share one commit.
const BATCH: usize = 64;

/// A batch of so many says that many write at once: the next one waits a little for each further
/// unit before it commits, so that a crowd shares few commits, and nobody who writes alone waits.
const CROWD: usize = 3;
const WAITS_FOR_ANOTHER: Duration = Duration::from_millis(2);

/// One batch is committed while the next one gathers.
pub(super) const UNDER_WAY: u32 = 128;

/// Runs inside the batch's transaction and says whether to keep what it wrote; the answer that it
/// returns is called after the commit, with whether the commit held.
type Unit = Box<dyn FnOnce(&mut Conn, &Entropy) -> Done + Send>;

struct Done {
    keep: bool,
    answer: Box<dyn FnOnce(bool) + Send>,
}

/// The way to the writer thread.
pub(super) struct Writer {
    units: mpsc::Sender<Unit>,
}

impl Writer {
    pub(super) fn start(address: &Address, entropy: Entropy) -> anyhow::Result<Self> {
        let (units, waiting) = mpsc::channel();
        let (conn, address) = (address.open()?, address.clone());
        std::thread::Builder::new()
            .name("civitas-writer".into())
            .spawn(move || write_until_closed(conn, &address, &entropy, &waiting))?;
        Ok(Self { units })
    }

    pub(super) async fn run<T, F>(&self, now: Instant, act: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Writes<'_>) -> Result<T> + Send + 'static,
    {
        let answered = self.enqueue(now, act)?;
        answered.await.map_err(|_| unavailable())?
    }

    pub(super) fn run_blocking<T, F>(&self, now: Instant, act: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Writes<'_>) -> Result<T> + Send + 'static,
    {
        // Not `blocking_recv`: commands and tests call this from inside a runtime too.
        let (sender, receiver) = mpsc::sync_channel(1);
        self.send(now, act, move |outcome| drop(sender.send(outcome)))?;
        receiver.recv().map_err(|_| unavailable())?
    }

    fn enqueue<T, F>(&self, now: Instant, act: F) -> Result<oneshot::Receiver<Result<T>>>
    where
        T: Send + 'static,
        F: Fn(&mut Writes<'_>) -> Result<T> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        self.send(now, act, move |outcome| drop(sender.send(outcome)))?;
        Ok(receiver)
    }

    fn send<T, F>(
        &self,
        now: Instant,
        act: F,
        answer: impl FnOnce(Result<T>) + Send + 'static,
    ) -> Result<()>
    where
        T: Send + 'static,
        F: Fn(&mut Writes<'_>) -> Result<T> + Send + 'static,
    {
        let unit: Unit = Box::new(move |conn, entropy| {
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                act(&mut Writes::new(conn, now, entropy))
            }))
            .unwrap_or_else(|_| Err(Failure::broken("a unit of work panicked")));
            Done {
                keep: outcome.is_ok(),
                answer: Box::new(move |held| {
                    answer(if held || outcome.is_err() {
                        outcome.map_err(as_unavailable_if_lost)
                    } else {
                        Err(unavailable())
                    });
                }),
            }
        });
        self.units.send(unit).map_err(|_| unavailable())
    }
}

fn write_until_closed(
    mut conn: Conn,
    address: &Address,
    entropy: &Entropy,
    waiting: &mpsc::Receiver<Unit>,
) {
    let mut in_a_crowd = false;
    while let Ok(first) = waiting.recv() {
        let mut answers = Vec::new();
        let another = || {
            if in_a_crowd {
                waiting.recv_timeout(WAITS_FOR_ANOTHER).ok()
            } else {
                waiting.try_recv().ok()
            }
        };
        let held = write_batch(&mut conn, entropy, first, another, &mut answers);
        in_a_crowd = answers.len() >= CROWD;
        if let Err(error) = &held {
            let why = dialect::hindrance(error).map(Hindrance::words);
            tracing::error!(%error, why, units = answers.len(), "a batch of writes was lost");
            drop(dialect::rollback(&mut conn));
            // Where SQLite itself ended the transaction, the connection knows no more where it is.
            if R2D2Connection::is_broken(&mut conn) {
                match address.open() {
                    Ok(fresh) => conn = fresh,
                    Err(error) => tracing::error!(%error, "can't open the database again"),
                }
            }
        } else {
            metrics::counter!("civitas_sqlite_commits_total").increment(1);
            metrics::counter!("civitas_sqlite_writes_total").increment(answers.len() as u64);
        }
        for answer in answers {
            answer(held.is_ok());
        }
    }
}

fn write_batch(
    conn: &mut Conn,
    entropy: &Entropy,
    first: Unit,
    another: impl Fn() -> Option<Unit>,
    answers: &mut Vec<Box<dyn FnOnce(bool) + Send>>,
) -> diesel::QueryResult<()> {
    let mut next = Some(first);
    if let Err(error) = dialect::begin(conn, "BEGIN IMMEDIATE") {
        // The unit was never run, so its caller hears from the closed channel: try again.
        drop(next);
        return Err(error);
    }
    while let Some(unit) = next {
        dialect::savepoint(conn)?;
        let done = unit(conn, entropy);
        answers.push(done.answer);
        if done.keep {
            dialect::commit(conn)?;
        } else {
            dialect::rollback(conn)?;
        }
        next = if answers.len() < BATCH {
            another()
        } else {
            None
        };
    }
    dialect::commit(conn)
}
