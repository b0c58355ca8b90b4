//! From rows to lines: what Acronis' columns mean for a bill. The only place for such judgement.
//!
//! One line per row that is a tenant's usage, in the vendor's own unit. A tenant may have several rows of one SKU (per
//! location or edition): each is a line, rules add them up. Nothing is divided or rounded here: bytes are binary
//! (1 GiB = 1024^3), compute points are seconds.

mod cost;
mod lacking;
mod portal;
mod tenant;
mod tree;

use ratebook_plugin::{
    Date, Decimal, Faults, Field, Level as LogLevel, Line, Lines, Month, Payload, Presence, Problem, Repeats,
    Shape, Skip,
};

use crate::config::{Level, Measure, Settings, Trials};
use crate::fields;
use crate::formats::{CSV_V2, JSON_V2};
use crate::payload::csv::CsvReport;
use crate::payload::json::JsonReport;
use crate::payload::{Row, place_of};
use crate::rows::{Examples, FAULTS_TOLD};
use cost::Costs;
use lacking::{NO_SKU_ADVICE, present, warn_if_none};
pub(crate) use portal::portal_csv;
use tenant::{Standing, Tenants};
use tree::Tree;

/// Rows that count tenants or say that something is switched on (seen in a real csv_v2_0 file). One that has a SKU
/// all the same is sold by somebody, and becomes a line.
const PSEUDO: [&str; 4] = ["euc_count", "reseller_count", "orphaned_storage", "euc_with_local_backup_count"];

/// Maps a csv_v2_0 report, row by row as it comes.
pub(crate) fn csv_v2(
    settings: &Settings,
    payload: &mut Payload<'_>,
    month: Month,
    out: &mut Lines<'_>,
) -> Result<(), Problem> {
    let mut judge = Judge::new(settings, month, payload)?;
    let fields = fields::fields();
    let mut shape = Shape::of("the report", &fields, CSV_V2);
    let mut report = CsvReport::open(payload, &mut shape)?;
    if !report.has_sku_column() && !settings.keep_without_sku {
        return Err(Problem::empty("the report has no column sku").advise(NO_SKU_ADVICE));
    }
    let mut faults = Faults::telling(FAULTS_TOLD);
    report.rows(&mut faults, |row, faults| judge.row(row, faults, out))?;
    shape.tell(out)?;
    judge.finish(faults, out)
}

/// Maps a json_v2_0 report: the same rows, flattened.
pub(crate) fn json_v2(
    settings: &Settings,
    payload: &mut Payload<'_>,
    month: Month,
    out: &mut Lines<'_>,
) -> Result<(), Problem> {
    let mut judge = Judge::new(settings, month, payload)?;
    let bytes = payload.bytes(512 << 20)?;
    let report = JsonReport::open(&bytes)?;
    if settings.check_dates {
        report.check_period(month)?;
    }
    let mut faults = Faults::telling(FAULTS_TOLD);
    let fields = fields::fields();
    let mut shape = Shape::of("the report", &fields, JSON_V2);
    report.rows(&mut shape, &mut faults, |row, faults| judge.row(row, faults, out))?;
    shape.tell(out)?;
    judge.finish(faults, out)
}

/// Judges rows, and remembers what can only be said of the whole.
struct Judge<'s> {
    settings: &'s Settings,
    month: Month,
    tenants: Tenants<'s>,
    tree: Tree<'s>,
    costs: Costs<'s>,
    rows: u64,
    lines: u64,
    any_sku: bool,
    effective_differs: Examples,
    pseudo_with_sku: Examples,
    repeats: Repeats,
    /// What a skipped row is called; reused.
    what: String,
    /// A date of the month that is asked for, as the rows before had it.
    fitting_date: String,
    /// Cells that must not be empty, by the names of their columns and their places in the row.
    always: Vec<(String, usize)>,
}

