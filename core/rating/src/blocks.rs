//! Lines in blocks: whatever is asked of who and what is asked once for each combination of texts in a block, not
//! for each line.

use std::borrow::Cow;

use hashbrown::HashMap;
use ratebook_line::{
    BETWEEN_TAGS, Block, BlockError, Currency, Decimal, Month, NumberField, TextColumn, TextField, Values,
};

use crate::intake::Intake;
use crate::needs::{Numbers, QUANTITIES};
use crate::rules::ready::matchers::What;
use crate::rules::ready::{Rulebook, part_of};
use crate::texts::TextId;

/// Stands where nothing is known yet.
const UNKNOWN: u32 = u32::MAX;

/// The most combinations of two columns that have a place each in a table; beyond, they are looked up.
const LARGEST_TABLE: usize = 1 << 18;

/// The columns that say what was used.
const WHAT: [TextField; 8] = [
    TextField::SkuId,
    TextField::BillingUnit,
    TextField::Meter,
    TextField::Edition,
    TextField::PaymentOption,
    TextField::Tags,
    TextField::Source,
    TextField::Vendor,
];

/// Takes the lines of a block that belong to a part of so many.
pub(crate) fn push_block(
    intake: &mut Intake<'_>,
    (part, parts): (u32, u32),
    first_number: u64,
    block: &Block,
) -> Result<(), BlockError> {
    let months = block.months()?;
    let currencies = block.currencies()?;
    let mut texts = BlockTexts::new(block);
    let mut rows = Rows((0..block.rows() as u32).collect());

    let mut by_who = Combos::new(&rows);
    for field in [TextField::Tenant, TextField::Customer, TextField::Vendor, TextField::Partner] {
        by_who.refine_by(block.text(field), &rows);
    }
    let month_of_row = block.text(TextField::UsageMonth);
    let month_at = |row: usize| months[month_of_row.ids.get(row) as usize];
    let Rulebook { customers, partners, .. } = intake.state.rulebook;
    if customers.has_moving() || partners.has_moving() {
        by_who.refine_by(month_of_row, &rows);
    }
    if parts > 1 {
        let is_own = |place: &u32| {
            let row = rows.at(*place);
            part_of(&payer(intake, block, row, month_at(row)), parts) == part
        };
        let own: Vec<bool> = by_who.firsts.iter().map(is_own).collect();
        rows = by_who.keep(&own, &rows);
    }
    let who = |place: &u32| {
        let row = rows.at(*place);
        texts.who(row, month_at(row), intake)
    };
    let whos: Vec<WhoOfRows> = by_who.firsts.iter().map(who).collect();

    let mut by_what = Combos::new(&rows);
    for field in WHAT {
        by_what.refine_by(block.text(field), &rows);
    }
    let zero = zeros(block);
    by_what.refine(2, |place| u32::from(zero[rows.at(place)]));
    let whats: Vec<u32> = by_what
        .firsts
        .iter()
        .map(|place| texts.what(rows.at(*place), zero[rows.at(*place)], intake))
        .collect();
    // The same thing used in another month is the same thing, with another plan.
    let without_month = by_what.refine_by(month_of_row, &rows);
    let dated: Vec<(u32, Month)> = by_what
        .firsts
        .iter()
        .zip(without_month)
        .map(|(place, what)| (whats[what as usize], month_at(rows.at(*place))))
        .collect();

    let (class_of_who, classes) = numbered(whos.iter().map(|who| who.class));
    let mut by_plan = by_what.clone();
    let what_of_plan = by_plan.refine(classes, |place| class_of_who[by_who.codes[place as usize] as usize]);
    let billed = intake.state.month;
    let plans: Vec<Result<u32, Month>> = by_plan
        .firsts
        .iter()
        .zip(what_of_plan)
        .map(|(place, what)| {
            let (what, month) = dated[what as usize];
            let class = whos[by_who.codes[*place as usize] as usize].class;
            if month <= billed { Ok(intake.plan(class, what, month)) } else { Err(month) }
        })
        .collect();

    intake.state.lines += rows.0.len() as u64;
    for ((row, who), plan) in rows.0.iter().zip(&by_who.codes).zip(&by_plan.codes) {
        let number = first_number + u64::from(*row);
        match plans[*plan as usize] {
            Ok(plan) => {
                let WhoOfRows { who, payer, .. } = whos[*who as usize];
                let line = Row { block, row: *row as usize, currencies: &currencies };
                intake.take(number, &line, who, plan, payer);
            }
            Err(month) => intake.later(number, month),
        }
    }
    Ok(())
}

