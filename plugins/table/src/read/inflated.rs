//! How much a workbook holds: it is inflated once into nothing and counted, since what its directory says of sizes is not to
//! be trusted.

use std::io::{Cursor, Read};

use ratebook_plugin::Problem;
use zip::ZipArchive;

use crate::config::Inflating;

/// Up to here the ratio does not matter: short workbooks of empty cells are no bombs.
const RATIO_FROM: u64 = 16 << 20;

/// Stands before the number of texts that a workbook says it shares; room for as many is made before one is read.
const SAYS_TEXTS: &[u8] = b"uniqueCount";

/// The fewest bytes of XML that such a text takes.
const LEAST_TEXT: u64 = 5;

/// Refuses a workbook that holds more than the configuration lets it.
pub(super) fn check(bytes: &[u8], limits: Inflating) -> Result<(), Problem> {
    // What cannot be opened is refused by whoever reads it, who also says why.
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return Ok(()) };
    let mut inflated = 0;
    let mut part = vec![0; 64 << 10];
    for at in 0..archive.len() {
        let Ok(mut entry) = archive.by_index(at) else { continue };
        let (mut texts, mut own) = (Texts::default(), 0);
        while let Some(count) = entry.read(&mut part).ok().filter(|count| *count > 0) {
            (own, inflated) = (own + count as u64, inflated + count as u64);
            texts.look(&part[..count]);
            within(bytes.len() as u64, inflated, limits)?;
        }
        if texts.most > own / LEAST_TEXT {
            return Err(Problem::data(format!(
                "the workbook says that it shares {} texts, and has room for {}",
                texts.most,
                own / LEAST_TEXT
            )));
        }
    }
    Ok(())
}

fn within(wire: u64, inflated: u64, limits: Inflating) -> Result<(), Problem> {
    let Inflating { bytes, ratio } = limits;
    let advice = |key: &str| {
        format!("If the workbook is what it should be, raise {key} in the source's config, or export CSV.")
    };
    if inflated > bytes {
        return Err(Problem::data(format!("the workbook of {wire} bytes inflates to more than {bytes}"))
            .advise(advice("max_decoded_bytes")));
    }
    if inflated > RATIO_FROM && inflated / ratio > wire {
        return Err(Problem::data(format!(
            "the workbook of {wire} bytes inflates to more than {ratio} times as many; that is no usage report"
        ))
        .advise(advice("max_ratio")));
    }
    Ok(())
}

/// Looks for how many texts an entry says that it holds, wherever it says so.
#[derive(Default)]
struct Texts {
    /// The end of what was looked at, in case it goes on.
    before: Vec<u8>,
    most: u64,
}

impl Texts {
    fn look(&mut self, part: &[u8]) {
        const KEPT: usize = 64;
        self.before.extend_from_slice(part);
        let mut rest = self.before.as_slice();
        while let Some(at) = find(rest, SAYS_TEXTS) {
            rest = &rest[at + SAYS_TEXTS.len()..];
            let said = rest.iter().skip_while(|byte| byte.is_ascii_whitespace() || b"=\"'".contains(byte));
            let digits = said.take_while(|byte| byte.is_ascii_digit());
            let number = digits.fold(0_u64, |number, digit| {
                number.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
            });
            self.most = self.most.max(number);
        }
        let kept = self.before.len().saturating_sub(KEPT);
        self.before.drain(..kept);
    }
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    let first = *word.first()?;
    let mut from = 0;
    while let Some(at) = text.get(from..)?.iter().position(|byte| *byte == first) {
        if text[from + at..].starts_with(word) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    const LIMITS: Inflating = Inflating { bytes: 64 << 20, ratio: 200 };

    fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn told(entries: &[(&str, &[u8])], limits: Inflating) -> Option<String> {
        check(&archive(entries), limits).err().map(|problem| problem.message)
    }

    #[test]
    fn what_inflates_too_far_is_refused_by_size_and_by_ratio() {
        let zeros = vec![b'0'; 20 << 20];
        let small = vec![b'0'; 15 << 20];
        assert_eq!(told(&[("a", &small)], LIMITS), None);
        assert!(
            told(&[("a", &zeros)], LIMITS)
                .unwrap()
                .ends_with("more than 200 times as many; that is no usage report")
        );
        // All entries count together.
        assert!(told(&[("a", &small), ("b", &small)], LIMITS).unwrap().contains("200 times"));
        assert_eq!(told(&[("a", &zeros)], Inflating { ratio: 100_000, ..LIMITS }), None);
        let limits = Inflating { bytes: 1 << 20, ..LIMITS };
        assert!(told(&[("a", &zeros)], limits).unwrap().ends_with("inflates to more than 1048576"));
        check(b"PK\x03\x04 no archive", LIMITS).unwrap();
    }

    #[test]
    fn texts_that_have_no_room_are_refused() {
        let says = |count: &str| {
            format!("<sst count=\"1\" uniqueCount = '{count}'><si><t>a</t></si></sst>").into_bytes()
        };
        assert_eq!(told(&[("xl/sharedStrings.xml", &says("1"))], LIMITS), None);
        let many = told(&[("xl/sharedStrings.xml", &says("4000000000"))], LIMITS).unwrap();
        assert!(
            many.starts_with("the workbook says that it shares 4000000000 texts, and has room for "),
            "{many}"
        );
        // Over the border of two parts too.
        let mut far = vec![b' '; (64 << 10) - 5];
        far.extend(says("99999999"));
        assert!(told(&[("x", &far)], LIMITS).is_some());
    }
}
