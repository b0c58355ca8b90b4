//! From records to lines: every record becomes a line, or is skipped by a filter with its reason.

use ratebook_plugin::{Level, Lines, Month, Payload, Problem, Repeats, Skip, looks_like};

use crate::config::totals::plain;
use crate::config::{Settings, TableFormat};
use crate::field::Text;
use crate::line_of::LineMaker;
use crate::month_of::MonthOf;
use crate::read::{self, Fault, Record};
use crate::skip::Filter;

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
        months: MonthOf::new(settings, month),
        maker: LineMaker::new(settings, format),
        repeats: Repeats::new(settings.duplicates),
    };
    mapping.months.check_name(payload.name())?;
    let seen = read::each_record(settings, format, payload, &mut |record| mapping.record(record, out))?;
    let Mapping { maker, months, repeats, .. } = mapping;
    months.check_period(&seen.preamble)?;
    maker.faults.refuse()?;
    if seen.records == 0 {
        return Err(Problem::empty("there are no records under the header, or in the list"));
    }
    repeats.finish(out)?;
    months.tell(seen.records, out)?;
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

struct Mapping<'s> {
    settings: &'s Settings,
    months: MonthOf<'s>,
    maker: LineMaker<'s>,
    repeats: Repeats,
}

impl Mapping<'_> {
    fn record(&mut self, record: &Record<'_>, out: &mut Lines<'_>) -> Result<(), Problem> {
        if let Some(Fault::Swallowed(what)) = record.fault {
            self.maker.faults.add(record.place, what);
            return Ok(());
        }
        if let Some((reason, what)) = self.skipped(record) {
            return out.skip(record.place.record, reason, &what);
        }
        if let Some(Fault::Cells(what)) = &record.fault {
            self.maker.faults.add(record.place, what);
            return Ok(());
        }
        if let Some(what) = self.months.is_another(record, &mut self.maker.faults) {
            return out.skip(record.place.record, Skip::Excluded, &what);
        }
        if self.repeats.skipped_at(record.place, record.fingerprint, out)? {
            return Ok(());
        }
        let mut line = self.maker.line(record);
        let prefix = &self.settings.tenant_prefix;
        let tenant = line.tenant.filter(|_| !prefix.is_empty()).map(|tenant| format!("{prefix}{tenant}"));
        line.tenant = tenant.as_deref().or(line.tenant);
        if self.maker.faults.is_empty() { out.push(&line) } else { Ok(()) }
    }

    /// The first filter that takes the record, and what the record is called.
    fn skipped(&self, record: &Record<'_>) -> Option<(Skip, String)> {
        if record.blank {
            return Some((Skip::Pseudo, "an empty row".to_owned()));
        }
        let settings = self.settings;
        if !settings.totals.is_empty() && settings.totals.contains(&plain(&record.first)) {
            return Some((Skip::Aggregate, record.first.to_string()));
        }
        let cell = |at: usize| &record.cells[at];
        let takes = |filter: &&Filter| filter.takes(record, &settings.numbers, &settings.beside);
        let filter = settings.filters.iter().find(takes)?;
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
}
