//! Rules checked: every value understood, every rule by itself and all together found sound.

pub(crate) mod bill_rule;
pub(crate) mod books;
mod collisions;
pub(crate) mod common;
mod conflicts;
pub(crate) mod cost;
mod cost_books;
pub(crate) mod expect;
mod meetings;
pub(crate) mod months;
mod never_wins;
pub(crate) mod parties;
mod people;
pub(crate) mod precedence;
pub(crate) mod price;
pub(crate) mod rates;
pub(crate) mod rule;
pub(crate) mod settings;
pub(crate) mod sound;
pub(crate) mod tenants;
pub(crate) mod unit_price;
pub(crate) mod when;

use std::collections::BTreeMap;

use bill_rule::BillRule;
use books::Book;
use common::Common;
use cost::CostSource;
use parties::Party;
use price::PriceSource;
use rates::Rates;
use rule::{Rule, Verb};
use settings::{BillTo, Settings};
use sound::{Checked, WrittenFile};
use when::{Field, Scope, When};

use super::fields::Fields;
use super::files::{RuleFiles, folder, join, safe};
use super::problem::{LoadCode, Warning};
use super::written::{Node, Place, Sources, Value, nearest};

/// Understands the files, the first of which is the root. Reports everything that is wrong; `None` if
/// nothing can be made of them.
pub(crate) fn check(
    written: &[WrittenFile],
    files: &dyn RuleFiles,
    sources: &mut Sources,
) -> Option<Checked> {
    let mut gathered = Gathered::default();
    for (index, file) in written.iter().enumerate() {
        gathered.read(file, index == 0, files, sources);
    }
    let Gathered { settings, customers, partners, rates, books, rules, bills } = gathered;
    let customers = parties::unique(customers, "customer", sources);
    let partners = parties::unique(partners, "partner", sources);
    check_ids(&rules, &bills, sources);
    books::check_overlaps(&books, &|book| rules_of_book(&rules, book), sources);
    check_books(&rules, &books, sources);
    cost_books::check(&rules, &books, sources);
    let mut checked = Checked {
        settings: settings?,
        customers,
        partners,
        rates,
        books,
        rules,
        bills,
        warnings: Vec::new(),
    };
    check_who_is_billed(&checked, sources);
    conflicts::check(&checked, sources);
    checked.warnings = never_wins::never_wins(&checked);
    checked.warnings.extend(book_gaps(&checked.books));
    Some(checked)
}

#[derive(Default)]
struct Gathered {
    settings: Option<Settings>,
    customers: Vec<Party>,
    partners: Vec<Party>,
    rates: Rates,
    books: Vec<Book>,
    rules: Vec<Rule>,
    bills: Vec<BillRule>,
}

impl Gathered {
    fn read(&mut self, written: &WrittenFile, root: bool, files: &dyn RuleFiles, sources: &mut Sources) {
        let file = written.file;
        let place = Place { file, start: 0, end: 0 };
        let mut fields = Fields::new(&written.table, place);
        // Includes were followed when the files were read, constants put in.
        fields.take_known("include");
        let folder = folder(sources.path(file)).to_owned();
        let mut csv = |node: &Node, sources: &mut Sources| read_list(node, &folder, files, sources);
        if root {
            self.read_root(&mut fields, &mut csv, sources);
        }
        let only = fields.take("only").and_then(|node| When::read(node, Scope::Line, sources));
        self.parties(&mut fields, sources);
        if let Some(node) = fields.take("fx") {
            rates::read(node, &mut self.rates, sources);
        }
        for node in list(&mut fields, "book", LoadCode::Book, sources) {
            self.books.extend(Book::read(node, sources, &mut csv));
        }
        for node in list(&mut fields, "rule", LoadCode::Value, sources) {
            let from = sources.mentions.count();
            let rule = Rule::read(node, only.as_ref(), sources);
            name_rule(from, rule.as_ref().map(|rule| &rule.common), sources);
            self.rules.extend(rule);
        }
        for node in list(&mut fields, "bill", LoadCode::Value, sources) {
            let from = sources.mentions.count();
            let rule = BillRule::read(node, only.as_ref(), sources);
            name_rule(from, rule.as_ref().map(|rule| &rule.common), sources);
            self.bills.extend(rule);
        }
        let also = [
            ("version", LoadCode::Version, "`version` stands in the root file only"),
            ("settings", LoadCode::Settings, "[settings] stands in the root file only"),
            ("customers_csv", LoadCode::Settings, "`customers_csv` stands in the root file only"),
        ];
        fields.finish(sources, &also);
    }

    fn read_root(
        &mut self,
        fields: &mut Fields<'_>,
        csv: &mut dyn FnMut(&Node, &mut Sources) -> Option<usize>,
        sources: &mut Sources,
    ) {
        match fields.take("version").map(|node| (&node.value, node.place)) {
            Some((Value::Whole(one), _)) if one == "1" => {}
            Some((Value::Refused, _)) => {}
            Some((_, place)) => {
                sources.report_hint(
                    place,
                    LoadCode::Version,
                    "this version is not known",
                    "write: version = 1",
                );
            }
            None => {
                let hint = "write at its top: version = 1";
                sources.report_hint(fields.place, LoadCode::Version, "the root file says no version", hint);
            }
        }
        match fields.take("settings") {
            Some(node) => self.settings = Settings::read(node, sources),
            None => {
                let hint = "write: [settings] with currency = \"EUR\"";
                sources.report_hint(
                    fields.place,
                    LoadCode::Settings,
                    "the root file has no [settings]",
                    hint,
                );
            }
        }
        if let Some(file) = fields.take("customers_csv").and_then(|node| csv(node, sources)) {
            self.customers.extend(parties::read_csv(file, sources));
        }
    }

