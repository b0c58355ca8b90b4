//! What others wrote, quoted so that people can read it: short, and on their lines.

use std::borrow::Cow;

/// Characters of a cell that are shown.
const SHOWN: usize = 200;

/// A message with each of its lines cut: whatever they quote, somebody is to read them.
#[must_use]
pub fn cut_lines(message: String) -> String {
    const LINE: usize = 2000;
    const LINES: usize = 200;
    if message.len() <= LINE {
        return message;
    }
    let lines: Vec<Cow<'_, str>> = message.lines().take(LINES).map(|line| cut(line, LINE)).collect();
    let more = message.lines().count() - lines.len();
    let rest = if more > 0 { format!("\nand {more} more lines") } else { String::new() };
    lines.join("\n") + &rest
}

/// The text of a cell for people: in quotes; a long one is cut, and its length is said.
#[must_use]
pub fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{:?}... ({} bytes)", &text[..end], text.len()),
        None => format!("{text:?}"),
    }
}

/// A text of at most so many characters; a longer one is cut, and its length is said.
#[must_use]
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}... ({} bytes)", &text[..end], text.len())),
        None => Cow::Borrowed(text),
    }
}

/// A few words on bytes that are not what was expected: the first of them, or that there are none.
#[must_use]
pub fn describe(bytes: &[u8]) -> String {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    let head = head.trim_start_matches('\u{feff}').trim();
    let lower = head.to_ascii_lowercase();
    if head.is_empty() {
        "an empty body".to_owned()
    } else if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        "an HTML page (a sign-in or error page?)".to_owned()
    } else {
        format!("{:?}", head.chars().take(60).collect::<String>())
    }
}
