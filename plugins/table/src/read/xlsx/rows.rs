//! The rows of a sheet, one after the other: memory is for one row, wherever its cells stand.

use std::io::{Read, Seek};

use calamine::{Cell, Data, DataRef, XlsxCellReader};
use ratebook_plugin::Problem;

use super::guarded::guarded;

/// A row that has anything in it.
pub(super) struct Row {
    /// Its number in the sheet, counted from 1.
    pub(super) line: u64,
    /// Its cells that are not empty, by their columns, counted from 0.
    cells: Vec<(u32, Data)>,
}

impl Row {
    /// The cell of a column.
    pub(super) fn get(&self, column: usize) -> Option<&Data> {
        let column = u32::try_from(column).ok()?;
        let at = self.cells.binary_search_by_key(&column, |(column, _)| *column).ok()?;
        self.cells.get(at).map(|(_, data)| data)
    }

    /// All cells with their columns, from left to right.
    pub(super) fn cells(&self) -> &[(u32, Data)] {
        &self.cells
    }
}

/// Reads a sheet. Rows without a cell are none.
pub(super) struct Rows<'w, R: Read + Seek> {
    reader: XlsxCellReader<'w, R>,
    ahead: Option<Cell<DataRef<'w>>>,
    last: Option<u32>,
    /// The reader fails if it is asked again after its end.
    is_over: bool,
}

impl<'w, R: Read + Seek> Rows<'w, R> {
    pub(super) fn new(reader: XlsxCellReader<'w, R>) -> Rows<'w, R> {
        Rows { reader, ahead: None, last: None, is_over: false }
    }

    /// The next row.
    pub(super) fn next(&mut self) -> Result<Option<Row>, Problem> {
        let mut row: Option<(u32, Vec<(u32, Data)>)> = None;
        loop {
            let cell = match self.ahead.take() {
                Some(cell) => cell,
                None if self.is_over => break,
                None => match guarded(|| self.reader.next_cell())? {
                    Some(cell) => cell,
                    None => {
                        self.is_over = true;
                        break;
                    }
                },
            };
            if matches!(cell.get_value(), DataRef::Empty) {
                continue;
            }
            let (at, column) = cell.get_position();
            match &mut row {
                Some((of, _)) if *of != at => {
                    self.ahead = Some(cell);
                    break;
                }
                Some((_, cells)) => cells.push((column, cell.get_value().clone().into())),
                None => row = Some((at, vec![(column, cell.get_value().clone().into())])),
            }
        }
        let Some((at, mut cells)) = row else { return Ok(None) };
        let line = u64::from(at) + 1;
        if let Some(last) = self.last.filter(|last| *last >= at) {
            return Err(Problem::data(format!(
                "row {line} of the sheet stands behind row {}",
                u64::from(last) + 1
            )));
        }
        self.last = Some(at);
        cells.sort_by_key(|(column, _)| *column);
        if let Some(twice) = cells.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(Problem::data(format!(
                "row {line} of the sheet has two cells in column {}",
                twice[0].0 + 1
            )));
        }
        Ok(Some(Row { line, cells }))
    }
}
