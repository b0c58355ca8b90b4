//! What is written is its owner's alone whatever the umask, goes where it belongs whatever was planted there, and holds
//! no secret.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends here")]

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use ratebook_tests::message::Answer;
use ratebook_tests::mishap::Mishap;
use ratebook_tests::server::Server;
use ratebook_tests::vendors::acronis::Acronis;
use ratebook_tests::vendors::metallic::Metallic;
use ratebook_tests::workspace::{MONTH, Ran, Workspace};
use serde_json::{Value, json};

const NEXT: &str = "2026-04";

/// Runs a command with no umask: what is private then is private by itself.
fn ran(workspace: &Workspace, arguments: &[&str]) -> Ran {
    let inner = workspace.command(arguments);
    let mut command = Command::new("sh");
    command.args(["-c", "umask 000 && exec \"$0\" \"$@\""]).arg(inner.get_program()).args(inner.get_args());
    command.env_clear().envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    workspace.ran(&command.current_dir(workspace.path()).output().unwrap())
}

fn done(workspace: &Workspace, arguments: &[&str]) {
    let ran = ran(workspace, arguments);
    assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.told());
}

/// Both vendors on loopback, and a workspace that asks them.
fn live() -> (Server<Acronis>, Server<Metallic>, Workspace) {
    let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/month/recordings/2026-03");
    let acronis = Server::start(Acronis::new(fs::read(recordings.join("acronis-eu/usage.csv")).unwrap()));
    let summary = fs::read(recordings.join("metallic/usage-summary.json")).unwrap();
    let metallic = Server::start(Metallic::new("2026-03-01", summary));
    let mut workspace = Workspace::of_the_example().unwrap();
    workspace.ask(&acronis.url(), &metallic.url()).unwrap();
    (acronis, metallic, workspace)
}

/// Everything below a folder, and the folder.
fn everything(folder: &Path, into: &mut Vec<PathBuf>) {
    into.push(folder.to_owned());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { everything(&path, into) } else { into.push(path) }
    }
}

fn all_are_private(workspace: &Workspace) {
    let mut all = Vec::new();
    everything(&workspace.path().join("runs"), &mut all);
    assert!(all.len() > 20, "{all:?}");
    for path in all {
        let mode = fs::symlink_metadata(&path).unwrap().permissions().mode() & 0o777;
        let wanted: &[u32] = if path.is_dir() { &[0o700] } else { &[0o600, 0o400] };
        assert!(wanted.contains(&mode), "{}: {mode:o}", path.display());
    }
}

#[test]
fn s3_what_a_month_writes_is_its_owners_alone() {
    let (_acronis, _metallic, workspace) = live();
    done(&workspace, &["run", "--month", MONTH]);
    all_are_private(&workspace);

    let workspace = Workspace::of_the_example().unwrap();
    done(&workspace, &["run", "--month", MONTH, "--offline"]);
    done(&workspace, &["close", "--month", MONTH, "--accept-held", "--because", "sales decides"]);
    // The vendor corrects the closed month.
    let path = "recordings/2026-03/metallic/usage-summary.json";
    let mut summary: Value = serde_json::from_slice(&workspace.read(path).unwrap()).unwrap();
    summary["data"].as_array_mut().unwrap().remove(2);
    workspace.record_metallic(summary.to_string().as_bytes()).unwrap();
    done(&workspace, &["adjust", "--month", MONTH, "--into", NEXT, "--offline"]);
    let accept = ["--accept", "vanished:customer:nobody", "--because", "they never came"];
    done(&workspace, &[&["run", "--month", NEXT, "--offline"][..], &accept].concat());
    all_are_private(&workspace);
    done(&workspace, &["verify", "--month", NEXT]);
    done(&workspace, &["close", "--month", NEXT, "--accept-held", "--because", "sales decides"]);
    all_are_private(&workspace);
    for path in
        ["closed.json", "accepted.json", "rules/rules/main.toml", "adjustments/2026-03/adjustments.jsonl"]
    {
        assert!(workspace.path().join("runs").join(NEXT).join(path).is_file(), "{path}");
    }
}

