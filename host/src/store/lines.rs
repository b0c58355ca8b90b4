//! `lines/<source>.parquet`: one row per billable line, in the order in which they came.

use std::path::Path;

use ratebook_line::{BillableLine, Block, BlockBuilder, BlockError, NumberField, TextField, Values};

use super::column::{Column, Data, Kind, count, text};
use super::table::{Table, TableReader, TableWriter};
use crate::failure::Failure;
use crate::files::Draft;

/// Decimal places of the vendors' numbers in a table.
const PLACES: u32 = 12;

const fn number(name: &'static str, meaning: &'static str) -> Column {
    Column { name, kind: Kind::Number { places: PLACES }, meaning }
}

/// The table; texts stand in the order of [`TextField`], numbers in that of [`NumberField`].
pub(super) const LINES: Table = Table {
    name: "lines",
    columns: &[
        count("record", "the record of the payload, counted from 1 (a CSV header is not counted)"),
        text("usage_month", "the month the usage belongs to, 2026-03"),
        text("source", "the configured account"),
        text("vendor", "the plugin's id"),
        text("tenant", "the vendor's id of who used it"),
        text("tenant_name", "the vendor's name of who used it"),
        text("partner", "the vendor's id of the tenant's parent"),
        text("customer", "the vendor's external reference of the tenant"),
        text("sku_id", "the vendor's id for what is sold"),
        text("sku_name", "the vendor's name for what is sold"),
        text("edition", "the vendor's edition of the service"),
        text("meter", "what is counted under the SKU"),
        text("tags", "further marks, U+001F between them"),
        text("billing_unit", "the unit of the quantities as the vendor spells it"),
        text("measure", "which of the vendor's numbers the quantity is"),
        text("currency", "the currency of the vendor's price and cost"),
        text("payment_option", "utility, pool, term ... in the vendor's spelling"),
        text("payload", "SHA-256 of the payload the line is from, in hex"),
        number("consumed_quantity", "what was used"),
        number("entitled_quantity", "what the contract with the vendor covers"),
        number("overage_quantity", "what was used beyond that"),
        number("billable_quantity", "what the vendor bills us for"),
        number("unit_price", "what the vendor charges us per unit"),
        number("total_cost", "what the vendor charges us for the line"),
    ],
};

/// Lines on their way to their table. Its bytes depend on the lines alone, not on how they came in blocks.
pub(crate) struct LinesWriter {
    table: TableWriter,
    pending: BlockBuilder,
}

