use proptest::prelude::*;
use ratebook_line::{BillableLine, Decimal, MOST_ROWS, Month, TextColumn, TextField, Values};

use super::encode::Writer;
use super::layout::{STEPS, TEXT};
use super::*;
use crate::duplicates::Duplicates;
use crate::fingerprint::Fingerprint;
use crate::line::Line;
use crate::skip::Skip;

fn march() -> Month {
    Month::new(2026, 3).unwrap()
}

fn read(bytes: &[u8]) -> Result<PluginBlock, String> {
    read_block(bytes, march()).map_err(|error| error.0)
}

/// A line as the host sees it.
fn billable<'a>(line: &Line<'a>) -> BillableLine<'a> {
    let text = |text: Option<&'a str>| text.map(Into::into);
    BillableLine {
        tenant: text(line.tenant),
        tenant_name: text(line.tenant_name),
        partner: text(line.partner),
        customer: text(line.customer),
        sku_id: text(line.sku_id),
        sku_name: text(line.sku_name),
        edition: text(line.edition),
        meter: text(line.meter),
        tags: line.tags.iter().map(|tag| (*tag).into()).collect(),
        consumed_quantity: line.consumed_quantity,
        entitled_quantity: line.entitled_quantity,
        overage_quantity: line.overage_quantity,
        billable_quantity: line.billable_quantity,
        billing_unit: text(line.billing_unit),
        measure: text(line.measure),
        unit_price: line.unit_price,
        total_cost: line.total_cost,
        currency: line.currency,
        payment_option: text(line.payment_option),
        ..BillableLine::new(line.usage_month.unwrap_or(march()))
    }
}

type Row = (u64, [Option<u16>; 5], Option<(i64, u32)>, Option<i128>, Vec<String>, u8);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let number = proptest::option::of((any::<i64>(), 0_u32..=38));
    let large = proptest::option::of(-(10_i128.pow(37))..10_i128.pow(37));
    let row = (
        any::<u64>(),
        proptest::array::uniform5(proptest::option::of(0..400_u16)),
        number,
        large,
        proptest::collection::vec("[a-zä]{1,5}", 0..3),
        any::<u8>(),
    );
    proptest::collection::vec(row, 0..300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn lines_there_and_back(rows in rows()) {
        let names: Vec<String> = (0..400).map(|number| format!("text ä {number}")).collect();
        let text = |at: Option<u16>| at.map(|at| names[usize::from(at)].as_str());
        let lines: Vec<Line<'_>> = rows.iter().map(|(row, texts, number, large, tags, some)| Line {
            tenant: text(texts[0]),
            customer: text(texts[1]),
            sku_id: text(texts[2]),
            measure: text(texts[3].filter(|at| *at < 3)),
            payment_option: text(texts[4]),
            consumed_quantity: Some(Decimal::from(u32::from(*some))),
            unit_price: Some(Decimal::ONE),
            total_cost: number.map(|(digits, places)| Decimal::new(digits.into(), places).unwrap()),
            billable_quantity: large.map(|digits| Decimal::new(digits, u32::from(some % 7)).unwrap()),
            tags: tags.iter().map(String::as_str).collect(),
            currency: ["", "EUR", "KWD"][usize::from(some % 3)].parse().ok(),
            fingerprint: (some % 4 == 1).then(|| Fingerprint::of([names[usize::from(*some)].as_str()])),
            duplicates: [Duplicates::Refuse, Duplicates::Keep, Duplicates::Drop][usize::from(some % 5 % 3)],
            usage_month: (some % 2 == 1).then(|| Month::new(2026, 1 + (some % 12).cast_signed()).unwrap()),
            ..Line::at(*row)
        }).collect();
        let mut batch = BlockBatch::default();
        // What was taken leaves nothing behind.
        for rows in [&lines[..lines.len() / 3], &lines[..]] {
            rows.iter().for_each(|line| batch.push(line, line.fingerprint, line.duplicates));
            prop_assert_eq!(batch.rows(), rows.len());
            let block = read(&batch.take()).unwrap();
            prop_assert_eq!(block.lines.rows(), rows.len());
            for (row, line) in rows.iter().enumerate() {
                prop_assert_eq!(block.lines.line(row).unwrap(), billable(line));
                prop_assert_eq!(block.lines.records().get(row), line.row);
                prop_assert_eq!(block.fingerprints.get(row), line.fingerprint);
                prop_assert_eq!(block.duplicates.get(row), line.duplicates);
            }
            prop_assert_eq!((batch.rows(), batch.text()), (0, 0));
        }
    }

    #[test]
    fn damaged_blocks_are_refused_or_read_but_never_panic(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<proptest::sample::Index>(),
    ) {
        let whole = sample().take();
        prop_assert!(read(&whole[..cut.index(whole.len())]).is_err());
        let mut bytes = whole;
        let length = bytes.len();
        for (at, value) in changes {
            bytes[at.index(length)] = value;
        }
        if let Ok(block) = read(&bytes) {
            (0..block.lines.rows()).for_each(|row| drop(block.lines.line(row).unwrap()));
            assert_eq!(block.skipped.iter().count(), block.skipped.rows());
            assert_eq!(block.skipped.counts().map(|(_, count)| count as usize).sum::<usize>(), block.skipped.rows());
            drop(block.lines.rows_with_wrong_texts());
        }
    }
}

