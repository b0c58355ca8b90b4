//! What Metallic sends.

use ratebook_plugin::testing::Bodies;
use ratebook_plugin_metallic::Metallic;
use serde_json::json;

use crate::mapped::{Target, mapped, open};

/// The targets, by the name of their folder in `corpus/`.
pub(crate) const TARGETS: [Target; 2] =
    [("metallic-accounts", metallic_accounts), ("metallic-summary", metallic_summary)];

fn metallic_accounts(data: &[u8]) {
    let plugin = open::<Metallic>(json!({}));
    let usage = include_bytes!("../../../../plugins/metallic/fixtures/accounts-customers/payload.json");
    mapped(&plugin, "metallic-account-usage", Bodies::of(usage).beside("metallic-accounts", data));
    // The same bytes where the usage of accounts stands.
    let accounts = include_bytes!("../../../../plugins/metallic/fixtures/accounts-customers/accounts-1.json");
    mapped(&plugin, "metallic-account-usage", Bodies::of(data).beside("metallic-accounts", accounts));
}

fn metallic_summary(data: &[u8]) {
    mapped(&open::<Metallic>(json!({})), "metallic-usage-summary", Bodies::of(data));
}
