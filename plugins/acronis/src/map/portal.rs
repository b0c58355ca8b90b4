//! The portal's own CSV: units and compute points are already those that people read, so nothing is converted.

use std::collections::BTreeMap;

use ratebook_plugin::{
    Decimal, Faults, Level as LogLevel, Line, Lines, Month, Payload, Place, Presence, Problem, Repeats,
    Shape, Skip,
};

use super::lacking::{NO_SKU_ADVICE, present, warn_if_none};
use super::tenant::{Standing, Tenants};
use crate::config::{Level, Settings};
use crate::fields;
use crate::formats::PORTAL_CSV;
use crate::payload::portal::{PortalReport, PortalRow, decode};
use crate::rows::{Examples, FAULTS_TOLD};

/// Which of the file's six numbers a measure is, and what the line calls it. The file has no effective usage.
fn number(measure: &str) -> (usize, &'static str) {
    match measure {
        "effective.total" | "absolute.total" => (4, "absolute.total"),
        "effective.trial" | "absolute.trial" => (2, "absolute.trial"),
        "delta.production" => (1, "delta.production"),
        "delta.trial" => (3, "delta.trial"),
        "delta.total" => (5, "delta.total"),
        _ => (0, "absolute.production"),
    }
}

/// Maps a file downloaded in the management portal.
pub(crate) fn portal_csv(
    settings: &Settings,
    payload: &mut Payload<'_>,
    month: Month,
    out: &mut Lines<'_>,
) -> Result<(), Problem> {
    let bytes = payload.bytes(512 << 20)?;
    let text = decode(&bytes)?;
    let fields = fields::fields();
    let mut shape = Shape::of("the file", &fields, PORTAL_CSV);
    let mut report = PortalReport::open(&text, &mut shape)?;
    if settings.check_dates && !report.check_period(month)? {
        out.log(
            LogLevel::Note,
            "the file does not say its Reporting period: nothing was compared with the month",
        )?;
    }
    let root_name = report.root_name().map(|name| bare(name).to_owned());
    if root_name.is_none() {
        settings.root()?;
    }
    let mut judge = PortalJudge {
        settings,
        tenants: Tenants::new(settings, settings.tenant_id.as_deref().unwrap_or_default()),
        root_name,
        number: number(settings.measure.word()),
        rows: 0,
        lines: 0,
        any_sku: false,
        priced: Examples::default(),
        paths: BTreeMap::new(),
        repeats: Repeats::new(settings.duplicates),
        what: String::new(),
    };
    let mut faults = Faults::telling(FAULTS_TOLD);
    report.rows(&mut faults, |row, faults| judge.row(row, faults, out))?;
    shape.tell(out)?;
    judge.finish(faults, out)
}

/// A path without the slash that the root's sometimes lacks.
fn bare(path: &str) -> &str {
    path.trim().trim_start_matches('/')
}

struct PortalJudge<'s> {
    settings: &'s Settings,
    tenants: Tenants<'s>,
    root_name: Option<String>,
    number: (usize, &'static str),
    rows: u64,
    lines: u64,
    any_sku: bool,
    priced: Examples,
    /// The paths of tenants that have lines, and the first row of each.
    paths: BTreeMap<String, Place>,
    repeats: Repeats,
    /// What a skipped row is called; reused.
    what: String,
}

