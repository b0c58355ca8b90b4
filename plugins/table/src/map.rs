//! From records to lines: every record becomes a line, or is skipped by a filter with its reason.

use ratebook_plugin::{
    Currency, Faults, Level, Line, Lines, Month, Payload, Problem, Repeats, Skip, looks_like, shown,
};

use crate::config::{Constant, OtherMonths, Settings, TableFormat};
use crate::field::{Field, Text};
use crate::read::{self, Cell, Fault, Record};

/// Maps one payload.
pub(crate) fn table(
    settings: &Settings,
    format: TableFormat,
    payload: &mut Payload<'_>,
    month: Month,
    out: &mut Lines<'_>,
) -> Result<(), Problem> {
    let mut mapping = Mapping {
        settings,
        month,
        faults: Faults::default(),
        other_months: Vec::new(),
        others: 0,
        fitting_date: String::new(),
        repeats: Repeats::new(settings.duplicates),
    };
    let seen = read::each_record(settings, format, payload, &mut |record| mapping.record(record, out))?;
    let Mapping { faults, other_months, others, repeats, .. } = mapping;
    let said = check_period(settings, month, &seen.preamble)?;
    faults.refuse()?;
    if seen.records == 0 {
        return Err(Problem::empty("there are no records under the header, or in the list"));
    }
    repeats.finish(out)?;
    if others > 0 && settings.month.others == OtherMonths::Warn {
        let places = other_months.join(", ");
        let more = if others > other_months.len() as u64 { " ..." } else { "" };
        out.log(
            Level::Warning,
            format!(
                "of {} records, {others} billed in {month} though dated in another month: {places}{more}",
                seen.records
            ),
        )?;
    }
    if settings.month.column.is_none() && !said {
        out.log(
            Level::Note,
            format!("nothing in the payload was compared with {month}: the map names no column of dates"),
        )?;
    }
    for column in seen.absent.iter().map(|at| &settings.columns[*at].name) {
        if let Some(like) = looks_like(column, seen.unused.iter().map(String::as_str)) {
            out.drifted(format!(
                "the table has no {column:?}, which may be missing, and {like:?} looks like it"
            ))?;
        }
    }
    if !seen.unused.is_empty() {
        out.log(Level::Detail, format!("columns that the map does not use: {}", seen.unused.join(", ")))?;
    }
    Ok(())
}

/// Compares the period above the header with the month; false if none is said or looked for.
fn check_period(settings: &Settings, month: Month, preamble: &[(String, String)]) -> Result<bool, Problem> {
    let Some(key) = &settings.month.preamble else { return Ok(false) };
    let Some(period) = read::said(preamble, key) else { return Ok(false) };
    let days = settings.dates.all_in(period);
    // Whether the last day is the month's own or the one after it differs from vendor to vendor.
    let inside = days.iter().all(|day| (month.first_day()..=month.next().first_day()).contains(day));
    match days.first() {
        Some(first) if inside && Month::of(*first) == month => Ok(true),
        Some(_) => Err(Problem::data(format!("asked for {month}, the file's {key} is {period}"))),
        None => Err(Problem::data(format!(
            "the file's {key} is {}, which holds no date written like {}",
            shown(period),
            settings.dates.pattern()
        ))),
    }
}

struct Mapping<'s> {
    settings: &'s Settings,
    month: Month,
    faults: Faults,
    /// The first records of other months.
    other_months: Vec<String>,
    others: u64,
    /// The last date that is of the month, as it is written.
    fitting_date: String,
    repeats: Repeats,
}

