//! Every wrong thing: no death of the host, no false success, one line of reason.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ratebook_plugin::ProblemKind;
use serde_json::json;

use crate::support::{TestHost, Workspace, config, error_of, map_with, month, options};
use ratebook::for_tests::{LEAST_MEMORY, Limits, Options, PluginError};

fn message(wrong: &str, at: &str, lines: u64) -> String {
    error_of(wrong, at, lines, options()).to_string()
}

#[test]
fn a_panic_is_a_problem_with_its_place() {
    for at in ["open", "collect", "map"] {
        let error = error_of("panic", at, 0, options());
        assert_eq!(error.problem().unwrap().kind, ProblemKind::Plugin);
        let text = error.to_string();
        let place = "plugin misbehaving: it panicked at tests/misbehaving/src/wrong.rs:";
        assert!(text.starts_with(place) && text.ends_with(": as it was told, 1 times"), "{text}");
    }
    let text = message("panic-without-text", "map", 0);
    assert!(text.ends_with(": no message"), "{text}");
    let text = message("own-hook-and-panic", "map", 0);
    assert_eq!(text, "plugin misbehaving: it panicked at an unknown place: with a hook of its own");
}

#[test]
fn a_panic_in_a_thread_of_the_plugin_is_its_own_affair() {
    let mut host = TestHost::new("A\n");
    map_with(json!({ "wrong": "panic-in-thread" }), options(), &mut host).unwrap();
    assert_eq!(host.lines, 1);
}

#[test]
fn a_crash_says_the_signal_and_how_many_lines_had_come() {
    assert_eq!(
        message("segfault", "map", 70_000),
        "plugin misbehaving stopped with signal 11 (memory that is not its own) after 65536 lines. None of them was used"
    );
    let abort = "plugin misbehaving stopped with signal 6 (it gave up) before any line";
    assert_eq!(message("abort", "collect", 0), abort);
    assert_eq!(message("abort", "open", 0), abort);
    let overflow = error_of("stack-overflow", "map", 0, options());
    assert_eq!(overflow.to_string(), abort);
    assert!(overflow.said().unwrap().contains("stack"), "{overflow:?}");
}

#[test]
fn an_exit_is_a_failure_whatever_the_code() {
    assert_eq!(message("exit-0", "map", 0), "plugin misbehaving stopped with exit code 0 before any line");
    assert_eq!(
        message("exit-0", "collect", 0),
        "plugin misbehaving stopped with exit code 0 before any line"
    );
    assert_eq!(
        message("exit-0", "map", 70_000),
        "plugin misbehaving stopped with exit code 0 after 65536 lines. None of them was used"
    );
    assert_eq!(message("exit-3", "open", 0), "plugin misbehaving stopped with exit code 3 before any line");
}

#[test]
fn last_words_are_kept_and_made_harmless() {
    let error = error_of("say-secrets-on-stderr", "map", 0, options());
    assert_eq!(error.said(), Some("the last words\\u{1b}[2J"));
}

#[test]
fn silence_has_an_end() {
    let short = || Options { silence: Duration::from_millis(700), ..options() };
    for (wrong, at, lines) in [("hang", "open", 0), ("hang", "collect", 0), ("spin", "map", 70_000)] {
        let since = Instant::now();
        let error = error_of(wrong, at, lines, short());
        assert!(matches!(error, PluginError::Silent { .. }), "{error}");
        assert!(since.elapsed() < Duration::from_secs(20));
    }
    let error = error_of("hang", "map", 70_000, Options { silence: Duration::from_secs(1), ..options() });
    let text =
        "plugin misbehaving did nothing for 1 s and was stopped after 65536 lines. None of them was used";
    assert_eq!(error.to_string(), text);
}

#[test]
fn a_stopped_run_stops_the_plugin() {
    let cancel = Arc::new(AtomicBool::new(false));
    let later = Arc::clone(&cancel);
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        later.store(true, Ordering::Relaxed);
    });
    let since = Instant::now();
    let error = error_of("hang", "map", 0, Options { cancel, ..options() });
    assert_eq!(error.to_string(), "plugin misbehaving was stopped with the run");
    assert!(since.elapsed() < Duration::from_secs(15));
}

#[test]
fn memory_has_an_end() {
    let limits = Limits { memory: 1 << 30, ..Limits::default() };
    for (wrong, memory, said) in
        [("allocate", limits.memory, "1 GiB"), ("allocate-100-gb", 5 << 29, "2560 MiB")]
    {
        let limits = Limits { memory, ..limits };
        let error = error_of(wrong, "map", 0, Options { limits, ..options() });
        let text = format!(
            "plugin misbehaving wanted more memory than its limit of {said} and was stopped before any line"
        );
        assert_eq!(error.to_string(), text);
        assert!(error.fix().unwrap().contains("raise `memory` in the [source.<name>.limits]"), "{error:?}");
    }
}

