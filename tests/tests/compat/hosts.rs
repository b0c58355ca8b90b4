//! The hosts: today's ratebook as it is released, and the driver of a frozen interface. Both are asked the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ratebook_tests::message::{Answer, Request};
use ratebook_tests::server::{Server, Vendor};
use ratebook_tests::workspace::{MONTH, Ran, Workspace};
use serde_json::Value;

use crate::builds::ACME;

/// What came of a plugin in a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Whether it was taken at all, or why not.
    pub(crate) loaded: Result<(), String>,
    /// Whether it collected what the vendor has, or why not.
    pub(crate) collected: Result<(), String>,
    /// The lines and skipped records that it made of `usage.json`, without what a host adds.
    pub(crate) mapped: Vec<String>,
    /// What it says of `wrong.json`.
    pub(crate) refused: String,
    /// The bills of those lines; a driver makes none.
    pub(crate) bills: Option<String>,
}

impl Outcome {
    fn not_loaded(why: String) -> Outcome {
        let not = String::new;
        Outcome { loaded: Err(why), collected: Err(not()), mapped: Vec::new(), refused: not(), bills: None }
    }
}

/// A payload of these tests.
pub(crate) fn payload(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat").join(name)
}

/// A vendor who answers everything with the same page.
struct OnePage(Vec<u8>);

impl Vendor for OnePage {
    fn answer(&mut self, _request: &Request) -> Answer {
        Answer::new(200, "application/json", self.0.clone())
    }
}

const RULES: &str = r#"version = 1
[settings]
currency = "EUR"
[customer.northwind]
name = "Northwind Traders"
tenants = ["acme:4711"]
[[rule]]
id = "workstations"
reason = "Price list 2026"
when = { sku = "BKP-WS" }
price = "1.70"
[[rule]]
id = "storage"
reason = "Price list 2026"
when = { sku = "BKP-GB" }
price = "0.05"
"#;

/// A workspace with one source of a plugin, whose library stands in `plugins/` and is trusted if it can be.
pub(crate) fn workspace(library: &Path, id: &str, source: &str) -> (Workspace, Ran) {
    let workspace = Workspace::in_folder(tempfile::tempdir().unwrap());
    let path = |name: &str| workspace.path().join(name);
    for folder in ["plugins", "rules"] {
        fs::create_dir(path(folder)).unwrap();
    }
    fs::write(path("rules/main.toml"), RULES).unwrap();
    fs::write(path("ratebook.toml"), format!("version = 1\n[source.{id}]\nplugin = \"{id}\"\n{source}"))
        .unwrap();
    let file = Path::new("plugins").join(library.file_name().unwrap());
    fs::copy(library, path(file.to_str().unwrap())).unwrap();
    let trusted = workspace.run(&["plugin", "trust", file.to_str().unwrap()]).unwrap();
    (workspace, trusted)
}

/// What `plugin list` says of the library in the workspace.
pub(crate) fn listed(workspace: &Workspace) -> Value {
    let listed = workspace.run(&["plugin", "list", "--format", "json"]).unwrap();
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    let here = |plugin: &&Value| plugin["found"] == "workspace";
    listed["plugins"].as_array().unwrap().iter().find(here).unwrap().clone()
}

/// The first error of a run, in one line.
pub(crate) fn error(ran: &Ran) -> String {
    let line = ran.stderr.lines().find(|line| line.starts_with("error"));
    line.unwrap_or_else(|| panic!("no error: {}", ran.told())).to_owned()
}

fn well(ran: &Ran) -> Result<(), String> {
    if ran.code == 0 { Ok(()) } else { Err(format!("exit {}: {}", ran.code, error(ran))) }
}

