//! `civitas audit`

use anyhow::bail;
use clap::{Args, Subcommand};

use super::{Settings, opening, say};
use crate::people::keys::signed_head;
use crate::platform::audit::{Verdict, chain_once, head, verify};
use crate::platform::clock::Clock;
use crate::platform::db::{Reads, look};
use crate::platform::random::Entropy;

/// Check that the audit log is as it was written
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  civitas audit head                    keep this hash somewhere else, on paper for example
  civitas audit verify                  names the first row that is not as it was written
  civitas audit verify --head 3f0c…     also tells when the end of the log was cut off

Every row holds a hash over itself and the row before it. The newest hash also leaves the
database in receipts and announcements, and each day, signed, in a mail to the administrators.
Verifying only looks: nothing is made, changed or brought to this version.")]
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
        /// The signature that came with this head in the daily mail, which must be of this server
        #[arg(long, value_name = "TEXT", requires = "head")]
        signature: Option<String>,
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
        let mut conn = opening::only_to_look(&config)?;
        let now = Clock::system().now();
        match self.command {
            Command::Verify { head, signature } => {
                if let (Some(head), Some(signature)) = (&head, &signature) {
                    let signed = |r: &mut Reads<'_>| signed_head(r, head, signature);
                    if !look(&mut conn, now, &Entropy::system(), signed)? {
                        bail!("the signature was not made here over this head");
                    }
                    say("the signature was made here");
                }
                let checks = |r: &mut Reads<'_>| verify(r, head.as_deref());
                told(&look(&mut conn, now, &Entropy::system(), checks)?)
            }
            Command::Head => {
                drop(conn);
                let db = opening::database(&config)?;
                while db.write_here(now, chain_once)? > 0 {}
                let (position, hash) = db.read_here(now, head)?;
                if hash.is_empty() {
                    bail!("the audit log was changed: position {position} has no hash");
                }
                say(hash);
                eprintln!("after {position} row(s)");
                Ok(())
            }
        }
    }
}

/// Says what checking the chain found.
///
/// # Errors
/// When it is not whole.
pub(super) fn told(verdict: &Verdict) -> anyhow::Result<()> {
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
