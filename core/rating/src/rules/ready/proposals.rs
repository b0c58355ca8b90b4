//! What has to be known of rules to propose more of them: whom they declare, which books they use, which priorities.

use std::cmp::Reverse;

use ratebook_line::{Currency, Month};

use super::Rulebook;
use super::rule::{Source, Verb};

impl Rulebook {
    /// Whoever is declared to get bills: the id and the name.
    pub fn declared(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let parties = match self.bill_to() {
            super::BillTo::Customer => &self.customers,
            super::BillTo::Partner => &self.partners,
        };
        parties.all.iter().map(|ready| (ready.party.id.as_str(), ready.party.name.as_deref()))
    }

    /// The book that a rule takes its prices from, if it takes them from one.
    #[must_use]
    pub fn book_of(&self, rule: &str) -> Option<&str> {
        let rule = self.rules.iter().find(|own| own.common.id == rule)?;
        match rule.price()?.source {
            Source::Book(book) => self.book_ids.get(book as usize).map(String::as_str),
            Source::Model(_) => None,
        }
    }

    /// True if there is a book of this id.
    #[must_use]
    pub fn has_book(&self, id: &str) -> bool {
        self.book_ids.iter().any(|book| book == id)
    }

    /// The currency of a book's prices: that of most of them in a month, or in any if it has none then, or of the
    /// settings.
    #[must_use]
    pub fn book_currency(&self, id: &str, month: Month) -> Currency {
        let prices = self.book_prices.iter().filter(|((book, _), _)| self.book_ids[*book as usize] == id);
        let prices = prices.flat_map(|(_, versions)| versions);
        let mut counted: Vec<(Currency, [u64; 2])> = Vec::new();
        for price in prices {
            let at = counted.iter().position(|(currency, _)| *currency == price.currency);
            let at = at.unwrap_or_else(|| {
                counted.push((price.currency, [0, 0]));
                counted.len() - 1
            });
            counted[at].1[0] += u64::from(price.months.contains(month));
            counted[at].1[1] += 1;
        }
        let most = counted.into_iter().max_by_key(|(currency, counts)| (*counts, Reverse(*currency)));
        most.map_or(self.settings.currency, |(currency, _)| currency)
    }

    /// The priority of a rule, if there is such a rule.
    #[must_use]
    pub fn priority(&self, rule: &str) -> Option<i64> {
        self.rules.iter().find(|own| own.common.id == rule).map(|own| own.common.priority)
    }

    /// The highest priority of the rules that hold or drop lines or keep them, and the lowest of those that price them.
    #[must_use]
    pub fn priorities(&self) -> (i64, i64) {
        let (mut highest, mut lowest) = (0, 0);
        for rule in &self.rules {
            match rule.verb {
                Verb::Drop | Verb::Hold(_) | Verb::Keep => highest = highest.max(rule.common.priority),
                Verb::Price(_) => lowest = lowest.min(rule.common.priority),
                _ => {}
            }
        }
        (highest, lowest)
    }
}
