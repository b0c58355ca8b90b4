//! A text as it reads once its escapes are taken back: percent coding, JSON and HTML, one inside the other, too.

/// How deep codings are taken back: an address in a JSON text in a log line is three.
const DEPTH: usize = 3;

/// Bytes of which each knows where it stood in the text.
pub(super) struct View {
    pub(super) bytes: Vec<u8>,
    /// Begin and end of each byte in the text; `None` if the bytes are the text.
    places: Option<Vec<(usize, usize)>>,
}

impl View {
    /// Where bytes of the view stand in the text.
    pub(super) fn place(&self, begin: usize, end: usize) -> (usize, usize) {
        match &self.places {
            None => (begin, end),
            Some(places) => (places[begin].0, places[end - 1].1),
        }
    }
}

/// Which codings are taken back.
#[derive(Clone, Copy)]
struct Codings {
    percent: bool,
    json: bool,
    html: bool,
    /// A plus is a space, as in forms.
    plus: bool,
}

const PERCENT: Codings = Codings { percent: true, json: false, html: false, plus: false };
const JSON: Codings = Codings { percent: false, json: true, html: false, plus: false };
const ALL: Codings = Codings { percent: true, json: true, html: true, plus: false };
const FORM: Codings = Codings { percent: true, json: false, html: false, plus: true };

/// The text as it is, and every way in which it can be read. A secret may hold a percent sign or a backslash itself, so
/// that one coding alone is a reading of its own. `spaces` is true if a secret holds one, which forms write as a plus.
pub(super) fn views(text: &[u8], spaces: bool) -> Vec<View> {
    let raw = View { bytes: text.to_vec(), places: None };
    let (percent, json) = (text.contains(&b'%'), text.contains(&b'\\'));
    let mut views = Vec::new();
    if percent && (json || text.contains(&b'&')) {
        views.extend(taken_back(&raw, PERCENT));
    }
    if json && (percent || text.contains(&b'&')) {
        views.extend(taken_back(&raw, JSON));
    }
    views.insert(0, raw);
    let mut from = 0;
    for depth in 0..=DEPTH {
        if spaces && views[from].bytes.contains(&b'+') {
            let form = taken_back(&views[from], FORM);
            views.extend(form);
        }
        if depth == DEPTH {
            break;
        }
        let Some(view) = taken_back(&views[from], ALL) else { break };
        from = views.len();
        views.push(view);
    }
    views
}

