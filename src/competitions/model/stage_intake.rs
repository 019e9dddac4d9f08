//! Until when a stage takes what is handed in.

use super::Stage;
use crate::platform::clock::Instant;
use crate::platform::refusal::{Failure, Result, Rule};

impl Stage {
    /// Whether a submission whose request arrived then is taken, and if so, whether in grace.
    /// Both ends count as inside: the deadline itself is on time, the last microsecond of the
    /// grace period is in grace, one microsecond later is too late.
    ///
    /// `zone` is the competition's time zone, in which it is said when that was.
    ///
    /// # Errors
    /// When the stage takes no submissions, is not open yet, or the grace period is over.
    pub fn accepts_submissions_at(&self, arrived: Instant, zone: &str) -> Result<bool> {
        let deadline = self.takes_drafts_from(arrived, zone)?;
        if arrived > self.grace_ends(deadline) {
            return Err(Failure::rule(
                Rule::DeadlinePassed,
                format!(
                    "The deadline was {}, the grace period is over too.",
                    deadline.in_zone(zone)
                ),
            ));
        }
        Ok(arrived > deadline)
    }

    /// Whether drafts may still change: until the deadline itself. Grace is for submitting only.
    ///
    /// # Errors
    /// When the stage has no form, is not open yet, or the deadline has passed.
    pub fn accepts_drafts_at(&self, arrived: Instant, zone: &str) -> Result<()> {
        let deadline = self.takes_drafts_from(arrived, zone)?;
        if arrived > deadline {
            return Err(Failure::rule(
                Rule::DeadlinePassed,
                format!(
                    "The deadline was {}. What was saved before it can still be submitted \
                     within the grace period.",
                    deadline.in_zone(zone)
                ),
            ));
        }
        Ok(())
    }

    fn takes_drafts_from(&self, arrived: Instant, zone: &str) -> Result<Instant> {
        if self.form.is_none() {
            return Err(Failure::rule(
                Rule::WrongPhase,
                "Nothing is handed in for this stage: it carries the last submission on.",
            ));
        }
        match (self.scheduled_to_open(), self.deadline) {
            (Some(opens_at), Some(deadline)) if opens_at <= arrived => Ok(deadline),
            (Some(opens_at), _) => Err(Failure::rule(
                Rule::NotOpenYet,
                format!("The stage opens at {}.", opens_at.in_zone(zone)),
            )),
            _ => Err(Failure::rule(
                Rule::NotOpenYet,
                "The times of this stage are not published yet.",
            )),
        }
    }
}
