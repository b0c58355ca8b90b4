//! A case written by hand: a few lines, and what must come of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use ratebook_line::{Decimal, Month};
use ratebook_rating::{Bill, BillLine, Rated, Rulebook, RunError};
use serde::{Deserialize, Deserializer, de};

use crate::config::Document;
use crate::failure::{Exit, Failure, Failures};
use crate::inputs;
use crate::output::money::signed;
use crate::rating::{How, Sorted, Usage};
use crate::run;

/// No case is longer.
const LONGEST: u64 = 16 << 20;

/// The file that says what must come out.
const FILE: &str = "case.toml";

/// What a case says: `case.toml`. What is not said is not looked at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    #[serde(deserialize_with = "month")]
    month: Month,
    about: Option<String>,
    #[serde(default)]
    bill: BTreeMap<String, ExpectedBill>,
    bills: Option<u64>,
    held: Option<u64>,
    dropped: Option<u64>,
    error: Option<String>,
}

/// What a bill must be.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedBill {
    total: Option<Amount>,
    currency: Option<String>,
    complete: Option<bool>,
    #[serde(default)]
    lines: Vec<ExpectedLine>,
}

/// What the lines of a bill must be that have this SKU and this name (whichever are said), taken together.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedLine {
    sku: Option<String>,
    name: Option<String>,
    quantity: Option<Amount>,
    unit: Option<String>,
    unit_price: Option<Amount>,
    amount: Option<Amount>,
    tax: Option<String>,
}

/// A number, written as a text (`"12.50"`) or as a whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Amount(Decimal);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Amount, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Amount;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number as text, such as \"12.50\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Amount, E> {
                text.parse().map(Amount).map_err(|error| E::custom(format!("{text:?}: {error}")))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Amount, E> {
                Ok(Amount(Decimal::from(number)))
            }
        }
        from.deserialize_any(Visitor)
    }
}

fn month<'de, D: Deserializer<'de>>(from: D) -> Result<Month, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(|error| de::Error::custom(format!("{text:?}: {error}")))
}

/// What became of a case.
#[derive(Debug)]
pub(crate) struct CaseResult {
    /// What it is about, in its author's words.
    pub about: Option<String>,
    /// What is not as it must be; nothing if all is.
    pub wrong: Vec<String>,
}

/// Rates a case and compares.
///
/// # Errors
/// If its files are not there, or do not say what they should: everything that is wrong with them.
pub(crate) fn check(folder: &Path, rulebook: &Rulebook, how: How<'_>) -> Result<CaseResult, Failures> {
    let path = folder.join(FILE);
    let bytes = inputs::read(&path, LONGEST).map_err(|error| Failure::storage(&path, "read", &error))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::new(Exit::Rules, "E-CONFIG", "the file is not UTF-8 text").at(path.display().to_string())
    })?;
    let mut document = Document::new(path.display().to_string(), &text);
    let tables = document.tables();
    // What is no TOML is said once: half a table would only be wrong in a second way.
    let expected: Option<Expected> =
        if document.is_sound() { document.read_table(tables, 0..0) } else { None };
    let Some(expected) = document.finish(expected)? else {
        return Err(Failure::new(Exit::Rules, "E-CONFIG", "the case says nothing")
            .at(path.display().to_string())
            .into());
    };
    if expected.says_nothing() {
        let failure = Failure::new(Exit::Rules, "E-CONFIG", "the case expects nothing, so it cannot fail");
        let advice = "Say what must come out, such as [bill.northwind] total = \"12.50\".";
        return Err(failure.at(path.display().to_string()).fix(advice).into());
    }
    if expected.error.is_some() && (!expected.bill.is_empty() || expected.bills.is_some()) {
        let failure = Failure::new(
            Exit::Rules,
            "E-CONFIG",
            "the case expects an error and bills: there cannot be both",
        );
        return Err(failure.at(path.display().to_string()).into());
    }
    if expected.bill.values().flat_map(|bill| &bill.lines).any(ExpectedLine::names_nothing) {
        let failure = Failure::new(Exit::Rules, "E-CONFIG", "an expected line names neither sku nor name");
        return Err(failure.at(path.display().to_string()).into());
    }
    let own = folder.join("rules.toml");
    let own = if own.is_file() {
        Some(run::load_rules_file(&own).map_err(|failures| of_case(failures, folder))?.0)
    } else {
        None
    };
    let rulebook = own.as_ref().unwrap_or(rulebook);
    let file = lines_of(folder)?;
    let lines = Lines::of(&file);
    let usage = Usage::new(expected.month, vec![file]);
    let rated = Sorted::new(&usage, rulebook, How { parts: 1, ..how })?.rate(0)?;
    let mut wrong = Vec::new();
    expected.compare(&rated, lines, &mut wrong);
    // Several lines of a bill may be wrong in the same way.
    let mut told = BTreeSet::new();
    wrong.retain(|one| told.insert(one.clone()));
    Ok(CaseResult { about: expected.about, wrong })
}

