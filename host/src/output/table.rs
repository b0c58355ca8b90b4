//! Aligned columns for people, as wide as their terminal.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::columns::columns_of_output;
use crate::failure::is_plain;

/// What stands between two columns.
const GAP: usize = 2;

/// No column of words is made narrower.
const NARROWEST: usize = 12;

/// The columns of names: what is too long is cut, for an id or an amount stands beside it. All other words are wrapped.
const CUT: [&str; 1] = ["name"];

/// A table without lines: a header, rows, the columns of `right` aligned to the right. A column that is empty in
/// every row is left out. On a terminal it is no wider than that: words are wrapped and names cut, the columns of `right`
/// never.
pub(crate) fn plain(header: &[&str], rows: &[Vec<String>], right: &[usize]) -> String {
    within(header, rows, right, columns_of_output())
}

/// The same where `indent` stands before each line.
pub(crate) fn indented(header: &[&str], rows: &[Vec<String>], right: &[usize], indent: &str) -> String {
    let limit = columns_of_output().map(|limit| limit.saturating_sub(indent.len()));
    let text = within(header, rows, right, limit);
    text.lines().map(|line| format!("{indent}{line}\n")).collect()
}

/// Names and values, one a line; what is longer than a line goes on below its beginning.
pub(super) fn facts(facts: &[(&str, String)]) -> String {
    facts_within(facts, columns_of_output())
}

fn facts_within(facts: &[(&str, String)], limit: Option<usize>) -> String {
    let names = facts.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    let most = limit.map(|limit| limit.saturating_sub(names + GAP).max(NARROWEST));
    let mut text = String::new();
    for (name, value) in facts {
        let lines = most.map_or_else(|| vec![value.clone()], |most| fitted(value, most, ""));
        for (at, part) in lines.iter().enumerate() {
            let name = if at == 0 { name } else { "" };
            line(&mut text, [name, part.as_str()].into_iter(), &[], &[names, 0]);
        }
    }
    text
}

/// True if tables are made to fit.
pub(super) fn is_fitted() -> bool {
    columns_of_output().is_some()
}

/// A text in lines of so many columns; words that are longer are broken.
pub(super) fn wrapped(text: &str, most: usize) -> Vec<String> {
    let (mut lines, mut used) = (vec![String::new()], 0);
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if used > 0 && used + 1 + width(word) > most {
            lines.push(String::new());
            used = 0;
        }
        if used > 0 {
            used += put(&mut lines, " ", used, most);
        }
        used = put(&mut lines, word, used, most);
    }
    lines
}

/// Puts a text behind the last line, and goes on in new ones where it ends. Gives how wide that one is now.
fn put(lines: &mut Vec<String>, text: &str, mut used: usize, most: usize) -> usize {
    for letter in text.chars() {
        let wide = letter.width().unwrap_or(0);
        if used + wide > most && used > 0 {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            line.push(letter);
        }
        used += wide;
    }
    used
}

/// The beginning of a text, with an ellipsis where it is cut.
fn cut(text: &str, most: usize) -> String {
    let (mut kept, mut used) = (String::new(), 0);
    for letter in text.chars() {
        let wide = letter.width().unwrap_or(0);
        if used + wide + 1 > most {
            break;
        }
        kept.push(letter);
        used += wide;
    }
    kept.truncate(kept.trim_end().len());
    kept + "…"
}

