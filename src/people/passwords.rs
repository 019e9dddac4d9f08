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

    /// Checks whether the password is the one hashed; `client` is the address that asks for it. Without a hash it takes as long, and is never
    /// right.
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
            let parsed = PasswordHash::new(text)
                .map_err(|error| Failure::broken(format_args!("a stored hash: {error}")))?;
            let right = this
                .argon2
                .verify_password(password.as_bytes(), &parsed)
                .is_ok();
            Ok(Checked(hash.filter(|_| right)))
        })
        .await
    }

    /// Whether a stored hash was made with weaker parameters than today's.
    pub fn is_outdated(&self, hash: &str) -> bool {
        let params = self.argon2.params();
        let today = format!(
            "m={},t={},p={}",
            params.m_cost(),
            params.t_cost(),
            params.p_cost()
        );
        !hash.contains(&today)
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
    use super::objection;

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
