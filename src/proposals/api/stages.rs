//! Changing a stage, which may have to be told to those who write for it.

use actix_web::patch;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::competitions::actions::stages::StageSettings;
use crate::competitions::views::StageView;
use crate::people::Call;
use crate::platform::http::{Answer, IfMatch, Input, PathId};
use crate::platform::ids::StageId;
use crate::proposals::actions::deadlines;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(change);
}

/// Change a stage, as far as its phase still allows.
///
/// For officers of the competition. Until it opens everything may change; then only texts that
/// change no meaning, and the deadline to a later time with a `reason`, until the first submission is
/// read, of which every member of the coalitions that write for the stage is told; what concerns
/// reviews until these begin.
#[utoipa::path(
    tag = "stages",
    params(("id" = StageId, Path), ("If-Match" = String, Header)),
    request_body = StageSettings,
    responses((status = 200, body = StageView))
)]
#[patch("/stages/{id}")]
async fn change(
    call: Call,
    id: PathId<StageId>,
    if_match: IfMatch,
    input: Input<StageSettings>,
) -> Answer {
    call.change(move |w, who| deadlines::change_stage(w, who, id.get(), &if_match, &input))
        .await
}
