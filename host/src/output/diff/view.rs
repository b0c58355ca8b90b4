//! A comparison as people read it, put together once for every form.

use std::collections::{BTreeMap, BTreeSet};

use ratebook_line::{Currency, Decimal};
use serde::Serialize;

use super::compared::Compared;
use crate::diff::{BillMove, BillSide, Effect, FateMove, LineMove, LineSide};
use crate::output::money::{at_least, counted, fixed, grouped, money, percent, signed};
use crate::run::LineFacts;

/// A comparison as people read it.
#[derive(Serialize)]
pub(super) struct View {
    pub(super) title: String,
    pub(super) usage: String,
    pub(super) verdict: String,
    pub(super) stops: Option<String>,
    pub(super) passed: Vec<String>,
    pub(super) edits: Vec<EditView>,
    pub(super) no_edits: bool,
    pub(super) some: bool,
    pub(super) indirect: Option<EditView>,
    pub(super) bills: Vec<BillView>,
    pub(super) totals: Vec<TotalView>,
    pub(super) fates: Vec<FateView>,
    pub(super) reworded: Vec<String>,
}

/// An edit and what it does.
#[derive(Serialize)]
pub(super) struct EditView {
    pub(super) number: usize,
    pub(super) text: String,
    pub(super) place: String,
    pub(super) effect: String,
}

/// A bill that moves.
#[derive(Serialize)]
pub(super) struct BillView {
    pub(super) customer: String,
    pub(super) name: String,
    pub(super) old: String,
    pub(super) new: String,
    pub(super) difference: String,
    pub(super) percent: String,
    pub(super) edits: String,
    pub(super) note: String,
    pub(super) skus: Vec<SkuView>,
}

/// The lines of a bill that have one SKU (or, without one, one name).
#[derive(Serialize)]
pub(super) struct SkuView {
    pub(super) sku: String,
    pub(super) old: String,
    pub(super) new: String,
    pub(super) difference: String,
    pub(super) lines: Vec<LineView>,
}

/// A line that moves.
#[derive(Serialize)]
pub(super) struct LineView {
    pub(super) name: String,
    pub(super) old: String,
    pub(super) new: String,
    pub(super) difference: String,
    pub(super) edits: String,
    pub(super) sources: String,
}

/// The bills of one currency.
#[derive(Serialize)]
pub(super) struct TotalView {
    pub(super) name: String,
    pub(super) bills: String,
    pub(super) old: String,
    pub(super) new: String,
    pub(super) difference: String,
    pub(super) percent: String,
}

/// Lines whose fate changed.
#[derive(Serialize)]
pub(super) struct FateView {
    pub(super) what: String,
    pub(super) examples: Vec<String>,
}

impl View {
    pub(super) fn of(compared: &Compared) -> View {
        let comparison = &compared.comparison;
        let one_month = compared.from_month.is_none();
        let [old, new] = &compared.rules;
        let title = match compared.from_month {
            Some(from) => format!("{from} -> {}, {new}", compared.month),
            None => format!("{}: {old} -> {new}", compared.month),
        };
        let lines = match comparison.lines {
            [one, other] if one == other => counted(one, "line"),
            [one, other] => format!("{} -> {}", grouped(one), counted(other, "line")),
        };
        let count = comparison.moved.len() as u64;
        let moves = if count == 1 { "moves" } else { "move" };
        let edits = comparison.edits.iter().zip(&comparison.effects).enumerate();
        let indirect = comparison.effects.last().filter(|effect| effect.bills > 0 && one_month);
        View {
            title,
            usage: format!("usage: {}, {lines}", compared.usage),
            verdict: format!("{} of {} {moves}", grouped(count), counted(comparison.bills, "bill")),
            stops: compared.stops.then(|| {
                format!(
                    "With the {new} a run stops: {} cannot be priced.",
                    counted(comparison.unpriced[1], "line")
                )
            }),
            passed: compared.passed.clone(),
            some: compared.some,
            no_edits: comparison.edits.is_empty() && one_month,
            edits: edits
                .map(|(index, (edit, effect))| EditView {
                    number: index + 1,
                    text: edit.to_string(),
                    place: edit
                        .new_place
                        .as_ref()
                        .or(edit.old_place.as_ref())
                        .map(ToString::to_string)
                        .unwrap_or_default(),
                    effect: effect_text(effect),
                })
                .collect(),
            indirect: indirect.map(|effect| EditView {
                number: 0,
                text: "through lines of others (a shared pool)".to_owned(),
                place: String::new(),
                effect: effect_text(effect),
            }),
            // Over two months nobody's edit moved a bill.
            bills: comparison
                .moved
                .iter()
                .map(BillView::of)
                .map(|bill| if one_month { bill } else { BillView { edits: String::new(), ..bill } })
                .collect(),
            totals: comparison
                .totals
                .iter()
                .map(|(currency, totals)| TotalView::of(*currency, totals))
                .collect(),
            fates: comparison.fates.iter().map(|one| FateView::of(one, &compared.facts)).collect(),
            reworded: comparison.reworded.clone(),
        }
    }
}