/// A few lines and skipped records with all kinds and forms of columns.
fn sample() -> BlockBatch {
    let mut batch = BlockBatch::default();
    let line = Line { tenant: Some("t-ä"), total_cost: Some(Decimal::ONE), ..Line::at(1) };
    batch.push(&line, Some(Fingerprint::of(["t"])), Duplicates::Drop);
    let large = Decimal::new(10_i128.pow(30) + 1, 3).ok();
    let line = Line {
        sku_id: Some("s"),
        tags: vec!["a", "b"],
        total_cost: large,
        unit_price: Decimal::new(5, 2).ok(),
        currency: "EUR".parse().ok(),
        usage_month: Month::new(2026, 2),
        ..Line::at(2)
    };
    batch.push(&line, None, Duplicates::Refuse);
    batch.skip(3, Skip::Zero, "m-ä");
    batch.skip(7, Skip::Trial, "");
    batch
}

#[test]
fn skipped_records_there_and_back() {
    let mut batch = sample();
    Skip::ALL.into_iter().zip(8..).for_each(|(reason, row)| batch.skip(row, reason, "euc_count\n"));
    let skipped = read(&batch.take()).unwrap().skipped;
    let read: Vec<(u64, Skip, &str)> = skipped.iter().collect();
    assert_eq!(
        read[..3],
        [(3, Skip::Zero, "m-ä"), (7, Skip::Trial, ""), (8, Skip::Aggregate, "euc_count\\n")]
    );
    assert_eq!(skipped.rows(), 2 + Skip::ALL.len());
    let counts: Vec<(Skip, u64)> = skipped.counts().collect();
    assert_eq!(counts.len(), Skip::ALL.len());
    assert!(counts.contains(&(Skip::Zero, 2)) && counts.contains(&(Skip::NoSku, 1)), "{counts:?}");
    let dropped = SkippedRecords::alike(vec![4, 9], Skip::Duplicate, "again");
    assert_eq!(
        dropped.iter().collect::<Vec<_>>(),
        [(4, Skip::Duplicate, "again"), (9, Skip::Duplicate, "again")]
    );
    assert_eq!(dropped.counts().collect::<Vec<_>>(), [(Skip::Duplicate, 2)]);
}

#[test]
fn columns_are_as_narrow_as_what_is_in_them() {
    let bytes = |skus: u32| {
        let skus: Vec<String> = (0..skus).map(|number| number.to_string()).collect();
        let mut batch = BlockBatch::default();
        for (row, at) in (1..=60_000_u32).zip((0..skus.len()).cycle()) {
            let line =
                Line { sku_id: Some(&skus[at]), consumed_quantity: Some(row.into()), ..Line::at(row.into()) };
            batch.push(&line, None, Duplicates::Refuse);
        }
        batch.take().len()
    };
    // Eight bytes of a number each; records one by one and a SKU of all take none.
    assert!(bytes(1) < 60_000 * 8 + 200);
    assert!(bytes(200) < 60_000 * 9 + 3000);
    assert!(bytes(300) < 60_000 * 10 + 4000);
}

/// A message of one line with a column.
fn one(kind: u8, name: &str, data: &[u8]) -> Vec<u8> {
    let mut to = Writer::new(1, 0);
    to.column(kind, name, |to| to.extend_from_slice(data));
    to.finish()
}

