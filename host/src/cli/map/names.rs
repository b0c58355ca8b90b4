//! Names that columns of exports often have, by the field of the line that they mean.

/// A field of the line, what it is, and names of columns that mean it, in small letters and digits only. The first is
/// the surest.
pub(super) struct Known {
    pub(super) field: &'static str,
    pub(super) is_number: bool,
    names: &'static [&'static str],
    /// Words that say that something else is meant.
    others: &'static [&'static str],
}

/// In the order in which columns are given away: what is surer to be an id before what may be a name.
pub(super) const FIELDS: [Known; 14] = [
    text(
        "tenant",
        &[
            "tenantid",
            "customerid",
            "companyid",
            "usageaccountid",
            "clientid",
            "organizationid",
            "organisationid",
            "endcustomerid",
            "customernumber",
            "customerno",
            "accountnumber",
            "subaccountid",
            "linkedaccountid",
            "subscriptionid",
            "projectid",
            "compartmentid",
            "accountid",
            "identifier",
            "kundennummer",
            "kundennr",
            "kundenid",
            "mandant",
            "mandantid",
            "subscriptionguid",
            "workspaceid",
            "siteid",
            "customer",
            "tenant",
            "company",
            "account",
            "client",
            "endcustomer",
            "kunde",
            "projectname",
            "subscriptionname",
            "project",
            "organization",
            "subscription",
            "customername",
            "companyname",
            "accountname",
            "clientname",
            "organizationname",
            "resourcegroup",
        ],
        &[
            "payer",
            "owner",
            "billing",
            "parent",
            "admin",
            "administrator",
            "master",
            "reseller",
            "partner",
            "type",
            "mpn",
            "reservation",
            "savings",
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
            "subaccountname",
            "subscriptionname",
            "projectname",
            "compartmentname",
            "kundenname",
            "firma",
            "customer",
            "company",
            "account",
            "client",
            "tenant",
            "project",
            "name",
        ],
        &[
            "payer", "owner", "product", "service", "meter", "resource", "sku", "domain", "partner",
            "reseller", "billing",
        ],
    ),
    text(
        "partner",
        &[
            "partnerid",
            "resellerid",
            "mpnid",
            "parentid",
            "parenttenantid",
            "payeraccountid",
            "billingaccountid",
        ],
        &[],
    ),
    text(
        "skuId",
        &[
            "skuid",
            "sku",
            "productsku",
            "partnumber",
            "partno",
            "itemcode",
            "meterid",
            "materialnumber",
            "itemid",
            "articlenumber",
            "artikelnummer",
            "artikelnr",
            "artikel",
            "productid",
            "offerid",
            "lineitem",
            "productcode",
            "item",
            "product",
            "produkt",
            "servicename",
            "usagetype",
            "service",
        ],
        &["parent", "description", "family", "group", "type", "tag", "invoice", "availability"],
    ),
    text(
        "skuName",
        &[
            "skuname",
            "productname",
            "itemname",
            "offername",
            "skudescription",
            "productdescription",
            "metername",
            "lineitemdescription",
            "product",
            "description",
            "bezeichnung",
            "beschreibung",
            "service",
        ],
        &["group", "unit", "region"],
    ),
    text("edition", &["edition", "plan", "planname", "tier", "package"], &["price", "billing"]),
    text(
        "meter",
        &["metername", "meter", "metricname", "metric", "meterdescription", "usagetype", "measurement1"],
        &[],
    ),
    number(
        "consumedQuantity",
        &[
            "consumedquantity",
            "usagequantity",
            "usedquantity",
            "usageamount",
            "quantity",
            "qty",
            "totalconsumption",
            "consumption",
            "usage",
            "used",
            "consumed",
            "units",
            "amountused",
            "menge",
            "anzahl",
            "verbrauch",
            "seats",
            "licenses",
            "lizenzen",
            "hours",
            "stunden",
            "count",
            "productionusage",
            "usageamountinpricingunits",
            "billedquantity",
            "billablequantity",
            "invoicedquantity",
            "pricingquantity",
        ],
        &[
            "normalized",
            "overage",
            "included",
            "free",
            "quota",
            "entitled",
            "price",
            "cost",
            "rate",
            "change",
            "trial",
            "tax",
            "credit",
        ],
    ),
    number(
        "billableQuantity",
        &["billablequantity", "billedquantity", "invoicedquantity", "chargedquantity"],
        &["overage"],
    ),
    text(
        "billingUnit",
        &[
            "billingunit",
            "unitofmeasure",
            "unittype",
            "uom",
            "usageunit",
            "pricingunit",
            "unit",
            "units",
            "measurementunit",
            "metricunit",
            "einheit",
            "skuunitdescription",
            "measurement1units",
        ],
        &["price", "cost"],
    ),
    number(
        "unitPrice",
        &[
            "unitcost",
            "costperunit",
            "effectiveunitprice",
            "effectiveprice",
            "contractedunitprice",
            "unitprice",
            "unblendedrate",
            "resourcerate",
            "einzelpreis",
            "stueckpreis",
            "stückpreis",
            "price",
            "preis",
            "rate",
        ],
        &["public", "list", "retail", "demand", "overage", "exchange", "tax", "total", "blended", "payg"],
    ),
    number(
        "totalCost",
        &[
            "totalcost",
            "costtotal",
            "unblendedcost",
            "mycost",
            "extendedcost",
            "costinbillingcurrency",
            "pretaxcost",
            "billedcost",
            "effectivecost",
            "linetotal",
            "subtotal",
            "netamount",
            "nettobetrag",
            "netto",
            "chargeamount",
            "billedamount",
            "gesamtpreis",
            "gesamtkosten",
            "kosten",
            "betrag",
            "netprice",
            "nettopreis",
            "extendedprice",
            "cost",
            "charges",
            "charge",
            "totalprice",
            "totalamount",
            "amount",
            "total",
            "summe",
        ],
        &[
            "public", "list", "retail", "demand", "overage", "tax", "vat", "mwst", "steuer", "credit",
            "discount", "rate", "unit", "per", "upfront", "previous", "usd", "blended", "savings", "center",
            "code", "id",
        ],
    ),
    text(
        "currency",
        &[
            "currencycode",
            "currency",
            "billingcurrency",
            "billingcurrencycode",
            "waehrung",
            "whrung",
            "währung",
        ],
        &["credit", "pricing", "exchange"],
    ),
    text(
        "paymentOption",
        &[
            "paymentoption",
            "billingfrequency",
            "billingmodel",
            "billingcycle",
            "chargetype",
            "pricingmodel",
            "lineitemtype",
        ],
        &[],
    ),
];