/// Whose bill a row is on; `""` if nobody's is known.
fn payer<'b>(intake: &'b Intake<'_>, block: &'b Block, row: usize, month: Month) -> Cow<'b, str> {
    let text = |field: TextField| block.text(field).get(row);
    let payer = intake.state.rulebook.payer_of(
        text(TextField::Vendor),
        text(TextField::Tenant),
        text(TextField::Customer),
        text(TextField::Partner),
        month,
    );
    payer.unwrap_or_default()
}

/// By row: all four quantities are zero or absent.
fn zeros(block: &Block) -> Vec<bool> {
    let mut zero = vec![true; block.rows()];
    for field in QUANTITIES {
        match block.number(field) {
            Values::Same(value) if value.is_none_or(Decimal::is_zero) => {}
            Values::Same(_) => zero.fill(false),
            Values::Each(values) => {
                for (zero, value) in zero.iter_mut().zip(values) {
                    *zero &= value.is_none_or(Decimal::is_zero);
                }
            }
        }
    }
    zero
}

/// A row's numbers.
struct Row<'b> {
    block: &'b Block,
    row: usize,
    currencies: &'b [Option<Currency>],
}

impl Numbers for Row<'_> {
    #[inline]
    fn number(&self, field: NumberField) -> Option<Decimal> {
        self.block.number(field).get(self.row)
    }

    #[inline]
    fn currency(&self) -> Option<Currency> {
        self.currencies[self.block.text(TextField::Currency).ids.get(self.row) as usize]
    }
}

/// The session's numbers of a block's texts, looked up when they are wanted first: most texts of a block are of lines
/// of other parts, where there are parts.
struct BlockTexts<'b> {
    block: &'b Block,
    ids: Vec<Vec<u32>>,
    tags: HashMap<u32, Vec<TextId>>,
}

impl<'b> BlockTexts<'b> {
    fn new(block: &'b Block) -> BlockTexts<'b> {
        BlockTexts { block, ids: vec![Vec::new(); TextField::ALL.len()], tags: HashMap::new() }
    }

    fn get(&mut self, field: TextField, row: usize, intake: &mut Intake<'_>) -> TextId {
        let column = self.block.text(field);
        let id = column.ids.get(row);
        let ids = &mut self.ids[field as usize];
        if ids.is_empty() {
            ids.resize(column.texts.len(), UNKNOWN);
        }
        let known = &mut ids[id as usize];
        if *known == UNKNOWN {
            *known = intake.state.texts.intern(column.texts.get(id)).0;
        }
        TextId(*known)
    }

    fn who(&mut self, row: usize, month: Month, intake: &mut Intake<'_>) -> WhoOfRows {
        let key = [TextField::Vendor, TextField::Tenant, TextField::Customer, TextField::Partner]
            .map(|field| self.get(field, row, intake));
        let who = intake.who(key, month);
        let record = &intake.state.whos[who as usize];
        WhoOfRows { who, class: record.class, payer: record.payer }
    }

    fn what(&mut self, row: usize, zero: bool, intake: &mut Intake<'_>) -> u32 {
        let unit = self.get(TextField::BillingUnit, row, intake);
        let what = What {
            vendor: self.get(TextField::Vendor, row, intake),
            source: self.get(TextField::Source, row, intake),
            sku: self.get(TextField::SkuId, row, intake),
            meter: self.get(TextField::Meter, row, intake),
            edition: self.get(TextField::Edition, row, intake),
            unit: intake.state.rulebook.units.get(&unit).copied().unwrap_or(unit),
            payment: self.get(TextField::PaymentOption, row, intake),
            zero,
            tags: self.tags(row, intake),
        };
        intake.what(what)
    }

    fn tags(&mut self, row: usize, intake: &mut Intake<'_>) -> Vec<TextId> {
        let column = self.block.text(TextField::Tags);
        let tags = self.tags.entry(column.ids.get(row)).or_insert_with_key(|id| {
            let written = column.texts.get(*id).split(BETWEEN_TAGS).filter(|tag| !tag.is_empty());
            What::tags_of(written.map(|tag| intake.state.texts.intern(tag)).collect())
        });
        tags.clone()
    }
}

/// What the session knows of a who.
#[derive(Clone, Copy)]
struct WhoOfRows {
    who: u32,
    class: u32,
    payer: Option<u32>,
}

/// Gives every value the number of its first like; also how many there are.
fn numbered(values: impl Iterator<Item = u32>) -> (Vec<u32>, usize) {
    let mut numbers: HashMap<u32, u32> = HashMap::new();
    let all = values.map(|value| {
        let next = numbers.len() as u32;
        *numbers.entry(value).or_insert(next)
    });
    (all.collect(), numbers.len())
}

/// The rows of a block that are taken; each has its place among them.
struct Rows(Vec<u32>);

impl Rows {
    fn at(&self, place: u32) -> usize {
        self.0[place as usize] as usize
    }
}

/// Rows by the combination of values that they have in several columns: combinations are numbered as they come.
#[derive(Clone)]
struct Combos {
    /// By place: the number of the combination.
    codes: Vec<u32>,
    /// By combination: the first place that has it.
    firsts: Vec<u32>,
}

impl Combos {
    /// All alike, as nothing has been looked at.
    fn new(rows: &Rows) -> Combos {
        Combos { codes: vec![0; rows.0.len()], firsts: vec![0; usize::from(!rows.0.is_empty())] }
    }

