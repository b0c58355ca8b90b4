//! A finished month: every changed byte is found and named, a closed month stays as it is.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends here")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use ratebook_tests::workspace::{MONTH, Workspace};

fn example() -> Workspace {
    let workspace = Workspace::of_the_example().unwrap();
    assert_eq!(workspace.run(&["run", "--month", MONTH, "--offline"]).unwrap().code, 0);
    workspace
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, into) } else { into.push(path) }
    }
}

/// The files of the month that are its result: not the lock, not the request log.
fn results(workspace: &Workspace) -> Vec<PathBuf> {
    let mut all = Vec::new();
    files(&workspace.path().join("runs").join(MONTH), &mut all);
    all.retain(|path| path.file_name().unwrap() != ".lock");
    all.sort();
    all
}

#[test]
fn a_month_is_verified_by_making_it_once_more() {
    let workspace = example();
    insta::assert_snapshot!("verified", workspace.run(&["verify", "--month", MONTH]).unwrap().told());
    let missing = workspace.run(&["verify", "--month", "2025-01"]).unwrap();
    assert_eq!(missing.code, 6);
    assert!(missing.stderr.contains("there is no finished run"), "{}", missing.stderr);
}

#[test]
fn one_changed_byte_in_any_file_is_found_and_named() {
    let workspace = example();
    let all = results(&workspace);
    assert!(all.len() > 15, "{all:?}");
    for path in all {
        let whole = fs::read(&path).unwrap();
        let name = path.strip_prefix(workspace.path()).unwrap().display().to_string();
        for at in
            [0, whole.len() / 2, whole.len().saturating_sub(1)].into_iter().filter(|at| *at < whole.len())
        {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&path, bytes).unwrap();
            let found = workspace.run(&["verify", "--month", MONTH, "--quick"]).unwrap();
            assert_eq!(found.code, 6, "byte {at} of {name}: {}", found.told());
            assert!(found.stderr.contains(&name), "byte {at} of {name}: {}", found.told());
        }
        // An empty file has no byte to lose.
        let other = if whole.is_empty() { b" ".to_vec() } else { whole[..whole.len() - 1].to_vec() };
        fs::write(&path, other).unwrap();
        assert_eq!(
            workspace.run(&["verify", "--month", MONTH, "--quick"]).unwrap().code,
            6,
            "{name} cut short"
        );
        fs::write(&path, whole).unwrap();
    }
    fs::write(workspace.path().join("runs").join(MONTH).join("lines/more.parquet"), "{}").unwrap();
    let stray = workspace.run(&["verify", "--month", MONTH, "--quick"]).unwrap();
    assert!(stray.code == 6 && stray.stderr.contains("lines/more.parquet"), "{}", stray.told());
}

/// The bills of the month if a price were another.
fn of_another_month(workspace: &Workspace) -> Vec<u8> {
    let other = workspace.again().unwrap();
    other
        .replace("rules/books/acronis-2026.toml", "\"SPGAMSENS\" = \"3.20\"", "\"SPGAMSENS\" = \"3.47\"")
        .unwrap();
    other.done(&["rate", "--month", MONTH]);
    let bills = other.read(&format!("runs/{MONTH}/bills.parquet")).unwrap();
    assert!(bills != workspace.read(&format!("runs/{MONTH}/bills.parquet")).unwrap());
    bills
}

#[test]
fn a_manifest_that_was_written_to_fit_is_found_by_making_the_month_again() {
    let workspace = example();
    // The bills and their digest changed together, and the manifest sealed anew.
    let folder = workspace.path().join("runs").join(MONTH);
    let (bills, manifest) = (folder.join("bills.parquet"), folder.join("manifest.json"));
    let forged = of_another_month(&workspace);
    let sealed =
        ratebook_tests::forge::reseal(&fs::read_to_string(&manifest).unwrap(), "bills.parquet", &forged)
            .unwrap();
    fs::write(bills, forged).unwrap();
    fs::write(manifest, sealed).unwrap();
    assert_eq!(workspace.run(&["verify", "--month", MONTH, "--quick"]).unwrap().code, 0);
    let found = workspace.run(&["verify", "--month", MONTH]).unwrap();
    assert_eq!(found.code, 6, "{}", found.told());
    assert!(
        found.stderr.contains("bills.parquet: made once more, it comes out differently"),
        "{}",
        found.told()
    );
}

