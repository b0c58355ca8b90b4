//! Who is in which groups, so that rules by group can be told to meet or not.

use std::collections::{BTreeMap, BTreeSet};

use super::common::Common;
use super::parties::Party;
use super::sound::Checked;
use super::when::{Field, Values};

/// Who is in which groups.
pub(super) struct People<'r> {
    customers: BTreeMap<&'r str, &'r [String]>,
    partners: BTreeMap<&'r str, &'r [String]>,
    /// Every set of groups that some customer has, once; with it those of nobody.
    customer_groups: BTreeSet<&'r [String]>,
    partner_groups: BTreeSet<&'r [String]>,
}

impl<'r> People<'r> {
    pub(super) fn new(checked: &'r Checked) -> People<'r> {
        let groups = |parties: &'r BTreeMap<String, Party>| -> BTreeMap<&'r str, &'r [String]> {
            parties.iter().map(|(id, party)| (id.as_str(), party.groups.as_slice())).collect()
        };
        let (customers, partners) = (groups(&checked.customers), groups(&checked.partners));
        let sets = |parties: &BTreeMap<&'r str, &'r [String]>| -> BTreeSet<&'r [String]> {
            parties.values().copied().chain([&[][..]]).collect()
        };
        People { customer_groups: sets(&customers), partner_groups: sets(&partners), customers, partners }
    }

    /// What two matchers by group have in common if they could meet: at least one of these texts. None if this one may
    /// meet any other.
    pub(super) fn groups_of(&self, values: &Values) -> Vec<String> {
        let allows = |groups: &[String]| groups.iter().any(|group| values.matches(group));
        // One matcher may take a customer and the other its partner, and which partner that is, is not looked at.
        if self.partner_groups.iter().any(|groups| allows(groups)) {
            return Vec::new();
        }
        let sets = self.customer_groups.iter().enumerate();
        let allowed =
            sets.filter(|(_, groups)| if groups.is_empty() { values.matches("") } else { allows(groups) });
        let shared: Vec<String> = allowed.map(|(index, _)| format!("set {index}")).collect();
        // Nobody is in such a group, so only the same matcher is like it.
        if shared.is_empty() { vec![format!("nobody in {values:?}")] } else { shared }
    }

    /// True if somebody's line could be matched by both.
    pub(super) fn could_meet(&self, a: &Common, b: &Common) -> bool {
        if !a.months.meets(b.months) || !a.when.meets(&b.when) {
            return false;
        }
        let groups: Vec<&Values> =
            [a, b].iter().filter_map(|common| common.when.fields.get(&Field::Group)).collect();
        if groups.is_empty() {
            return true;
        }
        let customers = Self::sets(a, b, Field::Customer, &self.customers, &self.customer_groups);
        let partners = Self::sets(a, b, Field::Partner, &self.partners, &self.partner_groups);
        customers.iter().any(|customer| {
            partners.iter().any(|partner| {
                groups.iter().all(|values| match (customer.is_empty(), partner.is_empty()) {
                    (true, true) => values.matches(""),
                    _ => customer.iter().chain(*partner).any(|group| values.matches(group)),
                })
            })
        })
    }

    /// The groups that somebody can have whom both rules allow.
    fn sets(
        a: &Common,
        b: &Common,
        field: Field,
        parties: &BTreeMap<&'r str, &'r [String]>,
        all: &BTreeSet<&'r [String]>,
    ) -> Vec<&'r [String]> {
        let wanted: Vec<&Values> =
            [a, b].iter().filter_map(|common| common.when.fields.get(&field)).collect();
        let Some(first) = wanted.first() else { return all.iter().copied().collect() };
        let mut sets: Vec<&[String]> = Vec::new();
        if first.globs.is_empty() {
            for id in first.exact.iter().filter(|id| wanted.iter().all(|values| values.matches(id))) {
                sets.push(parties.get(id.as_str()).copied().unwrap_or(&[]));
            }
        } else {
            let allowed = parties.iter().filter(|(id, _)| wanted.iter().all(|values| values.matches(id)));
            sets.extend(allowed.map(|(_, groups)| *groups));
            sets.push(&[]);
        }
        sets
    }
}
