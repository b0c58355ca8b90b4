//! The proposal: each column goes to the field that it most likely is, with why, and what else it could be; what is left over is
//! listed.

use super::choice::{Choice, Given, Looked, choose, look};
use super::names::says_when;
use super::table::Table;
use super::toml_words::{key, quoted};
use super::written::{dates, numbers, pattern};
use crate::output::money::counted;

#[cfg(test)]
mod tests;

/// What no file tells by itself.
const SKIP: &str = "# Rows that are sums, trials or free of a SKU are left out by skip = [..] with a reason: docs/table.md.\n";

/// A source for ratebook.toml.
pub(super) fn text(table: &Table, file: &str, source: &str) -> String {
    let looked = look(table);
    let choice = choose(&looked);
    let has = |field: &str| choice.given.iter().any(|given| given.field == field);
    let mut text = format!(
        "# Proposed from the names and cells of {file}'s columns (of {}): look at each line before it bills anybody.\n",
        counted(table.records as u64, "record")
    );
    text += &format!("[source.{}]\nplugin = \"table\"\n", key(source));
    if !has("tenant") {
        text += "# No column looks like who used it: name one, or say here whose all of it is: tenant = \"...\"\n";
    }
    text += &format!("\n[source.{}.config]\nformat = {}\n", key(source), quoted(table.format));
    text += &file_keys(table);
    text += &numbers(&choice.given);
    let period = table.preamble.iter().find_map(|line| period_in(line)).filter(|_| choice.when.is_none());
    text += &match (&choice.when, &period) {
        (Some((one, _)), _) => dates(&one.column.name, &one.facts),
        (None, Some((_, said))) => pattern_of(said),
        (None, None) => String::new(),
    };
    text += &gaps(&choice, table.no_header);
    text += &month(source, &choice, period.as_ref(), table.no_header);
    text += &format!("\n[source.{}.config.columns]\n", key(source));
    for given in &choice.given {
        text += &column(given, table.no_header);
    }
    if !has("consumedQuantity") && !has("billableQuantity") && !has("totalCost") {
        text += "# No column looks like a quantity; without one of these it does not load:\n";
        text += "# consumedQuantity = \"...\"  # what was used\n# billableQuantity = \"...\"  # what the vendor bills\n";
    }
    text += &constants(source, &has, &choice, table);
    let used = |one: &&Looked<'_>| {
        let is = |other: &Looked<'_>| other.column.name == one.column.name;
        !choice.given.iter().any(|given| is(given.looked) || given.plus.iter().any(|plus| is(plus)))
            && choice.when.as_ref().is_none_or(|(when, _)| !is(when))
    };
    let (empty, unused): (Vec<_>, Vec<_>) = looked.iter().filter(used).partition(|one| one.facts.filled == 0);
    let lacks = !has("tenant") || !has("consumedQuantity") && !has("billableQuantity") && !has("totalCost");
    if table.no_header || lacks {
        let open = looked.iter().filter(|one| table.no_header || used(one));
        text += "\n# The columns that are left, each with its first cell:\n";
        text += &open.map(|one| seen(one, table.no_header)).collect::<String>();
        return text + SKIP;
    }
    let listed =
        |ones: &[&Looked<'_>]| ones.iter().map(|one| quoted(&one.column.name)).collect::<Vec<_>>().join(", ");
    if !unused.is_empty() {
        text += &format!("\n# Not used: {}\n", listed(&unused));
    }
    if !empty.is_empty() {
        text += &format!("# Empty in every record: {}\n", listed(&empty));
    }
    text + SKIP
}

