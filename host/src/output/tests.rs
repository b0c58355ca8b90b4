//! What became of tests: the money that moves first, then the words.

use std::collections::BTreeMap;
use std::path::Path;

use ratebook_line::{Currency, Decimal, Month};
use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

use super::money::{counted, fixed, grouped, money, percent, signed};
use super::table;
use crate::failure::{Failures, escaped};
use crate::testing::case::CaseResult;
use crate::testing::{Checked, Moved};

/// Everything that was tested.
#[derive(Default)]
pub(crate) struct Results {
    /// Recorded months.
    pub months: Vec<(Month, Result<Checked, Failures>)>,
    /// Cases written by hand, by name.
    pub cases: Vec<(String, Result<CaseResult, Failures>)>,
}

/// How many bills' texts are compared below a month's table, unless all are asked for.
const SHOWN: usize = 5;

/// How many bills are in that table, those that move most, unless all are asked for.
const ROWS: usize = 50;

impl Results {
    /// All that is not as it is expected to be.
    pub(crate) fn moved(&self) -> impl Iterator<Item = &Moved> {
        self.months.iter().filter_map(|(_, checked)| checked.as_ref().ok()).flat_map(|checked| &checked.moved)
    }

    /// How many cases are not as they must be.
    pub(crate) fn wrong_cases(&self) -> u64 {
        let wrong =
            |case: &Result<CaseResult, Failures>| case.as_ref().is_ok_and(|case| !case.wrong.is_empty());
        self.cases.iter().filter(|(_, case)| wrong(case)).count() as u64
    }

    /// What stopped months and cases from being looked at.
    pub(crate) fn failures(&self) -> Vec<crate::failure::Failure> {
        let months = self.months.iter().filter_map(|(_, checked)| checked.as_ref().err());
        let cases = self.cases.iter().filter_map(|(_, case)| case.as_ref().err());
        months.chain(cases).flat_map(|failures| failures.0.iter().cloned()).collect()
    }

    /// For people. Paths are shown from `root` on.
    pub(crate) fn text(&self, root: &Path, all: bool) -> String {
        let mut text = String::new();
        for (month, checked) in &self.months {
            match checked {
                Ok(checked) => text += &month_text(*month, checked, root, all),
                Err(_) => text += &format!("{month}  could not be tested\n"),
            }
        }
        if !self.cases.is_empty() {
            let wrong = self.wrong_cases();
            let unread = self.cases.iter().filter(|(_, case)| case.is_err()).count() as u64;
            let mut told = match wrong {
                0 if unread == 0 => ", all as they must be".to_owned(),
                0 => String::new(),
                _ => format!(", {} not as they must be", grouped(wrong)),
            };
            if unread > 0 {
                let names =
                    self.cases.iter().filter(|(_, case)| case.is_err()).map(|(name, _)| escaped(name));
                let names: Vec<String> = names.collect();
                told += &format!(", {} could not be tested ({})", grouped(unread), names.join(", "));
            }
            text += &format!("cases    {}{told}\n", counted(self.cases.len() as u64, "case"));
        }
        for (name, case) in &self.cases {
            let Ok(case) = case else { continue };
            if case.wrong.is_empty() {
                continue;
            }
            let about = case.about.as_ref().map(|about| format!(": {about}")).unwrap_or_default();
            text += &format!("\n  {}{}\n", escaped(name), escaped(&about));
            for wrong in &case.wrong {
                text += &wrong.lines().map(|line| format!("    {}\n", escaped(line))).collect::<String>();
            }
        }
        text
    }

    /// For programs.
    pub(crate) fn json(&self, root: &Path) -> Value {
        let months = self.months.iter().map(|(month, checked)| match checked {
            Ok(checked) => json!({
                "month": month.to_string(), "bills": checked.bills, "lines": checked.lines,
                "moved": checked.moved.iter().map(|moved| moved_json(moved, root)).collect::<Vec<_>>(),
            }),
            Err(failures) => json!({ "month": month.to_string(), "error": failures.json()["error"] }),
        });
        let cases = self.cases.iter().map(|(name, case)| match case {
            Ok(case) => json!({ "name": name, "about": case.about, "wrong": case.wrong }),
            Err(failures) => json!({ "name": name, "error": failures.json()["error"] }),
        });
        json!({ "months": months.collect::<Vec<_>>(), "cases": cases.collect::<Vec<_>>() })
    }
}

