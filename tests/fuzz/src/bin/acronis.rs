//! The fuzzer of the plugin for Acronis.
#![no_main]

#[path = "../targets/acronis.rs"]
mod acronis;
#[path = "../targets/mapped.rs"]
mod mapped;

ratebook_fuzz_entry::fuzz!(acronis::TARGETS);