/// A column that no name explains: what stands in it.
fn seen(one: &Looked<'_>, no_header: bool) -> String {
    let facts = &one.facts;
    let first = one.column.cells.iter().find(|cell| !cell.is_empty());
    let first = first.map(|cell| cell.chars().take(40).collect::<String>()).unwrap_or_default();
    let months =
        facts.months().map(|months| months.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    let what = match (months, facts.filled) {
        (_, 0) => "empty in every record".to_owned(),
        (Some(months), _) => format!("dates of {months}"),
        (None, _) if facts.are_numbers() => format!("numbers, {} different", facts.distinct),
        (None, _) => format!("texts, {} different", facts.distinct),
    };
    format!("# {}: {}  {what}\n", name(one, no_header), quoted(&first.replace(['\n', '\r'], " ")))
}

/// The source of another plugin, which reads the file without a map.
pub(super) fn read_by(plugin: &str, format: &str, file: &str, source: &str) -> String {
    let (source, plugin_text) = (key(source), quoted(plugin));
    format!(
        "# {file} is what the plugin {plugin} reads ({format}): no map is needed.\n\
         # ratebook schema plugin:{plugin} describes its keys. To propose a map for the plugin table all the same: --table\n\
         [source.{source}]\nplugin = {plugin_text}\n"
    )
}

fn file_keys(table: &Table) -> String {
    let mut text = String::new();
    let mut add = |name: &str, value: String| text += &format!("{name} = {value}\n");
    if let Some(delimiter) = table.delimiter {
        add("delimiter", quoted(&delimiter.to_string()));
    }
    if let Some(encoding) = table.encoding {
        add("encoding", quoted(encoding));
    }
    if !table.rows.is_empty() {
        add("rows", quoted(&table.rows));
    }
    if let Some(sheet) = &table.sheet {
        add("sheet", quoted(sheet));
    }
    if table.no_header {
        add("header", "false  # no line looks like one: columns are named by their numbers".to_owned());
    }
    if table.line_breaks {
        add("line_breaks", "true  # or \"first-line\": cells hold texts of several lines".to_owned());
    }
    if table.totals {
        add("totals", "true  # rows that begin with a word such as Total are left out".to_owned());
    }
    text
}

/// The word before a period above the header, and the period: of one month, by some pattern.
fn period_in(line: &[String]) -> Option<(String, String)> {
    let word = line.first()?;
    let (word, said) = match line.iter().skip(1).find(|cell| !cell.is_empty()) {
        Some(said) => (word.trim_end_matches(':').trim(), said.as_str()),
        None => word.split_once(':').map(|(word, said)| (word.trim(), said.trim()))?,
    };
    pattern(said).map(|_| (word.to_owned(), said.to_owned()))
}

fn pattern_of(said: &str) -> String {
    match pattern(said) {
        None | Some("YYYY-MM-DD") => String::new(),
        Some(pattern) => format!("dates = {}\n", quoted(pattern)),
    }
}

fn month(source: &str, choice: &Choice<'_>, period: Option<&(String, String)>, no_header: bool) -> String {
    let head = format!("\n[source.{}.config.month]\n", key(source));
    if let Some((one, others)) = &choice.when {
        let months = one.facts.months().map_or(0, std::collections::BTreeSet::len);
        let why = match months {
            1 if says_when(&one.column.name).is_none() => {
                "perhaps: its cells are dates of one month; records of another are refused, or others = \"skip\"".to_owned()
            }
            1 => "dates of one month; records of another are refused, or others = \"skip\"".to_owned(),
            count => format!("dates of {count} months: others = \"skip\" leaves those of other months out"),
        };
        return format!("{head}column = {}  # {why}{}\n", name(one, no_header), or(others, no_header));
    }
    if let Some((word, _)) = period {
        return format!("{head}preamble = {}  # above the header\n", quoted(word));
    }
    format!(
        "{head}# Nothing looks like a date. A file of another month would be billed without a word: does the file's name say it?\n\
         # file_name = \"YYYY-MM\"\n"
    )
}

/// What is needed and empty here and there: such records are refused until somebody says what they are.
fn gaps(choice: &Choice<'_>, no_header: bool) -> String {
    let gap = |field: &&str| {
        let given = choice.given.iter().find(|given| given.field == *field)?;
        let facts = &given.looked.facts;
        (facts.filled < facts.records).then_some((given, facts.records - facts.filled))
    };
    let told = |(given, empty): &(&Given<'_>, usize)| {
        format!("{} is empty in {empty} of {}", given.field, given.looked.facts.records)
    };
    let told = |found: &[(&Given<'_>, usize)]| found.iter().map(told).collect::<Vec<_>>().join(", ");
    let ids: Vec<_> = ["tenant", "skuId"].iter().filter_map(gap).collect();
    let quantities: Vec<_> = ["consumedQuantity", "billableQuantity"].iter().filter_map(gap).collect();
    let mut text = String::new();
    if !ids.is_empty() {
        let filters = ids.iter().map(|(given, _)| {
            let reason = if given.field == "skuId" { "no-sku" } else { "pseudo" };
            format!("{{ column = {}, empty = true, reason = \"{reason}\" }}", name(given.looked, no_header))
        });
        let filters = filters.collect::<Vec<_>>().join(", ");
        text += &format!(
            "# {}: such records are refused. If they are no usage:\n# skip = [{filters}]\n",
            told(&ids)
        );
    }
    if !quantities.is_empty() {
        let what = told(&quantities);
        let needed = ["tenant", "skuId"]
            .into_iter()
            .filter(|field| choice.given.iter().any(|given| given.field == *field));
        let needed = needed.map(quoted).collect::<Vec<_>>().join(", ");
        text += &format!(
            "# {what}: such records are refused. If they have a cost alone:\n# required = [{needed}]\n"
        );
    }
    text
}

/// A field's line: its column, why, and what else it could be.
fn column(given: &Given<'_>, no_header: bool) -> String {
    let Given { field, looked, by_name, plus, others } = given;
    let facts = &looked.facts;
    let value = match plus.as_slice() {
        [] => name(looked, no_header),
        plus => {
            let all = std::iter::once(*looked).chain(plus.iter().copied());
            format!("{{ sum = [{}] }}", all.map(|one| name(one, no_header)).collect::<Vec<_>>().join(", "))
        }
    };
    let mut why = if *by_name { "its name".to_owned() } else { "perhaps: its name is like one".to_owned() };
    why += &match (facts.distinct, facts.filled) {
        (1, filled) if filled > 1 => ", the same in every record".to_owned(),
        (distinct, _) => format!(", {distinct} different"),
    };
    if facts.filled < facts.records {
        why += &format!(", empty in {} of {}", facts.records - facts.filled, facts.records);
    }
    if !plus.is_empty() {
        why += "; credits stand in a column of their own";
    }
    format!("{field} = {value}  # {why}{}\n", or(others, no_header)).replace(['\r'], " ")
}

fn or(others: &[&Looked<'_>], no_header: bool) -> String {
    let names: Vec<String> = others.iter().map(|one| name(one, no_header)).collect();
    if names.is_empty() { String::new() } else { format!("; or {}", names.join(", ")) }
}

/// A column as TOML names it: a number where there is no header.
fn name(one: &Looked<'_>, no_header: bool) -> String {
    if no_header { one.column.name.clone() } else { quoted(&one.column.name) }
}

fn constants(source: &str, has: &dyn Fn(&str) -> bool, choice: &Choice<'_>, table: &Table) -> String {
    let priced = has("unitPrice") || has("totalCost");
    let mut text = String::new();
    if priced && !has("currency") {
        let above = table.preamble.iter().filter_map(|line| line.first()).find(|word| {
            ["currency", "währung", "waehrung"].contains(&word.trim_end_matches(':').to_lowercase().as_str())
        });
        text += &match (&choice.currency, above) {
            (Some(code), _) => format!("currency = {}  # the name of the column of costs\n", quoted(code)),
            (None, Some(word)) => {
                let word = quoted(word.trim_end_matches(':'));
                format!("currency = {{ preamble = {word} }}  # above the header\n")
            }
            (None, None) => match sign(choice) {
                Some((sign, code)) => format!(
                    "currency = {}  # {sign} stands beside the costs: is it this one?\n",
                    quoted(code)
                ),
                None => "currency = \"EUR\"  # no column says it: is it this one?\n".to_owned(),
            },
        };
    }
    if !has("billingUnit") {
        text += "# billingUnit = \"...\"  # no column says it\n";
    }
    if text.is_empty() { text } else { format!("\n[source.{}.config.constants]\n{text}", key(source)) }
}

/// The sign beside the costs, and the currency that it usually is.
fn sign<'c>(choice: &'c Choice<'_>) -> Option<(&'c str, &'static str)> {
    let priced = choice.given.iter().filter(|given| ["unitPrice", "totalCost"].contains(&given.field));
    priced.filter_map(|given| given.looked.facts.unit.as_deref()).find_map(|sign| {
        let code = match sign {
            "$" | "US$" | "USD" => "USD",
            "\u{20ac}" | "EUR" => "EUR",
            "\u{a3}" | "GBP" => "GBP",
            "CHF" | "Fr." => "CHF",
            _ => return None,
        };
        Some((sign, code))
    })
}
