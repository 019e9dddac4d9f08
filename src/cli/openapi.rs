//! `civitas openapi`

use clap::Args;

/// Print the `OpenAPI` document
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  civitas openapi > civitas.json

A running server has the same document at /api/v1/openapi.json, and a page to browse it at
/api/docs.")]
pub struct Openapi {}

impl Openapi {
    pub(super) fn run() -> anyhow::Result<()> {
        super::say(crate::app::openapi().to_pretty_json()?);
        Ok(())
    }
}
