//! Control characters in texts, and how a text with any is shown to people.

use std::borrow::Cow;

/// The first control character: of C0 (TAB and line breaks too), DEL, of C1, or Unicode's own two line breaks.
pub(crate) fn first_control(text: &str) -> Option<char> {
    // All others begin with another byte.
    let may_be = |byte: u8| byte < 0x20 || matches!(byte, 0x7f | 0xc2 | 0xe2);
    if !text.bytes().any(may_be) {
        return None;
    }
    text.chars().find(|c| is_control(*c))
}

pub(crate) fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// A text for people that is not worth a refusal: control characters made visible, cut after so many characters, and then
/// with its length.
#[must_use]
pub fn tamed(text: &str, most: usize) -> Cow<'_, str> {
    let cut = text.char_indices().nth(most).map(|(end, _)| end);
    if cut.is_none() && first_control(text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut tamed = String::new();
    for c in text[..cut.unwrap_or(text.len())].chars() {
        if is_control(c) { tamed.extend(c.escape_default()) } else { tamed.push(c) }
    }
    if cut.is_some() {
        tamed.push_str(&format!("... ({} bytes)", text.len()));
    }
    Cow::Owned(tamed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_people_is_tamed() {
        assert!(matches!(tamed("plain ä", 7), Cow::Borrowed(_)));
        assert_eq!(tamed("a\0b\u{2028}", 200), "a\\u{0}b\\u{2028}");
        assert_eq!(tamed(&"ä".repeat(1000), 3), "äää... (2000 bytes)");
    }
}
