//! A bounded share for each of many: nobody takes the whole of what all wait for.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How much each holds now, in this process.
#[derive(Debug)]
pub struct Shares<K> {
    at_most: usize,
    held: Arc<Mutex<HashMap<K, usize>>>,
}

impl<K> Clone for Shares<K> {
    fn clone(&self) -> Self {
        Self {
            at_most: self.at_most,
            held: Arc::clone(&self.held),
        }
    }
}

/// One of somebody's share; given back when dropped.
pub struct Held<K: Eq + Hash> {
    of: Shares<K>,
    by: K,
}

impl<K: Eq + Hash + Clone> Shares<K> {
    /// Each may hold so many at once.
    pub fn of(at_most: usize) -> Self {
        Self {
            at_most,
            held: Arc::default(),
        }
    }

    /// Takes one; none when `by` holds its share already.
    pub fn take(&self, by: &K) -> Option<Held<K>> {
        let mut all = self.all();
        let held = all.entry(by.clone()).or_default();
        if *held >= self.at_most {
            return None;
        }
        *held += 1;
        drop(all);
        Some(Held {
            of: self.clone(),
            by: by.clone(),
        })
    }
}

impl<K> Shares<K> {
    fn all(&self) -> MutexGuard<'_, HashMap<K, usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash> Drop for Held<K> {
    fn drop(&mut self) {
        let mut all = self.of.all();
        if let Some(held) = all.get_mut(&self.by) {
            *held -= 1;
            if *held == 0 {
                all.remove(&self.by);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Shares;

    #[test]
    fn each_has_its_share_and_gets_it_back() {
        let shares = Shares::of(2);
        let (one, two) = (shares.take(&"a"), shares.take(&"a"));
        assert!(one.is_some() && two.is_some());
        assert!(shares.take(&"a").is_none());
        assert!(shares.take(&"b").is_some());
        drop(one);
        assert!(shares.take(&"a").is_some());
        drop(two);
        assert!(
            shares.all().is_empty(),
            "nothing is kept of who holds nothing"
        );
    }
}
