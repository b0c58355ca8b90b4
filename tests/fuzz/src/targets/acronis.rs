//! What Acronis sends.

use ratebook_plugin::testing::Bodies;
use ratebook_plugin_acronis::Acronis;
use serde_json::json;

use crate::mapped::{Target, mapped, open};

/// The targets, by the name of their folder in `corpus/`.
pub(crate) const TARGETS: [Target; 5] = [
    ("acronis-csv", acronis_csv),
    ("acronis-json", acronis_json),
    ("acronis-portal-csv", acronis_portal_csv),
    ("acronis-price-list", acronis_price_list),
    ("acronis-tenants", acronis_tenants),
];

/// The root tenant of the fixtures.
const ROOT: &str = "53b471e1-50dd-4557-ae6d-f687946821d4";

fn acronis_csv(data: &[u8]) {
    let plugin = open::<Acronis>(json!({ "tenant_id": ROOT }));
    mapped(&plugin, "acronis-csv-v2", Bodies::of(data));
}

fn acronis_json(data: &[u8]) {
    let plugin = open::<Acronis>(json!({ "tenant_id": ROOT }));
    mapped(&plugin, "acronis-json-v2", Bodies::of(data));
}

fn acronis_portal_csv(data: &[u8]) {
    let plugin = open::<Acronis>(json!({ "tenant_id": ROOT }));
    mapped(&plugin, "acronis-portal-csv", Bodies::of(data));
}

fn acronis_price_list(data: &[u8]) {
    let plugin = open::<Acronis>(json!({ "tenant_id": ROOT, "price_units": { "SPBAMSENS": "GiB" } }));
    let report = include_bytes!("../../../../plugins/acronis/fixtures/price-list/payload.csv");
    mapped(&plugin, "acronis-csv-v2", Bodies::of(report).beside("acronis-price-list", data));
}

fn acronis_tenants(data: &[u8]) {
    let plugin = open::<Acronis>(json!({ "tenant_id": ROOT, "level": "all_customers" }));
    let report = include_bytes!("../../../../plugins/acronis/fixtures/tree/payload.csv");
    mapped(&plugin, "acronis-csv-v2", Bodies::of(report).beside("acronis-tenants", data));
}