fn within(header: &[&str], rows: &[Vec<String>], right: &[usize], limit: Option<usize>) -> String {
    let used = |column: &usize| rows.is_empty() || rows.iter().any(|row| !row[*column].is_empty());
    let columns: Vec<usize> = (0..header.len()).filter(used).collect();
    let widest = |column: &usize| {
        let cells = rows.iter().flat_map(|row| row[*column].split('\n'));
        cells.map(width).max().unwrap_or(0).max(width(header[*column]))
    };
    let mut widths: Vec<usize> = columns.iter().map(widest).collect();
    let place = |column: &usize| columns.iter().position(|used| used == column);
    let right: Vec<usize> = right.iter().filter_map(place).collect();
    let groups = match limit {
        None => one_group(&columns),
        Some(limit) => {
            narrow(&mut widths, &right, limit);
            folded(&widths, limit)
        }
    };
    let mut text = String::new();
    let heads: Vec<Vec<String>> =
        columns.iter().zip(&widths).map(|(column, width)| fitted(header[*column], *width, "")).collect();
    put_row(&mut text, &heads, &groups, &right, &widths);
    for row in rows {
        let cells: Vec<Vec<String>> = columns
            .iter()
            .enumerate()
            .map(|(at, column)| match right.contains(&at) {
                true => row[*column].split('\n').map(str::to_owned).collect(),
                false => fitted(&row[*column], widths[at], header[*column]),
            })
            .collect();
        put_row(&mut text, &cells, &groups, &right, &widths);
    }
    text
}

fn one_group(columns: &[usize]) -> Vec<std::ops::Range<usize>> {
    std::iter::once(0..columns.len()).collect()
}

/// Makes columns of words narrower, the widest first, until all stand beside each other, if they can.
fn narrow(widths: &mut [usize], right: &[usize], limit: usize) {
    let natural = widths.to_vec();
    let sum = |widths: &[usize]| widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
    while sum(widths) > limit {
        let words = (0..widths.len()).filter(|at| !right.contains(at) && widths[*at] > NARROWEST);
        match words.max_by_key(|at| widths[*at]) {
            Some(at) => widths[at] -= 1,
            None => break,
        }
    }
    if sum(widths) > limit {
        // They will stand below each other: there is room for words then.
        for (at, width) in widths.iter_mut().enumerate().filter(|(at, _)| !right.contains(at)) {
            *width = natural[at].min(limit.saturating_sub(GAP).max(NARROWEST) / 2).max(*width);
        }
    }
}

/// Which columns stand beside each other: all, or as many as there is room for, the others below.
fn folded(widths: &[usize], limit: usize) -> Vec<std::ops::Range<usize>> {
    let (mut groups, mut begin, mut used) = (Vec::new(), 0, 0);
    for (at, width) in widths.iter().enumerate() {
        if at > begin && used + GAP + width > limit {
            groups.push(begin..at);
            // What goes on below is set in.
            (begin, used) = (at, GAP + width);
        } else {
            used += width + if at > begin { GAP } else { 0 };
        }
    }
    groups.push(begin..widths.len());
    groups
}

/// The lines of a cell in its column.
fn fitted(cell: &str, most: usize, header: &str) -> Vec<String> {
    let fit = |line: &str| match width(line) <= most {
        true => vec![line.to_owned()],
        false if CUT.contains(&header) => vec![cut(line, most)],
        false => {
            // What is set in stays so.
            let set_in = line.len() - line.trim_start_matches(' ').len();
            let lines = wrapped(line, most.saturating_sub(set_in).max(1)).into_iter();
            lines.map(|part| " ".repeat(set_in) + &part).collect()
        }
    };
    cell.split('\n').flat_map(fit).collect()
}

/// A row, group below group; a cell of several lines makes it as high.
fn put_row(
    text: &mut String,
    cells: &[Vec<String>],
    groups: &[std::ops::Range<usize>],
    right: &[usize],
    widths: &[usize],
) {
    for group in groups {
        let of_group = &cells[group.clone()];
        let right: Vec<usize> = right.iter().filter_map(|at| at.checked_sub(group.start)).collect();
        for at in 0..of_group.iter().map(Vec::len).max().unwrap_or(1) {
            if group.start > 0 {
                spaces(text, GAP);
            }
            let parts = of_group.iter().map(|cell| cell.get(at).map_or("", String::as_str));
            line(text, parts, &right, &widths[group.clone()]);
        }
    }
}

