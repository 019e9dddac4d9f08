//! Assignments from outside: given by hand, in bulk or by CSV, listed, answered; and the lists of
//! coalitions to declare conflicts on. The rules live in [`crate::panels`]; here they meet the
//! submissions that they are about.

mod api;
mod giving;
mod import;
mod lifting;
mod listing;
mod ties;

pub use api::routes;
pub use giving::{done, may_be_reviewed};
pub use ties::{compare_anew, to_compare};
