//! The city's table in one competition: who claims to speak for which place, who writes, who sits
//! where.
//!
//! Offered to other modules: [`standing`] says who a person is to a coalition, [`doors`] which
//! coalitions are closed to whom, [`store::coalition`], [`store::coalitions_of`] and
//! [`store::live_members`] the rows.

pub mod access;
pub mod actions;
pub mod api;
mod coverage;
pub mod doors;
mod grace;
pub mod jobs;
pub mod model;
pub mod questions;
mod standing;
pub mod store;
pub mod views;
pub mod words;

pub use coverage::coverage;
pub use standing::{Standing, stand, stand_with, standing};
