//! Names that columns of exports often have, by the field of the line that they mean.

/// A field of the line, what it is, and names of columns that mean it, in small letters and digits only. The first is
/// the surest.
pub(super) struct Known {
    pub(super) field: &'static str,
    pub(super) is_number: bool,
    names: &'static [&'static str],
}

/// In the order in which columns are given away: what is surer to be an id before what may be a name.
pub(super) const FIELDS: [Known; 14] = [
    text(
        "tenant",
        &[
            "tenantid",
            "customerid",
            "companyid",
            "accountid",
            "clientid",
            "organizationid",
            "organisationid",
            "endcustomerid",
            "customernumber",
            "customerno",
            "accountnumber",
            "identifier",
            "kundennummer",
            "kundennr",
            "customer",
            "tenant",
            "company",
            "account",
            "client",
            "endcustomer",
            "kunde",
            "organization",
        ],
    ),
    text(
        "tenantName",
        &[
            "tenantname",
            "customername",
            "companyname",
            "accountname",
            "clientname",
            "organizationname",
            "endcustomername",
            "kundenname",
            "firma",
            "customer",
            "company",
            "account",
            "client",
            "tenant",
            "name",
        ],
    ),
    text("partner", &["partnerid", "resellerid", "parentid", "parenttenantid"]),
    text(
        "skuId",
        &[
            "skuid",
            "sku",
            "productsku",
            "partnumber",
            "partno",
            "itemcode",
            "productcode",
            "materialnumber",
            "itemid",
            "articlenumber",
            "artikelnummer",
            "artikel",
            "productid",
            "offerid",
            "item",
            "product",
            "produkt",
        ],
    ),
    text(
        "skuName",
        &[
            "skuname",
            "productname",
            "itemname",
            "offername",
            "product",
            "description",
            "bezeichnung",
            "service",
        ],
    ),
    text("edition", &["edition", "plan", "planname", "tier", "package"]),
    text("meter", &["metername", "meter", "metricname", "metric", "meterdescription", "usagetype"]),
    number(
        "consumedQuantity",
        &[
            "consumedquantity",
            "usagequantity",
            "usedquantity",
            "usage",
            "used",
            "consumption",
            "consumed",
            "quantity",
            "qty",
            "units",
            "amountused",
            "menge",
            "anzahl",
            "verbrauch",
            "seats",
            "count",
            "productionusage",
        ],
    ),
    number(
        "billableQuantity",
        &["billablequantity", "billedquantity", "invoicedquantity", "chargedquantity"],
    ),
    text(
        "billingUnit",
        &[
            "billingunit",
            "unitofmeasure",
            "unittype",
            "uom",
            "unit",
            "measurementunit",
            "metricunit",
            "einheit",
        ],
    ),
    number(
        "unitPrice",
        &["unitcost", "costperunit", "effectiveunitprice", "unitprice", "einzelpreis", "stueckpreis"],
    ),
    number(
        "totalCost",
        &[
            "totalcost",
            "costtotal",
            "extendedcost",
            "linetotal",
            "subtotal",
            "netamount",
            "gesamtpreis",
            "cost",
        ],
    ),
    text("currency", &["currency", "currencycode", "billingcurrency", "waehrung", "whrung", "währung"]),
    text(
        "paymentOption",
        &["paymentoption", "billingfrequency", "billingmodel", "billingcycle", "chargetype"],
    ),
];

/// Names of columns that say when something was used.
const DATES: [&str; 14] = [
    "usagedate",
    "usagemonth",
    "billingmonth",
    "billingperiod",
    "period",
    "startperiod",
    "periodstart",
    "chargestartdate",
    "startdate",
    "servicedate",
    "date",
    "month",
    "datum",
    "monat",
];

const fn text(field: &'static str, names: &'static [&'static str]) -> Known {
    Known { field, is_number: false, names }
}

const fn number(field: &'static str, names: &'static [&'static str]) -> Known {
    Known { field, is_number: true, names }
}

/// How sure it is that a column means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sure {
    /// A usual name is part of the column's.
    Perhaps,
    /// The column has a name that may mean other things too; how far down the list.
    Likely(std::cmp::Reverse<usize>),
}

impl Known {
    /// How sure it is that a column of this name is the field.
    pub(super) fn fits(&self, column: &str) -> Option<Sure> {
        fits(column, self.names)
    }
}

/// How sure it is that a column of this name says when.
pub(super) fn says_when(column: &str) -> Option<Sure> {
    fits(column, &DATES)
}

fn fits(column: &str, names: &[&str]) -> Option<Sure> {
    let plain = plain(column);
    let exact = names.iter().position(|name| *name == plain);
    let part = || names.iter().any(|name| name.len() > 4 && plain.contains(name)).then_some(Sure::Perhaps);
    exact.map(|at| Sure::Likely(std::cmp::Reverse(at))).or_else(part)
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
