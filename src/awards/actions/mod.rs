//! The use cases: check rights, apply rules, store, audit, outbox, in one transaction.

pub mod funders;
pub mod offers;
pub mod public;
pub mod to_funders;
