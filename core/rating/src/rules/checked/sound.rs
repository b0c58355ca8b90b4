//! What checking ends in.

use std::collections::BTreeMap;

use super::bill_rule::BillRule;
use super::books::Book;
use super::parties::Party;
use super::rates::Rates;
use super::rule::Rule;
use super::settings::Settings;
use crate::rules::problem::Warning;
use crate::rules::written::Table;

/// Everything that the files say.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) settings: Settings,
    pub(crate) customers: BTreeMap<String, Party>,
    pub(crate) partners: BTreeMap<String, Party>,
    pub(crate) rates: Rates,
    pub(crate) books: Vec<Book>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) bills: Vec<BillRule>,
    pub(crate) warnings: Vec<Warning>,
}

/// A file as it was read.
pub(crate) struct WrittenFile {
    pub(crate) file: usize,
    pub(crate) table: Table,
}
