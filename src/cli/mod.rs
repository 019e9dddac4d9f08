//! The command line: one file per command.

mod admin;
mod archives;
mod audit;
mod backup;
mod check_config;
pub mod demo;
mod examining;
mod export;
mod import;
mod mail;
mod migrate;
pub mod minute;
mod openapi;
mod opening;
mod restore;
mod running;
mod serve;
mod tasks;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::platform::config::Config;

const EXAMPLES: &str = "\
Examples:
  civitas demo                               a sample competition on http://127.0.0.1:8080
  civitas serve                              an embedded database ./civitas.db, mail into ./mail
  civitas serve --config /etc/civitas.toml   settings of your own
  civitas serve --database postgres://civitas@db/civitas
  civitas admin create ada@example.org --name 'Ada Park'
  civitas backup /mnt/backups/civitas.tar
  civitas check-config --send-test me@example.org

Settings come from the built-in defaults, then --config FILE, then variables such as
CIVITAS__SERVER__PUBLIC_URL, then --database. `civitas check-config` shows what is in force.";

/// Runs a grant competition for cities, from the call for proposals to the award letter.
#[derive(Debug, Parser)]
#[command(name = "civitas", version, after_help = EXAMPLES, disable_help_subcommand = true)]
struct CommandLine {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

/// Where the settings come from, for every command.
#[derive(Clone, Debug, Default, Args)]
pub struct Settings {
    /// A file with settings that differ from the defaults (TOML)
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The database's address
    #[arg(
        help = "The database: sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME",
        long,
        global = true,
        value_name = "URL"
    )]
    pub database: Option<String>,
}

impl Settings {
    /// Reads and checks them.
    ///
    /// # Errors
    /// With what is wrong and what to change.
    pub fn load(&self) -> anyhow::Result<Config> {
        Config::of_process(self.config.as_deref(), self.database.as_deref())
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API and the pages, send mail, chain the audit log
    Serve(serve::Serve),
    /// Try it out: a sample competition with people of every role, on this machine only
    Demo(demo::Demo),
    /// Bring the database to this version
    Migrate(migrate::Migrate),
    /// Make, disable and restore accounts of administrators
    Admin(admin::Admin),
    /// Check that the audit log is as it was written
    Audit(audit::Audit),
    /// Put database, uploads and signing keys into one file, while serving
    Backup(backup::Backup),
    /// Check a backup, or lay it back
    Restore(restore::Restore),
    /// Put all that an instance holds into one file that the other kind of database takes in
    Export(export::Export),
    /// Fill a new database with what `civitas export` wrote
    Import(import::Import),
    /// Hand in mail that came back
    Mail(mail::Mail),
    /// Print the `OpenAPI` document
    Openapi(openapi::Openapi),
    /// Check the settings and what they lead to
    CheckConfig(check_config::CheckConfig),
}

/// Reads the command line and does what it says. The exit code is 0 when all went well, 1 when
/// not, 2 when the command line can't be read.
pub fn run() -> ExitCode {
    let CommandLine { settings, command } = CommandLine::parse();
    let outcome = match command {
        Command::Serve(_) => serve::Serve::run(&settings),
        Command::Demo(command) => command.run(&settings),
        Command::Migrate(command) => command.run(&settings),
        Command::Admin(command) => command.run(&settings),
        Command::Audit(command) => command.run(&settings),
        Command::Backup(command) => command.run(&settings),
        Command::Restore(command) => command.run(&settings),
        Command::Export(command) => command.run(&settings),
        Command::Import(command) => command.run(&settings),
        Command::Mail(command) => command.run(&settings),
        Command::Openapi(_) => openapi::Openapi::run(),
        Command::CheckConfig(command) => command.run(&settings),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("civitas: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Prints a line; a reader that has gone away, as `head` does, is no fault.
fn say(line: impl std::fmt::Display) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_fits_together() {
        super::CommandLine::command().debug_assert();
    }

    /// The words of a command line; quotes keep together what belongs together.
    fn words(line: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut quoted = false;
        for character in line.chars() {
            match character {
                '"' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                other => words.last_mut().unwrap().push(other),
            }
        }
        words
    }

    #[test]
    fn what_the_readme_tells_to_type_can_be_typed() {
        let lines: Vec<&str> = include_str!("../../README.md")
            .split('`')
            .filter(|code| code.starts_with("civitas ") && !code.contains(['[', '|', '\n']))
            .collect();
        assert!(lines.len() > 5, "{lines:?}");
        for line in lines {
            let outcome = super::CommandLine::command().try_get_matches_from(words(line));
            if let Err(error) = outcome {
                let fine = error.kind() == clap::error::ErrorKind::DisplayHelp;
                assert!(fine, "{line}: {error}");
            }
        }
    }
}
