//! A comparison for programs: `schemas/diff.schema.json`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::compared::Compared;
use crate::diff::{BillMove, BillSide, LineMove, LineSide, Totals};
use crate::output::money::fixed;

#[derive(Serialize)]
struct Document<'a> {
    comparisons: Vec<Comparison<'a>>,
}

// Fields stand in the order of their JSON names: the document's keys are sorted.

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Comparison<'a> {
    bills: u64,
    edits: Vec<Edit<'a>>,
    fates: Vec<Fate<'a>>,
    from_month: String,
    lines: [u64; 2],
    month: String,
    moved: Vec<Bill<'a>>,
    passed: &'a [String],
    reworded: &'a [String],
    rules: &'a [String; 2],
    stops: bool,
    totals: BTreeMap<&'static str, Total>,
    unpriced: [u64; 2],
    usage: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Edit<'a> {
    bills: u64,
    difference: BTreeMap<&'static str, String>,
    edit: &'a ratebook_rating::Edit,
    shared: bool,
    text: String,
}

#[derive(Serialize)]
struct Fate<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    count: u64,
    examples: &'a [u64],
    fate: &'static str,
    newly: bool,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bill<'a> {
    customer: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<String>,
    edits: Vec<usize>,
    indirect: bool,
    lines: Vec<Line<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<Side>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<Side>,
}

#[derive(Serialize)]
struct Side {
    complete: bool,
    currency: &'static str,
    total: String,
}

#[derive(Serialize)]
struct Line<'a> {
    edits: Vec<usize>,
    kind: &'static str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<Amount<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<Amount<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sku: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Amount<'a> {
    amount: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<String>,
    rules: &'a [String],
    sources: &'a [u64],
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_price: Option<String>,
}

#[derive(Serialize)]
struct Total {
    bills: [u64; 2],
    moved: u64,
    new: String,
    old: String,
}

/// Comparisons as one document.
pub(crate) fn json(compared: &[Compared]) -> String {
    let document = Document { comparisons: compared.iter().map(comparison).collect() };
    // Texts and numbers only: nothing in it can fail.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn comparison(compared: &Compared) -> Comparison<'_> {
    let found = &compared.comparison;
    let edits = found.edits.iter().zip(&found.effects).map(|(edit, effect)| Edit {
        bills: effect.bills,
        difference: effect
            .difference
            .iter()
            .map(|(currency, (places, sum))| (currency.code(), fixed(*sum, *places)))
            .collect(),
        edit,
        shared: effect.shared,
        text: edit.to_string(),
    });
    let fates = found.fates.iter().map(|fate| Fate {
        code: fate.why.code,
        count: fate.count,
        examples: &fate.examples,
        fate: fate.why.fate.word(),
        newly: fate.newly,
        reason: &fate.why.reason,
        rule: fate.why.rule.as_deref(),
    });
    Comparison {
        bills: found.bills,
        edits: edits.collect(),
        fates: fates.collect(),
        from_month: compared.from_month.unwrap_or(compared.month).to_string(),
        lines: found.lines,
        month: compared.month.to_string(),
        moved: found.moved.iter().map(bill).collect(),
        passed: &compared.passed,
        reworded: &found.reworded,
        rules: &compared.rules,
        stops: compared.stops,
        totals: found.totals.iter().map(|(currency, totals)| (currency.code(), total(totals))).collect(),
        unpriced: found.unpriced,
        usage: &compared.usage,
    }
}

fn total(totals: &Totals) -> Total {
    let [old, new] = totals.sums.map(|sum| fixed(sum, totals.places));
    Total { bills: totals.bills, moved: totals.moved, new, old }
}

fn bill(moved: &BillMove) -> Bill<'_> {
    let places = moved.new.or(moved.old).map_or(2, |side| side.places);
    let side = |side: BillSide| Side {
        complete: side.complete,
        currency: side.currency.code(),
        total: fixed(side.total, side.places),
    };
    Bill {
        customer: &moved.customer,
        difference: moved.difference().map(|difference| fixed(difference, places)),
        edits: moved.edits.iter().copied().collect(),
        indirect: moved.indirect,
        lines: moved.lines.iter().map(|moved| line(moved, places)).collect(),
        name: moved.name.as_deref(),
        new: moved.new.map(side),
        old: moved.old.map(side),
    }
}

fn line(moved: &LineMove, places: u32) -> Line<'_> {
    Line {
        edits: moved.edits.iter().copied().collect(),
        kind: moved.kind.word(),
        name: &moved.name,
        new: moved.new.as_ref().map(|side| amount(side, places)),
        old: moved.old.as_ref().map(|side| amount(side, places)),
        sku: moved.sku.as_deref(),
    }
}

fn amount(side: &LineSide, places: u32) -> Amount<'_> {
    Amount {
        amount: fixed(side.amount, places),
        quantity: side.quantity.map(|quantity| quantity.to_string()),
        rules: &side.rules,
        sources: &side.sources,
        unit: side.unit.as_deref(),
        unit_price: side.unit_price.map(|price| price.to_string()),
    }
}