/// How many columns of a terminal a text takes.
fn width(text: &str) -> usize {
    // Most are plain; a control character has its own say.
    if is_plain(text) { text.len() } else { text.width() }
}

/// Columns that are at least so wide, so that a longer text in one row seldom moves all others: for texts that are kept
/// and compared, thousands at a time.
pub(crate) fn steady(header: &[&str], rows: &[Vec<String>], right: &[usize], widths: &[usize]) -> String {
    let mut widths: Vec<usize> =
        widths.iter().zip(header).map(|(width, name)| (*width).max(self::width(name))).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = self::width(cell).max(*width);
        }
    }
    let mut text = String::new();
    line(&mut text, header.iter().copied(), right, &widths);
    rows.iter().for_each(|row| line(&mut text, row.iter().map(String::as_str), right, &widths));
    text
}

/// One row; nothing stands behind its last cell.
fn line<'c>(text: &mut String, cells: impl Iterator<Item = &'c str>, right: &[usize], widths: &[usize]) {
    for (column, (cell, width)) in cells.zip(widths).enumerate() {
        let space = width.saturating_sub(self::width(cell));
        let (before, after) = if right.contains(&column) { (space, 0) } else { (0, space) };
        spaces(text, before);
        text.push_str(cell);
        spaces(text, after + GAP);
    }
    text.truncate(text.trim_end_matches(' ').len());
    text.push('\n');
}

fn spaces(text: &mut String, mut count: usize) {
    const MANY: &str = "                                                                ";
    while count > 0 {
        let some = count.min(MANY.len());
        text.push_str(&MANY[..some]);
        count -= some;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: [&str; 5] = ["customer", "name", "lines", "total", "why"];

    fn rows() -> Vec<Vec<String>> {
        let long = "Wolkenkratzer Verwaltungs- und Beteiligungsgesellschaft mbH & Co. KG ";
        let long = format!("{long}{}", "Z".repeat(127 - long.len()));
        assert_eq!(long.len(), 127);
        let rows = [
            ["northwind", "Northwind Traders", "12", "1147.51 EUR", "as agreed"],
            ["w", &long, "1048576", "98765432109876.54 EUR", &long],
            ["株式会社", "日本の会社の名前はとても長いのでここでは切られるはずです", "1", "0.00 JPY", ""],
        ];
        rows.map(|row| row.map(str::to_owned).to_vec()).to_vec()
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_no_amount_is_cut() {
        for limit in [40, 80, 100, 120] {
            let text = within(&HEADER, &rows(), &[2, 3], Some(limit));
            for line in text.lines() {
                assert!(width(line) <= limit, "{} of {limit}:\n{text}", width(line));
            }
            for amount in ["1147.51 EUR", "98765432109876.54 EUR", "0.00 JPY", "1048576"] {
                assert!(text.contains(amount), "{limit}: {amount}\n{text}");
            }
            assert!(text.contains('…'), "{text}");
            // What is no name is there whole, in as many lines as it takes.
            let kept = |text: &str| text.chars().filter(|letter| *letter == 'Z').count();
            assert!(kept(&text) >= kept(&rows()[1][4]), "{text}");
        }
        insta::assert_snapshot!(within(&HEADER, &rows(), &[2, 3], Some(80)));
    }

    #[test]
    fn without_a_terminal_nothing_is_cut() {
        let text = within(&HEADER, &rows(), &[2, 3], None);
        assert!(text.contains(&rows()[1][1]) && text.lines().count() == 4, "{text}");
    }

    #[test]
    fn amounts_that_have_no_room_beside_each_other_stand_below() {
        let amounts = ["12345678901234567890.00 EUR"; 3].map(str::to_owned);
        let row: Vec<String> = std::iter::once("acme".to_owned()).chain(amounts).collect();
        insta::assert_snapshot!(within(
            &["customer", "total", "cost", "margin"],
            &[row],
            &[1, 2, 3],
            Some(60)
        ));
    }
}
