//! Lines survive being written and read, in both formats, whatever they hold.

#![expect(clippy::unwrap_used, reason = "what is made for a test is right")]

use std::borrow::Cow;

use proptest::prelude::*;
use ratebook_line::{
    BillableLine, CsvLineReader, CsvLineWriter, Decimal, JsonLineReader, JsonLineWriter, LineError, Month,
    Origin,
};

type Text = Option<Cow<'static, str>>;

fn text() -> impl Strategy<Value = Text> {
    proptest::option::of(label().prop_map(Cow::Owned))
}

/// Any text that may stand on a line.
fn label() -> impl Strategy<Value = String> {
    let may_stand = |c: &char| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}');
    let label =
        any::<String>().prop_map(move |text| text.chars().filter(may_stand).take(200).collect::<String>());
    label.prop_filter("never empty", |text| !text.is_empty())
}

fn number() -> impl Strategy<Value = Option<Decimal>> {
    proptest::option::of(
        (any::<i128>(), 0_u32..=38)
            .prop_filter_map("38 digits", |(digits, places)| Decimal::new(digits, places).ok()),
    )
}

prop_compose! {
    fn lines()(
        texts in proptest::array::uniform13(text()),
        numbers in proptest::array::uniform6(number()),
        tags in proptest::collection::vec(label(), 0..3),
        (year, month) in (1_i16..=9999, 1_i8..=12),
        currency in proptest::option::of(proptest::sample::select(vec!["EUR", "JPY", "KWD"])),
        origin in proptest::option::of(("[0-9a-f]{64}", any::<u64>())),
    ) -> BillableLine<'static> {
        let [source, vendor, tenant, tenant_name, partner, customer, sku_id, sku_name, edition, meter,
            billing_unit, measure, payment_option] = texts;
        let [consumed_quantity, entitled_quantity, overage_quantity, billable_quantity, unit_price, total_cost] =
            numbers;
        BillableLine {
            usage_month: Month::new(year, month).unwrap(),
            source, vendor, tenant, tenant_name, partner, customer, sku_id, sku_name, edition, meter,
            tags: tags.into_iter().map(Cow::Owned).collect(),
            consumed_quantity, entitled_quantity, overage_quantity, billable_quantity,
            billing_unit, measure, unit_price, total_cost,
            currency: currency.map(|code| code.parse().unwrap()),
            payment_option,
            origin: origin.map(|(payload, row)| Origin { payload: Cow::Owned(payload), row }),
        }
    }
}

fn from_json(bytes: &[u8]) -> Result<Vec<BillableLine<'static>>, LineError> {
    let mut read = Vec::new();
    JsonLineReader::new(bytes).for_each(|line| {
        read.push(line.into_owned());
        Ok::<_, LineError>(())
    })?;
    Ok(read)
}

fn from_csv(bytes: &[u8]) -> Result<Vec<BillableLine<'static>>, LineError> {
    let mut read = Vec::new();
    CsvLineReader::new(bytes).for_each(|line| {
        read.push(line.into_owned());
        Ok::<_, LineError>(())
    })?;
    Ok(read)
}

proptest! {
    #[test]
    fn json_lines(written in proptest::collection::vec(lines(), 0..6)) {
        let mut writer = JsonLineWriter::new(Vec::new());
        written.iter().try_for_each(|line| writer.write(line)).unwrap();
        let bytes = writer.into_inner();
        prop_assert_eq!(&from_json(&bytes).unwrap(), &written);
        // The same as one JSON array.
        let array = serde_json::to_vec(&written).unwrap();
        prop_assert_eq!(&from_json(&array).unwrap(), &written);
    }

    #[test]
    fn csv(written in proptest::collection::vec(lines(), 0..6)) {
        let mut bytes = Vec::new();
        let mut writer = CsvLineWriter::new(&mut bytes).unwrap();
        written.iter().try_for_each(|line| writer.write(line)).unwrap();
        writer.finish().unwrap();
        prop_assert_eq!(from_csv(&bytes).unwrap(), written);
    }

    #[test]
    fn no_bytes_make_the_readers_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = from_json(&bytes);
        let _ = from_csv(&bytes);
    }
}

