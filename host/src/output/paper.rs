//! What a line of a bill says where quantity x unit price is not its amount, as people read it.

use ratebook_rating::{Paper, PaperTier};

use super::money::fixed;

/// So many units at one price: `10 x 0.8 + 2`, `2 x 5 for 20`, `flat 99`.
pub(crate) fn tier(tier: &PaperTier) -> String {
    let mut text = match (tier.each, tier.flat) {
        (Some(each), _) => format!("{} x {each}", tier.quantity),
        (None, Some(flat)) => return format!("flat {flat}"),
        (None, None) => return tier.quantity.to_string(),
    };
    if let Some(size) = tier.size {
        text += &format!(" for {size}");
    }
    if let Some(flat) = tier.flat {
        text += &format!(" + {flat}");
    }
    text
}

/// All of it: `included 20; list 10.50; gold -1.05`.
pub(crate) fn words<R: AsRef<str>>(paper: &Paper<R>, places: u32) -> String {
    let mut parts = Vec::new();
    parts.extend(paper.included.map(|included| format!("included {included}")));
    if !paper.tiers.is_empty() {
        let tiers: Vec<String> = paper.tiers.iter().map(tier).collect();
        parts.push(tiers.join(", "));
    }
    parts.extend(paper.days.map(|(active, of)| format!("{active} of {of} days")));
    parts.push(format!("list {}", fixed(paper.list, places)));
    let off =
        paper.discounts.iter().map(|off| format!("{} {}", off.rule.as_ref(), fixed(off.amount, places)));
    parts.extend(off);
    parts.join("; ")
}
