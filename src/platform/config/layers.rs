//! One layer of settings laid over another, key by key.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use toml::{Table, Value};

use super::{Config, DEFAULTS, PREFIX};

/// What is known, with its default values.
pub fn known() -> anyhow::Result<Table> {
    DEFAULTS.parse().context("the built-in settings")
}

/// All layers: the defaults, the file, the variables, the database of the command line.
pub fn laid(
    file: Option<&Path>,
    variables: impl IntoIterator<Item = (String, String)>,
    database: Option<&str>,
) -> anyhow::Result<Table> {
    let mut settings = known()?;
    if let Some(file) = file {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("can't read the settings in {}", file.display()))?;
        lay_file(&mut settings, &text)
            .with_context(|| format!("in the settings file {}", file.display()))?;
    }
    lay_variables(&mut settings, variables)?;
    if let Some(url) = database {
        lay_value(&mut settings, "database", "url", url)?;
    }
    Ok(settings)
}

/// Lays what a file names over what is known.
pub fn lay_file(settings: &mut Table, text: &str) -> anyhow::Result<()> {
    // The parser's own message quotes the line, which may hold a secret.
    let layer: Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error
            .span()
            .map_or(0, |span| 1 + newlines(&text[..span.start]));
        anyhow!("line {line}: {}", error.message())
    })?;
    for (section, entries) in layer {
        let Value::Table(entries) = entries else {
            bail!("{section:?} stands outside any [section]");
        };
        for (key, value) in entries {
            *place(settings, &section, &key)? = value;
        }
    }
    Ok(())
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// Lays the variables that are settings over what is known.
pub fn lay_variables(
    settings: &mut Table,
    variables: impl IntoIterator<Item = (String, String)>,
) -> anyhow::Result<()> {
    for (name, value) in variables {
        let Some(path) = name.strip_prefix(PREFIX) else {
            continue;
        };
        let path = path.to_ascii_lowercase();
        let (section, key) = path.split_once("__").with_context(|| {
            format!("the variable {name} is no setting: write {PREFIX}SECTION__KEY")
        })?;
        lay_value(settings, section, key, &value)
            .with_context(|| format!("in the variable {name}"))?;
    }
    Ok(())
}

/// Lays one value, written as text, over what is known.
pub fn lay_value(settings: &mut Table, section: &str, key: &str, text: &str) -> anyhow::Result<()> {
    let place = place(settings, section, key)?;
    *place = match place {
        Value::Integer(_) => Value::Integer(
            text.parse()
                .map_err(|_| anyhow!("a whole number is needed"))?,
        ),
        Value::Boolean(_) => Value::Boolean(
            text.parse()
                .map_err(|_| anyhow!("true or false is needed"))?,
        ),
        Value::Array(_) => text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(Value::from)
            .collect::<Vec<_>>()
            .into(),
        _ => Value::from(text),
    };
    Ok(())
}

/// Where a setting's value stands; an error that names the nearest setting if there is none.
fn place<'s>(settings: &'s mut Table, section: &str, key: &str) -> anyhow::Result<&'s mut Value> {
    let found = settings
        .get(section)
        .and_then(Value::as_table)
        .is_some_and(|entries| entries.contains_key(key));
    if !found {
        return Err(unknown(settings, section, key));
    }
    settings
        .get_mut(section)
        .and_then(|entries| entries.get_mut(key))
        .context("a setting is gone")
}

fn unknown(settings: &Table, section: &str, key: &str) -> anyhow::Error {
    let asked = format!("{section}.{key}");
    let nearest = settings
        .iter()
        .flat_map(|(section, entries)| {
            let keys = entries.as_table().into_iter().flat_map(Table::keys);
            keys.map(move |key| format!("{section}.{key}"))
        })
        .min_by_key(|known| strsim::damerau_levenshtein(known, &asked));
    match nearest {
        Some(nearest) => anyhow!("there is no setting {asked}; the nearest is {nearest}"),
        None => anyhow!("there is no setting {asked}"),
    }
}

/// The settings as values of their types. A value of the wrong type is not quoted: it may be a
/// secret.
pub fn typed(settings: Table) -> anyhow::Result<Config> {
    let read: Result<Config, _> = serde_path_to_error::deserialize(Value::Table(settings));
    let mut config = read.map_err(|error| {
        let key = error.path().to_string();
        if super::sections::is_secret(&key) {
            anyhow!("the setting {key} is not of the right type")
        } else {
            anyhow!("the setting {key}: {}", error.inner().message())
        }
    })?;
    config.fill_in();
    Ok(config)
}

/// The settings in the form of a file, secrets hidden, changes marked.
pub fn shown(settings: &Table) -> anyhow::Result<String> {
    let defaults = known()?;
    let mut text = String::new();
    for (section, entries) in settings {
        writeln!(text, "[{section}]")?;
        for (key, value) in entries.as_table().into_iter().flatten() {
            let default = defaults.get(section).and_then(|entries| entries.get(key));
            let mark = if default == Some(value) {
                ""
            } else {
                "  # changed"
            };
            let name = format!("{section}.{key}");
            let is_empty = value.as_str() == Some("");
            if super::sections::is_secret(&name) && !is_empty && default != Some(value) {
                writeln!(text, "{key} = \"(hidden)\"{mark}")?;
            } else {
                writeln!(text, "{key} = {value}{mark}")?;
            }
        }
        writeln!(text)?;
    }
    Ok(text)
}