/// The view with one layer of codings taken back; `None` if there is none.
fn taken_back(view: &View, codings: Codings) -> Option<View> {
    let text = &view.bytes;
    if !text.iter().any(|byte| matches!(byte, b'%' | b'\\' | b'&' | b'+')) {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut places = Vec::with_capacity(text.len());
    let (mut at, mut coded) = (0, false);
    while at < text.len() {
        let unit = Unit::at(&text[at..], codings);
        let (unit, length) = match unit {
            Some(found) => {
                coded = true;
                found
            }
            None => (Unit::Byte(text[at]), 1),
        };
        let place = view.place(at, at + length);
        let mut room = [0; 4];
        for byte in unit.bytes(&mut room) {
            bytes.push(*byte);
            places.push(place);
        }
        at += length;
    }
    coded.then_some(View { bytes, places: Some(places) })
}

/// What an escape stands for.
enum Unit {
    Byte(u8),
    Char(char),
}

impl Unit {
    fn bytes<'r>(&self, room: &'r mut [u8; 4]) -> &'r [u8] {
        match self {
            Unit::Byte(byte) => {
                room[0] = *byte;
                &room[..1]
            }
            Unit::Char(char) => char.encode_utf8(room).as_bytes(),
        }
    }

    /// The escape at the beginning of a text and its length.
    fn at(text: &[u8], codings: Codings) -> Option<(Unit, usize)> {
        match text[0] {
            b'%' if codings.percent => Some((Unit::Byte(hex(text.get(1..3)?)? as u8), 3)),
            b'\\' if codings.json => Unit::after_backslash(text),
            b'&' if codings.html => Unit::entity(text),
            b'+' if codings.plus => Some((Unit::Byte(b' '), 1)),
            _ => None,
        }
    }

    /// JSON's escapes, and those of Rust and C that are like them.
    fn after_backslash(text: &[u8]) -> Option<(Unit, usize)> {
        let byte = |byte| Some((Unit::Byte(byte), 2));
        match text.get(1)? {
            b'u' if text.get(2) == Some(&b'{') => {
                let end = 3 + text[3..].iter().take(7).position(|byte| *byte == b'}')?;
                Some((Unit::Char(char::from_u32(hex(&text[3..end])?)?), end + 1))
            }
            b'u' => {
                let first = hex(text.get(2..6)?)?;
                if let Some(char) = char::from_u32(first) {
                    return Some((Unit::Char(char), 6));
                }
                // The first half of a pair.
                let second = text.get(6..12).filter(|next| next.starts_with(b"\\u"))?;
                let second = hex(&second[2..]).filter(|half| (0xdc00..0xe000).contains(half))?;
                let both = 0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff);
                Some((Unit::Char(char::from_u32(both)?), 12))
            }
            b'x' => Some((Unit::Byte(hex(text.get(2..4)?)? as u8), 4)),
            b'n' => byte(b'\n'),
            b'r' => byte(b'\r'),
            b't' => byte(b'\t'),
            b'b' => byte(8),
            b'f' => byte(12),
            escaped @ (b'"' | b'\\' | b'/' | b'\'') => byte(*escaped),
            _ => None,
        }
    }

    fn entity(text: &[u8]) -> Option<(Unit, usize)> {
        let end = text.iter().take(10).position(|byte| *byte == b';')?;
        let char = match &text[1..end] {
            b"amp" => '&',
            b"lt" => '<',
            b"gt" => '>',
            b"quot" => '"',
            b"apos" => '\'',
            [b'#', b'x' | b'X', digits @ ..] => char::from_u32(hex(digits)?)?,
            [b'#', digits @ ..] => char::from_u32(std::str::from_utf8(digits).ok()?.parse().ok()?)?,
            _ => return None,
        };
        Some((Unit::Char(char), end + 1))
    }
}

/// The number that some digits, not more than eight, stand for.
fn hex(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(text: &str) -> Vec<String> {
        views(text.as_bytes(), true)
            .iter()
            .map(|view| String::from_utf8_lossy(&view.bytes).into_owned())
            .collect()
    }

    #[test]
    fn every_coding_is_taken_back_also_one_inside_another() {
        for (coded, plain) in [
            ("a%2fb%2FC", "a/b/C"),
            (r#"a\u0041\/\"\\"#, r#"aA/"\"#),
            (r"\ud83d\ude00", "\u{1f600}"),
            (r"\u{e9}\x41", "éA"),
            ("&amp;&#43;&#x2f;&lt;", "&+/<"),
            ("a%252Fb", "a/b"),
            (r"a\\u002Fb", "a/b"),
            ("%5C%22", "\""),
            ("a+b%2Bc", "a b+c"),
            ("a+\\\"b", "a \"b"),
        ] {
            assert!(readings(coded).contains(&plain.to_owned()), "{coded}: {:?}", readings(coded));
        }
        // What one coding would spoil is right in another reading.
        assert!(readings(r#"100%41 \" "#).contains(&r#"100%41 " "#.to_owned()));
    }

    #[test]
    fn what_is_no_escape_stays_as_it_is() {
        for text in
            ["plain", "100 %", "%", "%4", "%zz", "\\", "\\u12", "\\ud83d", "&", "&nbsp", "&#xzz;", "a & b;"]
        {
            assert_eq!(readings(text), [text], "{text}");
        }
    }

    #[test]
    fn every_byte_knows_where_it_stood() {
        let text = r"x%255Cu0041y";
        let views = views(text.as_bytes(), false);
        let last = views.last().unwrap();
        assert_eq!(last.bytes, b"xAy");
        assert_eq!(last.place(0, 1), (0, 1));
        assert_eq!(&text[last.place(1, 2).0..last.place(1, 2).1], r"%255Cu0041");
        assert_eq!(last.place(0, 3), (0, text.len()));
    }
}
