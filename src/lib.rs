//! Civitas runs a grant competition for cities, from the call for proposals to the award letter.
//!
//! See ARCHITECTURE.md for how the modules hang together: each may use those before it here,
//! never those after.

pub mod app;
pub mod awards;
pub mod cli;
pub mod coalitions;
pub mod competitions;
pub mod decisions;
pub mod panels;
pub mod people;
pub mod platform;
pub mod proposals;
pub mod reviews;
