//! What a city asks for: the coalition's one proposal, drafted section by section, with its
//! capital stack and attachments, frozen at submission into an immutable snapshot with a
//! receipt, and screened after the close.
//!
//! A *draft* belongs to a proposal and a stage; nobody but members ever reads its text. A
//! *submission* is a snapshot of it: who may read which of its answers is decided in
//! [`access`], from the person's tie to it and the visibility of each question.
//!
//! Others find here [`store::proposal_of`], [`store::submission_in_force`],
//! [`store::submissions_in_force`], [`store::screening_of`] and [`model::Snapshot`]; whoever
//! tells a coalition that it advances calls [`actions::carry::start_draft_for_stage`].

pub mod access;
pub mod actions;
pub mod api;
pub mod jobs;
pub mod leftovers;
pub mod model;
pub mod store;
pub mod turned_away;
