//! What a stage must be, and which of it may change in which phase.

use super::stage::{Phase, Stage};
use crate::platform::clock::Instant;
use crate::platform::counting::characters;
use crate::platform::plain;
use crate::platform::refusal::FieldError;

impl Stage {
    /// What is wrong with the settings, all of it.
    pub fn errors(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let name = characters(self.name.trim());
        if !(1..=200).contains(&name) {
            errors.push(FieldError::at("/name", "1 to 200 characters."));
        }
        errors.extend(plain::objection("/name", &self.name));
        match &self.form {
            Some(form) => errors.extend(form.errors("/form")),
            None if self.position == 1 => errors.push(FieldError::at(
                "/form",
                "The first stage needs a form: there is no earlier submission to carry on.",
            )),
            None => {}
        }
        match &self.rubric {
            Some(rubric) => errors.extend(rubric.errors("/rubric")),
            None if self.has_review => {
                errors.push(FieldError::at("/rubric", "Reviews need a rubric."));
            }
            None => {}
        }
        errors.extend(self.errors_of_times());
        if !(1..=20).contains(&self.reviews_per_submission) {
            errors.push(FieldError::at(
                "/reviews_per_submission",
                "Between 1 and 20.",
            ));
        }
        errors.extend(self.errors_of_reminders());
        errors
    }

    fn errors_of_times(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if !(0..=86_400).contains(&self.grace_seconds) {
            errors.push(FieldError::at(
                "/grace_seconds",
                "Between 0 and 86400 seconds.",
            ));
        }
        if matches!((self.opens_at, self.deadline), (Some(opens), Some(ends)) if ends <= opens) {
            errors.push(FieldError::at("/deadline", "After the opening."));
        }
        let begins = self.closes_at().or(self.opens_at);
        if matches!((begins, self.review_deadline), (Some(begins), Some(ends)) if ends <= begins) {
            errors.push(FieldError::at(
                "/review_deadline",
                "After the deadline and its grace period.",
            ));
        }
        errors
    }

    fn errors_of_reminders(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.reminder_hours.len() > 10 {
            errors.push(FieldError::at("/reminder_hours", "At most 10 reminders."));
        }
        for (number, hours) in self.reminder_hours.iter().enumerate() {
            let at = format!("/reminder_hours/{number}");
            if !(1..=2160).contains(hours) {
                errors.push(FieldError::at(at, "Between 1 and 2160 hours."));
            } else if self.reminder_hours[..number].contains(hours) {
                errors.push(FieldError::at(at, "This reminder is listed already."));
            }
        }
        errors
    }

    /// What keeps this stage from opening once the competition is published.
    pub fn lacks(&self) -> Vec<&'static str> {
        let mut lacks = Vec::new();
        if self.opens_at.is_none() {
            lacks.push("when it opens");
        }
        if self.form.is_some() && self.deadline.is_none() {
            lacks.push("its deadline");
        }
        lacks
    }

    /// Which of the changes to `new` may no longer be made, and why. Before the opening every
    /// change may; then only texts that change no meaning, a later deadline, and what concerns
    /// reviews until these begin.
    pub fn changes_refused(&self, new: &Self, now: Instant) -> Vec<FieldError> {
        let phase = self.phase(now);
        let mut refused = Vec::new();
        if phase < Phase::Open {
            return refused;
        }
        let mut fixed = |field: &str, changed: bool, since: &str| {
            if changed {
                refused.push(FieldError::at(field, format!("Fixed since {since}.")));
            }
        };
        for (field, changed) in [
            ("/kind", self.kind != new.kind),
            ("/opens_at", self.opens_at != new.opens_at),
            ("/grace_seconds", self.grace_seconds != new.grace_seconds),
            ("/sealed", self.sealed != new.sealed),
            ("/has_screening", self.has_screening != new.has_screening),
            ("/has_review", self.has_review != new.has_review),
            (
                "/signatory_confirmation",
                self.signatory_confirmation != new.signatory_confirmation,
            ),
            (
                "/docket_approval",
                self.docket_approval != new.docket_approval,
            ),
        ] {
            fixed(field, changed, "the stage opened");
        }
        if phase >= Phase::Reviewing {
            for (field, changed) in [
                (
                    "/reviews_per_submission",
                    self.reviews_per_submission != new.reviews_per_submission,
                ),
                ("/discussion", self.discussion != new.discussion),
                ("/order_by", self.order_by != new.order_by),
                ("/tie_rule", self.tie_rule != new.tie_rule),
            ] {
                fixed(field, changed, "reviews opened");
            }
        }
        let closed = phase >= Phase::Deciding;
        fixed(
            "/review_deadline",
            closed && self.review_deadline != new.review_deadline,
            "reviews were closed",
        );
        refused.extend(self.deadline_refused(new, phase));
        refused.extend(self.documents_refused(new));
        refused
    }

    fn deadline_refused(&self, new: &Self, phase: Phase) -> Option<FieldError> {
        if self.deadline == new.deadline {
            return None;
        }
        if self.was_opened() {
            return Some(FieldError::at(
                "/deadline",
                "A submission has been read: it can no longer be moved for all. Give one coalition \
                 more time instead.",
            ));
        }
        let unread = matches!(phase, Phase::Open | Phase::Closed | Phase::Screening);
        if !unread || self.screening_is_done() {
            return Some(FieldError::at(
                "/deadline",
                "It has passed: it can no longer be moved.",
            ));
        }
        (new.deadline < self.deadline).then(|| {
            FieldError::at(
                "/deadline",
                "Since the stage opened it can only be moved to a later time.",
            )
        })
    }

    fn documents_refused(&self, new: &Self) -> Vec<FieldError> {
        let mut refused = Vec::new();
        match (&self.form, &new.form) {
            (Some(old), Some(new)) => refused.extend(old.changes_of_meaning(new, "/form")),
            (None, None) => {}
            _ => refused.push(FieldError::at("/form", "Fixed since the stage opened.")),
        }
        match (&self.rubric, &new.rubric) {
            (Some(old), Some(new)) => refused.extend(old.changes_of_meaning(new, "/rubric")),
            (None, None) => {}
            _ => refused.push(FieldError::at("/rubric", "Fixed since the stage opened.")),
        }
        refused
    }

    /// The names of the settings that differ in `new`, for the trace.
    pub fn differences(&self, new: &Self) -> Vec<&'static str> {
        [
            ("name", self.name != new.name),
            ("kind", self.kind != new.kind),
            ("form", self.form != new.form),
            ("rubric", self.rubric != new.rubric),
            ("opens_at", self.opens_at != new.opens_at),
            ("deadline", self.deadline != new.deadline),
            ("grace_seconds", self.grace_seconds != new.grace_seconds),
            ("sealed", self.sealed != new.sealed),
            ("has_screening", self.has_screening != new.has_screening),
            ("has_review", self.has_review != new.has_review),
            (
                "reviews_per_submission",
                self.reviews_per_submission != new.reviews_per_submission,
            ),
            (
                "review_deadline",
                self.review_deadline != new.review_deadline,
            ),
            ("discussion", self.discussion != new.discussion),
            (
                "signatory_confirmation",
                self.signatory_confirmation != new.signatory_confirmation,
            ),
            (
                "docket_approval",
                self.docket_approval != new.docket_approval,
            ),
            ("reminder_hours", self.reminder_hours != new.reminder_hours),
            ("order_by", self.order_by != new.order_by),
            ("tie_rule", self.tie_rule != new.tie_rule),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }
}
