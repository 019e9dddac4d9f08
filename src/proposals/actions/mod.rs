//! The use cases. Each checks rights, applies the rules, stores, and leaves its trace and its
//! mail in the same transaction.

pub mod attachments;
pub mod capital;
pub mod carry;
pub mod completeness;
pub mod deadlines;
pub mod desk;
pub mod drafts;
pub mod exceptions;
pub(super) mod letters;
pub mod listing;
pub mod openings;
pub mod proposals;
pub mod reading;
pub mod returns;
pub mod screening;
pub mod screening_list;
pub mod submitting;
pub mod turned_away;
pub mod waivers;
pub mod withdrawing;