/// A plugin in today's ratebook: listed, checked, asked for a month, imported, run.
pub(crate) fn in_ratebook(library: &Path) -> Outcome {
    let server = Server::start(OnePage(fs::read(payload("usage.json")).unwrap()));
    let source = format!(
        "url = \"{}\"\n[source.acme.secrets]\napi_token = {{ env = \"METALLIC_ACCESS_TOKEN\" }}\n",
        server.url()
    );
    let (workspace, trusted) = workspace(library, ACME, &source);
    let run = |arguments: &[&str]| workspace.run(arguments).unwrap();
    let found = listed(&workspace);
    let checked = well(&run(&["check"]));
    if found["state"] != "locked" {
        assert_ne!(trusted.code, 0, "{found}");
        let why = found["why"].as_str().unwrap();
        let told = checked.unwrap_err();
        assert!(told.starts_with("exit 8: ") && told.ends_with(why), "{told}");
        return Outcome::not_loaded(format!("exit 8: {why}"));
    }
    if let Err(why) = checked {
        return Outcome::not_loaded(why);
    }

    let collected = well(&run(&["fetch", "--month", "2026-05"])).map(|()| {
        let kept = workspace.read("runs/2026-05/payloads/acme/usage-00001.json").unwrap();
        assert!(kept == fs::read(payload("usage.json")).unwrap(), "what came was kept");
    });
    let import =
        |name: &str| run(&["import", "--source", ACME, "--month", MONTH, payload(name).to_str().unwrap()]);
    let refused = import("wrong.json");
    assert_eq!(refused.code, 6, "{}", refused.told());
    assert!(!workspace.path().join("runs").join(MONTH).join("payloads").join(ACME).exists());
    let imported = import("usage.json");
    assert_eq!(imported.code, 0, "{}", imported.told());
    let ran = run(&["run", "--month", MONTH, "--offline"]);
    assert_eq!(ran.code, 0, "{}", ran.told());
    Outcome {
        loaded: Ok(()),
        collected,
        mapped: mapped(&workspace.lines(MONTH, ACME), &workspace.skipped(MONTH, ACME)),
        refused: refused.stderr,
        bills: Some(workspace.bills(MONTH)),
    }
}

/// The lines without what a host adds, and the skipped records as a driver tells them.
fn mapped(lines: &str, skipped: &str) -> Vec<String> {
    let read = |text: &str| -> Vec<Value> {
        serde_json::Deserializer::from_str(text).into_iter().map(Result::unwrap).collect()
    };
    let mut mapped = Vec::new();
    for mut line in read(lines) {
        let fields = line.as_object_mut().unwrap();
        assert_eq!(fields.remove("source").zip(fields.remove("vendor")), Some((ACME.into(), ACME.into())));
        fields["origin"]["payload"] = "".into();
        mapped.push(canonical(&line));
    }
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    mapped.extend(
        read(skipped)
            .iter()
            .map(|row| format!("skipped {} {} {}", row["row"], text(row, "reason"), text(row, "what"))),
    );
    mapped
}

/// A line whose fields are in the order of their names.
fn canonical(line: &Value) -> String {
    let fields: BTreeMap<&String, &Value> = line.as_object().unwrap().iter().collect();
    serde_json::to_string(&fields).unwrap()
}

/// A plugin in the host of a frozen interface.
pub(crate) fn in_driver(driver: &Path, library: &Path) -> Outcome {
    let drive = |arguments: &[&str]| {
        let output = Command::new(driver).arg(library).args(arguments).env_clear().output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        if output.status.success() {
            Ok(text(output.stdout))
        } else {
            Err(text(output.stderr).trim().to_owned())
        }
    };
    if let Err(why) = drive(&["about"]) {
        return Outcome::not_loaded(why);
    }
    let usage = payload("usage.json");
    let collected = drive(&["collect", usage.to_str().unwrap()]).map(|told| {
        assert!(told.contains("GET https://api.acme.example/v1/usage [(\"month\", \"2026-03\")]"), "{told}");
        assert!(told.ends_with("kept usage-00001.json as acme-usage-v1\n"), "{told}");
    });
    let told = drive(&["map", usage.to_str().unwrap()]).unwrap();
    let line = |line: &str| match line.starts_with('{') {
        true => canonical(&serde_json::from_str(line).unwrap()),
        false => line.to_owned(),
    };
    Outcome {
        loaded: Ok(()),
        collected,
        mapped: told.lines().map(line).collect(),
        refused: drive(&["map", payload("wrong.json").to_str().unwrap()]).unwrap_err(),
        bills: None,
    }
}
