//! The fields of a line that a map can fill.

use ratebook_plugin::{Decimal, Line, Presence};

/// What the plugin says of the vendor's fields: it knows none but those that the configuration names.
pub(crate) fn about() -> Vec<ratebook_plugin::Field> {
    let named = |(name, field): (&str, Field)| {
        let column = format!("columns.{name}");
        let (presence, why) = match REQUIRED.contains(&field) {
            true => {
                (Presence::Always, "whichever column is named there; required says which may not be empty")
            }
            false => {
                (Presence::Present, "whichever column is named there; optional says which may be missing")
            }
        };
        ratebook_plugin::Field::mapped("", &column, name, why).with(presence)
    };
    let mut fields: Vec<_> = FIELDS.into_iter().map(named).collect();
    let other = "named with -v; filters and month may look at it";
    fields.push(ratebook_plugin::Field::other("", "any other column", other));
    fields
}

/// A field that holds a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Text {
    Tenant,
    TenantName,
    Partner,
    Customer,
    SkuId,
    SkuName,
    Edition,
    Meter,
    BillingUnit,
    Measure,
    PaymentOption,
}

/// A field that holds a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Number {
    Consumed,
    Entitled,
    Overage,
    Billable,
    UnitPrice,
    TotalCost,
}

/// A field of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    Text(Text),
    Number(Number),
    Currency,
    Tags,
}

/// Every field by its name in the schema of lines.
pub(crate) const FIELDS: [(&str, Field); 19] = [
    ("tenant", Field::Text(Text::Tenant)),
    ("tenantName", Field::Text(Text::TenantName)),
    ("partner", Field::Text(Text::Partner)),
    ("customer", Field::Text(Text::Customer)),
    ("skuId", Field::Text(Text::SkuId)),
    ("skuName", Field::Text(Text::SkuName)),
    ("edition", Field::Text(Text::Edition)),
    ("meter", Field::Text(Text::Meter)),
    ("tags", Field::Tags),
    ("consumedQuantity", Field::Number(Number::Consumed)),
    ("entitledQuantity", Field::Number(Number::Entitled)),
    ("overageQuantity", Field::Number(Number::Overage)),
    ("billableQuantity", Field::Number(Number::Billable)),
    ("billingUnit", Field::Text(Text::BillingUnit)),
    ("measure", Field::Text(Text::Measure)),
    ("unitPrice", Field::Number(Number::UnitPrice)),
    ("totalCost", Field::Number(Number::TotalCost)),
    ("currency", Field::Currency),
    ("paymentOption", Field::Text(Text::PaymentOption)),
];

/// Fields whose cell must not be empty, if a column is named for them and the configuration does not say otherwise.
pub(crate) const REQUIRED: [Field; 4] = [
    Field::Text(Text::Tenant),
    Field::Text(Text::SkuId),
    Field::Number(Number::Consumed),
    Field::Number(Number::Billable),
];

impl Field {
    /// The field of a name.
    pub(crate) fn of_name(name: &str) -> Option<Field> {
        FIELDS.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
    }

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        FIELDS.iter().find(|(_, field)| *field == self).map_or("", |(name, _)| name)
    }
}

impl Text {
    /// Its place in a line.
    pub(crate) fn of<'l, 'a>(self, line: &'l mut Line<'a>) -> &'l mut Option<&'a str> {
        match self {
            Text::Tenant => &mut line.tenant,
            Text::TenantName => &mut line.tenant_name,
            Text::Partner => &mut line.partner,
            Text::Customer => &mut line.customer,
            Text::SkuId => &mut line.sku_id,
            Text::SkuName => &mut line.sku_name,
            Text::Edition => &mut line.edition,
            Text::Meter => &mut line.meter,
            Text::BillingUnit => &mut line.billing_unit,
            Text::Measure => &mut line.measure,
            Text::PaymentOption => &mut line.payment_option,
        }
    }
}

impl Number {
    /// Its place in a line.
    pub(crate) fn of<'l>(self, line: &'l mut Line<'_>) -> &'l mut Option<Decimal> {
        match self {
            Number::Consumed => &mut line.consumed_quantity,
            Number::Entitled => &mut line.entitled_quantity,
            Number::Overage => &mut line.overage_quantity,
            Number::Billable => &mut line.billable_quantity,
            Number::UnitPrice => &mut line.unit_price,
            Number::TotalCost => &mut line.total_cost,
        }
    }
}
