//! The formats of the payloads, and how long one may be.

/// The format of the answer of `GET /api/v1/partner/usage/summary`.
pub(crate) const USAGE_SUMMARY: &str = "metallic-usage-summary";
/// The format of a page of `GET /api/v1/partner/accounts`.
pub(crate) const ACCOUNTS: &str = "metallic-accounts";
/// The format of a page of usage by account.
pub(crate) const ACCOUNT_USAGE: &str = "metallic-account-usage";
/// The most bytes of a payload: a page has at most 1000 rows, a summary one per SKU and payment option.
pub(crate) const PAYLOAD_LIMIT: usize = 64 << 20;
