//! What happens by itself: the letters of mailings whose recipients nobody may know are written
//! here, so that neither the answer to the sending nor the time that it takes tells of them.

use super::actions::sending;
use super::store;
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::MailingId;
use crate::platform::refusal::Result;

/// The mailings whose letters are not all written.
///
/// # Errors
/// When the database fails.
pub fn mailings_to_write(r: &mut Reads<'_>) -> Result<Vec<MailingId>> {
    store::mailings_to_write(r)
}

/// Writes some of the letters of a mailing; gives whether there are more to write.
///
/// # Errors
/// When the database fails.
pub fn write_some(w: &mut Writes<'_>, id: MailingId) -> Result<bool> {
    sending::write_some(w, id)
}
