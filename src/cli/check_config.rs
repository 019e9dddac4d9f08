//! `civitas check-config`

use anyhow::bail;
use clap::Args;

use super::{Settings, opening, running, say};
use crate::app::mail_settings;
use crate::platform::clock::Clock;
use crate::platform::config::{Config, FileStore};
use crate::platform::db::look;
use crate::platform::drift;
use crate::platform::files::Files;
use crate::platform::ids::MessageId;
use crate::platform::mail::transport::Outcome;
use crate::platform::mail::{self, Way};
use crate::platform::random::Entropy;

/// Check the settings and what they lead to
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  civitas check-config
  civitas check-config --config /etc/civitas.toml --send-test me@example.org

Nothing is made or changed. Prints every setting in force, secrets hidden, marks those that differ from the defaults, and
tries database and file store, and the mail server with --send-test. The exit code is 1 when one of them does not work.")]
pub struct CheckConfig {
    /// Send a test message to this address by the configured way
    #[arg(long, value_name = "ADDRESS")]
    send_test: Option<String>,
}

impl CheckConfig {
    pub(super) fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let file = settings.config.as_deref();
        let shown = Config::shown(file, settings.database.as_deref())?;
        say(shown);
        let config = settings.load()?;
        let mut all_well = true;
        let mut outcomes = vec![("database", database(&config)), ("files", files(&config))];
        if let Some(address) = &self.send_test {
            outcomes.push(("mail", send_test(&config, address)));
        }
        for (name, outcome) in outcomes {
            match outcome {
                Ok(told) => say(format_args!("# {name}: {told}")),
                Err(error) => {
                    all_well = false;
                    say(format_args!("# {name}: FAILED: {error:#}"));
                }
            }
        }
        if let Some(warning) = alone_behind_a_proxy(&config) {
            say(format_args!("# server: {warning}"));
        }
        if !all_well {
            bail!("not everything works, see above");
        }
        Ok(())
    }
}

/// Whoever serves HTTPS has a proxy in front. Where it is not named, all requests seem to come from
/// it, and one person's wrong passwords delay everybody's sign-in.
fn alone_behind_a_proxy(config: &Config) -> Option<&'static str> {
    let unnamed = config.server.trusted_proxies.is_empty();
    (unnamed && config.server.public_url.starts_with("https://")).then_some(
        "WARNING: server.public_url is https, and server.trusted_proxies names no proxy: everybody \
         seems to come from one address, and the delays against guessing are shared by all",
    )
}

fn database(config: &Config) -> anyhow::Result<String> {
    let address = opening::address(config)?;
    let Some(mut conn) = address.open_to_look()? else {
        return Ok("not there yet: `civitas serve` makes it".to_owned());
    };
    address.can_be_written(&mut conn)?;
    let clock = Clock::system();
    let gap = look(&mut conn, clock.now(), &Entropy::system(), |r| {
        drift::gap(r, &clock)
    })?;
    if let Some(gap) = gap.filter(|gap| gap.is_doubtful()) {
        bail!("{}", gap.words());
    }
    drop(conn);
    let pending = opening::pending(&address)?;
    Ok(if pending.is_empty() {
        "answers, and is of this version".to_owned()
    } else {
        format!(
            "answers, and lacks {} step(s): run `civitas migrate`",
            pending.len()
        )
    })
}

fn files(config: &Config) -> anyhow::Result<String> {
    let folder = &config.files.folder;
    if config.files.store == FileStore::Local && !folder.exists() {
        return Ok(format!(
            "{}: not there yet, `civitas serve` makes it",
            folder.display()
        ));
    }
    let files = Files::of(&config.files)?;
    running::to_the_end(async { Ok(files.ready().await?) })?;
    files.can_take_in()?;
    Ok(match config.files.store {
        FileStore::Local => format!("kept in {}", config.files.folder.display()),
        FileStore::S3 => format!("the bucket {} answers", config.files.s3_bucket),
    })
}

fn send_test(config: &Config, address: &str) -> anyhow::Result<String> {
    let id = MessageId(Entropy::system().id());
    let settings = mail_settings(config);
    match mail::send_test(&settings, id, address, Clock::system().now())? {
        Outcome::Sent => Ok(match &settings.way {
            Way::Folder(folder) => format!("laid into {}: it leaves for nobody", folder.display()),
            Way::Smtp(smtp) => format!("taken by {}", smtp.host),
        }),
        Outcome::Rejected(why) | Outcome::Later(why) | Outcome::Held(why) => bail!("{why}"),
    }
}
