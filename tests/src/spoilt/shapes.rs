//! What vendors send, in small: for each kind of payload how its rows are written, and which of their fields must be there.

use serde_json::{Map, Value, json};

/// A cell of a row, by its field's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// A text; empty where the vendor has none.
    Text(String),
    /// A number, as it is written.
    Number(u32),
    /// Told to be nothing.
    Null,
}

/// A record of a vendor.
pub(super) type Row = Vec<(String, Cell)>;

/// One of the files that a month comes in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    /// Which one, from 0.
    pub number: usize,
    /// How many there are.
    pub pages: usize,
    /// Rows on all of them.
    pub rows: usize,
}

/// How a kind of payload is written.
pub(super) struct Shape {
    pub name: &'static str,
    pub plugin: &'static str,
    /// Keys of the source, and its `config` below them.
    pub source: &'static str,
    pub ending: &'static str,
    /// The row of a number, with a quantity.
    pub row: fn(u32, u32) -> Row,
    pub page: fn(&[Row], Page) -> String,
    /// Fields that a row cannot be billed without.
    pub needed: &'static [&'static str],
    /// Ids and names.
    pub texts: &'static [&'static str],
    /// A file that lies beside the usage.
    pub beside: Option<(&'static str, &'static str)>,
}

impl Shape {
    pub(super) fn is_csv(&self) -> bool {
        self.ending == "csv"
    }
}