impl<'s> Judge<'s> {
    fn new(settings: &'s Settings, month: Month, payload: &mut Payload<'_>) -> Result<Judge<'s>, Problem> {
        let root = settings.root()?;
        Ok(Judge {
            settings,
            month,
            tenants: Tenants::new(settings, root),
            tree: Tree::beside(payload, &settings.tree, root)?,
            costs: Costs::beside(payload, &settings.prices, month)?,
            rows: 0,
            lines: 0,
            any_sku: false,
            effective_differs: Examples::default(),
            pseudo_with_sku: Examples::default(),
            repeats: Repeats::new(settings.duplicates),
            what: String::new(),
            fitting_date: String::new(),
            always: Field::table(CSV_V2, &fields::REPORT)
                .into_iter()
                .filter(|field| field.presence == Presence::Always)
                .filter_map(|field| place_of(&field.name).map(|place| (field.name, place)))
                .collect(),
        })
    }

    fn row(&mut self, row: &Row<'_>, faults: &mut Faults, out: &mut Lines<'_>) -> Result<(), Problem> {
        self.rows += 1;
        let sku = bare(row.sku());
        self.any_sku |= !sku.is_empty();
        let Some(quantity) = self.check(row, faults) else { return Ok(()) };
        let Some(reported) = self.costs.reported(row, faults) else { return Ok(()) };
        let place = self.tree.find(row.tenant_id());
        let trial = self.tree.trial(place);
        if let Some(skip) = self.skip(row, sku, quantity, trial) {
            self.what.clear();
            self.what.push_str(if row.tenant_name().is_empty() {
                row.tenant_id()
            } else {
                row.tenant_name()
            });
            self.what.push_str(": ");
            self.what.push_str(row.name());
            return out.skip(row.place.record, skip, &self.what);
        }
        self.check_effective(row, faults);
        if self.repeats.skipped_at(row.place, row.fingerprint, out)? {
            return Ok(());
        }
        if faults.is_empty() {
            self.lines += 1;
            let tenant = self.tenants.spelled(row.tenant_id());
            if !quantity.is_zero() {
                self.tree.bill(place, tenant, row.place);
            }
            let cost = self.costs.of(row, sku, quantity, reported);
            out.push(&Line {
                tenant: present(tenant),
                tenant_name: present(row.tenant_name()).or_else(|| self.tree.name(place)),
                partner: self.tree.partner(place),
                customer: self.tree.customer(place, bare(row.customer_id())),
                sku_id: present(sku),
                sku_name: self.costs.name(sku),
                edition: present(row.edition()),
                meter: present(row.name()),
                consumed_quantity: Some(quantity),
                billing_unit: present(row.measurement_unit()),
                measure: Some(self.settings.measure.word()),
                unit_price: cost.unit_price,
                total_cost: cost.total_cost,
                currency: cost.currency,
                tags: if trial == Trials::Tag { vec!["trial"] } else { Vec::new() },
                ..Line::at(row.place.record)
            })?;
        }
        Ok(())
    }

    /// The billed quantity of a row whose cells can be trusted.
    fn check(&mut self, row: &Row<'_>, faults: &mut Faults) -> Option<Decimal> {
        for (name, place) in &self.always {
            if bare(row.cell(*place)).is_empty() {
                faults.add(row.place, format_args!("{name} is empty"));
                return None;
            }
        }
        if self.settings.check_dates && !row.date().is_empty() && row.date() != self.fitting_date {
            let day = row.date().get(..10).and_then(|day| day.parse::<Date>().ok());
            if day.map(Month::of) != Some(self.month) {
                faults.add(row.place, format_args!("asked for {}, date is {:?}", self.month, row.date()));
                return None;
            }
            row.date().clone_into(&mut self.fitting_date);
        }
        let (usage, billed) = (row.usage(), self.settings.measure.index());
        let (mut quantity, mut last) = (None, "0");
        for (at, cell) in usage.iter().copied().enumerate() {
            // The other eight are not billed, but a cell that is no number shows that the row has slipped. Several of them are
            // the same.
            if at != billed && (cell.is_empty() || cell == "0" || cell == last)
                || at == billed && quantity.is_some()
            {
                continue;
            }
            match cell.parse::<Decimal>() {
                Ok(number) => {
                    last = cell;
                    quantity = quantity.or((cell == usage[billed]).then_some(number));
                }
                Err(error) => {
                    faults.add(row.place, format_args!("usage.{} {cell:?}: {error}", Measure::ALL[at]));
                    return None;
                }
            }
        }
        quantity
    }

    /// Why the row is not usage that somebody could be billed for.
    fn skip(&mut self, row: &Row<'_>, sku: &str, quantity: Decimal, trial: Trials) -> Option<Skip> {
        let is_root = self.tenants.is_root(row.tenant_id()) && self.settings.level != Level::Itself;
        let standing = self.tenants.standing(row.tenant_kind());
        if is_root || standing == Standing::Sum {
            return Some(Skip::Aggregate);
        }
        if standing == Standing::Other {
            return Some(Skip::Excluded);
        }
        if trial == Trials::Skip {
            return Some(Skip::Trial);
        }
        if is_pseudo(row) {
            match sku {
                "" => return Some(Skip::Pseudo),
                _ => self.pseudo_with_sku.add(row.place),
            }
        }
        if sku.is_empty() && !self.settings.keep_without_sku {
            return Some(Skip::NoSku);
        }
        (quantity.is_zero() && !self.settings.keep_zero).then_some(Skip::Zero)
    }

    /// Seen in real rows: effective is absolute, and delta where `is_range` is True. Acronis does not say so.
    fn check_effective(&mut self, row: &Row<'_>, faults: &mut Faults) {
        let Some((absolute, delta)) = self.settings.measure.behind_effective() else { return };
        let rule = if row.is_range().eq_ignore_ascii_case("true") {
            delta
        } else if row.is_range().eq_ignore_ascii_case("false") {
            absolute
        } else {
            if !row.is_range().is_empty() {
                faults
                    .add(row.place, format_args!("is_range {:?} is neither True nor False", row.is_range()));
            }
            return;
        };
        let usage = row.usage();
        let (effective, expected) = (usage[self.settings.measure.index()], usage[rule.index()]);
        if effective != expected && effective.parse::<Decimal>().ok() != expected.parse::<Decimal>().ok() {
            self.effective_differs.add(row.place);
        }
    }

    fn finish(self, faults: Faults, out: &mut Lines<'_>) -> Result<(), Problem> {
        faults.refuse()?;
        if self.rows == 0 {
            return Err(Problem::empty("the report has a header and no rows"));
        }
        if !self.any_sku && !self.settings.keep_without_sku {
            let message = format!("none of the report's {} rows has a SKU", self.rows);
            return Err(Problem::empty(message).advise(NO_SKU_ADVICE));
        }
        self.repeats.finish(out)?;
        warn_if_none(self.lines, self.rows, out)?;
        self.tree.finish(out)?;
        self.costs.finish(out)?;
        let word = self.settings.measure.word();
        for (examples, what) in [
            (
                self.effective_differs,
                format!("{word} is neither the delta of a range nor else the absolute usage"),
            ),
            (self.costs.without_currency, "a price without a currency is left out".to_owned()),
            (self.pseudo_with_sku, "a count of tenants or a switch has a SKU, so it is kept".to_owned()),
        ] {
            if let Some(rows) = examples.told() {
                out.log(LogLevel::Warning, format!("{rows}: {what}"))?;
            }
        }
        Ok(())
    }
}

fn is_pseudo(row: &Row<'_>) -> bool {
    PSEUDO.contains(&row.name())
        || row.name().ends_with("child_storages")
        || matches!(row.measurement_unit(), "feature" | "n/a")
}

/// A text without the spaces around it. Most begin and end with a letter or digit, and have none.
fn bare(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}
