//! A workspace with plugins in it, and hosts for them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ratebook_line::TextField;
use ratebook_plugin::batch::read_block;
use ratebook_plugin::call::{Call, HostServices, Reply};
use ratebook_plugin::{Config, Month, Problem};
use ratebook_tests::built::built;
use serde_json::{Value, json};

use ratebook::for_tests::{Options, Places, PluginError, Plugins, trust};

/// A workspace in a folder of its own.
pub(crate) struct Workspace {
    folder: tempfile::TempDir,
}

impl Workspace {
    pub(crate) fn new() -> Workspace {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("plugins")).unwrap();
        Workspace { folder }
    }

    /// A workspace that trusts these plugins.
    pub(crate) fn with(ids: &[&str]) -> Workspace {
        let workspace = Workspace::new();
        for id in ids {
            let file = workspace.put(&std::fs::read(built().plugin(id)).unwrap(), id);
            trust(workspace.path(), &file).unwrap();
        }
        workspace
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes bytes as the file of a plugin.
    pub(crate) fn put(&self, bytes: &[u8], id: &str) -> PathBuf {
        let name = format!("libratebook_plugin_{id}.{}", std::env::consts::DLL_EXTENSION);
        let file = self.path().canonicalize().unwrap().join("plugins").join(name);
        std::fs::write(&file, bytes).unwrap();
        file
    }

    /// The plugins of this workspace and of no other place.
    pub(crate) fn places(&self) -> Places {
        Places { workspace: Some(self.path().to_owned()), ..Places::default() }
    }

    pub(crate) fn plugins(&self) -> Plugins {
        self.plugins_with(options())
    }

    pub(crate) fn plugins_with(&self, options: Options) -> Plugins {
        Plugins::find(&self.places(), options).unwrap()
    }
}

/// Workers of the binary that is released.
pub(crate) fn options() -> Options {
    Options { worker: Some(built().ratebook.clone()), silence: Duration::from_secs(20), ..Options::default() }
}

pub(crate) fn month() -> Month {
    Month::new(2026, 3).unwrap()
}

pub(crate) fn config(values: Value) -> Config {
    Config { source: "main".to_owned(), url: None, values, secrets: Vec::new() }
}

/// Gives a payload, takes lines, and knows one note.
#[derive(Default)]
pub(crate) struct TestHost {
    pub(crate) payload: Vec<u8>,
    pub(crate) at: usize,
    pub(crate) skus: Vec<String>,
    pub(crate) lines: u64,
    pub(crate) skipped: u64,
    pub(crate) notes: Vec<(String, Option<String>)>,
    /// Refuse everything after so many lines.
    pub(crate) refuse_after: Option<u64>,
}

impl TestHost {
    pub(crate) fn new(payload: &str) -> TestHost {
        TestHost { payload: payload.as_bytes().to_vec(), ..TestHost::default() }
    }
}

impl HostServices for TestHost {
    fn call(&mut self, call: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        match call {
            Call::Read { limit, .. } => {
                let count = (self.payload.len() - self.at).min(limit as usize);
                bytes.extend_from_slice(&self.payload[self.at..self.at + count]);
                self.at += count;
                return Ok(Reply::Bytes(u32::try_from(count).unwrap()));
            }
            Call::Block => {
                let block = read_block(bytes, month()).map_err(|error| Problem::plugin(error.to_string()))?;
                self.lines += block.lines.rows() as u64;
                self.skipped += block.skipped.rows() as u64;
                let skus = block.lines.text(TextField::SkuId);
                let wanted = block.lines.rows().min(10_usize.saturating_sub(self.skus.len()));
                self.skus.extend((0..wanted).map(|row| skus.get(row).to_owned()));
            }
            Call::Remember { key, value } => self.notes.push((key, value)),
            _ => {}
        }
        match self.refuse_after {
            Some(most) if self.lines > most => Err(Problem::data("the host does not take this line")),
            _ => Ok(Reply::Done),
        }
    }
}

/// Lets the misbehaving plugin map three lines of text, with a configuration.
pub(crate) fn map_with(values: Value, options: Options, host: &mut TestHost) -> Result<(), PluginError> {
    let workspace = Workspace::with(&["misbehaving"]);
    let plugins = workspace.plugins_with(options);
    let plugin = plugins.get("misbehaving").unwrap();
    plugin.map(&config(values), month(), "misbehaving-text", "p.txt", host)
}

/// The error of a wrong thing at a stage, as it is shown.
pub(crate) fn error_of(wrong: &str, at: &str, lines: u64, options: Options) -> PluginError {
    let workspace = Workspace::with(&["misbehaving"]);
    let plugins = workspace.plugins_with(options);
    let plugin = plugins.get("misbehaving").unwrap();
    let config = config(json!({ "wrong": wrong, "at": at, "lines": lines }));
    let mut host = TestHost::new("A\n\nB\n");
    let outcome = match at {
        "open" => plugin.check(&config),
        "collect" => plugin.collect(&config, month(), &mut host),
        _ => plugin.map(&config, month(), "misbehaving-text", "p.txt", &mut host),
    };
    outcome.unwrap_err()
}
