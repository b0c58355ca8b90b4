//! From charges to lines: the only place that judges what FOCUS's columns mean.

use std::collections::BTreeMap;
use std::fmt;

use ratebook_plugin::{
    Currency, Decimal, Faults, Level, Line, Lines, Month, Payload, Place, Problem, Repeats, Shape, Skip,
    shown,
};

use crate::cell::Cell;
use crate::columns::Kind;
use crate::config::{Category, Corrections, OtherMonths, Periods, Settings};
use crate::format::FocusFormat;
use crate::moment::Moment;
use crate::read::{Record, Seen, each_record};

/// Turns the charges of a payload into lines.
pub(crate) fn charges(
    settings: &Settings,
    format: FocusFormat,
    payload: &mut Payload<'_>,
    month: Month,
    out: &mut Lines<'_>,
) -> Result<(), Problem> {
    let mut mapping = Mapping {
        settings,
        month,
        faults: Faults::default(),
        untagged: 0,
        unquantified: 0,
        elsewhen: Vec::new(),
        elsewhen_count: 0,
        repeats: Repeats::new(settings.duplicates),
        moments: BTreeMap::new(),
        tags: vec![Tag::default(); settings.tags.len()],
    };
    let seen = each_record(settings, format, payload, &mut |record| mapping.record(record, out))?;
    if seen.records == 0 {
        return Err(Problem::empty("there are no records in the file"));
    }
    mapping.tell(&seen, out)?;
    mapping.faults.refuse()?;
    mapping.repeats.finish(out)
}

struct Mapping<'s> {
    settings: &'s Settings,
    month: Month,
    faults: Faults,
    /// Usage and purchases without a quantity.
    unquantified: u64,
    /// Lines whose record has not the tag that names the tenant.
    untagged: u64,
    /// Where charges stand, some of them, that began outside their billing period.
    elsewhen: Vec<Place>,
    elsewhen_count: u64,
    repeats: Repeats,
    /// The last point in time of a column, and its text.
    moments: BTreeMap<usize, (String, Moment)>,
    /// The last tag of each column that is one.
    tags: Vec<Tag>,
}

/// A tag as it was made last: charges that stand together have the same ones.
#[derive(Clone, Default)]
struct Tag {
    value: String,
    text: String,
}

impl Tag {
    fn make(&mut self, name: &str, value: &str) {
        if self.value != value {
            *self = Tag { value: value.to_owned(), text: format!("{name}={value}") };
        }
    }
}

impl<'s> Mapping<'s> {
    fn record(&mut self, record: &Record<'_>, out: &mut Lines<'_>) -> Result<(), Problem> {
        if let Some(fault) = &record.fault {
            self.faults.add(record.place, fault);
            return Ok(());
        }
        let settings = self.settings;
        let row = record.place.record;
        let start = self.moment(record, settings.period_start);
        let end = self.moment(record, settings.period_end);
        let (Some(start), Some(end)) = (start, end) else { return Ok(()) };
        if Month::of(start.day) != self.month {
            let name = format!("billing period from {}", start.day);
            if settings.other_months == OtherMonths::Skip {
                return out.skip(row, Skip::Excluded, &name);
            }
            let asked = self.month;
            self.fault(record, settings.period_start, format_args!("asked for {asked}, the {name}"));
            self.faults.advise(
                "Export the month that is asked for; or set other_months = \"skip\" to leave the records of others out.",
            );
            return Ok(());
        }
        self.check_period(record, start, end);
        let category = self.needed(record, settings.category, |cell| match cell.text()? {
            None => Ok(None),
            Some("Usage") => Ok(Some(Category::Usage)),
            Some("Purchase") => Ok(Some(Category::Purchase)),
            Some("Tax") => Ok(Some(Category::Tax)),
            Some("Credit") => Ok(Some(Category::Credit)),
            Some("Adjustment") => Ok(Some(Category::Adjustment)),
            Some(other) => Err(format!("{} is not a category of FOCUS 1.0 to 1.4", shown(other))),
        });
        let class = self.get(record, settings.class, |cell| match cell.text()? {
            None => Ok(None),
            Some("Correction") => Ok(Some(())),
            Some(other) => Err(format!("{} is neither null nor Correction", shown(other))),
        });
        let charged = self.moment(record, settings.charge_start);
        let is_correction = class.is_some();
        let mut line = self.line(record);
        let (Some(category), Some(charged)) = (category, charged) else { return Ok(()) };
        let name = line.sku_name.unwrap_or_default();
        if !settings.charges.contains(&category) {
            return out.skip(row, Skip::Excluded, &format!("{category:?}: {name}"));
        }
        if is_correction && settings.corrections == Corrections::Skip {
            return out.skip(row, Skip::Excluded, &format!("Correction: {name}"));
        }
        let Some(cost) = line.total_cost else { return Ok(()) };
        // What is given back is no quantity of anything: exports write 0, and a price for one would make 0.00 of the credit.
        let counts_nothing = line.consumed_quantity.is_some_and(Decimal::is_zero) && cost.is_negative();
        if category == Category::Credit || counts_nothing {
            (line.consumed_quantity, line.measure) = (None, None);
        }
        // FOCUS: not null on usage and purchases, but for corrections. Clouds leave it null all the same, and what is not
        // said is not zero. ConsumedQuantity is rightly null on much of both.
        let is_said = settings.wanted[settings.quantity].name == "PricingQuantity"
            && matches!(category, Category::Usage | Category::Purchase)
            && !is_correction;
        if is_said && line.consumed_quantity.is_none() {
            self.unquantified += 1;
        }
        if cost.is_zero() && line.consumed_quantity.map_or(!is_said, Decimal::is_zero) && !settings.keep_zero
        {
            return out.skip(row, Skip::Zero, &format!("{category:?}: {name}"));
        }
        if !is_correction && (charged.day < start.day || charged.day >= end.day) {
            self.elsewhen_count += 1;
            if self.elsewhen.len() < 3 {
                self.elsewhen.push(record.place);
            }
        }
        if let Some(fingerprint) = record.fingerprint
            && self.repeats.skipped_at(record.place, fingerprint, out)?
        {
            return Ok(());
        }
        self.push(record, &line, out)
    }

