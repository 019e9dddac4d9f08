//! Places for units of work. Who finds none free waits in line, and a line that is too long turns
//! people away at once: who waits longer than they can is answered by nobody.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::unavailable;
use crate::platform::refusal::Result;

/// So many places, and so many waiting for one.
pub(super) struct Places {
    free: Semaphore,
    total: u32,
    waiting: AtomicUsize,
    waiting_at_most: AtomicUsize,
}

/// One who waits; gone from the line when dropped.
struct Waits<'p>(&'p AtomicUsize);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Places {
    pub(super) fn new(total: u32, waiting_at_most: usize) -> Self {
        Self {
            free: Semaphore::new(total as usize),
            total,
            waiting: AtomicUsize::new(0),
            waiting_at_most: AtomicUsize::new(waiting_at_most),
        }
    }

    /// From now on, so many may wait.
    pub(super) fn let_wait(&self, at_most: usize) {
        self.waiting_at_most.store(at_most, Ordering::Relaxed);
    }

    /// A place, as soon as one is free.
    ///
    /// # Errors
    /// 503 when too many wait already.
    pub(super) async fn take(&self) -> Result<SemaphorePermit<'_>> {
        if let Ok(place) = self.free.try_acquire() {
            return Ok(place);
        }
        let _waits = self.stand_in_line()?;
        self.free.acquire().await.map_err(|_| unavailable())
    }

    /// All places at once.
    ///
    /// # Errors
    /// Never while the database is open.
    pub(super) async fn take_all(&self) -> Result<SemaphorePermit<'_>> {
        let all = self.free.acquire_many(self.total).await;
        all.map_err(|_| unavailable())
    }

    fn stand_in_line(&self) -> Result<Waits<'_>> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let waits = Waits(&self.waiting);
        if before >= self.waiting_at_most.load(Ordering::Relaxed) {
            metrics::counter!("civitas_turned_away_total").increment(1);
            return Err(unavailable());
        }
        Ok(waits)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::Places;
    use crate::platform::refusal::{Failure, Refusal};

    #[actix_web::test]
    async fn a_line_that_is_too_long_turns_people_away() {
        let places = Places::new(1, 1);
        let first = places.take().await.unwrap();
        let waits = places.take();
        let turned_away = async {
            let refused = places.take().await.err();
            drop(first);
            refused
        };
        let (second, refused) = futures_util::future::join(waits, turned_away).await;
        assert!(
            matches!(refused, Some(Failure::Refused(Refusal::Unavailable(2)))),
            "{refused:?}"
        );
        let second = second.unwrap();
        assert_eq!(places.free.available_permits(), 0, "who waited has it");
        assert_eq!(places.waiting.load(Ordering::Relaxed), 0, "nobody waits");
        drop(second);
        assert_eq!(places.take().await.unwrap().num_permits(), 1);
    }
}
