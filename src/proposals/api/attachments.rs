//! Attachments: streamed in and out.

use actix_multipart::Multipart;
use actix_web::body::SizedStream;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, LOCATION, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use futures_util::StreamExt as _;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::people::Call;
use crate::platform::config::FilesConfig;
use crate::platform::files::{Files, Received, ServedAs};
use crate::platform::http::{Answer, Asked, BodyRules, Page, PathId, leave_body_digest};
use crate::platform::ids::{AttachmentId, CoalitionId, ProposalId};
use crate::platform::refusal::{Failure, Refusal, Result};
use crate::platform::shares::Shares;
use crate::proposals::actions::attachments::{self, AttachmentView, Place};
use crate::proposals::actions::drafts::SheetAsked;
use crate::proposals::leftovers::delete_if_unattached;
use crate::proposals::store::Held;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(upload)
        .service(list)
        .service(show)
        .service(content)
        .service(remove);
}

/// A file as the body of a form.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the form, which is read as a stream")]
struct Upload {
    /// The bytes, with a file name.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

/// Attach a file to a question of the draft: convenor, editors, and contributors whom the
/// section is given to. What it is, is judged by its content.
#[utoipa::path(tag = "proposals",
    params(("id" = ProposalId, Path), ("question" = String, Query), ("stage" = Option<i64>, Query)),
    request_body(content = Upload, content_type = "multipart/form-data"),
    responses((status = 201, body = AttachmentView)))]
#[post("/proposals/{id}/attachments")]
#[expect(clippy::too_many_arguments, reason = "each is an extractor")]
async fn upload(
    call: Call,
    request: HttpRequest,
    id: PathId<ProposalId>,
    asked: Asked<Place>,
    files: Data<Files>,
    limits: Data<FilesConfig>,
    bodies: Data<BodyRules>,
    uploading: Data<Shares<CoalitionId>>,
    form: Multipart,
) -> Answer {
    let quota = i64::try_from(limits.quota_per_coalition_bytes).unwrap_or(i64::MAX);
    let limit = limits.upload_limit_bytes;
    // What was answered before is answered so again, whatever has changed since.
    let repeats = call.repeats().await?;
    let early = asked.clone();
    let (coalition, room) = call
        .load(move |r, who| {
            if repeats {
                return Ok((attachments::own_coalition(r, who, id.get())?, i64::MAX));
            }
            let coalition = attachments::may_upload(r, who, id.get(), &early)?.coalition;
            Ok((coalition, attachments::room(r, coalition, quota)?))
        })
        .await?;
    // What streams in at the same time is not counted yet, so there is little of it.
    let _streams = uploading.take(&coalition).ok_or(Refusal::Unavailable(2))?;
    let room = u64::try_from(room).unwrap_or_default();
    let received = bodies
        .in_time(take_in(form, &request, &files, limit.min(room)))
        .await;
    let (name, received) = match received {
        Err(Failure::Refused(Refusal::TooLarge(_))) if room < limit => {
            return Err(attachments::quota_used_up(quota));
        }
        received => received?,
    };
    leave_body_digest(&request, &[&received.file().digest, &name]);
    if repeats {
        let file = received.file().clone();
        return call
            .create(move |w, who| {
                let bytes = (&Held::nothing(), &file);
                attachments::attach(w, who, id.get(), &asked, &name, bytes)
            })
            .await;
    }
    let file = received.file().clone();
    let held = call
        .store(move |w, _| attachments::hold(w, coalition, quota, &file))
        .await?;
    let (kept, now) = (held.clone(), call.facts().arrived);
    let answer = match files.keep(received, &held.name).await {
        Ok(stored) => {
            call.create(move |w, who| {
                let bytes = (&held, &stored);
                attachments::attach(w, who, id.get(), &asked, &name, bytes)
            })
            .await
        }
        Err(failure) => Err(failure),
    };
    // Refused after all, or answered as before by a request that ran beside this one.
    if let Err(failure) = delete_if_unattached(&call.gate().db, &files, now, kept).await {
        tracing::warn!(error = format!("{failure:#}"), "an upload is deleted later");
    }
    answer
}

