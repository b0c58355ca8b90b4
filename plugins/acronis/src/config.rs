//! `[source.<name>.config]` of an Acronis account: as written, then as checked.

mod beside;

use std::collections::BTreeMap;
use std::time::Duration;

use ratebook_plugin::{Config, Duplicates, Problem};
use serde::Deserialize;

pub(crate) use beside::{
    PartnerAbove, PriceColumn, PriceSettings, PriceUnit, Reference, TreeSettings, Trials, UsePrices,
};

/// The secret of the API client.
pub(crate) const CLIENT_SECRET: &str = "client_secret";

/// What may be written; `config.schema.json` describes it for editors.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    tenant_id: Option<String>,
    client_id: Option<String>,
    auth: ClientAuth,
    level: Level,
    kinds: Option<Vec<Kind>>,
    measure: String,
    format: ReportFormat,
    keep_zero: bool,
    keep_without_sku: bool,
    duplicates: Duplicates,
    check_dates: bool,
    poll_every_seconds: u32,
    empty_list_grace_seconds: u32,
    report_deadline_minutes: u32,
    new_report_after_failure: bool,
    tenants: bool,
    reference: Reference,
    partner: PartnerAbove,
    trials: Trials,
    keep_nested: bool,
    prices: UsePrices,
    price: PriceColumn,
    price_list: Option<String>,
    price_units: BTreeMap<String, PriceUnit>,
}

impl Default for Written {
    fn default() -> Written {
        Written {
            tenant_id: None,
            client_id: None,
            auth: ClientAuth::Basic,
            level: Level::DirectPartners,
            kinds: None,
            measure: Measure::DEFAULT.to_owned(),
            format: ReportFormat::CsvV2,
            keep_zero: false,
            keep_without_sku: false,
            duplicates: Duplicates::default(),
            check_dates: true,
            poll_every_seconds: 10,
            empty_list_grace_seconds: 300,
            report_deadline_minutes: 30,
            new_report_after_failure: false,
            tenants: true,
            reference: Reference::default(),
            partner: PartnerAbove::default(),
            trials: Trials::default(),
            keep_nested: false,
            prices: UsePrices::default(),
            price: PriceColumn::default(),
            price_list: None,
            price_units: BTreeMap::new(),
        }
    }
}

/// How the API client proves who it is (`token_endpoint_auth_method` of the client).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClientAuth {
    /// `client_secret_basic`.
    Basic,
    /// `client_secret_post`.
    Post,
}

/// Acronis account management API, POST /reports, `parameters.level`. `all_partners` is not here: its rows hold each
/// other, and the report does not say which holds which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Level {
    /// The root's direct partners and customers.
    DirectPartners,
    /// All customers, and the partners above them.
    AllCustomers,
    /// The same and user accounts.
    Accounts,
    /// The root alone.
    Itself,
}

impl Level {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Level::DirectPartners => "direct_partners",
            Level::AllCustomers => "all_customers",
            Level::Accounts => "accounts",
            Level::Itself => "itself",
        }
    }
}

/// `tenant.kind` of tenants that can be billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A partner.
    Partner,
    /// A customer.
    Customer,
    /// A unit of a customer.
    Unit,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Partner => "partner",
            Kind::Customer => "customer",
            Kind::Unit => "unit",
        }
    }
}

/// The format of the report that is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum ReportFormat {
    /// The layout is known from a real file.
    #[serde(rename = "csv_v2_0")]
    CsvV2,
    /// No real body has been published: experimental.
    #[serde(rename = "json_v2_0")]
    JsonV2,
}

/// Which of the nine usage columns is billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Measure(usize);

impl Measure {
    /// The default.
    const DEFAULT: &str = "effective.production";
    /// The nine, in the order of the report's columns.
    pub(crate) const ALL: [&str; 9] = [
        "absolute.production",
        "absolute.total",
        "absolute.trial",
        "delta.production",
        "delta.total",
        "delta.trial",
        "effective.production",
        "effective.total",
        "effective.trial",
    ];

    /// Its place among the nine.
    pub(crate) fn index(self) -> usize {
        self.0
    }

    /// As lines say it.
    pub(crate) fn word(self) -> &'static str {
        Measure::ALL[self.0]
    }

    /// For an effective measure, the same kind's absolute and delta.
    pub(crate) fn behind_effective(self) -> Option<(Measure, Measure)> {
        (self.0 >= 6).then(|| (Measure(self.0 - 6), Measure(self.0 - 3)))
    }
}

