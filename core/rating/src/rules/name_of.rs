//! What the names in rules are of.

/// What a name is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameOf {
    /// A vendor's id of a tenant.
    Tenant,
    /// A customer.
    Customer,
    /// A partner.
    Partner,
    /// A group of customers or partners.
    Group,
    /// A vendor: the id of a plugin.
    Vendor,
    /// A source of the workspace.
    Source,
}

impl NameOf {
    /// Its word in rules: `customer`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            NameOf::Tenant => "tenant",
            NameOf::Customer => "customer",
            NameOf::Partner => "partner",
            NameOf::Group => "group",
            NameOf::Vendor => "vendor",
            NameOf::Source => "source",
        }
    }
}
