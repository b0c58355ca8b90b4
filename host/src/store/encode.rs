//! The rows of a column as pages of Parquet: at most a dictionary and one page of data.

use bytes::Bytes;
use hashbrown::HashMap;
use parquet::basic::Encoding;
use parquet::column::page::Page;
use parquet::data_type::{ByteArray, FixedLenByteArray};
use parquet::file::statistics::Statistics;
use ratebook_line::{Decimal, Interner, Rounding, TextColumn, Texts, Values};

use super::column::{Column, Data, Kind, MONEY_PLACES};
use super::packed::{bits_of, write_deltas, write_hybrid, write_run};

/// The largest amount of money in a table, in units of its last place: 18 digits.
const MOST_MONEY: i128 = 999_999_999_999_999_999;
/// The largest number of 38 digits.
const MOST_WIDE: i128 = 10_i128.pow(38) - 1;
/// Longer texts are no help for who looks for one in a file.
const LONGEST_BOUND: usize = 256;

/// A column's rows, ready to be written.
pub(super) struct Pages {
    pub(super) dictionary: Option<Page>,
    pub(super) data: Page,
    pub(super) statistics: Option<Statistics>,
}

/// The columns of Parquet that a column's rows are.
///
/// # Errors
/// If a number is too large for the table; says which.
pub(super) fn encode(column: &Column, data: &Data<'_>, rows: usize) -> Result<Vec<Pages>, String> {
    let about = |what: String| format!("{}: {what}", column.name);
    Ok(match (column.kind, data) {
        (Kind::Text, Data::Text(texts)) => vec![text(texts, rows)],
        (Kind::Number { .. }, Data::Number(Values::Same(None))) => {
            let none = Statistics::fixed_len_byte_array(None, None, None, Some(rows as u64), false);
            vec![absent(rows, none), text(&TextColumn::same(""), rows)]
        }
        (Kind::Number { places }, Data::Number(numbers)) => number(numbers, rows, places),
        (Kind::Money, Data::NoMoney) => {
            vec![absent(rows, Statistics::int64(None, None, None, Some(rows as u64), false))]
        }
        (Kind::Money, Data::Money(amounts)) => vec![money(amounts).map_err(about)?],
        (Kind::Count, Data::Count(Values::Same(count))) => {
            vec![longs(&vec![Some(signed(*count).map_err(about)?); rows], false)]
        }
        (Kind::Count, Data::Count(Values::Each(counts))) => {
            let counts = counts.iter().map(|count| signed(*count).map(Some));
            vec![longs(&counts.collect::<Result<Vec<_>, _>>().map_err(about)?, false)]
        }
        (Kind::MaybeCount, Data::MaybeCount(counts)) => {
            let counts = counts.iter().map(|count| count.map(signed).transpose());
            vec![longs(&counts.collect::<Result<Vec<_>, _>>().map_err(about)?, true)]
        }
        (Kind::Flag, Data::Flag(flags)) => vec![flag(flags)],
        (Kind::Counts, Data::Counts(lengths, counts)) => {
            let counts = counts.iter().map(|count| signed(*count));
            vec![list(lengths, &counts.collect::<Result<Vec<_>, _>>().map_err(about)?)]
        }
        _ => return Err(about("its rows are of another kind".to_owned())),
    })
}

fn signed(count: u64) -> Result<i64, String> {
    i64::try_from(count).map_err(|_| format!("{count} is too large for the table"))
}

fn page(bytes: Vec<u8>, entries: usize, encoding: Encoding) -> Page {
    Page::DataPage {
        buf: Bytes::from(bytes),
        num_values: u32::try_from(entries).unwrap_or(u32::MAX),
        encoding,
        def_level_encoding: Encoding::RLE,
        rep_level_encoding: Encoding::RLE,
        statistics: None,
    }
}