#[test]
fn a_worker_starts_in_the_least_memory_that_may_be_given() {
    let limits = Limits { memory: LEAST_MEMORY, ..Limits::default() };
    let mut host = TestHost::new("A\n");
    map_with(json!({ "lines": 70_000 }), Options { limits, ..options() }, &mut host).unwrap();
    assert_eq!(host.lines, 70_001);
}

#[test]
fn lines_have_an_end() {
    let limits = Limits { lines: 10_000, ..Limits::default() };
    let error = error_of("endless-lines", "map", 0, Options { limits, ..options() });
    let text = "plugin misbehaving handed over more records than its limit of 10000 and was stopped after 65536 lines. \
                None of them was used";
    assert_eq!(error.to_string(), text);
    assert!(error.fix().unwrap().contains("raise `lines`"), "{error:?}");
}

#[test]
fn time_has_an_end_waited_for_or_worked() {
    let limits = Limits { time: Duration::from_secs(1), ..Limits::default() };
    let text = "plugin misbehaving worked longer than its limit of 1 s and was stopped before any line";
    for wrong in ["hang", "hang-deaf-to-signals", "spin", "spin-in-threads"] {
        let error = error_of(wrong, "collect", 0, Options { limits, ..options() });
        assert_eq!(error.to_string(), text, "{wrong}");
        assert!(error.fix().unwrap().contains("raise `time`"), "{error:?}");
    }
    // Nobody waits for a plugin whose lines are still being looked at; its processor time is counted all the same.
    let limits = Limits { time: Duration::from_secs(1), ..Limits::default() };
    let error = error_of("endless-lines", "map", 0, Options { limits, ..options() });
    assert!(
        error.to_string().starts_with("plugin misbehaving worked longer than its limit of 1 s"),
        "{error}"
    );
}

#[test]
fn a_pipe_that_is_closed_or_written_to_is_no_success() {
    let closed = message("close-fds", "map", 70_000);
    assert!(closed.starts_with("plugin misbehaving stopped with exit code 1"), "{closed}");
    let garbage = message("garbage-on-the-pipe", "map", 0);
    let rules =
        "plugin misbehaving broke the rules of the pipe (a frame is of no known kind) and was stopped";
    assert!(garbage.starts_with(rules), "{garbage}");
    let end = message("end-on-the-pipe", "map", 0);
    assert!(end.starts_with("plugin misbehaving broke the rules of the pipe (a message is not"), "{end}");
}

#[test]
fn a_refused_batch_ends_the_call_even_if_the_plugin_goes_on() {
    for in_process in [false, true] {
        let mut host = TestHost { refuse_after: Some(3000), ..TestHost::new("A\n") };
        let options = Options { in_process, ..options() };
        let error = map_with(json!({ "wrong": "swallow-refusals" }), options, &mut host).unwrap_err();
        assert_eq!(error.to_string(), "plugin misbehaving: the host does not take this line");
        assert_eq!(error.problem().unwrap().kind, ProblemKind::Data);
    }
}

#[test]
fn a_problem_of_the_configuration_is_the_plugins_own() {
    let workspace = Workspace::with(&["misbehaving"]);
    for in_process in [false, true] {
        let plugins = workspace.plugins_with(Options { in_process, ..options() });
        let plugin = plugins.get("misbehaving").unwrap();
        let error = plugin.check(&config(json!({ "wrng": "panic" }))).unwrap_err();
        let problem = error.problem().unwrap();
        assert_eq!((problem.kind, problem.key.as_deref()), (ProblemKind::Config, Some("wrng")));
        plugin.check(&config(json!({}))).unwrap();
    }
}

#[test]
fn in_this_process_a_panic_is_a_problem_too() {
    let options = Options { in_process: true, ..options() };
    let text = error_of("panic", "map", 70_000, options).to_string();
    assert!(text.starts_with("plugin misbehaving: it panicked at tests/misbehaving/src/wrong.rs:"), "{text}");
}

#[test]
fn every_call_reaches_the_host() {
    let workspace = Workspace::with(&["misbehaving"]);
    for in_process in [false, true] {
        let plugins = workspace.plugins_with(Options { in_process, ..options() });
        let plugin = plugins.get("misbehaving").unwrap();
        let mut host = TestHost::default();
        plugin.collect(&config(json!({})), month(), &mut host).unwrap();
        assert_eq!(host.notes, [("collected".to_owned(), Some("yes".to_owned()))]);
        assert_eq!(plugin.recognize("a.txt", b"A").unwrap().as_deref(), Some("misbehaving-text"));
        assert_eq!(plugin.recognize("a.csv", b"A").unwrap(), None);
        assert!(plugin.recognize("a.csv", b"panic").unwrap_err().to_string().contains("make it panic"));
    }
}
