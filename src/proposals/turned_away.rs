//! Attempts to submit that the server turned away because it was overloaded. The database may be
//! what is overloaded, so they are kept in memory at once and written down as soon as a write gets
//! through. What a crash in between loses is the right to send again that follows from them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::people::Gate;
use crate::platform::clock::Instant;
use crate::platform::ids::{ProposalId, StageId};
use crate::platform::refusal::{Failure, Refusal};
use crate::proposals::actions::turned_away::write_down;

/// More than any deadline's crowd; beyond, the server has other troubles.
const KEPT_AT_MOST: usize = 20_000;

/// An attempt that was turned away, as far as it is known without the database.
#[derive(Clone)]
pub struct Attempt {
    /// Whom it came from; never logged, never stored.
    pub bearer: String,
    /// What was to be submitted.
    pub proposal: ProposalId,
    /// The stage that was named, if any.
    pub stage: Option<StageId>,
    /// When the request's head arrived.
    pub arrived: Instant,
}

impl Attempt {
    fn repeats(&self, other: &Self) -> bool {
        (&self.bearer, self.proposal, self.stage) == (&other.bearer, other.proposal, other.stage)
    }
}

/// Those that are not written down yet.
#[derive(Clone, Default)]
pub struct Attempts(Arc<Kept>);

#[derive(Default)]
struct Kept {
    waiting: Mutex<Vec<Attempt>>,
    /// Held while they are written down, so that who sends one again finds it written.
    writing: tokio::sync::Mutex<()>,
}

impl Attempts {
    /// Keeps an attempt that failed, if overload was why and its token is one of ours.
    pub fn keep_if_overloaded(&self, gate: &Gate, failure: &Failure, attempt: Attempt) {
        let overloaded = matches!(
            failure,
            Failure::Refused(Refusal::Unavailable(_) | Refusal::TooMany(_))
        );
        if !overloaded || !gate.may_be_ours(&attempt.bearer, attempt.arrived) {
            return;
        }
        tracing::warn!(proposal = attempt.proposal.0, arrived = %attempt.arrived, "a submission was turned away");
        let mut waiting = self.waiting();
        let known = waiting.iter().any(|one| one.repeats(&attempt));
        if !known && waiting.len() < KEPT_AT_MOST {
            waiting.push(attempt);
        }
    }

    /// Writes down what is kept, as far as writes get through; the rest is kept on.
    pub async fn write_down(&self, gate: &Gate, now: Instant) {
        let (attempts, gate) = (self.clone(), gate.clone());
        // On its own, so that nothing is lost when whoever waits for it goes away.
        let task = actix_web::rt::spawn(async move { attempts.write_all(&gate, now).await });
        if let Err(error) = task.await {
            tracing::error!(%error, "writing attempts down did not end well");
        }
    }

    async fn write_all(&self, gate: &Gate, now: Instant) {
        let _alone = self.0.writing.lock().await;
        let mut rest = std::mem::take(&mut *self.waiting());
        while let Some(attempt) = rest.pop() {
            let (judge, written) = (gate.clone(), attempt.clone());
            let done = gate
                .db
                .write(now, move |w| write_down(w, &judge, &written))
                .await;
            match done {
                Ok(()) => {}
                Err(Failure::Refused(Refusal::Unavailable(_))) => {
                    rest.push(attempt);
                    break;
                }
                Err(failure) => {
                    tracing::error!(
                        error = format!("{failure:#}"),
                        "an attempt was not written down"
                    );
                }
            }
        }
        self.waiting().append(&mut rest);
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Attempt>> {
        self.0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
