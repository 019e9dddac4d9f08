//! A schema that takes no further properties can't be a part of a larger one, because it would
//! refuse those of the whole: there it is opened.

use std::collections::BTreeMap;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ArrayItems, Components, Object, Schema};

/// Choices between objects told apart by their `type`, which take no further properties: the derive
/// does not say so.
const KINDS: &[&str] = &["QuestionKind", "ColumnKind"];

/// Closes each of the objects between which there is a choice.
pub(super) fn close_kinds(components: &mut Components) {
    for name in KINDS {
        let Some(RefOr::T(Schema::OneOf(choices))) = components.schemas.get_mut(*name) else {
            continue;
        };
        for choice in &mut choices.items {
            if let RefOr::T(Schema::Object(object)) = choice {
                let none = AdditionalProperties::FreeForm(false);
                object.additional_properties = Some(Box::new(none));
            }
        }
    }
}

/// Opens what is flattened into other schemas, wherever that is.
pub(super) fn open(components: &mut Components) {
    let named: BTreeMap<String, Object> = components
        .schemas
        .iter()
        .filter_map(|(name, schema)| match schema {
            RefOr::T(Schema::Object(object)) if object.additional_properties.is_some() => {
                Some((name.clone(), object.clone()))
            }
            _ => None,
        })
        .collect();
    for schema in components.schemas.values_mut() {
        open_within(schema, &named);
    }
}

fn open_within(schema: &mut RefOr<Schema>, named: &BTreeMap<String, Object>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            for property in object.properties.values_mut() {
                open_within(property, named);
            }
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                open_within(items.as_mut(), named);
            }
        }
        Schema::OneOf(choices) => {
            for choice in &mut choices.items {
                open_within(choice, named);
            }
        }
        Schema::AllOf(parts) => {
            for part in &mut parts.items {
                match closed(part, named) {
                    Some(object) => {
                        let mut open = object.clone();
                        open.additional_properties = None;
                        *part = RefOr::T(Schema::Object(open));
                    }
                    None => open_within(part, named),
                }
            }
        }
        _ => {}
    }
}

fn closed<'n>(part: &RefOr<Schema>, named: &'n BTreeMap<String, Object>) -> Option<&'n Object> {
    let RefOr::Ref(reference) = part else {
        return None;
    };
    named.get(reference.ref_location.rsplit('/').next()?)
}
