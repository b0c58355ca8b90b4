//! The fuzzer of the plugin for exports by a map.
#![no_main]

#[path = "../targets/mapped.rs"]
mod mapped;
#[path = "../targets/table.rs"]
mod table;

ratebook_fuzz_entry::fuzz!(table::TARGETS);
