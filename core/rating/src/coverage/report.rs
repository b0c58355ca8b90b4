//! Coverage told: every rule, tier and price with how often it was exercised, by id and place.

use ratebook_line::Month;
use serde::Serialize;

use super::{Coverage, Seen};
use crate::edits::edit::{FilePlace, Subject};
use crate::edits::side::place;
use crate::plan::RuleId;
use crate::rules::checked::common::Common;
use crate::rules::checked::months::Months;
use crate::rules::definitions::Kind;
use crate::rules::ready::Rulebook;
use crate::rules::ready::rule::Source;

/// What usage exercised of a rulebook, and what not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CoverageReport {
    /// The billed months.
    pub months: Vec<Month>,
    /// Every `[[rule]]`, then every `[[bill]]` rule, by id.
    pub rules: Vec<RuleCoverage>,
    /// Every part of a price that usage may never reach, of prices that hold in one of the months: by rule, then by
    /// book and SKU.
    pub tiers: Vec<TierCoverage>,
    /// Every price in a book, by book, SKU and months.
    pub book_entries: Vec<EntryCoverage>,
    /// Billed lines whose price rule names nothing of what was used but its vendor or source, and whose price is in
    /// no book: nobody has priced the SKU itself. By rule and SKU.
    pub widest: Vec<SkuLines>,
    /// Billed lines with a quantity other than 0 that cost nothing although their price includes nothing and no
    /// discount takes all of it off. By rule and SKU.
    pub zero: Vec<SkuLines>,
}

/// How often a rule matched and acted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleCoverage {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub place: Option<FilePlace>,
    /// True for `[[bill]]`, which counts bills instead of lines.
    pub of_bill: bool,
    /// What all this says of it.
    pub status: RuleStatus,
    /// Lines that it matched, whatever became of them.
    pub matched: u64,
    /// Lines that it acted on: it won, and the line was not held or dropped by something else; a limit changed the
    /// amount; a commitment was charged even without a line. For `[[bill]]`: lines that it made.
    pub acted: u64,
}

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum RuleStatus {
    /// It acted.
    Acted,
    /// It matched, but others won, or there was nothing to do.
    NotActed,
    /// It matched nothing.
    NotMatched,
    /// It holds in none of the months.
    NotInForce,
}

/// How often a part of a price was reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TierCoverage {
    /// The rule or the book's price.
    pub of: Subject,
    /// Where it stands.
    pub place: Option<FilePlace>,
    /// The months of a book's price: `2026-01..2026-12`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub months: Option<String>,
    /// `up_to 100`, `above 100`; `committed`, `overage`; `included`, `over included`.
    pub tier: String,
    /// Lines whose quantity, or whose pool's, reaches it. 0 is what to look at.
    pub lines: u64,
}

/// How often a price in a book was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryCoverage {
    /// The book.
    pub book: String,
    /// The SKU.
    pub sku: String,
    /// Its months: `2026-01..2026-12`.
    pub months: String,
    /// Where it stands.
    pub place: FilePlace,
    /// True if it holds in one of the months.
    pub in_force: bool,
    /// Lines that took it.
    pub lines: u64,
}

/// Lines of a SKU by a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SkuLines {
    /// The price rule, or `(pass_through)`.
    pub rule: String,
    /// The vendor's SKU.
    pub sku: String,
    /// How many.
    pub lines: u64,
}

impl Coverage {
    /// Says it by rule and SKU. The rulebook is the one that everything was rated by.
    #[must_use]
    pub fn report(&self, rulebook: &Rulebook) -> CoverageReport {
        let (entries, of_entries) = self.entries(rulebook);
        let mut tiers = self.tiers_of_rules(rulebook);
        tiers.extend(of_entries);
        let id = |rule: Option<RuleId>| match rule {
            Some(rule) => rulebook.rules[rule as usize].common.id.clone(),
            None => rulebook.texts.get(rulebook.pass_through).to_owned(),
        };
        let lines =
            |rule, sku: &String, lines: &u64| SkuLines { rule: id(rule), sku: sku.clone(), lines: *lines };
        CoverageReport {
            months: self.billed.iter().copied().collect(),
            rules: self.all_rules(rulebook),
            tiers,
            book_entries: entries,
            widest: self.widest.iter().map(|((rule, sku), count)| lines(Some(*rule), sku, count)).collect(),
            zero: self.zero.iter().map(|((rule, sku), count)| lines(*rule, sku, count)).collect(),
        }
    }

