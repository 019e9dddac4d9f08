//! Competitions, stages and places: rows in, values out.

mod acts;
mod calls;
mod changes;
mod competitions;
mod places;
mod stage_texts;
mod stages;

pub use acts::{eligible_with_open_claim, record_act, unscreened, waived_at};
pub use calls::*;
pub use changes::*;
pub use competitions::*;
pub use places::*;
pub use stage_texts::*;
pub use stages::*;

/// Reads a JSON document of a row; one that can't be read is our fault.
fn document<T: serde::de::DeserializeOwned>(text: &str) -> crate::platform::refusal::Result<T> {
    Ok(serde_json::from_str(text)?)
}
