//! The lines that wait in a finished month: by reason and customer, with what they are worth.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use ratebook_line::{BillableLine, Currency, Decimal, NumberError};
use ratebook_rating::Held;
use serde_json::{Value, json};

use super::finished::Archive;
use crate::failure::{Exit, Failure};
use crate::output::money::{counted, fixed};
use crate::rating::some_lines;
use crate::run::LineFacts;
use crate::store::FatesReader;

/// How many groups are told to people; programs get all.
const TOLD: usize = 20;
/// How many lines of a group are named.
const EXAMPLES: usize = 3;

/// Lines that wait for one reason and are on one customer's bill when they are decided.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// `rule`, or the problem's word.
    code: String,
    /// The rule that holds them, or that the problem is about.
    rule: Option<String>,
    /// The rule's reason; nothing for a problem.
    reason: String,
    /// Whose they are; none if that is not known.
    customer: Option<String>,
    /// How many.
    lines: u64,
    /// What they are worth.
    worth: Worth,
    /// The first of them, by number, with who and what each is about.
    examples: Vec<(u64, String)>,
}

/// What lines are worth, as far as anybody says.
#[derive(Debug, Default)]
struct Worth {
    /// What the vendors charge for them.
    costs: BTreeMap<Currency, Decimal>,
    /// How much was used of those without a cost, by unit.
    quantities: BTreeMap<String, Decimal>,
    /// How many say neither.
    unknown: u64,
}

/// The lines of a finished month that wait, those of most lines first.
///
/// # Errors
/// If a file of the month cannot be read; if a sum cannot be held exactly.
pub(crate) fn waiting(archive: &Archive) -> Result<Vec<Waiting>, Failure> {
    let folder = archive.folder.clone().in_part(!archive.manifest.partial.is_empty());
    let mut groups: BTreeMap<(String, Option<String>, String, Option<String>), usize> = BTreeMap::new();
    let (mut all, mut of_line) = (Vec::new(), BTreeMap::new());
    let mut fates = FatesReader::open(&folder.bill_tables().fates)?;
    while let Some(fate) = fates.next()? {
        let Some(code) = fate.held else { continue };
        // The reason of a problem names the line's own facts.
        let reason = if code == Held::BY_RULE { fate.reason } else { "" };
        let own = |text: Option<&str>| text.map(str::to_owned);
        let key = (code.to_owned(), own(fate.rule), reason.to_owned(), own(fate.customer));
        let group = *groups.entry(key.clone()).or_insert_with(|| {
            let (code, rule, reason, customer) = key;
            let (worth, examples) = (Worth::default(), Vec::new());
            all.push(Waiting { code, rule, reason, customer, lines: 0, worth, examples });
            all.len() - 1
        });
        all[group].lines += 1;
        of_line.insert(fate.line, group);
    }
    let files: Vec<_> = archive.manifest.sources.keys().map(|source| folder.lines(source)).collect();
    let wanted = of_line.keys().copied().collect();
    some_lines(&files, &wanted, |number, line| {
        let Some(group) = of_line.get(&number) else { return Ok(()) };
        let group: &mut Waiting = &mut all[*group];
        group.worth.add(line).map_err(|error| {
            Failure::new(Exit::Review, "E-NUMBER", format!("what the held lines are worth: {error}"))
        })?;
        if group.examples.len() < EXAMPLES {
            group.examples.push((number, String::new()));
        }
        Ok(())
    })?;
    let named = all.iter().flat_map(|group| group.examples.iter().map(|(line, _)| *line));
    let facts = LineFacts::of_subjects(&files, named);
    for (line, about) in all.iter_mut().flat_map(|group| &mut group.examples) {
        *about = facts.of(*line);
    }
    all.sort_by_key(|group| Reverse(group.lines));
    Ok(all)
}

/// What waits, as what ends closing.
pub(super) fn refused(archive: &Archive, groups: &[Waiting]) -> Failure {
    let lines: u64 = groups.iter().map(|group| group.lines).sum();
    let message = format!(
        "{} of {} {} held and on no bill",
        counted(lines, "line"),
        archive.manifest.counts.lines,
        if lines == 1 { "is" } else { "are" }
    );
    let mut failure = Failure::new(Exit::Review, "E-HELD", message);
    failure.month = Some(archive.folder.month);
    for group in groups.iter().take(TOLD) {
        failure.notes.push(group.text());
        failure.notes.extend(
            group
                .examples
                .iter()
                .map(|(line, about)| format!("  line {line}  {about}").trim_end().to_owned()),
        );
        let more = group.lines - group.examples.len() as u64;
        if more > 0 {
            failure.notes.push(format!("  and {more} more"));
        }
    }
    if let Some(rest) = groups.get(TOLD..).filter(|rest| !rest.is_empty()) {
        let lines: u64 = rest.iter().map(|group| group.lines).sum();
        failure.notes.push(format!(
            "{} for other reasons or customers: --format json lists all",
            counted(lines, "more line")
        ));
    }
    failure.problems = groups.iter().map(Waiting::json).collect();
    let month = archive.folder.month;
    failure.note("Nothing was closed.").fix(format!(
        "Change the rules so that they decide these lines, then: ratebook rate --month {month}. To close without them: \
         --accept-held --because \"...\"; what rules decide later is billed by `ratebook adjust`."
    ))
}

impl Waiting {
    fn text(&self) -> String {
        let why = match (self.code.as_str(), &self.rule) {
            ("rule", Some(rule)) => format!("rule {rule}: {}", self.reason),
            (code, Some(rule)) => format!("{code} (rule {rule})"),
            (code, None) => code.to_owned(),
        };
        let customer = self.customer.as_deref().unwrap_or("no customer");
        format!("{}  {customer}  {}  {}", counted(self.lines, "line"), why, self.worth.text())
    }

    fn json(&self) -> Value {
        let costs: BTreeMap<String, String> = self
            .worth
            .costs
            .iter()
            .map(|(currency, cost)| (currency.to_string(), fixed(*cost, currency.places())))
            .collect();
        json!({
            "code": self.code, "rule": self.rule, "reason": self.reason, "customer": self.customer,
            "lines": self.lines, "costs": costs, "quantities": self.worth.quantities,
            "examples": self.examples.iter().map(|(line, _)| *line).collect::<Vec<_>>(),
            "message": self.text(),
        })
    }
}

impl Worth {
    fn add(&mut self, line: &BillableLine<'_>) -> Result<(), NumberError> {
        let (sum, more) =
            match (line.total_cost, line.currency, line.billable_quantity.or(line.consumed_quantity)) {
                (Some(cost), Some(currency), _) => {
                    (self.costs.entry(currency).or_insert(Decimal::ZERO), cost)
                }
                (_, _, Some(quantity)) => {
                    let unit = line.billing_unit.as_deref().unwrap_or_default().to_owned();
                    (self.quantities.entry(unit).or_insert(Decimal::ZERO), quantity)
                }
                (_, _, None) => {
                    self.unknown += 1;
                    return Ok(());
                }
            };
        *sum = sum.checked_add(more)?;
        Ok(())
    }

    fn text(&self) -> String {
        let costs = self
            .costs
            .iter()
            .map(|(currency, cost)| format!("vendor cost {} {currency}", fixed(*cost, currency.places())));
        let quantities =
            self.quantities.iter().map(|(unit, quantity)| format!("{quantity} {unit}").trim_end().to_owned());
        let unknown =
            (self.unknown > 0).then(|| format!("{} without a quantity", counted(self.unknown, "line")));
        costs.chain(quantities).chain(unknown).collect::<Vec<_>>().join(", ")
    }
}
