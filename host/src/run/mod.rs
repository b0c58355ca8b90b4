//! A month, stage by stage: fetch, normalize, rate, and the manifest that names what came of it.
//!
//! Every stage reads files and writes files, so each can be run alone. Sources are worked on at the same time, a
//! thread each; what is written does not depend on which is done first.

mod adjustments;
mod alike;
mod bounds;
mod contents;
mod costs;
mod counts;
mod decided;
mod facts;
mod fetch;
mod files;
mod finish;
mod import;
mod kept_rules;
mod laid;
mod manifest;
mod mapped;
mod mapping;
mod month;
mod normalize;
mod overlaps;
mod plugin_failures;
mod rate;
mod recognized;
mod references;
mod rows;
mod rules;
mod stages;
mod totals;
mod trial;
mod twice;
mod unpacked;
mod warnings;
mod written;

pub(crate) use adjustments::{adjustment_files, read as adjustments, read_file as adjustments_in};
pub(crate) use bounds::{Accepted, Baseline};
pub(crate) use decided::{DecidedBy, deciding_rules};
pub(crate) use facts::LineFacts;
pub(crate) use fetch::From;
pub(crate) use import::{How, import, sources_of};
pub(crate) use kept_rules::load_kept_rules;
pub(crate) use laid::lay_down;
pub(crate) use manifest::{FileEntry, Manifest};
pub(crate) use month::{BillTables, MonthFolder, MonthLock};
pub(crate) use normalize::Normalized;
pub(crate) use plugin_failures::{plugin_failure, source_failure};
pub(crate) use rate::no_lines;
pub(crate) use recognized::recognized_by;
pub(crate) use rows::{HeldLines, HeldWhy, Rows};
pub(crate) use rules::{RuleTexts, load_rules, load_rules_file, rules_failures};
pub(crate) use stages::Stages;
pub(crate) use totals::Totals;
pub(crate) use unpacked::unpacked;
pub(crate) use warnings::{refused_warnings, warning_text};
