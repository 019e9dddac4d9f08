//! Awards: offers that were told, what coalitions answer, and what the public and the funders see.
//!
//! An award is a decision's offer and has its id. It comes to be when the decision is told, by the
//! clock; only the answer is stored. So an offer that is due is open to all at the same moment, and
//! one that was never told leaves nothing behind.

pub mod actions;
pub mod api;
pub mod jobs;
pub mod model;
pub mod shown;
pub mod store;
