//! Files that no draft and no submission shows any more are deleted, and so are the bytes of
//! uploads that were refused after they had come in.
//!
//! An upload holds its bytes by a row, which is written before they are kept. Here a row is marked
//! first, in a transaction that sees that nothing shows it and that it is old; an upload that took
//! so long is sent away. So no bytes are deleted that somebody has just counted on.

use super::store::{self, Held};
use crate::platform::clock::Instant;
use crate::platform::db::Db;
use crate::platform::files::Files;
use crate::platform::refusal::Result;

/// For how long a row holds bytes that nothing shows, in seconds: far longer than a request may
/// take to come in.
const HELD_SECONDS: i64 = 600;

/// Deletes what nothing shows. Called each minute; gives how many files were deleted.
///
/// # Errors
/// When the database or the store fails; what was marked by then is deleted later.
pub async fn delete_unshown(db: &Db, files: &Files, now: Instant) -> Result<usize> {
    let before = now.plus_seconds(-HELD_SECONDS);
    let leaving = db
        .write(now, move |w| {
            store::forget_removed(w, before)?;
            store::mark_leaving(w, before)
        })
        .await?;
    let count = leaving.len();
    for name in leaving {
        files.delete(&name).await?;
        db.write(now, move |w| store::forget_file(w, &name)).await?;
    }
    Ok(count)
}

/// Deletes an upload that no attachment came to show: it was refused after all, or repeats one that
/// is there.
///
/// # Errors
/// When the database or the store fails; it is deleted some minutes later then.
pub async fn delete_if_unattached(db: &Db, files: &Files, now: Instant, held: Held) -> Result<()> {
    let id = held.id;
    if db.read(now, move |r| store::is_attached(r, id)).await? {
        return Ok(());
    }
    if db.write(now, move |w| store::let_go(w, id)).await? {
        files.delete(&held.name).await?;
        db.write(now, move |w| store::forget_file(w, &held.name))
            .await?;
    }
    Ok(())
}