/// `2 bills, -3.10 EUR`.
fn effect_text(effect: &Effect) -> String {
    if effect.bills == 0 {
        return "moves nothing".to_owned();
    }
    let sums: Vec<String> = effect
        .difference
        .iter()
        .map(|(currency, (places, sum))| format!("{} {currency}", signed(*sum, *places)))
        .collect();
    let shared = if effect.shared { " (some of it together with other edits)" } else { "" };
    format!("{}, {}{shared}", counted(effect.bills, "bill"), sums.join(", "))
}

/// Numbers of edits as they are shown.
fn numbers(edits: &BTreeSet<usize>) -> String {
    edits.iter().map(|edit| (edit + 1).to_string()).collect::<Vec<_>>().join(", ")
}

impl BillView {
    fn of(moved: &BillMove) -> BillView {
        let side = |side: Option<BillSide>| side.map(|side| money(side.total, side.places, side.currency));
        let places = moved.new.or(moved.old).map_or(2, |side| side.places);
        let difference = moved.difference();
        let mut notes = Vec::new();
        match (moved.old, moved.new) {
            (None, Some(_)) => notes.push("new bill"),
            (Some(_), None) => notes.push("no bill any more"),
            (Some(old), Some(new)) => {
                if old.currency != new.currency {
                    notes.push("other currency");
                }
                match (old.complete, new.complete) {
                    (true, false) => notes.push("becomes incomplete"),
                    (false, true) => notes.push("becomes complete"),
                    (false, false) => notes.push("incomplete"),
                    (true, true) => {}
                }
            }
            (None, None) => {}
        }
        let mut edits = numbers(&moved.edits);
        if moved.indirect {
            edits = if edits.is_empty() { "-".to_owned() } else { edits + ", -" };
        }
        BillView {
            customer: moved.customer.clone(),
            name: moved.name.clone().unwrap_or_default(),
            old: side(moved.old).unwrap_or_default(),
            new: side(moved.new).unwrap_or_default(),
            difference: difference.map(|difference| signed(difference, places)).unwrap_or_default(),
            percent: difference
                .zip(moved.old)
                .and_then(|(difference, old)| percent(difference, old.total))
                .unwrap_or_default(),
            edits,
            note: notes.join(", "),
            skus: skus(moved, places),
        }
    }
}

