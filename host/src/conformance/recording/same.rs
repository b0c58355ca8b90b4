//! Whether two mappings bill the same, whoever it is for.

use std::collections::BTreeMap;

use ratebook_line::BillableLine;
use ratebook_plugin::testing::Mapped;

/// Says where two mappings differ in what is billed; who it is for must differ (unless it may stay), the same by the same.
pub(super) fn same(before: &Mapped, after: &Mapped, may_stay: bool) -> Result<(), String> {
    if before.lines.len() != after.lines.len() {
        return Err(format!("{} lines, {} before", after.lines.len(), before.lines.len()));
    }
    let mut there = BTreeMap::new();
    let mut back = BTreeMap::new();
    for (old, new) in before.lines.iter().zip(&after.lines) {
        let row = old.origin.as_ref().map_or(0, |origin| origin.row);
        for ((kind, old), (_, new)) in who(old).into_iter().zip(who(new)) {
            let (old, new) = (old.map(str::to_lowercase), new.map(str::to_lowercase));
            if old.is_some() && old == new && !may_stay {
                return Err(format!("record {row}: the {kind} is as it was"));
            }
            let is_new = there.insert((kind, old.clone()), new.clone()).is_none_or(|known| known == new);
            let is_own = back.insert((kind, new.clone()), old.clone()).is_none_or(|known| known == old);
            if !is_new || !is_own || old.is_some() != new.is_some() {
                return Err(format!("record {row}: the {kind} is not replaced by one and the same"));
            }
        }
        let nobody = |line: &BillableLine<'static>| BillableLine {
            tenant: None,
            tenant_name: None,
            partner: None,
            customer: None,
            ..line.clone()
        };
        if nobody(old) != nobody(new) {
            return Err(format!("record {row} is another line"));
        }
    }
    let skipped =
        |mapped: &Mapped| -> Vec<_> { mapped.skipped.iter().map(|(row, why, _)| (*row, *why)).collect() };
    match skipped(before) == skipped(after) {
        true => Ok(()),
        false => Err("other records are skipped".to_owned()),
    }
}

/// Whom a line is for.
pub(super) fn who<'l>(line: &'l BillableLine<'_>) -> [(&'static str, Option<&'l str>); 4] {
    [
        ("tenant", line.tenant.as_deref()),
        ("tenantName", line.tenant_name.as_deref()),
        ("partner", line.partner.as_deref()),
        ("customer", line.customer.as_deref()),
    ]
}
