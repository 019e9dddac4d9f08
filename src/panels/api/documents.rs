//! Expertise documents.

use actix_web::{delete, get, post, put};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::panels::actions::{self, DocumentRequest, DocumentView};
use crate::people::Call;
use crate::platform::http::{Answer, IfMatch, Input, PathId};
use crate::platform::ids::{ExpertiseDocumentId, PanelMemberId};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(add)
        .service(show)
        .service(change)
        .service(remove);
}

/// Add an expertise document to a reviewer. Officers and the reviewer.
#[utoipa::path(tag = "panels", params(("id" = PanelMemberId, Path)), request_body = DocumentRequest,
    responses((status = 201, body = DocumentView)))]
#[post("/panel-members/{id}/documents")]
async fn add(call: Call, id: PathId<PanelMemberId>, input: Input<DocumentRequest>) -> Answer {
    call.create(move |w, who| actions::add_document(w, who, id.get(), &input))
        .await
}

/// An expertise document. Officers, assistants and the reviewer.
#[utoipa::path(tag = "panels", params(("id" = ExpertiseDocumentId, Path)), responses((status = 200, body = DocumentView)))]
#[get("/expertise-documents/{id}")]
async fn show(call: Call, id: PathId<ExpertiseDocumentId>) -> Answer {
    call.read(move |r, who| actions::show_document(r, who, id.get()))
        .await
}

/// Change an expertise document. Officers and the reviewer.
#[utoipa::path(tag = "panels", params(("id" = ExpertiseDocumentId, Path)), request_body = DocumentRequest,
    responses((status = 200, body = DocumentView)))]
#[put("/expertise-documents/{id}")]
async fn change(
    call: Call,
    id: PathId<ExpertiseDocumentId>,
    if_match: IfMatch,
    input: Input<DocumentRequest>,
) -> Answer {
    call.change(move |w, who| actions::change_document(w, who, id.get(), &if_match, &input))
        .await
}

/// Remove an expertise document. Officers and the reviewer.
#[utoipa::path(tag = "panels", params(("id" = ExpertiseDocumentId, Path)), responses((status = 204)))]
#[delete("/expertise-documents/{id}")]
async fn remove(call: Call, id: PathId<ExpertiseDocumentId>) -> Answer {
    call.remove(move |w, who| actions::remove_document(w, who, id.get()))
        .await
}
