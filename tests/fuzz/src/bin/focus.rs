//! The fuzzer of the plugin for FOCUS.
#![no_main]

#[path = "../targets/focus.rs"]
mod focus;
#[path = "../targets/mapped.rs"]
mod mapped;

ratebook_fuzz_entry::fuzz!(focus::TARGETS);
