//! Records that stand in a payload once more, cell for cell.
//!
//! What stands in two payloads of a month is found by the host: it gets the fingerprint of each line's record.
//!
//! An export that holds a record twice bills somebody twice; usage of its own may look the same. Only a person can tell
//! which it is, so a payload with such records is refused unless the source's configuration says what they are.

mod seen;

use crate::call::Level;
use crate::duplicates::Duplicates;
use crate::faults::{Faults, Place};
use crate::fingerprint::Fingerprint;
use crate::lines::Lines;
use crate::problem::Problem;
use crate::skip::Skip;
use seen::Seen;

/// The records of a payload that became lines so far.
#[derive(Debug)]
pub struct Repeats {
    duplicates: Duplicates,
    seen: Seen,
}

impl Repeats {
    /// None seen yet.
    #[must_use]
    pub fn new(duplicates: Duplicates) -> Repeats {
        let seen = if duplicates == Duplicates::Drop { Seen::answering() } else { Seen::default() };
        Repeats { duplicates, seen }
    }

    /// Looks at a record that is about to become a line. True if it was skipped instead.
    ///
    /// # Errors
    /// If the host is gone, or there are more records than a payload may have.
    pub fn skipped(
        &mut self,
        row: u64,
        fingerprint: Fingerprint,
        out: &mut Lines<'_>,
    ) -> Result<bool, Problem> {
        self.skipped_at(Place { record: row, line: None }, fingerprint, out)
    }

    /// The same of a record that stands in a line of a file.
    ///
    /// # Errors
    /// As for [`Repeats::skipped`].
    pub fn skipped_at(
        &mut self,
        place: Place,
        fingerprint: Fingerprint,
        out: &mut Lines<'_>,
    ) -> Result<bool, Problem> {
        let row = place.record;
        out.look_at(row, fingerprint, self.duplicates);
        match self.seen.add(place, fingerprint)? {
            None => Ok(false),
            Some(first) => {
                out.skip(row, Skip::Duplicate, &format!("record {first} once more")).map(|()| true)
            }
        }
    }

    /// Refuses the payload, or says what was done.
    ///
    /// # Errors
    /// [`Problem::review`] if there are such records and nothing says what they are.
    pub fn finish(self, out: &mut Lines<'_>) -> Result<(), Problem> {
        let mut found = Faults::default();
        for (row, first) in self.seen.repeats() {
            found.add_whole(format_args!("{row} is {first} once more"));
        }
        let Some(first) = found.first() else { return Ok(()) };
        let count = found.count();
        let records = if count == 1 { "record" } else { "records" };
        match self.duplicates {
            // Each was told and skipped as it came.
            Duplicates::Drop => Ok(()),
            Duplicates::Keep => out.log(
                Level::Warning,
                format!("{count} {records} cell for cell like another, each billed (duplicates = \"keep\"): {first}"),
            ),
            Duplicates::Refuse => {
                let message = format!("{count} {records} cell for cell like another\n{}", found.text());
                Err(Problem::review(message).advise(
                    "If each is usage of its own, set duplicates = \"keep\" in the source's config; if the payload holds \
                     them twice by mistake, \"drop\".",
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Call, HostServices, Reply};

    struct Heard(Vec<String>);

    impl HostServices for Heard {
        fn call(&mut self, call: Call, _: &mut Vec<u8>) -> Result<Reply, Problem> {
            self.0.push(format!("{call:?}"));
            Ok(Reply::Done)
        }
    }

    fn told(duplicates: Duplicates, records: &[&[&str]]) -> (Vec<bool>, Result<(), Problem>, usize) {
        let mut heard = Heard(Vec::new());
        let mut out = Lines::new(&mut heard);
        let mut repeats = Repeats::new(duplicates);
        let skipped = (1..).zip(records).map(|(row, cells)| {
            repeats.skipped(row, Fingerprint::of(cells.iter().copied()), &mut out).unwrap()
        });
        let skipped = skipped.collect();
        let finished = repeats.finish(&mut out);
        drop(out);
        (skipped, finished, heard.0.len())
    }

    /// The fingerprints of lines that a host is sent, pushed in another order than they were looked at.
    fn sent() -> Vec<(u64, Option<Fingerprint>, Duplicates)> {
        struct Host(Vec<(u64, Option<Fingerprint>, Duplicates)>);
        impl HostServices for Host {
            fn call(&mut self, _: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
                let block = crate::batch::read_block(bytes, "2026-03".parse().unwrap()).unwrap();
                self.0.extend((0..block.lines.rows()).map(|row| {
                    (block.lines.records().get(row), block.fingerprints.get(row), block.duplicates.get(row))
                }));
                Ok(Reply::Done)
            }
        }
        let mut host = Host(Vec::new());
        let mut out = Lines::new(&mut host);
        let mut repeats = Repeats::new(Duplicates::Keep);
        for (row, cell) in [(1, "a"), (2, "b"), (3, "c")] {
            assert!(!repeats.skipped(row, Fingerprint::of([cell]), &mut out).unwrap());
        }
        for row in [3, 1] {
            out.push(&crate::line::Line::at(row)).unwrap();
        }
        let own = Some(Fingerprint::of(["its own"]));
        out.push(&crate::line::Line { fingerprint: own, ..crate::line::Line::at(4) }).unwrap();
        out.push(&crate::line::Line::at(5)).unwrap();
        out.finish().unwrap();
        host.0
    }

    #[test]
    fn a_line_has_the_fingerprint_of_its_record() {
        let of = |cell| Some(Fingerprint::of([cell]));
        let (keep, refuse) = (Duplicates::Keep, Duplicates::Refuse);
        let expected =
            [(3, of("c"), keep), (1, of("a"), keep), (4, of("its own"), refuse), (5, None, refuse)];
        assert_eq!(sent(), expected);
    }

    #[test]
    fn the_same_cells_are_told_kept_or_dropped_as_it_is_said() {
        // What lies together with another border is another record.
        let records: &[&[&str]] = &[&["a", "bc"], &["ab", "c"], &["a", "bc"], &["abc", ""], &["a", "bc"]];
        let (skipped, refused, _) = told(Duplicates::Refuse, records);
        assert_eq!(skipped, [false; 5]);
        let refused = refused.unwrap_err();
        assert_eq!(refused.kind, crate::problem::ProblemKind::Review);
        assert_eq!(
            refused.message,
            "2 records cell for cell like another\nrecord 3 is record 1 once more\nrecord 5 is record 1 once more"
        );
        let (skipped, finished, said) = told(Duplicates::Keep, records);
        assert_eq!((skipped, finished, said), (vec![false; 5], Ok(()), 1));
        let (skipped, finished, said) = told(Duplicates::Drop, records);
        assert_eq!((skipped, finished, said), (vec![false, false, true, false, true], Ok(()), 0));
        assert_eq!(told(Duplicates::Refuse, &records[..2]).1, Ok(()));
    }
}
