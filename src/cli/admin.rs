//! `civitas admin`

use std::io::{BufRead as _, IsTerminal as _};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde_json::json;

use super::{Settings, opening, say};
use crate::people::accounts::{self, Newcomer};
use crate::people::granting::{self, Granter};
use crate::people::passwords::{self, Passwords};
use crate::people::{administration, keys, second_factor, sessions, store, tokens};
use crate::platform::audit::{self, Act};
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::db::Writes;
use crate::platform::ids::PersonId;
use crate::platform::random::Entropy;
use crate::platform::refusal::{Failure, Result};

/// Make, disable and restore accounts of administrators; rotate the signing key
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  civitas admin create ada@example.org --name 'Ada Park'
  civitas admin reset-password ada@example.org --second-factor
  civitas admin disable ada@example.org
  civitas admin rotate-key
  printf %s \"$NEW_PASSWORD\" | civitas admin create ada@example.org --password-stdin

Without --password-stdin a password is made up and printed, once. Unless the settings say
otherwise, the rights begin when a second factor is set up after the first sign-in. Each of
these leaves a row in the audit log.")]
pub struct Admin {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make an account for an administrator, or an existing account one
    Create {
        /// E-mail address
        email: String,
        /// Name, as others see it
        #[arg(long, default_value = "Administrator")]
        name: String,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Sign tokens and links with a new key from now on
    ///
    /// What the present key signed stays good until the next rotation, so leave some days between
    /// two. Servers that run take the new key up within a minute.
    RotateKey,
    /// End all sessions of an account and let nobody sign in to it
    Disable {
        /// E-mail address
        email: String,
    },
    /// Give an account a new password and end its sessions
    ResetPassword {
        /// E-mail address
        email: String,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
        /// Take away the second factor too, when the device is lost
        #[arg(long)]
        second_factor: bool,
    },
}

impl Admin {
    pub(super) fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let config = settings.load()?;
        let db = opening::database(&config)?;
        let now = Clock::system().now();
        match self.command {
            Command::Create {
                email,
                name,
                password_stdin,
            } => {
                let password = Password::chosen(&config, &email, password_stdin)?;
                let hash = password.hash.clone();
                let found = db.write_here(now, move |w| create(w, &email, &name, &hash))?;
                if let Some(told) = found.told() {
                    say(told);
                }
                password.show();
            }
            Command::RotateKey => db.write_here(now, keys::rotate)?,
            Command::Disable { email } => db.write_here(now, move |w| disable(w, &email))?,
            Command::ResetPassword {
                email,
                password_stdin,
                second_factor,
            } => {
                let password = Password::chosen(&config, &email, password_stdin)?;
                let hash = password.hash.clone();
                db.write_here(now, move |w| reset(w, &email, &hash, second_factor))?;
                password.show();
            }
        }
        say("done");
        Ok(())
    }
}

struct Password {
    hash: String,
    made_up: Option<String>,
}

impl Password {
    fn chosen(config: &Config, email: &str, from_stdin: bool) -> anyhow::Result<Self> {
        if email.parse::<lettre::Address>().is_err() {
            bail!("{email:?} is no e-mail address");
        }
        let text = if from_stdin {
            typed()?
        } else {
            Entropy::system().token()
        };
        if let Some(objection) = passwords::objection("", &text, &email.to_lowercase()) {
            bail!("the password: {}", objection.detail);
        }
        let security = &config.security;
        let hashing = Passwords::new(
            security.argon2_memory_kib,
            security.argon2_iterations,
            security.argon2_parallelism,
        )?;
        Ok(Self {
            hash: hashing.hash_here(&text)?,
            made_up: (!from_stdin).then_some(text),
        })
    }

    fn show(&self) {
        if let Some(text) = &self.made_up {
            say(format_args!("password: {text}"));
        }
    }
}

fn typed() -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        bail!("--password-stdin reads from a pipe: what is typed here would show");
    }
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .context("standard input")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// What [`create`] found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    Account,
    DisabledAccount,
}

impl Found {
    const fn told(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Account => Some(
                "this account was there: it has a new password, and its sessions and tokens ended",
            ),
            Self::DisabledAccount => Some(
                "this account was there and disabled: it is enabled again, with a new password",
            ),
        }
    }
}

fn create(w: &mut Writes<'_>, email: &str, name: &str, hash: &str) -> Result<Found> {
    let Some(row) = store::person_by_email(w, email)? else {
        let newcomer = Newcomer {
            email: email.to_owned(),
            name: name.to_owned(),
            ..Newcomer::default()
        };
        let id = accounts::add(w, &newcomer, Some(hash.to_owned()), true)?.id;
        granting::set_administrator(w, Granter::CommandLine, id, true)?;
        return Ok(Found::Nothing);
    };
    let disabled = row.disabled_at.is_some();
    if row.administrator && !disabled {
        return Err(Failure::broken(
            "this account is an administrator's already",
        ));
    }
    administration::disable(w, None, row.id, false)?;
    store::set_password(w, row.id, hash)?;
    sessions::end_all(w, row.id, None, "made administrator")?;
    tokens::revoke_all(w, row.id)?;
    granting::set_administrator(w, Granter::CommandLine, row.id, true)?;
    traced(w, "person.password-reset", row.id)?;
    Ok(if disabled {
        Found::DisabledAccount
    } else {
        Found::Account
    })
}

fn disable(w: &mut Writes<'_>, email: &str) -> Result<()> {
    let id = known(w, email)?;
    administration::disable(w, None, id, true)
}

fn reset(w: &mut Writes<'_>, email: &str, hash: &str, second_factor: bool) -> Result<()> {
    let id = known(w, email)?;
    store::set_password(w, id, hash)?;
    if second_factor {
        second_factor::clear(w, id)?;
        traced(w, "person.second-factor-removed", id)?;
    }
    sessions::end_all(w, id, None, "password reset")?;
    tokens::revoke_all(w, id)?;
    traced(w, "person.password-reset", id)
}

fn known(w: &mut Writes<'_>, email: &str) -> Result<PersonId> {
    store::person_by_email(w, email)?
        .map(|row| row.id)
        .ok_or_else(|| Failure::broken(format_args!("nobody has the address {email}")))
}

fn traced(w: &mut Writes<'_>, act: &str, id: PersonId) -> Result<()> {
    audit::record(
        w,
        Act {
            actor: None,
            act,
            object: ("person", id.0),
            competition: None,
            coalition: None,
            detail: json!({"by": "command line"}),
        },
    )
}
