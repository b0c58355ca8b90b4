//! The fuzzer of the plugin for Metallic.
#![no_main]

#[path = "../targets/mapped.rs"]
mod mapped;
#[path = "../targets/metallic.rs"]
mod metallic;

ratebook_fuzz_entry::fuzz!(metallic::TARGETS);
