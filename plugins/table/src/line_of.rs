//! The line of a record: texts as they stand, numbers by the way they are written, what is the same for every record.

use ratebook_plugin::written::{BELOW, Beside, EXAMPLES, Negative, NumberFormat, contradicts, seems};
use ratebook_plugin::{Currency, Decimal, Faults, Line, Place, shown};

use crate::config::totals::is_usual;
use crate::config::{Constant, Parts, Settings, TableFormat};
use crate::field::{Field, Number, Text};
use crate::read::preamble::currency_in;
use crate::read::record::LONG_NUMBER;
use crate::read::{Cell, Record};

/// Texts that are ids: a spreadsheet that takes one for a number loses digits of it.
const IDS: [Text; 4] = [Text::Tenant, Text::Partner, Text::Customer, Text::SkuId];

/// The most digits that spreadsheets keep of a number.
const SHEET_DIGITS: usize = 15;

/// Makes lines of records, and notes what is wrong with them.
pub(crate) struct LineMaker<'s> {
    settings: &'s Settings,
    format: TableFormat,
    pub(crate) faults: Faults,
    /// For each column what stood beside a number first, and where.
    units: Vec<Option<(&'s str, Place)>>,
}

impl<'s> LineMaker<'s> {
    pub(crate) fn new(settings: &'s Settings, format: TableFormat) -> LineMaker<'s> {
        let units = vec![None; settings.columns.len()];
        LineMaker { settings, format, faults: Faults::default(), units }
    }

    /// The line of a record; what is wrong with it is noted.
    pub(crate) fn line<'r>(&mut self, record: &'r Record<'_>) -> Line<'r>
    where
        's: 'r,
    {
        let settings = self.settings;
        let (fields, place) = (&settings.fields, record.place);
        let mut line = Line::at(place.record);
        line.currency = fields.constant_currency;
        for constant in &fields.constants {
            self.constant(constant, record, &mut line);
        }
        for (field, column) in &fields.texts {
            let cell = match self.is_whole(record, *column, *field) {
                true => self.cell(record, *column, Field::Text(*field)),
                false => None,
            };
            *field.of(&mut line) = cell.map(Cell::text);
        }
        line.currency = line.currency.or_else(|| self.currency(record));
        for (field, parts) in &fields.numbers {
            *field.of(&mut line) = self.number(record, *field, parts, line.currency);
        }
        for column in &fields.tags {
            line.tags.extend(self.cell(record, *column, Field::Tags).map(Cell::text));
        }
        line.tags.extend(fields.constant_tags.iter().map(String::as_str));
        if line.currency.is_none() && (line.unit_price.is_some() || line.total_cost.is_some()) {
            self.faults.add(place, "a price or cost without a currency");
        }
        // What is given back has no quantity: a price for one would make nothing of it, without a word.
        if line.total_cost.is_some_and(Decimal::is_negative) {
            for quantity in [&mut line.consumed_quantity, &mut line.billable_quantity] {
                *quantity = quantity.filter(|quantity| !quantity.is_zero());
            }
        }
        line
    }

    fn constant<'r>(&mut self, constant: &'r Constant, record: &'r Record<'_>, line: &mut Line<'r>) {
        match constant {
            Constant::Text(field, text) => *field.of(line) = Some(text),
            Constant::Number(field, number) => *field.of(line) = Some(*number),
            Constant::Above(field, cell) => {
                let Some(text) = cell.said(record.preamble) else { return };
                match field {
                    Field::Text(field) => *field.of(line) = Some(text),
                    Field::Currency => line.currency = currency_in(text),
                    Field::Number(field) => {
                        let settings = self.settings;
                        match settings.usual_numbers.read(text, settings.negative, &settings.beside) {
                            Ok((number, _)) => *field.of(line) = Some(number),
                            Err(error) => {
                                let what = format_args!(
                                    "{} above the header: {}: {error}",
                                    cell.name(),
                                    shown(text)
                                );
                                self.faults.add(record.place, what);
                            }
                        }
                    }
                    Field::Tags => {}
                }
            }
        }
    }

