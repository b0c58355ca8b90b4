//! What contains a plugin: whole on a system that has it all, told and warned of on one that has not.

use std::collections::BTreeMap;

use seccompiler::{SeccompAction, SeccompFilter, TargetArch, apply_filter};
use serde_json::json;

use crate::support::{TestHost, Workspace, config, map_with, options};
use ratebook::for_tests::{Confinement, Options, Plugins, Sandbox};

/// Does something in a thread, and in the processes that it starts, to which the kernel refuses some system calls.
fn without<T: Send>(calls: &[i64], work: impl FnOnce() -> T + Send) -> T {
    let rules: BTreeMap<_, _> = calls.iter().map(|call| (*call, Vec::new())).collect();
    let (refuse, machine) = (SeccompAction::Errno(38), TargetArch::try_from(std::env::consts::ARCH).unwrap());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, machine).unwrap();
    let filter: seccompiler::BpfProgram = filter.try_into().unwrap();
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            apply_filter(&filter).unwrap();
            work()
        });
        thread.join().unwrap()
    })
}

fn plugins(options: Options) -> (Workspace, Plugins) {
    let workspace = Workspace::with(&["misbehaving"]);
    let plugins = workspace.plugins_with(options);
    (workspace, plugins)
}

fn in_force(sandbox: &Sandbox) -> Vec<&str> {
    sandbox.parts.iter().filter(|part| part.in_force).map(|part| part.name.as_str()).collect()
}

#[test]
fn an_old_kernel_is_told_and_warned_of_once() {
    let (_workspace, plugins) = plugins(options());
    without(&[libc::SYS_landlock_create_ruleset], || {
        let sandbox = plugins.sandbox().unwrap();
        assert_eq!(in_force(&sandbox), ["seccomp", "memory", "cpu"]);
        assert_eq!(
            sandbox.to_string(),
            "seccomp, memory, cpu; not in force: landlock (this kernel has none)"
        );
        let warning = plugins.warning().unwrap();
        assert_eq!(
            warning,
            "the sandbox of plugins is not whole here; not in force: landlock (this kernel has none)"
        );
        assert_eq!(plugins.warning(), None);
    });
    without(&[libc::SYS_seccomp], || {
        let sandbox = plugins.sandbox().unwrap();
        assert!(!in_force(&sandbox).contains(&"seccomp"), "{sandbox}");
        assert!(sandbox.to_string().contains("not in force: seccomp (the kernel refuses it: "), "{sandbox}");
    });
}

#[test]
fn each_half_keeps_files_closed_without_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "secret").unwrap();
    for call in [libc::SYS_landlock_create_ruleset, libc::SYS_seccomp] {
        for (wrong, what) in [("read-file", "ReadFile"), ("write-file", "WriteFile")] {
            let values = json!({ "wrong": wrong, "path": file });
            let error =
                without(&[call], || map_with(values, options(), &mut TestHost::new("A\n")).unwrap_err());
            let text = format!("plugin misbehaving: {what}: Permission denied (os error 13)");
            assert_eq!(error.to_string(), text, "without {call}");
        }
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "secret");
}

#[test]
fn plugins_run_with_what_there_is_unless_the_source_requires_all() {
    let refused = [libc::SYS_landlock_create_ruleset, libc::SYS_seccomp];
    let mut host = TestHost::new("A\n");
    without(&refused, || map_with(json!({}), options(), &mut host)).unwrap();
    assert_eq!(host.lines, 1);

    let require = || Options { sandbox: Confinement::Require, ..options() };
    let error = without(&refused, || map_with(json!({}), require(), &mut TestHost::new("A\n")).unwrap_err());
    let text = error.to_string();
    let begins = "plugin misbehaving was not loaded: its source requires the sandbox, and here is not in force: seccomp (";
    assert!(text.starts_with(begins) && text.ends_with("landlock (this kernel has none)"), "{text}");

    let in_process = Options { in_process: true, ..require() };
    let error = map_with(json!({}), in_process, &mut TestHost::new("A\n")).unwrap_err();
    let text = "plugin misbehaving was not loaded: its source requires the sandbox, and in this process there is none";
    assert_eq!(error.to_string(), text);
}

#[test]
fn in_this_process_nothing_contains_plugins_and_that_is_said() {
    let (_workspace, plugins) = plugins(Options { in_process: true, ..options() });
    plugins.get("misbehaving").unwrap().check(&config(json!({}))).unwrap();
    let warning = plugins.warning().unwrap();
    assert_eq!(warning, "plugins run in this process, so nothing contains them: no sandbox, no limits");
}
