//! Messages of the border: JSON, so that what they hold may grow.

use ratebook_line::Month;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::call::Call;
use crate::manifest::INTERFACE;
use crate::problem::Problem;

pub(crate) fn to_json(value: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(value)
        .map_err(|error| Problem::plugin(format!("a message cannot be written: {error}")))
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text)
        .map_err(|error| Problem::plugin(format!("a message is not understood: {error}")))
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
    use crate::config::Config;

    #[test]
    fn what_a_newer_host_says_of_itself_when_it_opens_a_plugin_is_not_in_the_way() {
        let config = Config {
            source: "main".to_owned(),
            url: None,
            values: serde_json::json!({ "lineColumns": [] }),
            secrets: Vec::new(),
        };
        let text = to_json(&config).unwrap();
        let newer = text.replacen('{', r#"{"lineColumns":["shoe_size"],"#, 1);
        let read = |text: &str| to_json(&from_json::<Config>(text).unwrap()).unwrap();
        assert_eq!(read(&newer), text);
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