    /// A number of one column, or of several.
    fn number(
        &mut self,
        record: &Record<'_>,
        field: Number,
        parts: &Parts,
        currency: Option<Currency>,
    ) -> Option<Decimal> {
        let negative = self.settings.negative;
        if let Some(column) = parts.only() {
            self.cell(record, column, Field::Number(field))?;
            return self.part(record, column, field, negative, currency);
        }
        let mut sum: Option<Decimal> = None;
        let all = parts.plus.iter().map(|at| (*at, false)).chain(parts.minus.iter().map(|at| (*at, true)));
        for (column, is_minus) in all {
            self.not_strange(record, column)?;
            if record.cells[column].is_empty() {
                continue;
            }
            // Of the parts each may be below 0; what they come to is looked at.
            let part = self.part(record, column, field, Negative::Keep, currency)?;
            let so_far = sum.unwrap_or(Decimal::ZERO);
            let next = if is_minus { so_far.checked_sub(part) } else { so_far.checked_add(part) };
            sum = Some(
                next.map_err(|error| {
                    self.faults.add(record.place, format_args!("{}: {error}", self.names(parts)));
                })
                .ok()?,
            );
        }
        match sum {
            None if self.settings.fields.required.contains(&Field::Number(field)) => {
                self.is_empty(record, &self.names(parts), Field::Number(field));
            }
            Some(sum) if sum.is_negative() && negative == Negative::Refuse => {
                self.faults.add(record.place, format_args!("{} is {sum}: {BELOW}", self.names(parts)));
                self.faults.advise(KEEP);
            }
            _ => {}
        }
        sum
    }

    /// The number of a cell that is not empty.
    fn part(
        &mut self,
        record: &Record<'_>,
        column: usize,
        field: Number,
        negative: Negative,
        currency: Option<Currency>,
    ) -> Option<Decimal> {
        let settings = self.settings;
        let format = settings.numbers[column];
        let (cell, place) = (&record.cells[column], record.place);
        let name = &settings.columns[column].name;
        let (number, unit) = match cell.number(format, negative, &settings.beside)? {
            Ok(read) => read,
            Err(error) => {
                self.faults.add(place, format_args!("{name}: {}: {error}", shown(cell.text())));
                self.faults.advise(match error == BELOW {
                    true => KEEP.to_owned(),
                    false => how_to_write(cell.text(), name, format),
                });
                return None;
            }
        };
        if let Some(unit) = unit {
            let (first, at) = *self.units[column].get_or_insert((unit, place));
            let is_money = matches!(field, Number::UnitPrice | Number::TotalCost);
            if first != unit {
                self.faults
                    .add(place, format_args!("{name}: {unit} stands beside the number, and {first} at {at}"));
                self.faults.advise("Numbers of unlike units are not one quantity: export them in one unit.");
            } else if let Some(currency) =
                currency.filter(|currency| is_money && contradicts(unit, *currency))
            {
                self.faults.add(
                    place,
                    format_args!("{name}: {unit} stands beside the number, and the currency is {currency}"),
                );
            }
        }
        Some(number)
    }

    /// True for a text that is not what a spreadsheet makes of an id; else that is noted.
    fn is_whole(&mut self, record: &Record<'_>, column: usize, field: Text) -> bool {
        let cell = &record.cells[column];
        let text = cell.text();
        let is_cut = match cell {
            Cell::Strange(what) => *what == LONG_NUMBER,
            Cell::Number(_) if self.format == TableFormat::Xlsx => {
                text.bytes().filter(u8::is_ascii_digit).count() > SHEET_DIGITS
            }
            _ => is_mangled(text),
        };
        if !is_cut || !IDS.contains(&field) {
            return true;
        }
        let name = &self.settings.columns[column].name;
        let number = if text.is_empty() { "a long number".to_owned() } else { shown(text) };
        self.faults.add(
            record.place,
            format_args!(
                "{name}: {number} is an id that a spreadsheet took for a number: digits of it are lost"
            ),
        );
        self.faults.advise(
            "Take the file as the vendor exports it, not opened and saved in a spreadsheet; or let the spreadsheet read that column \
             as text.",
        );
        false
    }