/// Names of columns that say when something was used.
const DATES: Known = text(
    "month",
    &[
        "usagestartdate",
        "usagedate",
        "usagestart",
        "usagestarttime",
        "usagemonth",
        "intervalusagestart",
        "chargeperiodstart",
        "billingmonth",
        "billingperiodstartdate",
        "billingperiodstart",
        "invoicemonth",
        "startperiod",
        "periodstart",
        "chargestartdate",
        "startdate",
        "starttime",
        "servicedate",
        "serviceperiodstartdate",
        "date",
        "start",
        "from",
        "von",
        "billingperiod",
        "period",
        "month",
        "datum",
        "monat",
        "zeitraum",
        "leistungszeitraum",
        "leistungsdatum",
        "beginn",
    ],
    &["end", "to", "created", "due", "invoice", "order", "subscription", "expiration", "launch"],
);

/// Names of columns with credits, which are added to a cost.
const CREDITS: Known =
    number("credit", &["creditamount", "credits", "credit", "gutschrift"], &["currency", "note"]);

const fn text(field: &'static str, names: &'static [&'static str], others: &'static [&'static str]) -> Known {
    Known { field, is_number: false, names, others }
}

const fn number(
    field: &'static str,
    names: &'static [&'static str],
    others: &'static [&'static str],
) -> Known {
    Known { field, is_number: true, names, others }
}

/// From here on a name is one that means the field, and not only like one.
pub(super) const SURE: u32 = 60;

/// A column's name, as it is compared.
pub(super) struct Name {
    /// All of it: with the path before it, without, without its digits.
    whole: [String; 3],
    /// What it ends with, from a word's beginning.
    ends: Vec<String>,
    /// What is within it, from a word's beginning to a word's end.
    within: Vec<String>,
    words: Vec<String>,
    /// The words of the path before it.
    path: Vec<String>,
}

impl Name {
    pub(super) fn of(name: &str) -> Name {
        let all = words(name);
        let last = all.rsplit(|word| word == "/").next().unwrap_or_default();
        let joined = |words: &[String]| {
            words.iter().filter(|word| *word != "/").map(String::as_str).collect::<String>()
        };
        let is_digits = |word: &&String| word.bytes().all(|byte| byte.is_ascii_digit());
        let without_digits: String =
            last.iter().filter(|word| !is_digits(word)).map(String::as_str).collect();
        let mut within = Vec::new();
        for from in 0..last.len() {
            within.extend((from + 1..last.len()).map(|to| joined(&last[from..to])));
        }
        Name {
            whole: [joined(last), joined(&all), without_digits],
            ends: (0..last.len()).map(|from| joined(&last[from..])).collect(),
            within,
            words: last.to_vec(),
            path: all.iter().take(all.len() - last.len()).cloned().collect(),
        }
    }
}

