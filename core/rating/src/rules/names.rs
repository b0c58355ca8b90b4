//! Whom and what the rules name, with places in words.

use std::collections::BTreeMap;

use super::written::{Mention, Mentions, Sources};

/// The names in rules, once all are known, with their places in words.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) all: Vec<(Mention, String)>,
    /// Where each rule is.
    pub(crate) rules: BTreeMap<String, String>,
}

impl Names {
    pub(crate) fn of(sources: &Sources) -> Names {
        let Mentions { all, rules, .. } = &sources.mentions;
        let mut all: Vec<&Mention> = all.iter().collect();
        all.sort_by_key(|mention| mention.place);
        Names {
            all: all
                .into_iter()
                .map(|mention| (mention.clone(), sources.place_text(mention.place)))
                .collect(),
            rules: rules.iter().map(|(id, place)| (id.clone(), sources.place_text(*place))).collect(),
        }
    }
}
