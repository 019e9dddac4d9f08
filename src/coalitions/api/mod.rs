//! The JSON face of coalitions.

mod coalitions;
mod invitations;
mod joining;
mod members;
mod seats;

use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::platform::http::{Page, PageAsked};
use crate::platform::refusal::Result;

/// Routes of this module, relative to `/api/v1`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    coalitions::routes(config);
    members::routes(config);
    invitations::routes(config);
    joining::routes(config);
    seats::routes(config);
}

/// Which page of a list.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListAsked {
    /// Items on a page, 1 to 200; 50 unless said otherwise.
    limit: Option<u32>,
    /// As given in `next`.
    cursor: Option<String>,
}

impl ListAsked {
    /// Cuts the page that is asked for out of a whole list.
    fn page<T>(&self, all: Vec<T>, key: impl Fn(&T) -> (String, i64)) -> Result<Page<T>> {
        let asked = PageAsked::new(self.limit, self.cursor.as_deref())?;
        Page::of_all(all, &asked, key)
    }

    /// As [`ListAsked::page`], for a list whose order its items don't tell.
    fn page_in_order<T>(&self, all: Vec<T>, id: impl Fn(&T) -> i64) -> Result<Page<T>> {
        let asked = PageAsked::new(self.limit, self.cursor.as_deref())?;
        Page::of_ordered(all, &asked, id)
    }
}
