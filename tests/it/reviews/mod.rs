//! Reviews, discussion and results, as the people around a submission meet them.

pub mod panel;
mod results;
mod sight;
mod writing;
