//! People: accounts, sessions, second factors, tokens, links in e-mails, and roles.
//!
//! Offers [`Call`], the extractor through which every route knows who calls, and [`Person`], the
//! caller with their rights as read in the very transaction that acts.

pub mod accounts;
pub mod administration;
mod call;
pub mod enrolment;
mod gate;
pub mod granting;
pub mod guesses;
pub mod jobs;
pub mod keys;
mod letters;
pub mod links;
mod model;
mod once;
pub mod own;
pub mod passwords;
pub mod proofs;
pub mod registration;
pub mod second_factor;
pub mod sessions;
pub mod store;
pub mod tokens;

pub use call::Call;
pub use gate::Gate;
pub use model::{Person, Role, Scope};
pub use once::Running;

pub mod api;

pub use api::routes;
