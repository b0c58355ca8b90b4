//! The fuzzer of what the host reads of a workspace and of its own months: the host with another `main`.
#![no_main]
#![expect(dead_code, unused_imports, reason = "the host uses more of it")]

#[path = "../../../../host/src/archive/mod.rs"]
mod archive;
#[path = "../../../../host/src/certificates.rs"]
mod certificates;
#[path = "../../../../host/src/cli/mod.rs"]
mod cli;
#[path = "../../../../host/src/config/mod.rs"]
mod config;
#[path = "../../../../host/src/conformance/mod.rs"]
mod conformance;
#[path = "../../../../host/src/diff/mod.rs"]
mod diff;
#[path = "../../../../host/src/disk.rs"]
mod disk;
#[path = "../../../../host/src/failure.rs"]
mod failure;
#[path = "../../../../host/src/fetch/mod.rs"]
mod fetch;
#[path = "../../../../host/src/file_size.rs"]
mod file_size;
#[path = "../../../../host/src/files.rs"]
mod files;
#[path = "../../../../host/src/folders.rs"]
mod folders;
#[path = "../../src/targets/host.rs"]
mod fuzzed;
#[path = "../../../../host/src/hold.rs"]
mod hold;
#[path = "../../../../host/src/index/mod.rs"]
mod index;
#[path = "../../../../host/src/inputs.rs"]
mod inputs;
#[path = "../../../../host/src/output/mod.rs"]
mod output;
#[path = "../../../../host/src/plugins/mod.rs"]
mod plugins;
#[path = "../../../../host/src/publish/mod.rs"]
mod publish;
#[path = "../../../../host/src/rating/mod.rs"]
mod rating;
#[path = "../../../../host/src/run/mod.rs"]
mod run;
#[path = "../../../../host/src/seal.rs"]
mod seal;
#[path = "../../../../host/src/stop.rs"]
mod stop;
#[path = "../../../../host/src/template.rs"]
mod template;
#[path = "../../../../host/src/terminal.rs"]
mod terminal;
#[path = "../../../../host/src/testing/mod.rs"]
mod testing;
#[path = "../../../../host/src/threads.rs"]
mod threads;

ratebook_fuzz_entry::fuzz!(fuzzed::TARGETS);
