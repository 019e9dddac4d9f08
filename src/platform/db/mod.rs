//! The database: one code path over SQLite and PostgreSQL, and units of work as types.
//!
//! [`Db::read`] runs a closure over one consistent snapshot, [`Db::write`] over one transaction
//! that is on disk before the answer is given. Waiting requests queue before a semaphore, so
//! that they hold no thread; where too many wait already, further ones are turned away.

pub mod connection;
pub mod copying;
pub mod dialect;
mod kept;
pub mod migrate;
pub mod moving;
mod places;
mod postgres;
pub mod schema;
pub mod sql;
mod sqlite;
mod units;

use std::sync::Arc;

use diesel::r2d2::{ManageConnection, Pool};
use tokio::sync::watch;

pub use connection::{Address, Conn};
pub use kept::Tag;
pub use units::{Reads, Writes};

use self::dialect::Hindrance;
use self::kept::Kept;
use self::places::Places;
use super::clock::Instant;
use super::random::Entropy;
use super::refusal::{Failure, Refusal, Result};

/// Opens pooled connections.
#[derive(Debug)]
struct Opens {
    address: Address,
    read_only: bool,
}

impl ManageConnection for Opens {
    type Connection = Conn;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> std::result::Result<Conn, Self::Error> {
        let opened = if self.read_only {
            self.address.open_read_only()
        } else {
            self.address.open()
        };
        opened.map_err(|error| {
            diesel::r2d2::Error::ConnectionError(diesel::ConnectionError::BadConnection(format!(
                "{error:#}"
            )))
        })
    }

    fn is_valid(&self, conn: &mut Conn) -> std::result::Result<(), Self::Error> {
        diesel::r2d2::R2D2Connection::ping(conn).map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        std::thread::panicking() || diesel::r2d2::R2D2Connection::is_broken(conn)
    }
}

type Connections = Pool<Opens>;

/// The database, shared by everything that serves.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    address: Address,
    entropy: Entropy,
    reading: Connections,
    reading_places: Places,
    writing: Writing,
    writing_places: Places,
    commits: watch::Sender<()>,
    kept: Kept,
}

enum Writing {
    Sqlite(sqlite::Writer),
    Postgres(Connections),
}

/// How many requests may wait for a place at once before further ones are turned away, until
/// [`Db::let_wait`] says otherwise.
const WAITING_AT_MOST: usize = 1024;

impl Db {
    /// Opens the database. `connections` are kept at most for reading, and on PostgreSQL as many
    /// again for writing.
    ///
    /// # Errors
    /// When it can't be reached.
    pub fn open(address: &Address, connections: u32, entropy: Entropy) -> anyhow::Result<Self> {
        let pool = |read_only| {
            Pool::builder()
                .max_size(connections)
                .min_idle(Some(0))
                .test_on_check_out(matches!(address, Address::Postgres(_)))
                .connection_timeout(std::time::Duration::from_secs(5))
                .error_handler(Box::new(LogsOnce))
                .build_unchecked(Opens {
                    address: address.clone(),
                    read_only,
                })
        };
        drop(address.open()?);
        let (writing, writers) = match address {
            Address::Sqlite(_) => {
                let writer = sqlite::Writer::start(address, entropy.clone())?;
                (Writing::Sqlite(writer), sqlite::UNDER_WAY)
            }
            Address::Postgres(_) => (Writing::Postgres(pool(false)), connections),
        };
        Ok(Self(Arc::new(Inner {
            address: address.clone(),
            entropy,
            reading: pool(true),
            reading_places: Places::new(connections, WAITING_AT_MOST),
            writing,
            writing_places: Places::new(writers, WAITING_AT_MOST),
            commits: watch::Sender::new(()),
            kept: Kept::default(),
        })))
    }

    /// From now on, so many requests may wait for a place to read, and so many for one to write;
    /// further ones are turned away.
    pub fn let_wait(&self, at_most: usize) {
        self.0.reading_places.let_wait(at_most);
        self.0.writing_places.let_wait(at_most);
    }

