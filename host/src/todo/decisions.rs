//! Lines that wait for somebody to decide, by the decision: a rule that holds them, or a problem that no price solves.

use std::collections::BTreeMap;

use ratebook_line::BillableLine;
use ratebook_rating::{Held, LineCode, Rulebook};

use super::fields::text;
use super::sums::Sums;

/// Lines that wait for one decision.
#[derive(Debug)]
pub(crate) struct Decision {
    /// `rule`, or the problem.
    pub code: &'static str,
    /// The rule that holds them, or that the problem is about.
    pub rule: Option<String>,
    /// Why the rule holds them, or what the problem is.
    pub why: String,
    /// The priority of a rule that would decide otherwise, if a rule holds them.
    pub priority: Option<i64>,
    /// What waits, by whose and what it is.
    pub waiting: Vec<Waiting>,
    /// All of these lines.
    pub sums: Sums,
}

/// Lines of one SKU that wait.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// Whose bill they wait for, if that is known.
    pub customer: Option<String>,
    /// The source.
    pub source: String,
    /// The vendor.
    pub vendor: String,
    /// The tenant, where nobody's bill is known.
    pub tenant: String,
    /// The vendor's id of what is sold; it may have none.
    pub sku: String,
    /// What is counted, where there is no SKU.
    pub meter: String,
    /// The vendor's name of what is sold.
    pub name: Option<String>,
    /// The number of the first of them, for `ratebook explain`.
    pub first: u64,
    /// The lines.
    pub sums: Sums,
}

/// The code, the rule, why.
type Why = (&'static str, Option<String>, String);
/// Customer, vendor, source, tenant, SKU, meter.
type What = [String; 6];

/// Lines that wait, by the decision and by what they are.
#[derive(Default)]
pub(super) struct Decisions(BTreeMap<Why, BTreeMap<What, Waiting>>);

impl Decisions {
    pub(super) fn add(&mut self, held: &Held<'_>, line: &BillableLine<'_>) {
        let why = if held.code == Held::BY_RULE { held.reason.to_string() } else { meaning(held) };
        let why = (held.code, held.rule.map(str::to_owned), why);
        let customer = held.customer.as_deref();
        let sku = text(&line.sku_id);
        let what = [
            customer.unwrap_or_default(),
            text(&line.vendor),
            text(&line.source),
            if customer.is_none() { text(&line.tenant) } else { "" },
            sku,
            if sku.is_empty() { text(&line.meter) } else { "" },
        ];
        let waiting = self.0.entry(why).or_default().entry(what.map(str::to_owned));
        let waiting = waiting.or_insert_with_key(|[_, vendor, source, tenant, sku, meter]| Waiting {
            customer: customer.map(str::to_owned),
            vendor: vendor.clone(),
            source: source.clone(),
            tenant: tenant.clone(),
            sku: sku.clone(),
            meter: meter.clone(),
            name: None,
            first: held.line,
            sums: Sums::default(),
        });
        if waiting.name.is_none() {
            waiting.name = Some(text(&line.sku_name)).filter(|name| !name.is_empty()).map(str::to_owned);
        }
        waiting.sums.add(line);
    }

    pub(super) fn all(self, rulebook: &Rulebook) -> Vec<Decision> {
        let decision = |((code, rule, why), waiting): (Why, BTreeMap<What, Waiting>)| {
            let mut sums = Sums::default();
            waiting.values().for_each(|waiting| sums.add_all(&waiting.sums));
            let by_rule = code == Held::BY_RULE;
            let priority = by_rule.then(|| rulebook.priorities().0.saturating_add(1));
            Decision { code, rule, why, priority, waiting: waiting.into_values().collect(), sums }
        };
        self.0.into_iter().map(decision).collect()
    }
}

/// What a problem is, without a line's own facts.
fn meaning(held: &Held<'_>) -> String {
    let problem = LineCode::ALL.into_iter().find(|problem| problem.word() == held.code);
    problem.map(|problem| problem.meaning().to_owned()).unwrap_or_default()
}
