//! How much may move before a comparison fails: `--fail-if 'total > 1%'`.

use std::fmt;
use std::str::FromStr;

use ratebook_line::Decimal;

/// One limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    metric: Metric,
    /// True for `>=`.
    or_equal: bool,
    value: Decimal,
    percent: bool,
}

/// What is limited. Amounts are taken without their sign: a limit holds upwards and downwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metric {
    /// The sum of all bills of one currency.
    Total,
    /// One bill.
    Bill,
    /// How many bills move.
    Moved,
    /// How many lines are newly held by a rule.
    Held,
    /// How many lines are newly dropped.
    Dropped,
    /// How many lines newly cannot be priced.
    Unpriced,
}

const METRICS: [(&str, Metric); 6] = [
    ("total", Metric::Total),
    ("bill", Metric::Bill),
    ("moved", Metric::Moved),
    ("held", Metric::Held),
    ("dropped", Metric::Dropped),
    ("unpriced", Metric::Unpriced),
];

impl Limit {
    /// What it limits.
    pub(crate) fn metric(&self) -> Metric {
        self.metric
    }

    /// True if a count goes beyond it.
    pub(crate) fn is_passed_by_count(&self, count: u64) -> bool {
        self.is_passed(Decimal::from(count), self.value)
    }

    /// True if an amount that went from `before` to `after` (absent is 0) went beyond it.
    pub(crate) fn is_passed_by(&self, before: Option<Decimal>, after: Option<Decimal>) -> bool {
        let (before, after) = (before.unwrap_or(Decimal::ZERO), after.unwrap_or(Decimal::ZERO));
        let Ok(moved) = after.checked_sub(before) else { return true };
        if !self.percent {
            return self.is_passed(moved.abs(), self.value);
        }
        // moved / before > value / 100, without dividing; from 0 any movement is beyond every share.
        let sides = moved
            .abs()
            .checked_mul(Decimal::from(100_u64))
            .and_then(|moved| Ok((moved, before.abs().checked_mul(self.value)?)));
        match sides {
            Ok((moved, _)) if moved.is_zero() => self.or_equal && self.value.is_zero(),
            Ok((moved, allowed)) => self.is_passed(moved, allowed),
            Err(_) => true,
        }
    }

    fn is_passed(&self, found: Decimal, allowed: Decimal) -> bool {
        found > allowed || (self.or_equal && found == allowed)
    }
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Limit, String> {
        let form =
            "write METRIC > NUMBER or METRIC > NUMBER%, such as 'total > 1%', 'bill > 100', 'moved > 0'";
        let (word, rest) = text.split_once('>').ok_or_else(|| form.to_owned())?;
        let names: Vec<&str> = METRICS.iter().map(|(name, _)| *name).collect();
        let metric = METRICS.iter().find(|(name, _)| *name == word.trim()).map(|(_, metric)| *metric);
        let metric = metric.ok_or_else(|| format!("{:?} is not known: {}", word.trim(), names.join(", ")))?;
        let (or_equal, rest) = rest.strip_prefix('=').map_or((false, rest), |rest| (true, rest));
        let (number, percent) = rest.trim().strip_suffix('%').map_or((rest, false), |number| (number, true));
        let value: Decimal =
            number.trim().parse().map_err(|_| format!("{:?} is no number; {form}", number.trim()))?;
        if value.is_negative() {
            return Err("a limit is not negative: it holds upwards and downwards".to_owned());
        }
        if percent && !matches!(metric, Metric::Total | Metric::Bill) {
            return Err(format!("{} is a count, not a share", word.trim()));
        }
        Ok(Limit { metric, or_equal, value, percent })
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = METRICS.iter().find(|(_, metric)| *metric == self.metric).map_or("", |(name, _)| name);
        let sign = if self.or_equal { ">=" } else { ">" };
        write!(f, "{name} {sign} {}{}", self.value, if self.percent { "%" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(text: &str) -> Limit {
        text.parse().unwrap()
    }

    fn dec(text: &str) -> Option<Decimal> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_share_is_compared_without_rounding() {
        assert!(!limit("total > 1%").is_passed_by(dec("100"), dec("101")));
        assert!(limit("total >= 1%").is_passed_by(dec("100"), dec("101")));
        assert!(limit("total>1%").is_passed_by(dec("100"), dec("98.99")));
        assert!(limit("bill > 1000 %").is_passed_by(None, dec("0.01")), "from nothing every share is passed");
        assert!(!limit("bill > 0%").is_passed_by(None, None));
    }

    #[test]
    fn amounts_and_counts() {
        assert!(limit("bill > 99.99").is_passed_by(dec("0"), dec("-100")));
        assert!(!limit("bill > 100").is_passed_by(dec("0"), dec("-100")));
        assert!(limit("moved > 0").is_passed_by_count(1));
        assert!(!limit("moved > 0").is_passed_by_count(0));
    }

    #[test]
    fn what_is_no_limit_is_refused_with_the_form() {
        for wrong in ["total", "totl > 1", "total > x", "total > -1", "moved > 1%", "total < 1"] {
            let error = wrong.parse::<Limit>().unwrap_err();
            assert!(!error.is_empty(), "{wrong}");
        }
        assert_eq!(limit(" total  >=  1.5 % ").to_string(), "total >= 1.5%");
    }
}
