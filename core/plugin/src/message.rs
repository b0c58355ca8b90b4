//! Messages of the border: JSON, so that what they hold may grow.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::batch::OPTIONAL_COLUMNS;
use crate::call::Call;
use crate::manifest::INTERFACE;
use crate::{Config, Month, Problem};

pub(crate) fn to_json(value: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(value)
        .map_err(|error| Problem::plugin(format!("a message cannot be written: {error}")))
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text)
        .map_err(|error| Problem::plugin(format!("a message is not understood: {error}")))
}

/// A configuration on its way to a plugin, with the columns of lines that this host knows beyond those of interface 1.0:
/// an older plugin does not look at them, a newer one sends no other.
#[derive(Serialize)]
struct Opening<'c> {
    #[serde(flatten)]
    config: &'c Config,
    #[serde(rename = "lineColumns")]
    line_columns: [&'static str; 2],
}

/// What a host says of itself when it opens a plugin.
#[derive(Deserialize)]
struct Opened {
    #[serde(default, rename = "lineColumns")]
    line_columns: Vec<String>,
}

pub(crate) fn opening(config: &Config) -> Result<String, Problem> {
    to_json(&Opening { config, line_columns: OPTIONAL_COLUMNS })
}

/// True if the host that opens a plugin compares records by their fingerprints, and takes the columns for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Compares(pub(crate) bool);

/// The configuration that a plugin is opened with, and what its host can do with it.
pub(crate) fn opened(text: &str) -> Result<(Config, Compares), Problem> {
    let said: Opened = from_json(text)?;
    let known = |column: &&str| said.line_columns.iter().any(|known| known == column);
    Ok((from_json(text)?, Compares(OPTIONAL_COLUMNS.iter().all(known))))
}

/// A call of a plugin, which may be newer than the host.
pub(crate) fn call_of(text: &str) -> Result<Call, Problem> {
    from_json(text).map_err(|problem: Problem| {
        let unknown =
            problem.message.split_once("unknown variant `").and_then(|(_, rest)| rest.split_once('`'));
        let Some((name, _)) = unknown else { return problem };
        let (major, minor) = INTERFACE;
        Problem::plugin(format!(
            "it asks for {name:?}, which this ratebook (plugin interface {major}.{minor}) does not know"
        ))
        .advise("Use a newer ratebook.")
    })
}

pub(crate) fn month_of(text: &str) -> Result<Month, Problem> {
    text.parse().map_err(|_| Problem::plugin(format!("{text:?} is not a month")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_host_is_sent_no_column_that_it_does_not_know() {
        let config = Config {
            source: "main".to_owned(),
            url: None,
            values: serde_json::json!({ "lineColumns": [] }),
            secrets: Vec::new(),
        };
        let (now, before) = (opening(&config).unwrap(), to_json(&config).unwrap());
        let compares = |text: &str| opened(text).unwrap().1;
        assert_eq!((compares(&now), compares(&before)), (Compares(true), Compares(false)), "{now}");
        // A plugin of interface 1.0 reads the same configuration from both.
        let read = |text: &str| to_json(&from_json::<Config>(text).unwrap()).unwrap();
        assert_eq!(read(&now), read(&before));
    }

    #[test]
    fn a_call_of_a_newer_plugin_is_named() {
        for text in [r#""tomorrow""#, r#"{"tomorrow":{"name":"x"}}"#] {
            let problem = call_of(text).unwrap_err();
            let told = problem.message;
            assert!(
                told.starts_with(r#"it asks for "tomorrow", which this ratebook (plugin interface "#),
                "{told}"
            );
            assert_eq!(problem.advice.as_deref(), Some("Use a newer ratebook."));
        }
        assert!(call_of("{").unwrap_err().message.starts_with("a message is not understood: EOF"));
        assert!(matches!(call_of(r#""now""#), Ok(Call::Now)));
    }
}
