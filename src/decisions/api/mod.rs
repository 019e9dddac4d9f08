//! The JSON face of decisions, feedback and announcements.

mod announcements;
mod cases;
mod dockets;
mod releases;
mod texts;

use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::http::PageAsked;
use crate::platform::refusal::Result;

/// Routes of this module, relative to `/api/v1`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    cases::routes(config);
    releases::routes(config);
    texts::routes(config);
    announcements::routes(config);
    dockets::routes(config);
}

/// Which page of a list.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PageQuery {
    /// From 1 to 200; 50 when absent.
    limit: Option<u32>,
    /// As `next` of the page before.
    cursor: Option<String>,
}

impl PageQuery {
    fn page(&self) -> Result<PageAsked> {
        PageAsked::new(self.limit, self.cursor.as_deref())
    }
}
