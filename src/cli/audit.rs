//! `civitas audit`

use anyhow::bail;
use clap::{Args, Subcommand};

use super::{Settings, opening, say};
use crate::platform::audit::{Verdict, chain_once, head, verify};
use crate::platform::clock::Clock;

/// Check that the audit log is as it was written
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  civitas audit head                    keep this hash somewhere else, on paper for example
  civitas audit verify                  names the first row that is not as it was written
  civitas audit verify --head 3f0c…     also tells when the end of the log was cut off

Every row holds a hash over itself and the row before it. The newest hash also leaves the
database in receipts and announcements.")]
pub struct Audit {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check every row of the log
    Verify {
        /// A head that was kept elsewhere, which must be in the log
        #[arg(long, value_name = "HASH", value_parser = hash)]
        head: Option<String>,
    },
    /// Print the newest hash
    Head,
}

fn hash(text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_lowercase();
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Ok(text)
    } else {
        Err("a head has 64 hexadecimal digits".into())
    }
}

impl Audit {
    pub(super) fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let config = settings.load()?;
        let db = opening::database(&config)?;
        let now = Clock::system().now();
        match self.command {
            Command::Verify { head } => {
                let verdict = db.read_here(now, |r| verify(r, head.as_deref()))?;
                told(&verdict)
            }
            Command::Head => {
                while db.write_here(now, chain_once)? > 0 {}
                let (position, hash) = db.read_here(now, head)?;
                say(hash);
                eprintln!("after {position} row(s)");
                Ok(())
            }
        }
    }
}

fn told(verdict: &Verdict) -> anyhow::Result<()> {
    match verdict {
        Verdict::Whole { rows, head } => {
            say(format_args!(
                "the audit log is as it was written: {rows} row(s), head {head}"
            ));
            Ok(())
        }
        Verdict::Broken { position, why } => {
            bail!("the audit log was changed: position {position}: {why}")
        }
        Verdict::HeadMissing => bail!(
            "the audit log is whole in itself, but the given head is not in it: its end was cut \
             off, or all of it was computed anew"
        ),
    }
}
