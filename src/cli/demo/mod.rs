//! `civitas demo`: a sample competition on this machine, loaded once and kept.

mod answers;
mod applying;
mod cast;
mod data;
mod deciding;
mod history;
mod reviewing;
mod setting_up;

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use super::{Settings, opening, running, say};
use crate::app::{App, Terms};
use crate::platform::clock::Clock;
use crate::platform::config::{self, Config, FileStore, MailTransport, SecondFactor};
use crate::platform::db::Address;
use crate::platform::logs;

pub use cast::PASSWORD;

/// Try it out: a sample competition with people of every role, on this machine only
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  civitas demo
  civitas demo --fresh --port 9000
  civitas demo --json | head -1             one JSON object: {\"url\", \"people\": [...]}

The first start loads competitions modelled on the Working Cities Challenge and The Integration
Initiative; later starts go on where you stopped. Mail goes into the folder mail/ beside the
database. Nobody but this machine can reach the server, and a second factor is not needed.")]
pub struct Demo {
    /// Forget what was done before, and load the sample anew
    #[arg(long)]
    fresh: bool,
    /// The port to listen on
    #[arg(long, default_value_t = 8080, value_name = "N")]
    port: u16,
    /// Where database, files and mail lie
    #[arg(long, default_value = "civitas-demo", value_name = "DIR")]
    data: PathBuf,
    /// Print address and sign-ins as one JSON object on the first line
    #[arg(long)]
    json: bool,
}

/// Someone to sign in as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignIn {
    /// What they are in the sample.
    pub role: &'static str,
    /// With what to sign in.
    pub email: String,
    /// And the password, the same for all.
    pub password: &'static str,
    /// What there is to see.
    pub see: &'static str,
}

#[derive(Debug, Serialize)]
struct Told {
    url: String,
    people: Vec<SignIn>,
}

impl Demo {
    pub(super) fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let config = self.config(settings)?;
        logs::start(&config.log)?;
        let _alone = alone(&self.data, config.server.bind)?;
        if self.fresh {
            forget(&config, &self.data)?;
        }
        let _served = opening::served(&opening::address(&config)?)?;
        let db = opening::database(&config)?;
        let app = App::new(db, Clock::system(), &Terms::of(&config))?;
        load_shown(&app)?;
        running::to_the_end(async {
            running::serve(app, &config, None, || self.tell(&config)).await
        })
    }

    /// The settings, with what makes it a demo laid over them.
    fn config(&self, settings: &Settings) -> anyhow::Result<Config> {
        let inside = format!("sqlite://{}", self.data.join("civitas.db").display());
        let database = settings.database.as_deref().unwrap_or(&inside);
        let file = settings.config.as_deref();
        let mut config = Config::read(file, config::variables(), Some(database))?;
        config.server.bind = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        config.server.public_url = format!("http://127.0.0.1:{}", self.port);
        config.server.metrics_bind = None;
        config.mail.transport = MailTransport::Folder;
        config.mail.folder = self.data.join("mail");
        config.files.store = FileStore::Local;
        config.files.folder = self.data.join("files");
        config.security.second_factor = SecondFactor::Optional;
        if file.is_none() && std::env::var_os("CIVITAS__LOG__LEVEL").is_none() {
            config.log.level = "warn".to_owned();
        }
        config.check()?;
        Ok(config)
    }

    fn tell(&self, config: &Config) {
        let told = Told {
            url: config.server.public_url.clone(),
            people: sign_ins(),
        };
        if self.json {
            say(serde_json::to_string(&told).unwrap_or_default());
            return;
        }
        say(format_args!(
            "\nCivitas is at {} (its API at {}/api/docs)\n",
            told.url, told.url
        ));
        say(format_args!("Everyone's password is {PASSWORD}\n"));
        for person in &told.people {
            say(format_args!(
                "  {:<14}{:<32}{}",
                person.role, person.email, person.see
            ));
        }
        say(format_args!(
            "\nMail is laid into {}. Ctrl-C stops the server; all is kept until --fresh.",
            config.mail.folder.display()
        ));
    }
}

