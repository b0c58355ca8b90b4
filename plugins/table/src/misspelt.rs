//! Which known word a word that is not known was meant to be.

use ratebook_plugin::looks_like;

/// `; did you mean X?` if one of the known words is near.
pub(crate) fn did_you_mean<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let meant = plain(word);
    let known: Vec<&str> = known.into_iter().collect();
    let near = known
        .iter()
        .copied()
        .filter(|candidate| !candidate.is_empty())
        .map(|candidate| (strsim::damerau_levenshtein(&meant, &plain(candidate)), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| {
            *distance <= 1 + meant.chars().count() / 5 && *distance < meant.chars().count()
        });
    let near = near.map(|(_, candidate)| candidate).or_else(|| looks_like(word, known));
    near.map_or_else(String::new, |candidate| format!("; did you mean {candidate:?}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_meant_whatever_its_case() {
        let known = ["SKU", "Quantity", "Customer ID"];
        assert_eq!(did_you_mean("sku", known), "; did you mean \"SKU\"?");
        assert_eq!(did_you_mean("customerId", known), "; did you mean \"Customer ID\"?");
        assert_eq!(did_you_mean("Qantity", known), "; did you mean \"Quantity\"?");
        assert_eq!(did_you_mean("Qty", known), "");
        assert_eq!(
            did_you_mean("Billable Qty", ["Billable Quantity"]),
            "; did you mean \"Billable Quantity\"?"
        );
        assert_eq!(did_you_mean("Price", known), "");
    }
}
