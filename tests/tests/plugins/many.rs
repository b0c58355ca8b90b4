//! Many payloads of a source: a worker maps one after the other, and nobody can tell from what comes of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use ratebook::tables::read_lines;
use ratebook_tests::built::built;
use ratebook_tests::recording::{self, Payload};

use crate::support::Workspace;

const MONTH: &str = "2026-03";

/// A workspace with so many payloads of the misbehaving plugin, each of two lines.
struct Payloads(Workspace);

impl Payloads {
    fn new(count: usize) -> Payloads {
        let workspace = Workspace::with(&["misbehaving"]);
        let names: Vec<String> = (1..=count).map(|number| format!("{number}.txt")).collect();
        let texts: Vec<String> = (1..=count).map(|number| format!("A{number}\nB{number}\n")).collect();
        let payloads: Vec<Payload<'_>> = names
            .iter()
            .zip(&texts)
            .map(|(file, text)| Payload { file, format: "misbehaving-text", bytes: text.as_bytes() })
            .collect();
        let recordings = workspace.path().join("recordings").join(MONTH).join("main");
        recording::write(&recordings, "misbehaving", MONTH, &payloads).unwrap();
        Payloads(workspace)
    }

    fn lines(&self) -> PathBuf {
        self.0.path().join("runs").join(MONTH).join("lines/main.parquet")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(&built().ratebook);
        command.args(arguments).args(["--month", MONTH, "--workspace"]).arg(self.0.path()).output().unwrap()
    }

    /// Maps them with these keys of the plugin's configuration.
    fn map(&self, config: &str) -> Output {
        let source = "plugin = \"misbehaving\"\ntenant = \"t\"\nlimits.memory = \"1GiB\"\n";
        let text = format!("version = 1\n[source.main]\n{source}[source.main.config]\n{config}\n");
        fs::write(self.0.path().join("ratebook.toml"), text).unwrap();
        let _ = fs::remove_dir_all(self.0.path().join("runs"));
        let fetched = self.run(&["fetch", "--offline"]);
        assert!(fetched.status.success(), "{fetched:?}");
        self.run(&["normalize"])
    }

    /// The SKUs of the lines, in their order.
    fn skus(&self, config: &str) -> Vec<String> {
        let mapped = self.map(config);
        assert!(mapped.status.success(), "{mapped:?}");
        read_lines(&self.lines())
            .unwrap()
            .into_iter()
            .filter_map(|line| Some(line.sku_id?.into_owned()))
            .collect()
    }
}

#[test]
fn a_worker_maps_payload_after_payload_and_ends_after_many() {
    let payloads = Payloads::new(300);
    let processes = payloads.skus("tell-process = true");
    assert_eq!(processes.len(), 600);
    let distinct: BTreeSet<&String> = processes.iter().collect();
    assert_eq!(distinct.len(), 2, "{distinct:?}");
}

#[test]
fn a_worker_that_has_kept_something_maps_no_other_payload() {
    let payloads = Payloads::new(4);
    let skus: Vec<String> = (1..=4).flat_map(|number| [format!("A{number}"), format!("B{number}")]).collect();
    let processes = |config: &str| {
        payloads.skus(&format!("{config}tell-process = true")).into_iter().collect::<BTreeSet<String>>().len()
    };
    assert_eq!(processes(""), 1);
    assert_eq!(payloads.skus(""), skus);
    let bytes = fs::read(payloads.lines()).unwrap();
    for wrong in ["wrong = \"threads-that-outlive\"\n", "wrong = \"keep-memory\"\n"] {
        assert_eq!(processes(wrong), 4, "{wrong}");
        assert_eq!(payloads.skus(wrong), skus);
        assert!(fs::read(payloads.lines()).unwrap() == bytes, "what is kept makes no difference");
    }
    // Only what was kept of the first counts: those after it share the next.
    assert_eq!(processes("only = \"1.txt\"\nwrong = \"keep-memory\"\n"), 2);
}

#[test]
fn what_ends_a_worker_is_told_of_the_payload_that_it_was_at() {
    let payloads = Payloads::new(3);
    for (wrong, said) in [
        ("exit-0", "plugin misbehaving stopped with exit code 0 before any line"),
        ("abort", "plugin misbehaving stopped with signal 6"),
        ("panic", "it panicked"),
        ("tcp-socket", "plugin misbehaving tried to open a socket"),
        ("allocate", "plugin misbehaving wanted more memory than its limit of 1 GiB"),
        ("end-on-the-pipe", "plugin misbehaving broke the rules of the pipe"),
    ] {
        let mapped = payloads.map(&format!("wrong = {wrong:?}\nonly = \"2.txt\""));
        let told = String::from_utf8_lossy(&mapped.stderr);
        let place = format!("payloads/main/2.txt: {said}");
        assert_eq!(mapped.status.code(), Some(8), "{told}");
        assert!(told.contains(&place), "{place:?} is not in {told}");
        assert!(!payloads.lines().exists(), "{wrong}: nothing of the source is used");
    }
}
