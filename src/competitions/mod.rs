//! Competitions: places and their facts, editions of a programme, stages with their form, rubric
//! and recorded acts.
//!
//! Offers to the modules on its right: the values of [`model`] (above all
//! [`model::Stage::phase`], which derives a stage's phase from clock and acts, and
//! [`model::Form`], which judges answers), and the readers of [`store`]. Recording an amendment
//! is [`actions::calls::amend`]; the act as a whole also tells every coalition and lives where the
//! coalitions are known.

pub mod access;
pub mod actions;
mod api;
pub mod model;
pub mod store;
pub mod views;

pub use api::routes;
