//! The JSON face of competitions, stages and places.

mod calls;
mod competitions;
mod places;
mod stages;

use utoipa_actix_web::service_config::ServiceConfig;

/// Routes of this module, relative to `/api/v1`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    competitions::routes(config);
    stages::routes(config);
    calls::routes(config);
    places::routes(config);
}
