//! The JSON face of accounts and sessions.

mod administration;
mod own;
mod sessions;

use utoipa_actix_web::service_config::ServiceConfig;

/// Routes of this module, relative to `/api/v1`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    sessions::routes(config);
    own::routes(config);
    administration::routes(config);
}
