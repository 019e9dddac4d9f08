//! `civitas mail`

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;

use super::{Settings, opening, say};
use crate::platform::audit::{self, Act};
use crate::platform::clock::Clock;
use crate::platform::db::Writes;
use crate::platform::mail::bounce::{self, Bounced};
use crate::platform::refusal::Result;

/// Hand in mail that came back
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  civitas mail bounce returned.eml
  civitas mail bounce - < returned.eml      for a mail server that pipes what comes back

A delivery that failed for good becomes a dead letter, which the officers of its competition
see. A mail server elsewhere can send the same report to POST /api/v1/bounces.")]
pub struct Mail {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read a delivery report (RFC 3464) and note it on its message
    Bounce {
        /// The report as it came by mail; - reads standard input
        file: PathBuf,
    },
}

/// Reports are short; a longer one is something else.
const LONGEST: u64 = 10 * 1024 * 1024;

impl Mail {
    pub(super) fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let Command::Bounce { file } = self.command;
        let config = settings.load()?;
        let eml = read(&file).with_context(|| format!("can't read {}", file.display()))?;
        let db = opening::database(&config)?;
        let bounced = db.write_here(Clock::system().now(), move |w| hand_in(w, &eml))?;
        let report = bounced.report;
        let verdict = if report.permanent {
            "failed for good"
        } else {
            "is late"
        };
        say(format_args!(
            "message {} {verdict}: {} {}",
            report.message, report.status, report.diagnosis
        ));
        Ok(())
    }
}

fn read(file: &std::path::Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    if file.as_os_str() == "-" {
        std::io::stdin()
            .lock()
            .take(LONGEST)
            .read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(file)?
            .take(LONGEST)
            .read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn hand_in(w: &mut Writes<'_>, eml: &[u8]) -> Result<Bounced> {
    let bounced = bounce::hand_in(w, eml)?;
    audit::record(
        w,
        Act {
            actor: None,
            act: "message.bounced",
            object: ("message", bounced.report.message.0),
            competition: bounced.competition,
            coalition: bounced.coalition,
            detail: json!({"status": bounced.report.status, "by": "command line"}),
        },
    )?;
    Ok(bounced)
}
