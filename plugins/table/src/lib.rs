//! ratebook's plugin for vendors without one: a map in the source's configuration says which column of an export, or
//! which member of a JSON answer, is which field of the line.
//!
//! `collect` asks one address, page by page, and keeps the answers; `map` makes one line of each record, or skips it by a
//! filter that has a reason. Nothing is known of any vendor here but what stands in a map; the maps that come with the
//! plugin are in `maps/`, each with what is not verified of it.

mod above;
mod collect;
mod config;
mod field;
mod line_of;
mod map;
mod misspelt;
mod month_of;
mod read;
mod skip;

use ratebook_plugin::{About, Config, Host, Lines, Month, Payload, PayloadFormat, Problem, VendorPlugin};

use config::{Settings, TableFormat};

/// One account at a vendor that gives its usage as a table.
pub struct Table {
    url: Option<String>,
    settings: Settings,
}

ratebook_plugin::export!(Table, "table");

impl VendorPlugin for Table {
    fn about() -> About {
        About {
            id: "table".to_owned(),
            name: "any export, by a map".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            default_url: None,
            config_schema: include_str!("../config.schema.json").to_owned(),
            secrets: Vec::new(),
            formats: TableFormat::ALL
                .map(|format| PayloadFormat {
                    id: format.id().to_owned(),
                    description: format.description().to_owned(),
                    ..PayloadFormat::default()
                })
                .to_vec(),
            fields: field::about(),
        }
    }

    fn open(config: &Config) -> Result<Self, Problem> {
        Ok(Table { url: config.url.clone(), settings: Settings::from_config(config)? })
    }

    fn collect(&self, month: Month, host: &mut Host<'_>) -> Result<(), Problem> {
        collect::all_pages(self.url.as_deref(), &self.settings, month, host)
    }

    fn recognize(file_name: &str, head: &[u8]) -> Option<&'static str> {
        read::recognize(file_name, head).map(TableFormat::id)
    }

    fn map(&self, payload: &mut Payload<'_>, month: Month, out: &mut Lines<'_>) -> Result<(), Problem> {
        let Some(kept_as) = TableFormat::of_id(payload.format()) else {
            return Err(Problem::plugin(format!("{:?} is not a format of this plugin", payload.format())));
        };
        // The configuration knows better than a look at the first bytes.
        let format = self.settings.format.unwrap_or(kept_as);
        map::table(&self.settings, format, payload, month, out)
    }
}
