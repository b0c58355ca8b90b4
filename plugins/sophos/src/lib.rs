//! ratebook's plugin for Sophos Central Partner: the monthly billing usage of a managed service provider.
//!
//! `collect` asks who the API client is, then for the month's usage page by page; `map` makes one line of each item.
//! What is known of the vendor and what is not stands in the README.

mod collect;
mod config;
mod fields;
mod formats;
mod map;
mod payload;

use ratebook_plugin::{About, Config, Host, Lines, Month, Payload, PayloadFormat, Problem, VendorPlugin};

use formats::BILLING_USAGE;

/// One partner at Sophos Central.
pub struct Sophos {
    url: String,
    settings: config::Settings,
}

ratebook_plugin::export!(Sophos, "sophos");

impl VendorPlugin for Sophos {
    fn about() -> About {
        About {
            id: "sophos".to_owned(),
            name: "Sophos Central Partner".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            default_url: Some(config::DEFAULT_URL.to_owned()),
            config_schema: include_str!("../config.schema.json").to_owned(),
            secrets: vec![config::CLIENT_SECRET.to_owned()],
            formats: vec![PayloadFormat {
                id: BILLING_USAGE.to_owned(),
                description: "a page of the partner's billing usage, JSON".to_owned(),
                ..PayloadFormat::default()
            }],
            fields: fields::fields(),
        }
    }

    fn open(config: &Config) -> Result<Self, Problem> {
        let url = config.url.clone().unwrap_or_else(|| config::DEFAULT_URL.to_owned());
        Ok(Sophos { url, settings: config::Settings::from_config(config)? })
    }

    fn collect(&self, month: Month, host: &mut Host<'_>) -> Result<(), Problem> {
        collect::billing_usage(&self.url, &self.settings, month, host)
    }

    fn recognize(_file_name: &str, head: &[u8]) -> Option<&'static str> {
        let head = String::from_utf8_lossy(head);
        let is_object = head.trim_start_matches('\u{feff}').trim_start().starts_with('{');
        let has = |key: &str| head.contains(&format!("\"{key}\""));
        (is_object && has("items") && has("billableQuantity") && has("orderLineItemNumber"))
            .then_some(BILLING_USAGE)
    }

    fn map(&self, payload: &mut Payload<'_>, month: Month, out: &mut Lines<'_>) -> Result<(), Problem> {
        match payload.format() {
            BILLING_USAGE => map::billing_usage(payload, month, out),
            other => Err(Problem::plugin(format!("{other:?} is not a format of this plugin"))),
        }
    }
}
