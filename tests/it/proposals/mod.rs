//! Stories of proposals: drafted, confirmed, submitted, read, screened.

mod attachments;
mod carrying;
mod drafts;
mod letters;
mod reading;
mod scene;
mod screening;
mod submitting;