/// Reads the one file of the form.
async fn take_in(
    mut form: Multipart,
    request: &HttpRequest,
    files: &Files,
    limit: u64,
) -> Result<(String, Received)> {
    let is_form = request
        .headers()
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value
                .to_ascii_lowercase()
                .starts_with("multipart/form-data")
        });
    if !is_form {
        return Err(Refusal::WrongMediaType("Send multipart/form-data.".into()).into());
    }
    let field = match form.next().await {
        Some(Ok(field)) if field.name() == Some("file") => field,
        Some(Ok(_)) | None => return Err(malformed("The form's one field is called file.")),
        Some(Err(error)) => return Err(malformed(&format!("The form can't be read: {error}."))),
    };
    let name = field
        .content_disposition()
        .and_then(|disposition| disposition.get_filename())
        .unwrap_or_default()
        .to_owned();
    let received = files.receive(field, limit).await?;
    match form.next().await {
        None => Ok((name, received)),
        Some(_) => Err(malformed("One file at a time.")),
    }
}

fn malformed(words: &str) -> Failure {
    Refusal::Malformed(words.to_owned()).into()
}

/// List the files that the draft shows: members.
#[utoipa::path(tag = "proposals",
    params(("id" = ProposalId, Path), ("stage" = Option<i64>, Query),
        ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Page<AttachmentView>)))]
#[get("/proposals/{id}/attachments")]
async fn list(call: Call, id: PathId<ProposalId>, asked: Asked<SheetAsked>) -> Answer {
    call.read_page(move |r, who| attachments::list(r, who, id.get(), &asked))
        .await
}

/// Show an attachment without its bytes: members, and whoever reads a submission that shows it.
#[utoipa::path(tag = "proposals", params(("id" = AttachmentId, Path)),
    responses((status = 200, body = AttachmentView)))]
#[get("/attachments/{id}")]
async fn show(call: Call, id: PathId<AttachmentId>) -> Answer {
    call.read(move |r, who| attachments::show(r, who, id.get()))
        .await
}

/// Download an attachment: members, and whoever reads a submission that shows it. Where files lie in
/// a bucket, the answer may lead there, by a link that is good for a minute.
#[utoipa::path(tag = "proposals", params(("id" = AttachmentId, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = 302, description = "The bucket serves it")))]
#[get("/attachments/{id}/content")]
async fn content(call: Call, id: PathId<AttachmentId>, files: Data<Files>) -> Answer {
    let (found, _) = call
        .load(move |r, who| attachments::shown(r, who, id.get()))
        .await?;
    let disposition = saved_as(&found.name);
    let served = ServedAs {
        media_type: &found.media_type,
        disposition: &disposition,
    };
    if let Some(link) = files.signed_link(&found.stored_as, served).await? {
        return Ok(HttpResponse::Found()
            .insert_header((LOCATION, link))
            .insert_header((CACHE_CONTROL, "private, no-store"))
            .finish());
    }
    let pieces = files.open(&found.stored_as).await?;
    let size = u64::try_from(found.size).unwrap_or_default();
    // Nothing that was uploaded may ever run in the reader's browser with our origin.
    Ok(HttpResponse::Ok()
        .content_type(found.media_type.clone())
        .insert_header((CONTENT_DISPOSITION, disposition))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .body(SizedStream::new(size, pieces)))
}

/// `Content-Disposition` by RFC 6266: the name in ASCII, and whole in UTF-8.
fn saved_as(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let ascii: String = name
        .chars()
        .map(|c| if plain(c) { c } else { '_' })
        .collect();
    let whole: String = name
        .bytes()
        .map(|byte| {
            if plain(char::from(byte)) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{whole}")
}

/// Remove a file from the draft; submissions keep it. Convenor, editors, and contributors whom the
/// section is given to.
#[utoipa::path(tag = "proposals", params(("id" = AttachmentId, Path)),
    responses((status = 204)))]
#[delete("/attachments/{id}")]
async fn remove(call: Call, id: PathId<AttachmentId>) -> Answer {
    call.remove(move |w, who| attachments::remove(w, who, id.get()))
        .await
}

#[cfg(test)]
mod tests {
    use super::saved_as;

    #[test]
    fn names_are_safe_in_a_header() {
        assert_eq!(
            saved_as("plan \"é\".pdf"),
            "attachment; filename=\"plan____.pdf\"; filename*=UTF-8''plan%20%22%C3%A9%22.pdf"
        );
    }
}
