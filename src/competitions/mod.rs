//! Competitions: places and their facts, editions of a programme, stages with their form, rubric
//! and recorded acts.
//!
//! Offers to the modules on its right: the values of [`model`] (above all
//! [`model::Stage::phase`], which derives a stage's phase from clock and acts, and
//! [`model::Form`], which judges answers), and the readers of [`store`]. Recording an amendment
//! is [`store::record_amendment`]; the act that also tells every coalition lives where the
//! coalitions are known.

pub mod model;
pub mod store;