fn month_text(month: Month, checked: &Checked, root: &Path, all: bool) -> String {
    let mut bills: Vec<&Moved> = checked.moved.iter().filter(|moved| is_bill(moved)).collect();
    let told = match (checked.moved.len(), bills.len() as u64) {
        (0, _) => "as expected".to_owned(),
        (_, 0) => "the bills are as expected, the month as a whole is not".to_owned(),
        (_, 1) => "1 bill is not as expected".to_owned(),
        (_, count) => format!("{} are not as expected", counted(count, "bill")),
    };
    let mut text =
        format!("{month}  {}, {}: {told}\n", counted(checked.bills, "bill"), counted(checked.lines, "line"));
    let shown = if all { usize::MAX } else { SHOWN };
    if !bills.is_empty() {
        bills.sort_by_key(|moved| std::cmp::Reverse(moved.difference().map(|(by, _)| by.abs())));
        text += "\n";
        text += &table_of(&bills, if all { usize::MAX } else { ROWS }, root);
    }
    // The month as a whole follows from its bills; it is shown alone if nothing else moves.
    let whole = checked.moved.iter().filter(|moved| !is_bill(moved) && (all || bills.is_empty()));
    for moved in bills.iter().take(shown).copied().chain(whole) {
        text += &format!("\n{}", moved_text(moved, root));
    }
    if bills.len() > shown {
        text += &format!("\n  and {}: -v shows all\n", counted((bills.len() - shown) as u64, "more bill"));
    }
    if !checked.moved.is_empty() {
        text.push('\n');
    }
    text
}

/// The month's own snapshot stands beside the folder of bills.
fn is_bill(moved: &Moved) -> bool {
    moved.path.parent().is_some_and(|folder| folder.ends_with("bills"))
}

fn table_of(bills: &[&Moved], most: usize, root: &Path) -> String {
    let mut sums: BTreeMap<Currency, Option<Decimal>> = BTreeMap::new();
    let mut rows: Vec<Vec<String>> = bills
        .iter()
        .map(|moved| {
            let side = |total: Option<(Decimal, Currency)>| {
                total.map(|(total, currency)| money(total, currency.places(), currency)).unwrap_or_default()
            };
            let difference = moved.difference();
            if let Some((difference, currency)) = difference {
                let sum = sums.entry(currency).or_insert(Some(Decimal::ZERO));
                *sum = sum.and_then(|sum| sum.checked_add(difference).ok());
            }
            vec![
                escaped(&who(moved, root)),
                moved.name.as_deref().map(escaped).unwrap_or_default(),
                side(moved.total_expected),
                side(moved.total_found),
                difference.map(|(by, currency)| signed(by, currency.places())).unwrap_or_default(),
                difference
                    .zip(moved.total_expected)
                    .and_then(|((by, _), (before, _))| percent(by, before))
                    .unwrap_or_default(),
                state(moved).to_owned(),
            ]
        })
        .collect();
    if rows.len() > most {
        let more = format!("and {}", counted((rows.len() - most) as u64, "more bill"));
        rows.truncate(most);
        rows.push([more.as_str(), "", "", "", "", "", ""].map(str::to_owned).to_vec());
    }
    for (currency, sum) in sums {
        let name = format!("all that move in {currency}");
        let sum = sum.map_or("too large".to_owned(), |sum| signed(sum, currency.places()));
        let mut row = vec![name, String::new(), String::new(), String::new(), sum];
        row.extend([String::new(), String::new()]);
        rows.push(row);
    }
    let header = ["customer", "name", "expected", "now", "difference", "%", ""];
    table::indented(&header, &rows, &[2, 3, 4, 5], "  ")
}

fn who(moved: &Moved, root: &Path) -> String {
    moved.customer.clone().unwrap_or_else(|| shown(&moved.path, root))
}

fn state(moved: &Moved) -> &'static str {
    match (&moved.expected, &moved.found) {
        (None, _) => "new bill",
        (_, None) => "no bill any more",
        _ if moved.difference().is_some_and(|(by, _)| by.is_zero()) => "same total",
        _ => "",
    }
}

/// One snapshot that moved: its file, and the lines that differ.
pub(crate) fn moved_text(moved: &Moved, root: &Path) -> String {
    let mut text = format!("  {}\n", shown(&moved.path, root));
    let (old, new) =
        (moved.expected.as_deref().unwrap_or_default(), moved.found.as_deref().unwrap_or_default());
    let (old, new) = (old.trim_end(), new.trim_end());
    for change in TextDiff::from_lines(old, new).iter_all_changes() {
        let sign = match change.tag() {
            ChangeTag::Equal => continue,
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
        };
        text += &format!("  {sign} {}\n", escaped(change.value().trim_end()));
    }
    text
}

/// What moved a bill, below its lines.
pub(crate) fn causes_text(causes: &[String]) -> String {
    let word = |at: usize| if at == 0 { "moved by" } else { "" };
    causes.iter().enumerate().map(|(at, cause)| format!("  {:<8}  {}\n", word(at), escaped(cause))).collect()
}

fn shown(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

fn moved_json(moved: &Moved, root: &Path) -> Value {
    let total = |total: Option<(Decimal, Currency)>| {
        total.map(|(total, currency)| json!({ "currency": currency.code(), "total": fixed(total, currency.places()) }))
    };
    json!({
        "file": shown(&moved.path, root),
        "customer": moved.customer,
        "state": match (&moved.expected, &moved.found) { (None, _) => "new", (_, None) => "gone", _ => "changed" },
        "expected": total(moved.total_expected),
        "found": total(moved.total_found),
        "difference": moved.difference().map(|(by, currency)| fixed(by, currency.places())),
    })
}
