//! `civitas migrate`

use clap::Args;

use super::{Settings, opening, say};
use crate::platform::db::migrate;

/// Bring the database to this version
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  civitas migrate --dry-run
  civitas migrate --database postgres://civitas@db/civitas

Steps only ever go forward: make a backup first. `civitas serve` does this by itself for an
embedded database.")]
pub struct Migrate {
    /// Only say which steps there are to run; nothing is made or written
    #[arg(long)]
    dry_run: bool,
}

impl Migrate {
    pub(super) fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let config = settings.load()?;
        let address = opening::address(&config)?;
        let (done, steps) = if self.dry_run {
            ("would run", opening::pending(&address)?)
        } else {
            let mut conn = address.open()?;
            let steps = migrate::pending(&mut conn)?;
            migrate::run(&mut conn)?;
            ("ran", steps)
        };
        for step in &steps {
            say(format_args!("{done} {step}"));
        }
        if steps.is_empty() {
            say("the database is of this version");
        }
        Ok(())
    }
}
