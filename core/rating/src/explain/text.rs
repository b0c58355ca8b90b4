//! Explanations as text, for a terminal.

use std::fmt;

use super::{BillExplanation, CostExplanation, LineExplanation};
use crate::work::{Calc, Number, Phase, Step, Term};

/// The whole bill, line by line.
impl fmt::Display for BillExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            writeln!(f, "{}", line.text(self))?;
        }
        let total = self.total.to_fixed(self.places).unwrap_or_else(|| self.total.to_string());
        writeln!(f, "{:<60} {total:>16} {}", format!("{}  total", self.customer), self.currency)
    }
}

impl LineExplanation {
    /// One line of the bill with all its steps, as text.
    #[must_use]
    pub fn text(&self, bill: &BillExplanation) -> String {
        let amount = self.amount.to_fixed(bill.places).unwrap_or_else(|| self.amount.to_string());
        let head = format!("{}  {}", bill.customer, self.name);
        let mut lines = vec![format!("{head:<60} {amount:>16} {}", bill.currency)];
        for source in &self.sources {
            let quantity =
                source.quantity.map(|quantity| format!("  {} {quantity} {}", source.used, source.unit));
            let quantity = quantity.unwrap_or_default();
            lines.push(format!(
                "  {:<8} {} {}{quantity}",
                format!("line {}", source.line),
                source.vendor,
                source.sku
            ));
        }
        lines.extend(self.steps.iter().map(|step| step.text(bill)));
        for cost in self.sources.iter().filter_map(|source| source.cost.as_ref()) {
            let CostExplanation { rule, reason, quantity, each, amount, currency } = cost;
            let sum = format!("{quantity} x {each} = {amount} {currency}");
            lines.push(format!(
                "  {:<8} {rule:<18} {reason:<32}  we pay {sum}, the vendor does not say",
                "cost"
            ));
        }
        for source in &self.sources {
            for lost in &source.lost {
                lines.push(format!("  {:<8} {:<18} {} {}", "lost", lost.rule, lost.why, lost.to));
            }
        }
        let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
        lines.join("\n")
    }
}

impl Step {
    fn text(&self, bill: &BillExplanation) -> String {
        let rule = match (&self.rule, self.phase) {
            (Some(rule), _) => rule.as_str(),
            (None, Phase::Quantity) => "(default)",
            (None, _) => "",
        };
        let reason = self.reason.as_deref().unwrap_or("");
        let result = self.result.as_ref().map(|result| match (self.currency, result.0.to_decimal()) {
            // Amounts show their places; what is not rounded yet shows all it has.
            (Some(currency), Some(amount)) => {
                let places = if currency == bill.currency { bill.places } else { currency.places() };
                format!("{} {currency}", amount.to_fixed(places).unwrap_or_else(|| amount.to_string()))
            }
            (Some(currency), None) => format!("{result} {currency}"),
            (None, _) => result.to_string(),
        });
        let numbers = match (result, self.calc.text(bill)) {
            (None, _) => String::new(),
            (Some(result), None) => result,
            (Some(result), Some(calc)) => format!("{calc} = {result}"),
        };
        let both = [self.note.as_str(), numbers.as_str()];
        let told: Vec<&str> = both.into_iter().filter(|text| !text.is_empty()).collect();
        format!("  {:<8} {rule:<18} {reason:<32}  {}", self.phase.word(), told.join("  "))
    }
}

impl Calc {
    fn text(&self, bill: &BillExplanation) -> Option<String> {
        match self {
            Calc::Given | Calc::Round { .. } => None,
            Calc::Sum(terms) if terms.len() == 1 && terms[0].is_plain() => None,
            Calc::Sum(terms) => Some(terms.iter().map(Term::text).collect::<Vec<_>>().join(" + ")),
            Calc::Ceiling(term) => Some(format!("{}, rounded up", term.text())),
            Calc::Max(a, b) => Some(format!("the larger of {a} and {b}")),
            Calc::Min(a, b) => Some(format!("the smaller of {a} and {b}")),
            Calc::Remainder { group, index } => {
                let value: Option<&Number> =
                    bill.remainders.get(*group).and_then(|group| group.values.get(*index));
                value.map(ToString::to_string)
            }
        }
    }
}

impl Term {
    fn is_plain(&self) -> bool {
        self.factors.len() == 1 && self.divisor.is_none()
    }

    fn text(&self) -> String {
        let product = self.factors.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ");
        match &self.divisor {
            Some(divisor) if divisor.to_string() != "1" => format!("{product} / {divisor}"),
            _ => product,
        }
    }
}
