//! Who may call: each route says so in its own words; what follows from the address is said here.

use utoipa::openapi::path::Operation;

use super::Route;

/// Routes about oneself, or about what a link in one's hands is about.
const ONES_OWN: &[&str] = &["/api/v1/me", "/api/v1/sessions/", "/api/v1/invitations/"];

pub(super) fn complete(route: &Route, operation: &mut Operation) {
    let own = ONES_OWN.iter().any(|start| route.path.starts_with(start));
    let words = match (route.public, own) {
        (true, _) => "For anyone.",
        (false, true) => "For anyone signed in.",
        (false, false) => return,
    };
    let told = operation.description.get_or_insert_default();
    let summary = operation.summary.as_deref().unwrap_or_default();
    if [told.as_str(), summary]
        .iter()
        .any(|text| text.to_lowercase().contains("anyone"))
    {
        return;
    }
    *told = format!("{told}\n\n{words}").trim_start().to_owned();
}
