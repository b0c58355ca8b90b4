//! A payload mapped in a worker, and what came of it: for looking at, not for billing.

use ratebook_plugin::testing::{Bodies, MapHost, Mapped};
use ratebook_plugin::{Config, Month};

use crate::plugins::{Plugin, PluginError};

/// Maps one payload, with what may be looked up beside it.
///
/// # Errors
/// The plugin's problem, or if it fails.
pub(crate) fn mapped(
    plugin: &Plugin<'_>,
    config: &Config,
    month: Month,
    format: &str,
    name: &str,
    bodies: Bodies,
) -> Result<Mapped, PluginError> {
    let mut host = MapHost::new(plugin.id(), bodies, month);
    plugin.map(config, month, format, name, &mut host)?;
    host.finish().map_err(|problem| PluginError::Problem { id: plugin.id().to_owned(), problem })
}