fn dictionary(bytes: Vec<u8>, entries: usize) -> Page {
    Page::DictionaryPage {
        buf: Bytes::from(bytes),
        num_values: u32::try_from(entries).unwrap_or(u32::MAX),
        encoding: Encoding::PLAIN,
        is_sorted: false,
    }
}

/// Appends levels of one bit with their length before them.
fn levels(to: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let at = to.len();
    to.extend_from_slice(&[0; 4]);
    write(to);
    let length = u32::try_from(to.len() - at - 4).unwrap_or(u32::MAX);
    to[at..at + 4].copy_from_slice(&length.to_le_bytes());
}

/// Appends which rows are there.
fn presence(to: &mut Vec<u8>, rows: usize, absent: usize, is_there: impl Iterator<Item = bool>) {
    levels(to, |to| match absent {
        0 => write_run(to, 1, rows, 1),
        _ if absent == rows => write_run(to, 0, rows, 1),
        _ => write_hybrid(to, &is_there.map(u32::from).collect::<Vec<_>>(), 1),
    });
}

/// Rows none of which is there.
fn absent(rows: usize, statistics: Statistics) -> Pages {
    let mut bytes = Vec::new();
    presence(&mut bytes, rows, rows, std::iter::empty());
    Pages { dictionary: None, data: page(bytes, rows, Encoding::PLAIN), statistics: Some(statistics) }
}

fn text(column: &TextColumn, rows: usize) -> Pages {
    let TextColumn { texts, ids } = column;
    let mut bytes = Vec::new();
    let absent = match ids {
        Values::Same(id) => {
            if *id == 0 {
                rows
            } else {
                0
            }
        }
        Values::Each(ids) => ids.iter().filter(|id| **id == 0).count(),
    };
    presence(&mut bytes, rows, absent, (0..rows).map(|row| ids.get(row) != 0));
    if absent == rows {
        let statistics = Statistics::byte_array(None, None, None, Some(absent as u64), false);
        let data = page(bytes, rows, Encoding::PLAIN);
        return Pages { dictionary: None, data, statistics: Some(statistics) };
    }
    let entries = texts.len() - 1;
    let width = bits_of(entries as u64 - 1).max(1);
    bytes.push(width as u8);
    match ids {
        Values::Same(id) => write_run(&mut bytes, id - 1, rows, width),
        Values::Each(ids) if absent == 0 => {
            write_hybrid(&mut bytes, &ids.iter().map(|id| id - 1).collect::<Vec<_>>(), width);
        }
        Values::Each(ids) => {
            let there: Vec<u32> = ids.iter().filter(|id| **id != 0).map(|id| id - 1).collect();
            write_hybrid(&mut bytes, &there, width);
        }
    }
    let mut plain = Vec::with_capacity(texts.bytes() + 4 * entries);
    for text in texts.iter().skip(1) {
        plain.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
        plain.extend_from_slice(text.as_bytes());
    }
    Pages {
        dictionary: Some(dictionary(plain, entries)),
        data: page(bytes, rows, Encoding::RLE_DICTIONARY),
        statistics: Some(text_bounds(texts, absent)),
    }
}

fn text_bounds(texts: &Texts, absent: usize) -> Statistics {
    let short = |text: &&str| text.len() <= LONGEST_BOUND;
    let bound = |text: &str| Some(ByteArray::from(text));
    let (least, most) = (texts.iter().skip(1).min(), texts.iter().skip(1).max());
    let (least, most) = match least.filter(short).zip(most.filter(short)) {
        Some((least, most)) => (bound(least), bound(most)),
        None => (None, None),
    };
    Statistics::byte_array(least, most, None, Some(absent as u64), false)
}

/// Powers of ten.
const UNITS: [u64; 19] = {
    let mut units = [1; 19];
    let mut at = 1;
    while at < units.len() {
        units[at] = units[at - 1] * 10;
        at += 1;
    }
    units
};

