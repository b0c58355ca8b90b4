//! The format of the payloads, and how long one may be.

/// The format of a page of `GET /partner/v1/billing/usage/{year}/{month}`.
pub(crate) const BILLING_USAGE: &str = "sophos-billing-usage";
/// The most bytes of a page.
pub(crate) const PAGE_LIMIT: usize = 64 << 20;
