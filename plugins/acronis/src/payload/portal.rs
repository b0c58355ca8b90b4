//! The usage report that people download in the management portal: a preamble, then columns of their own.
//!
//! Column names: the header of a file of 2026 as a public import script reads it; the same script meets utf-8 with and
//! without BOM, cp1252, tenant names that are paths, and names with slashes and non-breaking spaces in them.

use std::borrow::Cow;

use ratebook_plugin::{CsvReader, Faults, Fingerprint, Month, Place, Problem, Shape};

/// The header stands within this many lines.
pub(crate) const HEADER_WITHIN: usize = 30;

/// The columns, in the order of the public header.
pub(crate) const COLUMNS: [&str; 23] = [
    "Tenant name",
    "Identifier",
    "Type",
    "Status",
    "Mode",
    "Service name",
    "Edition",
    "Metric name",
    "Location",
    "Metric unit",
    "Quota",
    "Production usage",
    "Change in production usage",
    "Trial usage",
    "Change in trial usage",
    "Total usage",
    "Change in total usage",
    "Price",
    "Cost",
    "Billing model",
    "Storage type",
    "Pricing tier ID",
    "SKU",
];
/// True for a line that could be the header.
pub(crate) fn is_header_line(line: &str) -> bool {
    let has = |name: &str| line.split(',').any(|cell| cell.trim().trim_matches('"').trim() == name);
    [COLUMNS[0], COLUMNS[1], COLUMNS[7]].into_iter().all(has)
}

/// One row; an absent cell is an empty one.
#[derive(Clone, Debug)]
pub(crate) struct PortalRow<'r> {
    pub(crate) place: Place,
    /// That of all its cells.
    pub(crate) fingerprint: Fingerprint,
    cells: [&'r str; COLUMNS.len()],
}

impl<'r> PortalRow<'r> {
    /// The cell of a column.
    pub(crate) fn cell(&self, name: &str) -> &'r str {
        COLUMNS.iter().position(|known| *known == name).map_or("", |at| self.cells[at])
    }
    /// A path such as `/Root/Partner`, with or without the first slash.
    pub(crate) fn tenant_name(&self) -> &'r str {
        self.cells[0]
    }
    pub(crate) fn identifier(&self) -> &'r str {
        self.cells[1]
    }
    pub(crate) fn kind(&self) -> &'r str {
        self.cells[2]
    }
    pub(crate) fn edition(&self) -> &'r str {
        self.cells[6]
    }
    pub(crate) fn metric_name(&self) -> &'r str {
        self.cells[7]
    }
    pub(crate) fn metric_unit(&self) -> &'r str {
        self.cells[9]
    }
    /// Production, its change, trial, its change, total, its change: name and cell.
    pub(crate) fn usage(&self) -> [(&'static str, &'r str); 6] {
        std::array::from_fn(|at| (COLUMNS[11 + at], self.cells[11 + at]))
    }
    /// Price and cost.
    pub(crate) fn prices(&self) -> [&'r str; 2] {
        [self.cells[17], self.cells[18]]
    }
    pub(crate) fn sku(&self) -> &'r str {
        self.cells[22]
    }
}

/// A file on its way: preamble and header read, the rows to come.
pub(crate) struct PortalReport<'t> {
    reader: CsvReader<&'t [u8]>,
    positions: [usize; COLUMNS.len()],
    columns: usize,
    preamble: Vec<(String, String)>,
}

