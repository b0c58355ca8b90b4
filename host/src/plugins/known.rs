//! The plugins that were found, and which of them may be used.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::allowed::Allowed;
use super::error::PluginError;
use super::find::{self, Found, Places};
use super::options::Options;
use super::plugin::{Plugin, confused};
use super::sandbox::Sandbox;
use super::task::Outcome;
use super::worker;

/// The plugins that were found.
#[derive(Clone, Debug)]
pub struct Plugins {
    found: Vec<Found>,
    options: Options,
    /// Set once somebody was told what does not contain them.
    told: Arc<AtomicBool>,
}

impl Plugins {
    /// Looks for plugins, without running any of them.
    ///
    /// # Errors
    /// [`PluginError::Lock`] if plugins.lock is not usable. A file that is not usable is no error: see
    /// [`Plugins::list`].
    pub fn find(places: &Places, options: Options) -> Result<Plugins, PluginError> {
        Ok(Plugins { found: find::find(places)?, options, told: Arc::default() })
    }

    /// One file that its author tries: plugins.lock need not name it.
    pub fn of_file(file: &Path, options: Options) -> Plugins {
        Plugins { found: vec![find::of_author(file)], options, told: Arc::default() }
    }

    /// The plugin of [`Plugins::of_file`].
    ///
    /// # Errors
    /// If it could not be loaded here.
    pub fn only(&self) -> Result<Plugin<'_>, PluginError> {
        match self.found.first().and_then(Found::unusable) {
            Some(error) => Err(error),
            None => self.get(self.found.first().and_then(Found::id).unwrap_or_default()),
        }
    }

    /// Every file that was found, in the order of the places, usable or not.
    pub fn list(&self) -> &[Found] {
        &self.found
    }

    /// The plugin of this id. Two files with the same bytes are one.
    ///
    /// # Errors
    /// If there is none, none that may be used, or more than one.
    pub fn get(&self, id: &str) -> Result<Plugin<'_>, PluginError> {
        let of_id = || self.found.iter().filter(|found| found.id() == Some(id));
        let mut fitting = of_id().filter(|found| found.fits);
        if let Some(first) = fitting.next()
            && let Some(second) = fitting.find(|second| second.sha256 != first.sha256)
        {
            let (first, second) = (first.path.clone(), second.path.clone());
            return Err(PluginError::Twice { id: id.to_owned(), first, second });
        }
        if let Some(found) = of_id().find(|found| found.is_usable()) {
            return Ok(Plugin::new(found, self.options.clone()));
        }
        let not_found = || PluginError::NotFound { id: id.to_owned(), known: self.usable() };
        Err(of_id().find_map(Found::unusable).unwrap_or_else(not_found))
    }

    /// What of the sandbox is in force here: a worker without a plugin finds out.
    ///
    /// # Errors
    /// If no worker can be started, or it cannot be confined.
    pub fn sandbox(&self) -> Result<Sandbox, PluginError> {
        let id = "without a name";
        match worker::sandbox(id, &self.options)? {
            Outcome::Sandbox(sandbox) => Ok(sandbox),
            _ => Err(confused(id)),
        }
    }

    /// What does not contain plugins here, the first time it is asked; `None` if nothing is missing.
    pub fn warning(&self) -> Option<String> {
        if self.told.swap(true, Ordering::Relaxed) {
            return None;
        }
        if self.options.in_process {
            return Some(
                "plugins run in this process, so nothing contains them: no sandbox, no limits".to_owned(),
            );
        }
        let lowered = Allowed::here().lowered(self.options.limits).map(|lowered| {
            format!("plugins get {lowered}: this process is not allowed more (see `ulimit -H`)")
        });
        // What keeps a worker from starting is told by the plugin that is started next.
        let missing = self
            .sandbox()
            .ok()
            .and_then(|sandbox| sandbox.missing())
            .map(|missing| format!("the sandbox of plugins is not whole here; not in force: {missing}"));
        let told: Vec<String> = missing.into_iter().chain(lowered).collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    /// The ids of the plugins that may be used.
    pub fn usable(&self) -> Vec<String> {
        let usable = self.found.iter().filter(|found| found.is_usable());
        let mut ids: Vec<String> = usable.filter_map(|found| found.id().map(str::to_owned)).collect();
        ids.sort();
        ids.dedup();
        ids
    }
}