    /// Adds what is made of several columns, and hands the line over.
    fn push(&mut self, record: &Record<'_>, line: &Line<'_>, out: &mut Lines<'_>) -> Result<(), Problem> {
        let settings = self.settings;
        let tag = settings.tenant_tag.and_then(|column| {
            let Kind::Tag(key) = &settings.wanted[column].kind else { return None };
            self.get(record, column, |cell| cell.tag(key))
        });
        let (mut tenant, mut tenant_name) = (tag.as_deref(), None);
        if tenant.is_none() {
            self.untagged += u64::from(settings.tenant_tag.is_some());
            for (id, name) in &settings.tenants {
                if tenant.is_none() {
                    tenant = self.get(record, *id, Cell::text);
                    tenant_name = name.filter(|_| tenant.is_some());
                }
            }
            if tenant.is_none() {
                let ids = self.tenant_columns(", ");
                self.faults.add(record.place, format_args!("no tenant: nothing in {ids}"));
            }
        }
        let mut tags = Vec::with_capacity(settings.tags.len());
        for (at, column) in settings.tags.iter().enumerate() {
            if let Some(value) = self.get(record, *column, Cell::text) {
                self.tags[at].make(&settings.wanted[*column].name, value);
                tags.push(at);
            }
        }
        let tenant_name = tenant_name.and_then(|name| self.get(record, name, Cell::text));
        out.push(&Line {
            tenant,
            tenant_name,
            tags: tags.into_iter().map(|at| self.tags[at].text.as_str()).collect(),
            ..line.clone()
        })
    }

    /// The columns that tenants' ids are in.
    fn tenant_columns(&self, between: &str) -> String {
        let ids = self.settings.tenants.iter().map(|(id, _)| self.settings.wanted[*id].name.as_str());
        ids.collect::<Vec<_>>().join(between)
    }

    /// What of a line stands in one column each.
    fn line<'r>(&mut self, record: &'r Record<'_>) -> Line<'r>
    where
        's: 'r,
    {
        let settings = self.settings;
        let quantity = self.get(record, settings.quantity, Cell::number);
        let price = settings.unit_price.iter().find_map(|price| self.get(record, *price, Cell::number));
        let currency = self.needed(record, settings.currency, |cell| {
            let code: Option<Result<Currency, _>> = cell.text()?.map(str::parse);
            code.transpose().map_err(|error| format!("{error}"))
        });
        Line {
            partner: self.get(record, settings.account, Cell::text),
            sku_id: self.first(record, &settings.sku),
            sku_name: self.first(record, &settings.sku_name),
            meter: self.get(record, settings.meter, Cell::text),
            consumed_quantity: quantity,
            billing_unit: self.get(record, settings.unit, Cell::text),
            measure: quantity.map(|_| settings.wanted[settings.quantity].name.as_str()),
            unit_price: price,
            total_cost: self.needed(record, settings.cost, Cell::number),
            currency,
            payment_option: self.first(record, &settings.payment_option),
            ..Line::at(record.place.record)
        }
    }

