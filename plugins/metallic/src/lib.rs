//! ratebook's plugin for Metallic (Commvault Cloud): the partner's usage of a month, as one summary or by account.
//!
//! `collect` asks for one month and keeps the answers; `map` makes one line of each row. The summary names no
//! customer: the host puts the source's tenant on the lines. Usage by account does; the list of accounts beside it
//! says which of them are trials. What is known of the vendor, what is skipped and what is not known stands in the
//! README.

mod collect;
mod config;
mod fields;
mod formats;
mod map;
mod payload;

use ratebook_plugin::{About, Config, Host, Lines, Month, Payload, PayloadFormat, Problem, VendorPlugin};

use formats::{ACCOUNT_USAGE, ACCOUNTS, PAYLOAD_LIMIT, USAGE_SUMMARY};

/// One account at Metallic.
pub struct Metallic {
    url: String,
    settings: config::Settings,
}

ratebook_plugin::export!(Metallic, "metallic");

impl VendorPlugin for Metallic {
    fn about() -> About {
        let format = |id: &str, description: &str| PayloadFormat {
            id: id.to_owned(),
            description: description.to_owned(),
            ..PayloadFormat::default()
        };
        About {
            id: "metallic".to_owned(),
            name: "Metallic (Commvault Cloud)".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            default_url: Some(config::DEFAULT_URL.to_owned()),
            config_schema: include_str!("../config.schema.json").to_owned(),
            secrets: vec![config::ACCESS_TOKEN.to_owned(), config::REFRESH_TOKEN.to_owned()],
            formats: vec![
                format(USAGE_SUMMARY, "JSON answer of the partner usage summary"),
                PayloadFormat {
                    experimental: true,
                    ..format(ACCOUNT_USAGE, "a page of the usage by account, JSON")
                },
                PayloadFormat {
                    reference: true,
                    experimental: true,
                    ..format(ACCOUNTS, "a page of the list of accounts, JSON")
                },
            ],
            fields: fields::fields(),
        }
    }

    fn open(config: &Config) -> Result<Self, Problem> {
        let url = config.url.clone().unwrap_or_else(|| config::DEFAULT_URL.to_owned());
        Ok(Metallic { url, settings: config::Settings::from_config(config)? })
    }

    fn collect(&self, month: Month, host: &mut Host<'_>) -> Result<(), Problem> {
        collect::usage(&self.url, &self.settings, month, host)
    }

    fn recognize(_file_name: &str, head: &[u8]) -> Option<&'static str> {
        let head = String::from_utf8_lossy(head);
        let is_object = head.trim_start_matches('\u{feff}').trim_start().starts_with('{');
        let has = |key: &str| head.contains(&format!("\"{key}\""));
        match (has("usageMonth") && has("skuId"), has("accountId")) {
            _ if !is_object => None,
            (true, true) => Some(ACCOUNT_USAGE),
            (true, false) => has("data").then_some(USAGE_SUMMARY),
            (false, _) => {
                (has("id") && has("type") && (has("services") || has("externalId"))).then_some(ACCOUNTS)
            }
        }
    }

    fn map(&self, payload: &mut Payload<'_>, month: Month, out: &mut Lines<'_>) -> Result<(), Problem> {
        match payload.format() {
            USAGE_SUMMARY => {
                let bytes = payload.bytes(PAYLOAD_LIMIT)?;
                map::usage_summary(
                    &payload::Summary::from_json(&bytes)?,
                    self.settings.duplicates,
                    month,
                    out,
                )
            }
            ACCOUNT_USAGE => map::account_usage(payload, month, out),
            other => Err(Problem::plugin(format!("{other:?} is not a format that this plugin maps"))),
        }
    }
}
