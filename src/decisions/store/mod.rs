//! Rows in, values out.

mod announcements;
mod decisions;
mod dockets;
mod facts;
mod releases;
mod texts;

pub use announcements::{
    Announcement, announcement, announcements_in, call_back, insert_announcement,
    standing_announcements,
};
pub use decisions::{
    approve_summary, decision, decisions_of_coalition, decisions_of_competition,
    decisions_of_stage, delete_decision, hold_for, insert_decision, let_go_of, supersede,
    update_decision,
};
pub use dockets::{DocketRow, DocketVerdict, insert_verdict, verdicts_on};
pub use facts::{
    drafts_begun_at, ever_submitted_at, found_eligible, in_force_at, in_force_in, replies_in,
    stages_with_told_advances,
};
pub use releases::{releases_of_coalition, releases_of_stage, review, save_release};
pub use texts::{StoredText, save_text, text, texts_of};
