//! `[customer.X]` and `[partner.X]`: who gets bills, from when to when, and which tenants are theirs.

use std::collections::BTreeMap;

use ratebook_line::{Currency, Date, Month};

use super::months::{Months, optional};
use super::rates::{self, Fixed};
use super::tenants::{self, Tenant};
use crate::rules::fields::{Fields, parse_date};
use crate::rules::problem::LoadCode;
use crate::rules::written::{Node, Place, Sources};

/// A customer or a partner.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) currency: Option<Currency>,
    pub(crate) start: Option<Date>,
    pub(crate) end: Option<Date>,
    pub(crate) tenants: Vec<Tenant>,
    /// Rates fixed by contract.
    pub(crate) fx: Fixed,
    pub(crate) place: Place,
}

impl Party {
    /// The days of the month on which it is a customer, both ends counted.
    pub(crate) fn active_days(&self, month: Month) -> u32 {
        days_within(month, self.start, self.end)
    }

    pub(super) fn read(id: &str, place: Place, node: &Node, sources: &mut Sources) -> Option<Party> {
        let mut fields = Fields::of(node, sources, LoadCode::Value, "a customer is a table")?;
        let name = fields.take("name").map(|node| sources.text_of(node, LoadCode::Value));
        let currency = fields.take("currency").map(|node| sources.currency_of(node, LoadCode::Value));
        let groups = fields.take("groups").map(|node| sources.texts_of(node, LoadCode::Value));
        let start = fields.take("start").map(|node| sources.date_of(node));
        let end = fields.take("end").map(|node| sources.date_of(node));
        let tenants = fields.take("tenants").map(|node| tenants::read(node, sources));
        let fx = fields.take("fx").map(|node| rates::read_fixed(node, sources));
        let end_place = fields.key_place("end");
        fields.finish(sources, &[]);
        let party = Party {
            id: id.to_owned(),
            name: optional(name)?,
            groups: optional(groups)?.unwrap_or_default(),
            currency: optional(currency)?,
            start: optional(start)?,
            end: optional(end)?,
            tenants: optional(tenants)?.unwrap_or_default(),
            fx: optional(fx)?.unwrap_or_default(),
            place,
        };
        party.check(end_place, sources).then_some(party)
    }

    fn check(&self, end: Place, sources: &mut Sources) -> bool {
        if self.id.trim().is_empty() {
            sources.report(self.place, LoadCode::Id, "a customer needs an id");
            return false;
        }
        if let (Some(first), Some(last)) = (self.start, self.end)
            && first > last
        {
            sources.report(end, LoadCode::Range, format!("end {last} lies before start {first}"));
            return false;
        }
        true
    }
}

/// Days of the month from `start` to `end`, both counted.
pub(crate) fn days_within(month: Month, start: Option<Date>, end: Option<Date>) -> u32 {
    let first = start.map_or(month.first_day(), |start| start.max(month.first_day()));
    let last = end.map_or(month.last_day(), |end| end.min(month.last_day()));
    if first > last { 0 } else { u32::from(last.day().abs_diff(first.day())) + 1 }
}

/// The columns of a customers file.
const COLUMNS: [&str; 7] = ["id", "name", "groups", "currency", "start", "end", "tenants"];

/// Customers from a CSV file that is in `sources` already.
pub(super) fn read_csv(file: usize, sources: &mut Sources) -> Vec<Party> {
    let mut parties = Vec::new();
    for row in crate::rules::csv_rows::rows(file, &COLUMNS, &["id"], sources) {
        let place = row.place;
        let cell = |name: &str| row.cells.get(name).map(String::as_str).filter(|cell| !cell.is_empty());
        let list = |name: &str| -> Vec<String> {
            let parts = cell(name).unwrap_or("").split(';').map(str::trim);
            parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        let mut sound = true;
        let currency = cell("currency").and_then(|text| {
            let currency = text.parse::<Currency>();
            if let Err(error) = &currency {
                sources.report(place, LoadCode::Value, error.to_string());
                sound = false;
            }
            currency.ok()
        });
        let [start, end] = ["start", "end"].map(|name| {
            let text = cell(name)?;
            let date = parse_date(text);
            if date.is_none() {
                let message = format!("{name} \"{text}\" is not a date (2026-03-16)");
                sources.report(place, LoadCode::Value, message);
                sound = false;
            }
            date
        });
        let listed = list("tenants");
        let tenant = |text: &String| tenants::named(text, Months::default(), place, sources);
        let tenants: Vec<Tenant> = listed.iter().filter_map(tenant).collect();
        let party = Party {
            id: cell("id").unwrap_or("").to_owned(),
            name: cell("name").map(str::to_owned),
            groups: list("groups"),
            currency,
            start,
            end,
            place,
            tenants,
            fx: Fixed::new(),
        };
        if sound && party.tenants.len() == listed.len() && party.check(place, sources) {
            parties.push(party);
        }
    }
    parties
}

/// Reports ids and tenants that are there twice; gives the parties by id.
pub(super) fn unique(parties: Vec<Party>, word: &str, sources: &mut Sources) -> BTreeMap<String, Party> {
    let mut by_id: BTreeMap<String, Party> = BTreeMap::new();
    let listed = parties.iter().map(|party| (party.id.as_str(), party.place, party.tenants.as_slice()));
    tenants::check(listed, word, sources);
    for party in parties {
        let (id, place) = (party.id.clone(), party.place);
        if by_id.insert(id.clone(), party).is_some() {
            sources.report(place, LoadCode::Duplicate, format!("{word} {id} is declared twice"));
        }
    }
    by_id
}
