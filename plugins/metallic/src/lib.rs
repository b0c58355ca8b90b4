//! ratebook's plugin for Metallic (Commvault Cloud): the partner's monthly usage summary.
//!
//! `collect` asks for one month and keeps the answer; `map` makes one line of each row. The summary names no
//! customer: the host puts the source's tenant on the lines. What is known of the vendor, what is skipped and what is
//! not known stands in the README.

mod collect;
mod config;
mod map;
mod payload;

use ratebook_plugin::{
    About, Config, Host, Lines, Month, Payload, PayloadFormat, Problem, VendorPlugin, describe,
};

/// The format of the answer of `GET /api/v1/partner/usage/summary`.
const USAGE_SUMMARY: &str = "metallic-usage-summary";

/// One account at Metallic.
pub struct Metallic {
    url: String,
    settings: config::Settings,
}

ratebook_plugin::export!(Metallic, "metallic");

impl VendorPlugin for Metallic {
    fn about() -> About {
        About {
            id: "metallic".to_owned(),
            name: "Metallic (Commvault Cloud)".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            default_url: Some(config::DEFAULT_URL.to_owned()),
            config_schema: include_str!("../config.schema.json").to_owned(),
            secrets: vec![config::ACCESS_TOKEN.to_owned(), config::REFRESH_TOKEN.to_owned()],
            formats: vec![PayloadFormat {
                id: USAGE_SUMMARY.to_owned(),
                description: "JSON answer of the partner usage summary".to_owned(),
                ..PayloadFormat::default()
            }],
        }
    }

    fn open(config: &Config) -> Result<Self, Problem> {
        let url = config.url.clone().unwrap_or_else(|| config::DEFAULT_URL.to_owned());
        Ok(Metallic { url, settings: config::Settings::from_config(config)? })
    }

    fn collect(&self, month: Month, host: &mut Host<'_>) -> Result<(), Problem> {
        collect::usage_summary(&self.url, &self.settings, month, host)
    }

    fn recognize(_file_name: &str, head: &[u8]) -> Option<&'static str> {
        let head = String::from_utf8_lossy(head);
        let is_object = head.trim_start_matches('\u{feff}').trim_start().starts_with('{');
        let has = |key: &str| head.contains(&format!("\"{key}\""));
        (is_object && has("data") && has("usageMonth") && has("skuId")).then_some(USAGE_SUMMARY)
    }

    fn map(&self, payload: &mut Payload<'_>, month: Month, out: &mut Lines<'_>) -> Result<(), Problem> {
        if payload.format() != USAGE_SUMMARY {
            return Err(Problem::plugin(format!("{:?} is not a format of this plugin", payload.format())));
        }
        // A summary has a row per SKU and payment option: a few hundred bytes each, tens of rows.
        let bytes = payload.bytes(64 << 20)?;
        let summary = payload::Summary::from_json(&bytes).map_err(|error| {
            Problem::data(format!("expected a usage summary as JSON, got {}: {error}", describe(&bytes)))
        })?;
        map::usage_summary(&summary, month, out)
    }
}
