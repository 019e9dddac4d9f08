//! Stored bytes: which a coalition keeps, and which nothing shows any more.

use std::collections::HashMap;

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::platform::clock::Instant;
use crate::platform::db::schema::{attachments, files, proposals, submission_files};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{AttachmentId, CoalitionId, FileId};
use crate::platform::refusal::{Refusal, Result};

/// The files that a coalition's attachments keep, by their digest, with their sizes: removed ones
/// too, until they are deleted. What several attachments show counts once.
///
/// # Errors
/// When the database fails.
pub fn files_kept(r: &mut Reads<'_>, coalition: CoalitionId) -> Result<HashMap<String, i64>> {
    let rows: Vec<(String, i64)> = attachments::table
        .inner_join(files::table.on(files::id.eq(attachments::file_id)))
        .inner_join(proposals::table.on(proposals::id.eq(attachments::proposal_id)))
        .filter(proposals::coalition_id.eq(coalition))
        .select((files::digest, files::size))
        .load(r.conn())?;
    Ok(rows.into_iter().collect())
}

/// The row of stored bytes, found by their digest or written now. From this moment it holds the
/// bytes for a while, though nothing shows them yet.
///
/// # Errors
/// 503 while the same bytes are just being deleted.
pub fn file_row(w: &mut Writes<'_>, digest: &str, size: i64, media_type: &str) -> Result<FileId> {
    let now = w.now();
    let known: Option<(FileId, Option<Instant>)> = files::table
        .filter(files::digest.eq(digest))
        .select((files::id, files::leaving_at))
        .first(w.conn())
        .optional()?;
    match known {
        Some((_, Some(_))) => Err(Refusal::Unavailable(2).into()),
        Some((id, None)) => {
            diesel::update(files::table.find(id))
                .set(files::stored_at.eq(now))
                .execute(w.conn())?;
            Ok(id)
        }
        None => {
            let id = w.fresh_id::<FileId>();
            diesel::insert_into(files::table)
                .values((
                    files::id.eq(id),
                    files::digest.eq(digest),
                    files::size.eq(size),
                    files::media_type.eq(media_type),
                    files::stored_at.eq(now),
                ))
                .execute(w.conn())?;
            Ok(id)
        }
    }
}

/// Forgets attachments that left their draft and that no submission shows, where nobody uploaded
/// the same bytes since `before`. Gives how many.
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

/// Marks the files that no attachment has and nobody stored since `before` as leaving, and gives
/// their digests; with those of whoever began that before and did not come back.
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
        .select((files::id, files::digest))
        .load(w.conn())?;
    let (ids, digests): (Vec<FileId>, Vec<String>) = leaving.into_iter().unzip();
    diesel::update(files::table.filter(files::id.eq_any(ids)))
        .set(files::leaving_at.eq(Some(now)))
        .execute(w.conn())?;
    Ok(digests)
}

/// Forgets a file whose bytes are deleted.
///
/// # Errors
/// When the database fails.
pub fn forget_file(w: &mut Writes<'_>, digest: &str) -> Result<()> {
    let gone = files::table
        .filter(files::digest.eq(digest))
        .filter(files::leaving_at.is_not_null());
    diesel::delete(gone).execute(w.conn())?;
    Ok(())
}
