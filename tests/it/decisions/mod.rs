//! Decisions, feedback and announcements, as the people around them meet them.

mod announcing;
mod doors;
mod feedback;
mod follow_ups;
mod groundwork;
mod recording;
pub mod scene;
mod telling;
mod told_words;
mod watched;
