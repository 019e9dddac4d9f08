//! The JSON face of panels and conflicts. Assignments have theirs where submissions are known.

mod conflicts;
mod documents;
mod members;
mod namings;

use utoipa_actix_web::service_config::ServiceConfig;

/// Routes of this module, relative to `/api/v1`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    members::routes(config);
    documents::routes(config);
    conflicts::routes(config);
    namings::routes(config);
}
