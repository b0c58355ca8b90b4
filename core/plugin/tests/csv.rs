//! Held against the crate `csv`: the same records, however the bytes come, or a refusal.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it does not expect")]

use std::io::{self, Read};

use proptest::collection::vec;
use proptest::prelude::*;
use ratebook_plugin::{CsvFault, CsvReader, Fingerprint, Problem};

/// Hands out a few bytes at a time.
struct Pieces<'b>(&'b [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(into.len()).min(self.0.len());
        let (now, later) = self.0.split_at(count);
        into[..count].copy_from_slice(now);
        self.0 = later;
        Ok(count)
    }
}

type Records = Vec<Vec<String>>;

/// What the crate `csv` reads.
fn theirs(bytes: &[u8], delimiter: u8) -> Result<Records, csv::Error> {
    let mut builder = csv::ReaderBuilder::new();
    let reader = builder.has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes);
    reader.into_records().map(|record| Ok(record?.iter().map(str::to_owned).collect())).collect()
}

/// What is read here, the lines that records begin in, and what stopped it.
fn ours(bytes: &[u8], delimiter: u8, piece: usize) -> (Records, Vec<u64>, Option<CsvFault>) {
    let mut reader = CsvReader::new(Pieces(bytes, piece), delimiter);
    let (mut records, mut lines) = (Records::new(), Vec::new());
    loop {
        match reader.read() {
            Ok(None) => return (records, lines, None),
            Err(fault) => {
                assert!(reader.read().unwrap().is_none(), "something comes after a fault");
                return (records, lines, Some(fault));
            }
            Ok(Some(record)) => {
                let cells: Vec<String> = record.cells().map(str::to_owned).collect();
                assert_eq!((record.len(), record.cell(cells.len())), (cells.len(), None));
                assert_eq!(record.fingerprint(), Fingerprint::of(cells.iter().map(String::as_str)));
                let breaks = cells.iter().any(|cell| cell.contains(['\n', '\r']));
                assert!(record.has_line_breaks() || !breaks);
                lines.push(record.line());
                records.push(cells);
            }
        }
    }
}

/// Fails unless what is read is what `csv` reads, or is refused for a reason.
fn compare(bytes: &[u8], delimiter: u8, piece: usize) {
    let (records, lines, fault) = ours(bytes, delimiter, piece);
    let expected = theirs(bytes, delimiter);
    let wrong_at = match fault {
        None => {
            assert_eq!(records, expected.unwrap(), "{:?}", String::from_utf8_lossy(bytes));
            bytes.len()
        }
        Some(CsvFault::Nul { byte }) => {
            let byte = usize::try_from(byte).unwrap();
            assert_eq!(bytes[byte], 0);
            byte
        }
        Some(CsvFault::NotUtf8 { byte, .. } | CsvFault::Cut { byte, .. }) => {
            let byte = usize::try_from(byte).unwrap();
            assert_eq!(std::str::from_utf8(bytes).unwrap_err().valid_up_to(), byte);
            byte
        }
        Some(other) => panic!("{other:?}"),
    };
    // Every record before what is wrong was given, and none of what comes after.
    let before = theirs(&bytes[..wrong_at], delimiter).unwrap();
    assert!(before.starts_with(&records) && before.len() <= records.len() + 1);
    for (record, line) in records.iter().zip(&lines) {
        let text = String::from_utf8_lossy(&bytes[..wrong_at]).replace("\r\n", "\n");
        let line = text.split(['\n', '\r']).nth(usize::try_from(line - 1).unwrap()).unwrap();
        assert!(line.contains('"') || line.contains(&record[0]), "{record:?} is not in {line:?}");
    }
}

/// Bytes that mean something to CSV, and some that do not.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let sign = prop_oneof![
        6 => Just("a"), 6 => Just(","), 6 => Just("\""), 2 => Just("\r"), 3 => Just("\n"), 2 => Just("\r\n"),
        2 => Just(";"), 2 => Just("\t"), 2 => Just("ä"), 1 => Just("日"), 2 => Just(" "), 1 => Just("\u{feff}"),
        1 => Just("a long cell, and more")
    ];
    vec(sign, 0..60).prop_map(|signs| signs.concat().into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_text_is_read_as_csv_reads_it(bytes in hostile(), piece in 1_usize..20, delimiter in "[,;\t| ]") {
        compare(&bytes, delimiter.as_bytes()[0], piece);
        compare(&bytes, b',', usize::MAX);
    }

    #[test]
    fn what_is_no_text_is_refused(bytes in hostile(), at in any::<usize>(), wrong in vec(any::<u8>(), 1..4), piece in 1_usize..9) {
        let mut bytes = bytes;
        let at = at % (bytes.len() + 1);
        bytes.splice(at..at, wrong);
        compare(&bytes, b',', piece);
    }
}

