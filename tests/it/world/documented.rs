//! Every answer that a story gets is held against the OpenAPI document: its status is told there,
//! and so are the headers that a client acts on; and what is sent and served is of the shape told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use actix_web::dev::ServiceResponse;
use jsonschema::Validator;
use serde_json::{Value, json};

/// The document as JSON.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::to_value(civitas::app::openapi()).unwrap())
}

const HEADERS: &[&str] = &["ETag", "Location", "Retry-After"];

/// An operation of the document, with how it is called.
#[derive(Clone)]
pub struct Operation {
    name: String,
    told: &'static Value,
}

/// The operation that answered. Pages are not in the document, and neither are methods that an
/// address does not have.
pub fn operation_of(response: &ServiceResponse) -> Option<Operation> {
    let request = response.request();
    let pattern = request.match_pattern()?;
    let method = request.method().as_str().to_lowercase();
    let told = &document()["paths"][&pattern][&method];
    (!told.is_null()).then(|| Operation {
        name: format!("{} {pattern}", request.method()),
        told,
    })
}

impl Operation {
    /// Whether it takes an `Idempotency-Key`.
    pub fn counts_once(&self) -> bool {
        let parameters = self.told["parameters"].as_array();
        let is_key = |parameter: &Value| parameter["name"] == "Idempotency-Key";
        parameters.is_some_and(|all| all.iter().any(is_key))
    }

    /// Panics when the answer's status or headers are such as the document does not tell.
    #[track_caller]
    pub fn hold(&self, response: &ServiceResponse) {
        let (name, status) = (&self.name, response.status().as_u16().to_string());
        let told = &self.told["responses"][&status];
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

    /// Panics when what was served with this status is of another shape than the document tells.
    #[track_caller]
    pub fn hold_served(&self, status: u16, served: &Value) {
        let content = &self.told["responses"][status.to_string()]["content"];
        let kinds = ["application/json", "application/problem+json"];
        let schema = kinds.iter().find_map(|kind| content[kind].get("schema"));
        if let Some(schema) = schema {
            is_of_shape(&format!("{status} of {}", self.name), schema, served);
        }
    }

    /// Panics when something was taken that is of another shape than the document tells.
    #[track_caller]
    pub fn hold_taken(&self, taken: &Value) {
        let schema = self.told["requestBody"]["content"]["application/json"].get("schema");
        if let Some(schema) = schema {
            is_of_shape(&format!("what {} takes", self.name), schema, taken);
        }
    }
}

/// Panics when the value is not as the document's schema says.
#[track_caller]
pub fn is_of_shape(name: &str, schema: &Value, value: &Value) {
    static KNOWN: OnceLock<Mutex<HashMap<String, Arc<Validator>>>> = OnceLock::new();
    let known = KNOWN.get_or_init(Mutex::default);
    let validator = known.lock().unwrap().get(name).cloned();
    let validator = validator.unwrap_or_else(|| {
        let whole = json!({"components": document()["components"], "allOf": [schema]});
        let made = Arc::new(jsonschema::draft202012::new(&whole).unwrap());
        known.lock().unwrap().insert(name.to_owned(), made.clone());
        made
    });
    let wrong: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(
        wrong.is_empty(),
        "{name} is not as the document says: {wrong:#?} in {value}"
    );
}
