//! The bands of quantity that graduated and volume prices have in common.

use ratebook_line::Decimal;

use super::model::Input;
use crate::rules::fields::Fields;
use crate::rules::problem::LoadCode;
use crate::rules::written::{Node, Sources, Value};

/// One band: what a unit in it costs, and what entering it costs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tier {
    /// Its last unit; the last band has none.
    pub(super) up_to: Option<Decimal>,
    pub(super) each: Decimal,
    pub(super) flat: Decimal,
}

/// The names of bands, by where they end; of the last, by where it begins.
pub(super) fn names(tiers: &[Tier]) -> Vec<String> {
    let below = [None].into_iter().chain(tiers.iter().map(|tier| tier.up_to));
    tiers
        .iter()
        .zip(below)
        .map(|(tier, below)| match (tier.up_to, below) {
            (Some(up_to), _) => format!("up_to {up_to}"),
            (None, Some(below)) => format!("above {below}"),
            (None, None) => "all".to_owned(),
        })
        .collect()
}

/// A model's word, with the quantity that chooses the band if it is not the one that is charged.
pub(super) fn note(word: &str, input: &Input) -> String {
    match &input.level {
        Some(level) => format!("{word} at level {level}"),
        None => word.to_owned(),
    }
}

/// Reads bands and checks that they rise and that the last one is open.
pub(super) fn read(node: &Node, sources: &mut Sources) -> Option<Vec<Tier>> {
    let list = match &node.value {
        Value::List(list) if !list.is_empty() => list,
        Value::Refused => return None,
        _ => {
            let hint = "write: [ { up_to = 10, each = \"1.00\" }, { each = \"0.80\" } ]";
            sources.report_hint(node.place, LoadCode::Tier, "tiers are a list with at least one tier", hint);
            return None;
        }
    };
    let mut tiers = Vec::new();
    let mut sound = true;
    let mut below = Decimal::ZERO;
    for (index, node) in list.iter().enumerate() {
        let Some((tier, place)) = read_tier(node, sources) else {
            sound = false;
            continue;
        };
        let last = index + 1 == list.len();
        match tier.up_to {
            None if !last => {
                let message = format!("tier {} has no `up_to`, only the last tier may", index + 1);
                sources.report(node.place, LoadCode::Tier, message);
                sound = false;
            }
            Some(up_to) if last => {
                let message = format!("the last tier ends at {up_to}: what is above it has no price");
                sources.report_hint(
                    place,
                    LoadCode::Tier,
                    message,
                    "remove its `up_to`, or add a tier without",
                );
                sound = false;
            }
            Some(up_to) if up_to <= below => {
                let message = match index {
                    0 => format!("tier 1 ends at {up_to}, it must end above 0"),
                    _ => format!(
                        "tier limits must rise: tier {} ends at {up_to}, tier {index} at {below}",
                        index + 1
                    ),
                };
                sources.report(place, LoadCode::Tier, message);
                sound = false;
            }
            Some(up_to) => below = up_to,
            None => {}
        }
        tiers.push(tier);
    }
    sound.then_some(tiers)
}

fn read_tier(node: &Node, sources: &mut Sources) -> Option<(Tier, crate::rules::written::Place)> {
    let what = "a tier is a table: { up_to = 10, each = \"1.00\" }";
    let mut fields = Fields::of(node, sources, LoadCode::Tier, what)?;
    let up_to = fields.take("up_to").map(|node| sources.decimal_of(node));
    let each = fields.take("each").map(|node| sources.decimal_of(node));
    let flat = fields.take("flat").map(|node| sources.decimal_of(node));
    let place = fields.key_place("up_to");
    if each.is_none() && flat.is_none() {
        sources.report(node.place, LoadCode::Tier, "this tier has no price: it needs `each` or `flat`");
        fields.finish(sources, &[]);
        return None;
    }
    fields.finish(sources, &[]);
    let up_to = match up_to {
        Some(read) => Some(read?),
        None => None,
    };
    let zero = Some(Decimal::ZERO);
    Some((Tier { up_to, each: each.unwrap_or(zero)?, flat: flat.unwrap_or(zero)? }, place))
}
