//! Letters of the office to a group of people: who is in it, what each would read, and what was
//! sent to whom. It lies right of all else that people take part in, since a group may be of any
//! of it.
//!
//! While a stage is sealed, nobody learns who has submitted. A group that turns on that is worked
//! out when its letters are written; before the end of the seal neither the people in it nor their
//! number are shown. Coalitions that are closed to an officer are written to with all others, and
//! are neither shown to that officer nor counted.

mod actions;
pub mod api;
mod drafting;
mod groups;
pub mod jobs;
pub mod model;
mod reviewers;
pub mod store;
mod words;
