//! The JSON face of decisions, feedback and announcements.

mod announcements;
mod cases;
mod dockets;
mod releases;
mod texts;

use utoipa_actix_web::service_config::ServiceConfig;

/// Routes of this module, relative to `/api/v1`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    cases::routes(config);
    releases::routes(config);
    texts::routes(config);
    announcements::routes(config);
    dockets::routes(config);
}
