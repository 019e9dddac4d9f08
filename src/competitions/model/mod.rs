//! Competitions as plain values, with their rules: no SQL, no HTTP.

mod answer_kinds;
pub mod answers;
pub mod builtin;
pub mod competition;
pub mod eligibility;
pub mod form;
mod form_rules;
pub mod place;
mod place_line;
pub mod place_rows;
pub mod points;
pub mod rubric;
pub mod stage;
mod stage_intake;
mod stage_rules;

pub use crate::platform::counting::words;
pub use answer_kinds::is_link;
pub use answers::{Answers, FileCounts};
pub use competition::{
    Amendment, BudgetLine, CallDate, CallDateKind, Competition, Instrument, Sector,
};
pub use eligibility::{
    Eligibility, EligibilityRule, EligibilityVerdict, Facts, Finding, Operator, eligible,
};
pub use form::{
    CAPITAL_STACK, Choice, Column, ColumnKind, Condition, Form, Question, QuestionKind, Section,
    Visibility,
};
pub use place::{Place, PlaceFact, PlaceKind};
pub use points::Points;
pub use rubric::{Anchor, Criterion, Rubric};
pub use stage::{
    Audience, EarlierTexts, OrderBy, Phase, Stage, StageAct, StageActKind, StageKind, TieRule,
};

#[cfg(test)]
mod answers_judged;
#[cfg(test)]
pub(crate) mod phase_table;
#[cfg(test)]
mod stage_changes;
