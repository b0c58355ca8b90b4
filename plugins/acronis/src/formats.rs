//! The formats of the payloads.

/// The report's format `csv_v2_0`.
pub(crate) const CSV_V2: &str = "acronis-csv-v2";
/// The report's format `json_v2_0`.
pub(crate) const JSON_V2: &str = "acronis-json-v2";
/// The CSV that people download in the management portal: another file with other columns and units.
pub(crate) const PORTAL_CSV: &str = "acronis-portal-csv";
/// A page of the tenants beneath the root, looked up while a report is mapped.
pub(crate) const TENANTS: &str = "acronis-tenants";
/// What Acronis charges us in a month, looked up while a report is mapped.
pub(crate) const PRICE_LIST: &str = "acronis-price-list";
