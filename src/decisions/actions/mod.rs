//! The use cases: check rights, apply rules, store, audit, outbox, in one transaction.

pub mod announce;
pub mod announced;
pub mod delivery;
pub mod docket;
pub mod follow_up;
pub mod freezing;
pub mod import;
pub mod notices;
pub mod preview;
pub mod record;
pub mod releases;
pub mod rewording;
pub mod ruling;
pub mod spending;
pub mod telling;
pub mod texts;
pub mod told;
