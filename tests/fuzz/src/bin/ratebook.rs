//! The fuzzer of what ratebook itself reads.
#![no_main]

#[path = "../targets/mod.rs"]
mod targets;

ratebook_fuzz_entry::fuzz!(targets::TARGETS);