/// What a run makes of a link that was planted at each place: the file it leads to stays as it is.
#[test]
fn s3_planted_links_are_not_followed() {
    let mut outcomes = String::new();
    for place in [
        ".lock",
        "PARTIAL-bills.parquet",
        "accepted.json",
        "bill_lines.parquet",
        "bills.parquet",
        "closed.json",
        "fates.parquet",
        "lines/acronis-eu.parquet",
        "manifest.json",
        "payloads/metallic/payloads.json",
        "payloads/metallic/usage-summary.json",
        "rules/rules/main.toml",
        "skipped/metallic.parquet",
        "totals.json",
    ] {
        let (workspace, elsewhere) = (Workspace::of_the_example().unwrap(), tempfile::tempdir().unwrap());
        let victim = elsewhere.path().join("victim");
        fs::write(&victim, "somebody else's\n").unwrap();
        fs::set_permissions(&victim, fs::Permissions::from_mode(0o640)).unwrap();
        let link = workspace.path().join("runs").join(MONTH).join(place);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(&victim, &link).unwrap();
        let ran = ran(&workspace, &["run", "--month", MONTH, "--offline"]);
        assert_eq!(fs::read_to_string(&victim).unwrap(), "somebody else's\n", "{place}: {}", ran.told());
        assert_eq!(fs::metadata(&victim).unwrap().permissions().mode() & 0o777, 0o640, "{place}");
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1, "{place}");
        let found = match fs::symlink_metadata(&link) {
            Ok(found) if found.is_symlink() => "the link is still there",
            Ok(_) => "a file of ours is there",
            Err(_) => "nothing is there",
        };
        assert!(ran.code != 0 || found != "the link is still there", "{place}: {}", ran.told());
        let why = ran.stderr.lines().find(|line| line.starts_with("error")).unwrap_or_default();
        writeln!(
            outcomes,
            "{place:<38}exit {}, {found}{}{why}",
            ran.code,
            if why.is_empty() { "" } else { "\n    " }
        )
        .unwrap();
    }
    insta::assert_snapshot!("planted_links", outcomes);
}

#[test]
fn s3_a_link_to_the_same_bytes_is_no_result_of_ours() {
    let (workspace, elsewhere) = (Workspace::of_the_example().unwrap(), tempfile::tempdir().unwrap());
    done(&workspace, &["run", "--month", MONTH, "--offline"]);
    let (bills, moved) =
        (workspace.path().join("runs/2026-03/bills.parquet"), elsewhere.path().join("bills.parquet"));
    fs::copy(&bills, &moved).unwrap();
    fs::set_permissions(&moved, fs::Permissions::from_mode(0o644)).unwrap();
    fs::remove_file(&bills).unwrap();
    symlink(&moved, &bills).unwrap();
    let before = fs::read(&moved).unwrap();
    for (code, arguments) in [
        (6, &["verify", "--month", MONTH][..]),
        (9, &["close", "--month", MONTH, "--accept-held", "--because", "sales decides"]),
        (9, &["run", "--month", MONTH, "--offline", "--force"]),
    ] {
        let refused = ran(&workspace, arguments);
        assert!(refused.code == code && refused.stderr.contains("bills.parquet"), "{}", refused.told());
    }
    assert!(fs::symlink_metadata(&bills).unwrap().is_symlink());
    assert_eq!(fs::metadata(&moved).unwrap().permissions().mode() & 0o777, 0o644);
    assert_eq!(fs::read(&moved).unwrap(), before);
}

#[test]
fn s2_no_secret_is_in_any_file_or_output_of_a_run_that_fails_and_one_that_does_not() {
    let (acronis, metallic, workspace) = live();
    // A token that runs out, a body that holds what was sent, credentials that are refused.
    acronis.vendor().first_token_uses = Some(2);
    let echo = Answer::json(500, &json!({ "error": "token canary-acronis-token-0001 is in no order" }));
    acronis.mishap(Mishap::instead("GET /api/2/reports/*/stored/*", echo).times(1));
    metallic.vendor().token = "canary-another-token".to_owned();
    let faulty = workspace.run(&["run", "--month", MONTH, "-v", "--allow-partial"]).unwrap();
    assert_ne!(faulty.code, 0, "{}", faulty.told());
    let no_secret = |told: &str| {
        assert!(!told.contains("canary-"), "{told}");
        for (name, bytes) in workspace.files().unwrap() {
            assert!(!String::from_utf8_lossy(&bytes).contains("canary-"), "{name} holds a secret");
        }
    };
    no_secret(&faulty.told());
    metallic.vendor().token = ratebook_tests::vendors::metallic::TOKEN.to_owned();
    let good = workspace.run(&["run", "--month", MONTH, "-v"]).unwrap();
    assert_eq!(good.code, 0, "{}", good.told());
    no_secret(&good.told());
    for command in [
        &["status"][..],
        &["doctor"],
        &["verify", "--month", MONTH],
        &["close", "--month", MONTH, "--accept-held", "--because", "sales decides"],
    ] {
        no_secret(&workspace.run(command).unwrap().told());
    }
    assert!(workspace.files().unwrap().iter().any(|(name, _)| name.contains("/log/")), "requests are noted");
}
