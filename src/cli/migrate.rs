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
    /// Only say which steps there are to run
    #[arg(long)]
    dry_run: bool,
}

impl Migrate {
    pub(super) fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let config = settings.load()?;
        let mut conn = opening::address(&config)?.open()?;
        let steps = migrate::pending(&mut conn)?;
        let done = if self.dry_run { "would run" } else { "ran" };
        if !self.dry_run {
            migrate::run(&mut conn)?;
        }
        for step in &steps {
            say(format_args!("{done} {step}"));
        }
        if steps.is_empty() {
            say("the database is of this version");
        }
        Ok(())
    }
}
