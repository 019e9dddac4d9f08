//! Every answer that a story gets is held against the OpenAPI document: its status is told there,
//! and so are the headers that a client acts on.

use std::sync::OnceLock;

use actix_web::dev::ServiceResponse;
use serde_json::Value;

/// The document as JSON.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::to_value(civitas::app::openapi()).unwrap())
}

const HEADERS: &[&str] = &["ETag", "Location", "Retry-After"];

/// Panics when the answer is one that the document does not know. Pages are not in it, and neither
/// are methods that an address does not have.
#[track_caller]
pub(super) fn hold(response: &ServiceResponse) {
    let request = response.request();
    let Some(pattern) = request.match_pattern() else {
        return;
    };
    let method = request.method().as_str().to_lowercase();
    let operation = &document()["paths"][&pattern][&method];
    if operation.is_null() {
        return;
    }
    let name = format!("{} {pattern}", request.method());
    let status = response.status().as_u16().to_string();
    let told = &operation["responses"][&status];
    assert!(
        !told.is_null(),
        "{name} answers {status}, which the document does not tell"
    );
    for header in HEADERS {
        let sent = response.headers().contains_key(*header);
        let known = !told["headers"][*header].is_null();
        assert_eq!(
            sent, known,
            "{header} of {status} from {name}: sent, and told by the document"
        );
    }
}