pub(super) const SHAPES: [Shape; 9] = [
    Shape {
        name: "table, CSV",
        plugin: "table",
        source: "[source.vendor.config]\ncolumns = { tenant = \"Customer\", skuId = \"Item\", consumedQuantity = \"Qty\" }\n\
                 month = { column = \"Day\" }\n",
        ending: "csv",
        row: |number, quantity| {
            row(
                &[("Customer", &tenant(number)), ("Item", &format!("VM-{number}")), ("Day", "2026-03-05")],
                &[("Qty", quantity)],
            )
        },
        page: |rows, _| csv(rows),
        needed: &["Customer", "Item", "Qty", "Day"],
        texts: &["Customer", "Item"],
        beside: None,
    },
    Shape {
        name: "table, JSON",
        plugin: "table",
        source: "[source.vendor.config]\nformat = \"json\"\nrows = \"/items\"\n\
                 columns = { tenant = \"who\", skuId = \"what\", consumedQuantity = \"much\" }\nmonth = { column = \"day\" }\n",
        ending: "json",
        row: |number, quantity| {
            row(
                &[("who", &tenant(number)), ("what", &format!("VM-{number}")), ("day", "2026-03-05")],
                &[("much", quantity)],
            )
        },
        page: |rows, _| lines(&json!({}), "items", rows, &json!({})),
        needed: &["who", "what", "much", "day"],
        texts: &["who", "what"],
        beside: None,
    },
    Shape {
        name: "acronis, CSV",
        plugin: "acronis",
        source: ACRONIS,
        ending: "csv",
        row: acronis_row,
        page: |rows, _| csv(rows),
        needed: &["tenant.id", "usage.effective.production"],
        texts: &["tenant.id", "tenant.name", "sku", "name"],
        beside: None,
    },
    Shape {
        name: "acronis, JSON",
        plugin: "acronis",
        source: ACRONIS,
        ending: "json",
        row: acronis_row,
        page: |rows, _| {
            let params = json!({"params": {"kind": 0, "begin_date": 1_772_323_200, "end_date": 1_775_001_599, "group_id": 1}});
            lines(&params, "tenants", rows, &json!({}))
        },
        needed: &["tenant.id", "usage.effective.production"],
        texts: &["tenant.id", "tenant.name", "sku", "name"],
        beside: None,
    },
    Shape {
        name: "acronis, portal",
        plugin: "acronis",
        source: ACRONIS,
        ending: "csv",
        row: |number, quantity| {
            let texts = [
                ("Tenant name", format!("/Root/Customer {number}")),
                ("Identifier", tenant(number)),
                ("Type", "Customer".into()),
                ("Status", "Enabled".into()),
                ("Mode", "Production".into()),
                ("Service name", "Cyber Protection".into()),
                ("Edition", "Per workload".into()),
                ("Metric name", format!("Workstations {number}")),
                ("Location", String::new()),
                ("Metric unit", "Quantity".into()),
                ("Quota", String::new()),
            ];
            let after = ["Price", "Cost", "Billing model", "Storage type", "Pricing tier ID"];
            let texts = texts.iter().map(|(name, text)| ((*name).to_owned(), Cell::Text(text.clone())));
            let used =
                [("Production usage", quantity), ("Change in production usage", 0), ("Trial usage", 0)];
            let total =
                [("Change in trial usage", 0), ("Total usage", quantity), ("Change in total usage", 0)];
            let numbers =
                used.into_iter().chain(total).map(|(name, value)| (name.to_owned(), Cell::Number(value)));
            let empty = after.into_iter().map(|name| (name.to_owned(), Cell::Text(String::new())));
            texts
                .chain(numbers)
                .chain(empty)
                .chain([("SKU".to_owned(), Cell::Text("SPBAMSENS".into()))])
                .collect()
        },
        page: |rows, _| {
            format!("Tenant name,Root\r\nReporting period,2026-03-01 - 2026-03-31\r\n\r\n{}", csv(rows))
        },
        needed: &["Identifier", "Production usage"],
        texts: &["Tenant name", "Identifier", "SKU"],
        beside: None,
    },
    Shape {
        name: "metallic, summary",
        plugin: "metallic",
        source: "tenant = \"4711\"\n",
        ending: "json",
        row: |number, quantity| {
            row(
                &[
                    ("usageMonth", "2026-03-01"),
                    ("skuId", &format!("MTSP-{number}")),
                    ("currency", "USD"),
                    ("type", "utility"),
                ],
                &[
                    ("consumedQuantity", quantity + 7),
                    ("entitledQuantity", 0),
                    ("overageQuantity", 0),
                    ("billableQuantity", quantity),
                    ("unitPrice", 1),
                    ("totalCost", quantity),
                ],
            )
        },
        page: |rows, _| lines(&json!({}), "data", rows, &json!({})),
        needed: &["usageMonth", "skuId", "billableQuantity"],
        texts: &["skuId"],
        beside: None,
    },
    Shape {
        name: "metallic, accounts",
        plugin: "metallic",
        source: "[source.vendor.config]\nusage = \"accounts\"\naccount_usage_path = \"/usage\"\n",
        ending: "json",
        row: |number, quantity| {
            row(
                &[
                    ("usageMonth", "2026-03-01"),
                    ("accountId", "a-100"),
                    ("accountName", "Adatum"),
                    ("externalAccountId", "adatum"),
                    ("skuId", &format!("MTSP-{number}")),
                    ("currency", "USD"),
                ],
                &[
                    ("consumedQuantity", quantity + 7),
                    ("entitledQuantity", 0),
                    ("overageQuantity", 0),
                    ("billableQuantity", quantity),
                    ("unitPrice", 1),
                    ("unitQuantity", 1),
                    ("cost", quantity),
                ],
            )
        },
        page: |rows, page| {
            let pagination =
                json!({"pageNumber": page.number, "pageSize": rows.len(), "totalRecords": page.rows});
            lines(&json!({}), "usage", rows, &json!({"metadata": {"pagination": pagination}}))
        },
        needed: &["usageMonth", "accountId", "skuId", "billableQuantity"],
        texts: &["accountId", "accountName", "skuId"],
        beside: Some((
            "accounts.json",
            "{\"accounts\": [{\"id\": \"a-100\", \"status\": \"active\", \"externalId\": \"adatum\", \"name\": \"Adatum\", \
             \"type\": \"Production\", \"services\": []}],\n\
             \"metadata\": {\"pagination\": {\"pageNumber\": 0, \"pageSize\": 1, \"totalRecords\": 1}}}",
        )),
    },
    Shape {
        name: "sophos",
        plugin: "sophos",
        source: "[source.vendor.config]\nclient_id = \"c\"\n",
        ending: "json",
        row: |number, quantity| {
            let mut row = row(
                &[
                    ("partnerAccountId", "p-1"),
                    ("billingStartDate", "2026-03-01"),
                    ("billingEndDate", "2026-03-31"),
                    ("orderNumber", "O-1"),
                    ("orderLineItemNumber", &format!("O-1-{number}")),
                    ("accountId", &tenant(number)),
                    ("accountNumberOrSerialNumber", &format!("CN-{number}")),
                    ("productDescription", "Intercept X"),
                    ("productGroup", "User"),
                    ("sku", "CIXA1CSMG"),
                    ("accountStatus", "active"),
                    ("productCode", "CIXA"),
                    ("assignedAccountIdentifier", "Adatum"),
                ],
                &[("billableQuantity", quantity), ("actualQuantity", quantity)],
            );
            row.push(("externalId".to_owned(), Cell::Text("C-1001".to_owned())));
            row
        },
        page: |rows, page| {
            let mut pages = json!({"maxSize": 1000, "size": 50, "total": page.pages});
            if page.number + 1 < page.pages {
                pages["nextKey"] = json!(format!("k{}", page.number));
            }
            lines(&json!({}), "items", rows, &json!({"pages": pages}))
        },
        needed: &["accountId", "sku", "billableQuantity"],
        texts: &["accountId", "sku", "productDescription"],
        beside: None,
    },
    Shape {
        name: "focus, CSV",
        plugin: "focus",
        source: "",
        ending: "csv",
        row: |number, quantity| {
            row(
                &[
                    ("BillingAccountId", "9001"),
                    ("SubAccountId", &tenant(number)),
                    ("SubAccountName", "Nordwind"),
                    ("BillingCurrency", "USD"),
                    ("BillingPeriodStart", "2026-03-01T00:00:00Z"),
                    ("BillingPeriodEnd", "2026-04-01T00:00:00Z"),
                    ("ChargePeriodStart", "2026-03-04T00:00:00Z"),
                    ("ChargeCategory", "Usage"),
                    ("ChargeClass", ""),
                    ("ChargeDescription", "An hour"),
                    ("ServiceName", "Compute"),
                    ("SkuId", &format!("SKU{number}")),
                    ("PricingCategory", "Standard"),
                    ("PricingUnit", "Hours"),
                    ("ConsumedUnit", "Hours"),
                    ("Tags", ""),
                ],
                &[
                    ("PricingQuantity", quantity),
                    ("ConsumedQuantity", quantity),
                    ("ContractedUnitPrice", 1),
                    ("BilledCost", quantity),
                    ("EffectiveCost", quantity),
                ],
            )
        },
        page: |rows, _| csv(rows),
        needed: &["BillingPeriodStart", "ChargeCategory", "BilledCost", "BillingCurrency"],
        texts: &["SubAccountId", "SubAccountName", "SkuId"],
        beside: None,
    },
];

