//! Every wrong thing through the binary, in one table: what was done and where, the exit code, what was said.
//!
//! Of each: ratebook itself lives and says one line; lines are there only if the plugin has come to its end, and then all
//! of them. Where the code is 0 the wrong thing was contained, or refused and swallowed, and did no harm.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use ratebook_tests::built::built;
use ratebook_tests::recording::{self, Payload};
use tempfile::TempDir;

const MONTH: &str = "2026-03";
const SECRET: &str = "the secret of another source";
const LIMITS: &str = "[source.main.limits]\nmemory = \"1GiB\"\nlines = 100_000\n";

/// What is done, when, and after how many lines.
const WRONGS: [(&str, &str, u64); 67] = [
    ("panic", "open", 0),
    ("panic", "map", 70_000),
    ("panic-without-text", "map", 0),
    ("panic-in-thread", "map", 0),
    ("own-hook-and-panic", "map", 0),
    ("abort", "open", 0),
    ("abort", "map", 70_000),
    ("segfault", "map", 70_000),
    ("stack-overflow", "map", 0),
    ("double-free", "map", 0),
    ("exit-0", "open", 0),
    ("exit-0", "map", 70_000),
    ("exit-3", "map", 0),
    ("say-secrets-on-stderr", "map", 0),
    ("hang", "collect", 0),
    ("hang", "map", 70_000),
    ("hang-deaf-to-signals", "map", 0),
    ("spin", "map", 70_000),
    ("allocate", "map", 0),
    ("allocate-100-gb", "map", 0),
    ("endless-lines", "map", 0),
    ("print-to-stdout", "map", 0),
    ("read-stdin", "map", 0),
    ("close-fds", "map", 70_000),
    ("garbage-on-the-pipe", "map", 0),
    ("end-on-the-pipe", "map", 0),
    ("half-an-end-on-the-pipe", "map", 70_000),
    ("malformed-batch", "map", 0),
    ("number-of-39-digits", "map", 0),
    ("number-of-200-places", "map", 0),
    ("another-month", "map", 0),
    ("evil-names", "map", 0),
    ("negative-quantity", "map", 0),
    ("empty-tag", "map", 0),
    ("duplicate-records", "map", 0),
    ("swallow-refusals", "map", 0),
    ("change-directory", "map", 0),
    ("change-environment", "map", 0),
    ("change-umask", "map", 0),
    ("threads-that-outlive", "map", 0),
    ("fork", "map", 0),
    ("fork", "collect", 0),
    ("spawn-child", "map", 0),
    ("exec", "map", 0),
    ("setsid", "map", 0),
    ("kill-parent", "map", 0),
    ("trace-parent", "map", 0),
    ("signal-by-descriptor", "map", 0),
    ("raise-limit", "map", 0),
    ("outlive-parent", "map", 0),
    ("unshare", "map", 0),
    ("io-uring", "map", 0),
    ("tcp-socket", "open", 0),
    ("tcp-socket", "map", 70_000),
    ("udp-socket", "map", 0),
    ("unix-socket", "map", 0),
    ("socket-pair", "map", 0),
    ("socket-in-thread", "map", 0),
    ("socket-in-silence", "map", 0),
    ("connect", "collect", 0),
    ("read-file", "map", 0),
    ("read-environment-of-parent", "map", 0),
    ("list-directory", "map", 0),
    ("write-file", "map", 0),
    ("remove-file", "map", 0),
    ("make-directory", "map", 0),
    ("none", "map", 0),
];

/// What the library does when it is opened.
const CONSTRUCTORS: [&str; 5] = ["hang", "exit-0", "socket", "read", "thread"];