impl PortalJudge<'_> {
    fn row(&mut self, row: &PortalRow<'_>, faults: &mut Faults, out: &mut Lines<'_>) -> Result<(), Problem> {
        self.rows += 1;
        self.any_sku |= !row.sku().is_empty();
        let Some(quantity) = self.check(row, faults) else { return Ok(()) };
        let path = bare(row.tenant_name());
        let is_root = self.tenants.is_root(row.identifier()) || self.root_name.as_deref() == Some(path);
        let standing = self.tenants.standing(row.kind());
        let skip = if is_root && self.settings.level != Level::Itself || standing == Standing::Sum {
            Some(Skip::Aggregate)
        } else if standing == Standing::Other {
            Some(Skip::Excluded)
        } else if row.sku().is_empty() && !self.settings.keep_without_sku {
            Some(Skip::NoSku)
        } else {
            (quantity.is_zero() && !self.settings.keep_zero).then_some(Skip::Zero)
        };
        if let Some(skip) = skip {
            self.what.clear();
            self.what.push_str(row.tenant_name());
            self.what.push_str(": ");
            self.what.push_str(row.metric_name());
            return out.skip(row.place.record, skip, &self.what);
        }
        if row.identifier().is_empty() {
            faults.add(row.place, format_args!("Identifier is empty ({})", row.tenant_name()));
            return Ok(());
        }
        if !self.paths.contains_key(path) {
            self.paths.insert(path.to_owned(), row.place);
        }
        if row.prices().iter().any(|cell| !cell.is_empty()) {
            self.priced.add(row.place);
        }
        if self.repeats.skipped_at(row.place, row.fingerprint, out)? || !faults.is_empty() {
            return Ok(());
        }
        self.lines += 1;
        out.push(&Line {
            tenant: present(self.tenants.spelled(row.identifier())),
            tenant_name: present(row.tenant_name()),
            sku_id: present(row.sku()),
            edition: present(row.edition()),
            meter: present(row.metric_name()),
            consumed_quantity: Some(quantity),
            billing_unit: present(row.metric_unit()),
            measure: Some(self.number.1),
            ..Line::at(row.place.record)
        })
    }

    fn check(&self, row: &PortalRow<'_>, faults: &mut Faults) -> Option<Decimal> {
        for (name, ..) in fields::PORTAL.iter().filter(|(_, _, presence, _)| *presence == Presence::Always) {
            // Rows that are skipped may lack it, and those that are not are looked at once that is known.
            if row.cell(name).is_empty() && *name != "Identifier" {
                faults.add(row.place, format_args!("{name} is empty"));
                return None;
            }
        }
        let (name, cell) = row.usage()[self.number.0];
        cell.parse().map_err(|error| faults.add(row.place, format_args!("{name} {cell:?}: {error}"))).ok()
    }

    fn finish(self, faults: Faults, out: &mut Lines<'_>) -> Result<(), Problem> {
        faults.refuse()?;
        if self.rows == 0 {
            return Err(Problem::empty("the file has a header and no rows"));
        }
        if !self.any_sku && !self.settings.keep_without_sku {
            let message = format!("none of the file's {} rows has a SKU", self.rows);
            return Err(Problem::empty(message).advise(NO_SKU_ADVICE));
        }
        self.refuse_parents()?;
        self.repeats.finish(out)?;
        warn_if_none(self.lines, self.rows, out)?;
        let asked = self.settings.measure.word();
        if asked != self.number.1 {
            let text = format!("the portal's file has no {asked}: {} is used", self.number.1);
            out.log(LogLevel::Note, text)?;
        }
        if let Some(rows) = self.priced.told() {
            let text = format!("{rows}: Price and Cost are left out, the file does not say their currency");
            out.log(LogLevel::Warning, text)?;
        }
        Ok(())
    }

    /// A tenant above another one that has lines too: its rows hold the other's usage.
    fn refuse_parents(&self) -> Result<(), Problem> {
        for (path, row) in &self.paths {
            let parent = path
                .match_indices('/')
                .map(|(at, _)| path[..at].trim_end())
                .find_map(|parent| self.paths.get_key_value(parent));
            if let Some((parent, above)) = parent {
                return Err(Problem::review(format!(
                    "{above} is of {parent:?} and {row} of {path:?} beneath it: usage would count twice"
                ))
                .advise(
                    "Set kinds to the one kind of tenant that is billed, such as kinds = [\"customer\"].",
                ));
            }
        }
        Ok(())
    }
}
