//! Passwords: argon2id on a bounded number of threads, and what a password may be.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use tokio::sync::Semaphore;

use super::guesses::network_of;
use crate::platform::shares::Shares;

use crate::platform::refusal::{Failure, FieldError, Refusal, Result, refuse_if_any};

/// What everyone tries first; in lower case.
const COMMON: &str = include_str!("../../config/common_passwords.txt");

/// How many are hashed at the same time.
const AT_ONCE: usize = 2;

/// How many may wait for that, which takes about two seconds; further ones are turned away.
const WAITING_AT_MOST: usize = 64;

/// How many of them one client may have, so that it can't keep everybody else out.
const WAITING_OF_ONE: usize = 16;

/// What came of checking a password: the hash that it was right for. An account may have another
/// by the time that somebody acts on it, so the unit of work that does so asks again.
#[derive(Clone, Debug)]
pub struct Checked(Option<String>);

impl Checked {
    /// Whether it was right for this hash, which is the account's as the unit of work reads it.
    pub fn is_still(&self, hash: Option<&str>) -> bool {
        self.0.is_some() && self.0.as_deref() == hash
    }

    /// The hash that it was right for, if it was right.
    pub fn right_for(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

/// Hashes and checks passwords, a few at a time: each takes tens of milliseconds and megabytes.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    places: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    shares: Shares<String>,
    decoy: Arc<str>,
}

impl Passwords {
    /// Argon2id with this memory (KiB), these passes and lanes.
    ///
    /// # Errors
    /// When argon2 does not take these parameters.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> anyhow::Result<Self> {
        let params = Params::new(memory_kib, passes, lanes, None)
            .map_err(|error| anyhow::anyhow!("argon2: {error}"))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = argon2
            .hash_password(b"nobody has this")
            .map_err(|error| anyhow::anyhow!("argon2: {error}"))?;
        Ok(Self {
            argon2,
            places: Arc::new(Semaphore::new(AT_ONCE)),
            queue: Arc::new(Semaphore::new(AT_ONCE + WAITING_AT_MOST)),
            shares: Shares::of(WAITING_OF_ONE),
            decoy: decoy.to_string().into(),
        })
    }

    /// The hash of a password, in PHC form; blocks for tens of milliseconds.
    ///
    /// # Errors
    /// When argon2 fails.
    pub fn hash_here(&self, password: &str) -> Result<String> {
        let hash = self
            .argon2
            .hash_password(password.as_bytes())
            .map_err(|error| Failure::broken(format_args!("argon2: {error}")))?;
        Ok(hash.to_string())
    }

    /// As [`Passwords::hash_here`], away from the threads that serve; `client` is the address that
    /// asks for it.
    ///
    /// # Errors
    /// 503 when too many wait; when argon2 fails.
    pub async fn hash(&self, client: &str, password: String) -> Result<String> {
        let this = self.clone();
        self.aside(client, move || this.hash_here(&password)).await
    }

    /// Checks whether the password is the one hashed; `client` is the address that asks for it.
    /// Without a hash, and with one of earlier days, it takes as long as with one of today; without
    /// one it is never right.
    ///
    /// # Errors
    /// 503 when too many wait; when argon2 fails.
    pub async fn check(
        &self,
        client: &str,
        password: String,
        hash: Option<String>,
    ) -> Result<Checked> {
        let this = self.clone();
        self.aside(client, move || {
            let text = hash.as_deref().unwrap_or(&this.decoy);
            let (right, _) = this.judge(&password, text)?;
            Ok(Checked(hash.filter(|_| right)))
        })
        .await
    }

    /// Whether the password is the one hashed, and how much work it took to find out.
    fn judge(&self, password: &str, hash: &str) -> Result<(bool, u64)> {
        let parsed = PasswordHash::new(hash)
            .map_err(|error| Failure::broken(format_args!("a stored hash: {error}")))?;
        let right = self
            .argon2
            .verify_password(password.as_bytes(), &parsed)
            .is_ok();
        Ok((right, self.make_up_for(&parsed, password)?))
    }

    /// Whether a stored hash took less work than one of today.
    pub fn is_outdated(&self, hash: &str) -> bool {
        PasswordHash::new(hash)
            .ok()
            .and_then(|hash| Params::try_from(&hash).ok())
            .is_none_or(|then| work(&then) < work(self.argon2.params()))
    }

    /// Does what checking a hash of earlier days left to do, so that nobody can tell by the time
    /// whose password is that old, nor that somebody has one. Gives how much work both took.
    fn make_up_for(&self, checked: &PasswordHash, password: &str) -> Result<u64> {
        let broken = |error| Failure::broken(format_args!("argon2: {error}"));
        let then = Params::try_from(checked).map_err(broken)?;
        let mut done = work(&then);
        if let Some(rest) = left_to_do(&then, self.argon2.params()) {
            done += work(&rest);
            Argon2::new(Algorithm::Argon2id, Version::V0x13, rest)
                .hash_password(password.as_bytes())
                .map_err(broken)?;
        }
        Ok(done)
    }

