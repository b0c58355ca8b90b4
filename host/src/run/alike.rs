//! Customers whose ids are hard to tell apart: one customer that is written in two ways gets two bills.

use std::collections::BTreeMap;

use ratebook_rating::Warning;
use unicode_security::confusable_detection::skeleton;

/// The most groups of ids that are told one by one.
const TOLD: usize = 10;

/// Warns of customers with bills whose ids look alike.
pub(super) fn warnings<'c>(customers: impl Iterator<Item = &'c str>) -> Vec<Warning> {
    let mut looks: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for customer in customers {
        looks.entry(look(customer)).or_default().push(customer);
    }
    let groups: Vec<Vec<&str>> = looks.into_values().filter(|group| group.len() > 1).collect();
    let warning = |message| Warning { code: "W-ALIKE", rules: Vec::new(), line: None, message };
    let mut told: Vec<Warning> = groups.iter().take(TOLD).map(|group| warning(words(group))).collect();
    if let Some(more) = groups.len().checked_sub(TOLD).filter(|more| *more > 0) {
        told.push(warning(format!("{more} more groups of customers have ids that look alike")));
    }
    told
}

fn words(group: &[&str]) -> String {
    let ids: Vec<String> = group.iter().map(|id| shown(id)).collect();
    format!(
        "the customers {} look alike and have a bill each; is it one under several ids?",
        ids.join(" and ")
    )
}

/// An id with the letters named that are not what they look like.
fn shown(id: &str) -> String {
    let foreign: Vec<String> = id
        .chars()
        .filter(|letter| !letter.is_ascii())
        .map(|letter| format!("U+{:04X}", letter as u32))
        .collect();
    match foreign.is_empty() {
        true => format!("{id:?}"),
        false => format!("{id:?} (with {})", foreign.join(", ")),
    }
}

/// How an id looks: without spaces and what cannot be seen, in one case, and each letter as the one it is taken for
/// ([UTS #39](https://www.unicode.org/reports/tr39/#Confusable_Detection)).
fn look(id: &str) -> String {
    let seen = id.chars().filter(|letter| !letter.is_whitespace() && !is_invisible(*letter));
    let lower: String = seen.flat_map(char::to_lowercase).collect();
    skeleton(&lower).flat_map(char::to_lowercase).collect()
}

fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_customer_in_two_spellings_is_told() {
        let told = |ids: &[&str]| -> Vec<String> {
            warnings(ids.iter().copied()).into_iter().map(|warning| warning.message).collect()
        };
        // Case, spaces, a zero-width space, Cyrillic, composed and decomposed.
        for other in ["Acme", "acme ", "ac\u{200b}me", "\u{430}cme", "ACM\u{415}"] {
            assert_eq!(told(&["acme", "contoso", other]).len(), 1, "{other:?}");
        }
        assert_eq!(told(&["caf\u{e9}", "cafe\u{301}"]).len(), 1);
        assert_eq!(
            told(&["acme", "\u{430}cme"]),
            [
                "the customers \"acme\" and \"\u{430}cme\" (with U+0430) look alike and have a bill each; is it one under several ids?"
            ]
        );
        assert!(told(&["acme", "acme-2", "acne", "cafe", "caf\u{e9}", "11", "12"]).is_empty());
        let many: Vec<String> =
            (0..TOLD + 2).flat_map(|number| [format!("c-{number}x"), format!("C-{number}x")]).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(told(&many).len(), TOLD + 1);
        assert_eq!(told(&many)[TOLD], "2 more groups of customers have ids that look alike");
    }
}
