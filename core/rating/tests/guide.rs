//! The guides to rules are true: every example in them makes the bill that stands below it.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::fmt::Write as _;

use ratebook_line::{BillableLine, CsvLineReader, LineError};
use ratebook_rating::{MemoryFiles, Rated, Rating};

/// The guides, by their names.
const GUIDES: [(&str, &str); 2] = [
    ("docs/pricing.md", include_str!("../../../docs/pricing.md")),
    ("docs/rules.md", include_str!("../../../docs/rules.md")),
];

/// A block of the guide: where it begins, its language, its text.
struct Block<'g> {
    line: usize,
    language: &'g str,
    text: String,
}

fn blocks(guide: &'static str) -> Vec<Block<'static>> {
    let mut blocks = Vec::new();
    let mut open: Option<Block<'static>> = None;
    for (number, line) in (1..).zip(guide.lines()) {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(language), None) => open = Some(Block { line: number, language, text: String::new() }),
            (None, Some(block)) => writeln!(block.text, "{line}").unwrap(),
            (None, None) => {}
        }
    }
    blocks
}

fn lines(csv: &str) -> Vec<BillableLine<'static>> {
    let mut text = String::new();
    for (index, line) in csv.lines().enumerate() {
        let month = if index == 0 { "usageMonth" } else { "2026-03-01" };
        writeln!(text, "{month},{line}").unwrap();
    }
    let mut lines = Vec::new();
    CsvLineReader::new(text.as_bytes())
        .for_each(|line| {
            lines.push(line.into_owned());
            Ok::<_, LineError>(())
        })
        .unwrap();
    lines
}

fn bills(rated: &Rated<'_>) -> String {
    let mut text = String::new();
    for bill in rated.bills() {
        let fixed = |amount: ratebook_line::Decimal| amount.to_fixed(bill.places()).unwrap();
        writeln!(text, "{} {} {}", bill.customer(), fixed(bill.total()), bill.currency()).unwrap();
        for line in bill.lines() {
            let mut how = line.quantity.map(|quantity| quantity.to_string()).unwrap_or_default();
            if let Some(unit) = line.unit {
                write!(how, " {unit}").unwrap();
            }
            if let Some(price) = line.unit_price {
                write!(how, " x {price}").unwrap();
            }
            writeln!(text, "  {}  {how}  {}  {}", line.name, fixed(line.amount), line.rules.join(" "))
                .unwrap();
        }
    }
    for held in rated.held() {
        writeln!(text, "held line {}: {} {}", held.line, held.code, held.rule.unwrap_or_default()).unwrap();
    }
    for dropped in rated.dropped() {
        writeln!(text, "dropped line {}: rule {}", dropped.line, dropped.rule).unwrap();
    }
    text
}

#[test]
fn every_example_makes_its_bill() {
    let wrong: String = GUIDES.into_iter().map(|(name, guide)| wrong_examples(name, guide)).collect();
    assert!(wrong.is_empty(), "{wrong}");
}

/// What the rules of a guide make where another bill stands below them.
fn wrong_examples(name: &str, guide: &'static str) -> String {
    let blocks = blocks(guide);
    let mut checked = 0;
    let mut wrong = String::new();
    for example in blocks.windows(3) {
        let [rules, usage, expected] = example else { continue };
        if (rules.language, usage.language, expected.language) != ("toml", "csv", "text") {
            continue;
        }
        let settings =
            if rules.text.contains("[settings]") { "" } else { "[settings]\ncurrency = \"EUR\"\n" };
        let files = MemoryFiles::new().with("rules.toml", &format!("version = 1\n{settings}{}", rules.text));
        let rulebook = ratebook_rating::load("rules.toml", &files)
            .unwrap_or_else(|error| panic!("{name}:{}: {error}", rules.line));
        let mut rating = Rating::new(&rulebook, "2026-03".parse().unwrap());
        lines(&usage.text).iter().for_each(|line| rating.push(line));
        let rated = rating.finish().unwrap_or_else(|error| panic!("{name}:{}: {error}", rules.line));
        let made = bills(&rated);
        if made != expected.text {
            writeln!(wrong, "{name}:{}: the rules make\n{made}", expected.line).unwrap();
        }
        checked += 1;
    }
    let examples = blocks.iter().filter(|block| block.language == "csv").count();
    assert_eq!(checked, examples, "{name}: each example has three blocks");
    wrong
}