/// The settings, checked.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The root of the report.
    pub(crate) tenant_id: Option<String>,
    /// The API client's id and that its secret is there; a source for files downloaded by hand needs neither.
    pub(crate) client_id: Result<String, Problem>,
    pub(crate) auth: ClientAuth,
    pub(crate) level: Level,
    /// `tenant.kind` of the rows that become lines.
    pub(crate) kinds: Vec<&'static str>,
    pub(crate) measure: Measure,
    pub(crate) format: ReportFormat,
    pub(crate) keep_zero: bool,
    pub(crate) keep_without_sku: bool,
    pub(crate) duplicates: Duplicates,
    pub(crate) check_dates: bool,
    pub(crate) poll_every: Duration,
    pub(crate) empty_list_grace_seconds: i64,
    pub(crate) report_deadline_seconds: i64,
    pub(crate) new_report_after_failure: bool,
    pub(crate) tree: TreeSettings,
    pub(crate) prices: PriceSettings,
}

impl Settings {
    pub(crate) fn from_config(config: &Config) -> Result<Settings, Problem> {
        if config.values.get("level").is_some_and(|level| level == "all_partners") {
            return Err(Problem::config(
                "level",
                "all_partners lists partners inside partners, and the report does not say which holds which",
            )
            .advise("Use direct_partners, or all_customers with kinds = [\"customer\"]."));
        }
        let written: Written = if config.values.is_null() { Written::default() } else { config.read()? };
        let measure = Measure::ALL.iter().position(|word| *word == written.measure).ok_or_else(|| {
            Problem::config("measure", format!("{:?} is not a usage column of the report", written.measure))
                .advise(format!("Use one of {}.", Measure::ALL.join(", ")))
        })?;
        if written.poll_every_seconds == 0 {
            return Err(Problem::config("poll_every_seconds", "must be at least 1"));
        }
        let client_id = config.require_secret(CLIENT_SECRET).and_then(|()| {
            written.client_id.clone().ok_or_else(|| {
                Problem::config("client_id", "the id of the API client is missing")
                    .advise("Make an API client in the management portal, Settings, API clients.")
            })
        });
        let tree = TreeSettings {
            wanted: written.tenants,
            reference: written.reference,
            partner: written.partner,
            trials: written.trials,
            keep_nested: written.keep_nested,
        };
        if !tree.wanted {
            tree.do_without()?;
        }
        Ok(Settings {
            tenant_id: written.tenant_id.map(|id| id.trim().to_owned()),
            client_id,
            auth: written.auth,
            level: written.level,
            kinds: kinds(written.level, written.kinds)?,
            measure: Measure(measure),
            format: written.format,
            keep_zero: written.keep_zero,
            keep_without_sku: written.keep_without_sku,
            duplicates: written.duplicates,
            check_dates: written.check_dates,
            poll_every: Duration::from_secs(written.poll_every_seconds.into()),
            empty_list_grace_seconds: written.empty_list_grace_seconds.into(),
            report_deadline_seconds: i64::from(written.report_deadline_minutes) * 60,
            new_report_after_failure: written.new_report_after_failure,
            tree,
            prices: PriceSettings {
                wanted: written.prices,
                column: written.price,
                list: written.price_list,
                units: written.price_units,
            },
        })
    }

    /// The root tenant, without which its own rows cannot be told from its customers'.
    pub(crate) fn root(&self) -> Result<&str, Problem> {
        self.tenant_id.as_deref().ok_or_else(|| {
            Problem::config("tenant_id", "the root tenant is missing: its rows are sums over all others")
                .advise("Give the id of the tenant that the report is made for.")
        })
    }
}

/// Below the direct tenants, a partner's row holds its customers' and a customer's row its units': one kind only.
fn kinds(level: Level, written: Option<Vec<Kind>>) -> Result<Vec<&'static str>, Problem> {
    let deep = matches!(level, Level::AllCustomers | Level::Accounts);
    let kinds = written.unwrap_or_else(|| match deep {
        true => vec![Kind::Customer],
        false => vec![Kind::Partner, Kind::Customer],
    });
    if kinds.is_empty() || deep && kinds.len() > 1 {
        return Err(Problem::config(
            "kinds",
            format!("the level {} needs exactly one kind of tenant, or usage is counted twice", level.word()),
        )
        .advise(
            "A partner's row is the sum over its customers; the report does not say who belongs to whom.",
        ));
    }
    Ok(kinds.into_iter().map(Kind::word).collect())
}
