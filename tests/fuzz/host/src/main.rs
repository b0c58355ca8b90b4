//! The fuzzer of what the host reads of a workspace, of its own months, of plugins and beneath a vendor's answers.
#![no_main]

ratebook_fuzz_entry::fuzz!(ratebook::fuzzed::TARGETS);
