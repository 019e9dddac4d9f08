//! Rows in, values out.

mod answers;
mod observers;
mod told;

pub use answers::{answer_to, answers_in, insert_answer};
pub use observers::{Watch, lines_of, set_lines, watches_in};
pub use told::{competitions_with_public_awards, offers_ending_between};
