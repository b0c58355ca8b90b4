//! A row of a usage report in Acronis' words, not yet judged.
//!
//! Column names: the header of a real csv_v2_0 file (Acronis, API usage examples, 2020).

use ratebook_plugin::{Fingerprint, Place};

/// Names the columns once: where each stands in a row, and the cell by its name. Which must be there is said in `fields.rs`.
macro_rules! columns {
    (used: $($used:ident = $name:literal),*; unused: $($unused_name:literal),*) => {
        /// Columns that are used.
        const USED: [&str; [$($name),*].len()] = [$($name),*];

        /// Columns that are known.
        #[cfg(test)]
        pub(crate) const KNOWN: &[&str] = &[$($name,)* $($unused_name,)*];

        /// Where a cell stands in a row.
        #[expect(non_camel_case_types, reason = "they are named as the cells are")]
        enum At { $($used),* }

        #[expect(dead_code, reason = "some cells are got by their places alone")]
        impl<'r> Row<'r> {
            $(#[doc = concat!("The cell of `", $name, "`.")]
            pub(crate) fn $used(&self) -> &'r str {
                self.cells[At::$used as usize]
            })*
        }
    };
}

columns! {
    used: application_id = "application.id", name = "name", tenant_id = "tenant.id", tenant_kind = "tenant.kind",
        absolute_production = "usage.absolute.production", absolute_total = "usage.absolute.total",
        absolute_trial = "usage.absolute.trial", delta_production = "usage.delta.production",
        delta_total = "usage.delta.total", delta_trial = "usage.delta.trial",
        effective_production = "usage.effective.production", effective_total = "usage.effective.total",
        effective_trial = "usage.effective.trial", sku = "sku", edition = "edition", date = "date", is_range = "is_range",
        measurement_unit = "measurement_unit", price = "pricing.price", total_cost = "pricing.total_cost",
        currency = "pricing.currency", customer_id = "tenant.customer_id", tenant_name = "tenant.name";
    unused: "application.name", "infra.name", "pricing.mode", "quota.value", "infra.backend_type", "infra.id",
        "infra.owner_id"
}

/// Columns whose text people write: it may hold line breaks.
pub(crate) const LABELS: &[&str] = &["tenant.name", "infra.name", "application.name"];

/// One row of a usage report; an absent cell is an empty one.
#[derive(Clone, Debug)]
pub(crate) struct Row<'r> {
    /// Where it stands; its number counts from 1.
    pub(crate) place: Place,
    /// That of all its cells.
    pub(crate) fingerprint: Fingerprint,
    cells: [&'r str; USED.len()],
}

/// Where the used columns stand in a file; `usize::MAX` for one that does not.
pub(crate) type Positions = [usize; USED.len()];

/// Looks the used columns up.
pub(crate) fn positions(find: impl Fn(&str) -> Option<usize>) -> Positions {
    USED.map(|name| find(name).unwrap_or(usize::MAX))
}

/// The place of a column in a row, if it is one that is used.
pub(crate) fn place_of(name: &str) -> Option<usize> {
    USED.iter().position(|used| *used == name)
}

impl<'r> Row<'r> {
    /// A row with the cells of [`Positions`].
    pub(crate) fn of(place: Place, fingerprint: Fingerprint, cells: [&'r str; USED.len()]) -> Row<'r> {
        Row { place, fingerprint, cells }
    }

    /// A cell by its place in the row.
    pub(crate) fn cell(&self, place: usize) -> &'r str {
        self.cells[place]
    }

    /// Sets a cell by its column's name, if it is one that is used.
    pub(crate) fn set(&mut self, name: &str, value: &'r str) {
        if let Some(place) = place_of(name) {
            self.cells[place] = value;
        }
    }

    /// The nine numbers, in the order of [`crate::config::Measure::ALL`].
    pub(crate) fn usage(&self) -> &[&'r str] {
        &self.cells[At::absolute_production as usize..=At::effective_trial as usize]
    }
}