const ACRONIS: &str =
    "[source.vendor.config]\ntenant_id = \"c0a80164-1f2e-4d3c-8b5a-0123456789ab\"\nclient_id = \"c\"\n";

fn acronis_row(number: u32, quantity: u32) -> Row {
    row(
        &[
            ("application.id", "6e6d758d-8e74-3ae3-ac84-50eb0dff12eb"),
            ("application.name", "backup"),
            ("date", "2026-03-31"),
            ("infra.backend_type", ""),
            ("infra.id", ""),
            ("infra.owner_id", ""),
            ("is_range", "False"),
            ("measurement_unit", ""),
            ("name", &format!("meter_{number}")),
            ("sku", "SPBAMSENS"),
            ("tenant.customer_id", ""),
            ("tenant.id", &tenant(number)),
            ("tenant.kind", "customer"),
            ("tenant.name", &format!("Customer {number}")),
            ("edition", "pck_per_workload"),
        ],
        &[
            ("usage.absolute.production", quantity),
            ("usage.absolute.total", quantity),
            ("usage.absolute.trial", 0),
            ("usage.delta.production", 0),
            ("usage.delta.total", 0),
            ("usage.delta.trial", 0),
            ("usage.effective.production", quantity),
            ("usage.effective.total", quantity),
            ("usage.effective.trial", 0),
        ],
    )
}

fn tenant(number: u32) -> String {
    format!("0f9c2b1e-6a51-4a8e-9d3c-{:012x}", number % 5)
}

fn row(texts: &[(&str, &str)], numbers: &[(&str, u32)]) -> Row {
    let texts = texts.iter().map(|(name, text)| ((*name).to_owned(), Cell::Text((*text).to_owned())));
    texts.chain(numbers.iter().map(|(name, number)| ((*name).to_owned(), Cell::Number(*number)))).collect()
}

fn csv(rows: &[Row]) -> String {
    let record = |cells: Vec<String>| cells.join(",") + "\r\n";
    let header = rows.first().map(|row| row.iter().map(|(name, _)| name.clone()).collect());
    let cell = |(_, cell): &(String, Cell)| match cell {
        Cell::Text(text) if text.contains(['"', ',', '\r', '\n']) => {
            format!("\"{}\"", text.replace('"', "\"\""))
        }
        Cell::Text(text) => text.clone(),
        Cell::Number(number) => number.to_string(),
        Cell::Null => String::new(),
    };
    header
        .map(record)
        .into_iter()
        .chain(rows.iter().map(|row| record(row.iter().map(cell).collect())))
        .collect()
}

/// A JSON document with a record on a line of its own.
fn lines(before: &Value, list: &str, rows: &[Row], after: &Value) -> String {
    let members = |value: &Value, end: &str| -> String {
        let members = value.as_object().into_iter().flatten();
        members
            .map(|(name, value)| {
                format!("{}{}: {value}{end}", if end.is_empty() { ",\n" } else { "" }, json!(name))
            })
            .collect()
    };
    let rows: Vec<String> = rows.iter().map(|row| nested(row).to_string()).collect();
    format!(
        "{{{}{}: [\n{}\n]{}}}\n",
        members(before, ",\n"),
        json!(list),
        rows.join(",\n"),
        members(after, "")
    )
}

/// A record whose names with points are members of members.
fn nested(row: &Row) -> Value {
    let mut object = Value::Object(Map::new());
    for (name, cell) in row {
        let place = name.split('.').fold(&mut object, |place, part| &mut place[part]);
        *place = match cell {
            Cell::Text(text) => json!(text),
            Cell::Number(number) => json!(number),
            Cell::Null => Value::Null,
        };
    }
    object
}