    async fn aside<T: Send + 'static>(
        &self,
        client: &str,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _share = self
            .shares
            .take(&network_of(client))
            .ok_or(Refusal::Unavailable(2))?;
        let _waits = self
            .queue
            .try_acquire()
            .map_err(|_| Refusal::Unavailable(2))?;
        let _place = self
            .places
            .acquire()
            .await
            .map_err(|_| Failure::broken("no place to hash"))?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Failure::Broken(error.into()))?
    }
}

/// How much work a hash takes: KiB that are gone through.
fn work(params: &Params) -> u64 {
    u64::from(params.m_cost()) * u64::from(params.t_cost())
}

/// Parameters that take as much work as those of `today` take more than those of `then`, with no more
/// memory; none where that is nothing, or next to it.
fn left_to_do(then: &Params, today: &Params) -> Option<Params> {
    let left = work(today).checked_sub(work(then))?;
    let passes = left.div_ceil(u64::from(today.m_cost()));
    let memory = left.checked_div(passes)?;
    Params::new(
        u32::try_from(memory).ok()?,
        u32::try_from(passes).ok()?,
        today.p_cost(),
        None,
    )
    .ok()
}

/// What is wrong with a new password, if anything: 12 to 256 characters, not a common one, not
/// the address itself. Nothing is said about its composition.
pub fn objection(pointer: &str, password: &str, email: &str) -> Option<FieldError> {
    let length = password.chars().count();
    let lower = password.to_lowercase();
    let wrong = if length < 12 {
        "at least 12 characters"
    } else if length > 256 {
        "at most 256 characters"
    } else if lower == email || COMMON.lines().any(|common| common == lower) {
        "this is one of the first that anyone would try"
    } else {
        return None;
    };
    Some(FieldError::at(pointer, wrong))
}

/// Refuses a new password that stands [`objection`].
///
/// # Errors
/// 422 at `pointer`.
pub fn demand_good(pointer: &str, password: &str, email: &str) -> Result<()> {
    refuse_if_any(objection(pointer, password, email).into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::{Params, Passwords, left_to_do, objection, work};

    #[test]
    fn a_hash_of_earlier_days_takes_as_much_work_to_check_as_one_of_today() {
        let params = |(memory, passes)| Params::new(memory, passes, 1, None).unwrap();
        for (then, today) in [
            ((19_456, 2), (65_536, 3)),
            ((19_456, 2), (19_456, 3)),
            ((19_456, 2), (46_080, 1)),
            ((64, 1), (128, 1)),
            ((64, 5), (1_000, 3)),
        ] {
            let (then, today) = (params(then), params(today));
            let rest = left_to_do(&then, &today).unwrap();
            let missing = work(&today) - work(&then) - work(&rest);
            assert!(missing < u64::from(rest.t_cost()), "{then:?} {today:?}");
            assert!(rest.m_cost() <= today.m_cost());
        }
        for (then, today) in [((64, 1), (64, 1)), ((128, 1), (64, 1)), ((64, 2), (129, 1))] {
            assert!(left_to_do(&params(then), &params(today)).is_none());
        }
    }

    #[test]
    fn whoever_has_what_password_checking_it_takes_the_same_work() {
        let [then, today] = [64, 1_000].map(|memory| Passwords::new(memory, 2, 1).unwrap());
        let right = "a table of many chairs";
        let [old, new] = [&then, &today].map(|passwords| passwords.hash_here(right).unwrap());
        for (password, hash, is_right) in [
            ("not it, certainly", &*today.decoy, false),
            ("not it, certainly", &new, false),
            ("not it, certainly", &old, false),
            (right, &new, true),
            (right, &old, true),
        ] {
            assert_eq!(today.judge(password, hash).unwrap(), (is_right, 2_000));
        }
    }

    #[test]
    fn a_hash_is_outdated_where_it_took_less_work() {
        let of = |(memory, passes, lanes)| Passwords::new(memory, passes, lanes).unwrap();
        for (then, today, outdated) in [
            ((64, 1, 1), (64, 1, 1), false),
            ((64, 1, 1), (128, 1, 1), true),
            ((64, 1, 1), (64, 2, 1), true),
            ((128, 1, 1), (64, 1, 1), false),
            ((64, 2, 1), (64, 1, 1), false),
        ] {
            let hash = of(then).hash_here("a table of many chairs").unwrap();
            assert_eq!(of(today).is_outdated(&hash), outdated, "{then:?} {today:?}");
        }
        assert!(of((64, 1, 1)).is_outdated("no hash"));
    }

    #[test]
    fn passwords_are_judged_by_length_and_commonness_only() {
        for (password, fine) in [
            ("short", false),
            ("elevenchars", false),
            ("twelve chars", true),
            ("password1234", false),
            ("PASSWORD1234", false),
            ("mayor@lawrence.example", false),
            ("aaaaaaaaaaaaaaab", true),
        ] {
            assert_eq!(
                objection("/password", password, "mayor@lawrence.example").is_none(),
                fine,
                "{password}"
            );
        }
        assert!(objection("/password", &"é".repeat(256), "a@b.c").is_none());
        assert!(objection("/password", &"é".repeat(257), "a@b.c").is_some());
    }
}
