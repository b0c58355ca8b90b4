//! Every check of a plugin, those of its library and its configuration first.

use ratebook_plugin::{Config, ProblemKind};

use super::trial::Trial;
use super::verdict::{Check, Verdict, check, passed_if, refused_as};
use super::{collecting, mapping};

impl Trial<'_> {
    /// Tries everything, in the order in which a month goes.
    pub(crate) fn run(&self) -> Vec<Check> {
        let mut checks = vec![
            check("the library's manifest and the plugin say the same", self.says_who_it_is()),
            check("every key of the configuration is described", self.describes_its_config()),
            check("no configuration is refused in words, or enough", self.without_configuration()),
        ];
        checks.extend(collecting::checks(self));
        checks.extend(mapping::checks(self));
        checks
    }

    fn says_who_it_is(&self) -> Verdict {
        let found = self.plugin.found();
        let Some(manifest) = &found.manifest else {
            return Verdict::Failed("there is no manifest".to_owned());
        };
        if manifest.id != self.about.id || manifest.version != self.about.version {
            return Verdict::Failed(format!(
                "the manifest says {} {}, the plugin says {} {}",
                manifest.id, manifest.version, self.about.id, self.about.version
            ));
        }
        passed_if(!self.about.formats.is_empty(), "it names no format that it reads")
    }

    fn describes_its_config(&self) -> Verdict {
        let schema: serde_json::Value = match serde_json::from_str(&self.about.config_schema) {
            Ok(schema) => schema,
            Err(error) => return Verdict::Failed(format!("the schema is not JSON: {error}")),
        };
        let keys = schema["properties"].as_object().into_iter().flatten();
        let bare: Vec<&str> = keys
            .filter(|(_, about)| about["description"].as_str().is_none())
            .map(|(key, _)| key.as_str())
            .collect();
        if schema["additionalProperties"] != false {
            return Verdict::Failed(
                "keys that it does not know are allowed (additionalProperties)".to_owned(),
            );
        }
        passed_if(bare.is_empty(), &format!("no description: {}", bare.join(", ")))
    }

    fn without_configuration(&self) -> Verdict {
        let nothing = Config {
            source: "check".to_owned(),
            url: None,
            values: serde_json::Value::Null,
            secrets: Vec::new(),
        };
        match self.plugin.check(&nothing) {
            Ok(()) => Verdict::Passed,
            Err(error) => refused_as(&error, &[ProblemKind::Config, ProblemKind::Auth]),
        }
    }
}