impl Known {
    /// How sure it is by its name that a column is the field, up to 100.
    pub(super) fn fits(&self, column: &str) -> Option<u32> {
        self.fits_name(&Name::of(column))
    }

    fn fits_name(&self, column: &Name) -> Option<u32> {
        let rank = |at: usize| u32::try_from(at).unwrap_or(40).min(40);
        let among = |parts: &[String]| {
            self.names.iter().position(|name| parts.iter().any(|part| part == name)).map(rank)
        };
        let exact = among(&column.whole).map(|at| 100 - at);
        let end = || among(&column.ends).map(|at| 70 - at / 2);
        let within = || among(&column.within).map(|at| 50 - at / 2);
        let named = exact.or_else(end).or_else(within)?;
        let of_another = column.words.iter().filter(|word| self.others.contains(&word.as_str())).count();
        // A name that is exactly known says what it says.
        let off = if exact.is_some() { 0 } else { 30 * u32::try_from(of_another).unwrap_or(1) };
        // What it is the name of says more.
        let of_other = column.path.iter().any(|word| self.others.contains(&word.as_str()));
        let off = off + if of_other { 40 } else { 0 };
        named.checked_sub(off).filter(|score| *score > 0)
    }
}

/// How sure it is that a column of this name says when.
pub(super) fn says_when(column: &str) -> Option<u32> {
    DATES.fits(column)
}

/// True for a column of credits beside a cost.
pub(super) fn is_credit(column: &str) -> bool {
    CREDITS.fits(column).is_some_and(|score| score >= SURE)
}

/// The longest name of a column that is looked at: longer cells are texts.
const LONGEST: usize = 80;

/// True for a name that a header may well have.
pub(super) fn is_known(name: &str) -> bool {
    if name.is_empty() || name.len() > LONGEST || !name.contains(char::is_alphabetic) {
        return false;
    }
    let name = Name::of(name);
    FIELDS.iter().chain([&DATES]).any(|known| known.fits_name(&name).is_some())
}

/// The words of a name in small letters, with `/` between the parts of a path: `lineItem/UsageAccountId` is line, item, /, usage,
/// account, id.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before: Option<char> = None;
    let letters: Vec<char> = name.chars().collect();
    for (at, c) in letters.iter().copied().enumerate() {
        if matches!(c, '/' | ':') {
            words.push("/".to_owned());
            before = None;
            continue;
        }
        if !c.is_alphanumeric() {
            before = None;
            continue;
        }
        let next_is_small = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        let begins = match before {
            None => true,
            Some(last) => {
                c.is_uppercase()
                    && (last.is_lowercase() || last.is_ascii_digit() || next_is_small && last.is_uppercase())
                    || c.is_ascii_digit() != last.is_ascii_digit()
            }
        };
        let small = c.to_lowercase();
        match words.last_mut().filter(|_| !begins) {
            Some(word) => word.extend(small),
            None => words.push(small.collect()),
        }
        before = Some(c);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_words() {
        assert_eq!(words("lineItem/UsageAccountId"), ["line", "item", "/", "usage", "account", "id"]);
        assert_eq!(words("SKU_ID (raw)"), ["sku", "id", "raw"]);
        assert_eq!(words("Credit1 Amount"), ["credit", "1", "amount"]);
        assert_eq!(words("costInUSD"), ["cost", "in", "usd"]);
    }

    #[test]
    fn a_known_name_is_surer_than_one_that_ends_so_or_holds_it() {
        let of = |field: &str, name: &str| {
            FIELDS
                .iter()
                .find(|known| known.field == field)
                .and_then(|known| known.fits(name))
                .unwrap_or_default()
        };
        assert!(of("tenant", "Customer ID") > of("tenant", "Customer"));
        assert!(of("tenant", "lineItem/UsageAccountId") > of("tenant", "bill/PayerAccountId"));
        assert!(of("totalCost", "UnblendedCost") > of("totalCost", "BlendedCost"));
        assert!(of("totalCost", "myCost") > of("totalCost", "pricing/publicOnDemandCost"));
        assert!(of("consumedQuantity", "UsageAmount") > of("consumedQuantity", "NormalizedUsageAmount"));
        assert_eq!(of("totalCost", "Colour"), 0);
        assert!(says_when("Start Time") > says_when("End Time"));
        assert!(is_credit("Credit1 Amount") && !is_credit("Credit1 Currency") && !is_credit("Cost"));
    }
}
