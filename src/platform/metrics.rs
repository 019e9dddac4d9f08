//! Metrics for Prometheus, on an address of their own. They tell how the server is, not what
//! people do: requests are counted by method and status, never by route, so that no count gives
//! away what is sealed.

use std::net::SocketAddr;

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::Context as _;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::clock::Clock;
use super::db::Db;

/// Seconds that separate the counted spans of time.
const SPANS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// What was counted so far.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Starts counting, for the whole process.
    ///
    /// # Errors
    /// When it was started before.
    pub fn start() -> anyhow::Result<Self> {
        let handle = PrometheusBuilder::new()
            .set_buckets(SPANS)?
            .install_recorder()
            .context("metrics were started before")?;
        metrics::describe_counter!("civitas_http_requests_total", "Requests answered");
        metrics::describe_histogram!("civitas_http_request_seconds", "Time until the answer");
        metrics::describe_counter!(
            "civitas_sqlite_commits_total",
            "Commits of the embedded database, each of which waits for the disk"
        );
        metrics::describe_counter!(
            "civitas_sqlite_writes_total",
            "Units of writing that those commits held"
        );
        metrics::describe_gauge!(
            "civitas_database_retries",
            "Units of writing run again after losing against another, since the start"
        );
        metrics::describe_gauge!(
            "civitas_clock_ahead_seconds",
            "This machine's clock, ahead of the database's (negative: behind)"
        );
        Ok(Self(handle))
    }

    /// Everything counted, in Prometheus' text format.
    pub fn text(&self) -> String {
        self.0.run_upkeep();
        self.0.render()
    }

    /// A server of its own that answers `/metrics` and nothing else.
    ///
    /// # Errors
    /// When the address can't be had.
    pub fn server(self, at: SocketAddr, db: Db) -> std::io::Result<Server> {
        let state = web::Data::new((self, db));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(state.clone())
                .route("/metrics", web::get().to(shown))
        });
        Ok(server.workers(1).disable_signals().bind(at)?.run())
    }
}

async fn shown(state: web::Data<(Metrics, Db)>) -> HttpResponse {
    let (counted, db) = state.get_ref();
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 retries")]
    metrics::gauge!("civitas_database_retries").set(db.retries() as f64);
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(counted.text())
}

/// Middleware: counts each request and writes one line about it into the log, by its pattern
/// and not by its path, because links in mails carry tokens there.
///
/// # Errors
/// Passes on what the handler gives.
pub async fn observed<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let started = Clock::system().now();
    let method = request.method().clone();
    // To find it takes as long as to find the handler: not for a line that is not written.
    let pattern = tracing::enabled!(tracing::Level::INFO)
        .then(|| request.match_pattern())
        .flatten();
    let outcome = next.call(request).await;
    let micros = (Clock::system().now().micros() - started.micros()).max(0);
    let (status, id) = match &outcome {
        Ok(response) => {
            let id = response.headers().get("x-request-id");
            (
                response.status().as_u16(),
                id.and_then(|id| id.to_str().ok()).unwrap_or_default(),
            )
        }
        Err(error) => (error.as_response_error().status_code().as_u16(), ""),
    };
    let pattern = pattern.as_deref().unwrap_or("(none)");
    tracing::info!(request_id = id, %method, route = pattern, status, micros, "answered");
    let labels = [("method", known(&method)), ("status", status.to_string())];
    metrics::counter!("civitas_http_requests_total", &labels).increment(1);
    #[expect(
        clippy::cast_precision_loss,
        reason = "exact for centuries of microseconds"
    )]
    metrics::histogram!("civitas_http_request_seconds").record(micros as f64 / 1e6);
    outcome
}

/// A method of the client's own making must not make a series of its own.
fn known(method: &actix_web::http::Method) -> String {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    if known.contains(&method.as_str()) {
        method.to_string()
    } else {
        "other".to_owned()
    }
}
