//! The values of a Parquet column as cells: every type that FOCUS's texts, numbers and times come in.

use std::borrow::Cow;

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType, Int96};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::RowGroupReader;
use parquet::schema::types::{ColumnDescPtr, ColumnDescriptor};
use ratebook_plugin::Decimal;

use crate::cell::Cell;
use crate::columns::Kind;
use crate::moment::Moment;

/// The longest text of a cell: the tags of a resource are some KiB.
const LONGEST: usize = 64 << 10;

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// A wanted column of a row group, read from its beginning.
pub(super) enum Column {
    /// The file has it not.
    Absent,
    One(Box<Leaf>),
    /// A map of tags, of which one is wanted.
    Map {
        keys: Box<Leaf>,
        values: Box<Leaf>,
        key: String,
    },
}

/// One column of values.
pub(super) struct Leaf {
    reader: ColumnReader,
    descr: ColumnDescPtr,
    kind: Kind,
}

impl Column {
    pub(super) fn open(group: &dyn RowGroupReader, leaves: &[usize], kind: &Kind) -> Result<Column> {
        let leaf = |leaf: usize| -> Result<Box<Leaf>> {
            let descr = group.metadata().column(leaf).column_descr_ptr();
            Ok(Box::new(Leaf { reader: group.get_column_reader(leaf)?, descr, kind: kind.clone() }))
        };
        Ok(match (leaves, kind) {
            ([], _) => Column::Absent,
            ([keys, values, ..], Kind::Tag(key)) => {
                Column::Map { keys: leaf(*keys)?, values: leaf(*values)?, key: key.clone() }
            }
            ([one, ..], _) => Column::One(leaf(*one)?),
        })
    }

    /// The next `count` cells.
    pub(super) fn next(&mut self, count: usize) -> Result<Vec<Cell<'static>>> {
        match self {
            Column::Absent => Ok(vec![Cell::Null; count]),
            Column::One(leaf) => {
                let Levels { cells, .. } = leaf.next(count)?;
                Ok(cells)
            }
            Column::Map { keys, values, key } => {
                let (keys, values) = (keys.next(count)?, values.next(count)?);
                if keys.starts != values.starts {
                    return Err(ParquetError::General(
                        "a map with as many keys as values is expected".to_owned(),
                    ));
                }
                let mut cells: Vec<Cell<'static>> = Vec::with_capacity(count);
                for ((name, value), starts) in keys.cells.into_iter().zip(values.cells).zip(keys.starts) {
                    if starts {
                        cells.push(Cell::Null);
                    }
                    let is_wanted = matches!(&name, Cell::Text(name) if *name == key.as_str());
                    if let Some(found) = cells.last_mut().filter(|_| is_wanted) {
                        *found = match (&found, value) {
                            (Cell::Null, Cell::Text(value)) => Cell::Tag(value.into_owned()),
                            (Cell::Null, other) => other,
                            _ => Cell::Wrong(format!("the tag {key:?} is there twice")),
                        };
                    }
                }
                Ok(cells)
            }
        }
    }
}

/// The values of some records, nulls among them, and which of them begin a record.
struct Levels {
    cells: Vec<Cell<'static>>,
    starts: Vec<bool>,
}

impl Leaf {
    fn next(&mut self, count: usize) -> Result<Levels> {
        let descr = &*self.descr;
        let mut levels = match &mut self.reader {
            ColumnReader::BoolColumnReader(reader) => read(reader, descr, count, |value| {
                Cell::Text(Cow::Borrowed(if *value { "true" } else { "false" }))
            }),
            ColumnReader::Int32ColumnReader(reader) => {
                read(reader, descr, count, |value| whole(i64::from(*value), descr))
            }
            ColumnReader::Int64ColumnReader(reader) => {
                read(reader, descr, count, |value| whole(*value, descr))
            }
            ColumnReader::Int96ColumnReader(reader) => read(reader, descr, count, julian),
            ColumnReader::FloatColumnReader(reader) => read(reader, descr, count, shortest),
            ColumnReader::DoubleColumnReader(reader) => read(reader, descr, count, shortest),
            ColumnReader::ByteArrayColumnReader(reader) => {
                read(reader, descr, count, |value| bytes(value, descr))
            }
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                read(reader, descr, count, |value| bytes(value, descr))
            }
        }?;
        if self.kind == Kind::Text {
            for cell in &mut levels.cells {
                if let Cell::Number(number) = cell {
                    *cell = Cell::Text(Cow::Owned(number.to_string()));
                }
            }
        }
        Ok(levels)
    }
}

fn read<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    descr: &ColumnDescriptor,
    count: usize,
    cell: impl Fn(&T::T) -> Cell<'static>,
) -> Result<Levels> {
    let (mut depths, mut repeats, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let (records, present, levels) =
        reader.read_records(count, Some(&mut depths), Some(&mut repeats), &mut values)?;
    let whole = descr.max_def_level();
    if whole == 0 {
        depths = vec![0; levels];
    }
    if descr.max_rep_level() == 0 {
        repeats = vec![0; levels];
    }
    let filled = depths.iter().filter(|depth| **depth == whole).count();
    if records != count || present != values.len() || filled != values.len() || repeats.len() != depths.len()
    {
        return Err(ParquetError::General(format!("{records} of {count} values are there")));
    }
    let mut values = values.iter();
    let value = |depth: &i16| match *depth == whole {
        true => values.next().map_or(Cell::Null, &cell),
        false => Cell::Null,
    };
    let cells = depths.iter().map(value).collect();
    Ok(Levels { cells, starts: repeats.iter().map(|repeat| *repeat == 0).collect() })
}

/// True for a column of binary floating numbers.
pub(super) fn is_float(descr: &ColumnDescriptor) -> bool {
    matches!(descr.physical_type(), Type::FLOAT | Type::DOUBLE)
}

/// A binary floating number as the shortest decimal that is the same number: what programs print, in CSV too.
fn shortest(value: &impl ToString) -> Cell<'static> {
    Cell::Text(Cow::Owned(value.to_string()))
}

