//! Attachments: a row is made only after the bytes are safe, and the bytes are served only
//! through an object that shows them to the reader.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::carry;
use super::desk::{Desk, desk};
use super::drafts::SheetAsked;
use super::reading::readable;
use crate::coalitions::{self, store as members};
use crate::competitions::model::{Form, QuestionKind};
use crate::competitions::store as competitions;
use crate::people::Person;
use crate::platform::audit::{self, Act};
use crate::platform::clock::Instant;
use crate::platform::db::{Reads, Writes};
use crate::platform::files::{StoredFile, named_as};
use crate::platform::http::{Asked, Created, Page, PageAsked};
use crate::platform::ids::{AttachmentId, CoalitionId, PersonId, ProposalId, StageId};
use crate::platform::plain::misleads;
use crate::platform::refusal::{Failure, FieldError, OrNotFound as _, Refusal, Result, Rule};
use crate::proposals::model::{Attachment, Proposal};
use crate::proposals::store::{self, Held};

/// The question that a file answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The question's key.
    pub question: String,
    /// The stage whose form asks it; the open one when left out.
    pub stage: Option<StageId>,
}

/// An attachment, without its bytes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AttachmentView {
    /// Identity.
    pub id: AttachmentId,
    /// The question's key.
    pub question: String,
    /// The name that it was uploaded under.
    pub name: String,
    /// How many bytes.
    pub size: i64,
    /// What the bytes are, by their content.
    pub media_type: String,
    /// SHA-256 of the bytes.
    pub digest: String,
    /// When it was uploaded; for members.
    pub uploaded_at: Option<Instant>,
    /// By whom; for members.
    pub uploaded_by: Option<PersonId>,
}

/// What a draft shows, for its members.
///
/// # Errors
/// 404, 403 or 409 as the stage and the person stand.
pub fn list(
    r: &mut Reads<'_>,
    who: &Person,
    id: ProposalId,
    asked: &Asked<SheetAsked>,
) -> Result<Page<AttachmentView>> {
    let asked = asked.get()?;
    let page = PageAsked::new(asked.limit, asked.cursor.as_deref())?;
    let desk = desk(r, who, id, asked.stage)?;
    desk.demand_reading()?;
    desk.form()?;
    desk.demand_something_to_read(r)?;
    let draft = carry::draft(r, &desk.proposal, &desk.stage)?;
    let files = Page::of_ordered(draft.attachments, &page, |file| file.id.0)?;
    Ok(files.map(|file| view(&file, true)))
}

/// Whether the person may upload to the question now; asked before the bytes are read, and
/// again when the row is made.
///
/// # Errors
/// 404, 403 and 409 as the stage and the person stand, 400 for a question that takes no files,
/// 409 when it has as many as it takes.
pub fn may_upload(
    r: &mut Reads<'_>,
    who: &Person,
    id: ProposalId,
    place: &Asked<Place>,
) -> Result<Upload> {
    own_coalition(r, who, id)?;
    let place = place.get()?;
    let desk = desk(r, who, id, place.stage)?;
    let form = desk.form()?;
    let asked = form.questions().find(|(_, q)| q.key == place.question);
    let asked = asked.map(|(section, question)| (section.key.clone(), &question.kind));
    let Some((section, QuestionKind::File { at_most })) = asked else {
        let error = FieldError::at("?question", "The form asks no such question for files.");
        return Err(Refusal::BadQuery(vec![error]).into());
    };
    if !desk.rights.writes(&section) {
        return Err(Failure::forbidden(
            "This section is not given to you to answer.",
        ));
    }
    who.require_verified()?;
    desk.demand_drafting(r, Some(&section))?;
    let there = carry::draft(r, &desk.proposal, &desk.stage)?
        .attachments
        .iter()
        .filter(|attachment| attachment.question == place.question)
        .count();
    if there >= *at_most as usize {
        let words = format!("This question takes at most {at_most} files. Remove one first.");
        return Err(Failure::rule(Rule::QuotaUsedUp, words));
    }
    Ok(Upload {
        coalition: desk.proposal.coalition_id,
        desk,
        place,
    })
}