impl Mapping<'_> {
    fn record(&mut self, record: &Record<'_>, out: &mut Lines<'_>) -> Result<(), Problem> {
        if let Some(Fault::Swallowed(what)) = record.fault {
            self.faults.add(record.place, what);
            return Ok(());
        }
        if let Some((reason, what)) = self.skipped(record) {
            return out.skip(record.place.record, reason, &what);
        }
        if let Some(Fault::Cells(what)) = &record.fault {
            self.faults.add(record.place, what);
            return Ok(());
        }
        if let Some(what) = self.of_another_month(record) {
            return out.skip(record.place.record, Skip::Excluded, &what);
        }
        if self.repeats.skipped(record.place.record, record.fingerprint, out)? {
            return Ok(());
        }
        let mut line = self.line(record);
        let prefix = &self.settings.tenant_prefix;
        let tenant = line.tenant.filter(|_| !prefix.is_empty()).map(|tenant| format!("{prefix}{tenant}"));
        line.tenant = tenant.as_deref().or(line.tenant);
        if self.faults.is_empty() { out.push(&line) } else { Ok(()) }
    }

    /// The first filter that takes the record, and what the record is called.
    fn skipped(&self, record: &Record<'_>) -> Option<(Skip, String)> {
        if record.blank {
            return Some((Skip::Pseudo, "an empty row".to_owned()));
        }
        let cell = |at: usize| &record.cells[at];
        let filter =
            self.settings.filters.iter().find(|filter| filter.takes(record, self.settings.numbers))?;
        let label = |texts: [Text; 2]| {
            let columns = texts.into_iter().filter_map(|text| self.settings.fields.column_of(text));
            columns.map(|at| cell(at).text()).find(|text| !text.is_empty())
        };
        let named = [
            label([Text::TenantName, Text::Tenant]),
            label([Text::SkuName, Text::SkuId]).or(label([Text::Meter; 2])),
        ];
        let what: Vec<&str> = named.into_iter().flatten().collect();
        let looked_at =
            || format!("{} {:?}", self.settings.columns[filter.column].name, cell(filter.column).text());
        Some((filter.reason, if what.is_empty() { looked_at() } else { what.join(": ") }))
    }

    /// Checks the record's date; what to say of it if it is to be skipped.
    fn of_another_month(&mut self, record: &Record<'_>) -> Option<String> {
        let check = &self.settings.month;
        let column = check.column?;
        let (name, text) = (&self.settings.columns[column].name, record.cells[column].text());
        if !text.is_empty() && text == self.fitting_date {
            return None;
        }
        let Some(date) = self.settings.dates.read(text) else {
            let pattern = self.settings.dates.pattern();
            self.faults.add(
                record.place,
                format_args!("{name}: {} is not a date written like {pattern}", shown(text)),
            );
            return None;
        };
        if Month::of(date) == self.month {
            text.clone_into(&mut self.fitting_date);
            return None;
        }
        self.others += 1;
        match check.others {
            OtherMonths::Refuse => {
                let asked = self.month;
                self.faults
                    .add(record.place, format_args!("{name}: asked for {asked}, the record is dated {text}"));
                self.faults.advise(
                    "Export the month that is asked for; or set month.others: \"skip\" leaves such records out, \"warn\" \
                     bills them in the month.",
                );
                None
            }
            OtherMonths::Skip => Some(format!("{name} {text}")),
            OtherMonths::Warn => {
                if self.other_months.len() < 3 {
                    self.other_months.push(format!("{} ({text})", record.place));
                }
                None
            }
        }
    }

    /// The line of a record; what is wrong with it is noted.
    fn line<'r>(&mut self, record: &'r Record<'_>) -> Line<'r>
    where
        Self: 'r,
    {
        let settings = self.settings;
        let (fields, place) = (&settings.fields, record.place);
        let mut line = Line::at(place.record);
        for constant in &fields.constants {
            match constant {
                Constant::Text(field, text) => *field.of(&mut line) = Some(text),
                Constant::Number(field, number) => *field.of(&mut line) = Some(*number),
            }
        }
        for (field, column) in &fields.texts {
            *field.of(&mut line) = self.cell(record, *column, Field::Text(*field)).map(Cell::text);
        }
        for (field, column) in &fields.numbers {
            let Some(cell) = self.cell(record, *column, Field::Number(*field)) else { continue };
            match cell.number(settings.numbers, settings.negative) {
                Some(Ok(number)) => *field.of(&mut line) = Some(number),
                Some(Err(error)) => {
                    let name = &settings.columns[*column].name;
                    self.faults.add(place, format_args!("{name}: {}: {error}", shown(cell.text())));
                    self.faults.advise(if error == "below 0" {
                        "If such records are credits that belong on the bill, set negative = \"keep\"; or skip them by a \
                         filter."
                    } else {
                        "Say how the file writes numbers, such as numbers = \"1.234,56\"; a unit or currency in the cell \
                         must go."
                    });
                }
                None => {}
            }
        }
        for column in &fields.tags {
            line.tags.extend(self.cell(record, *column, Field::Tags).map(Cell::text));
        }
        line.tags.extend(fields.constant_tags.iter().map(String::as_str));
        line.currency = fields.constant_currency.or_else(|| self.currency(record));
        if line.currency.is_none() && (line.unit_price.is_some() || line.total_cost.is_some()) {
            self.faults.add(place, "a price or cost without a currency");
        }
        line
    }

    /// The cell of a field, if there is anything in it.
    fn cell<'r>(&mut self, record: &'r Record<'_>, column: usize, field: Field) -> Option<&'r Cell<'r>> {
        let cell = &record.cells[column];
        let name = &self.settings.columns[column].name;
        if let Cell::Strange(what) = cell {
            self.faults.add(record.place, format_args!("{name}: {what}"));
            return None;
        }
        if !cell.is_empty() {
            return Some(cell);
        }
        if self.settings.fields.required.contains(&field) {
            self.faults.add(record.place, format_args!("{name}: is empty, and {} is needed", field.name()));
            self.faults.advise(
                "If records without it are no usage, skip them: [[skip]] with the column, empty = true and a reason. If it \
                 may be empty, list what may not be in required.",
            );
        }
        None
    }

    fn currency(&mut self, record: &Record<'_>) -> Option<Currency> {
        let column = self.settings.fields.currency?;
        let code = self.cell(record, column, Field::Currency)?.text();
        let name = &self.settings.columns[column].name;
        code.parse().map_err(|error| self.faults.add(record.place, format_args!("{name}: {error}"))).ok()
    }
}
