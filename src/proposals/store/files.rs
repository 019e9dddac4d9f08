//! Stored bytes: which a coalition keeps, and which nothing shows any more.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::platform::clock::Instant;
use crate::platform::db::schema::{attachments, files, submission_files};
use crate::platform::db::{Reads, Writes};
use crate::platform::files::{StoredFile, fresh_name};
use crate::platform::ids::{AttachmentId, CoalitionId, FileId};
use crate::platform::refusal::Result;

/// How many bytes of a coalition's uploads are kept: those too that nothing shows yet or any more,
/// until they are deleted.
///
/// # Errors
/// When the database fails.
pub fn bytes_kept(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<i64> {
    let sizes: Vec<i64> = files::table
        .filter(files::coalition_id.eq(coalition))
        .select(files::size)
        .load(r.conn())?;
    Ok(sizes.into_iter().sum())
}

/// A row that holds an upload's bytes.
#[derive(Clone, Debug)]
pub struct Held {
    /// Its identity.
    pub id: FileId,
    /// Under which the bytes are kept.
    pub name: String,
}

impl Held {
    /// No row at all: what a request that repeats another has.
    pub const fn nothing() -> Self {
        Self {
            id: FileId(0),
            name: String::new(),
        }
    }
}

/// Writes the row of an upload that is about to be kept. From this moment it holds the bytes for a
/// while, though nothing shows them yet.
///
/// # Errors
/// When the database fails.
pub fn hold_file(w: &mut Writes<'_>, coalition: CoalitionId, file: &StoredFile) -> Result<Held> {
    let held = Held {
        id: w.fresh_id(),
        name: fresh_name(w.entropy()),
    };
    let now = w.now();
    diesel::insert_into(files::table)
        .values((
            files::id.eq(held.id),
            files::name.eq(&held.name),
            files::digest.eq(&file.digest),
            files::size.eq(file.size),
            files::media_type.eq(file.media_type),
            files::stored_at.eq(now),
            files::coalition_id.eq(Some(coalition)),
        ))
        .execute(w.conn())?;
    Ok(held)
}

/// Whether a row still holds its bytes: nobody has begun to delete them.
///
/// # Errors
/// When the database fails.
pub fn still_holds(r: &mut Reads<'_>, id: FileId) -> Result<bool> {
    let held: i64 = files::table
        .filter(files::id.eq(id))
        .filter(files::leaving_at.is_null())
        .count()
        .get_result(r.conn())?;
    Ok(held > 0)
}

/// Whether an attachment shows a file.
///
/// # Errors
/// When the database fails.
pub fn is_attached(r: &mut Reads<'_>, id: FileId) -> Result<bool> {
    let shown: i64 = attachments::table
        .filter(attachments::file_id.eq(id))
        .count()
        .get_result(r.conn())?;
    Ok(shown > 0)
}

/// Marks a file as leaving, unless an attachment shows it by now; gives whether it leaves.
///
/// # Errors
/// When the database fails.
pub fn let_go(w: &mut Writes<'_>, id: FileId) -> Result<bool> {
    if is_attached(w, id)? {
        return Ok(false);
    }
    let now = w.now();
    diesel::update(files::table.find(id))
        .set(files::leaving_at.eq(Some(now)))
        .execute(w.conn())?;
    Ok(true)
}

/// Forgets attachments that left their draft and that no submission shows, of files that were
/// stored before `before`. Gives how many.
///
/// # Errors
/// When the database fails.
pub fn forget_removed(w: &mut Writes<'_>, before: Instant) -> Result<usize> {
    let shown = submission_files::table.filter(submission_files::attachment_id.eq(attachments::id));
    let forgotten: Vec<AttachmentId> = attachments::table
        .inner_join(files::table.on(files::id.eq(attachments::file_id)))
        .filter(attachments::removed_at.is_not_null())
        .filter(files::stored_at.lt(before))
        .filter(not(exists(shown)))
        .select(attachments::id)
        .load(w.conn())?;
    Ok(
        diesel::delete(attachments::table.filter(attachments::id.eq_any(forgotten)))
            .execute(w.conn())?,
    )
}

/// Marks the files that no attachment has and that were stored before `before` as leaving, and gives
/// their names; with those of whoever began that before and did not come back.
///
/// # Errors
/// When the database fails.
pub fn mark_leaving(w: &mut Writes<'_>, before: Instant) -> Result<Vec<String>> {
    let now = w.now();
    let shown = attachments::table.filter(attachments::file_id.eq(files::id));
    let leaving: Vec<(FileId, String)> = files::table
        .filter(files::stored_at.lt(before))
        .filter(files::leaving_at.is_null().or(files::leaving_at.lt(before)))
        .filter(not(exists(shown)))
        .select((files::id, files::name))
        .load(w.conn())?;
    let (ids, names): (Vec<FileId>, Vec<String>) = leaving.into_iter().unzip();
    diesel::update(files::table.filter(files::id.eq_any(ids)))
        .set(files::leaving_at.eq(Some(now)))
        .execute(w.conn())?;
    Ok(names)
}

/// Forgets a file whose bytes are deleted.
///
/// # Errors
/// When the database fails.
pub fn forget_file(w: &mut Writes<'_>, name: &str) -> Result<()> {
    let gone = files::table
        .filter(files::name.eq(name))
        .filter(files::leaving_at.is_not_null());
    diesel::delete(gone).execute(w.conn())?;
    Ok(())
}
