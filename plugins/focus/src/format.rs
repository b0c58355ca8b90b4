//! The kinds of file that an export comes in, and which of them a file is.

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FocusFormat {
    Csv,
    Parquet,
}

impl FocusFormat {
    const ALL: [FocusFormat; 2] = [FocusFormat::Csv, FocusFormat::Parquet];

    /// The id of the payload format.
    pub(crate) fn id(self) -> &'static str {
        match self {
            FocusFormat::Csv => "focus-csv",
            FocusFormat::Parquet => "focus-parquet",
        }
    }

    /// The end of a file's name.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            FocusFormat::Csv => "csv",
            FocusFormat::Parquet => "parquet",
        }
    }

    pub(crate) fn of_id(id: &str) -> Option<FocusFormat> {
        FocusFormat::ALL.into_iter().find(|format| format.id() == id)
    }

    /// The format of an address: Parquet if its name says so.
    pub(crate) fn of_name(name: &str) -> FocusFormat {
        if name.ends_with(".parquet") { FocusFormat::Parquet } else { FocusFormat::Csv }
    }
}

/// What a file seems to be, by its first bytes. A Parquet file names its columns at its end.
pub(crate) fn recognize(head: &[u8]) -> Option<FocusFormat> {
    if head.starts_with(b"PAR1") {
        return Some(FocusFormat::Parquet);
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let header = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let names: Vec<&[u8]> = header.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).collect();
    let has = |wanted: &str| {
        names.iter().any(|name| {
            let name = name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name);
            name.eq_ignore_ascii_case(wanted.as_bytes())
        })
    };
    ["BillingPeriodStart", "ChargeCategory", "BilledCost"].into_iter().all(has).then_some(FocusFormat::Csv)
}
