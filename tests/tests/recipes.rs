//! What is written to be followed, followed: the recipes in examples/ci as their CI would run them, docs/testing.md
//! command by command. What they call is there and does what they say.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ratebook_tests::built::built;
use tempfile::TempDir;

/// Stands for GitHub's `gh`: keeps how it was called.
const GH: &str = "#!/bin/sh\necho \"$@\" >> \"$CALLS\"\n";

const LIST_PRICE: &str = "\"SPGAMSENS\" = \"3.20\"";

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

fn recipe(name: &str) -> String {
    fs::read_to_string(examples().join("ci").join(name)).unwrap()
}

/// The scripts of the workflow's steps, by the steps' names.
fn steps(workflow: &str) -> Vec<(&str, String)> {
    let mut steps: Vec<(&str, String)> = Vec::new();
    let mut in_script = false;
    for line in workflow.lines() {
        let indent = line.len() - line.trim_start().len();
        if let Some(name) = line.strip_prefix("      - name: ") {
            steps.push((name, String::new()));
        }
        in_script = line == "        run: |" || (in_script && (line.is_empty() || indent >= 10));
        if let (true, 10.., Some((_, script))) = (in_script, indent, steps.last_mut()) {
            script.push_str(line.trim_start());
            script.push('\n');
        }
    }
    steps
}

/// A repository that holds the example, committed as `origin/main`, with another list price on top of it.
struct Repository {
    folder: TempDir,
}

impl Repository {
    fn with_a_workstation_at(price: &str) -> Repository {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository { folder };
        let root = repository.root();
        fs::create_dir_all(root.join(".bin")).unwrap();
        fs::write(root.join(".bin/gh"), GH).unwrap();
        let (code, told) = repository.shell(
            "chmod +x .bin/gh
            cp -R \"$EXAMPLE/ratebook.toml\" \"$EXAMPLE/rules\" \"$EXAMPLE/recordings\" \"$EXAMPLE/tests\" .
            git init --quiet --initial-branch=main
            git add ratebook.toml rules tests
            git commit --quiet --message=Rules
            git update-ref refs/remotes/origin/main HEAD",
        );
        assert_eq!(code, 0, "{told}");
        repository.price_a_workstation(price);
        repository
    }

    fn price_a_workstation(&self, price: &str) {
        let book = self.root().join("rules/books/acronis-2026.toml");
        let text = fs::read_to_string(&book).unwrap();
        assert!(text.contains(LIST_PRICE));
        fs::write(book, text.replace(LIST_PRICE, &format!("\"SPGAMSENS\" = \"{price}\""))).unwrap();
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a script as the CI does; its exit code, and all that was printed.
    fn shell(&self, script: &str) -> (i32, String) {
        let beside = |path: &Path| path.parent().unwrap().display().to_string();
        let path = [
            self.root().join(".bin").display().to_string(),
            beside(&built().ratebook),
            std::env::var("PATH").unwrap_or_default(),
        ]
        .join(":");
        let output = Command::new("bash")
            .args(["-e", "-c", script])
            .current_dir(self.root())
            .env_clear()
            .env("PATH", path)
            .env("CI", "true")
            .env("BASE", "main")
            .env("PULL_REQUEST", "7")
            .env("OWN", "true")
            .env("CALLS", self.root().join("calls"))
            .env("GITHUB_STEP_SUMMARY", self.root().join("summary"))
            .env("EXAMPLE", examples().join("month"))
            .envs(["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"].map(|name| (name, "Test")))
            .envs(["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"].map(|name| (name, "test@example.com")))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .unwrap();
        let told = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        (output.status.code().unwrap_or(-1), told.concat())
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.root().join(name)).unwrap_or_default()
    }