#[test]
fn what_the_host_would_lose_is_refused() {
    let unknown = read(&one(STEPS, "shoe_size", &[0; 9])).unwrap_err();
    assert_eq!(
        unknown,
        "it holds a column \"shoe_size\" that this ratebook does not know; use a newer ratebook"
    );
    // Nor is it for a plugin to say whose lines they are.
    assert!(read(&one(TEXT, "vendor", &[0; 9])).unwrap_err().contains("\"vendor\""));
    assert!(read(b"RBL2\x01\0\0\0\0\0\0\0\x01\0\0\0").unwrap_err().contains("cut short"));
    assert!(read(b"RBL1\0\0\0\0\0\0\0\0").unwrap_err().contains("does not begin as one"));
    assert!(read(b"nonsense").is_err());
    let mut long = sample().take();
    long.push(0);
    assert_eq!(read(&long).unwrap_err(), "bytes follow its end");
}

#[test]
fn what_was_forged_is_refused() {
    let most = u32::try_from(MOST_ROWS).unwrap();
    for (lines, skipped) in [(most + 1, 0), (most, 1), (0, u32::MAX), (u32::MAX, 1)] {
        let claims = [*b"RBL2", lines.to_le_bytes(), skipped.to_le_bytes(), [0; 4]].concat();
        assert_eq!(read(&claims).unwrap_err(), "it says that it holds more than 65536 records");
    }
    let texts = |count: u32, ends: &[u32], all: &[u8], ids: &[u8]| {
        let ends: Vec<u8> = ends.iter().flat_map(|end| end.to_le_bytes()).collect();
        read(&one(TEXT, "tenant", &[&count.to_le_bytes(), &ends[..], all, ids].concat()))
    };
    let tenant = |block: PluginBlock| block.lines.text(TextField::Tenant).get(0).to_owned();
    assert_eq!(texts(1, &[2], b"ab", &[1, 1]).map(tenant).unwrap(), "ab");
    assert_eq!(texts(2, &[2, 4], b"abab", &[1, 2]).map(tenant).unwrap(), "ab");
    let wrong = "has texts with wrong ends";
    for (result, what) in [
        (texts(u32::MAX, &[2], b"ab", &[1, 1]), "has a wrong length"),
        (texts(1, &[3], b"ab", &[1]), "cut short"),
        (texts(1, &[200], b"ab", &[1, 1]), "cut short"),
        (texts(2, &[2, 2], b"ab", &[1, 1]), wrong),
        (texts(2, &[2, 1], b"a", &[1, 1]), wrong),
        (texts(2, &[1, 2], "ä".as_bytes(), &[1, 1]), wrong),
        (texts(1, &[2], &[0xc3, 0x28], &[1, 1]), "not UTF-8"),
        (texts(1, &[2], b"ab", &[1, 2]), "names a text that is not there"),
        (texts(1, &[2], b"ab", &[0, 9, 0, 0, 0]), "names a text that is not there"),
        (texts(1, &[2], b"ab", &[1, 1, 1]), "has a wrong length"),
        (texts(1, &[2], b"ab", &[2, 1]), "has a wrong length"),
        (texts(1, &[2], b"ab", &[3, 1]), "has numbers of 3 bytes"),
    ] {
        let refused = result.unwrap_err();
        assert!(refused.contains(what), "{refused}, not {what}");
    }
    let number = |places: u8, digits: i128| {
        read(&one(1, "total_cost", &[&[0, places][..], &digits.to_le_bytes()].concat()))
    };
    assert!(number(2, 150).is_ok());
    for refused in [number(200, 1), number(0, i128::MAX), number(255, 1)] {
        assert!(refused.unwrap_err().starts_with("a number in it is not usable: "));
    }
    let text = |field: &str, text: &str| {
        let mut to = Writer::new(1, 0);
        to.texts(field, &TextColumn::same(text));
        read(&to.finish()).unwrap_err()
    };
    assert!(text("usage_month", "2026-13").contains("\"2026-13\" is not a month"));
    assert!(text("currency", "EURO").contains("\"EURO\" is not a currency"));
    assert!(text("duplicates", "often").contains("\"often\" says nothing of records that are alike"));
    let mut to = Writer::new(0, 1);
    to.steps("skipped_record", &[1]);
    assert!(read(&to.finish()).unwrap_err().contains("without a reason"));
    let mut to = Writer::new(0, 1);
    to.texts("skipped_reason", &TextColumn::same("other"));
    assert!(read(&to.finish()).unwrap_err().contains("\"other\" is not a reason"));
}

#[test]
fn lines_of_which_nothing_is_said_are_of_the_month_that_was_asked_for() {
    let block = read(&Writer::new(3, 0).finish()).unwrap();
    assert_eq!(block.lines.text(TextField::UsageMonth), &TextColumn::same("2026-03"));
    assert_eq!(block.lines.text(TextField::Currency).ids, Values::Same(0));
    assert_eq!(block.lines.line(2).unwrap(), BillableLine::new(march()));
}
