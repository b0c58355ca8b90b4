//! Numbers in every way of writing, and what is none.

use super::*;

fn format(example: &str) -> NumberFormat {
    NumberFormat::of_example(example).unwrap()
}

fn read(example: &str, text: &str) -> Result<String, String> {
    let alone = Beside::default();
    let read = format(example).read(text, Negative::Keep, &alone);
    read.map(|(number, _)| number.to_string())
}

#[test]
fn each_way_reads_its_own_example() {
    for example in EXAMPLES {
        let expected = if example.ends_with("89") { "1234567.89" } else { "1234.56" };
        assert_eq!(read(example, example).as_deref(), Ok(expected), "{example}");
        assert_eq!(read(example, "-7").as_deref(), Ok("-7"), "{example}");
        assert_eq!(format(example).example(), example);
    }
    for other in ["1_234.56", "", "1234", "12.34"] {
        assert_eq!(NumberFormat::of_example(other), None, "{other}");
    }
}

#[test]
fn spaces_that_do_not_break_and_typographic_apostrophes_group_too() {
    assert_eq!(read("1 234,56", "1\u{a0}234\u{202f}567,8").as_deref(), Ok("1234567.8"));
    assert_eq!(read("1 234.56", "1\u{2009}234.5").as_deref(), Ok("1234.5"));
    assert_eq!(read("1'234.56", "1\u{2019}234.50").as_deref(), Ok("1234.5"));
    assert_eq!(NumberFormat::of_example("1\u{2019}234.56"), NumberFormat::of_example("1'234.56"));
    assert_eq!(NumberFormat::of_example("1\u{a0}234,56"), NumberFormat::of_example("1 234,56"));
}

#[test]
fn the_same_digits_are_another_number_in_another_way() {
    assert_eq!(read("1234.56", "1.234").as_deref(), Ok("1.234"));
    assert_eq!(read("1.234,56", "1.234").as_deref(), Ok("1234"));
    assert_eq!(read("1,234.56", "1,234").as_deref(), Ok("1234"));
    assert_eq!(read("12,34,567.89", "1,00,000").as_deref(), Ok("100000"));
}

#[test]
fn scientific_notation_is_exact() {
    for (example, text, number) in [
        ("1234.56", "6.71E-8", "0.0000000671"),
        ("1234.56", "2.323760000E-9", "0.00000000232376"),
        ("1234.56", "1.2E+3", "1200"),
        ("1234.56", "-1.5e05", "-150000"),
        ("1234.56", "1.23E\u{2212}05", "0.0000123"),
        ("1234.56", "0E-10", "0"),
        ("1,234.56", "1.2E+3", "1200"),
        ("1.234,56", "1,2E+3", "1200"),
        ("1234,56", "6,71E-8", "0.0000000671"),
    ] {
        let value: Decimal = read(example, text).unwrap().parse().unwrap();
        assert_eq!(value, number.parse().unwrap(), "{text}");
    }
    for (example, text) in [
        ("1234.56", "1e"),
        ("1234.56", "1e1.5"),
        ("1234.56", "e5"),
        ("1234.56", "1E5E5"),
        ("1.234,56", "1.2E+3"),
        ("1,234.56", "1,200E+3"),
        ("1234.56", "1E+-3"),
    ] {
        assert!(read(example, text).unwrap_err().starts_with("not a number"), "{text}");
    }
    assert!(read("1234.56", "1E+400").unwrap_err().contains("38 digits"));
}

#[test]
fn signs_stand_before_and_behind() {
    for (example, text, number) in [
        ("1234.56", "+5", "5"),
        ("1234.56", ".5", "0.5"),
        ("1234.56", "-.5", "-0.5"),
        ("1.234,56", ",5", "0.5"),
        ("1.234,56", "5,00-", "-5"),
        ("1234.56", "(5.00)", "-5"),
        ("1234.56", "\u{2212}5.00", "-5"),
        ("1 234,56", "- 1 234,5", "-1234.5"),
        ("1234.56", "-0", "0"),
        ("1234.56", "01.02", "1.02"),
        ("1234.56", "000", "0"),
    ] {
        assert_eq!(read(example, text).as_deref(), Ok(number), "{text}");
    }
    for text in ["--5", "-5-", "(-5)", "-(5)", "+-5", "5+", "(5", "5)", "()", "-"] {
        assert!(read("1234.56", text).is_err(), "{text}");
    }
}

#[test]
fn what_is_not_written_so_is_refused() {
    for (example, texts) in [
        (
            "1234.56",
            &["1,5", "1,234.56", "1.2.3", "", "-", "5.", "\u{20ac} 5", "5 %", "1 2", "0x5", "\u{0665}"][..],
        ),
        ("1.234,56", &["1.5", "12.34", "1234.567", "1.23,4", "1,234.56", ".123", "1..234", "1,2,3"]),
        ("1,234.56", &["1,5", "1,2345", ",123", "1,00,000"]),
        ("1234,56", &["1.5", "1.234,5"]),
        ("12,34,567.89", &["1,234,567", "123,45,678"]),
    ] {
        for text in texts {
            let error = read(example, text).unwrap_err();
            assert_eq!(error, format!("not a number written like {example}"), "{text}");
        }
    }
    assert!(read("1234.56", &"9".repeat(39)).unwrap_err().contains("38 digits"));
}

#[test]
fn numbers_below_zero_are_taken_only_if_wanted() {
    let alone = Beside::default();
    let read = |text: &str| format("1234.56").read(text, Negative::Refuse, &alone);
    for text in ["-1", "1-", "(1)", "\u{2212}1", "-1E-9"] {
        assert_eq!(read(text).unwrap_err(), BELOW, "{text}");
    }
    assert_eq!(read("-0").unwrap().0.to_string(), "0");
}

#[test]
fn decimals_may_be_implied() {
    let format = format("1.234,56").with_implied_decimals(10);
    let alone = Beside::default();
    let read = |text: &str| format.read(text, Negative::Keep, &alone);
    let number = |text: &str| read(text).unwrap().0;
    assert_eq!(number("40.000.000.000"), "4".parse().unwrap());
    assert_eq!(number("1.084.034.000.000"), "108.4034".parse().unwrap());
    assert_eq!(number("80.000.000"), "0.008".parse().unwrap());
    assert_eq!(number("-1"), "-0.0000000001".parse().unwrap());
    for text in ["4,5", "40.00", "4E+3"] {
        assert_eq!(
            read(text).unwrap_err(),
            "not a number written like 1.234, its last 10 digits being decimals",
            "{text}"
        );
    }
}
