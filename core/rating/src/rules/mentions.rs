//! Whom and what rules name: customers, groups, vendors, sources. A slip in such a name makes a rule that never acts.

use std::collections::{BTreeMap, BTreeSet};

use super::checked::when::Field;
use super::glob::Glob;
use super::problem::Warning;
use super::ready::{Parties, Rulebook};
use super::written::{Node, Place, Sources, Value, nearest};

/// What a name is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameOf {
    /// A vendor's id of a tenant.
    Tenant,
    /// A customer.
    Customer,
    /// A partner.
    Partner,
    /// A group of customers or partners.
    Group,
    /// A vendor: the id of a plugin.
    Vendor,
    /// A source of the workspace.
    Source,
}

impl NameOf {
    fn of(field: Field) -> Option<NameOf> {
        match field {
            Field::Tenant => Some(NameOf::Tenant),
            Field::Customer => Some(NameOf::Customer),
            Field::Partner => Some(NameOf::Partner),
            Field::Group => Some(NameOf::Group),
            Field::Vendor => Some(NameOf::Vendor),
            Field::Source => Some(NameOf::Source),
            _ => None,
        }
    }

    /// Its word in rules: `customer`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            NameOf::Tenant => "tenant",
            NameOf::Customer => "customer",
            NameOf::Partner => "partner",
            NameOf::Group => "group",
            NameOf::Vendor => "vendor",
            NameOf::Source => "source",
        }
    }
}

/// A name in a matcher or in a list of tenants, before all rules are known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mention {
    of: NameOf,
    text: String,
    place: Place,
    /// The rule whose matcher it stands in.
    rule: Option<String>,
}

/// Everything that was named while files were read.
#[derive(Debug, Default)]
pub(crate) struct Mentions {
    all: Vec<Mention>,
    /// The vendors of lists of tenants, of which the first place says enough.
    vendors: BTreeSet<String>,
    /// Where rules are.
    rules: BTreeMap<String, Place>,
}

impl Mentions {
    /// The texts of a matcher's key.
    pub(crate) fn of_key(&mut self, field: Field, node: &Node) {
        let Some(of) = NameOf::of(field) else { return };
        let items = match &node.value {
            Value::List(list) => list.as_slice(),
            _ => std::slice::from_ref(node),
        };
        for item in items {
            if let Value::Text(text) = &item.value
                && text.chars().any(|c| c != '*')
            {
                self.all.push(Mention { of, text: text.clone(), place: item.place, rule: None });
            }
        }
    }

    /// The vendor in a list of tenants.
    pub(crate) fn of_tenant(&mut self, vendor: &str, place: Place) {
        if self.vendors.insert(vendor.to_owned()) {
            self.all.push(Mention { of: NameOf::Vendor, text: vendor.to_owned(), place, rule: None });
        }
    }

    /// How many there are, for [`Mentions::are_by`].
    pub(crate) fn count(&self) -> usize {
        self.all.len()
    }

    /// Says that all since there were so many are a rule's.
    pub(crate) fn are_by(&mut self, from: usize, id: &str, place: Place) {
        for mention in &mut self.all[from..] {
            mention.rule = Some(id.to_owned());
        }
        self.rules.insert(id.to_owned(), place);
    }
}

/// Where an item of a list stands; the value itself if it is none.
pub(crate) fn item_place(node: &Node, index: usize) -> Place {
    match &node.value {
        Value::List(list) => list.get(index).map_or(node.place, |item| item.place),
        _ => node.place,
    }
}

/// The names in rules, once all are known, with their places in words.
#[derive(Debug, Default)]
pub(crate) struct Names {
    all: Vec<(Mention, String)>,
    rules: BTreeMap<String, String>,
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
            parties().flat_map(|party| party.tenants.iter().map(|(_, tenant)| tenant.clone())).collect();
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
