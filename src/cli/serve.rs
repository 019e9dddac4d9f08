//! `civitas serve`

use anyhow::bail;
use clap::Args;

use super::{Settings, opening, running};
use crate::app::{App, Terms};
use crate::platform::clock::Clock;
use crate::platform::config::{Config, MailTransport};
use crate::platform::logs;
use crate::platform::metrics::Metrics;

/// Serve the API and the pages, send mail, chain the audit log
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  civitas serve
  civitas serve --config /etc/civitas.toml
  CIVITAS__SERVER__BIND=127.0.0.1:9000 civitas serve --database sqlite:///var/lib/civitas/civitas.db

An embedded database is made, and brought to this version, where needed; PostgreSQL asks for
`civitas migrate` first. The first administrator: `civitas admin create`. SIGTERM lets running
requests and the message in flight finish. /health/ready says whether the server can work.")]
pub struct Serve {}

impl Serve {
    pub(super) fn run(settings: &Settings) -> anyhow::Result<()> {
        let config = settings.load()?;
        logs::start(&config.log)?;
        let metrics = match config.server.metrics_bind {
            Some(_) => Some(Metrics::start()?),
            None => None,
        };
        let _served = opening::served(&opening::address(&config)?)?;
        let db = opening::database(&config)?;
        if let Some(gap) = opening::clocks_apart(&db)?
            && gap.is_too_far()
        {
            bail!("{}, then start again", gap.words());
        }
        let app = App::new(db, Clock::system(), &Terms::of(&config))?;
        app.files.can_take_in()?;
        running::to_the_end(async {
            running::serve(app, &config, metrics, || say_ready(&config)).await
        })
    }
}

fn say_ready(config: &Config) {
    let server = &config.server;
    tracing::info!(
        "listening on http://{}, reached as {}",
        server.bind,
        server.public_url
    );
    if config.mail.transport == MailTransport::Folder {
        let folder = config.mail.folder.display();
        tracing::warn!("mail is laid into the folder {folder} and leaves for nobody");
    }
}
