//! A comparison as one HTML file that needs nothing else.

use minijinja::value::Serde;
use minijinja::{Environment, Value, context};

use super::{Compared, View};
use crate::failure::{Exit, Failure};

const TEMPLATE: &str = include_str!("report.html");

/// Comparisons as one page.
///
/// # Errors
/// A bug in the template.
pub(crate) fn html(compared: &[Compared]) -> Result<String, Failure> {
    let views = Value::from(Serde(compared.iter().map(View::of).collect::<Vec<_>>()));
    let mut environment = Environment::new();
    let page = environment
        .add_template("report.html", TEMPLATE)
        .and_then(|()| environment.get_template("report.html")?.render(context! { comparisons => views }));
    page.map_err(|error| {
        Failure::new(Exit::Internal, "E-INTERNAL", format!("the page of a comparison: {error:#}"))
    })
}