/// The lines of a bill by SKU, in the order in which the SKUs first stand on it.
fn skus(moved: &BillMove, places: u32) -> Vec<SkuView> {
    let mut order: Vec<&str> = Vec::new();
    let mut by_sku: BTreeMap<&str, Vec<&LineMove>> = BTreeMap::new();
    for line in &moved.lines {
        let sku = line.sku.as_deref().unwrap_or(&line.name);
        by_sku.entry(sku).or_insert_with(|| {
            order.push(sku);
            Vec::new()
        });
        by_sku.entry(sku).or_default().push(line);
    }
    let view = |sku: &str| {
        let lines = &by_sku[sku];
        let sum = |side: fn(&LineMove) -> Option<&LineSide>| {
            let amounts = lines.iter().filter_map(|line| side(line)).map(|side| side.amount);
            amounts.map(Some).reduce(|sum, amount| sum?.checked_add(amount?).ok())
        };
        let (old, new) = (sum(|line| line.old.as_ref()), sum(|line| line.new.as_ref()));
        // Outside: is there such a side; inside: can its amounts be added up.
        let text = |sum: Option<Option<Decimal>>| match sum {
            None => String::new(),
            Some(sum) => sum.map_or("too large".to_owned(), |sum| fixed(sum, places)),
        };
        let none = Some(Decimal::ZERO);
        let difference =
            new.unwrap_or(none).zip(old.unwrap_or(none)).and_then(|(new, old)| new.checked_sub(old).ok());
        SkuView {
            sku: sku.to_owned(),
            old: text(old),
            new: text(new),
            difference: difference.map(|difference| signed(difference, places)).unwrap_or_default(),
            lines: lines.iter().map(|line| LineView::of(line, places)).collect(),
        }
    };
    order.into_iter().map(view).collect()
}

impl LineView {
    fn of(line: &LineMove, places: u32) -> LineView {
        let side =
            |side: &Option<LineSide>| side.as_ref().map(|side| side_text(side, places)).unwrap_or_default();
        let sources =
            line.new.as_ref().or(line.old.as_ref()).map(|side| side.sources.as_slice()).unwrap_or_default();
        let kind = if line.kind == ratebook_rating::Kind::Usage { "" } else { line.kind.word() };
        LineView {
            name: if kind.is_empty() { line.name.clone() } else { format!("{kind}: {}", line.name) },
            old: side(&line.old),
            new: side(&line.new),
            difference: line.difference().map(|difference| signed(difference, places)).unwrap_or_default(),
            edits: numbers(&line.edits),
            sources: sources_text(sources),
        }
    }
}

/// `204.80 (64 workload x 3.20)`. The amount stands first: what is included or discounted is not in the brackets.
fn side_text(side: &LineSide, places: u32) -> String {
    let amount = fixed(side.amount, places);
    let Some(quantity) = side.quantity else { return amount };
    let unit = side.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
    match side.unit_price {
        Some(price) => format!("{amount} ({quantity}{unit} x {})", at_least(price, places)),
        None => format!("{amount} ({quantity}{unit})"),
    }
}

/// `line 3`, `lines 3, 8, 9 and 4 more`.
fn sources_text(sources: &[u64]) -> String {
    let shown: Vec<String> = sources.iter().take(3).map(u64::to_string).collect();
    match sources.len() {
        0 => String::new(),
        1 => format!("line {}", shown[0]),
        count if count > 3 => format!("lines {} and {} more", shown.join(", "), grouped(count as u64 - 3)),
        _ => format!("lines {}", shown.join(", ")),
    }
}

impl TotalView {
    fn of(currency: Currency, totals: &crate::diff::Totals) -> TotalView {
        let [old, new] = totals.sums;
        let difference = new.checked_sub(old).ok();
        let [before, after] = totals.bills;
        let bills = match before == after {
            true => counted(after, "bill"),
            false => format!("{} -> {}", grouped(before), counted(after, "bill")),
        };
        let moved = if totals.moved == 1 { "moves" } else { "move" };
        TotalView {
            name: format!("all in {currency}"),
            bills: format!("{bills}, {} {moved}", grouped(totals.moved)),
            old: money(old, totals.places, currency),
            new: money(new, totals.places, currency),
            difference: difference.map(|difference| signed(difference, totals.places)).unwrap_or_default(),
            percent: difference.and_then(|difference| percent(difference, old)).unwrap_or_default(),
        }
    }
}

impl FateView {
    fn of(moved: &FateMove, facts: &LineFacts) -> FateView {
        let newly = if moved.newly { "newly" } else { "no longer" };
        let why = &moved.why;
        let examples = moved.examples.iter().map(|line| format!("line {line}  {}", facts.of(*line)));
        FateView {
            what: format!("{newly} {}: {}, {why}", why.fate.word(), counted(moved.count, "line")),
            examples: examples.map(|example| example.trim_end().to_owned()).collect(),
        }
    }
}
