//! The JSON face of coalitions.

mod coalitions;
mod invitations;
mod joining;
mod members;
mod questions;
mod seats;

use utoipa_actix_web::service_config::ServiceConfig;

/// Routes of this module, relative to `/api/v1`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    coalitions::routes(config);
    members::routes(config);
    invitations::routes(config);
    joining::routes(config);
    seats::routes(config);
    questions::routes(config);
}
