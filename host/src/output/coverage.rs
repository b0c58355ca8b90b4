//! What recorded months exercise of the rules, and what nothing does.

use ratebook_rating::{CoverageReport, EntryCoverage, RuleCoverage, RuleStatus, SkuLines, TierCoverage};

use super::money::{counted, grouped};
use crate::failure::escaped;

/// For people: what nothing exercises, each with its place; what is exercised is counted.
pub(crate) fn text(report: &CoverageReport) -> String {
    let months: Vec<String> = report.months.iter().map(ToString::to_string).collect();
    let mut text = format!("\nCoverage by {}\n", months.join(", "));
    let in_force: Vec<&RuleCoverage> =
        report.rules.iter().filter(|rule| rule.status != RuleStatus::NotInForce).collect();
    let acted = in_force.iter().filter(|rule| rule.status == RuleStatus::Acted).count();
    text += &share("rules", acted, in_force.len());
    let with_status = |status: RuleStatus| -> Vec<String> {
        let rules = report.rules.iter().filter(|rule| rule.status == status);
        rules.map(|rule| placed(&rule_text(rule), rule.place.as_ref())).collect()
    };
    text += &list("match nothing", &with_status(RuleStatus::NotMatched));
    text += &list(
        "match, but never act: others win, or there is nothing to do",
        &with_status(RuleStatus::NotActed),
    );
    text += &list("hold in none of these months", &with_status(RuleStatus::NotInForce));
    let reached = report.tiers.iter().filter(|tier| tier.lines > 0).count();
    text += &share("tiers and other parts of prices", reached, report.tiers.len());
    let missed: Vec<String> = report.tiers.iter().filter(|tier| tier.lines == 0).map(tier_text).collect();
    text += &list("are never reached", &missed);
    let entries: Vec<&EntryCoverage> = report.book_entries.iter().filter(|entry| entry.in_force).collect();
    text += &share("prices in books", entries.iter().filter(|entry| entry.lines > 0).count(), entries.len());
    let unused: Vec<String> =
        entries.iter().filter(|entry| entry.lines == 0).map(|entry| entry_text(entry)).collect();
    text += &list("are never taken", &unused);
    text += &skus(
        "Priced by the widest rule only: it names no SKU and takes no price from a book",
        &report.widest,
    );
    text + &skus("Priced 0, though something was used", &report.zero)
}

/// `rules: 24 of 26 exercised`.
fn share(what: &str, exercised: usize, all: usize) -> String {
    if all == 0 {
        return String::new();
    }
    format!("\n{what}: {} of {} exercised\n", grouped(exercised as u64), grouped(all as u64))
}

fn list(what: &str, items: &[String]) -> String {
    if items.is_empty() {
        return String::new();
    }
    let lines: String = items.iter().map(|item| format!("    {}\n", escaped(item))).collect();
    format!("  {what}\n{lines}")
}

fn placed(text: &str, place: Option<&impl std::fmt::Display>) -> String {
    place.map_or_else(|| text.to_owned(), |place| format!("{text}  ({place})"))
}

fn rule_text(rule: &RuleCoverage) -> String {
    let what = if rule.of_bill { "bill" } else { "line" };
    let kind = if rule.of_bill { "bill rule" } else { "rule" };
    match rule.matched {
        0 => format!("{kind} {}", rule.id),
        matched => format!("{kind} {}: {}", rule.id, counted(matched, what)),
    }
}

fn tier_text(tier: &TierCoverage) -> String {
    let months = tier.months.as_ref().map(|months| format!(" {months}")).unwrap_or_default();
    placed(&format!("{}{months}: {}", tier.of, tier.tier), tier.place.as_ref())
}

fn entry_text(entry: &EntryCoverage) -> String {
    placed(&format!("book {}, {} {}", entry.book, entry.sku, entry.months), Some(&entry.place))
}

fn skus(what: &str, lines: &[SkuLines]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let lines = lines.iter().map(|sku| {
        let name = if sku.sku.is_empty() { "(no SKU)" } else { &sku.sku };
        format!("    {}  rule {}: {}\n", escaped(name), escaped(&sku.rule), counted(sku.lines, "line"))
    });
    format!("\n{what}\n{}", lines.collect::<String>())
}