    /// The cell of a field, if there is anything in it.
    fn cell<'r>(&mut self, record: &'r Record<'_>, column: usize, field: Field) -> Option<&'r Cell<'r>> {
        self.not_strange(record, column)?;
        let cell = &record.cells[column];
        if !cell.is_empty() {
            return Some(cell);
        }
        if self.settings.fields.required.contains(&field) {
            self.is_empty(record, &self.settings.columns[column].name, field);
        }
        None
    }

    /// Notes what no value can be made of.
    fn not_strange(&mut self, record: &Record<'_>, column: usize) -> Option<()> {
        let Cell::Strange(what) = &record.cells[column] else { return Some(()) };
        self.faults.add(record.place, format_args!("{}: {what}", self.settings.columns[column].name));
        None
    }

    fn is_empty(&mut self, record: &Record<'_>, name: &str, field: Field) {
        self.faults.add(record.place, format_args!("{name}: is empty, and {} is needed", field.name()));
        self.faults.advise(match is_usual(&record.first) {
            true => "If such rows are totals of the others, set totals = true: they are skipped as aggregate.".to_owned(),
            // Of a sum no column alone says that its record is none.
            false if !self.settings.columns.iter().any(|column| column.name == name) => {
                "If it may be empty, list what may not be in required.".to_owned()
            }
            false => {
                let reason = if field == Field::Text(Text::SkuId) { "no-sku" } else { "pseudo" };
                format!(
                    "If records without it are no usage, say so in the source's config: skip = [{{ column = {name:?}, empty = true, \
                     reason = {reason:?} }}]. If it may be empty, list what may not be in required."
                )
            }
        });
    }

    fn currency(&mut self, record: &Record<'_>) -> Option<Currency> {
        let column = self.settings.fields.currency?;
        let code = self.cell(record, column, Field::Currency)?.text();
        let name = &self.settings.columns[column].name;
        code.parse().map_err(|error| self.faults.add(record.place, format_args!("{name}: {error}"))).ok()
    }

    /// The columns that a number is made of, for people.
    fn names(&self, parts: &Parts) -> String {
        let name = |at: &usize| self.settings.columns[*at].name.as_str();
        let mut names = parts.plus.iter().map(name).collect::<Vec<_>>().join(" + ");
        parts.minus.iter().for_each(|at| names += &format!(" - {}", name(at)));
        names
    }
}

const KEEP: &str =
    "If such records are credits that belong on the bill, set negative = \"keep\"; or skip them by a filter.";

/// True for what a spreadsheet shows of a long number: `1.23412E+11`.
fn is_mangled(text: &str) -> bool {
    let Some((digits, power)) = text.split_once(['E', 'e']) else { return false };
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (first, rest) = digits.split_once(['.', ',']).unwrap_or((digits, "0"));
    let power = power.strip_prefix('+').unwrap_or_default();
    first.len() == 1
        && is_digits(first)
        && is_digits(rest)
        && (2..=3).contains(&power.len())
        && is_digits(power)
}

/// What to write so that a cell is read; where it may be two numbers, both are told.
fn how_to_write(text: &str, column: &str, format: NumberFormat) -> String {
    if let Some(unit) = seems(text).filter(|unit| !unit.contains('%')) {
        return format!(
            "If {unit} is what the numbers are in, say that it may stand beside them: beside = [{unit:?}]."
        );
    }
    let mut ways: Vec<(&str, Decimal)> = Vec::new();
    let alone = Beside::default();
    for example in EXAMPLES {
        let way = NumberFormat::of_example(example).filter(|way| *way != format);
        let number = way.and_then(|way| way.read(text, Negative::Keep, &alone).ok());
        if let Some((number, _)) = number.filter(|(number, _)| ways.iter().all(|(_, known)| known != number))
        {
            ways.push((example, number));
        }
    }
    let meant: Vec<String> = ways
        .iter()
        .map(|(example, number)| format!("{number} if numbers are written like {example:?}"))
        .collect();
    match ways.first() {
        Some((example, _)) => format!(
            "It is {}. Set what the vendor writes: numbers = {example:?}; for one column alone numbers_in = {{ {column:?} = {example:?} }}.",
            meant.join(", and ")
        ),
        None => "Say how the file writes numbers, such as numbers = \"1.234,56\"; records without a number may be skipped by a filter."
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_makes_of_an_id_is_known() {
        for text in ["1.23412E+11", "1,23412E+11", "1E+12", "9.9e+100"] {
            assert!(is_mangled(text), "{text}");
        }
        for text in ["123412345678", "12E+11", "1E5", "E+11", "1.2E-11", "SKU-1E+11", "1.E+11", "A1", ""] {
            assert!(!is_mangled(text), "{text}");
        }
    }

    #[test]
    fn both_numbers_that_a_cell_may_be_are_told() {
        let advice = how_to_write("1,234", "Qty", NumberFormat::default());
        assert!(advice.contains("1234 if numbers are written like \"1,234.56\""), "{advice}");
        assert!(advice.contains("1.234 if numbers are written like \"1234,56\""), "{advice}");
        let advice = how_to_write("5 GB", "Qty", NumberFormat::default());
        assert!(advice.ends_with("beside = [\"GB\"]."), "{advice}");
        assert!(how_to_write("n/a", "Qty", NumberFormat::default()).starts_with("Say how"));
    }
}