impl LinesWriter {
    /// Begins a table of lines.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub(crate) fn new(path: &Path) -> Result<LinesWriter, Failure> {
        Ok(LinesWriter { table: TableWriter::new(LINES, path)?, pending: BlockBuilder::default() })
    }

    /// Adds lines.
    ///
    /// # Errors
    /// If they cannot be written.
    pub(crate) fn push(&mut self, block: &Block) -> Result<(), Failure> {
        let mut from = 0;
        while from < block.rows() {
            from += self.pending.append(block, from);
            if self.pending.is_full() {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Adds a line.
    ///
    /// # Errors
    /// If lines cannot be written.
    pub(crate) fn push_line(&mut self, line: &BillableLine<'_>) -> Result<(), Failure> {
        self.pending.push(line);
        if self.pending.is_full() { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let block = self.pending.take();
        let mut columns = vec![Data::Count(block.records())];
        columns.extend(TextField::ALL.map(|field| Data::Text(block.text(field))));
        columns.extend(NumberField::ALL.map(|field| Data::Number(block.number(field))));
        self.table.rows(block.rows(), &columns)
    }

    /// The whole table, not yet at its place.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn finish(mut self) -> Result<Draft, Failure> {
        self.flush()?;
        self.table.finish()
    }
}

/// A table of lines that is read block by block.
pub(crate) struct LinesReader {
    table: TableReader,
}

impl LinesReader {
    /// Opens a table of lines.
    ///
    /// # Errors
    /// If it cannot be read, or is none.
    pub(crate) fn open(path: &Path) -> Result<LinesReader, Failure> {
        Ok(LinesReader { table: TableReader::open(LINES, path)? })
    }

    /// How many lines there are.
    pub(crate) fn rows(&self) -> u64 {
        self.table.rows()
    }

    /// How many blocks there are.
    pub(crate) fn blocks(&self) -> usize {
        self.table.groups()
    }

    /// How many lines a block has.
    pub(crate) fn rows_of(&self, block: usize) -> usize {
        self.table.rows_of(block)
    }

    /// A block with all of its columns.
    ///
    /// # Errors
    /// If it cannot be read, or is not as it was written.
    pub(crate) fn block(&self, block: usize) -> Result<Block, Failure> {
        self.block_of(block, &TextField::ALL, &NumberField::ALL)
    }

    /// A block of which only some columns are read; the others are absent in it.
    ///
    /// # Errors
    /// As for [`LinesReader::block`].
    pub(crate) fn block_of(
        &self,
        block: usize,
        texts: &[TextField],
        numbers: &[NumberField],
    ) -> Result<Block, Failure> {
        let group = self.table.group(block)?;
        let mut read_texts = TextField::ALL.map(|_| ratebook_line::TextColumn::same(""));
        for field in texts.iter().chain([&TextField::UsageMonth]) {
            read_texts[*field as usize] = group.texts(field.name())?;
        }
        let mut read_numbers = NumberField::ALL.map(|_| Values::Same(None));
        for field in numbers {
            read_numbers[*field as usize] = group.numbers(field.name())?;
        }
        let records = if texts.contains(&TextField::Payload) { group.counts("record")? } else { Vec::new() };
        let records = if records.is_empty() { Values::Same(0) } else { Values::Each(records) };
        Block::of_columns(group.rows, records, read_texts, read_numbers).map_err(|error| self.damaged(&error))
    }

    /// What it is that a line of the table is not as it was written.
    pub(crate) fn damaged(&self, error: &BlockError) -> Failure {
        self.table.damaged(&error.0)
    }

    /// True if a text is wanted that some line of a block has in a column; each distinct text is shown once, by the column's
    /// dictionary, and `""` if no line has any.
    ///
    /// # Errors
    /// As for [`LinesReader::block`].
    pub(crate) fn any_text(
        &self,
        block: usize,
        field: TextField,
        is_wanted: impl FnMut(&str) -> bool,
    ) -> Result<bool, Failure> {
        self.table.group(block)?.holds_text(field.name(), is_wanted)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use ratebook_line::{Decimal, Origin};

    use super::*;

    fn line(number: u64) -> BillableLine<'static> {
        let large = "12345678901234.123456789012345678901234".parse().unwrap();
        BillableLine {
            source: Some("main".into()),
            vendor: Some("acronis".into()),
            tenant: (!number.is_multiple_of(11)).then(|| format!("tenant ä {}", number / 40).into()),
            sku_id: Some(format!("SKU-{}", number * 7 % 120).into()),
            tags: if number % 90 == 7 { vec!["trial".into(), "x".into()] } else { Vec::new() },
            consumed_quantity: Some(Decimal::new(i128::from(number * 7919 % 100_000), 2).unwrap()),
            entitled_quantity: (number % 1000 == 3).then_some(large),
            total_cost: number.is_multiple_of(2).then(|| Decimal::from(number % 5)),
            currency: number.is_multiple_of(2).then(|| "EUR".parse().unwrap()),
            origin: Some(Origin { payload: "0".repeat(64).into(), row: number + 1 }),
            ..BillableLine::new("2026-03".parse().unwrap())
        }
    }

    fn written(path: &Path, count: u64, in_blocks_of: usize) -> Vec<u8> {
        let mut writer = LinesWriter::new(path).unwrap();
        let mut builder = BlockBuilder::default();
        for number in 0..count {
            builder.push(&line(number));
            if builder.rows() >= in_blocks_of {
                writer.push(&builder.take()).unwrap();
            }
        }
        writer.push(&builder.take()).unwrap();
        writer.finish().unwrap().publish().unwrap();
        fs::read(path).unwrap()
    }

    #[test]
    fn lines_come_back_whatever_blocks_they_came_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("main.parquet");
        let bytes = written(&path, 70_000, 65_536);
        assert_eq!(written(&folder.path().join("other"), 70_000, 333), bytes);
        let reader = LinesReader::open(&path).unwrap();
        assert_eq!((reader.rows(), reader.blocks(), reader.rows_of(1)), (70_000, 2, 4464));
        let mut number = 0;
        for at in 0..2 {
            let block = reader.block(at).unwrap();
            for row in 0..block.rows() {
                assert_eq!(block.line(row).unwrap(), line(number));
                number += 1;
            }
        }
        assert_eq!(number, 70_000);
        let some = reader.block_of(1, &[TextField::SkuId], &[]).unwrap();
        assert_eq!(some.line(0).unwrap().sku_id, line(65_536).sku_id);
        assert_eq!(some.line(0).unwrap().tenant, None);
        let holds = |tenant: &str| reader.any_text(1, TextField::Tenant, |text| text == tenant).unwrap();
        assert!(holds("tenant ä 1700") && !holds("tenant ä 17"));
    }

    #[test]
    fn a_table_that_was_changed_is_refused_or_read_and_nothing_panics() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("main.parquet");
        let bytes = written(&path, 300, 300);
        let read = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            let reader = LinesReader::open(&path)?;
            (0..reader.blocks()).try_for_each(|at| reader.block(at).map(drop))
        };
        assert!(read(&bytes).is_ok());
        let mut refused = 0;
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x55;
            refused += usize::from(read(&changed).is_err());
        }
        assert!(refused > bytes.len() / 4, "{refused} of {}", bytes.len());
        for length in (0..bytes.len()).step_by(7) {
            assert!(read(&bytes[..length]).is_err(), "cut at {length}");
        }
    }
}
