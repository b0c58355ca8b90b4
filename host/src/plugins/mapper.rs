//! A plugin that maps the payloads of a source, one after the other.

use ratebook_plugin::{About, Config, Month};

use super::error::PluginError;
use super::payload::MapHost;
use super::plugin::{Plugin, confused};
use super::task::{NoHost, Outcome, Task};
use super::worker::Worker;
use crate::unpack::{ContentDigest, Packed};

/// A plugin that maps payload after payload. Its worker is used again as long as it is as good as new: to start one for each of
/// many small payloads would cost more than to map them.
///
/// What is mapped does not depend on it: the plugin is opened anew for each payload, and each may take as much as if it were the
/// only one.
pub(crate) struct Mapper<'p> {
    plugin: Plugin<'p>,
    worker: Option<Worker>,
}

impl<'p> Mapper<'p> {
    /// Nothing is started before it is asked for something.
    pub(crate) fn new(plugin: Plugin<'p>) -> Mapper<'p> {
        Mapper { plugin, worker: None }
    }

    /// What the plugin says of itself.
    ///
    /// # Errors
    /// If it fails.
    pub(crate) fn about(&mut self) -> Result<About, PluginError> {
        match self.perform(&Task::About, &mut NoHost)? {
            Outcome::About(about) => Ok(about),
            _ => Err(confused(self.plugin.id())),
        }
    }

    /// Lets it map one payload: `host` gives its bytes as they came and takes the lines. It says what the payload holds.
    ///
    /// If this is not `Ok`, none of the lines may be used. A problem that `host` answers a batch with ends the call
    /// and is what comes back.
    ///
    /// # Errors
    /// Its problem, the host's, what is wrong with the payload, or if it fails.
    pub(crate) fn map(
        &mut self,
        config: &Config,
        month: Month,
        [format, name]: [&str; 2],
        packed: Packed,
        host: &mut dyn MapHost,
    ) -> Result<ContentDigest, PluginError> {
        let (month, format, name) = (month.to_string(), format.to_owned(), name.to_owned());
        let task = Task::Map { config: config.clone(), month, format, name, packed: Some(packed) };
        match self.perform(&task, host)? {
            Outcome::Mapped(content) => Ok(content),
            _ => Err(confused(self.plugin.id())),
        }
    }

    fn perform(&mut self, task: &Task, host: &mut dyn MapHost) -> Result<Outcome, PluginError> {
        if let Some(mut worker) = self.worker.take().filter(Worker::is_as_new) {
            match worker.perform(task, host) {
                // What an earlier task has left behind ended it.
                Err(PluginError::Stopped { .. } | PluginError::Refused { .. }) if !worker.was_heard() => {}
                done => {
                    self.worker = Some(worker).filter(|_| done.is_ok());
                    return done;
                }
            }
        }
        let Some(mut worker) = self.plugin.start()? else { return self.plugin.run(task, host) };
        let outcome = worker.perform(task, host)?;
        self.worker = Some(worker);
        Ok(outcome)
    }
}
