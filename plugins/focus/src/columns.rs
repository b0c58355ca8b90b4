//! Which columns are wanted, and where a file has them.

use ratebook_plugin::{Presence, Problem, looks_like, shown};

/// The columns of the dataset Cost and Usage of FOCUS 1.0 to 1.4: those of its CHANGELOG.md up to 1.1, of
/// specification/datasets/cost_and_usage/columns/columns.mdpp since. 1.3 replaces ProviderName and PublisherName by
/// ServiceProviderName and HostProviderName, 1.4 drops them and adds InvoiceDetailId and
/// CommitmentProgramEligibilityDetails.
pub(crate) const FOCUS: [&str; 67] = [
    "AllocatedMethodDetails",
    "AllocatedMethodId",
    "AllocatedResourceId",
    "AllocatedResourceName",
    "AllocatedTags",
    "AvailabilityZone",
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingAccountType",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "CapacityReservationId",
    "CapacityReservationStatus",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "CommitmentDiscountCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountQuantity",
    "CommitmentDiscountStatus",
    "CommitmentDiscountType",
    "CommitmentDiscountUnit",
    "CommitmentProgramEligibilityDetails",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractApplied",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "HostProviderName",
    "InvoiceDetailId",
    "InvoiceId",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingCategory",
    "PricingCurrency",
    "PricingCurrencyContractedUnitPrice",
    "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "RegionId",
    "RegionName",
    "ResourceId",
    "ResourceName",
    "ResourceType",
    "ServiceCategory",
    "ServiceName",
    "ServiceProviderName",
    "ServiceSubcategory",
    "SkuId",
    "SkuMeter",
    "SkuPriceDetails",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "SubAccountType",
    "Tags",
];

const ADVICE: &str = "Export the dataset Cost and Usage of FOCUS 1.0 or later, each of these columns once.";

/// True for a column that FOCUS has, or that may be a vendor's own: those begin with `x_`
/// (specification/attributes/custom_column_handling.md).
pub(crate) fn may_be(name: &str) -> bool {
    name.starts_with("x_") || FOCUS.contains(&name)
}

/// What a column is read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Moment,
    /// The value of one tag, by its key.
    Tag(String),
}

/// A column that is wanted.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Whether a file must have it.
    pub(crate) presence: Presence,
}

/// Where a file has the wanted columns.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// For each wanted column its place among the file's.
    pub(crate) at: Vec<Option<usize>>,
    /// The file's columns that neither FOCUS has nor begin with `x_`.
    pub(crate) unknown: Vec<String>,
    /// Wanted columns that files have and this one has not, each with what looks like it.
    pub(crate) absent: Vec<String>,
}

/// Finds the wanted columns by name, upper and lower case being one: some databases change the case.
///
/// # Errors
/// All that are required and not there, or there twice. `one_of` are sets of wanted columns of which a file has one.
pub(crate) fn find(header: &[String], wanted: &[Wanted], one_of: &[Vec<usize>]) -> Result<Found, Problem> {
    let is = |name: &str, column: &&String| column.eq_ignore_ascii_case(name);
    let at: Vec<Option<usize>> =
        wanted.iter().map(|column| header.iter().position(|name| is(&column.name, &name))).collect();
    if at.iter().all(Option::is_none) {
        let first = header.first().map_or("", String::as_str);
        return Err(Problem::data(format!(
            "this is not FOCUS: none of its columns is there, the first is {}",
            shown(first)
        ))
        .advise(ADVICE));
    }
    let is_known = |name: &&String| {
        name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("x_"))
            || FOCUS.iter().any(|known| known.eq_ignore_ascii_case(name))
            || wanted.iter().any(|column| column.name.eq_ignore_ascii_case(name))
    };
    let unknown: Vec<String> = header.iter().filter(|name| !is_known(name)).cloned().collect();
    let like = |name: &str| looks_like(name, unknown.iter().map(String::as_str));
    let hint =
        |name: &str| like(name).map_or_else(String::new, |like| format!(" ({} looks like it)", shown(like)));
    let mut wrong: Vec<String> = Vec::new();
    let mut say = |text: String| {
        if !wrong.contains(&text) {
            wrong.push(text);
        }
    };
    let mut absent = Vec::new();
    for ((column, at), place) in wanted.iter().zip(&at).zip(0..) {
        let name = &column.name;
        // Another of them would be taken in place of one that has a new name.
        let chooses = one_of.iter().flatten().any(|one| *one == place);
        if at.is_none() && (column.presence.is_needed() || chooses && like(name).is_some()) {
            say(format!("the column {name} is missing{}", hint(name)));
        } else if at.is_none() && column.presence == Presence::Usual {
            absent.push(format!("{name}{}", hint(name)));
        }
        if header.iter().filter(|other| is(name, other)).count() > 1 {
            say(format!("the column {name} is there twice"));
        }
    }
    let is_absent = |column: &usize| at[*column].is_none() && !wanted[*column].presence.is_needed();
    for set in one_of.iter().filter(|set| set.iter().all(is_absent)) {
        let names: Vec<&str> = set.iter().map(|column| wanted[*column].name.as_str()).collect();
        say(format!("none of the columns {} is there", names.join(", ")));
    }
    if !wrong.is_empty() {
        return Err(Problem::data(wrong.join("\n")).advise(ADVICE));
    }
    Ok(Found { at, unknown, absent })
}
