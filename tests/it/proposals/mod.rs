//! Stories of proposals: drafted, confirmed, submitted, read, screened.

pub mod attachments;
mod carrying;
mod confirming;
mod deadlines;
mod drafts;
mod hostile_files;
pub mod letters;
mod money;
mod overload;
mod places_lost;
mod reading;
pub mod scene;
mod screening;
mod submitting;
