//! Attachments: rows that point to stored bytes.

use diesel::prelude::*;

use crate::platform::clock::Instant;
use crate::platform::db::schema::{attachments, files, submission_files};
use crate::platform::db::{Reads, Writes};
use crate::platform::ids::{AttachmentId, FileId, PersonId, ProposalId, StageId, SubmissionId};
use crate::platform::refusal::Result;
use crate::proposals::model::{Attachment, Submission};

#[derive(Queryable)]
struct Row {
    id: AttachmentId,
    proposal_id: ProposalId,
    stage_id: StageId,
    question: String,
    file_id: FileId,
    name: String,
    uploaded_by: PersonId,
    uploaded_at: Instant,
    removed_at: Option<Instant>,
    stored_as: String,
    digest: String,
    size: i64,
    media_type: String,
}

impl From<Row> for Attachment {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            proposal_id: row.proposal_id,
            stage_id: row.stage_id,
            question: row.question,
            file_id: row.file_id,
            name: row.name,
            uploaded_by: row.uploaded_by,
            uploaded_at: row.uploaded_at,
            removed_at: row.removed_at,
            stored_as: row.stored_as,
            digest: row.digest,
            size: row.size,
            media_type: row.media_type,
        }
    }
}

macro_rules! columns {
    () => {
        (
            attachments::id,
            attachments::proposal_id,
            attachments::stage_id,
            attachments::question,
            attachments::file_id,
            attachments::name,
            attachments::uploaded_by,
            attachments::uploaded_at,
            attachments::removed_at,
            files::name,
            files::digest,
            files::size,
            files::media_type,
        )
    };
}

macro_rules! with_files {
    () => {
        attachments::table.inner_join(files::table.on(files::id.eq(attachments::file_id)))
    };
}

fn read_all(rows: Vec<Row>) -> Vec<Attachment> {
    rows.into_iter().map(Attachment::from).collect()
}

/// An attachment by its identity, removed ones too.
///
/// # Errors
/// When the database fails.
pub fn attachment(r: &mut Reads<'_>, id: AttachmentId) -> Result<Option<Attachment>> {
    let row: Option<Row> = with_files!()
        .filter(attachments::id.eq(id))
        .select(columns!())
        .first(r.conn())
        .optional()?;
    Ok(row.map(Attachment::from))
}

/// What a draft shows now, in the order of uploading.
///
/// # Errors
/// When the database fails.
pub fn attachments_of(
    r: &mut Reads<'_>,
    proposal: ProposalId,
    stage: StageId,
) -> Result<Vec<Attachment>> {
    let rows: Vec<Row> = with_files!()
        .filter(attachments::proposal_id.eq(proposal))
        .filter(attachments::stage_id.eq(stage))
        .filter(attachments::removed_at.is_null())
        .order((attachments::uploaded_at, attachments::id))
        .select(columns!())
        .load(r.conn())?;
    Ok(read_all(rows))
}

/// What a submission froze.
///
/// # Errors
/// When the database fails.
pub fn attachments_of_submission(
    r: &mut Reads<'_>,
    submission: SubmissionId,
) -> Result<Vec<Attachment>> {
    let rows: Vec<Row> = with_files!()
        .inner_join(submission_files::table.on(submission_files::attachment_id.eq(attachments::id)))
        .filter(submission_files::submission_id.eq(submission))
        .order((attachments::uploaded_at, attachments::id))
        .select(columns!())
        .load(r.conn())?;
    Ok(read_all(rows))
}

/// The submissions that show an attachment, latest first.
///
/// # Errors
/// When the database fails.
pub fn submissions_showing(
    r: &mut Reads<'_>,
    attachment: AttachmentId,
) -> Result<Vec<SubmissionId>> {
    Ok(submission_files::table
        .filter(submission_files::attachment_id.eq(attachment))
        .order(submission_files::id)
        .select(submission_files::submission_id)
        .load(r.conn())?)
}

/// Records an attachment, after its bytes are safe.
///
/// # Errors
/// When the database fails.
pub fn insert_attachment(w: &mut Writes<'_>, attachment: &Attachment) -> Result<()> {
    diesel::insert_into(attachments::table)
        .values((
            attachments::id.eq(attachment.id),
            attachments::proposal_id.eq(attachment.proposal_id),
            attachments::stage_id.eq(attachment.stage_id),
            attachments::question.eq(&attachment.question),
            attachments::file_id.eq(attachment.file_id),
            attachments::name.eq(&attachment.name),
            attachments::uploaded_by.eq(attachment.uploaded_by),
            attachments::uploaded_at.eq(attachment.uploaded_at),
            attachments::removed_at.eq(attachment.removed_at),
        ))
        .execute(w.conn())?;
    Ok(())
}

/// Takes an attachment out of its draft; submissions keep it.
///
/// # Errors
/// When the database fails.
pub fn remove_attachment(w: &mut Writes<'_>, id: AttachmentId) -> Result<()> {
    let now = w.now();
    diesel::update(attachments::table.find(id))
        .set(attachments::removed_at.eq(Some(now)))
        .execute(w.conn())?;
    Ok(())
}

/// Ties a submission to every file that its snapshot shows.
pub(super) fn link_files(w: &mut Writes<'_>, submission: &Submission) -> Result<()> {
    for file in submission.snapshot.answers().flat_map(|a| &a.files) {
        let id: i64 = w.fresh_id();
        diesel::insert_into(submission_files::table)
            .values((
                submission_files::id.eq(id),
                submission_files::submission_id.eq(submission.id),
                submission_files::attachment_id.eq(file.id),
            ))
            .execute(w.conn())?;
    }
    Ok(())
}
