//! The fuzzer of the plugin for Sophos.
#![no_main]

#[path = "../targets/mapped.rs"]
mod mapped;
#[path = "../targets/sophos.rs"]
mod sophos;

ratebook_fuzz_entry::fuzz!(sophos::TARGETS);
