//! The JSON face of proposals, submissions and screening.

mod attachments;
mod exceptions;
mod proposals;
mod screening;
mod stages;
mod submissions;

use serde::Deserialize;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::ids::StageId;

/// Routes of this module, relative to `/api/v1`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    submissions::routes(config);
    proposals::routes(config);
    attachments::routes(config);
    screening::routes(config);
    stages::routes(config);
    exceptions::routes(config);
}

/// Which stage's form is meant.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct AtStage {
    /// The stage; the one that is open to the coalition when left out.
    stage: Option<StageId>,
}