/// One sign-in per role.
pub fn sign_ins() -> Vec<SignIn> {
    let people = [
        (
            "administrator",
            "administrator@civitas.example",
            "accounts, roles, the audit log",
        ),
        (
            "officer",
            "officer@civitas.example",
            "all three competitions",
        ),
        (
            "assistant",
            "assistant@civitas.example",
            "screening and invitations",
        ),
        (
            "approver",
            "approver@civitas.example",
            "the docket of decisions",
        ),
        (
            "funder",
            "funder@civitas.example",
            "counts, and awards on its own budget lines",
        ),
        (
            "reviewer",
            "juror3@jury.example",
            "reviews: done, begun and waiting",
        ),
        (
            "convenor",
            "convenor@lawrence.example",
            "a draft in the open stage, and an award",
        ),
        (
            "editor",
            "editor@lawrence.example",
            "the same coalition, writing",
        ),
        (
            "contributor",
            "contributor@lawrence.example",
            "the same coalition, one seat at its table",
        ),
        (
            "signatory",
            "signatory@lawrence.example",
            "the same coalition, signing for the city",
        ),
    ];
    people
        .into_iter()
        .map(|(role, email, see)| SignIn {
            role,
            email: email.to_owned(),
            password: PASSWORD,
            see,
        })
        .collect()
}

/// Loads the sample, unless it is there.
///
/// # Errors
/// When the database holds something else, or fails.
pub fn load(app: &App, told: impl Fn() + Send + Sync + 'static) -> anyhow::Result<bool> {
    Ok(history::load(app, Arc::new(told))?)
}

fn load_shown(app: &App) -> anyhow::Result<()> {
    let bar = ProgressBar::new(data::Sample::read()?.steps());
    let style = "{spinner} Loading the sample {wide_bar} {pos}/{len} {elapsed}";
    bar.set_style(ProgressStyle::with_template(style)?);
    let shown = bar.clone();
    let loaded = load(app, move || shown.inc(1));
    bar.finish_and_clear();
    if loaded? {
        eprintln!("The sample is loaded.");
    }
    Ok(())
}

/// Keeps any other demo from this folder as long as the answer lives, and finds out early whether
/// the port is free: `--fresh` must not pull the database from under a server that runs.
fn alone(data: &Path, bind: SocketAddr) -> anyhow::Result<File> {
    std::fs::create_dir_all(data)
        .with_context(|| format!("can't make the folder {}", data.display()))?;
    let path = data.join("civitas-demo.lock");
    let lock = File::create(&path).with_context(|| format!("can't write {}", path.display()))?;
    if lock.try_lock().is_err() {
        bail!(
            "another demo runs in {}: stop it first, or name another folder with --data",
            data.display()
        );
    }
    TcpListener::bind(bind)
        .with_context(|| format!("can't listen on {bind}: name another port with --port"))?;
    Ok(lock)
}

/// Removes what an earlier demo left.
fn forget(config: &Config, data: &Path) -> anyhow::Result<()> {
    let url: &SecretString = &config.database.url;
    let Address::Sqlite(path) = Address::parse(url.expose_secret())? else {
        bail!("--fresh starts over an embedded database; for PostgreSQL, name an empty one");
    };
    if !path.starts_with(data) {
        bail!("--fresh starts over what lies in {} only", data.display());
    }
    for end in ["", "-wal", "-shm"] {
        let mut name = path.clone().into_os_string();
        name.push(end);
        remove(std::fs::remove_file(&name), Path::new(&name))?;
    }
    for folder in [&config.files.folder, &config.mail.folder] {
        remove(std::fs::remove_dir_all(folder), folder)?;
    }
    Ok(())
}

fn remove(outcome: std::io::Result<()>, what: &Path) -> anyhow::Result<()> {
    match outcome {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("can't remove {}", what.display()))
        }
        _ => Ok(()),
    }
}
