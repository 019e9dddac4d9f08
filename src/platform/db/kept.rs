//! What was worked out from the database, kept in memory for the next reader.
//!
//! Nothing here is ever out of date: whoever asks says which version of its inputs they see in
//! their own snapshot, and only what was worked out from that very version is given.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Values that are kept at most; the eighth that was asked for longest ago makes room.
const AT_MOST: usize = 1024;

/// Says which version of its inputs a value was worked out from.
pub type Tag = (i64, i64);

/// A kind of value, and whose it is.
type Name = (TypeId, i64);

struct Value {
    tag: Tag,
    asked_at: u64,
    value: Arc<dyn Any + Send + Sync>,
}

#[derive(Default)]
struct Values {
    by_name: HashMap<Name, Value>,
    asked: u64,
}

/// Values by their kind and whose they are.
#[derive(Default)]
pub(super) struct Kept(Mutex<Values>);

impl Kept {
    /// The value of this kind and owner, if it was worked out from this version of its inputs.
    pub(super) fn find<T: Send + Sync + 'static>(&self, of: i64, tag: Tag) -> Option<Arc<T>> {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        values.asked += 1;
        let asked = values.asked;
        let found = values.by_name.get_mut(&(TypeId::of::<T>(), of))?;
        if found.tag != tag {
            return None;
        }
        found.asked_at = asked;
        Arc::clone(&found.value).downcast().ok()
    }

    /// Keeps a value in the place of the one from another version.
    pub(super) fn keep<T: Send + Sync + 'static>(&self, of: i64, tag: Tag, value: Arc<T>) {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let asked_at = values.asked;
        let value = Value {
            tag,
            asked_at,
            value,
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

#[cfg(test)]
mod tests {
    use super::*;

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
