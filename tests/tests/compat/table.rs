//! The table: which plugin in which host, whether it was loaded, whether lines and bills are the same.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::OnceLock;

use ratebook_plugin::manifest::{INTERFACE, RUSTC};

use crate::builds::{ACME, Build, MISBEHAVING, Way, later, next_major, published, rustup, today};
use crate::hosts::{Outcome, in_driver, in_ratebook, listed, workspace};

const PLAIN: Way<'_> = Way { name: "opt-level 0", plugins: &[ACME], profile: &[], toolchain: None };

/// One codegen unit where it matters: what is linked together is one with `lto = "fat"`, and so what runs while building
/// need not be built again.
const ONE_UNIT: &str = "package.ratebook-plugin-acme.codegen-units=1";

/// Other ways in which today's plugin is built; settings of cargo's profile `dev`.
const WAYS: [Way<'_>; 3] = [
    Way { name: "stripped", profile: &["package.ratebook-plugin-acme.strip=true"], ..PLAIN },
    Way { name: "opt-level 3, LTO", profile: &["opt-level=3", "lto=\"fat\"", ONE_UNIT], ..PLAIN },
    SMALL,
];

/// As small as it can be.
pub(crate) const SMALL: Way<'_> = Way {
    name: "for size, panic=abort",
    plugins: &[ACME, MISBEHAVING],
    profile: &["opt-level=\"z\"", "lto=\"fat\"", ONE_UNIT, "panic=\"abort\""],
    toolchain: None,
};

/// Today's plugin in today's ratebook: what all others are compared with.
fn expected() -> &'static Outcome {
    static EXPECTED: OnceLock<Outcome> = OnceLock::new();
    EXPECTED.get_or_init(|| in_ratebook(&today(PLAIN).plugin(ACME)))
}

#[derive(Default)]
struct Table(String);

impl Table {
    fn new() -> Table {
        let mut table = Table::default();
        table.line("plugin", "host", ["loaded", "collects", "lines", "bills"], "said");
        table
    }

    fn line(&mut self, plugin: &str, host: &str, columns: [&str; 4], said: &str) {
        let [loaded, collects, lines, bills] = columns;
        let row = format!("{plugin:<32}{host:<12}{loaded:<8}{collects:<10}{lines:<10}{bills:<10}{said}");
        let _ = writeln!(self.0, "{}", row.trim_end());
    }

    fn row(&mut self, plugin: &str, host: &str, outcome: &Outcome) {
        let expected = expected();
        if let Err(why) = &outcome.loaded {
            return self.line(plugin, host, ["no", "-", "-", "-"], &told(why));
        }
        let same = |is_same| if is_same { "the same" } else { "OTHER" };
        // A host says the same problem in its own words around it.
        let refusal = outcome.refused.lines().all(|line| expected.refused.contains(line));
        let lines = same(outcome.mapped == expected.mapped && !outcome.refused.is_empty() && refusal);
        let bills = outcome.bills.as_ref().map_or("-", |bills| same(Some(bills) == expected.bills.as_ref()));
        let (collects, said) = match &outcome.collected {
            Ok(()) => ("yes", String::new()),
            Err(why) => ("no", told(why)),
        };
        self.line(plugin, host, ["yes", collects, lines, bills], &said);
    }
}

/// A text in which today's interface has no number, for it changes.
fn told(text: &str) -> String {
    let (major, minor) = INTERFACE;
    let text =
        text.replace(&format!("{major}.{minor}.0"), "TODAY").replace(&format!("{major}.{minor}"), "TODAY");
    text.lines().collect::<Vec<_>>().join(" | ")
}

#[test]
fn every_plugin_in_every_host() {
    let (today, published, later, next) = (today(PLAIN), published(), later(), next_major());
    let mut table = Table::new();
    assert_eq!(expected().mapped.len(), 3, "{:?}", expected().mapped);
    let ratebook = |_: &Path, library: &Path| in_ratebook(library);
    let nobody = Path::new("");
    let plugin = |build: &Build| build.plugin(ACME);

    for (name, build) in [("2.0", &published), ("today's", &today), ("2.99", &later), ("3.0", &next)] {
        table.row(name, "ratebook", &ratebook(nobody, &plugin(build)));
        for (host, driver) in [("2.0", &published), ("2.99", &later), ("3.0", &next)] {
            table.row(name, host, &in_driver(&driver.driver(), &plugin(build)));
        }
    }
    let liar = mislabelled(&next);
    table.row("3.0, says that it is 2.0", "ratebook", &in_ratebook(&liar));
    table.row("3.0, says that it is 2.0", "2.0", &in_driver(&published.driver(), &liar));
    for way in WAYS {
        table.row(
            &format!("today's, {}", way.name),
            "ratebook",
            &in_ratebook(&crate::builds::today(way).plugin(ACME)),
        );
    }
    insta::assert_snapshot!("every_plugin_in_every_host", table.0);
}

/// The same library with another interface in its manifest.
fn mislabelled(build: &Build) -> std::path::PathBuf {
    let library = build.plugin(ACME);
    let mut bytes = std::fs::read(&library).unwrap();
    let (from, to) = (b"\ninterface=3.0\n", b"\ninterface=2.0\n");
    let from_first_line = bytes.windows(from.len()).position(|window| window == from);
    let at = from_first_line.unwrap();
    bytes[at..at + to.len()].copy_from_slice(to);
    let folder = library.parent().unwrap().join("mislabelled");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(library.file_name().unwrap());
    std::fs::write(&file, bytes).unwrap();
    file
}

#[test]
fn a_plugin_of_another_compiler() {
    let Some(toolchain) = nightly() else {
        let told = "skipped: a_plugin_of_another_compiler: rustup has no nightly toolchain here";
        // Past the test harness, which keeps what a test that passes prints.
        return writeln!(std::io::stderr(), "{told}").unwrap();
    };
    let library = today(Way { name: "nightly", toolchain: Some(&toolchain), ..PLAIN }).plugin(ACME);
    let (workspace, _) = workspace(&library, ACME, "");
    let compiler = listed(&workspace)["rustc"].as_str().unwrap().to_owned();
    assert!(compiler.starts_with("rustc ") && compiler != RUSTC, "{compiler}");
    let mut table = Table::new();
    table.row("today's, by nightly", "ratebook", &in_ratebook(&library));
    table.row("today's, by nightly", "2.0", &in_driver(&published().driver(), &library));
    insta::assert_snapshot!("another_compiler", table.0);
}

/// A nightly toolchain, if there is one.
fn nightly() -> Option<String> {
    let listed = rustup(&["toolchain", "list"]).output().ok().filter(|listed| listed.status.success())?;
    let listed = String::from_utf8(listed.stdout).ok()?;
    let names = listed.lines().filter_map(|line| line.split_whitespace().next());
    names.into_iter().find(|name| name.starts_with("nightly")).map(str::to_owned)
}
