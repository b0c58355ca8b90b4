//! The services against a vendor on loopback that misbehaves byte by byte.

mod ends;
mod kept;
mod network;
mod payload;
mod secrets;
mod tls;
mod vendor;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use ratebook_plugin::call::{Answer, Call, HostServices, Reply};
use ratebook_plugin::{Level, Problem, Request};

use super::{Collect, CollectServices, Events, HttpSettings, Redactor, SecretRef, runtime};
use vendor::{Play, Vendor};

#[derive(Default)]
struct Heard(Mutex<Vec<(Level, String)>>);

impl Events for Heard {
    fn log(&self, level: Level, text: &str) {
        self.0.lock().unwrap().push((level, text.to_owned()));
    }

    fn progress(&self, text: &str) {
        self.0.lock().unwrap().push((Level::Detail, text.to_owned()));
    }
}

/// A source at a scripted vendor, in a workspace of its own.
struct Rig {
    vendor: Vendor,
    workspace: tempfile::TempDir,
    http: HttpSettings,
    secrets: BTreeMap<String, SecretRef>,
    hosts: Vec<String>,
    redactor: Arc<Redactor>,
    heard: Arc<Heard>,
    cancel: Arc<AtomicBool>,
}

impl Rig {
    fn new(plays: impl IntoIterator<Item = Play>) -> Rig {
        let http = HttpSettings {
            backoff: Duration::from_millis(2),
            idle: Duration::from_secs(5),
            ..HttpSettings::default()
        };
        Rig {
            vendor: Vendor::start(plays),
            workspace: tempfile::tempdir().unwrap(),
            http,
            secrets: BTreeMap::new(),
            hosts: Vec::new(),
            redactor: Arc::default(),
            heard: Arc::default(),
            cancel: Arc::default(),
        }
    }

    fn path(&self, of: &str) -> std::path::PathBuf {
        self.workspace.path().join("runs/2026-03").join(of)
    }

    fn start(&self) -> Result<CollectServices, Problem> {
        static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
        let runtime = RUNTIME.get_or_init(|| runtime().unwrap());
        CollectServices::start(Collect {
            source: "eu",
            month: "2026-03".parse().unwrap(),
            plugin: "acme",
            formats: vec!["acme-usage".to_owned()],
            url: Some(&self.vendor.url("")),
            hosts: &self.hosts,
            http: &self.http,
            secrets: &self.secrets,
            workspace: self.workspace.path(),
            payloads: &self.path("payloads/eu"),
            named_in: &self.path("manifest.json"),
            notes: &self.path("state/eu.json"),
            request_log: &self.path("log/requests-eu.jsonl"),
            redactor: Arc::clone(&self.redactor),
            events: Arc::clone(&self.heard) as Arc<dyn Events>,
            cancel: Arc::clone(&self.cancel),
            runtime: runtime.handle().clone(),
        })
    }

    fn get(&self, path: &str) -> Request {
        Request::get(self.vendor.url(path))
    }

    fn post(&self, path: &str) -> Request {
        Request::post(self.vendor.url(path)).form(&[("a", "b")])
    }

    /// Sends one GET; its status and decompressed body.
    fn fetch(&self) -> Result<(u16, Vec<u8>), Problem> {
        let mut services = self.start()?;
        let answer = send(&mut services, self.get("/usage"))?;
        Ok((answer.status, body(&mut services, answer.body)?))
    }

    fn log(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.path("log/requests-eu.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Every byte of every file that was written, and every message.
    fn everything(&self) -> String {
        let mut all = format!("{:?}", self.heard.0.lock().unwrap());
        read_all(self.workspace.path(), &mut all).unwrap();
        all
    }
}

fn read_all(folder: &Path, into: &mut String) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        into.push_str(&path.to_string_lossy());
        if path.is_dir() {
            read_all(&path, into)?;
        } else {
            into.push_str(&String::from_utf8_lossy(&std::fs::read(&path)?));
        }
    }
    Ok(())
}

fn send(services: &mut CollectServices, request: Request) -> Result<Answer, Problem> {
    match services.call(Call::Send(request), &mut Vec::new())? {
        Reply::Answer(answer) => Ok(answer),
        other => panic!("{other:?}"),
    }
}

fn body(services: &mut CollectServices, body: u32) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    loop {
        match services.call(Call::Read { body, limit: 100_000 }, &mut bytes)? {
            Reply::Bytes(0) => return Ok(bytes),
            Reply::Bytes(_) => {}
            other => panic!("{other:?}"),
        }
    }
}
