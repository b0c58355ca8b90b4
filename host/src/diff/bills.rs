//! Two bills of one customer, compared line by line.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ratebook_line::{Currency, Decimal};
use ratebook_rating::{Bill, BillLine, Edits, Kind};

use super::fates::OffBy;

/// A customer whose bill is not the same on both sides.
#[derive(Clone, Debug)]
pub(crate) struct BillMove {
    /// Whom it is for.
    pub customer: String,
    /// The name that the rules give.
    pub name: Option<String>,
    /// The bill before; none if there was none.
    pub old: Option<BillSide>,
    /// The bill after.
    pub new: Option<BillSide>,
    /// The edits that caused it, by their place in the list of edits.
    pub edits: BTreeSet<usize>,
    /// True if a line moved that no edit is about: through a shared pool, or because the usage is another month's.
    pub indirect: bool,
    /// The lines that are not the same.
    pub lines: Vec<LineMove>,
}

/// One side of a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BillSide {
    /// The currency of its amounts.
    pub currency: Currency,
    /// Decimal places of its amounts.
    pub places: u32,
    /// The sum of its lines.
    pub total: Decimal,
    /// False if lines that belong to it wait.
    pub complete: bool,
}

/// A line of a bill that is not the same on both sides.
#[derive(Clone, Debug)]
pub(crate) struct LineMove {
    /// What it is.
    pub kind: Kind,
    /// What it is called, after.
    pub name: String,
    /// Our SKU, or the vendor's.
    pub sku: Option<String>,
    /// The line before; none if it is new.
    pub old: Option<LineSide>,
    /// The line after; none if it is gone.
    pub new: Option<LineSide>,
    /// The edits that it depends on.
    pub edits: BTreeSet<usize>,
}

/// One side of a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LineSide {
    /// Its place on the bill, counted from 0.
    pub place: u64,
    /// The amount in the bill's currency.
    pub amount: Decimal,
    /// Before included.
    pub quantity: Option<Decimal>,
    /// The unit of the quantity.
    pub unit: Option<String>,
    /// Money per unit.
    pub unit_price: Option<Decimal>,
    /// The tax tag.
    pub tax: String,
    /// The rules that made it.
    pub rules: Vec<String>,
    /// The lines of usage in it.
    pub sources: Vec<u64>,
}

/// What two bills of a customer have to say to each other.
pub(super) enum Compared {
    /// Nothing: they are the same.
    Same,
    /// Names, SKUs, tax tags, units or rules differ, and no amount.
    Reworded,
    /// Money moves, or a bill comes, goes or becomes complete.
    Moved(BillMove),
}

impl BillMove {
    /// What the bill moved by, if both sides have one currency; a missing side counts as 0.
    pub(crate) fn difference(&self) -> Option<Decimal> {
        let (old, new) = (self.old.as_ref(), self.new.as_ref());
        if let (Some(old), Some(new)) = (old, new)
            && old.currency != new.currency
        {
            return None;
        }
        let total = |side: Option<&BillSide>| side.map_or(Decimal::ZERO, |side| side.total);
        total(new).checked_sub(total(old)).ok()
    }
}

impl LineMove {
    /// What the line moved by; a missing side counts as 0.
    pub(crate) fn difference(&self) -> Option<Decimal> {
        let amount = |side: &Option<LineSide>| side.as_ref().map_or(Decimal::ZERO, |side| side.amount);
        amount(&self.new).checked_sub(amount(&self.old)).ok()
    }
}

/// What a line can have moved by.
pub(super) struct Causes<'e> {
    /// What differs between the rules.
    pub edits: &'e Edits,
    /// What takes lines off the bill, on either side.
    pub off_by: OffBy,
}

/// Compares the bills of a customer. With the same usage on both sides, lines are known again by the lines of usage in
/// them; else by what they are.
pub(super) fn compare(
    old: Option<Bill<'_>>,
    new: Option<Bill<'_>>,
    causes: &Causes<'_>,
    same_usage: bool,
) -> Compared {
    let Some(bill) = new.or(old) else { return Compared::Same };
    let mut moved = BillMove {
        customer: bill.customer().to_owned(),
        name: bill.name().map(str::to_owned),
        old: old.as_ref().map(BillSide::of),
        new: new.as_ref().map(BillSide::of),
        edits: BTreeSet::new(),
        indirect: false,
        lines: Vec::new(),
    };
    let mut reworded = false;
    let (before, after) = (lines(old), lines(new));
    for (was, is) in pairs(&before, &after, same_usage) {
        if let (Some(was), Some(is)) = (was, is)
            && before[was].amount == after[is].amount
        {
            reworded |= !same_words(&before[was], &after[is]);
            continue;
        }
        let old = old.zip(was).map(|(bill, at)| (bill, at, &before[at]));
        let new = new.zip(is).map(|(bill, at)| (bill, at, &after[at]));
        moved.lines.push(LineMove::of(old, new, causes));
    }
    // A line that depends on no edit itself (a percentage of the others, a minimum) moved with the others.
    moved.edits = moved.lines.iter().flat_map(|line| line.edits.iter().copied()).collect();
    let all = &moved.edits;
    moved.lines.iter_mut().filter(|line| line.edits.is_empty()).for_each(|line| line.edits.clone_from(all));
    moved.indirect = moved.lines.iter().any(|line| line.edits.is_empty());
    if moved.lines.is_empty() && moved.old == moved.new {
        return if reworded { Compared::Reworded } else { Compared::Same };
    }
    Compared::Moved(moved)
}

fn lines<'a>(bill: Option<Bill<'a>>) -> Vec<BillLine<'a>> {
    bill.map(|bill| bill.lines().collect()).unwrap_or_default()
}

