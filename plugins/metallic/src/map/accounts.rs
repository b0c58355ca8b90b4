//! The list of accounts, looked up while usage is mapped: whose usage is a trial or our own.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use ratebook_plugin::{Faults, Field, JsonReading, Payload, Problem, Shape, Skip};
use serde_json::value::RawValue;

use super::{checks, pages};
use crate::fields;
use crate::formats::{ACCOUNTS, PAYLOAD_LIMIT};
use crate::payload::accounts::{AccountRow, ServiceRow};

/// All accounts, by their ids.
pub(super) struct Accounts(BTreeMap<String, Account>);

/// One account as the list tells it.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) name: Option<String>,
    /// What the partner calls it.
    pub(super) external_id: Option<String>,
    kind: Option<String>,
    services: Vec<Service>,
}

#[derive(Debug)]
struct Service {
    sku: Option<String>,
    kind: Option<String>,
    trial_end: Option<String>,
}

/// What becomes of a row of usage.
pub(super) enum Verdict {
    /// It is billed.
    Keep,
    /// It is billed, and somebody should look why.
    Warn(String),
    /// It is not billed: why, in the vendor's words.
    Skip(Skip, String),
}

impl Accounts {
    /// Reads the pages kept beside the usage.
    pub(super) fn beside(payload: &mut Payload<'_>) -> Result<Accounts, Problem> {
        let bodies = payload.references(ACCOUNTS, PAYLOAD_LIMIT)?;
        if bodies.is_empty() {
            return Err(Problem::data(
                "the list of accounts is not there: without it trials and internal accounts would be billed",
            )
            .advise("Import the pages of GET /api/v1/partner/accounts together with those of the usage."));
        }
        let pages = pages::read(&bodies, "the list of accounts")?;
        let mut faults = Faults::default();
        pages::check(pages.iter(), "accounts", &mut faults);
        let mut accounts = BTreeMap::new();
        let (of_services, of_accounts): (Vec<Field>, Vec<Field>) =
            fields::fields().into_iter().partition(|field| field.name.starts_with(SERVICES));
        let mut shapes = Shapes {
            account: Shape::of("the list of accounts", &of_accounts, ACCOUNTS),
            service: Shape::of("the list of accounts", &of_services, ACCOUNTS),
        };
        for (number, raw) in (1..).zip(pages.iter().flat_map(|page| &page.rows)) {
            let mut reading = JsonReading::of("accounts, row", number, &mut faults);
            let Some((id, account)) = account(raw, &mut shapes, &mut reading) else { continue };
            match accounts.entry(id) {
                Entry::Vacant(entry) => _ = entry.insert(account),
                Entry::Occupied(entry) => {
                    reading.fault(format_args!("the account {} is there twice", entry.key()));
                }
            }
        }
        faults.refuse()?;
        Ok(Accounts(accounts))
    }

    pub(super) fn get(&self, id: &str) -> Option<&Account> {
        self.0.get(id)
    }
}

impl Account {
    /// Metallic API reference, "Get accounts": `type` is POC, Internal or Production; a service is trial or paid. That
    /// an account is deactivated by now says nothing about the month.
    pub(super) fn judge(&self, sku: &str) -> Verdict {
        match self.kind.as_deref() {
            Some(kind) if ["poc", "internal"].contains(&kind.to_ascii_lowercase().as_str()) => {
                return Verdict::Skip(Skip::Internal, format!("the account's type is {kind}"));
            }
            Some(kind) if kind.eq_ignore_ascii_case("production") => {}
            kind => return Verdict::Warn(format!("its type is {}", kind.unwrap_or("not said"))),
        }
        let mut services =
            self.services.iter().filter(|service| service.sku.as_deref() == Some(sku)).peekable();
        if services.peek().is_none() {
            return Verdict::Keep;
        }
        let mut trial_end = None;
        for service in services {
            match service.kind.as_deref() {
                Some(kind) if kind.eq_ignore_ascii_case("trial") => trial_end = service.trial_end.as_deref(),
                // What is paid for is billed, also if a trial of the same stands beside it.
                Some(kind) if kind.eq_ignore_ascii_case("paid") => return Verdict::Keep,
                kind => {
                    let kind = kind.unwrap_or("not said");
                    return Verdict::Warn(format!("the serviceType of its {sku} is {kind}"));
                }
            }
        }
        let until = trial_end.map_or_else(String::new, |end| format!(", until {end}"));
        Verdict::Skip(Skip::Trial, format!("its serviceType is trial{until}"))
    }
}

/// What accounts and their services must have. Other members of theirs are published than those that are named here, so none
/// is told as new.
struct Shapes<'f> {
    account: Shape<'f>,
    service: Shape<'f>,
}

/// Stands before the names of a service's members.
const SERVICES: &str = "services.";

fn account(raw: &str, shapes: &mut Shapes<'_>, reading: &mut JsonReading<'_>) -> Option<(String, Account)> {
    let row: AccountRow<'_> = serde_json::from_str(raw).map_err(|error| reading.fault(error)).ok()?;
    shapes.account.row(reading, |name| row.get(name), row.unknown());
    let id = checks::id(reading, "id", row.id);
    let mut owned = |name, raw| reading.text(name, raw).map(String::from);
    let account = Account {
        name: owned("name", row.name),
        kind: owned("type", row.kind),
        external_id: checks::id(reading, "externalId", row.external_id).map(String::from),
        services: services(row.services, &mut shapes.service, reading),
    };
    Some((id?.into_owned(), account))
}

fn services(raw: Option<&str>, shape: &mut Shape<'_>, reading: &mut JsonReading<'_>) -> Vec<Service> {
    let Some(raw) = raw else { return Vec::new() };
    let rows = serde_json::from_str::<Vec<&RawValue>>(raw)
        .and_then(|rows| rows.iter().map(|row| serde_json::from_str(row.get())).collect());
    let rows: Vec<ServiceRow<'_>> = match rows {
        Ok(rows) => rows,
        Err(error) => {
            reading.fault(format_args!("services: {error}"));
            return Vec::new();
        }
    };
    let service = |row: ServiceRow<'_>| {
        let member = |name: &str| name.strip_prefix(SERVICES).and_then(|name| row.get(name));
        shape.row(reading, member, row.unknown());
        Service {
            sku: reading.text("sku", row.sku).map(String::from),
            kind: reading.text("serviceType", row.kind).map(String::from),
            trial_end: row.trial_end.map(|raw| raw.trim_matches('"').to_owned()),
        }
    };
    rows.into_iter().map(service).collect()
}