    /// Tells combinations apart by one more column; gives which of them each was before.
    fn refine_by(&mut self, column: &TextColumn, rows: &Rows) -> Vec<u32> {
        match &column.ids {
            Values::Same(_) => (0..self.firsts.len() as u32).collect(),
            Values::Each(ids) => self.refine(column.texts.len(), |place| ids[rows.at(place)]),
        }
    }

    /// The same by numbers that are below `values`.
    fn refine(&mut self, values: usize, value: impl Fn(u32) -> u32) -> Vec<u32> {
        let before = self.firsts.len();
        let (mut parents, mut firsts) = (Vec::new(), Vec::new());
        let mut add = |place: u32, parent: u32| {
            parents.push(parent);
            firsts.push(place);
            firsts.len() as u32 - 1
        };
        if before.saturating_mul(values) <= LARGEST_TABLE {
            let mut table = vec![UNKNOWN; before * values];
            for (place, code) in (0_u32..).zip(&mut self.codes) {
                let known = &mut table[*code as usize * values + value(place) as usize];
                if *known == UNKNOWN {
                    *known = add(place, *code);
                }
                *code = *known;
            }
        } else {
            // What has many values mostly has one for each value of the columns before: a tenant has one customer.
            let mut last = vec![(UNKNOWN, 0); before];
            let mut all: HashMap<(u32, u32), u32> = HashMap::new();
            for (place, code) in (0_u32..).zip(&mut self.codes) {
                let value = value(place);
                let last = &mut last[*code as usize];
                if last.0 != value {
                    let combo = all.entry((*code, value)).or_insert_with(|| add(place, *code));
                    *last = (value, *combo);
                }
                *code = last.1;
            }
        }
        self.firsts = firsts;
        parents
    }

    /// Keeps those combinations alone, and gives the rows that have one of them.
    fn keep(&mut self, own: &[bool], rows: &Rows) -> Rows {
        let mut numbers = vec![UNKNOWN; own.len()];
        let (mut kept, mut codes) = (Vec::new(), Vec::new());
        self.firsts.clear();
        for (row, code) in rows.0.iter().zip(&self.codes) {
            if !own[*code as usize] {
                continue;
            }
            let number = &mut numbers[*code as usize];
            if *number == UNKNOWN {
                *number = self.firsts.len() as u32;
                self.firsts.push(kept.len() as u32);
            }
            codes.push(*number);
            kept.push(*row);
        }
        self.codes = codes;
        Rows(kept)
    }
}
