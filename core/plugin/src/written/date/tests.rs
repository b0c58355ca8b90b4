//! Dates in every way of writing, and what is none.

use super::*;

fn read(pattern: &str, text: &str) -> Option<String> {
    DateFormat::of_pattern(pattern).unwrap().read(text).map(|date| date.to_string())
}

#[test]
fn dates_are_read_by_their_pattern() {
    for (pattern, text) in [
        ("YYYY-MM-DD", "2026-03-04"),
        ("YYYY-MM-DD", "2026-03-04T00:00:00Z"),
        ("YYYY-MM-DD", "2026-03-04 00:00:00 +0000"),
        ("YYYY-MM-DD", "2026-03-04 00:00:00 UTC"),
        ("YYYY-MM-DD", "2026-03-04T10:00Z"),
        ("DD.MM.YYYY", "04.03.2026"),
        ("DD.MM.YY", "04.03.26"),
        ("M/D/YYYY", "3/4/2026"),
        ("M/D/YYYY", "03/04/2026 12:00:00 AM"),
        ("M/D/YY", "3/4/26"),
        ("D/M/YYYY", "4/3/2026"),
        ("YYYYMMDD", "20260304"),
    ] {
        assert_eq!(read(pattern, text).as_deref(), Some("2026-03-04"), "{pattern} {text}");
    }
    for (pattern, text) in
        [("MM/YYYY", "03/2026"), ("YYYY-MM", "2026-03"), ("YYYYMM", "202603"), ("MM.YY", "03.26")]
    {
        assert_eq!(read(pattern, text).as_deref(), Some("2026-03-01"), "{pattern} {text}");
    }
    assert_eq!(DateFormat::of_pattern("YYYY-MM-DD"), Some(DateFormat::default()));
}

#[test]
fn months_have_names_in_english_and_german() {
    for (pattern, text, date) in [
        ("MMMM YYYY", "October 2026", "2026-10-01"),
        ("MMMM YYYY", "Oktober 2026", "2026-10-01"),
        ("MMMM YYYY", "MÄRZ 2026", "2026-03-01"),
        ("MMM YYYY", "Oct 2026", "2026-10-01"),
        ("MMM YYYY", "Okt. 2026", "2026-10-01"),
        ("MMM. YYYY", "Mrz. 2026", "2026-03-01"),
        ("MMM-YY", "Sept-26", "2026-09-01"),
        ("MMM YYYY", "May 2026", "2026-05-01"),
        ("MMMM YYYY", "Mai 2026", "2026-05-01"),
        ("DD-MMM-YY", "04-Dec-26", "2026-12-04"),
        ("D. MMMM YYYY", "4. Dezember 2026", "2026-12-04"),
        ("MMMM D, YYYY", "March 4, 2026", "2026-03-04"),
    ] {
        assert_eq!(read(pattern, text).as_deref(), Some(date), "{pattern} {text}");
    }
    for (pattern, text) in
        [("MMM YYYY", "October 2026"), ("MMMM YYYY", "Oct 2026"), ("MMMM YYYY", "Octobre 2026")]
    {
        assert_eq!(read(pattern, text), None, "{pattern} {text}");
    }
    let written = |pattern| DateFormat::of_pattern(pattern).unwrap().write(2026, 10, 4);
    assert_eq!((written("D. MMMM YYYY"), written("MMM-YY")), ("4. October 2026".into(), "Oct-26".into()));
}

#[test]
fn spreadsheets_count_days() {
    assert_eq!(read("serial", "46082").as_deref(), Some("2026-03-01"));
    assert_eq!(read("serial", "46082.75").as_deref(), Some("2026-03-01"));
    assert_eq!(read("serial", "36526").as_deref(), Some("2000-01-01"));
    for text in ["1", "36525", "73051", "202603", "-46082", "46082.", "2026-03-01", ""] {
        assert_eq!(read("serial", text), None, "{text}");
    }
    let serial = DateFormat::of_pattern("serial").unwrap();
    assert_eq!(serial.write(2026, 3, 1), "46082");
    assert_eq!(serial.all_in("46082 - 46112").len(), 2);
}

#[test]
fn what_does_not_follow_it_is_no_date() {
    for (pattern, text) in [
        ("YYYY-MM-DD", "2026-3-4"),
        ("YYYY-MM-DD", "2026-02-30"),
        ("YYYY-MM-DD", "2026-03-04 noon"),
        ("YYYY-MM-DD", "2026-03-041"),
        ("DD.MM.YYYY", "2026-03-04"),
        ("DD.MM.YY", "04.03.2026"),
        ("M/D/YYYY", "3/4/26"),
        ("M/D/YYYY", "13/1/2026"),
        ("YYYY-MM", "2026-03-04"),
        ("MM/YYYY", "3/2026"),
        ("YYYY-MM-DD", ""),
    ] {
        assert_eq!(read(pattern, text), None, "{pattern} {text}");
    }
    for pattern in
        ["", "YYYY", "MM", "YYYY-MM-MM", "YYYY-MM MMM", "YY YYYY-MM", "YYYY-MM-DD hh", "yyyy-mm-dd"]
    {
        assert_eq!(DateFormat::of_pattern(pattern), None, "{pattern}");
    }
}

#[test]
fn a_period_holds_its_dates() {
    let all = |pattern: &str, text: &str| {
        let dates = DateFormat::of_pattern(pattern).unwrap().all_in(text);
        dates.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let period = "from 2026-03-01 – 2026-03-31 (12026-01-011, 2026-01-011)";
    assert_eq!(all("YYYY-MM-DD", period), ["2026-03-01", "2026-03-31"]);
    assert_eq!(all("MMMM YYYY", "Usage of October 2026, by tenant"), ["2026-10-01"]);
    assert_eq!(all("YYYY-MM", "usage-2026-09.csv"), ["2026-09-01"]);
    assert_eq!(all("YYYYMM", "usage_202609_v2.csv"), ["2026-09-01"]);
    assert_eq!(all("YYYYMM", "usage_20260901.csv"), [""; 0]);
    assert_eq!(all("MM/DD/YY", "03/01/2026"), [""; 0]);
    assert_eq!(all("MMM YYYY", "Remar 2026"), [""; 0]);
}

#[test]
fn the_ways_that_a_date_may_be_meant_are_told() {
    let ways =
        |text: &str| ways_of(text).iter().map(|(way, date)| format!("{way} {date}")).collect::<Vec<_>>();
    assert_eq!(ways("09/01/2016"), ["M/D/YYYY 2016-09-01", "D/M/YYYY 2016-01-09"]);
    assert_eq!(ways("4/1/25"), ["M/D/YY 2025-04-01", "D/M/YY 2025-01-04"]);
    assert_eq!(ways("October 2026"), ["MMMM YYYY 2026-10-01"]);
    assert_eq!(ways("46082"), ["serial 2026-03-01"]);
    assert_eq!(ways("soon"), [""; 0]);
}