    /// Refuses a billing period that is not the month.
    fn check_period(&mut self, record: &Record<'_>, start: Moment, end: Moment) {
        let first = |month: Month| Moment { day: month.first_day(), at_midnight: true };
        let is_month = start == first(self.month) && end == first(self.month.next());
        let fits = match self.settings.periods {
            Periods::Calendar => is_month,
            Periods::ByStart => end.day > start.day,
        };
        if !fits {
            let what =
                format_args!("the billing period from {} to before {} is not the month", start.day, end.day);
            self.fault(record, self.settings.period_end, what);
            self.faults.advise(
                "If the vendor bills other periods than calendar months, set periods = \"by-start\": a period is of the month \
                 that it begins in.",
            );
        }
    }

    /// What a cell holds, if anything; what is wrong with it is noted.
    fn get<'r, T>(
        &mut self,
        record: &'r Record<'_>,
        column: usize,
        read: impl FnOnce(&'r Cell<'r>) -> Result<Option<T>, String>,
    ) -> Option<T> {
        read(&record.cells[column]).unwrap_or_else(|what| {
            self.fault(record, column, what);
            None
        })
    }

    /// A point in time that FOCUS does not let be null. Charges that stand together have the same ones.
    fn moment(&mut self, record: &Record<'_>, column: usize) -> Option<Moment> {
        let text = match &record.cells[column] {
            Cell::Text(text) if !text.is_empty() => text.as_ref(),
            _ => return self.needed(record, column, Cell::moment),
        };
        if let Some((last, moment)) = self.moments.get(&column)
            && last == text
        {
            return Some(*moment);
        }
        let Some(moment) = self.needed(record, column, Cell::moment) else {
            // What begins with a year is a time in another zone, or cut.
            let has_year = text.get(..4).is_some_and(|year| year.bytes().all(|byte| byte.is_ascii_digit()));
            if has_year || !text.bytes().any(|byte| byte.is_ascii_digit()) {
                return None;
            }
            self.faults.advise(
                "FOCUS has times in UTC like 2026-03-01T00:00:00Z. An export with other dates is read by the plugin table: \
                 dates = \"M/D/YY\" or as they are written, month = { column = \"BillingPeriodStart\", others = \"skip\" }.",
            );
            return None;
        };
        self.moments.insert(column, (text.to_owned(), moment));
        Some(moment)
    }

    /// The same of a cell that FOCUS does not let be null.
    fn needed<'r, T>(
        &mut self,
        record: &'r Record<'_>,
        column: usize,
        read: impl FnOnce(&'r Cell<'r>) -> Result<Option<T>, String>,
    ) -> Option<T> {
        self.get(record, column, |cell| read(cell)?.map(Some).ok_or_else(|| "is null".to_owned()))
    }

    /// The first text among columns.
    fn first<'r>(&mut self, record: &'r Record<'_>, columns: &[usize]) -> Option<&'r str> {
        columns.iter().find_map(|column| self.get(record, *column, Cell::text))
    }

    fn fault(&mut self, record: &Record<'_>, column: usize, what: impl fmt::Display) {
        self.faults.add(record.place, format_args!("{}: {what}", self.settings.wanted[column].name));
    }

    /// Tells the operator what the records together show.
    fn tell(&self, seen: &Seen, out: &mut Lines<'_>) -> Result<(), Problem> {
        let settings = self.settings;
        let mut shape = Shape::of("the file", &[], "");
        seen.found.unknown.iter().for_each(|name| shape.is_unknown(name));
        shape.tell(out)?;
        for column in &seen.found.absent {
            out.drifted(format!("the file has no {column}"))?;
        }
        if self.unquantified > 0 {
            out.drifted(format!(
                "PricingQuantity is null on {} charges of usage or purchases, which FOCUS does not allow: their lines have no \
                 quantity",
                self.unquantified
            ))?;
        }
        if !seen.floats.is_empty() {
            let names = seen.floats.join(", ");
            out.log(
                Level::Note,
                format!(
                    "binary floating numbers in {names}: each is taken as the shortest decimal that is the same number"
                ),
            )?;
        }
        if let (Some(column), true) = (settings.tenant_tag, self.untagged > 0)
            && let Kind::Tag(key) = &settings.wanted[column].kind
        {
            let (count, ids) = (self.untagged, self.tenant_columns(" or "));
            out.log(Level::Warning, format!("{count} lines without the tag {key:?}: their tenant is {ids}"))?;
        }
        if self.elsewhen_count > 0 {
            let places: Vec<String> = self.elsewhen.iter().map(ToString::to_string).collect();
            let more = match self.elsewhen_count - places.len() as u64 {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let text = format!(
                "charges that began outside their billing period and are no corrections: {}{more}",
                places.join(", ")
            );
            out.log(Level::Warning, text)?;
        }
        Ok(())
    }
}