/// A folder with a ratebook that has no plugin beside it, and a workspace with the misbehaving one.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap() };
        fs::create_dir_all(place.path("workspace/plugins")).unwrap();
        fs::create_dir_all(place.path("workspace/rules")).unwrap();
        fs::copy(&built().ratebook, place.path("ratebook")).unwrap();
        fs::write(place.path("workspace/rules/main.toml"), "version = 1\n[settings]\ncurrency = \"EUR\"\n")
            .unwrap();
        fs::write(place.path("victim"), SECRET).unwrap();
        let payload = Payload { file: "usage.txt", format: "misbehaving-text", bytes: b"A\n\nB\n" };
        let recordings = place.path("workspace/recordings").join(MONTH).join("main");
        recording::write(&recordings, "misbehaving", MONTH, &[payload]).unwrap();
        place.configure("none", "map", 0);
        place.put("nothing");
        place
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(path)
    }

    /// The library with a constructor that does something, trusted.
    fn put(&self, constructor: &str) {
        let mut bytes = fs::read(built().plugin("misbehaving")).unwrap();
        let (mark, length) = (b"in the constructor:", 13);
        let at = bytes.windows(mark.len()).position(|window| window == mark).unwrap() + mark.len();
        bytes[at..at + length].copy_from_slice(format!("{constructor:<length$}").as_bytes());
        let file = self.path("workspace/plugins/libratebook_plugin_misbehaving.so");
        fs::write(&file, bytes).unwrap();
        let trusted = self.run(&["plugin", "trust", file.to_str().unwrap()]);
        assert!(trusted.status.success(), "{trusted:?}");
    }

    fn configure(&self, wrong: &str, at: &str, lines: u64) {
        // What hangs shall end soon; the others shall not be taken for it on a busy machine.
        let silence = if wrong.starts_with("hang") || wrong.starts_with("spin") { 3 } else { 60 };
        let path = self.path(if wrong == "make-directory" { "new" } else { "victim" });
        let wrong = if ["none", "hang in the constructor"].contains(&wrong) {
            String::new()
        } else {
            format!("wrong = {wrong:?}\n")
        };
        let config = format!("[source.main.config]\n{wrong}at = {at:?}\nlines = {lines}\npath = {path:?}\n");
        let source = format!("plugin = \"misbehaving\"\ntenant = \"t\"\nplugin_timeout = \"{silence}s\"\n");
        let text = format!("version = 1\n[source.main]\n{source}{LIMITS}{config}");
        fs::write(self.path("workspace/ratebook.toml"), text).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(self.path("ratebook"));
        command.args(arguments).arg("--workspace").arg(self.path("workspace")).env_clear();
        command.env("RATEBOOK_TEST_SECRET", SECRET).output().unwrap()
    }

    /// Does it, and gives the exit code and what was said, in one line.
    fn misbehave(&self, at: &str) -> (i32, String) {
        let _ = fs::remove_dir_all(self.path("workspace/runs"));
        let ran = match at {
            "collect" => self.run(&["fetch", "--month", MONTH, "--source", "main"]),
            _ => {
                let fetched = self.run(&["fetch", "--month", MONTH, "--offline"]);
                assert!(fetched.status.success(), "{fetched:?}");
                self.run(&["normalize", "--month", MONTH])
            }
        };
        let code = ran.status.code().unwrap_or_else(|| panic!("ratebook itself ended: {ran:?}"));
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(!said.contains(SECRET) && !said.contains('\u{1b}'), "{said}");
        let first = said.lines().find(|line| line.starts_with("error")).unwrap_or_default();
        (code, first.replace("main 2026-03: ", "").replace("payloads/main/usage.txt: ", ""))
    }

    /// How many lines and skipped records are there to be billed.
    fn result(&self) -> Option<(usize, usize)> {
        let month = self.path("workspace/runs").join(MONTH);
        let lines = ratebook::tables::read_lines(&month.join("lines/main.parquet")).ok()?.len();
        let skipped = ratebook::tables::count_skipped(&month.join("skipped/main.parquet")).unwrap_or(0);
        Some((lines, skipped))
    }
}

/// Takes the places in the source of the plugin away.
fn without_places(said: &str) -> String {
    let mut text = said.to_owned();
    if let Some(at) = text.find(".rs:") {
        let rest = text.split_off(at + 4);
        text += "LINE";
        text += rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':');
    }
    text
}

#[test]
fn every_wrong_thing_ends_as_one_clear_line() {
    let place = Place::new();
    let mut table = String::new();
    let mut row = |what: &str, at: &str, after: &str, (code, said): (i32, String)| {
        let result = place.result();
        assert_eq!(result.is_some(), code == 0, "{what}: a result, or none: {result:?}, exit {code}: {said}");
        assert_eq!(said.is_empty(), code == 0, "{what}: a reason, or none: {said}");
        let result = result
            .map_or("no result".to_owned(), |(lines, skipped)| format!("{lines} lines, {skipped} skipped"));
        let _ =
            writeln!(table, "{what:<28}{at:<13}{after:<7}exit {code}  {result:<21}{}", without_places(&said));
    };
    for (wrong, at, lines) in WRONGS {
        place.configure(wrong, at, lines);
        let after = if lines == 0 { String::new() } else { lines.to_string() };
        row(wrong, at, &after, place.misbehave(at));
    }
    for constructor in CONSTRUCTORS {
        place.configure(if constructor == "hang" { "hang in the constructor" } else { "none" }, "map", 0);
        place.put(constructor);
        row(constructor, "constructor", "", place.misbehave("map"));
    }
    insta::assert_snapshot!("every_wrong_thing", table);
    assert_eq!(fs::read_to_string(place.path("victim")).unwrap(), SECRET);
    assert!(!place.path("new").exists());
}