/// The number in units of so many places, rounded if it has more, and whether it is exactly that. None if it has more
/// than 38 digits so.
fn scaled(number: Decimal, places: u32) -> (Option<i128>, bool) {
    // Nearly all are as short: at most 19 digits times a unit of at most 19 digits are less than 39.
    let unit = places.checked_sub(number.places()).and_then(|more| UNITS.get(more as usize));
    if let (Some(unit), Ok(mantissa)) = (unit, i64::try_from(number.mantissa())) {
        return (Some(i128::from(mantissa) * i128::from(*unit)), true);
    }
    let short = number.round(places, Rounding::HalfUp);
    let units =
        10_i128.checked_pow(places - short.places()).and_then(|unit| short.mantissa().checked_mul(unit));
    let units = units.filter(|units| units.unsigned_abs() <= MOST_WIDE.unsigned_abs());
    (units, units.is_some() && short == number)
}

/// The decimals, and the texts of those that are more than that.
fn number(numbers: &Values<Option<Decimal>>, rows: usize, places: u32) -> Vec<Pages> {
    let mut texts = Interner::default();
    let mut one = |number: Option<Decimal>| match number {
        None => (None, 0),
        Some(number) => match scaled(number, places) {
            (units, true) => (units, 0),
            (units, false) => (units, texts.intern(&number.to_string())),
        },
    };
    let (units, exact): (Vec<Option<i128>>, Values<u32>) = match numbers {
        Values::Same(number) => {
            let (units, exact) = one(*number);
            (vec![units; rows], Values::Same(exact))
        }
        Values::Each(numbers) => {
            let mut any = false;
            let mut units = Vec::with_capacity(rows);
            let mut exact = vec![0; rows];
            for (number, exact) in numbers.iter().zip(&mut exact) {
                let (unit, text) = one(*number);
                units.push(unit);
                *exact = text;
                any |= text != 0;
            }
            (units, if any { Values::Each(exact) } else { Values::Same(0) })
        }
    };
    vec![wide(&units), text(&TextColumn { texts: texts.take(), ids: exact }, rows)]
}

/// Decimals of 16 bytes, by a dictionary where that is shorter.
fn wide(units: &[Option<i128>]) -> Pages {
    let rows = units.len();
    let absent = units.iter().filter(|units| units.is_none()).count();
    let there = || units.iter().flatten();
    let mut bytes = Vec::new();
    presence(&mut bytes, rows, absent, units.iter().map(Option::is_some));
    let bound =
        |units: Option<&i128>| units.map(|units| FixedLenByteArray::from(units.to_be_bytes().to_vec()));
    let statistics = |least: Option<&i128>, most: Option<&i128>| {
        let absent = Some(absent as u64);
        Some(Statistics::fixed_len_byte_array(bound(least), bound(most), None, absent, false))
    };
    if absent == rows {
        return Pages {
            dictionary: None,
            data: page(bytes, rows, Encoding::PLAIN),
            statistics: statistics(None, None),
        };
    }
    let mut known: HashMap<i128, u32> = HashMap::with_capacity(1 << 10);
    let mut distinct: Vec<i128> = Vec::new();
    let mut ids = Vec::with_capacity(rows - absent);
    let mut before = None;
    for units in there() {
        // More than half of them are different: a dictionary would only be longer.
        if distinct.len() > 64 + (rows - absent) / 2 {
            break;
        }
        let id = match before {
            Some((same, id)) if same == units => id,
            _ => *known.entry(*units).or_insert_with(|| {
                distinct.push(*units);
                distinct.len() as u32 - 1
            }),
        };
        before = Some((units, id));
        ids.push(id);
    }
    let width = bits_of(distinct.len() as u64 - 1).max(1);
    let by_dictionary = distinct.len() * 16 + (rows - absent) * width as usize / 8;
    if ids.len() < rows - absent || by_dictionary >= (rows - absent) * 16 {
        there().for_each(|units| bytes.extend_from_slice(&units.to_be_bytes()));
        return Pages {
            dictionary: None,
            data: page(bytes, rows, Encoding::PLAIN),
            statistics: statistics(there().min(), there().max()),
        };
    }
    bytes.push(width as u8);
    write_hybrid(&mut bytes, &ids, width);
    let plain: Vec<u8> = distinct.iter().flat_map(|units| units.to_be_bytes()).collect();
    Pages {
        dictionary: Some(dictionary(plain, distinct.len())),
        data: page(bytes, rows, Encoding::RLE_DICTIONARY),
        statistics: statistics(distinct.iter().min(), distinct.iter().max()),
    }
}

