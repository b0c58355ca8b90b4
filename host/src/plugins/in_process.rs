//! Plugins in this process: for debugging, and for systems where workers do not run.
//!
//! Nothing contains them. A panic is still a problem of the plugin; a crash, an `exit` or a hang is ratebook's.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use ratebook_plugin::abi::LoadedPlugin;

use super::error::PluginError;
use super::find::Found;
use super::load::Checked;
use super::payload::MapHost;
use super::task::{Outcome, Task, perform};

/// The libraries that this process has opened, by digest: a library cannot be closed, so each is opened once.
static OPENED: Mutex<BTreeMap<String, LoadedPlugin>> = Mutex::new(BTreeMap::new());

pub(super) fn run(
    found: &Found,
    id: &str,
    task: &Task,
    host: &mut dyn MapHost,
) -> Result<Outcome, PluginError> {
    let plugin = load(found, id).map_err(|why| PluginError::Load { id: id.to_owned(), why })?;
    perform(plugin, task, host).map_err(|problem| PluginError::Problem { id: id.to_owned(), problem })
}

fn load(found: &Found, id: &str) -> Result<LoadedPlugin, String> {
    if found.manifest.as_ref().is_some_and(|manifest| manifest.panic == "abort") {
        return Err("it is built with panic=abort, so it runs in a process of its own only".to_owned());
    }
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(plugin) = opened.get(&found.sha256) {
        return Ok(*plugin);
    }
    let plugin = Checked::new(&found.path, &found.sha256)?.open(id)?;
    opened.insert(found.sha256.clone(), plugin);
    Ok(plugin)
}