impl<'t> PortalReport<'t> {
    pub(crate) fn open(text: &'t str, shape: &mut Shape<'_>) -> Result<PortalReport<'t>, Problem> {
        let mut reader = CsvReader::new(text.as_bytes(), b',');
        let mut preamble = Vec::new();
        while reader.line() <= HEADER_WITHIN as u64
            && let Some(record) = reader.read()?
        {
            let cells: Vec<&str> = record.cells().map(str::trim).collect();
            if !is_header_line(&cells.join(",")) {
                let cell = |at: usize| cells.get(at).copied().unwrap_or_default().to_owned();
                preamble.push((cell(0), cell(1)));
                continue;
            }
            let (positions, columns) = (look_up(&cells, shape)?, cells.len());
            return Ok(PortalReport { reader, positions, columns, preamble });
        }
        Err(Problem::unexpected(
            "a usage report of the management portal",
            text.as_bytes(),
            format_args!("no header (Tenant name, Identifier, ...) within {HEADER_WITHIN} lines"),
        ))
    }

    fn said(&self, key: &str) -> Option<&str> {
        let said = self.preamble.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        said.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The tenant that the report was made for.
    pub(crate) fn root_name(&self) -> Option<&str> {
        self.said("Tenant name")
    }

    /// Refuses a file whose preamble says another month; false if it says none.
    pub(crate) fn check_period(&self, month: Month) -> Result<bool, Problem> {
        let Some(period) = self.said("Reporting period") else { return Ok(false) };
        let days: Vec<ratebook_plugin::Date> = (0..period.len())
            .filter_map(|at| period.get(at..at + 10))
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'))
            .filter_map(|text| text.parse().ok())
            .collect();
        // Whether the last day is the month's own or the one after it is not known.
        if days.iter().all(|day| (month.first_day()..=month.next().first_day()).contains(day))
            && days.first().is_none_or(|first| Month::of(*first) == month)
        {
            return Ok(!days.is_empty());
        }
        Err(Problem::data(format!(
            "asked for {}..{}, the file's Reporting period is {period}",
            month.first_day(),
            month.last_day()
        )))
    }

    /// Hands over each row that has a cell for each column; others are noted.
    pub(crate) fn rows(
        &mut self,
        faults: &mut Faults,
        mut take: impl FnMut(&PortalRow<'_>, &mut Faults) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let mut number = 0;
        while let Some(record) = self.reader.read()? {
            number += 1;
            let place = Place { record: number, line: Some(record.line()) };
            let (count, columns) = (record.len(), self.columns);
            if count != columns {
                faults.add(place, format_args!("{count} cells under {columns} columns"));
            } else if record.has_line_breaks() && record.cells().any(|cell| cell.contains(['\n', '\r'])) {
                faults.add(place, "a line break inside a cell (a quote that is not closed?)");
            } else {
                // `trim` takes non-breaking spaces too.
                let cells = record.cells_at(&self.positions).map(str::trim);
                take(&PortalRow { place, fingerprint: record.fingerprint(), cells }, faults)?;
            }
        }
        Ok(())
    }
}

fn look_up(header: &[&str], shape: &mut Shape<'_>) -> Result<[usize; COLUMNS.len()], Problem> {
    let found = header.join(",");
    let mut positions = [usize::MAX; COLUMNS.len()];
    for (position, name) in positions.iter_mut().zip(COLUMNS) {
        let mut places = header.iter().enumerate().filter(|(_, found)| **found == name).map(|(at, _)| at);
        *position = places.next().unwrap_or(usize::MAX);
        if places.next().is_some() {
            return Err(Problem::data(format!("the file has the column {name} twice; found {found}")));
        }
    }
    for name in header {
        shape.has(name);
    }
    let missing = shape.missing();
    if !missing.is_empty() {
        return Err(Problem::data(format!(
            "the file lacks the columns {}\nexpected {}\nfound    {found}",
            missing.join(", "),
            COLUMNS.join(",")
        )));
    }
    Ok(positions)
}

/// The file's text: UTF-8 with or without BOM, else cp1252.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Problem> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(Problem::data(format!("the file has a NUL at byte {at}: it is not text")));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Cow::Borrowed(text));
    }
    let decoded = bytes.iter().enumerate().map(|(at, byte)| {
        cp1252(*byte)
            .ok_or_else(|| Problem::data(format!("the file is neither UTF-8 nor cp1252 text at byte {at}")))
    });
    decoded.collect::<Result<String, Problem>>().map(Cow::Owned)
}

/// The Windows code page that spreadsheets in western Europe write.
fn cp1252(byte: u8) -> Option<char> {
    const FROM_80: [u16; 32] = [
        0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,
        0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
        0x0153, 0, 0x017e, 0x0178,
    ];
    match byte {
        0x80..=0x9f => char::from_u32(FROM_80[usize::from(byte) - 0x80].into()).filter(|c| *c != '\0'),
        _ => Some(byte.into()),
    }
}
