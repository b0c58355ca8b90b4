//! What `core` reads: lines, numbers, rules, batches of a plugin, the manifest in its file.

use ratebook_line::{
    BillableLine, CsvLineReader, CsvLineWriter, Decimal, JsonLineReader, JsonLineWriter, LineError,
    MOST_ROWS, Rounding,
};
use ratebook_plugin::Month;
use ratebook_plugin::batch::{PluginBlock, read_block};
use ratebook_plugin::manifest::{Manifest, is_id};
use ratebook_rating::{MemoryFiles, load};

/// Two numbers, a line each.
pub(super) fn decimal(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (one, other) = text.split_once('\n').unwrap_or((text, "0.1"));
    let numbers = [number(one), number(other)];
    let [Some(one), Some(other)] = numbers else { return };
    if let Ok(sum) = one.checked_add(other) {
        assert_eq!(sum, other.checked_add(one).unwrap());
        assert_eq!(sum.checked_sub(other), Ok(one));
    }
    assert_eq!(one.checked_mul(other).ok(), other.checked_mul(one).ok());
    if let Ok(difference) = one.checked_sub(other) {
        assert_eq!(one.cmp(&other), difference.cmp(&Decimal::ZERO));
    }
    assert_eq!(one.cmp(&other), other.cmp(&one).reverse());
}

fn number(text: &str) -> Option<Decimal> {
    let strict = text.parse::<Decimal>();
    if let Ok(value) = strict {
        // What the strict grammar reads, JSON's reads alike.
        assert_eq!(Decimal::from_json_number(text), Ok(value));
    }
    let value = Decimal::from_json_number(text).ok()?;
    assert_eq!(value.to_string().parse(), Ok(value));
    assert!(!value.to_string().starts_with("-0") || !value.is_zero());
    for places in [0, 2, 8] {
        let modes = [Rounding::Down, Rounding::Up, Rounding::HalfUp, Rounding::HalfEven];
        for rounded in modes.map(|mode| value.round(places, mode)) {
            assert_eq!(rounded.to_fixed(places).unwrap().parse(), Ok(rounded));
        }
    }
    Some(value)
}

pub(super) fn lines_json(data: &[u8]) {
    let Ok(lines) = all(|take| JsonLineReader::new(data).for_each(take)) else { return };
    let mut written = JsonLineWriter::new(Vec::new());
    lines.iter().for_each(|line| written.write(line).unwrap());
    let written = written.into_inner();
    assert_eq!(all(|take| JsonLineReader::new(written.as_slice()).for_each(take)).unwrap(), lines);
}

pub(super) fn lines_csv(data: &[u8]) {
    let Ok(lines) = all(|take| CsvLineReader::new(data).for_each(take)) else { return };
    let mut written = Vec::new();
    let mut writer = CsvLineWriter::new(&mut written).unwrap();
    lines.iter().for_each(|line| writer.write(line).unwrap());
    writer.finish().unwrap();
    assert_eq!(all(|take| CsvLineReader::new(written.as_slice()).for_each(take)).unwrap(), lines);
}

type Take<'t> = &'t mut dyn FnMut(BillableLine<'_>) -> Result<(), LineError>;

/// Every line that a reader gives; an error says where it is.
fn all(
    read: impl FnOnce(Take<'_>) -> Result<(), LineError>,
) -> Result<Vec<BillableLine<'static>>, LineError> {
    let mut lines = Vec::new();
    let result = read(&mut |line| {
        lines.push(line.into_owned());
        Ok(())
    });
    if let Err(error) = &result {
        assert!(error.line > 0 && !error.message.is_empty(), "{error:?}");
    }
    result.map(|()| lines)
}

pub(super) fn rules(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let files = || {
        let files = MemoryFiles::new().with("main.toml", text);
        files
            .with("books/one.toml", "[books.one]\n\"S1\" = \"1.50\"\n")
            .with("prices.csv", "sku,price\nS1,2\n")
    };
    match (load("main.toml", &files()), load("main.toml", &files())) {
        (Ok(_), Ok(_)) => {}
        (Err(one), Err(other)) => {
            assert!(!one.problems.is_empty());
            assert_eq!(one.to_string(), other.to_string());
            for problem in &one.problems {
                assert!(!problem.place().is_empty() && !problem.to_string().is_empty());
            }
        }
        _ => panic!("the same rules are read and refused"),
    }
}

/// A block of lines and skipped records.
pub(super) fn batch(data: &[u8]) {
    let month: Month = "2026-03".parse().unwrap();
    let Ok(PluginBlock { lines, fingerprints, duplicates, skipped }) = read_block(data, month) else {
        return;
    };
    let rows = lines.rows();
    assert!(rows + skipped.rows() <= MOST_ROWS);
    assert!(fingerprints.fits(rows) && duplicates.fits(rows));
    let wrong = lines.rows_with_wrong_texts();
    for row in 0..rows {
        let line = lines.line(row).unwrap();
        assert_eq!(line.wrong_texts().is_empty(), wrong.binary_search(&row).is_err());
        // A few bytes may stand for many lines.
        if row < 100 {
            let text = serde_json::to_string(&line).unwrap();
            assert_eq!(serde_json::from_str::<BillableLine<'_>>(&text).unwrap(), line);
        }
    }
    let every_other: Vec<bool> = (0..rows).map(|row| row % 2 == 0).collect();
    assert_eq!(lines.keeping(&every_other).rows(), rows.div_ceil(2));
    assert_eq!(skipped.iter().count(), skipped.rows());
    assert_eq!(skipped.counts().map(|(_, count)| count).sum::<u64>(), skipped.rows() as u64);
    assert!(skipped.iter().all(|(_, reason, what)| {
        reason.word().parse() == Ok(reason) && !what.chars().any(char::is_control)
    }));
}

pub(super) fn plugin_manifest(data: &[u8]) {
    let Ok(manifest) = Manifest::read(data) else { return };
    assert!(is_id(&manifest.id));
    let Manifest { version, panic, rustc, target, .. } = manifest;
    assert!([version, panic, rustc, target].iter().all(|text| !text.chars().any(char::is_control)));
}
