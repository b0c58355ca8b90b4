//! Why a bill cannot be made.

use ratebook_line::{Currency, Month, NumberError};

use crate::exact::Exact;
use crate::line_problem::LineCode;

/// Why no amount comes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// No exchange rate; for this amount, if it is known.
    Rate { month: Month, from: Currency, to: Currency, amount: Option<Exact> },
    /// The number is too large to be printed exactly.
    Number,
    /// A rule meets a part of a pooled line; says which, and the ids of all that are concerned.
    Partial { words: String, rules: Vec<String> },
    /// An adjustment in another currency than the bill's.
    Adjustment { was: Currency, is: Currency },
    /// The line has a problem after all.
    Line(LineCode),
}

impl From<NumberError> for Stop {
    fn from(_: NumberError) -> Stop {
        Stop::Number
    }
}

impl Stop {
    /// Says which amount waits for a rate.
    pub(super) fn of_amount(self, of: &Exact) -> Stop {
        match self {
            Stop::Rate { month, from, to, .. } => Stop::Rate { month, from, to, amount: Some(of.clone()) },
            other => other,
        }
    }

    /// Says which bill rule it is about where the words have a place for it.
    pub(super) fn of_bill_rule(self, id: &str) -> Stop {
        match self {
            Stop::Partial { words, mut rules } => {
                rules.push(id.to_owned());
                Stop::Partial { words: format!("{words} (rule \"{id}\")"), rules }
            }
            other => other,
        }
    }
}