fn money(amounts: &[Option<Decimal>]) -> Result<Pages, String> {
    let units = amounts.iter().map(|amount| {
        let Some(amount) = amount else { return Ok(None) };
        let unit = 10_i128.checked_pow(MONEY_PLACES.checked_sub(amount.places()).unwrap_or(u32::MAX));
        let units = unit.and_then(|unit| amount.mantissa().checked_mul(unit));
        match units.filter(|units| units.abs() <= MOST_MONEY).and_then(|units| i64::try_from(units).ok()) {
            Some(units) => Ok(Some(units)),
            None => Err(format!(
                "{amount} is no amount of at most 14 digits before and {MONEY_PLACES} after the point"
            )),
        }
    });
    Ok(longs(&units.collect::<Result<Vec<_>, String>>()?, true))
}

fn longs(values: &[Option<i64>], may_be_absent: bool) -> Pages {
    let there: Vec<i64> = values.iter().copied().flatten().collect();
    let (rows, absent) = (values.len(), values.len() - there.len());
    let mut bytes = Vec::new();
    if may_be_absent {
        presence(&mut bytes, rows, absent, values.iter().map(Option::is_some));
    }
    let (least, most) = (there.iter().min(), there.iter().max());
    let statistics = Statistics::int64(least.copied(), most.copied(), None, Some(absent as u64), false);
    let encoding = if there.is_empty() { Encoding::PLAIN } else { Encoding::DELTA_BINARY_PACKED };
    if !there.is_empty() {
        write_deltas(&mut bytes, &there);
    }
    Pages { dictionary: None, data: page(bytes, rows, encoding), statistics: Some(statistics) }
}

fn flag(flags: &[bool]) -> Pages {
    let packed = flags
        .chunks(8)
        .map(|bits| bits.iter().enumerate().fold(0_u8, |byte, (at, bit)| byte | u8::from(*bit) << at));
    Pages { dictionary: None, data: page(packed.collect(), flags.len(), Encoding::PLAIN), statistics: None }
}

fn list(lengths: &[u32], values: &[i64]) -> Pages {
    let mut bytes = Vec::new();
    // The first of each row begins it; a row without any is there as an entry without a value.
    let entries: usize = lengths.iter().map(|length| (*length).max(1) as usize).sum();
    let is_single = lengths.iter().all(|length| *length <= 1);
    levels(&mut bytes, |to| {
        if is_single {
            return write_run(to, 0, entries, 1);
        }
        let goes_on = lengths.iter().flat_map(|length| {
            std::iter::once(0).chain(std::iter::repeat_n(1, length.saturating_sub(1) as usize))
        });
        write_hybrid(to, &goes_on.collect::<Vec<u32>>(), 1);
    });
    levels(&mut bytes, |to| {
        if values.len() == entries {
            return write_run(to, 1, entries, 1);
        }
        let is_there = lengths
            .iter()
            .flat_map(|length| std::iter::repeat_n(u32::from(*length > 0), (*length).max(1) as usize));
        write_hybrid(to, &is_there.collect::<Vec<u32>>(), 1);
    });
    let encoding = if values.is_empty() { Encoding::PLAIN } else { Encoding::DELTA_BINARY_PACKED };
    if !values.is_empty() {
        write_deltas(&mut bytes, values);
    }
    Pages { dictionary: None, data: page(bytes, entries, encoding), statistics: None }
}