/// How many bytes a coalition may still store.
///
/// # Errors
/// 409 when there is no room at all.
pub fn room(r: &mut Reads<'_>, coalition: CoalitionId, quota: i64) -> Result<i64> {
    let room = quota - store::bytes_kept(r, coalition)?;
    if room <= 0 {
        return Err(quota_used_up(quota));
    }
    Ok(room)
}

/// Whose proposal a person is a member of, to repeat what they were answered before.
///
/// # Errors
/// 404 when the proposal is not theirs to know of, 403 for who is no member.
pub fn own_coalition(r: &mut Reads<'_>, who: &Person, id: ProposalId) -> Result<CoalitionId> {
    let proposal = store::proposal(r, id)?.or_not_found()?;
    let standing = coalitions::stand(r, who, proposal.coalition_id)?;
    if standing.member.is_none() {
        return Err(members_only());
    }
    Ok(proposal.coalition_id)
}

/// An upload that may be made.
pub struct Upload {
    desk: Desk,
    place: Place,
    /// Whose store it is.
    pub coalition: CoalitionId,
}

/// Holds the bytes of an upload that is about to be kept.
///
/// # Errors
/// 409 when the coalition has no room for them.
pub fn hold(
    w: &mut Writes<'_>,
    coalition: CoalitionId,
    quota: i64,
    file: &StoredFile,
) -> Result<Held> {
    if file.size > room(w, coalition, quota)? {
        return Err(quota_used_up(quota));
    }
    store::hold_file(w, coalition, file)
}

fn members_only() -> Failure {
    Failure::forbidden("Only the coalition's members change its draft.")
}

/// That a coalition has no room for what it uploads.
pub fn quota_used_up(quota: i64) -> Failure {
    let words = format!(
        "A coalition's files have {quota} bytes together. Files that were removed from the draft \
         count until they are deleted, some minutes later."
    );
    Failure::rule(Rule::QuotaUsedUp, words)
}

/// Attaches stored bytes to a question.
///
/// # Errors
/// As [`may_upload`]; 503 when it took so long that they are being deleted.
pub fn attach(
    w: &mut Writes<'_>,
    who: &Person,
    id: ProposalId,
    place: &Asked<Place>,
    name: &str,
    (held, stored): (&Held, &StoredFile),
) -> Result<Created<AttachmentView>> {
    let Upload { desk, place, .. } = may_upload(w, who, id, place)?;
    if !store::still_holds(w, held.id)? {
        return Err(Refusal::Unavailable(2).into());
    }
    carry::start_draft_for_stage(w, &desk.proposal, &desk.stage)?;
    let attachment = Attachment {
        id: w.fresh_id(),
        proposal_id: id,
        stage_id: desk.stage.id,
        question: place.question,
        file_id: held.id,
        name: named_as(&safe_name(name), stored.media_type),
        uploaded_by: who.id,
        uploaded_at: w.now(),
        removed_at: None,
        stored_as: held.name.clone(),
        digest: stored.digest.clone(),
        size: stored.size,
        media_type: stored.media_type.to_owned(),
    };
    store::insert_attachment(w, &attachment)?;
    record(w, who, &desk.proposal, &attachment, "attachment.added")?;
    let location = format!("/api/v1/attachments/{}", attachment.id);
    Ok(Created::at(location, view(&attachment, true)))
}

/// The last part of a path, without characters that could mislead who reads the name.
fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|c| !misleads(*c)).take(200).collect();
    match kept.trim() {
        "" | "." | ".." => "file".to_owned(),
        kept => kept.to_owned(),
    }
}

/// An attachment for whoever may see it: a member, as long as the draft or a submission shows
/// it; anyone else, through a submission that they read, by the question's visibility.
///
/// # Errors
/// 404 when nothing shows it to the person.
pub fn show(r: &mut Reads<'_>, who: &Person, id: AttachmentId) -> Result<AttachmentView> {
    let (attachment, member) = shown(r, who, id)?;
    Ok(view(&attachment, member))
}

