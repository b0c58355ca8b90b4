//! Which records of a payload have been accounted for: each becomes one line, or is skipped, once.

/// A set of record numbers, counted from 1.
#[derive(Debug, Default)]
pub struct Records {
    seen: Vec<u64>,
    count: u64,
    last: u64,
}

/// The largest record number that is believed.
const MOST: u64 = 1 << 36;

impl Records {
    /// Accounts for records, a row each.
    ///
    /// # Errors
    /// As for [`Records::account`], with the row.
    pub fn account_all(&mut self, records: impl Iterator<Item = u64>) -> Result<(), (usize, String)> {
        let mut rows = records.enumerate();
        rows.try_for_each(|(row, record)| self.account(record).map_err(|what| (row, what)))
    }

    /// Accounts for a record.
    ///
    /// # Errors
    /// If it was accounted for before, or its number cannot be.
    pub fn account(&mut self, row: u64) -> Result<(), String> {
        if row == 0 || row > MOST {
            return Err(format!("{row} is not the number of a record (they are counted from 1)"));
        }
        let (word, bit) = (usize::try_from((row - 1) / 64).unwrap_or(usize::MAX), (row - 1) % 64);
        if word >= self.seen.len() {
            // Numbers come nearly in order: a far one would only make the set large.
            if row > self.last.saturating_add(1 << 24) {
                return Err(format!("record {row} follows record {}", self.last));
            }
            self.seen.resize(word + 1, 0);
        }
        if self.seen[word] & (1 << bit) != 0 {
            return Err(format!("record {row} is told of twice"));
        }
        self.seen[word] |= 1 << bit;
        self.count += 1;
        self.last = self.last.max(row);
        Ok(())
    }

    /// How many records there were.
    ///
    /// # Errors
    /// If a record between the first and the last is neither a line nor skipped.
    pub fn finish(self) -> Result<u64, String> {
        if self.count == self.last {
            return Ok(self.count);
        }
        let missing = (1..=self.last).find(|row| {
            let word = usize::try_from((row - 1) / 64).unwrap_or(usize::MAX);
            self.seen.get(word).is_none_or(|seen| seen & (1 << ((row - 1) % 64)) == 0)
        });
        Err(format!("record {} is neither a line nor skipped", missing.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_counts_once() {
        let mut records = Records::default();
        for row in [2, 1, 65, 64] {
            records.account(row).unwrap();
        }
        assert!(records.account(2).unwrap_err().contains("twice"));
        assert!(records.account(0).is_err());
        assert!(records.account(u64::MAX).is_err());
        assert!(records.finish().unwrap_err().contains("record 3 is neither"));
        let mut all = Records::default();
        all.account_all(1..=200).unwrap();
        let twice = all.account_all([202, 7, 7].into_iter()).unwrap_err();
        assert_eq!(twice, (1, "record 7 is told of twice".to_owned()));
        let mut all = Records::default();
        all.account_all(1..=200).unwrap();
        assert_eq!(all.finish(), Ok(200));
    }
}
