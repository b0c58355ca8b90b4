//! What came of mapping a payload, as tables that a billing clerk can read: the snapshots of plugin fixtures.

use std::fmt;

use ratebook_line::{BillableLine, Decimal};

use super::mapped::Mapped;
use crate::call::Level;
use crate::problem::Problem;

/// A column: its heading, whether it is a number, and the line's value.
type Column = (&'static str, bool, fn(&BillableLine<'_>) -> Option<String>);

fn text(text: Option<&std::borrow::Cow<'_, str>>) -> Option<String> {
    text.map(ToString::to_string)
}

fn number(number: Option<Decimal>) -> Option<String> {
    number.map(|number| number.to_string())
}

/// In the order of the table; one that no line has a value for is left out.
const COLUMNS: &[Column] = &[
    ("row", true, |line| line.origin.as_ref().map(|origin| origin.row.to_string())),
    ("tenant", false, |line| text(line.tenant.as_ref())),
    ("tenant name", false, |line| text(line.tenant_name.as_ref())),
    ("partner", false, |line| text(line.partner.as_ref())),
    ("customer", false, |line| text(line.customer.as_ref())),
    ("sku", false, |line| text(line.sku_id.as_ref())),
    ("sku name", false, |line| text(line.sku_name.as_ref())),
    ("edition", false, |line| text(line.edition.as_ref())),
    ("meter", false, |line| text(line.meter.as_ref())),
    ("tags", false, |line| Some(line.tags.join(" ")).filter(|tags| !tags.is_empty())),
    ("consumed", true, |line| number(line.consumed_quantity)),
    ("entitled", true, |line| number(line.entitled_quantity)),
    ("overage", true, |line| number(line.overage_quantity)),
    ("billable", true, |line| number(line.billable_quantity)),
    ("unit", false, |line| text(line.billing_unit.as_ref())),
    ("measure", false, |line| text(line.measure.as_ref())),
    ("unit price", true, |line| number(line.unit_price)),
    ("total cost", true, |line| number(line.total_cost)),
    ("currency", false, |line| line.currency.map(|currency| currency.to_string())),
    ("payment option", false, |line| text(line.payment_option.as_ref())),
];

impl fmt::Display for Mapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} lines, {} skipped", self.lines.len(), self.skipped.len())?;
        let cells: Vec<(&str, bool, Vec<String>)> = COLUMNS
            .iter()
            .map(|(heading, right, value)| {
                (*heading, *right, self.lines.iter().map(|line| value(line).unwrap_or_default()).collect())
            })
            .collect();
        write_table(f, cells)?;
        let skipped =
            |cell: fn(&(u64, crate::skip::Skip, String)) -> String| self.skipped.iter().map(cell).collect();
        write_table(
            f,
            vec![
                ("row", true, skipped(|(row, _, _)| row.to_string())),
                ("skipped", false, skipped(|(_, reason, _)| reason.to_string())),
                ("what", false, skipped(|(_, _, what)| what.clone())),
            ],
        )?;
        for (index, (level, text)) in self.log.iter().enumerate() {
            let level = match level {
                Level::Detail => "detail",
                Level::Note => "note",
                Level::Warning => "warning",
            };
            writeln!(f, "{}{level}: {text}", if index == 0 { "\n" } else { "" })?;
        }
        Ok(())
    }
}

/// A name may hold a line break: it is shown as `\n`.
fn on_one_line(cell: &str) -> String {
    cell.chars().fold(String::new(), |mut shown, c| {
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
        shown
    })
}

fn write_table(f: &mut fmt::Formatter<'_>, columns: Vec<(&str, bool, Vec<String>)>) -> fmt::Result {
    let columns: Vec<_> = columns
        .into_iter()
        .filter(|(_, _, cells)| cells.iter().any(|cell| !cell.is_empty()))
        .map(|(heading, right, cells)| {
            let cells: Vec<String> = cells.iter().map(|cell| on_one_line(cell)).collect();
            let longest = cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
            (heading, right, cells, longest.max(heading.chars().count()))
        })
        .collect();
    let Some((_, _, first, _)) = columns.first() else { return Ok(()) };
    writeln!(f)?;
    for row in 0..=first.len() {
        let mut printed = String::new();
        for (heading, right, cells, width) in &columns {
            let cell = row.checked_sub(1).map_or(*heading, |row| cells[row].as_str());
            match right {
                true => printed.push_str(&format!("{cell:>width$}  ")),
                false => printed.push_str(&format!("{cell:<width$}  ")),
            }
        }
        writeln!(f, "{}", printed.trim_end())?;
    }
    Ok(())
}

/// The same of a payload that was refused: the kind of problem, what it says, and its advice.
#[must_use]
pub fn refusal(problem: &Problem) -> String {
    let advice = problem.advice.as_ref().map_or_else(String::new, |advice| format!("\nadvice: {advice}"));
    format!("refused ({:?})\n\n{problem}{advice}\n", problem.kind)
}
