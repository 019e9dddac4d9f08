//! What officers decide, and how coalitions and the public come to know it.
//!
//! A decision is recorded on a submission once reviews are closed, and stays among officers (and
//! approvers, where a docket is asked for) until an announcement tells it. The announcement is one
//! act over all decisions of a stage that wait: previewed letter by letter, confirmed once under
//! the preview's digest with its two times, and from then on a matter of the clock: no job opens
//! anything, everyone reads the same two times. A correction or a promotion is a decision of its
//! own that goes the same way and takes the place of the earlier one when it is told.
//!
//! Offers to others: [`model::in_effect`], [`model::in_public_effect`], [`ledger::Ledger`] and
//! [`store`]; [`jobs`] to whoever keeps the clock.

pub mod access;
pub mod actions;
pub mod api;
pub mod budget;
pub mod desk;
pub mod docket;
pub mod feedback;
pub mod jobs;
pub mod ledger;
pub mod letters;
pub mod model;
pub mod order;
pub mod readiness;
pub mod rules;
pub mod shown;
pub mod store;
pub mod texts;
