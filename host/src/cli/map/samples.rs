//! How numbers and dates are written, told from the cells there are.

/// The ways of writing numbers that the plugin `table` knows, the plainest first.
const NUMBERS: [&str; 7] = ["1234.56", "1234,56", "1,234.56", "1.234,56", "1 234,56", "1'234.56", "1 234.56"];

/// Patterns of dates that are common, the surest first.
const DATES: [&str; 9] = [
    "YYYY-MM-DD",
    "DD.MM.YYYY",
    "D.M.YYYY",
    "M/D/YYYY",
    "D/M/YYYY",
    "YYYY/MM/DD",
    "YYYYMMDD",
    "YYYY-MM",
    "MM/YYYY",
];

/// The ways of writing numbers that all these cells follow.
pub(super) fn numbers(cells: &[&str]) -> Vec<&'static str> {
    NUMBERS.into_iter().filter(|example| cells.iter().all(|cell| is_number(cell, example))).collect()
}

fn is_number(cell: &str, example: &str) -> bool {
    let group = example.chars().nth(1).filter(|c| !c.is_ascii_digit());
    let point = if example.ends_with(",56") { ',' } else { '.' };
    let cell = cell.trim_start_matches(['-', '(']).trim_end_matches(')');
    let (whole, places) =
        cell.split_once(point).map_or((cell, None), |(whole, places)| (whole, Some(places)));
    let is_group = |c: char| group.is_some_and(|group| c == group || group == ' ' && c == '\u{a0}');
    let groups: Vec<&str> = whole.split(is_group).collect();
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let even = groups.len() == 1 || groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3);
    even && groups.iter().all(|group| digits(group)) && places.is_none_or(digits)
}

/// The patterns that all these cells follow; the times after dates are not looked at.
pub(super) fn dates(cells: &[&str]) -> Vec<&'static str> {
    DATES.into_iter().filter(|pattern| cells.iter().all(|cell| is_date(cell, pattern))).collect()
}

fn is_date(cell: &str, pattern: &str) -> bool {
    let cell = cell.split([' ', 'T']).next().unwrap_or_default();
    let is_sign = |c: char| !c.is_alphanumeric();
    let (tokens, parts): (Vec<&str>, Vec<&str>) =
        (pattern.split(is_sign).collect(), cell.split(is_sign).collect());
    let signs = |text: &str| text.chars().filter(|c| is_sign(*c)).collect::<String>();
    if pattern == "YYYYMMDD" {
        return cell.len() == 8
            && part(&cell[..4], "YYYY")
            && part(&cell[4..6], "MM")
            && part(&cell[6..], "DD");
    }
    signs(pattern) == signs(cell)
        && tokens.len() == parts.len()
        && parts.iter().zip(tokens).all(|(digits, token)| part(digits, token))
}

fn part(digits: &str, token: &str) -> bool {
    let most = match token.as_bytes().first() {
        Some(b'Y') => 9999,
        Some(b'M') => 12,
        _ => 31,
    };
    let length = digits.len() == token.len() || token.len() == 1 && digits.len() == 2;
    length
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && digits.parse().is_ok_and(|n: u32| (1..=most).contains(&n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ways_that_all_cells_follow_are_told() {
        assert_eq!(numbers(&["1.234,56", "7"]), ["1.234,56"]);
        assert_eq!(numbers(&["12.5", "-1"])[0], "1234.56");
        assert!(numbers(&["1.234"]).contains(&"1.234,56"), "it may be both");
        assert_eq!(numbers(&["1 GB"]), [""; 0]);
        assert_eq!(dates(&["2026-03-31T00:00:00Z"]), ["YYYY-MM-DD"]);
        assert_eq!(dates(&["3/14/2026"]), ["M/D/YYYY"]);
        assert_eq!(dates(&["3/4/2026"]), ["M/D/YYYY", "D/M/YYYY"]);
        assert_eq!(dates(&["31.03.2026"])[0], "DD.MM.YYYY");
        assert_eq!(dates(&["1.3.2026"]), ["D.M.YYYY"]);
        assert_eq!(dates(&["20260331"]), ["YYYYMMDD"]);
        assert_eq!(dates(&["March"]), [""; 0]);
    }
}
