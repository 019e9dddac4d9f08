//! Who reads what: the reviewers of a stage, the ties that forbid it, and the assignments.
//!
//! Keyed by stage and coalition, so that what comes later (proposals, reviews) can ask who may
//! not look without this module knowing of proposals. A conflict in force closes every door
//! between a person and a coalition ([`crate::coalitions::doors`]); a mere hint closes none and
//! is shown to officers only.
//!
//! Others use [`store::live_assignment_of`], [`store::panel_member`], [`conflicts::detect_for_texts`]
//! and [`actions::apply_pairs`], the one way by which assignments come about.

pub mod access;
pub mod actions;
mod api;
pub mod conflicts;
pub mod jobs;
mod letters;
pub mod model;
pub mod store;

pub use api::routes;