/// Lines of two bills that belong together, by their places, in the order of the new bill; then those that are gone.
pub(crate) fn pairs(
    old: &[BillLine<'_>],
    new: &[BillLine<'_>],
    same_usage: bool,
) -> Vec<(Option<usize>, Option<usize>)> {
    let mut by_sources: BTreeMap<(&str, &[u64]), usize> = BTreeMap::new();
    let mut by_name: BTreeMap<(&str, Option<&str>, &str), VecDeque<usize>> = BTreeMap::new();
    for (index, line) in old.iter().enumerate() {
        if same_usage && !line.sources.is_empty() {
            by_sources.insert((line.kind.word(), line.sources), index);
        }
        by_name.entry((line.kind.word(), line.sku, line.name)).or_default().push_back(index);
    }
    let mut partners: Vec<Option<usize>> =
        new.iter().map(|line| by_sources.get(&(line.kind.word(), line.sources)).copied()).collect();
    let mut taken: BTreeSet<usize> = partners.iter().flatten().copied().collect();
    for (partner, line) in partners.iter_mut().zip(new).filter(|(partner, _)| partner.is_none()) {
        let Some(queue) = by_name.get_mut(&(line.kind.word(), line.sku, line.name)) else { continue };
        *partner = std::iter::from_fn(|| queue.pop_front()).find(|index| taken.insert(*index));
    }
    let gone = (0..old.len()).filter(|index| !taken.contains(index)).map(|index| (Some(index), None));
    partners.into_iter().zip((0..).map(Some)).chain(gone).collect()
}

fn same_words(old: &BillLine<'_>, new: &BillLine<'_>) -> bool {
    (old.name, old.sku, old.tax, old.unit, old.quantity, old.unit_price)
        == (new.name, new.sku, new.tax, new.unit, new.quantity, new.unit_price)
        && old.rules == new.rules
}

impl BillSide {
    fn of(bill: &Bill<'_>) -> BillSide {
        BillSide {
            currency: bill.currency(),
            places: bill.places(),
            total: bill.total(),
            complete: bill.complete(),
        }
    }
}

impl LineMove {
    fn of(
        old: Option<(Bill<'_>, usize, &BillLine<'_>)>,
        new: Option<(Bill<'_>, usize, &BillLine<'_>)>,
        causes: &Causes<'_>,
    ) -> LineMove {
        let mut edits = BTreeSet::new();
        for (bill, _, line) in old.into_iter().chain(new) {
            edits.extend(causes.edits.causes(&bill, line));
            edits.extend(causes.off_by.of_lines(line.sources));
        }
        let line = new.or(old).map(|(_, _, line)| line);
        LineMove {
            kind: line.map_or(Kind::Usage, |line| line.kind),
            name: line.map(|line| line.name.to_owned()).unwrap_or_default(),
            sku: line.and_then(|line| line.sku).map(str::to_owned),
            old: old.map(|(_, place, line)| LineSide::of(place, line)),
            new: new.map(|(_, place, line)| LineSide::of(place, line)),
            edits,
        }
    }
}

impl LineSide {
    fn of(place: usize, line: &BillLine<'_>) -> LineSide {
        LineSide {
            place: place as u64,
            amount: line.amount,
            quantity: line.quantity,
            unit: line.unit.map(str::to_owned),
            unit_price: line.unit_price,
            tax: line.tax.to_owned(),
            rules: line.rules.iter().map(|rule| (*rule).to_owned()).collect(),
            sources: line.sources.to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line<'a>(name: &'a str, amount: &str, sources: &'a [u64]) -> BillLine<'a> {
        let kind = if sources.is_empty() { Kind::Add } else { Kind::Usage };
        let amount = amount.parse().unwrap();
        let (sku, quantity, unit, unit_price, rules) = (None, None, None, None, Vec::new());
        BillLine {
            kind,
            name,
            sku,
            quantity,
            unit,
            unit_price,
            amount,
            tax: "standard",
            rules,
            adjusts: None,
            paper: None,
            sources,
        }
    }

    /// Which line goes with which, by their amounts.
    fn paired(old: &[BillLine<'_>], new: &[BillLine<'_>], same_usage: bool) -> String {
        let amount = |lines: &[BillLine<'_>], at: Option<usize>| {
            at.map_or("none".to_owned(), |at| lines[at].amount.to_string())
        };
        let pairs = pairs(old, new, same_usage).into_iter();
        let pairs = pairs.map(|(was, is)| format!("{} {}", amount(old, was), amount(new, is)));
        pairs.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn lines_of_one_usage_belong_together_whatever_they_are_called() {
        let old = || vec![line("Seat", "1", &[0]), line("Seat", "2", &[1]), line("Fee", "9", &[])];
        let renamed = vec![line("Fee", "8", &[]), line("User", "3", &[1]), line("User", "4", &[0])];
        assert_eq!(paired(&old(), &renamed, true), "9 8, 2 3, 1 4");
        // Lines that are added up now, or no longer, are known by what they are called.
        assert_eq!(paired(&old(), &[line("Seat", "3", &[0, 1])], true), "1 3, 2 none, 9 none");
    }

    #[test]
    fn lines_of_two_months_belong_together_by_what_they_are_called() {
        let old = || vec![line("Seat", "1", &[0]), line("Seat", "2", &[1]), line("Disk", "5", &[2])];
        let new = vec![line("Disk", "6", &[0]), line("Seat", "3", &[1]), line("Tape", "7", &[2])];
        assert_eq!(paired(&old(), &new, false), "5 6, 1 3, none 7, 2 none");
    }
}
