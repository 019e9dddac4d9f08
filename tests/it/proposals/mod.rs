//! Stories of proposals: drafted, confirmed, submitted, read, screened.

mod attachments;
mod carrying;
mod confirming;
mod deadlines;
mod drafts;
mod letters;
mod money;
mod places_lost;
mod reading;
mod scene;
mod screening;
mod submitting;
