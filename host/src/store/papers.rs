//! What lines of bills say beside quantity and unit price, as columns. Few lines say anything: nothing is kept for the
//! others, and a row group without any has these columns empty.

use ratebook_line::{Decimal, Interner, TextColumn, Values};
use ratebook_rating::{Paper, PaperDiscount, PaperTier};

use super::column::{Column, Data, Kind, joined, parts, some, text};
use super::table::Group;
use crate::failure::Failure;

/// The columns, in their order.
pub(super) const COLUMNS: [Column; 5] = [
    Column {
        name: "included",
        kind: Kind::Number { places: 10 },
        meaning: "how much of the quantity is included, where quantity x unit_price is not the amount",
    },
    text("days", "the days that are charged of those of the month, `16/31`"),
    text("tiers", "what was charged in parts, as `quantity=10 each=0.8 flat=2 size=20`, U+001F between them"),
    Column { name: "list", kind: Kind::Money, meaning: "the amount before discounts" },
    text(
        "discounts",
        "each rule that changed the amount after that, and by how much: `gold -1.05`, U+001F between them",
    ),
];

/// Rows on their way to their table.
#[derive(Default)]
pub(super) struct PaperColumns {
    /// The rows that say anything.
    rows: Vec<usize>,
    included: Vec<Option<Decimal>>,
    list: Vec<Decimal>,
    texts: [Interner; 3],
    ids: [Vec<u32>; 3],
}

/// The rows of a row group, all of them.
pub(super) struct PaperData {
    included: Values<Option<Decimal>>,
    texts: [TextColumn; 3],
    list: Option<Vec<Option<Decimal>>>,
}

impl PaperColumns {
    /// Adds what a row says.
    pub(super) fn push<R: AsRef<str>>(&mut self, row: usize, paper: &Paper<R>) {
        self.rows.push(row);
        self.included.push(paper.included);
        self.list.push(paper.list);
        let discount =
            |discount: &PaperDiscount<R>| format!("{} {}", discount.rule.as_ref(), discount.amount);
        let cells = [
            paper.days.map(|(active, of)| format!("{active}/{of}")).unwrap_or_default(),
            joined(paper.tiers.iter().map(cell_of)),
            joined(paper.discounts.iter().map(discount)),
        ];
        for ((texts, ids), cell) in self.texts.iter_mut().zip(&mut self.ids).zip(&cells) {
            ids.push(texts.intern(cell));
        }
    }

    /// What there is, for a row group of so many rows.
    pub(super) fn take(&mut self, rows: usize) -> PaperData {
        let PaperColumns { rows: at, included, list, texts, ids } = std::mem::take(self);
        if at.is_empty() {
            let none = || TextColumn::same("");
            return PaperData { included: Values::Same(None), texts: [none(), none(), none()], list: None };
        }
        let mut ids = ids.into_iter();
        let texts = texts.map(|mut texts| {
            let ids = spread(rows, &at, ids.next().unwrap_or_default());
            TextColumn { texts: texts.take(), ids: Values::Each(ids) }
        });
        PaperData {
            included: Values::Each(spread(rows, &at, included)),
            texts,
            list: Some(spread(rows, &at, list.into_iter().map(Some).collect())),
        }
    }
}

impl PaperData {
    /// The columns, in their order.
    pub(super) fn columns(&self) -> [Data<'_>; 5] {
        let [days, tiers, discounts] = &self.texts;
        [
            Data::Number(&self.included),
            Data::Text(days),
            Data::Text(tiers),
            self.list.as_ref().map_or(Data::NoMoney, |list| Data::Money(list)),
            Data::Text(discounts),
        ]
    }
}

fn spread<T: Clone + Default>(rows: usize, at: &[usize], values: Vec<T>) -> Vec<T> {
    let mut all = vec![T::default(); rows];
    for (row, value) in at.iter().zip(values) {
        all[*row] = value;
    }
    all
}

fn cell_of(tier: &PaperTier) -> String {
    let mut cell = format!("quantity={}", tier.quantity);
    for (key, number) in [("each", tier.each), ("flat", tier.flat), ("size", tier.size)] {
        cell += &number.map(|number| format!(" {key}={number}")).unwrap_or_default();
    }
    cell
}

fn tier_of(cell: &str) -> Option<PaperTier> {
    let mut tier = PaperTier { each: None, flat: None, quantity: Decimal::ZERO, size: None };
    for part in cell.split(' ') {
        let (key, number) = part.split_once('=')?;
        let number = Some(number.parse::<Decimal>().ok()?);
        match key {
            "quantity" => tier.quantity = number?,
            "each" => tier.each = number,
            "flat" => tier.flat = number,
            "size" => tier.size = number,
            _ => return None,
        }
    }
    Some(tier)
}

/// What the rows of a row group say.
pub(super) struct Papers {
    included: Values<Option<Decimal>>,
    list: Vec<Option<Decimal>>,
    texts: [TextColumn; 3],
}

impl Papers {
    /// Reads them; none if no row says anything.
    pub(super) fn read(group: &Group<'_>) -> Result<Option<Papers>, Failure> {
        let list = group.money("list")?;
        if list.iter().all(Option::is_none) {
            return Ok(None);
        }
        let texts = [group.texts("days")?, group.texts("tiers")?, group.texts("discounts")?];
        Ok(Some(Papers { included: group.numbers("included")?, list, texts }))
    }

    /// What a row says; the outer none if it cannot be read.
    pub(super) fn of(&self, row: usize) -> Option<Option<Paper<String>>> {
        let Some(list) = self.list[row] else { return Some(None) };
        let [days, tiers, discounts] = &self.texts;
        let days = match some(days.get(row)) {
            None => None,
            Some(days) => {
                let (active, of) = days.split_once('/')?;
                Some((active.parse().ok()?, of.parse().ok()?))
            }
        };
        let discount = |cell: &str| {
            let (rule, amount) = cell.rsplit_once(' ')?;
            Some(PaperDiscount { rule: rule.to_owned(), amount: amount.parse().ok()? })
        };
        Some(Some(Paper {
            included: self.included.get(row),
            days,
            tiers: parts(tiers.get(row)).map(tier_of).collect::<Option<_>>()?,
            list,
            discounts: parts(discounts.get(row)).map(discount).collect::<Option<_>>()?,
        }))
    }
}
