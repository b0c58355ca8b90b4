//! `tenants` of a customer or partner: which usage at vendors is theirs, and in which months.

use std::collections::BTreeMap;

use super::months::Months;
use crate::rules::fields::Fields;
use crate::rules::problem::LoadCode;
use crate::rules::written::{Node, Place, Sources, Value};

const SHAPE: &str = "write: \"acronis:ede9f834\", or { id = \"acronis:ede9f834\", from = \"2026-01\" }";

/// A vendor's tenant, and the months of usage in which it is somebody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tenant {
    pub(crate) vendor: String,
    pub(crate) id: String,
    pub(crate) months: Months,
}

impl Tenant {
    /// True if it is one and the same customer's in every month.
    pub(crate) fn is_for_good(&self) -> bool {
        self.months == Months::default()
    }

    /// `acronis:a1`, `acronis:a1 2026-01..2026-03`.
    pub(crate) fn words(&self) -> String {
        let Tenant { vendor, id, months } = self;
        if self.is_for_good() {
            format!("{vendor}:{id}")
        } else {
            format!("{vendor}:{id} {}", months.words())
        }
    }
}

pub(super) fn read(node: &Node, sources: &mut Sources) -> Option<Vec<Tenant>> {
    let nodes = match &node.value {
        Value::List(list) => list.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let read: Vec<Option<Tenant>> = nodes.iter().map(|node| read_one(node, sources)).collect();
    read.into_iter().collect()
}

fn read_one(node: &Node, sources: &mut Sources) -> Option<Tenant> {
    if !matches!(node.value, Value::Table(_)) {
        let text = sources.text_of(node, LoadCode::Value)?;
        return named(&text, Months::default(), node.place, sources);
    }
    let mut fields = Fields::of(node, sources, LoadCode::Value, SHAPE)?;
    let id = fields.take("id").map(|node| (sources.text_of(node, LoadCode::Value), node.place));
    if id.is_none() {
        sources.report_hint(node.place, LoadCode::Value, "a tenant has an `id`", SHAPE);
    }
    let months = Months::read(&mut fields, true, sources);
    fields.finish(sources, &[]);
    let (text, place) = id?;
    named(&text?, months?, place, sources)
}

/// `vendor:tenant`.
pub(super) fn named(text: &str, months: Months, place: Place, sources: &mut Sources) -> Option<Tenant> {
    match text.split_once(':') {
        Some((vendor, id)) if !vendor.is_empty() && !id.is_empty() => {
            sources.mentions.of_tenant(vendor, place);
            Some(Tenant { vendor: vendor.to_owned(), id: id.to_owned(), months })
        }
        _ => {
            let message = format!("\"{text}\" is not a vendor and its tenant");
            sources.report_hint(place, LoadCode::Value, message, "write: \"acronis:ede9f834\"");
            None
        }
    }
}

/// Reports tenants that two list for the same month.
pub(super) fn check<'p>(
    parties: impl Iterator<Item = (&'p str, Place, &'p [Tenant])>,
    word: &str,
    sources: &mut Sources,
) {
    let mut owners: BTreeMap<(&str, &str), Vec<(Months, &str)>> = BTreeMap::new();
    for (id, place, tenants) in parties {
        for tenant in tenants {
            let listed = owners.entry((&tenant.vendor, &tenant.id)).or_default();
            if let Some((months, owner)) = listed.iter().find(|(months, _)| months.meets(tenant.months)) {
                let mut message = format!(
                    "tenant {}:{} is listed by {word} {owner} and by {}",
                    tenant.vendor, tenant.id, id
                );
                let mut hint = None;
                if *months != Months::default() || !tenant.is_for_good() {
                    message += &format!(" ({} and {})", months.words(), tenant.months.words());
                    hint =
                        Some("let its months not meet: until = .. of one, from = .. of the other".to_owned());
                }
                sources.report_with(place, LoadCode::Duplicate, message, hint, Vec::new());
            }
            listed.push((tenant.months, id));
        }
    }
}
