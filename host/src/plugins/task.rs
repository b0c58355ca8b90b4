//! What is asked of a plugin, and what comes of it: the same in a worker and in this process.

use ratebook_plugin::abi::LoadedPlugin;
use ratebook_plugin::call::{Call, HostServices, Reply};
use ratebook_plugin::{About, Config, Month, Problem};
use serde::{Deserialize, Serialize};

use super::payload::{MapHost, map};
use super::sandbox::Sandbox;
use crate::unpack::{ContentDigest, Packed};

/// One thing to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Task {
    /// Say who you are.
    About,
    /// Check a configuration.
    Check { config: Config },
    /// Say which format a file is in.
    Recognize { file_name: String, head: Vec<u8> },
    /// Collect a month.
    Collect { config: Config, month: String },
    /// Map a payload. Its bytes come decompressed, or as they came if it is said how that was.
    Map { config: Config, month: String, format: String, name: String, packed: Option<Packed> },
}

/// What came of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Outcome {
    /// What the plugin says of itself.
    About(About),
    /// The format, if the plugin knows it.
    Format(Option<String>),
    /// What of the sandbox is in force; the answer without a library.
    Sandbox(Sandbox),
    /// A payload is mapped, which holds this.
    Mapped(ContentDigest),
    /// It is done.
    Done,
}

/// Lets a plugin do it.
pub(super) fn perform(plugin: LoadedPlugin, task: &Task, host: &mut dyn MapHost) -> Result<Outcome, Problem> {
    let month = |text: &str| -> Result<Month, Problem> {
        text.parse().map_err(|_| Problem::plugin(format!("{text:?} is not a month")))
    };
    match task {
        Task::About => return plugin.about().map(Outcome::About),
        Task::Recognize { file_name, head } => {
            return plugin.recognize(file_name, head).map(Outcome::Format);
        }
        Task::Check { config } => drop(plugin.open(config)?),
        Task::Collect { config, month: text } => plugin.open(config)?.collect(month(text)?, host)?,
        Task::Map { config, month: text, format, name, packed } => {
            let (plugin, month) = (plugin.open(config)?, month(text)?);
            let Some(packed) = packed else {
                plugin.map(format, name, month, host)?;
                return Ok(Outcome::Done);
            };
            return map(packed, host, |host| plugin.map(format, name, month, host)).map(Outcome::Mapped);
        }
    }
    Ok(Outcome::Done)
}

/// The host of tasks in which a plugin has nothing to ask.
pub(super) struct NoHost;

impl HostServices for NoHost {
    fn call(&mut self, call: Call, _bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        Err(Problem::plugin(format!("there is no host for {call:?} here")))
    }
}

impl MapHost for NoHost {}
