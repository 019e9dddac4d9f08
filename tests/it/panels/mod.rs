//! Who reviews what: the panel, ties, assignments.

mod assigning;
mod jobs;
mod joining;
mod scene;
mod ties;
mod unsent;
