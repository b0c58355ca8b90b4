//! ratebook's plugin for Acronis Cyber Cloud: the monthly usage report with SKUs.
//!
//! `collect` has the report made, waits for it and keeps it, with the tenants and Acronis' prices beside it; `map` makes a
//! line of each row that is usage of a tenant.
//! What is known of the vendor, what is skipped and what is not known stands in the README.

mod collect;
mod config;
mod fields;
mod formats;
mod map;
mod payload;
mod rows;
mod unix;

use ratebook_plugin::{About, Config, Host, Lines, Month, Payload, PayloadFormat, Problem, VendorPlugin};

use formats::{CSV_V2, JSON_V2, PORTAL_CSV, PRICE_LIST, TENANTS};

/// One root tenant at one data centre of Acronis.
pub struct Acronis {
    url: Result<String, Problem>,
    settings: config::Settings,
}

ratebook_plugin::export!(Acronis, "acronis");

impl VendorPlugin for Acronis {
    fn about() -> About {
        let format = |id: &str, description: &str, experimental| PayloadFormat {
            id: id.to_owned(),
            description: description.to_owned(),
            experimental,
            ..PayloadFormat::default()
        };
        let looked_up = |id, description| PayloadFormat { reference: true, ..format(id, description, false) };
        About {
            id: "acronis".to_owned(),
            name: "Acronis Cyber Cloud".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            default_url: None,
            config_schema: include_str!("../config.schema.json").to_owned(),
            secrets: vec![config::CLIENT_SECRET.to_owned()],
            formats: vec![
                format(CSV_V2, "usage report csv_v2_0, made with SKUs", false),
                format(JSON_V2, "usage report json_v2_0, made with SKUs", true),
                format(PORTAL_CSV, "usage report CSV downloaded in the management portal", false),
                looked_up(TENANTS, "a page of the tenants beneath the root"),
                looked_up(PRICE_LIST, "what Acronis charges us, by SKU"),
            ],
            fields: fields::fields(),
        }
    }

    fn open(config: &Config) -> Result<Self, Problem> {
        // The documentation's base address ends in /api/2; both spellings are meant the same.
        let url = config.base_url().map(|url| url.strip_suffix("/api/2").unwrap_or(url).to_owned());
        Ok(Acronis { url, settings: config::Settings::from_config(config)? })
    }

    fn collect(&self, month: Month, host: &mut Host<'_>) -> Result<(), Problem> {
        collect::usage_report(self.url.as_deref().map_err(Clone::clone)?, &self.settings, month, host)
    }

    fn recognize(_file_name: &str, head: &[u8]) -> Option<&'static str> {
        payload::recognize(head)
    }

    fn map(&self, payload: &mut Payload<'_>, month: Month, out: &mut Lines<'_>) -> Result<(), Problem> {
        match payload.format() {
            CSV_V2 => map::csv_v2(&self.settings, payload, month, out),
            JSON_V2 => map::json_v2(&self.settings, payload, month, out),
            PORTAL_CSV => map::portal_csv(&self.settings, payload, month, out),
            other => Err(Problem::plugin(format!("{other:?} is not a format of this plugin"))),
        }
    }
}