#[test]
fn json_numbers_are_taken_from_their_text() {
    let text =
        r#"{"usageMonth":"2026-03-01","skuId":"","consumedQuantity":1234567890123.4567,"unitPrice":"0.10"}"#;
    let line = &from_json(text.as_bytes()).unwrap()[0];
    assert_eq!(line.consumed_quantity.unwrap().to_string(), "1234567890123.4567");
    assert_eq!(line.unit_price.unwrap().to_string(), "0.1");
    assert_eq!(line.sku_id, None);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let error = |text: &str| from_json(text.as_bytes()).unwrap_err().to_string();
    let forty = "1".repeat(40);
    assert_eq!(
        error(&format!(
            "{{\"usageMonth\":\"2026-03-01\"}}\n{{\"usageMonth\":\"2026-03-01\",\"totalCost\":{forty}}}"
        )),
        format!(
            "line 2, column 80: {forty} is not a usable number: it needs more than 38 digits to be held exactly"
        )
    );
    assert!(error("{\"usageMonth\":\"2026-03-02\"}").contains("is not the first day of a month"));
    assert!(error("{\"usageMonth\":\"2026-03-01\",\"skuID\":\"x\"}").contains("unknown field `skuID`"));
    assert!(
        error("{\"usageMonth\":\"2026-03-01\",\"usageMonth\":\"2026-03-01\"}").contains("duplicate field")
    );
    assert!(error("{\"usageMonth\":\"2026-03-01\",\"currency\":\"EURO\"}").contains("ISO 4217"));
    let error = from_csv(b"usageMonth,totalCost\n2026-03-01,1.10\n2026-03-01,\"1,10\"\n").unwrap_err();
    assert_eq!((error.line, error.message.contains("totalCost: \"1,10\"")), (3, true));
    assert!(
        from_csv(b"usageMonth,total_cost\n").unwrap_err().message.contains("unknown column \"total_cost\"")
    );
}

#[test]
fn tags_of_csv_are_whole_or_refused() {
    let read = |cell: &str| from_csv(format!("usageMonth,tags\n2026-03-01,{cell}\n").as_bytes());
    let tags = |cell: &str| read(cell).unwrap()[0].tags.join("|");
    assert_eq!([tags(""), tags("a"), tags(r"a;b\;c;\\")], ["", "a", r"a|b;c|\"]);
    for cell in [";", "a;", ";a", "a;;b", r"a\"] {
        let error = read(cell).unwrap_err();
        assert!(error.line == 2 && error.message.starts_with("tags: "), "{cell}: {error}");
    }
}

#[test]
fn texts_that_may_not_stand_on_a_line_are_refused_with_their_place() {
    let json = "{\"usageMonth\":\"2026-03-01\",\"skuId\":\"A\"}\n{\"usageMonth\":\"2026-03-01\",\"skuId\":\"A\\u0000\"}\n";
    let refused = from_json(json.as_bytes()).unwrap_err();
    assert_eq!(
        (refused.line, refused.message.as_str()),
        (2, "skuId: \"A\\0\" holds the control character U+0000 (NUL)")
    );
    let array = "[{\"usageMonth\":\"2026-03-01\"},{\"usageMonth\":\"2026-03-01\",\"tenantName\":\"a\\tb\"}]";
    let refused = from_json(array.as_bytes()).unwrap_err();
    assert_eq!(refused.message, "element 2: tenantName: \"a\\tb\" holds the control character U+0009 (TAB)");
    for (cell, what) in
        [("\"a\nb\"", "U+000A (line feed)"), (&"x".repeat(2000), "has 2000 bytes, at most 1024")]
    {
        let csv = format!("usageMonth,tenant\n2026-03-01,fine\n2026-03-01,{cell}\n");
        let refused = from_csv(csv.as_bytes()).unwrap_err();
        assert!(
            refused.line == 3 && refused.message.starts_with("tenant: ") && refused.message.contains(what),
            "{refused}"
        );
    }
}