    /// Keeps everybody from writing until what it gives is dropped: for trying out overload.
    ///
    /// # Errors
    /// Never while the database is open.
    pub async fn occupy_writing(&self) -> Result<impl Drop + '_> {
        self.0.writing_places.take_all().await
    }

    /// Changes with every commit through this handle or its clones, so that background tasks
    /// need not wait for their next look.
    pub fn commits(&self) -> watch::Receiver<()> {
        self.0.commits.subscribe()
    }

    /// Where the data lives.
    pub fn address(&self) -> &Address {
        &self.0.address
    }

    /// The randomness that units of work draw from.
    pub fn entropy(&self) -> &Entropy {
        &self.0.entropy
    }

    /// Runs `act` over one snapshot, as if at `now`.
    pub async fn read<T, F>(&self, now: Instant, act: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reads<'_>) -> Result<T> + Send + 'static,
    {
        let _place = self.0.reading_places.take().await?;
        let db = self.clone();
        on_a_thread(move || db.read_here(now, act)).await
    }

    /// As [`Db::read`], on the calling thread.
    pub fn read_here<T>(
        &self,
        now: Instant,
        act: impl FnOnce(&mut Reads<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut conn = self.0.reading.get().map_err(cut_off)?;
        look_with(&mut conn, now, &self.0.entropy, Some(&self.0.kept), act)
    }

    /// Runs `act` in one transaction as if at `now`; it may run several times, of which one counts.
    /// Returns after the transaction is on disk.
    pub async fn write<T, F>(&self, now: Instant, act: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Writes<'_>) -> Result<T> + Send + 'static,
    {
        let _place = self.0.writing_places.take().await?;
        match &self.0.writing {
            Writing::Sqlite(writer) => {
                let outcome = writer.run(now, act).await;
                self.announce(&outcome);
                outcome
            }
            Writing::Postgres(_) => {
                let db = self.clone();
                on_a_thread(move || db.write_here(now, act)).await
            }
        }
    }

    /// As [`Db::write`], blocking the calling thread: for commands and workers.
    pub fn write_here<T, F>(&self, now: Instant, act: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Writes<'_>) -> Result<T> + Send + 'static,
    {
        let outcome = match &self.0.writing {
            Writing::Sqlite(writer) => writer.run_blocking(now, act),
            Writing::Postgres(pool) => postgres::write(pool, now, &self.0.entropy, act),
        };
        self.announce(&outcome);
        outcome
    }

    fn announce<T>(&self, outcome: &Result<T>) {
        if outcome.is_ok() {
            self.0.commits.send_replace(());
        }
    }

    /// How often write units were run again after losing against another, since the start.
    pub fn retries(&self) -> u64 {
        postgres::RETRIES.load(std::sync::atomic::Ordering::Relaxed)
    }
}

/// Runs `act` over one snapshot, as if at `now`, on a connection of one's own.
///
/// # Errors
/// What `act` gives; 503 when the database does not answer.
pub fn look<T>(
    conn: &mut Conn,
    now: Instant,
    entropy: &Entropy,
    act: impl FnOnce(&mut Reads<'_>) -> Result<T>,
) -> Result<T> {
    look_with(conn, now, entropy, None, act)
}

fn look_with<T>(
    conn: &mut Conn,
    now: Instant,
    entropy: &Entropy,
    kept: Option<&Kept>,
    act: impl FnOnce(&mut Reads<'_>) -> Result<T>,
) -> Result<T> {
    let begin = match conn {
        Conn::Sqlite(_) => "BEGIN",
        Conn::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    };
    dialect::begin(conn, begin).map_err(lost)?;
    let outcome = act(&mut Reads::keeping(conn, now, entropy, kept));
    dialect::rollback(conn).map_err(lost)?;
    outcome.map_err(as_unavailable_if_lost)
}

/// Runs blocking work away from the threads that serve.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(stopped) => Err(Failure::broken(format_args!(
            "a unit of work stopped: {stopped}"
        ))),
    }
}

/// Tries again in two seconds.
fn unavailable() -> Failure {
    Refusal::Unavailable(2).into()
}

fn cut_off(error: impl std::fmt::Display) -> Failure {
    tracing::warn!(%error, "no connection to the database");
    unavailable()
}

fn lost(error: diesel::result::Error) -> Failure {
    log_hindrance(
        &error,
        dialect::hindrance(&error).unwrap_or(Hindrance::Lost),
    );
    unavailable()
}

/// What hinders the database is no fault of the request: it may be sent again.
fn as_unavailable_if_lost(failure: Failure) -> Failure {
    match hindrance(&failure) {
        Some((error, hindrance)) => {
            log_hindrance(error, hindrance);
            unavailable()
        }
        None => failure,
    }
}

fn hindrance(failure: &Failure) -> Option<(&diesel::result::Error, Hindrance)> {
    let Failure::Broken(error) = failure else {
        return None;
    };
    let error = error.downcast_ref()?;
    Some((error, dialect::hindrance(error)?))
}

/// A connection is lost now and then; a disk has no room until somebody makes some.
fn log_hindrance(error: &diesel::result::Error, hindrance: Hindrance) {
    match hindrance {
        Hindrance::Lost => tracing::warn!(%error, "{}", hindrance.words()),
        Hindrance::Full | Hindrance::ReadOnly => tracing::error!(%error, "{}", hindrance.words()),
    }
}

#[derive(Debug)]
struct LogsOnce;

impl<E: std::error::Error> diesel::r2d2::HandleError<E> for LogsOnce {
    fn handle_error(&self, error: E) {
        tracing::warn!(%error, "can't open a database connection");
    }
}
