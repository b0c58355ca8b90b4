//! Tenants that nobody lists, put together by name: one customer is often at several vendors.

use std::collections::{BTreeMap, BTreeSet};

use ratebook_line::BillableLine;
use ratebook_rating::Rulebook;

use super::fields::text;
use super::sums::Sums;

/// Tenants of one name.
#[derive(Debug)]
pub(crate) struct Payer {
    /// The id: of who is declared already, or one that nobody has.
    pub id: String,
    /// The name, if the vendor says one.
    pub name: Option<String>,
    /// True if somebody of this name, or this id, is declared already.
    pub is_declared: bool,
    /// The tenants.
    pub tenants: Vec<TenantGap>,
    /// All of their lines.
    pub sums: Sums,
}

/// A tenant that nobody lists.
#[derive(Debug)]
pub(crate) struct TenantGap {
    /// The vendor.
    pub vendor: String,
    /// The vendor's id of it.
    pub tenant: String,
    /// The vendor's name of it.
    pub name: Option<String>,
    /// The sources that its lines are of.
    pub sources: BTreeSet<String>,
    /// Its lines.
    pub sums: Sums,
}

impl TenantGap {
    /// As `tenants` of a customer lists it: `table:H-2002`.
    pub(crate) fn listed(&self) -> String {
        format!("{}:{}", self.vendor, self.tenant)
    }
}

/// Tenants that nobody lists, by vendor and id.
#[derive(Default)]
pub(super) struct Tenants(BTreeMap<(String, String), TenantGap>);

impl Tenants {
    pub(super) fn add(&mut self, line: &BillableLine<'_>) {
        let (vendor, tenant) = (text(&line.vendor).to_owned(), text(&line.tenant).to_owned());
        let gap = self.0.entry((vendor, tenant)).or_insert_with_key(|(vendor, tenant)| TenantGap {
            vendor: vendor.clone(),
            tenant: tenant.clone(),
            name: None,
            sources: BTreeSet::new(),
            sums: Sums::default(),
        });
        if gap.name.is_none() {
            gap.name = Some(text(&line.tenant_name)).filter(|name| !name.is_empty()).map(str::to_owned);
        }
        gap.sources.extend(Some(text(&line.source)).filter(|name| !name.is_empty()).map(str::to_owned));
        gap.sums.add(line);
    }

    /// These by whose they probably are, in the order of the names.
    pub(super) fn by_payer(self, rulebook: &Rulebook) -> Vec<Payer> {
        let declared: Vec<(&str, Option<&str>)> = rulebook.declared().collect();
        let mut taken: BTreeSet<String> = declared.iter().map(|(id, _)| (*id).to_owned()).collect();
        let mut groups: BTreeMap<String, Vec<TenantGap>> = BTreeMap::new();
        for gap in self.0.into_values() {
            let name = gap.name.as_deref().map(plain).filter(|name| !name.is_empty());
            // Without a name nobody is alike.
            groups.entry(name.unwrap_or_else(|| gap.listed())).or_default().push(gap);
        }
        let payer = |(name, tenants): (String, Vec<TenantGap>)| {
            let alike = declared
                .iter()
                .find(|(id, called)| plain(id) == name || called.is_some_and(|called| plain(called) == name));
            let mut sums = Sums::default();
            tenants.iter().for_each(|tenant| sums.add_all(&tenant.sums));
            let first = tenants.first();
            let called = first.and_then(|tenant| tenant.name.clone());
            let id = alike.map(|(id, _)| (*id).to_owned()).unwrap_or_else(|| {
                let base = called.as_deref().map(as_id).filter(|id| !id.is_empty());
                let tenant = || first.map(|tenant| as_id(&tenant.listed())).unwrap_or_default();
                free(base.unwrap_or_else(tenant), &mut taken)
            });
            Payer { id, name: called, is_declared: alike.is_some(), tenants, sums }
        };
        groups.into_iter().map(payer).collect()
    }
}

/// An id that is not taken yet, and is now.
fn free(base: String, taken: &mut BTreeSet<String>) -> String {
    let mut ids = std::iter::once(base.clone()).chain((2..).map(|number: u64| format!("{base}-{number}")));
    let id = ids.find(|id| !taken.contains(id)).unwrap_or(base);
    taken.insert(id.clone());
    id
}

/// A name by which two are the same: small letters and digits.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A name as an id that needs no quotes: `Müller & Söhne` is `mueller-soehne`.
pub(super) fn as_id(name: &str) -> String {
    let mut id = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        let letters = match letter {
            'ä' => "ae",
            'ö' => "oe",
            'ü' => "ue",
            'ß' => "ss",
            'à' | 'á' | 'â' | 'ã' | 'å' => "a",
            'ç' => "c",
            'è' | 'é' | 'ê' | 'ë' => "e",
            'ì' | 'í' | 'î' | 'ï' => "i",
            'ñ' => "n",
            'ò' | 'ó' | 'ô' | 'õ' | 'ø' => "o",
            'ù' | 'ú' | 'û' => "u",
            c if c.is_ascii_alphanumeric() => {
                id.push(c);
                continue;
            }
            _ => "-",
        };
        if letters != "-" || !(id.is_empty() || id.ends_with('-')) {
            id += letters;
        }
    }
    let id = id.trim_end_matches('-');
    id.get(..64).unwrap_or(id).trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_ids_that_need_no_quotes() {
        for (name, id) in [
            ("Hofer GmbH", "hofer-gmbh"),
            ("Müller & Söhne AG", "mueller-soehne-ag"),
            ("  Éclair, S.A. ", "eclair-s-a"),
            ("株式会社", ""),
            (&"a".repeat(80), &"a".repeat(64)),
        ] {
            assert_eq!(as_id(name), id, "{name}");
        }
    }

    #[test]
    fn an_id_is_nobodys() {
        let mut taken = BTreeSet::from(["nord".to_owned()]);
        let ids: Vec<String> = ["nord", "nord", "west"].map(|id| free(id.to_owned(), &mut taken)).to_vec();
        assert_eq!(ids, ["nord-2", "nord-3", "west"]);
    }
}