/// The same failures, with the case's folder before the places in its own rules.
fn of_case(failures: Failures, folder: &Path) -> Failures {
    let mut failures = failures;
    for failure in &mut failures.0 {
        failure.place = failure.place.take().map(|place| folder.join(place).display().to_string());
    }
    failures
}

/// How lines that are counted from 0 are found in the file of a case.
#[derive(Clone, Copy)]
enum Lines {
    /// Below a header.
    Csv,
    /// One behind the other.
    Jsonl,
    /// Anywhere.
    Json,
}

impl Lines {
    fn of(file: &Path) -> Lines {
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("csv") => Lines::Csv,
            Some("jsonl") => Lines::Jsonl,
            _ => Lines::Json,
        }
    }

    fn place(self, line: u64) -> String {
        match self {
            Lines::Csv => format!("lines.csv:{}", line + 2),
            Lines::Jsonl => format!("lines.jsonl:{}", line + 1),
            Lines::Json => format!("line {line} of lines.json, counted from 0"),
        }
    }

    /// What is wrong, each with its place.
    fn problems(self, error: &RunError) -> impl Iterator<Item = String> {
        error.problems.iter().map(move |problem| {
            let place = problem.line.map(|line| format!("{}: ", self.place(line))).unwrap_or_default();
            format!("{place}{}: {}", problem.code, problem.message)
        })
    }
}

fn lines_of(folder: &Path) -> Result<PathBuf, Failure> {
    let names = ["lines.jsonl", "lines.json", "lines.csv"];
    let found: Vec<PathBuf> =
        names.iter().map(|name| folder.join(name)).filter(|path| path.is_file()).collect();
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Failure::new(
            Exit::Rules,
            "E-CONFIG",
            format!("the case has no lines: {}", names.join(", or ")),
        )
        .at(folder.display().to_string())),
        _ => Err(Failure::new(Exit::Rules, "E-CONFIG", "the case has several files of lines; keep one")
            .at(folder.display().to_string())),
    }
}

impl Expected {
    fn says_nothing(&self) -> bool {
        self.bill.is_empty()
            && self.bills.is_none()
            && self.held.is_none()
            && self.dropped.is_none()
            && self.error.is_none()
    }

    fn compare(&self, rated: &Result<Rated<'_>, RunError>, lines: Lines, wrong: &mut Vec<String>) {
        let rated = match (rated, &self.error) {
            (Ok(_), Some(code)) => return wrong.push(format!("expected {code}, but the lines can be rated")),
            (Err(error), Some(code)) if error.code.word() == code => return,
            (Err(error), Some(code)) => {
                wrong.push(format!("expected {code}, but it is {}", error.code));
                return wrong.extend(lines.problems(error));
            }
            (Err(error), None) => {
                wrong.push(format!("it cannot be rated: {}", error.code));
                return wrong.extend(lines.problems(error));
            }
            (Ok(rated), None) => rated,
        };
        let counts = rated.counts();
        let found = [
            ("bills", self.bills, rated.bills().len() as u64),
            ("held lines", self.held, counts.held),
            ("dropped lines", self.dropped, counts.dropped),
        ];
        for (what, expected, found) in found {
            if let Some(expected) = expected.filter(|expected| *expected != found) {
                wrong.push(format!("{what}: expected {expected}, found {found}"));
            }
        }
        for (customer, expected) in &self.bill {
            match rated.bill(customer) {
                Some(bill) => expected.compare(&bill, wrong),
                None => {
                    let there: Vec<&str> = rated.bills().take(5).map(|bill| bill.customer()).collect();
                    let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
                    wrong.push(format!("{customer}: there is no such bill (there are: {there})"));
                }
            }
        }
    }
}

