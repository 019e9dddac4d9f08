//! Stored bytes: which a coalition keeps, and which nothing shows any more.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::platform::clock::Instant;
use crate::platform::db::schema::{attachments, files, proposals, submission_files};
use crate::platform::db::{Reads, Writes};
use crate::platform::files::{StoredFile, fresh_name};
use crate::platform::ids::{AttachmentId, CoalitionId, FileId};
use crate::platform::refusal::Result;

/// How many bytes a coalition's attachments keep: removed ones too, until they are deleted. What
/// the drafts of several stages show counts once.
///
/// # Errors
/// When the database fails.
pub fn bytes_kept(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<i64> {
    let kept: Vec<(FileId, i64)> = attachments::table
        .inner_join(files::table.on(files::id.eq(attachments::file_id)))
        .inner_join(proposals::table.on(proposals::id.eq(attachments::proposal_id)))
        .filter(proposals::coalition_id.eq(coalition))
        .select((files::id, files::size))
        .distinct()
        .load(r.conn())?;
    Ok(kept.into_iter().map(|(_, size)| size).sum())
}

/// A row that holds an upload's bytes.
#[derive(Clone, Debug)]
pub struct Held {
    /// Its identity.
    pub id: FileId,
    /// Under which the bytes are kept.
    pub name: String,
}

/// Writes the row of an upload that is about to be kept. From this moment it holds the bytes for a
/// while, though nothing shows them yet.
///
/// # Errors
/// When the database fails.
pub fn hold_file(w: &mut Writes<'_>, file: &StoredFile) -> Result<Held> {
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