/// How many decimal places the numbers of a column have, if they are decimals.
fn scale(descr: &ColumnDescriptor) -> Option<i32> {
    match descr.logical_type_ref() {
        Some(LogicalType::Decimal(decimal)) => Some(decimal.scale),
        _ => (descr.converted_type() == ConvertedType::DECIMAL).then(|| descr.type_scale()),
    }
}

fn decimal(digits: i128, scale: i32) -> Cell<'static> {
    let number = u32::try_from(scale).ok().and_then(|scale| Decimal::new(digits, scale).ok());
    number.map_or_else(
        || Cell::Wrong(format!("{digits} with {scale} places has too many digits")),
        Cell::Number,
    )
}

fn whole(value: i64, descr: &ColumnDescriptor) -> Cell<'static> {
    let moment = |per_day| {
        Moment::from_epoch(value, per_day)
            .map_or_else(|| Cell::Wrong("a time without end".to_owned()), Cell::Moment)
    };
    if let Some(scale) = scale(descr) {
        return decimal(i128::from(value), scale);
    }
    if let Some(LogicalType::Timestamp(time)) = descr.logical_type_ref() {
        return moment(match time.unit {
            TimeUnit::MILLIS => DAY_MILLIS,
            TimeUnit::MICROS => DAY_MILLIS * 1000,
            TimeUnit::NANOS => DAY_MILLIS * 1_000_000,
        });
    }
    match descr.converted_type() {
        ConvertedType::TIMESTAMP_MILLIS => moment(DAY_MILLIS),
        ConvertedType::TIMESTAMP_MICROS => moment(DAY_MILLIS * 1000),
        ConvertedType::DATE => moment(1),
        ConvertedType::UINT_64 => Cell::Number(Decimal::from(value.cast_unsigned())),
        ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 => {
            Cell::Number(Decimal::from(value & 0xffff_ffff))
        }
        ConvertedType::NONE
        | ConvertedType::INT_8
        | ConvertedType::INT_16
        | ConvertedType::INT_32
        | ConvertedType::INT_64 => Cell::Number(Decimal::from(value)),
        other => Cell::Wrong(format!("a value of type {other}")),
    }
}

/// The old time of Spark: nanoseconds of a day, and the day counted as astronomers do.
fn julian(value: &Int96) -> Cell<'static> {
    const DAY_OF_1970: i64 = 2_440_588;
    let [low, high, day] = *value.data() else { return Cell::Wrong("a time that is cut".to_owned()) };
    let moment = Moment::from_epoch(i64::from(day) - DAY_OF_1970, 1);
    let at_midnight = low == 0 && high == 0;
    moment.map_or_else(
        || Cell::Wrong("a time without end".to_owned()),
        |moment| Cell::Moment(Moment { at_midnight, ..moment }),
    )
}

fn bytes(value: &ByteArray, descr: &ColumnDescriptor) -> Cell<'static> {
    let data = value.data();
    if let Some(scale) = scale(descr) {
        return match signed(data) {
            Some(digits) => decimal(digits, scale),
            None => Cell::Wrong(format!("a decimal of {} bytes has too many digits", data.len())),
        };
    }
    match std::str::from_utf8(data) {
        Ok(text) if text.len() > LONGEST => {
            Cell::Wrong(format!("a text of {} bytes, at most {LONGEST} are read", text.len()))
        }
        Ok(text) if descr.physical_type() == Type::BYTE_ARRAY => Cell::Text(Cow::Owned(text.to_owned())),
        Ok(_) => Cell::Wrong(format!("a value of type {}", descr.physical_type())),
        Err(_) => Cell::Wrong("bytes that are not UTF-8 text".to_owned()),
    }
}

/// A whole number in two's complement, its highest byte first.
fn signed(bytes: &[u8]) -> Option<i128> {
    let fill = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
    let start = bytes.len().saturating_sub(16);
    let (above, low) = bytes.split_at(start);
    let mut whole = [fill; 16];
    whole[16 - low.len()..].copy_from_slice(low);
    let number = i128::from_be_bytes(whole);
    (above.iter().all(|byte| *byte == fill) && (number < 0) == (fill == 0xff)).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_whole_numbers_of_any_length() {
        assert_eq!(signed(&[]), Some(0));
        assert_eq!(signed(&[0x7f]), Some(127));
        assert_eq!(signed(&[0xff, 0x7f]), Some(-129));
        assert_eq!(signed(&[0xff; 20]), Some(-1));
        let mut longer = vec![0; 17];
        longer[1] = 0x80;
        assert_eq!(signed(&longer), None, "one bit more than fits");
        assert_eq!(signed(&i128::MAX.to_be_bytes()), Some(i128::MAX));
    }
}
