//! The settings: `config/default.toml`, then a file, then `CIVITAS__SECTION__KEY` variables.
//! A key that nobody knows is an error that names the nearest one that is known.

mod layers;
mod rules;
mod sections;

use std::path::Path;

pub use rules::is_loopback;
pub use sections::{
    Config, DatabaseConfig, FileStore, FilesConfig, LimitsConfig, LogConfig, LogFormat, MailConfig,
    MailTransport, SecondFactor, SecurityConfig, ServerConfig, SmtpTls,
};

/// The defaults with their explanations, as shipped.
pub const DEFAULTS: &str = include_str!("../../../config/default.toml");

/// What a variable of the environment starts with when it is a setting.
pub const PREFIX: &str = "CIVITAS__";

impl Config {
    /// The defaults alone.
    ///
    /// # Errors
    /// Never, as long as the tests pass.
    pub fn defaults() -> anyhow::Result<Self> {
        layers::typed(layers::known()?)
    }

    /// Reads the defaults, then `file`, then those of `variables` that are settings, then
    /// `database` as the address of the database; and checks what comes out.
    ///
    /// # Errors
    /// When the file can't be read, a key is unknown, a value has the wrong type or breaks a
    /// rule, or a secret is one of those that examples use. The message says what to change.
    pub fn load(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
        database: Option<&str>,
    ) -> anyhow::Result<Self> {
        let config = Self::read(file, variables, database)?;
        config.check()?;
        Ok(config)
    }

    /// As [`Config::load`], unchecked: for a caller that changes some settings first.
    ///
    /// # Errors
    /// As [`Config::load`], the rules apart.
    pub fn read(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
        database: Option<&str>,
    ) -> anyhow::Result<Self> {
        layers::typed(layers::laid(file, variables, database)?)
    }

    /// Every setting of this process in the form of a settings file: secrets hidden, and marked
    /// where it differs from the default.
    ///
    /// # Errors
    /// As [`Config::load`], the rules apart.
    pub fn shown(file: Option<&Path>, database: Option<&str>) -> anyhow::Result<String> {
        layers::shown(&layers::laid(file, variables(), database)?)
    }

    /// The settings of this process: see [`Config::load`].
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn of_process(file: Option<&Path>, database: Option<&str>) -> anyhow::Result<Self> {
        Self::load(file, variables(), database)
    }
}

/// This process's variables that are text; a setting that is none is told apart by its value.
pub fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().map(|(name, value)| {
        (
            name.to_string_lossy().into_owned(),
            value.to_string_lossy().into_owned(),
        )
    })
}
