//! A comparison as one HTML file that needs nothing else.

use minijinja::value::Serde;
use minijinja::{Environment, Value, context};

use super::compared::Compared;
use super::view::View;
use crate::failure::{Exit, Failure, escaped};

const TEMPLATE: &str = include_str!("report.html");

/// Comparisons as one page.
///
/// # Errors
/// A bug in the template.
pub(crate) fn html(compared: &[Compared]) -> Result<String, Failure> {
    let views: Vec<View> = compared.iter().map(View::of).collect();
    let views = serde_json::to_value(views).map(visible).unwrap_or_default();
    let mut environment = Environment::new();
    let page = environment.add_template("report.html", TEMPLATE).and_then(|()| {
        environment.get_template("report.html")?.render(context! { comparisons => Value::from(Serde(views)) })
    });
    page.map_err(|error| {
        Failure::new(Exit::Internal, "E-INTERNAL", format!("the page of a comparison: {error:#}"))
    })
}

/// The same with what would steer a browser's text made visible in every text, as on a terminal.
fn visible(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Json::String(text) => Json::String(escaped(&text)),
        Json::Array(all) => Json::Array(all.into_iter().map(visible).collect()),
        Json::Object(all) => {
            Json::Object(all.into_iter().map(|(key, value)| (key, visible(value))).collect())
        }
        other => other,
    }
}
