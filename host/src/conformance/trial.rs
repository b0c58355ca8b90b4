//! A plugin that is tried, and with what.

use ratebook_plugin::{About, Config, Month};

use super::fixtures::Fixture;
use crate::plugins::Plugin;

/// What a plugin is tried with.
pub(crate) struct Trial<'t> {
    /// The plugin.
    pub plugin: Plugin<'t>,
    /// What it says of itself.
    pub about: About,
    /// A configuration that it accepts.
    pub config: Config,
    /// The month that is asked for.
    pub month: Month,
    /// Payloads of its author's.
    pub fixtures: Vec<Fixture>,
}
