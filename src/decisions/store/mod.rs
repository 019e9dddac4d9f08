//! Rows in, values out.

mod announcements;
mod decisions;
mod dockets;
mod facts;
mod frozen;
mod releases;
mod texts;

pub use announcements::{
    Announcement, announcement, announcements_in, announcements_of, announcements_to_tell,
    call_back, insert_announcement, note_letters, standing_announcements,
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
pub use frozen::{
    feedback_of, forget, insert_feedback, insert_letter, letters_of, settle_feedback,
};
pub use releases::{
    asked_to_reword, releases_of_coalition, releases_of_stage, review, save_release,
};
pub use texts::{StoredText, delete_text, save_text, text, texts_of};
