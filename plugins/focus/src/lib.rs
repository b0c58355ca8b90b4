//! ratebook's plugin for FOCUS, the FinOps Open Cost and Usage Specification: cost and usage of any cloud that exports it.
//!
//! Reads the dataset Cost and Usage of FOCUS 1.0 to 1.4 from CSV and Parquet, columns by name: one line of each charge, or
//! a skip with its reason. `collect` asks for files whose addresses are configured and keeps them. What the columns mean
//! is the specification's (github.com/FinOps-Open-Cost-and-Usage-Spec/FOCUS_Spec); where clouds differ from it is in the
//! README.

mod cell;
mod collect;
mod columns;
mod config;
mod fetch_keys;
mod fields;
mod format;
mod map;
mod moment;
mod read;
mod tags;

use ratebook_plugin::{About, Config, Host, Lines, Month, Payload, PayloadFormat, Problem, VendorPlugin};

use format::FocusFormat;

/// One account, or many, at a cloud that exports FOCUS.
pub struct Focus {
    url: Option<String>,
    settings: config::Settings,
}

ratebook_plugin::export!(Focus, "focus");

impl VendorPlugin for Focus {
    fn about() -> About {
        let format = |format: FocusFormat, description: &str| PayloadFormat {
            id: format.id().to_owned(),
            description: description.to_owned(),
            ..PayloadFormat::default()
        };
        About {
            id: "focus".to_owned(),
            name: "FOCUS, any cloud's cost and usage".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            default_url: None,
            config_schema: include_str!("../config.schema.json").to_owned(),
            secrets: vec![fetch_keys::TOKEN.to_owned()],
            formats: vec![
                format(FocusFormat::Csv, "Cost and Usage of FOCUS 1.0 to 1.4 as CSV"),
                format(FocusFormat::Parquet, "Cost and Usage of FOCUS 1.0 to 1.4 as Parquet"),
            ],
            fields: fields::fields(),
        }
    }

    fn open(config: &Config) -> Result<Self, Problem> {
        Ok(Focus { url: config.url.clone(), settings: config::Settings::from_config(config)? })
    }

    fn collect(&self, month: Month, host: &mut Host<'_>) -> Result<(), Problem> {
        collect::files(self.url.as_deref(), &self.settings, month, host)
    }

    fn recognize(_file_name: &str, head: &[u8]) -> Option<&'static str> {
        format::recognize(head).map(FocusFormat::id)
    }

    fn map(&self, payload: &mut Payload<'_>, month: Month, out: &mut Lines<'_>) -> Result<(), Problem> {
        let Some(format) = FocusFormat::of_id(payload.format()) else {
            return Err(Problem::plugin(format!("{:?} is not a format of this plugin", payload.format())));
        };
        map::charges(&self.settings, format, payload, month, out)
    }
}
