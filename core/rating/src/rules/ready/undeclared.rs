//! Names in rules that nothing declares: a slip in one makes a rule that never acts.

use std::collections::{BTreeMap, BTreeSet};

use super::{Parties, Rulebook};
use crate::rules::glob::Glob;
use crate::rules::name_of::NameOf;
use crate::rules::problem::Warning;
use crate::rules::written::{Mention, nearest};

/// A name in the rules that nothing declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undeclared {
    /// What it is of.
    pub of: NameOf,
    /// The name, or a pattern of names.
    pub text: String,
    /// Where it stands: `rules.toml:14:20`.
    pub place: String,
    /// The rule whose matcher it stands in; none in a file's `only` and in a list of tenants.
    pub rule: Option<String>,
    /// What was probably meant.
    pub near: Option<String>,
}

impl Undeclared {
    /// True if it means this name.
    #[must_use]
    pub fn means(&self, name: &str) -> bool {
        Glob::new(&self.text).matches(name)
    }

    /// What is wrong with it, as a warning.
    #[must_use]
    pub fn warning(&self) -> Warning {
        let what = match self.of {
            NameOf::Vendor => "no source's plugin is of the vendor",
            NameOf::Source => "ratebook.toml has no source",
            NameOf::Group => "nobody is in the group",
            NameOf::Tenant => "no customer lists and no line has the tenant",
            NameOf::Customer => "nothing declares and no line has the customer",
            NameOf::Partner => "nothing declares and no line has the partner",
        };
        let rule = self.rule.as_ref().map(|rule| format!(" (rule \"{rule}\")")).unwrap_or_default();
        Warning {
            code: "W-UNKNOWN-NAME",
            rules: self.rule.iter().cloned().collect(),
            line: None,
            message: format!("{}: {what} {:?}{rule}{}", self.place, self.text, self.advice()),
        }
    }

    fn advice(&self) -> String {
        self.near.as_ref().map(|near| format!("; did you mean {near:?}?")).unwrap_or_default()
    }
}

impl Rulebook {
    /// The names in matchers and lists of tenants that nothing declares, in the order of their places. `sources` are
    /// those of the workspace with their vendors; none of either are known if there are none.
    ///
    /// Where customers (partners, tenants) are declared at all, others may still come with the lines: whoever has lines
    /// strikes those out.
    #[must_use]
    pub fn undeclared(&self, sources: &BTreeMap<String, String>) -> Vec<Undeclared> {
        let ids = |parties: &Parties| -> BTreeSet<String> {
            parties.all.iter().map(|ready| ready.party.id.clone()).collect()
        };
        let (customers, partners) = (ids(&self.customers), ids(&self.partners));
        let parties = || self.customers.all.iter().chain(&self.partners.all).map(|ready| &ready.party);
        let groups: BTreeSet<String> = parties().flat_map(|party| party.groups.iter().cloned()).collect();
        let tenants: BTreeSet<String> =
            parties().flat_map(|party| party.tenants.iter().map(|tenant| tenant.id.clone())).collect();
        let vendors: BTreeSet<String> = sources.values().cloned().collect();
        let names: BTreeSet<String> = sources.keys().cloned().collect();
        let mut found = Vec::new();
        for (Mention { of, text, rule, .. }, place) in &self.names.all {
            let declared = match of {
                NameOf::Tenant => &tenants,
                NameOf::Customer => &customers,
                NameOf::Partner => &partners,
                NameOf::Group => &groups,
                NameOf::Vendor => &vendors,
                NameOf::Source => &names,
            };
            // A tenant that is its own customer is called by both.
            let own = *of == NameOf::Customer && self.settings.tenants_are_customers && text.contains(':');
            let unknown = declared.is_empty() && *of != NameOf::Group;
            if own || unknown || declared.iter().any(|name| Glob::new(text).matches(name)) {
                continue;
            }
            // The source's name where its vendor belongs is no slip of the keyboard.
            let of_source = sources.get(text).filter(|_| *of == NameOf::Vendor).cloned();
            let near = of_source.or_else(|| {
                let mut close = declared.iter().map(String::as_str);
                let same = declared.iter().find(|name| name.eq_ignore_ascii_case(text));
                same.cloned().or_else(|| nearest(text, &mut close).map(str::to_owned))
            });
            let (text, place, rule) = (text.clone(), place.clone(), rule.clone());
            found.push(Undeclared { of: *of, text, place, rule, near });
        }
        found
    }

    /// A warning about rules with the place of the first of them, and the name in it that nothing declares.
    #[must_use]
    pub fn placed(&self, mut warning: Warning, undeclared: &[Undeclared]) -> Warning {
        let place = warning.rules.first().and_then(|rule| self.names.rules.get(rule));
        if let Some(place) = place {
            let of_rule = |name: &&Undeclared| name.rule.as_ref() == warning.rules.first();
            let slip = undeclared.iter().filter(of_rule).find(|name| name.near.is_some());
            let slip =
                slip.map(|name| format!("; its {} is {:?}{}", name.of.word(), name.text, name.advice()));
            warning.message = format!("{place}: {}{}", warning.message, slip.unwrap_or_default());
        }
        warning
    }
}
