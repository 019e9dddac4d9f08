//! Units of work: what an action holds while it reads or writes.

use std::sync::Arc;

use super::Conn;
use super::kept::{Kept, Tag};
use crate::platform::clock::Instant;
use crate::platform::random::Entropy;
use crate::platform::refusal::{Failure, Result};

/// A unit of reading: one snapshot of the database at one moment.
pub struct Reads<'c> {
    conn: &'c mut Conn,
    now: Instant,
    entropy: &'c Entropy,
    /// None in a unit of writing: what it sees may never be committed.
    kept: Option<&'c Kept>,
    /// How often what hangs on something had changed, as far as this unit has asked.
    changes: Vec<(i64, i64)>,
}

impl<'c> Reads<'c> {
    pub(in crate::platform) fn new(conn: &'c mut Conn, now: Instant, entropy: &'c Entropy) -> Self {
        Self {
            conn,
            now,
            entropy,
            kept: None,
            changes: Vec::new(),
        }
    }

    /// As [`Reads::new`], with the use of what earlier units worked out.
    pub(super) fn keeping(
        conn: &'c mut Conn,
        now: Instant,
        entropy: &'c Entropy,
        kept: Option<&'c Kept>,
    ) -> Self {
        Self {
            kept,
            ..Self::new(conn, now, entropy)
        }
    }

    /// Whether this unit only reads, so that it sees one state from its beginning to its end.
    pub const fn only_reads(&self) -> bool {
        self.kept.is_some()
    }

    /// How often what hangs on `of` had changed when this unit began, by what `count` finds in the
    /// database: asked once, since a unit that only reads always finds the same.
    ///
    /// # Errors
    /// What `count` gives.
    pub fn changes(
        &mut self,
        of: i64,
        count: impl FnOnce(&mut Self) -> Result<i64>,
    ) -> Result<i64> {
        let known = self.changes.iter().find(|(known, _)| *known == of);
        if let Some((_, number)) = known {
            return Ok(*number);
        }
        let number = count(self)?;
        if self.only_reads() {
            self.changes.push((of, number));
        }
        Ok(number)
    }

    /// What `make` works out from the database about `of`, or an earlier reader did from the same
    /// version of its inputs. `tag` says which version this unit of work sees: it must change
    /// whenever one of them does.
    ///
    /// # Errors
    /// What `make` gives.
    pub fn kept<T: Send + Sync + 'static>(
        &mut self,
        of: i64,
        tag: Tag,
        make: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<Arc<T>> {
        let made = self.kept_if_any(of, tag, |r| make(r).map(Some))?;
        made.ok_or_else(|| Failure::broken("what was made is gone"))
    }

    /// As [`Reads::kept`]; `make` is given what was worked out from another version, where that is
    /// still kept, to take from it what did not change.
    ///
    /// # Errors
    /// What `make` gives.
    pub fn kept_up<T: Send + Sync + 'static>(
        &mut self,
        of: i64,
        tag: Tag,
        make: impl FnOnce(&mut Self, Option<Arc<T>>) -> Result<T>,
    ) -> Result<Arc<T>> {
        let Some(kept) = self.kept else {
            return make(self, None).map(Arc::new);
        };
        let made = kept.find_or_make(of, tag, |other| make(self, other).map(Some))?;
        made.ok_or_else(|| Failure::broken("what was made is gone"))
    }

    /// As [`Reads::kept`], of what may not be there.
    ///
    /// # Errors
    /// What `make` gives.
    pub fn kept_if_any<T: Send + Sync + 'static>(
        &mut self,
        of: i64,
        tag: Tag,
        make: impl FnOnce(&mut Self) -> Result<Option<T>>,
    ) -> Result<Option<Arc<T>>> {
        match self.kept {
            Some(kept) => kept.find_or_make(of, tag, |_| make(self)),
            None => Ok(make(self)?.map(Arc::new)),
        }
    }

    /// The connection, for diesel's queries; only `store.rs` files use it.
    pub fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// When the request's head arrived: the moment that every rule is judged by.
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// Randomness, for the order of feedback and the like.
    pub const fn entropy(&self) -> &Entropy {
        self.entropy
    }
}

/// A unit of writing: everything in it happens, or nothing.
pub struct Writes<'c> {
    reads: Reads<'c>,
}

impl<'c> Writes<'c> {
    pub(in crate::platform) fn new(conn: &'c mut Conn, now: Instant, entropy: &'c Entropy) -> Self {
        Self {
            reads: Reads::new(conn, now, entropy),
        }
    }

    /// A new random identity.
    pub fn fresh_id<T: From<i64>>(&self) -> T {
        T::from(self.reads.entropy.id())
    }

    /// The same unit of writing as if at another moment: for samples, whose whole history is
    /// told at once.
    pub fn at(&mut self, now: Instant) -> Writes<'_> {
        Writes::new(self.reads.conn, now, self.reads.entropy)
    }

    /// Runs `act`, then undoes whatever it wrote, and gives what it returned.
    ///
    /// # Errors
    /// When the database fails; what `act` returned is the inner result.
    pub fn try_out<T>(
        &mut self,
        act: impl FnOnce(&mut Writes<'_>) -> Result<T>,
    ) -> Result<Result<T>> {
        use diesel::connection::TransactionManager as _;
        Conn::begin_transaction(self.reads.conn)?;
        let outcome = act(&mut Writes::new(
            self.reads.conn,
            self.reads.now,
            self.reads.entropy,
        ));
        Conn::rollback_transaction(self.reads.conn)?;
        Ok(outcome)
    }
}

/// Whatever can be read can be read in a unit of writing too.
impl<'c> std::ops::Deref for Writes<'c> {
    type Target = Reads<'c>;

    fn deref(&self) -> &Self::Target {
        &self.reads
    }
}

impl std::ops::DerefMut for Writes<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.reads
    }
}
