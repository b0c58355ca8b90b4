//! A plugin that does whatever wrong thing its config names.

use ratebook_plugin::{About, Config, Host, Lines, Month, Payload, Problem, VendorPlugin};

ratebook_plugin::export!(Misbehaving, "misbehaving");

struct Misbehaving;

impl VendorPlugin for Misbehaving {
    fn about() -> About {
        About {
            id: "misbehaving".to_owned(),
            name: "Misbehaving".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            default_url: None,
            config_schema: "{}".to_owned(),
            secrets: Vec::new(),
            formats: Vec::new(),
        }
    }
    fn open(_config: &Config) -> Result<Self, Problem> {
        Ok(Misbehaving)
    }
    fn collect(&self, _month: Month, _host: &mut Host<'_>) -> Result<(), Problem> {
        Ok(())
    }
    fn map(&self, _payload: &mut Payload<'_>, _month: Month, _out: &mut Lines<'_>) -> Result<(), Problem> {
        Ok(())
    }
}
