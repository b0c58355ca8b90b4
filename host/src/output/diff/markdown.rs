//! A comparison that fits a comment on a pull request.

use std::fmt::Write as _;

use super::compared::Compared;
use super::view::View;

/// The most bills, edits and kinds of lines of a month that a comment lists, the largest first; fewer if that is too
/// long. How many there are is always said.
const SHOWN: [usize; 5] = [50, 25, 10, 3, 0];

/// What a comment may be long: the services that show them stop at 65,536 letters.
const LONGEST: usize = 60_000;

/// Comparisons, one below the other.
pub(crate) fn markdown(compared: &[Compared]) -> String {
    let views: Vec<View> = compared.iter().map(View::of).collect();
    let with = |shown| views.iter().map(|view| one(view, shown)).collect::<Vec<_>>().join("\n");
    let mut text = String::new();
    for shown in SHOWN {
        text = with(shown);
        if text.chars().count() <= LONGEST {
            break;
        }
    }
    text
}

fn one(view: &View, shown: usize) -> String {
    let mut text = format!("### {}\n\n**{}**, {}\n", cell(&view.title), view.verdict, cell(&view.usage));
    // Writing to a text cannot fail.
    let write = &mut text;
    if let Some(stops) = &view.stops {
        let _ = writeln!(write, "\n> **{}**", cell(stops));
    }
    for passed in &view.passed {
        let _ = writeln!(write, "\n> **Limit passed:** {}", cell(passed));
    }
    if !view.totals.is_empty() {
        let _ = writeln!(write, "\n| | before | after | difference | % |\n|---|---:|---:|---:|---:|");
        for total in &view.totals {
            let name = format!("{} ({})", total.name, total.bills);
            let cells = [&name, &total.old, &total.new, &total.difference, &total.percent];
            row(write, &cells.map(String::as_str));
        }
    }
    if view.no_edits {
        let _ = writeln!(write, "\nThe rules say the same.");
    } else if !view.edits.is_empty() {
        let _ = writeln!(write, "\n| | edit | where | effect |\n|---:|---|---|---|");
        for edit in view.edits.iter().take(shown).chain(&view.indirect) {
            let number = if edit.number == 0 { "-".to_owned() } else { edit.number.to_string() };
            row(write, &[&number, &edit.text, &edit.place, &edit.effect]);
        }
        more(write, view.edits.len(), shown, "edits");
    }
    if !view.bills.is_empty() {
        let _ = writeln!(
            write,
            "\n| customer | name | before | after | difference | % | edits | |\n|---|---|---:|---:|---:|---:|---|---|"
        );
        for bill in view.bills.iter().take(shown) {
            row(
                write,
                &[
                    &bill.customer,
                    &bill.name,
                    &bill.old,
                    &bill.new,
                    &bill.difference,
                    &bill.percent,
                    &bill.edits,
                    &bill.note,
                ],
            );
        }
        more(write, view.bills.len(), shown, "bills that move");
    }
    for bill in view.bills.iter().take(shown).filter(|bill| !bill.skus.is_empty()) {
        let _ = writeln!(write, "\n<details><summary>{}</summary>\n", cell(&bill.customer));
        let _ = writeln!(
            write,
            "| SKU | line | before | after | difference | edits |\n|---|---|---:|---:|---:|---|"
        );
        for sku in &bill.skus {
            for line in &sku.lines {
                row(write, &[&sku.sku, &line.name, &line.old, &line.new, &line.difference, &line.edits]);
            }
        }
        let _ = writeln!(write, "\n</details>");
    }
    if view.fates.is_empty() {
        let _ = writeln!(write, "\nNo line is newly held, dropped or unpriced.");
    } else {
        let _ = writeln!(write);
        for fate in view.fates.iter().take(shown) {
            let _ = writeln!(write, "- {}", cell(&fate.what));
        }
        more(write, view.fates.len(), shown, "kinds of lines");
    }
    if !view.reworded.is_empty() {
        let _ = writeln!(
            write,
            "\nOnly words change (names, SKUs, units, tax tags, rules) on {} more.",
            crate::output::money::counted(view.reworded.len() as u64, "bill")
        );
    }
    text
}

fn row(to: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    let _ = writeln!(to, "| {} |", cells.join(" | "));
}

fn more(to: &mut String, count: usize, shown: usize, what: &str) {
    if count > shown {
        let count = crate::output::money::grouped(count as u64);
        let _ = writeln!(to, "\nThe first {shown} of {count} {what}; `ratebook diff` shows all of them.");
    }
}

/// A text that says in Markdown what it says: nothing in it is a link, an image, HTML or the end of a cell.
fn cell(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in crate::failure::escaped(text).chars() {
        match letter {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '@' => safe += "&#64;",
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '~' | '#' | '!' => {
                safe.push('\\');
                safe.push(letter);
            }
            _ => safe.push(letter),
        }
    }
    // Addresses become links even where nothing marks them.
    safe.replace("://", ":\\/\\/").replace("www.", "www\\.")
}