/// As [`show`], to serve its bytes; also gives whether the person is a member.
///
/// # Errors
/// 404 when nothing shows it to the person.
pub fn shown(r: &mut Reads<'_>, who: &Person, id: AttachmentId) -> Result<(Attachment, bool)> {
    let attachment = store::attachment(r, id)?.or_not_found()?;
    let proposal = store::proposal(r, attachment.proposal_id)?.or_not_found()?;
    let member = members::live_member(r, proposal.coalition_id, who.id)?.is_some();
    if member && attachment.removed_at.is_none() {
        return Ok((attachment, true));
    }
    for submission in store::submissions_showing(r, id)? {
        match readable(r, who, submission) {
            Ok((submission, reader)) => {
                if submission.snapshot.seen_by(reader.sees()).shows(id) {
                    return Ok((attachment, member));
                }
            }
            Err(Failure::Refused(_)) => {}
            Err(broken) => return Err(broken),
        }
    }
    Err(Failure::not_found())
}

/// Takes an attachment out of its draft, while the stage takes drafts. Submissions keep it.
///
/// # Errors
/// 404 when the draft does not show it to the person, 403 for a section that is not theirs, 409
/// outside of drafting.
pub fn remove(w: &mut Writes<'_>, who: &Person, id: AttachmentId) -> Result<()> {
    let attachment = store::attachment(w, id)?.or_not_found()?;
    // Whoever sees it through a submission only may know that it is there, not remove it.
    show(w, who, id)?;
    let proposal = store::proposal(w, attachment.proposal_id)?.or_not_found()?;
    if members::live_member(w, proposal.coalition_id, who.id)?.is_none() {
        return Err(members_only());
    }
    let desk = desk(w, who, attachment.proposal_id, Some(attachment.stage_id))?;
    let stage = competitions::stage(w, attachment.stage_id)?.or_not_found()?;
    let section = stage
        .form
        .iter()
        .flat_map(Form::questions)
        .find(|(_, question)| question.key == attachment.question)
        .map_or_else(String::new, |(section, _)| section.key.clone());
    if !desk.rights.writes(&section) {
        return Err(Failure::forbidden(
            "This section is not given to you to answer.",
        ));
    }
    if attachment.removed_at.is_some() {
        return Err(Failure::not_found());
    }
    desk.demand_drafting(w, Some(&section))?;
    store::remove_attachment(w, id)?;
    record(w, who, &proposal, &attachment, "attachment.removed")
}

fn view(attachment: &Attachment, member: bool) -> AttachmentView {
    AttachmentView {
        id: attachment.id,
        question: attachment.question.clone(),
        name: attachment.name.clone(),
        size: attachment.size,
        media_type: attachment.media_type.clone(),
        digest: attachment.digest.clone(),
        uploaded_at: member.then_some(attachment.uploaded_at),
        uploaded_by: member.then_some(attachment.uploaded_by),
    }
}

fn record(
    w: &mut Writes<'_>,
    who: &Person,
    proposal: &Proposal,
    attachment: &Attachment,
    act: &str,
) -> Result<()> {
    let act = Act {
        actor: Some(who.id),
        act,
        object: ("attachment", attachment.id.0),
        competition: Some(proposal.competition_id),
        coalition: Some(proposal.coalition_id),
        detail: json!({"stage": attachment.stage_id, "digest": attachment.digest}),
    };
    audit::record(w, act)
}

#[cfg(test)]
mod tests {
    use super::safe_name;

    #[test]
    fn names_are_names_and_nothing_more() {
        for (given, kept) in [
            ("budget.pdf", "budget.pdf"),
            ("C:\\Users\\me\\budget.pdf", "budget.pdf"),
            ("../../etc/passwd", "passwd"),
            ("a\r\nSet-Cookie: b.pdf", "aSet-Cookie: b.pdf"),
            ("\u{202e}fdp.exe", "fdp.exe"),
            ("présentation.pdf", "présentation.pdf"),
            ("..", "file"),
            ("", "file"),
        ] {
            assert_eq!(safe_name(given), kept, "{given:?}");
        }
    }
}
