//! Reviews: scores and narratives on one assignment, and the panel's discussion of a submission.
//!
//! A reviewer saves a draft with everything optional, then submits it, and may revise it until
//! reviews are closed. Others' reviews open only once the own one is in; what was in force at
//! that moment is kept as the *independent* version, later ones are *final*. A tie between
//! reviewer and coalition that is found later takes the review out of every result.
//!
//! Offers to others: [`store::submitted_reviews`], [`results::of_stage`] and [`ranking::rank`].

pub mod access;
pub mod actions;
mod api;
pub mod assignments;
pub mod jobs;
pub mod model;
pub mod ranking;
pub mod results;
pub mod rules;
pub mod shown;
pub mod standings;
pub mod store;

pub use api::routes;
