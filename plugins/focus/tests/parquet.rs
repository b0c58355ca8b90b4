//! Every type that a Parquet file may hold FOCUS's numbers, times and texts in, written here and read back.
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::sync::Arc;

use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, FixedLenByteArrayType, Int32Type, Int64Type, Int96,
    Int96Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use ratebook_plugin::{Config, Problem, VendorPlugin, testing};
use ratebook_plugin_focus::Focus;

/// What the file has in place of texts, in one row.
#[derive(Clone)]
enum Value {
    Text(&'static str),
    Bool(bool),
    Int32(i32),
    Int64(i64),
    Int96(i64, u32),
    Bytes(Vec<u8>),
    Fixed(Vec<u8>),
}

const USUAL: [(&str, &str); 11] = [
    ("BilledCost", "1"),
    ("BillingAccountId", "900"),
    ("BillingCurrency", "EUR"),
    ("BillingPeriodStart", "2026-03-01T00:00:00Z"),
    ("BillingPeriodEnd", "2026-04-01T00:00:00Z"),
    ("ChargePeriodStart", "2026-03-04T00:00:00Z"),
    ("ChargeCategory", "Usage"),
    ("ChargeClass", ""),
    ("PricingQuantity", "24"),
    ("PricingUnit", "Hours"),
    ("SkuId", "sku"),
];

/// A file of one row: the usual columns as texts, but for one that is declared otherwise.
fn file(name: &str, declared: &str, value: &Value) -> Vec<u8> {
    let usual = USUAL.into_iter().filter(|(usual, text)| *usual != name && !text.is_empty());
    let mut columns: Vec<(String, Value)> =
        usual.map(|(usual, text)| (format!("required binary {usual} (UTF8);"), Value::Text(text))).collect();
    columns.push(("optional binary ChargeClass (UTF8);".to_owned(), Value::Text("")));
    columns.push((declared.replace("NAME", name) + ";", value.clone()));
    let declared: String = columns.iter().map(|(declared, _)| declared.as_str()).collect();
    let schema = parse_message_type(&format!("message focus {{ {declared} }}")).unwrap();
    let mut bytes = Vec::new();
    let mut writer =
        SerializedFileWriter::new(&mut bytes, Arc::new(schema), Arc::new(WriterProperties::default()))
            .unwrap();
    let mut group = writer.next_row_group().unwrap();
    for (_, value) in &columns {
        match value {
            Value::Text("") => write::<ByteArrayType>(&mut group, &[], 0),
            Value::Text(text) => write::<ByteArrayType>(&mut group, &[ByteArray::from(*text)], 1),
            Value::Bool(value) => write::<BoolType>(&mut group, &[*value], 1),
            Value::Int32(value) => write::<Int32Type>(&mut group, &[*value], 1),
            Value::Int64(value) => write::<Int64Type>(&mut group, &[*value], 1),
            Value::Int96(nanos, day) => {
                let bits = nanos.cast_unsigned().to_le_bytes();
                let half = |at: usize| u32::from_le_bytes(bits[at..at + 4].try_into().unwrap());
                let mut value = Int96::new();
                value.set_data(half(0), half(4), *day);
                write::<Int96Type>(&mut group, &[value], 1);
            }
            Value::Bytes(bytes) => write::<ByteArrayType>(&mut group, &[ByteArray::from(bytes.clone())], 1),
            Value::Fixed(bytes) => {
                write::<FixedLenByteArrayType>(&mut group, &[ByteArray::from(bytes.clone()).into()], 1);
            }
        }
    }
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

fn write<T: DataType>(group: &mut SerializedRowGroupWriter<'_, &mut Vec<u8>>, values: &[T::T], level: i16) {
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(values, Some(&[level]), None).unwrap();
    column.close().unwrap();
}

fn map(bytes: &[u8]) -> Result<testing::Mapped, Problem> {
    let (source, values) = ("test".to_owned(), serde_json::json!({}));
    let plugin = Focus::open(&Config { source, url: None, values, secrets: Vec::new() }).unwrap();
    testing::map(&plugin, "focus-parquet", bytes, "2026-03".parse().unwrap())
}

/// The cost of the line that is made of a file.
fn cost(declared: &str, value: &Value) -> Result<String, String> {
    let mapped = map(&file("BilledCost", declared, value)).map_err(|problem| problem.message)?;
    Ok(mapped.lines[0].total_cost.unwrap().to_string())
}

#[test]
fn decimals_of_every_width_are_exact() {
    let digits = -12_345_678_901_234_567_890_123_456_789_012_345_678_i128;
    for (declared, value, expected) in [
        ("required int32 NAME (DECIMAL(9,4))", Value::Int32(-123_456), "-12.3456"),
        ("optional int64 NAME (DECIMAL(18,6))", Value::Int64(i64::MAX), "9223372036854.775807"),
        ("optional binary NAME (DECIMAL(38,18))", Value::Bytes(vec![0xff, 0x38]), "-0.0000000000000002"),
        (
            "optional fixed_len_byte_array(16) NAME (DECIMAL(38,18))",
            Value::Fixed(digits.to_be_bytes().to_vec()),
            "-12345678901234567890.123456789012345678",
        ),
        (
            "optional fixed_len_byte_array(17) NAME (DECIMAL(38,0))",
            Value::Fixed([&[0xff][..], &digits.to_be_bytes()].concat()),
            "-12345678901234567890123456789012345678",
        ),
        ("optional int64 NAME", Value::Int64(-7), "-7"),
        ("optional int32 NAME (INTEGER(32,false))", Value::Int32(-1), "4294967295"),
        ("optional int64 NAME (INTEGER(64,false))", Value::Int64(-1), "18446744073709551615"),
        ("optional binary NAME (UTF8)", Value::Bytes(b"0.10".to_vec()), "0.1"),
    ] {
        assert_eq!(cost(declared, &value).as_deref(), Ok(expected), "{declared}");
    }
}

#[test]
fn what_is_no_number_is_refused() {
    for (declared, value, why) in [
        ("optional boolean NAME", Value::Bool(true), "\"true\" is not a number"),
        ("optional int32 NAME (DATE)", Value::Int32(1), "something else where a number belongs"),
        ("optional binary NAME", Value::Bytes(vec![0xff]), "not UTF-8"),
        ("optional fixed_len_byte_array(2) NAME", Value::Fixed(vec![49, 49]), "a value of type"),
        (
            "optional binary NAME (DECIMAL(38,0))",
            Value::Bytes(i128::MAX.to_be_bytes().to_vec()),
            "too many digits",
        ),
        ("optional binary NAME (DECIMAL(38,0))", Value::Bytes(vec![1; 17]), "too many digits"),
    ] {
        let error = cost(declared, &value).unwrap_err();
        assert!(error.starts_with("record 1: BilledCost: ") && error.contains(why), "{declared}: {error}");
    }
}

#[test]
fn times_of_every_unit_are_the_same_midnight() {
    const MARCH: i64 = 20_513;
    const DAY: i64 = 86_400_000;
    for (declared, value) in [
        ("optional int64 NAME (TIMESTAMP(MILLIS,true))", Value::Int64(MARCH * DAY)),
        ("optional int64 NAME (TIMESTAMP(MICROS,false))", Value::Int64(MARCH * DAY * 1000)),
        ("optional int64 NAME (TIMESTAMP(NANOS,true))", Value::Int64(MARCH * DAY * 1_000_000)),
        ("optional int64 NAME (TIMESTAMP_MICROS)", Value::Int64(MARCH * DAY * 1000)),
        ("optional int32 NAME (DATE)", Value::Int32(20_513)),
        ("optional int96 NAME", Value::Int96(0, 2_440_588 + 20_513)),
    ] {
        let mapped = map(&file("BillingPeriodStart", declared, &value)).unwrap();
        assert_eq!(mapped.lines.len(), 1, "{declared}");
    }
    for (declared, value) in [
        ("optional int64 NAME (TIMESTAMP(MICROS,true))", Value::Int64(MARCH * DAY * 1000 + 1)),
        ("optional int96 NAME", Value::Int96(1, 2_440_588 + 20_513)),
        ("optional int64 NAME (TIMESTAMP(MILLIS,true))", Value::Int64(MARCH * DAY - 1)),
        ("optional int64 NAME (TIMESTAMP(MILLIS,true))", Value::Int64(i64::MAX)),
        ("optional int64 NAME", Value::Int64(MARCH * DAY)),
        ("optional int32 NAME (TIME_MILLIS)", Value::Int32(0)),
    ] {
        assert!(map(&file("BillingPeriodStart", declared, &value)).is_err(), "{declared}");
    }
}

#[test]
fn an_id_that_is_a_number_is_its_digits() {
    let mapped = map(&file("SkuId", "optional int64 NAME", &Value::Int64(17))).unwrap();
    assert_eq!(mapped.lines[0].sku_id.as_deref(), Some("17"));
}

#[test]
fn a_file_that_is_cut_anywhere_is_refused() {
    let whole = file("BilledCost", "optional int64 NAME", &Value::Int64(7));
    for end in 0..whole.len() {
        assert!(map(&whole[..end]).is_err(), "cut to {end} bytes");
    }
}

/// Not every damage can be seen: a file has no digest of its values. None of them may stop the plugin.
#[test]
fn a_flipped_bit_anywhere_is_read_or_refused() {
    let whole = file("BilledCost", "optional int64 NAME", &Value::Int64(7));
    let mut refused = 0;
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x80;
        refused += usize::from(map(&bytes).is_err());
    }
    assert!(refused > whole.len() / 4, "{refused} of {}", whole.len());
}

/// A text that every row has costs a file nothing, and every line all of it.
#[test]
fn a_file_that_holds_far_more_than_its_size_is_refused() {
    let description = "x".repeat(4000);
    let count = 20_000;
    let names = USUAL
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .chain([("ChargeDescription", description.as_str())]);
    let columns: Vec<(&str, &str)> = names.collect();
    let declared: String =
        columns.iter().map(|(name, _)| format!("required binary {name} (UTF8);")).collect();
    let declared = format!("message focus {{ {declared} optional binary ChargeClass (UTF8); }}");
    let mut bytes = Vec::new();
    let schema = Arc::new(parse_message_type(&declared).unwrap());
    let mut writer =
        SerializedFileWriter::new(&mut bytes, schema, Arc::new(WriterProperties::default())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for (_, text) in &columns {
        let mut column = group.next_column().unwrap().unwrap();
        let values = vec![ByteArray::from(*text); count];
        column.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
        column.close().unwrap();
    }
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<ByteArrayType>().write_batch(&[], Some(&vec![0; count]), None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    assert!(bytes.len() < 200_000, "{} bytes", bytes.len());
    let refused = map(&bytes).unwrap_err();
    assert!(
        refused.message.contains("holds more than 500 times as many in the columns that are read"),
        "{refused}"
    );
}
