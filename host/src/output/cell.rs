//! Texts in the cells of files that spreadsheets open.

/// A text that a spreadsheet would take for a formula, made a text.
pub(crate) fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn no_text_is_a_formula() {
        assert_eq!(
            ["=1+1", "+1", "-x", "@a", "a=1", ""].map(harmless),
            ["'=1+1", "'+1", "'-x", "'@a", "a=1", ""]
        );
    }
}
