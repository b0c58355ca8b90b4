//! The text of a payload in one of the configured encodings; bytes that do not belong there are refused.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use ratebook_plugin::Problem;

/// The text, without a byte order mark.
pub(super) fn decode<'b>(bytes: &'b [u8], encodings: &[&'static Encoding]) -> Result<Cow<'b, str>, Problem> {
    let (encodings, bytes) = match Encoding::for_bom(bytes) {
        // UTF-16 without its endianness is meant as the mark says.
        Some((marked, length))
            if encodings.contains(&marked)
                || is_utf16(marked) && encodings.iter().any(|known| is_utf16(known)) =>
        {
            (vec![marked], &bytes[length..])
        }
        Some((marked, _)) if is_utf16(marked) => {
            return Err(Problem::data(format!("the file is {} text", marked.name()))
                .advise(format!("Set encoding = \"{}\".", marked.name().to_lowercase())));
        }
        // The mark of UTF-8 is three odd letters in other encodings.
        Some((_, length)) => (vec![UTF_8], &bytes[length..]),
        None => (encodings.to_vec(), bytes),
    };
    let decoded = encodings
        .iter()
        .find_map(|encoding| encoding.decode_without_bom_handling_and_without_replacement(bytes));
    let Some(text) = decoded else { return Err(not_text(bytes, &encodings)) };
    match text.find('\0') {
        Some(at) => {
            let line = text[..at].matches('\n').count() + 1;
            Err(Problem::data(format!("line {line}: a NUL: this is not text in {}", names(&encodings)))
                .advise("Name the file's encoding, such as encoding = \"utf-16le\"."))
        }
        None => Ok(text),
    }
}

fn is_utf16(encoding: &'static Encoding) -> bool {
    [UTF_16LE, UTF_16BE].contains(&encoding)
}

fn names(encodings: &[&'static Encoding]) -> String {
    encodings.iter().map(|encoding| encoding.name()).collect::<Vec<_>>().join(" or ")
}

fn not_text(bytes: &[u8], encodings: &[&'static Encoding]) -> Problem {
    let place = match std::str::from_utf8(bytes) {
        Err(error) if encodings.contains(&UTF_8) => {
            let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            format!("line {line}, byte {}: ", error.valid_up_to())
        }
        _ => String::new(),
    };
    Problem::data(format!("{place}the file is not {} text", names(encodings)))
        .advise("Name the file's encoding, such as encoding = \"windows-1252\" (what spreadsheets in western Europe write).")
}
