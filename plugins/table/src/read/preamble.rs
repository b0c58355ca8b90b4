//! What a payload must say above its header.

use ratebook_plugin::{Currency, Problem, shown};

use crate::above::{AboveLine, said};
use crate::config::{Constant, Settings};
use crate::field::Field;
use crate::skip::Filter;

/// Refuses a payload that does not say above its header what a filter compares with, or what is a field of every line.
pub(super) fn check_preamble(settings: &Settings, preamble: &[AboveLine]) -> Result<(), Problem> {
    let keys = settings.filters.iter().filter_map(Filter::preamble);
    let missing: Vec<&str> = keys.filter(|key| said(preamble, key).is_none()).collect();
    if !missing.is_empty() {
        return Err(Problem::data(format!(
            "a filter compares with what the file says above its header as {}, and it says nothing there",
            missing.join(", ")
        ))
        .advise(
            "Export the file with those lines, or replace the filter: equals = \"...\" in place of equals_preamble.",
        ));
    }
    for constant in &settings.fields.constants {
        let Constant::Above(field, cell) = constant else { continue };
        let (name, of) = (cell.name(), field.name());
        let Some(text) = cell.said(preamble) else {
            return Err(Problem::data(format!(
                "{of} is {name} above the header, and there is nothing there"
            ))
            .advise(format!("Export the file with those lines, or write constants.{of} = \"...\".")));
        };
        if *field == Field::Currency && currency_in(text).is_none() {
            return Err(Problem::data(format!(
                "currency is {name} above the header: {} holds not one code of a currency",
                shown(text)
            ))
            .advise("Write constants.currency = \"EUR\", or whichever it is."));
        }
    }
    Ok(())
}

/// The currency of a text such as `EUR` or `All amounts in EUR`: the only code in it.
pub(crate) fn currency_in(text: &str) -> Option<Currency> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() == 3);
    let mut codes: Vec<Currency> = words.filter_map(|word| word.parse().ok()).collect();
    codes.sort_unstable();
    codes.dedup();
    match codes.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_the_only_code_of_a_text() {
        let of = |text| currency_in(text).map(Currency::code);
        assert_eq!(
            (of("EUR"), of("All amounts in GBP."), of("(USD)")),
            (Some("EUR"), Some("GBP"), Some("USD"))
        );
        assert_eq!((of("EUR or USD"), of("euro"), of("")), (None, None, None));
    }
}
