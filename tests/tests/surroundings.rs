//! What surrounds a run: the environment, its descriptors, its output, its command line.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends here")]

use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Output, Stdio};

use ratebook_tests::left::{results, torn};
use ratebook_tests::workspace::{MONTH, Workspace};

const RUN: [&str; 4] = ["run", "--month", MONTH, "--offline"];

fn example() -> Workspace {
    Workspace::of_the_example().unwrap()
}

/// Runs a command behind a line of shell that sets something up.
fn behind(setup: &str, workspace: &Workspace, arguments: &[&str]) -> Output {
    let command = workspace.command(arguments);
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{setup}; exec \"$@\""), "sh"]).arg(command.get_program());
    shell.args(command.get_args()).current_dir(workspace.path()).output().unwrap()
}

#[test]
fn what_surrounds_a_run_changes_no_byte() {
    let plain = example();
    assert_eq!(plain.run(&RUN).unwrap().code, 0);
    let expected = results(&plain).unwrap();
    for setup in [
        "export TZ=Pacific/Kiritimati LC_ALL=de_DE.UTF-8 LANG=tr_TR.UTF-8",
        "unset HOME; export TMPDIR=/nowhere",
        "export HOME=/proc/nowhere HOSTNAME=elsewhere; umask 077; cd /",
    ] {
        let workspace = example();
        let ran = workspace.ran(&behind(setup, &workspace, &RUN));
        assert_eq!(ran.code, 0, "{setup}: {}", ran.told());
        assert!(results(&workspace).unwrap() == expected, "{setup} changes what comes out");
    }
}

#[test]
fn few_descriptors_are_enough_or_are_told() {
    for limit in [6, 7, 8, 12, 16, 20, 24, 32] {
        let workspace = example();
        let ran = workspace.ran(&behind(&format!("ulimit -n {limit}"), &workspace, &RUN));
        match ran.code {
            0 => {}
            // A worker that has started and finds none left is told as its plugin's.
            8 | 9 if limit < 32 => {
                assert!(ran.stderr.contains("(os error ") && ran.stderr.contains("error["), "{}", ran.told());
            }
            _ => panic!("{limit}: {}", ran.told()),
        }
        assert!(torn(&results(&workspace).unwrap()).is_empty());
        assert_eq!(workspace.run(&RUN).unwrap().code, 0, "after {limit}");
    }
}

/// Hard limits of ratebook itself are what plugins get at most, and that is said once.
#[cfg(target_os = "linux")]
#[test]
fn l14_plugins_get_what_is_allowed_and_no_more() {
    for (setup, said) in [
        ("ulimit -v 3145728", "plugins get 3 GiB of memory instead of 4 GiB"),
        ("ulimit -t 600", "plugins get 599 s of processor time instead of 3600 s"),
    ] {
        let workspace = example();
        let ran = workspace.ran(&behind(setup, &workspace, &RUN));
        assert_eq!(ran.code, 0, "{setup}: {}", ran.told());
        assert_eq!(ran.stderr.matches(said).count(), 1, "{setup}: {}", ran.told());
        let list = workspace.ran(&behind(setup, &workspace, &["plugin", "list"]));
        assert!(list.stdout.contains("more is not allowed here"), "{setup}: {}", list.told());
    }
}

/// Files that may not grow are told as a disk that is full; no plugin is blamed for it.
#[cfg(target_os = "linux")]
#[test]
fn d20_files_that_may_not_grow_are_told() {
    for blocks in [1, 2, 4, 16, 64] {
        let workspace = example();
        let ran = workspace.ran(&behind(&format!("ulimit -f {blocks}"), &workspace, &RUN));
        match ran.code {
            0 if blocks >= 16 => {}
            9 => assert!(ran.stderr.contains("error[E-STORAGE]"), "{blocks}: {}", ran.told()),
            _ => panic!("{blocks}: {}", ran.told()),
        }
        assert_eq!(ran.stderr.contains("see `ulimit -f`"), ran.code == 9, "{blocks}: {}", ran.told());
        assert!(torn(&results(&workspace).unwrap()).is_empty());
        assert_eq!(workspace.run(&RUN).unwrap().code, 0, "after {blocks}");
    }
}