    /// Runs the steps of the workflow that call ratebook or gh; their exit codes.
    fn workflow(&self) -> Vec<i32> {
        let workflow = recipe("github.yml");
        let steps = steps(&workflow);
        let names: Vec<&str> = steps.iter().map(|(name, _)| *name).collect();
        let expected = [
            "Put ratebook on the PATH",
            "Are rules and configuration good?",
            "Whose bill moves?",
            "Say it on the pull request",
            "Are all bills as expected?",
        ];
        assert_eq!(names, expected);
        let ran = steps.iter().skip(1).map(|(name, script)| {
            assert!(script.contains("ratebook ") || script.contains("gh pr comment "), "{name}: {script}");
            self.shell(script).0
        });
        ran.collect()
    }
}

#[test]
fn a_small_change_is_told_and_waits_for_somebody_to_accept_it() {
    let repository = Repository::with_a_workstation_at("3.25");
    assert_eq!(repository.workflow(), [0, 0, 0, 4]);
    let diff = repository.read("diff.md");
    assert!(diff.contains("book acronis, SPGAMSENS: each 3.20 -&gt; 3.25"), "{diff}");
    assert_eq!(repository.read("summary"), diff);
    assert_eq!(repository.read("comment.md"), diff);
    let called = "pr comment 7 --body-file comment.md --edit-last --create-if-none\n";
    assert_eq!(repository.read("calls"), called);

    let accepted = repository.shell("CI= ratebook test --accept --quiet 2026-03 2026-04");
    assert_eq!(accepted.0, 0, "{}", accepted.1);
    assert_eq!(repository.workflow()[3], 4, "a case written by hand is nothing that --accept changes");
}

#[test]
fn a_change_beyond_the_limits_fails_and_is_told_all_the_same() {
    let repository = Repository::with_a_workstation_at("4.20");
    assert_eq!(repository.workflow(), [0, 4, 0, 4]);
    assert!(repository.read("comment.md").contains("**Limit passed:**"), "{}", repository.read("diff.md"));
}

#[test]
fn rules_that_are_refused_leave_nothing_to_say() {
    let repository = Repository::with_a_workstation_at("three");
    assert_eq!(repository.workflow(), [3, 3, 0, 3]);
    assert_eq!(repository.read("calls"), "");
}

#[test]
fn the_script_for_any_other_ci_ends_as_the_workflow() {
    for (price, code) in [("3.20", 0), ("3.25", 4), ("4.20", 4), ("three", 3)] {
        let repository = Repository::with_a_workstation_at(price);
        let (ended, told) = repository.shell(&format!("sh {}", examples().join("ci/any-ci.sh").display()));
        assert_eq!(ended, code, "{price}: {told}");
    }
}

/// The commands of a page, each with the text before it and the lines that are shown of its output.
fn commands(page: &str) -> Vec<(&str, &str, Vec<&str>)> {
    let mut commands: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    let mut before = 0;
    while let Some(begin) = page[before..].find("```console\n").map(|at| before + at) {
        let end = begin + page[begin..].find("\n```\n").unwrap();
        for line in page[begin..end].lines().skip(1) {
            match (line.strip_prefix("$ "), commands.last_mut()) {
                (Some(command), _) => commands.push((&page[before..begin], command, Vec::new())),
                (None, last) => last.unwrap().2.push(line),
            }
        }
        before = end + 4;
    }
    commands
}

#[test]
fn the_guide_to_testing_shows_what_happens() {
    let guide = fs::read_to_string(examples().join("../docs/testing.md")).unwrap();
    let commands = commands(&guide);
    assert!(commands.len() > 8, "{commands:?}");
    let repository = Repository::with_a_workstation_at("3.20");
    let unrecorded = repository.shell("git rm -r --quiet tests/2026-04 && git commit --quiet --message=None");
    assert_eq!(unrecorded.0, 0, "{}", unrecorded.1);
    let mut edited = false;
    for (before, command, expected) in commands {
        if !edited && before.contains("a workstation becomes 3.25 instead of 3.20") {
            repository.price_a_workstation("3.25");
            edited = true;
        }
        let (_, told) = repository.shell(&format!("unset CI; {command}"));
        let mut lines = told.lines();
        for line in expected {
            assert!(lines.any(|told| told == line), "$ {command}\n{told}\nmissing, or out of order: {line}");
        }
    }
    assert!(edited, "the guide changes a price");
}