impl ExpectedBill {
    fn compare(&self, bill: &Bill<'_>, wrong: &mut Vec<String>) {
        let customer = bill.customer();
        if let Some(currency) =
            self.currency.as_deref().filter(|currency| *currency != bill.currency().code())
        {
            wrong.push(format!("{customer} currency: expected {currency}, found {}", bill.currency()));
        }
        if let Some(complete) = self.complete.filter(|complete| *complete != bill.complete()) {
            wrong.push(format!("{customer} complete: expected {complete}, found {}", bill.complete()));
        }
        differs(&format!("{customer} total"), self.total, Some(bill.total()), bill.places(), wrong);
        let lines: Vec<BillLine<'_>> = bill.lines().collect();
        for expected in &self.lines {
            expected.compare(bill, &lines, wrong);
        }
    }
}

impl ExpectedLine {
    fn names_nothing(&self) -> bool {
        self.sku.is_none() && self.name.is_none()
    }

    fn compare(&self, bill: &Bill<'_>, lines: &[BillLine<'_>], wrong: &mut Vec<String>) {
        let parts: Vec<&str> = self.sku.iter().chain(&self.name).map(String::as_str).collect();
        let who = format!("{} {}", bill.customer(), parts.join(" "));
        let is_meant = |line: &&BillLine<'_>| {
            self.sku.as_deref().is_none_or(|sku| line.sku == Some(sku))
                && self.name.as_deref().is_none_or(|name| line.name == name)
        };
        let meant: Vec<&BillLine<'_>> = lines.iter().filter(is_meant).collect();
        if meant.is_empty() {
            return wrong.push(format!("{who}: there is no such line on the bill"));
        }
        let sum = |value: fn(&BillLine<'_>) -> Option<Decimal>| {
            meant
                .iter()
                .map(|line| value(line))
                .try_fold(Decimal::ZERO, |sum, value| sum.checked_add(value?).ok())
        };
        differs(&format!("{who} amount"), self.amount, sum(|line| Some(line.amount)), bill.places(), wrong);
        differs(&format!("{who} quantity"), self.quantity, sum(|line| line.quantity), 0, wrong);
        for line in meant {
            differs(&format!("{who} unit price"), self.unit_price, line.unit_price, 0, wrong);
            for (what, expected, found) in
                [("unit", &self.unit, line.unit), ("tax", &self.tax, Some(line.tax))]
            {
                if let Some(expected) = expected.as_deref().filter(|expected| Some(*expected) != found) {
                    wrong.push(format!(
                        "{who} {what}: expected {expected}, found {}",
                        found.unwrap_or("none")
                    ));
                }
            }
        }
    }
}

/// Says that a number is not what it must be, and by how much.
fn differs(
    what: &str,
    expected: Option<Amount>,
    found: Option<Decimal>,
    places: u32,
    wrong: &mut Vec<String>,
) {
    let Some(Amount(expected)) = expected else { return };
    let Some(found) = found else {
        return wrong.push(format!("{what}: expected {expected}, found none"));
    };
    if expected != found {
        let places = places.max(expected.places()).max(found.places());
        let by = found.checked_sub(expected).map(|by| format!(" ({})", signed(by, places)));
        let fixed = |value: Decimal| value.to_fixed(places).unwrap_or_else(|| value.to_string());
        wrong.push(format!(
            "{what}: expected {}, found {}{}",
            fixed(expected),
            fixed(found),
            by.unwrap_or_default()
        ));
    }
}
