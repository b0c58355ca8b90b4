//! How much a Parquet file may hold: a few bytes of one can stand for any number of rows.

use ratebook_plugin::Problem;

use crate::cell::Cell;
use crate::config::Holding;

/// Up to here the ratio does not matter.
const RATIO_FROM: u64 = 64 << 20;

/// What a file may hold, and how much of it was read.
pub(super) struct Budget {
    file: u64,
    holding: Holding,
    spent: u64,
}

impl Budget {
    /// Of a file of so many bytes.
    pub(super) fn new(file: usize, holding: Holding) -> Budget {
        Budget { file: file as u64, holding, spent: 0 }
    }

    /// Counts cells that were read.
    pub(super) fn spend(&mut self, cells: &[Cell<'_>]) -> Result<(), Problem> {
        let bytes = |cell: &Cell<'_>| match cell {
            Cell::Null => 1,
            Cell::Text(text) => text.len() as u64,
            Cell::Tag(text) | Cell::Wrong(text) => text.len() as u64,
            Cell::Number(_) | Cell::Moment(_) => 8,
        };
        self.spent = cells.iter().map(bytes).fold(self.spent, u64::saturating_add);
        self.within(self.spent)
    }

    /// Refuses a file that holds so many bytes, if they are too many.
    pub(super) fn within(&self, bytes: u64) -> Result<(), Problem> {
        let Budget { file, holding: Holding { bytes: most, ratio }, .. } = self;
        let advice = |key: &str| {
            format!(
                "If the file is what it should be, raise {key} in the source's config, or export it in parts."
            )
        };
        if bytes > *most {
            return Err(Problem::data(format!(
                "the file of {file} bytes holds more than {most} in the columns that are read"
            ))
            .advise(advice("max_decoded_bytes")));
        }
        if bytes > RATIO_FROM && bytes / ratio > *file {
            return Err(Problem::data(format!(
                "the file of {file} bytes holds more than {ratio} times as many in the columns that are read; that is no usage \
                 export"
            ))
            .advise(advice("max_ratio")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_holds_has_an_end_by_size_and_by_ratio() {
        let mut budget = Budget::new(100, Holding { bytes: 1 << 30, ratio: 500 });
        let cells = vec![Cell::Text("x".repeat(1 << 20).into()); 64];
        budget.spend(&cells).unwrap();
        let refused = budget.spend(&[Cell::Null]).unwrap_err();
        assert!(refused.message.contains("100 bytes holds more than 500 times as many"), "{refused}");
        assert!(refused.advice.unwrap().contains("max_ratio"));
        let budget = Budget::new(1 << 30, Holding { bytes: 1000, ratio: 500 });
        assert!(budget.within(1001).unwrap_err().message.contains("holds more than 1000"));
        budget.within(1000).unwrap();
    }
}