    fn parties(&mut self, fields: &mut Fields<'_>, sources: &mut Sources) {
        for (key, into) in [("customer", &mut self.customers), ("partner", &mut self.partners)] {
            let Some(node) = fields.take(key) else { continue };
            let Value::Table(table) = &node.value else {
                let message = format!("write one table for each: [{key}.northwind]");
                sources.report(node.place, LoadCode::Value, message);
                continue;
            };
            for (id, node) in &table.0 {
                into.extend(Party::read(&id.name, id.place, node, sources));
            }
        }
    }
}

/// Says whose the names are that were read since there were `from`.
fn name_rule(from: usize, rule: Option<&Common>, sources: &mut Sources) {
    if let Some(common) = rule {
        sources.mentions.are_by(from, &common.id, common.place);
    }
}

/// The tables of an array of tables.
fn list<'t>(fields: &mut Fields<'t>, key: &'static str, code: LoadCode, sources: &mut Sources) -> &'t [Node] {
    match fields.take(key).map(|node| (&node.value, node.place)) {
        Some((Value::List(list), _)) => list,
        Some((Value::Refused, _)) | None => &[],
        Some((_, place)) => {
            sources.report_hint(
                place,
                code,
                format!("`{key}` is a list of tables"),
                format!("write: [[{key}]]"),
            );
            &[]
        }
    }
}

/// Takes a CSV file in that is named in a rules file.
fn read_list(node: &Node, folder: &str, files: &dyn RuleFiles, sources: &mut Sources) -> Option<usize> {
    let name = sources.text_of(node, LoadCode::Include)?;
    let name = name.strip_prefix("./").unwrap_or(&name);
    if let Err(why) = safe(name) {
        sources.report(node.place, LoadCode::Include, why);
        return None;
    }
    let path = join(folder, name);
    match files.read(&path) {
        Ok(text) => Some(sources.add(&path, text)),
        Err(why) => {
            sources.report(node.place, LoadCode::Include, format!("{path}: {why}"));
            None
        }
    }
}

fn check_ids(rules: &[Rule], bills: &[BillRule], sources: &mut Sources) {
    let commons = rules.iter().map(|rule| &rule.common).chain(bills.iter().map(|rule| &rule.common));
    let mut places: Vec<(&str, Place)> = commons.map(|common| (common.id.as_str(), common.place)).collect();
    places.sort_unstable();
    for pair in places.windows(2) {
        if pair[0].0 == pair[1].0 {
            let message = format!("the id \"{}\" is used already, at {}", pair[1].0, sources.spot(pair[0].1));
            let hint = Some("give one of them another id".to_owned());
            sources.report_with(pair[1].1, LoadCode::Duplicate, message, hint, vec![pair[1].0.to_owned()]);
        }
    }
}

/// The rules that take their prices from a book.
fn rules_of_book(rules: &[Rule], book: &str) -> Vec<String> {
    let takes = |rule: &&Rule| match &rule.verb {
        Verb::Price(price) => matches!(&price.source, PriceSource::Book(id, _) if id == book),
        Verb::Cost(cost) => matches!(&cost.source, CostSource::Book(id, _) if id == book),
        _ => false,
    };
    rules.iter().filter(takes).map(|rule| rule.common.id.clone()).collect()
}

fn check_books(rules: &[Rule], books: &[Book], sources: &mut Sources) {
    for rule in rules {
        let Verb::Price(price) = &rule.verb else { continue };
        let PriceSource::Book(id, place) = &price.source else { continue };
        if !books.iter().any(|book| book.id == *id) {
            let near = nearest(id, books.iter().map(|book| book.id.as_str()));
            let hint = near.map(|near| format!("did you mean \"{near}\"?"));
            let message = format!("there is no book \"{id}\"");
            sources.report_with(*place, LoadCode::Book, message, hint, vec![rule.common.id.clone()]);
        }
    }
}

fn check_who_is_billed(checked: &Checked, sources: &mut Sources) {
    let partners = checked.settings.bill_to == BillTo::Partner;
    for rule in &checked.rules {
        if let Verb::Price(price) = &rule.verb {
            price.check_bills(&rule.common, partners, sources);
        }
    }
    for rule in &checked.bills {
        if partners && rule.common.when.fields.contains_key(&Field::Customer) {
            let message = format!("rule \"{}\" matches customers, but partners are billed", rule.common.id);
            let hint = "match partner or group (bill_to = \"partner\")";
            sources.report_hint(rule.common.place, LoadCode::When, message, hint);
        }
    }
}

/// Books whose versions leave months between them out.
fn book_gaps(books: &[Book]) -> Vec<Warning> {
    let mut by_id: BTreeMap<&str, Vec<months::Months>> = BTreeMap::new();
    for book in books {
        by_id.entry(&book.id).or_default().push(book.months);
    }
    let mut warnings = Vec::new();
    for (id, mut versions) in by_id {
        versions.sort_by_key(|months| (months.from, months.until));
        let mut covered = versions.first().and_then(|months| months.until);
        for version in versions.iter().skip(1) {
            if let (Some(until), Some(from)) = (covered, version.from)
                && until.next() < from
            {
                warnings.push(Warning {
                    code: "W-BOOK-GAP",
                    rules: Vec::new(),
                    line: None,
                    message: format!("book \"{id}\" has no prices between {until} and {from}"),
                });
            }
            covered = match (covered, version.until) {
                (Some(a), Some(b)) => Some(a.max(b)),
                _ => None,
            };
        }
    }
    warnings
}