/// Few processes and threads are enough, or are told as what they are. Root is not limited, so it becomes nobody.
#[cfg(target_os = "linux")]
#[test]
fn d19_few_processes_are_enough_or_are_told() {
    let is_root = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0;
    let has = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !has("prlimit") || (is_root && !has("setpriv")) {
        eprintln!("not tested: there is no prlimit, or no setpriv for root, which is not limited");
        return;
    }
    let mut seen = Vec::new();
    for limit in [1, 3, 4, 6, 8, 10, 12, 16, 200] {
        let workspace = example();
        // Where nobody may read.
        let binary = workspace.path().join("ratebook");
        std::fs::copy(&ratebook_tests::built::built().ratebook, &binary).unwrap();
        for id in ["acronis", "metallic"] {
            let library = ratebook_tests::built::built().plugin(id);
            std::fs::copy(&library, workspace.path().join(library.file_name().unwrap())).unwrap();
        }
        let mut limited = Command::new("prlimit");
        limited.arg(format!("--nproc={limit}"));
        if is_root {
            let own = Command::new("chown").args(["-R", "65534:65534"]).arg(workspace.path()).status();
            assert!(own.unwrap().success());
            limited.args(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
        }
        limited.arg(&binary).args(RUN).arg("--workspace").arg(workspace.path());
        let ran = workspace.ran(&limited.env("TMPDIR", workspace.path()).output().unwrap());
        let told = format!("{limit}: {}", ran.told());
        match ran.code {
            0 => {}
            9 => assert!(ran.stderr.contains("error[E-STORAGE]") && limit < 200, "{told}"),
            _ => panic!("{told}"),
        }
        assert!(!ran.stderr.contains("E-INTERNAL") && !ran.stderr.contains("panicked"), "{told}");
        seen.push(ran.code);
    }
    assert!(seen.first() == Some(&9) && seen.last() == Some(&0), "{seen:?}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let workspace = example();
    assert_eq!(workspace.run(&RUN).unwrap().code, 0);
    for arguments in [&RUN[..], &["explain", "--month", MONTH], &["status"], &["verify", "--month", MONTH]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = workspace.command(arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.signal(), None, "{arguments:?}");
        let ran = workspace.ran(&output);
        assert_eq!((ran.code, ran.stderr.contains("error")), (0, false), "{arguments:?}: {}", ran.told());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let workspace = example();
    assert_eq!(workspace.run(&RUN).unwrap().code, 0);
    for arguments in [&RUN[..], &["explain", "--month", MONTH, "--format", "json"], &["status"]] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = workspace.command(arguments).stdout(full).output().unwrap();
        let ran = workspace.ran(&output);
        assert_eq!(ran.code, 9, "{arguments:?}: {}", ran.told());
        assert!(ran.stderr.contains("E-STORAGE"), "{}", ran.told());
    }
}

#[test]
fn months_that_cannot_be_billed_are_refused() {
    let workspace = example();
    for (month, words) in [("9998-01", "is in the future"), ("2026-13", "2026-13"), ("March", "March")] {
        let ran = workspace.run(&["run", "--month", month, "--offline"]).unwrap();
        assert!(ran.code == 2 && ran.stderr.contains(words), "{month}: {}", ran.told());
    }
    assert!(!workspace.path().join("runs").exists());
}

/// Whoever can list processes reads their arguments.
#[test]
fn no_option_takes_a_secret() {
    let mut left = vec![Vec::new()];
    let mut seen = 0;
    while let Some(command) = left.pop() {
        let arguments: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
        // Without a workspace: help needs none.
        let output =
            Command::new(&ratebook_tests::built::built().ratebook).args(&arguments).output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{arguments:?}: {help}");
        seen += 1;
        for word in help.split_whitespace().filter(|word| word.starts_with("--")) {
            let takes = ["secret", "token", "password", "key"].iter().any(|secret| word.contains(secret));
            assert!(!takes, "{arguments:?} has {word}");
        }
        let commands = help.split_once("\nCommands:\n").map_or("", |(_, commands)| commands);
        let names = commands.lines().take_while(|line| !line.is_empty());
        // Indented further is what goes on of the line before.
        for name in names.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()) {
            if !name.is_empty() && name != "help" {
                left.push(command.iter().cloned().chain([name.to_owned()]).collect());
            }
        }
    }
    assert!(seen > 20, "{seen} commands");
}
