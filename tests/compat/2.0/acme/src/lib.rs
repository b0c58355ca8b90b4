//! ratebook's plugin for Acme: who it is. `collect` asks the vendor for a month, `map` makes lines of what came.

mod collect;
mod map;
mod payload;

use ratebook_plugin::{
    About, Config, Host, Lines, Month, Payload, PayloadFormat, Problem, VendorPlugin, describe,
};

/// The format of a page of `GET /v1/usage`.
const USAGE: &str = "acme-usage-v1";

/// The secret that authorises each call.
const API_TOKEN: &str = "api_token";

/// One account at Acme.
pub struct Acme {
    url: Option<String>,
    token: Result<(), Problem>,
}

ratebook_plugin::export!(Acme, "acme");

impl VendorPlugin for Acme {
    fn about() -> About {
        About {
            id: "acme".to_owned(),
            name: "Acme".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            default_url: None,
            config_schema: include_str!("../config.schema.json").to_owned(),
            secrets: vec![API_TOKEN.to_owned()],
            formats: vec![PayloadFormat {
                id: USAGE.to_owned(),
                description: "JSON page of the usage call".to_owned(),
                experimental: false,
                reference: false,
            }],
            fields: Vec::new(),
        }
    }

    fn open(config: &Config) -> Result<Self, Problem> {
        // Without a token payloads can still be mapped, so that is said when one is needed.
        Ok(Acme { url: config.url.clone(), token: config.require_secret(API_TOKEN) })
    }

    fn collect(&self, month: Month, host: &mut Host<'_>) -> Result<(), Problem> {
        self.token.clone()?;
        let url = self.url.as_deref().ok_or_else(|| Problem::config("url", "the source needs a url"))?;
        collect::usage(url, month, host)
    }

    fn recognize(_file_name: &str, head: &[u8]) -> Option<&'static str> {
        let head = String::from_utf8_lossy(head);
        let has = |key: &str| head.contains(&format!("\"{key}\""));
        (head.trim_start().starts_with('{') && has("items") && has("next")).then_some(USAGE)
    }

    fn map(&self, payload: &mut Payload<'_>, month: Month, out: &mut Lines<'_>) -> Result<(), Problem> {
        if payload.format() != USAGE {
            return Err(Problem::plugin(format!("{:?} is not a format of this plugin", payload.format())));
        }
        let bytes = payload.bytes(64 << 20)?;
        let page: payload::Page<'_> = serde_json::from_slice(&bytes).map_err(|error| {
            Problem::data(format!("expected a page of usage as JSON, got {}: {error}", describe(&bytes)))
        })?;
        map::page(&page, month, out)
    }
}
