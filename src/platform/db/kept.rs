//! What was worked out from the database, kept in memory for the next reader.
//!
//! Nothing here is ever out of date: whoever asks says which version of its inputs they see in
//! their own snapshot, and only what was worked out from that very version is given.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Values that are kept at most; the eighth that was asked for longest ago makes room.
const AT_MOST: usize = 1024;

/// Says which version of its inputs a value was worked out from.
pub type Tag = (i64, i64);

/// A kind of value, and whose it is.
type Name = (TypeId, i64);

struct Value {
    tag: Tag,
    asked_at: u64,
    made: Arc<dyn Any + Send + Sync>,
}

#[derive(Default)]
struct Values {
    by_name: HashMap<Name, Value>,
    asked: u64,
}

/// Values by their kind and whose they are.
#[derive(Default)]
pub(super) struct Kept {
    values: Mutex<Values>,
    /// What is being worked out now.
    begun: Mutex<HashMap<Name, Arc<Mutex<()>>>>,
}

impl Kept {
    /// The value of this kind and owner; where it is not kept, `make` makes it, from nothing or from
    /// the one that is kept of another version. Who asks for what another is making waits for it:
    /// after a change everybody asks for the same at once.
    pub(super) fn find_or_make<T: Send + Sync + 'static, E>(
        &self,
        of: i64,
        tag: Tag,
        make: impl FnOnce(Option<Arc<T>>) -> Result<Option<T>, E>,
    ) -> Result<Option<Arc<T>>, E> {
        if let Some(found) = self.find(of, tag) {
            return Ok(Some(found));
        }
        let name = (TypeId::of::<T>(), of);
        let begun = Arc::clone(lock(&self.begun).entry(name).or_default());
        let made = {
            let _alone = lock(&begun);
            match self.find(of, tag) {
                Some(found) => Ok(Some(found)),
                None => make(self.of_another_version(of)).map(|made| {
                    let made = made.map(Arc::new);
                    if let Some(made) = &made {
                        self.keep(of, tag, Arc::clone(made));
                    }
                    made
                }),
            }
        };
        let mut all = lock(&self.begun);
        // The map's own and this one: nobody else waits.
        if Arc::strong_count(&begun) == 2 {
            all.remove(&name);
        }
        made
    }

    /// The value of this kind and owner, if it was worked out from this version of its inputs.
    fn find<T: Send + Sync + 'static>(&self, of: i64, tag: Tag) -> Option<Arc<T>> {
        let mut values = lock(&self.values);
        values.asked += 1;
        let asked = values.asked;
        let found = values.by_name.get_mut(&(TypeId::of::<T>(), of))?;
        if found.tag != tag {
            return None;
        }
        found.asked_at = asked;
        Arc::clone(&found.made).downcast().ok()
    }

    /// The value of this kind and owner, from whatever version.
    fn of_another_version<T: Send + Sync + 'static>(&self, of: i64) -> Option<Arc<T>> {
        let values = lock(&self.values);
        let found = values.by_name.get(&(TypeId::of::<T>(), of))?;
        Arc::clone(&found.made).downcast().ok()
    }

    /// Keeps a value in the place of the one from another version.
    fn keep<T: Send + Sync + 'static>(&self, of: i64, tag: Tag, value: Arc<T>) {
        let mut values = lock(&self.values);
        let asked_at = values.asked;
        let value = Value {
            tag,
            asked_at,
            made: value,
        };
        values.by_name.insert((TypeId::of::<T>(), of), value);
        if values.by_name.len() > AT_MOST {
            let mut times: Vec<u64> = values.by_name.values().map(|kept| kept.asked_at).collect();
            let (_, until, _) = times.select_nth_unstable(AT_MOST / 8);
            let until = *until;
            values.by_name.retain(|_, kept| kept.asked_at > until);
        }
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn what_many_ask_for_at_once_is_made_once() {
        let (kept, made, all) = (Kept::default(), AtomicUsize::new(0), Barrier::new(8));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    all.wait();
                    let make = |_| Ok::<_, ()>(Some(made.fetch_add(1, Ordering::SeqCst)));
                    let given = kept.find_or_make(1, (1, 1), make).unwrap();
                    assert_eq!(given.as_deref(), Some(&0));
                });
            }
        });
        assert_eq!(made.into_inner(), 1);
        assert!(lock(&kept.begun).is_empty());
    }

    #[test]
    fn what_is_not_there_or_fails_is_not_kept() {
        let kept = Kept::default();
        let nothing = kept.find_or_make::<String, ()>(1, (1, 1), |_| Ok(None));
        assert_eq!(nothing, Ok(None));
        let failed = kept.find_or_make::<String, _>(1, (1, 1), |_| Err("broken"));
        assert_eq!(failed, Err("broken"));
        let made = kept.find_or_make(1, (1, 1), |_| Ok::<_, ()>(Some("there".to_owned())));
        assert_eq!(made.unwrap().as_deref().map(String::as_str), Some("there"));
    }

    #[test]
    fn what_is_made_anew_may_be_made_from_what_was_there() {
        let kept = Kept::default();
        for (tag, expected) in [
            ((1, 0), "1"),
            ((2, 0), "12"),
            ((2, 0), "12"),
            ((1, 0), "121"),
        ] {
            let longer = |other: Option<Arc<String>>| {
                let before = other.map_or_else(String::new, |other| (*other).clone());
                Ok::<_, ()>(Some(format!("{before}{}", tag.0)))
            };
            let made = kept.find_or_make(7, tag, longer).unwrap();
            assert_eq!(made.as_deref().map(String::as_str), Some(expected));
        }
    }

    #[test]
    fn only_what_comes_from_the_same_version_is_given() {
        let kept = Kept::default();
        kept.keep(1, (7, 0), Arc::new("old".to_owned()));
        kept.keep(1, (8, 0), Arc::new("new".to_owned()));
        for (of, tag, found) in [
            (1, (7, 0), None),
            (1, (8, 0), Some("new")),
            (1, (8, 1), None),
            (2, (8, 0), None),
        ] {
            let given = kept.find::<String>(of, tag);
            assert_eq!(given.as_deref().map(String::as_str), found, "{of} {tag:?}");
        }
        assert!(kept.find::<i64>(1, (8, 0)).is_none(), "of another kind");
    }

    #[test]
    fn what_nobody_asks_for_makes_room() {
        let kept = Kept::default();
        let last = i64::try_from(AT_MOST).unwrap();
        for of in 0..=last {
            kept.keep(of, (0, 0), Arc::new(of));
            assert!(kept.find::<i64>(0, (0, 0)).is_some(), "the first is in use");
        }
        assert!(kept.find::<i64>(1, (0, 0)).is_none());
        for of in last / 2..=last {
            assert!(kept.find::<i64>(of, (0, 0)).is_some(), "{of}");
        }
    }
}