#[test]
fn quotes_ends_of_lines_and_lengths_are_read_as_csv_reads_them() {
    let texts = [
        "",
        "\n",
        "\r\n\r\n",
        "\u{feff}",
        "\u{feff}a,b\n",
        "\u{feff}\"a\",b",
        "a\u{feff},b\n\u{feff}c,d\n",
        "a,b\nc,d\n",
        "a,b\r\nc,d\r\n",
        "a,b\rc,d\r",
        "a\n\rb\r\r\nc",
        "a,b\n\n \n\nc",
        "a,b\nc",
        "a,\n,b\n,\n",
        "rack 19\",1,x\"y\n2",
        "\"x\"z,1\n",
        " \"x,y\",1\n",
        "\"x\" ,1\n",
        "\"a \"\"b\"\" c\",\"\"\"\"\n",
        "\"\"\n\"\"",
        "\"a,b\",c\n",
        "\"a\nb\",c\n\"d\r\ne\"\nf",
        "\"a\rb\"\r\nc",
        "a,\"b\nc,d\ne,f",
        "\"",
        "a,\"",
        "\"\"\"",
        "\"a\"\"",
        "\"a\"b\"c\",d\n",
        "a,b,c\nd\ne,f,g,h\n",
        "ä,\"日\",ö\n",
        "12345678,12345678,1234567,,,,,,,,,,x\n",
    ];
    for text in texts {
        for piece in (1..10).chain([usize::MAX]) {
            compare(text.as_bytes(), b',', piece);
            compare(text.replace(',', ";").as_bytes(), b';', piece);
        }
    }
}

#[test]
fn a_record_says_where_it_begins() {
    let text = "a\r\nb\r\n\r\n\"c\r\nd\",\"\ne\"\nf\n\n\ng";
    for piece in [1, 2, 3, usize::MAX] {
        let mut reader = CsvReader::new(Pieces(text.as_bytes(), piece), b',');
        let mut lines = Vec::new();
        while let Some(record) = reader.read().unwrap() {
            let begins = record.line();
            lines.push((begins, reader.line()));
        }
        assert_eq!(lines, [(1, 2), (2, 3), (4, 7), (7, 8), (10, 10)]);
    }
    // As old spreadsheets write them, and mixed.
    for (text, lines) in [("a\rb\r\rc", [1, 2, 4]), ("a\n\r\nb\r\n\rc", [1, 3, 5])] {
        for piece in [1, 2, 3, usize::MAX] {
            assert_eq!(ours(text.as_bytes(), b',', piece).1, lines, "{text:?} {piece}");
        }
    }
}

#[test]
fn the_same_cells_have_the_same_fingerprint_however_they_are_quoted() {
    let print = |text: &str, delimiter| {
        CsvReader::new(text.as_bytes(), delimiter).read().unwrap().unwrap().fingerprint()
    };
    let plain = print("a,b\"c,\n", b',');
    for (text, delimiter) in [("\"a\",b\"c,\"\"\r\n", b','), ("a;b\"c;", b';'), ("a\t\"b\"\"c\"\t", b'\t')] {
        assert_eq!(print(text, delimiter), plain, "{text}");
    }
    assert_eq!(print("a;b,c", b';'), print("a,\"b,c\"", b','));
    assert_ne!(print("a;b,c", b';'), print("a,b,c", b','));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let fault = |bytes: &[u8]| ours(bytes, b',', 2).2.unwrap();
    let message = |fault| Problem::from(fault).message;
    let latin = fault(b"a,b\n\"c\nd\",e,M\xfcller\n");
    assert!(matches!(latin, CsvFault::NotUtf8 { byte: 13, line: 2, cell: 3 }), "{latin:?}");
    assert_eq!(message(latin), "the payload is not UTF-8 text at byte 13");
    let cut = fault(b"a,b\n\xe2\x82");
    assert!(matches!(cut, CsvFault::Cut { byte: 4, line: 2, cell: 1 }), "{cut:?}");
    assert_eq!(message(cut), "the payload ends inside a character, at byte 4");
    assert_eq!(message(fault(b"a\0b")), "the payload has a NUL at byte 1: it is not text");
    let unclosed = [b"a\n\"".as_slice(), &[b'x'; 5 << 20]].concat();
    let (records, _, endless) = ours(&unclosed, b',', usize::MAX);
    assert_eq!(records, [["a"]]);
    assert_eq!(
        message(endless.unwrap()),
        "a row that begins after byte 2 is longer than 4194304 bytes (an unclosed quote?)"
    );
}

#[test]
fn what_the_stream_fails_with_comes_through() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other(Problem::vendor("the line is cut")))
        }
    }
    let mut reader = CsvReader::new("a\nb".as_bytes().chain(Broken), b',');
    assert_eq!(reader.read().unwrap().unwrap().cell(0), Some("a"));
    assert_eq!(Problem::from(reader.read().unwrap_err()), Problem::vendor("the line is cut"));
}