#[test]
fn a_closed_month_stays_as_it_is() {
    let workspace = example();
    let closed = workspace
        .run(&[
            "close",
            "--month",
            MONTH,
            "--note",
            "agreed with finance",
            "--accept-held",
            "--because",
            "sales decides",
        ])
        .unwrap();
    assert_eq!(closed.code, 0, "{}", closed.told());
    let all = results(&workspace);
    let bytes: Vec<_> = all.iter().map(|path| fs::read(path).unwrap()).collect();
    for path in &all {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o400, "{}", path.display());
    }
    for command in [
        &["run", "--month", MONTH, "--offline"][..],
        &["run", "--month", MONTH, "--offline", "--force"],
        &["rate", "--month", MONTH],
        &["normalize", "--month", MONTH],
        &["fetch", "--month", MONTH],
        &["import", "--month", MONTH, "--source", "metallic", "ratebook.toml"],
    ] {
        let refused = workspace.run(command).unwrap();
        assert_eq!(refused.code, 12, "{command:?}: {}", refused.told());
        assert!(
            refused.stderr.contains("ratebook adjust --month 2026-03 --into 2026-04"),
            "{}",
            refused.told()
        );
    }
    for again in [
        &["close", "--month", MONTH, "--accept-held", "--because", "sales decides"][..],
        &["verify", "--month", MONTH],
        &["status"],
    ] {
        assert_eq!(workspace.run(again).unwrap().code, 0);
    }
    assert_eq!(all, results(&workspace));
    assert!(all.iter().zip(bytes).all(|(path, bytes)| fs::read(path).unwrap() == bytes));
    for name in ["closed.json", "manifest.json", "bills.parquet"] {
        let path = workspace.path().join("runs").join(MONTH).join(name);
        let whole = fs::read(&path).unwrap();
        let mut bytes = whole.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, bytes).unwrap();
        let found = workspace.run(&["verify", "--month", MONTH, "--quick"]).unwrap();
        assert_eq!(found.code, 12, "{name}: {}", found.told());
        assert!(found.stderr.contains(name), "{name}: {}", found.told());
        fs::write(&path, whole).unwrap();
    }
}

#[test]
fn what_stands_in_the_way_of_closing_is_told_at_once() {
    let workspace = example();
    assert_eq!(workspace.run(&["run", "--month", "2026-04", "--offline"]).unwrap().code, 0);
    workspace.replace("rules/main.toml", "version = 1", "version = 1 # looked at").unwrap();
    let refused = workspace
        .run(&["close", "--month", "2026-04", "--accept-held", "--because", "sales decides"])
        .unwrap();
    assert_eq!(refused.code, 4);
    insta::assert_snapshot!("not_closed", refused.told());
    insta::assert_snapshot!("status_with_changed_rules", workspace.run(&["status"]).unwrap().told());
}

#[test]
fn what_was_changed_by_hand_is_not_overwritten() {
    let workspace = example();
    let bills = workspace.path().join("runs").join(MONTH).join("bills.parquet");
    let made = fs::read(&bills).unwrap();
    fs::write(&bills, "{}").unwrap();
    let refused = workspace.run(&["run", "--month", MONTH, "--offline"]).unwrap();
    assert_eq!(refused.code, 12);
    assert!(refused.stderr.contains("bills.parquet: it has 2 bytes"), "{}", refused.told());
    assert_eq!(fs::read(&bills).unwrap(), b"{}");
    assert_eq!(workspace.run(&["run", "--month", MONTH, "--offline", "--force"]).unwrap().code, 0);
    assert_eq!(fs::read(&bills).unwrap(), made);
}
