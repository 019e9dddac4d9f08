//! `/health/live`: the process answers. `/health/ready`: it can do its work, so that a proxy
//! may send it requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, Responder, get, web};
use serde::Serialize;

use super::clock::Clock;
use super::db::{Db, migrate};
use super::drift::Drift;
use super::files::Files;

/// Whether the server is about to stop: it still answers, and asks for no more requests.
#[derive(Clone, Debug, Default)]
pub struct Leaving(Arc<AtomicBool>);

impl Leaving {
    /// From now on it is.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How the server is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    /// Whether all is well.
    #[schema(example = true)]
    pub ok: bool,
    /// What is not; in words for the operator, without secrets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lacking: Vec<&'static str>,
    /// What will soon be amiss; in words for the operator, without secrets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<&'static str>,
}

impl Health {
    fn answer(lacking: Vec<&'static str>, warnings: Vec<&'static str>) -> HttpResponse {
        let ok = lacking.is_empty();
        let mut answer = if ok {
            HttpResponse::Ok()
        } else {
            let mut busy = HttpResponse::ServiceUnavailable();
            busy.insert_header((RETRY_AFTER, "5"));
            busy
        };
        answer
            .insert_header(("Cache-Control", "no-store"))
            .json(Self {
                ok,
                lacking,
                warnings,
            })
    }
}

/// Whether the process answers.
#[utoipa::path(tag = "health", security(()), responses((status = 200, body = Health)))]
#[get("/health/live")]
async fn live() -> impl Responder {
    Health::answer(Vec::new(), Vec::new())
}

/// Whether database and file store answer, the database is of this version, its clock and this
/// machine's agree, and the server is not about to stop.
#[utoipa::path(
    tag = "health",
    security(()),
    responses((status = 200, body = Health), (status = 503, body = Health))
)]
#[get("/health/ready")]
async fn ready(
    db: web::Data<Db>,
    files: web::Data<Files>,
    clock: web::Data<Clock>,
    drift: web::Data<Drift>,
    leaving: web::Data<Leaving>,
) -> impl Responder {
    let mut lacking = Vec::new();
    if leaving.has_begun() {
        lacking.push("the server is about to stop");
    }
    match db
        .read(clock.now(), |r| Ok(migrate::pending(r.conn())?))
        .await
    {
        Ok(pending) if pending.is_empty() => {}
        Ok(_) => lacking.push("the database needs `civitas migrate`"),
        Err(_) => lacking.push("the database does not answer"),
    }
    if files.ready().await.is_err() {
        lacking.push("the file store does not answer");
    }
    let mut warnings = Vec::new();
    if drift.gap().is_too_far() {
        lacking.push("this machine's clock is more than a minute off the database's");
    } else if drift.gap().is_doubtful() {
        warnings.push("this machine's clock is more than a second off the database's");
    }
    Health::answer(lacking, warnings)
}

/// Both routes, to be registered at the root.
pub fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig) {
    config.service(live).service(ready);
}