    fn all_rules(&self, rulebook: &Rulebook) -> Vec<RuleCoverage> {
        let told = |kind: Kind, common: &Common, seen: Option<&Seen>| {
            let Seen { matched, acted } = seen.copied().unwrap_or_default();
            let in_force = match kind {
                Kind::BillRule => self.billed.iter().any(|month| common.months.contains(*month)),
                _ => self.has_usage_in(common.months),
            };
            let status = match (acted, matched) {
                (1.., _) => RuleStatus::Acted,
                (0, 1..) => RuleStatus::NotActed,
                (0, 0) if in_force => RuleStatus::NotMatched,
                (0, 0) => RuleStatus::NotInForce,
            };
            RuleCoverage {
                id: common.id.clone(),
                place: rule_place(rulebook, kind, &common.id),
                of_bill: kind == Kind::BillRule,
                status,
                matched,
                acted,
            }
        };
        let rules = (0_u32..)
            .zip(&rulebook.rules)
            .map(|(id, rule)| told(Kind::Rule, &rule.common, self.rules.get(&id)));
        let bills = (0_u32..)
            .zip(&rulebook.bills)
            .map(|(id, rule)| told(Kind::BillRule, &rule.common, self.bill_rules.get(&id)));
        rules.chain(bills).collect()
    }

    fn tiers_of_rules(&self, rulebook: &Rulebook) -> Vec<TierCoverage> {
        let mut tiers = Vec::new();
        for (id, rule) in (0_u32..).zip(&rulebook.rules) {
            let Some(price) = rule.price().filter(|_| self.has_usage_in(rule.common.months)) else {
                continue;
            };
            let tier = |tier: String, lines: u64| TierCoverage {
                of: Subject::Rule(rule.common.id.clone()),
                place: rule_place(rulebook, Kind::Rule, &rule.common.id),
                months: None,
                tier,
                lines,
            };
            if price.included.is_some() {
                let [used, over] = self.included.get(&id).copied().unwrap_or_default();
                tiers.extend([tier("included".to_owned(), used), tier("over included".to_owned(), over)]);
            }
            if let Source::Model(model) = price.source {
                tiers.extend(self.bands(rulebook, model).map(|(name, lines)| tier(name, lines)));
            }
        }
        tiers
    }

    /// The prices in books, and their tiers.
    fn entries(&self, rulebook: &Rulebook) -> (Vec<EntryCoverage>, Vec<TierCoverage>) {
        let definitions = &rulebook.definitions;
        let (mut entries, mut tiers) = (Vec::new(), Vec::new());
        for entry in definitions.entries() {
            let (book, sku) = definitions.entry(entry);
            let months = definitions.version(entry).months;
            let Some(model) = model_of(rulebook, book, sku, months) else { continue };
            let at = place(rulebook, entry.at);
            let in_force = self.has_usage_in(months);
            let bands = self.bands(rulebook, model).filter(|_| in_force);
            tiers.extend(bands.map(|(tier, lines)| TierCoverage {
                of: Subject::BookEntry { book: book.to_owned(), sku: sku.to_owned() },
                place: Some(at.clone()),
                months: Some(months.words()),
                tier,
                lines,
            }));
            entries.push(EntryCoverage {
                book: book.to_owned(),
                sku: sku.to_owned(),
                months: months.words(),
                place: at,
                in_force,
                lines: self.entries.get(&model).copied().unwrap_or(0),
            });
        }
        (entries, tiers)
    }

    /// True if lines of some of these months were looked at.
    fn has_usage_in(&self, months: Months) -> bool {
        self.billed.union(&self.used).any(|month| months.contains(*month))
    }

    fn bands(&self, rulebook: &Rulebook, model: u32) -> impl Iterator<Item = (String, u64)> {
        let names = rulebook.models[model as usize].bands().into_iter().enumerate();
        names.map(move |(band, name)| (name, self.bands.get(&(model, band)).copied().unwrap_or(0)))
    }
}

fn rule_place(rulebook: &Rulebook, kind: Kind, id: &str) -> Option<FilePlace> {
    rulebook.definitions.rule_at(kind, id).map(|at| place(rulebook, at))
}

fn model_of(rulebook: &Rulebook, book: &str, sku: &str, months: Months) -> Option<u32> {
    let book = rulebook.book_ids.binary_search_by(|id| id.as_str().cmp(book)).ok()? as u32;
    let versions = rulebook.book_prices.get(&(book, rulebook.texts.find(sku)?))?;
    versions.iter().find(|version| version.months == months).map(|version| version.model)
}
