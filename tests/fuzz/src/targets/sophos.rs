//! What Sophos sends.

use ratebook_plugin::testing::Bodies;
use ratebook_plugin_sophos::Sophos;
use serde_json::Value;

use crate::mapped::{Target, mapped, open};

/// The targets, by the name of their folder in `corpus/`.
pub(crate) const TARGETS: [Target; 1] = [("sophos", sophos)];

fn sophos(data: &[u8]) {
    mapped(&open::<Sophos>(Value::Null), "sophos-billing-usage", Bodies::of(data));
}
