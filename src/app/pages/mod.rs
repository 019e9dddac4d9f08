//! The few pages that e-mails link to, the front page, and the API's page. GET shows a button and uses nothing
//! up, because mail scanners follow links; POST acts.

mod docs;
mod invitations;
mod links;
mod view;

use actix_web::web::{self, ServiceConfig};

/// Routes of the pages.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(view::home)
        .service(view::method)
        .service(web::resource("/api/docs").get(docs::page))
        .service(web::resource("/api/docs/{file:[^/]*}").get(docs::file))
        .service(view::stylesheet)
        .service(
            web::resource("/verifications/{token}")
                .get(links::show_verification)
                .post(links::verify),
        )
        .service(
            web::resource("/password-resets/{token}")
                .get(links::show_reset)
                .post(links::reset),
        )
        .service(
            web::resource("/unsubscribe/{token}")
                .get(links::show_unsubscribe)
                .post(links::unsubscribe),
        )
        .service(
            web::resource("/invitations/{token}")
                .get(invitations::show)
                .post(invitations::answer),
        );
}
