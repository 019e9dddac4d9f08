//! What runs while the server serves: the server, the metrics' own server, and the tasks behind
//! them; and how all of it ends.

use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::rt::signal::unix::{Signal, SignalKind, signal};
use actix_web::{App as Web, HttpServer};
use anyhow::Context as _;

use super::tasks::Tasks;
use crate::app::{App, mail_settings};
use crate::platform::config::{Config, ServerConfig};
use crate::platform::health::Leaving;
use crate::platform::http::{Doorway, arrival};
use crate::platform::metrics::{Metrics, observed};

/// Serves until SIGTERM or SIGINT; then lets running requests and the message in flight finish.
///
/// # Errors
/// When the address can't be had, or mail can't be sent as the settings say.
pub async fn serve(
    app: App,
    config: &Config,
    metrics: Option<Metrics>,
    ready: impl FnOnce(),
) -> anyhow::Result<()> {
    let mailer = app.mailer(mail_settings(config))?;
    let server = listen(&app, &config.server)?;
    // Before anybody hears that the service is ready, so that no signal finds it deaf.
    let (signals, handle) = (StopSignals::listen()?, server.handle());
    let leaving = (
        app.leaving.clone(),
        Duration::from_secs(config.server.leave_seconds),
    );
    actix_web::rt::spawn(stop_when_told(signals, leaving, handle));
    let metrics = metrics.and_then(|metrics| beside(metrics, &app, &config.server));
    let tasks = Tasks::start(&app, mailer);
    ready();
    let outcome = server.await;
    tracing::info!("no more requests; finishing what was begun");
    tasks.end().await;
    if let Some(metrics) = metrics {
        metrics.stop(false).await;
    }
    outcome.context("the server stopped")
}

fn listen(app: &App, config: &ServerConfig) -> anyhow::Result<actix_web::dev::Server> {
    let (app, doorway) = (app.clone(), Doorway::of(config));
    let mut server = HttpServer::new(move || {
        let doorway = doorway.clone();
        Web::new()
            .configure(|services| app.configure(services))
            .wrap(from_fn(move |request, next| {
                let doorway = doorway.clone();
                async move { doorway.guard(request, next).await }
            }))
            .wrap(from_fn(arrival))
            .wrap(from_fn(observed))
    })
    .disable_signals()
    .shutdown_timeout(config.shutdown_seconds);
    if config.workers > 0 {
        server = server.workers(config.workers);
    }
    let server = server
        .bind(config.bind)
        .with_context(|| format!("can't listen on {} (server.bind)", config.bind))?;
    Ok(server.run())
}

/// The signals that end the service, heard from the moment that this is made.
struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    fn listen() -> anyhow::Result<Self> {
        let heard = |kind| signal(kind).context("signals can't be heard");
        Ok(Self {
            terminate: heard(SignalKind::terminate())?,
            interrupt: heard(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// The first SIGTERM or SIGINT has proxies send no more requests, then lets running ones finish; the
/// second cuts the waiting short, the one after that the requests.
async fn stop_when_told(
    mut signals: StopSignals,
    (leaving, a_while): (Leaving, Duration),
    server: ServerHandle,
) {
    signals.next().await;
    leaving.begin();
    tokio::select! {
        () = tokio::time::sleep(a_while) => {}
        () = signals.next() => {}
    }
    let finishing = server.stop(true);
    actix_web::rt::spawn(finishing);
    signals.next().await;
    server.stop(false).await;
}

/// Metrics that can't be offered must not keep the service from people.
fn beside(metrics: Metrics, app: &App, config: &ServerConfig) -> Option<ServerHandle> {
    let at = config.metrics_bind?;
    match metrics.server(at, app.db.clone()) {
        Ok(server) => {
            let handle = server.handle();
            actix_web::rt::spawn(server);
            tracing::info!("metrics on http://{at}/metrics");
            Some(handle)
        }
        Err(error) => {
            tracing::error!(%error, "no metrics: can't listen on {at} (server.metrics_bind)");
            None
        }
    }
}

/// Runs `work` on a runtime of its own, to its end.
///
/// # Errors
/// What `work` gives.
pub fn to_the_end<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    actix_web::rt::System::new().block_on(work)
}
