//! Usage that would be billed twice: payloads of a month that hold the same, or have records in common, wait for a person
//! who says what they are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ratebook_plugin::Duplicates;
use sha2::{Digest as _, Sha256};

use super::bounds::Accepted;
use super::contents::{Content, Contents};
use super::month::MonthFolder;
use super::overlaps::{Payload, Shared, overlaps};
use super::stages::Stages;
use crate::config::Source;
use crate::disk::hex;
use crate::failure::{Exit, Failure, Failures};

/// How many questions are asked at once.
const ASKED: usize = 20;

/// What may be billed twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Whole payloads.
    Same,
    /// Records that two payloads have in common.
    Overlap,
}

/// What somebody must look at.
struct Suspect<'c> {
    kind: Kind,
    /// Its id, to accept it by.
    id: String,
    /// The payloads it is about, in their order.
    payloads: Vec<Payload<'c>>,
    /// What it is, in words.
    text: String,
    notes: Vec<String>,
    /// How to say what it is.
    fix: String,
}

impl Stages<'_> {
    /// Compares what the payloads of all sources hold, as far as they are mapped.
    ///
    /// # Errors
    /// What would be billed twice and nobody has said what it is; what cannot be read.
    pub(super) fn ask_about_twice(&self) -> Result<(), Failures> {
        let Some(answers) = &self.answers else { return Ok(()) };
        let mut all: Vec<(&Source, Contents)> = Vec::new();
        for source in self.workspace.sources.values().filter(|source| !self.missing.contains(&source.name)) {
            if let Some(contents) = Contents::read(&self.folder, &source.name)? {
                all.push((source, contents));
            }
        }
        let same = same_contents(&all);
        let mut suspects: Vec<Suspect<'_>> = same.iter().map(|group| of_same(group)).collect();
        // One of those that hold the same stands for them: they have all records in common.
        let again: BTreeSet<*const Content> = same
            .iter()
            .flat_map(|group| &group[1..])
            .map(|payload| std::ptr::from_ref(payload.held))
            .collect();
        suspects.extend(
            overlaps(&self.folder, &all, &again)?.iter().map(|(pair, shared)| of_overlap(*pair, shared)),
        );
        let mut accepted: Vec<Accepted> = Vec::new();
        for folder in answers {
            accepted.extend(Accepted::all_of(folder)?);
        }
        let mut asked = Vec::new();
        for suspect in suspects {
            let known = accepted.iter().find(|accepted| accepted.id == suspect.id);
            let why = match known {
                Some(accepted) => Some(format!("accepted by {}: {}", accepted.by, accepted.because)),
                None => suspect.settled(),
            };
            match why {
                Some(why) => {
                    self.terminal.warn(Some("W-TWICE"), &format!("{}, each billed ({why})", suspect.text));
                }
                None => asked.push(suspect),
            }
        }
        if asked.is_empty() { Ok(()) } else { Err(refused(&self.folder, asked)) }
    }
}

/// Payloads that hold the same and bring lines, of all sources, in groups.
fn same_contents<'c>(all: &'c [(&'c Source, Contents)]) -> Vec<Vec<Payload<'c>>> {
    let mut groups: BTreeMap<&str, Vec<Payload<'c>>> = BTreeMap::new();
    for (source, contents) in all {
        for held in contents.payloads.iter().filter(|held| held.lines > 0) {
            let payload = Payload { source, held };
            groups.entry(&held.content).or_default().push(payload);
        }
    }
    groups.into_values().filter(|group| group.len() > 1).collect()
}

fn of_same<'c>(group: &[Payload<'c>]) -> Suspect<'c> {
    let first = group[0];
    let names: Vec<String> = group.iter().map(Payload::name).collect();
    Suspect {
        kind: Kind::Same,
        id: id(Kind::Same, group),
        payloads: group.to_vec(),
        text: format!("{} hold the same usage", names.join(" and ")),
        notes: vec![if group.iter().all(|payload| payload.held.sha256 == first.held.sha256) {
            "They are the same to the byte.".to_owned()
        } else {
            "They are the same decompressed, line ends aside.".to_owned()
        }],
        fix: format!(
            "If it is one usage, take all but one of them out. If each is usage of its own, accept it by its name: \
             --accept NAME --because \"...\"; for every month: may_equal = {:?} under [source.{}].",
            Vec::from_iter(BTreeSet::from_iter(group[1..].iter().map(|payload| &payload.source.name))),
            first.source.name
        ),
    }
}

fn of_overlap<'c>(pair: [Payload<'c>; 2], shared: &Shared) -> Suspect<'c> {
    let [one, other] = pair;
    let (records, stand) = if shared.count == 1 { ("record", "stands") } else { ("records", "stand") };
    let mut which = String::new();
    for (there, here) in &shared.first {
        let comma = if which.is_empty() { "" } else { ", " };
        let _ = write!(which, "{comma}record {there} and record {here}");
    }
    match shared.count - shared.first.len() as u64 {
        0 => {}
        more => _ = write!(which, ", and {more} more"),
    }
    let within = one.source.name == other.source.name;
    let mut notes = vec![format!("The same in both: {which}.")];
    if !within && pair.iter().any(|payload| payload.held.duplicates != Duplicates::Refuse) {
        notes.push(
            "What `duplicates` says holds among the payloads of one source, not between sources.".to_owned(),
        );
    }
    let name = &one.source.name;
    let fix = if within {
        format!(
            "If they are the same usage, take in one of the files without them, or set duplicates = \"drop\" under \
             [source.{name}.config]: the record of the later payload is skipped. If each is usage of its own, accept it by its \
             name: --accept NAME --because \"...\"; for every month: duplicates = \"keep\"."
        )
    } else {
        format!(
            "If they are the same usage, take in one of the files without them. If each is usage of its own, accept it by its \
             name: --accept NAME --because \"...\"; for every month: may_equal = [{:?}] under [source.{name}].",
            other.source.name
        )
    };
    Suspect {
        kind: Kind::Overlap,
        id: id(Kind::Overlap, &pair),
        payloads: pair.to_vec(),
        text: format!("{} {records} {stand} in both {} and {}", shared.count, one.name(), other.name()),
        notes,
        fix,
    }
}

/// A name for a question about these payloads: another payload, or another content, is another question.
fn id(kind: Kind, payloads: &[Payload<'_>]) -> String {
    let kind = match kind {
        Kind::Same => "same",
        Kind::Overlap => "overlap",
    };
    let mut hash = Sha256::new();
    for payload in payloads {
        for part in [&payload.source.name, &payload.held.file, &payload.held.content] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    format!("{kind}:{}", &hex(&hash.finalize())[..16])
}

impl Payload<'_> {
    fn name(&self) -> String {
        format!("{}/{}", self.source.name, self.held.file)
    }

    /// All that tells it apart.
    fn words(&self) -> String {
        let held = self.held;
        format!(
            "{}: {} records, {} lines, {} bytes, sha256 {}",
            self.name(),
            held.records,
            held.lines,
            held.bytes,
            held.sha256
        )
    }
}

impl Suspect<'_> {
    /// Which key of the configuration says that each is usage of its own, if one does.
    fn settled(&self) -> Option<String> {
        let may_equal = |one: &Source, other: &Source| one.may_equal.contains(&other.name);
        let (first, others) = self.payloads.split_first()?;
        let both = |other: &Payload<'_>| {
            may_equal(first.source, other.source) || may_equal(other.source, first.source)
        };
        if others.iter().all(both) {
            return Some("may_equal".to_owned());
        }
        let keeps = |payload: &Payload<'_>| payload.held.duplicates == Duplicates::Keep;
        let kept = self.kind == Kind::Overlap
            && self.payloads.iter().all(|payload| payload.source.name == first.source.name && keeps(payload));
        kept.then(|| "duplicates = \"keep\"".to_owned())
    }
}

/// What a person must look at, as what ends the command.
fn refused(folder: &MonthFolder, asked: Vec<Suspect<'_>>) -> Failures {
    let more = asked.len().saturating_sub(ASKED);
    let mut failures: Vec<Failure> = asked
        .into_iter()
        .take(ASKED)
        .map(|suspect| {
            let mut failure = Failure::new(Exit::Review, "E-TWICE", suspect.text);
            failure.month = Some(folder.month);
            failure.notes.extend(suspect.payloads.iter().map(Payload::words));
            failure.notes.extend(suspect.notes);
            failure.notes.push(format!("Its name is {}", suspect.id));
            failure.fix(suspect.fix)
        })
        .collect();
    if let Some(last) = failures.last_mut() {
        if more > 0 {
            last.notes.push(format!("{more} more are asked about when these are answered."));
        }
        last.notes.push("Usage is billed once. No bill was written.".to_owned());
    }
    Failures(failures)
}

#[cfg(test)]
mod tests {
    use super::super::contents::tests::kept;
    use super::super::overlaps::tests::sources;
    use super::*;

    #[test]
    fn a_key_or_an_answer_settles_only_what_it_names() {
        let root = tempfile::tempdir().unwrap();
        let sources = sources(&[("a", "may_equal = [\"b\"]"), ("b", ""), ("c", "may_equal = [\"c\"]")]);
        let kept = |source, payloads| kept(root.path(), source, payloads, Duplicates::Keep);
        let payloads: [&[&str]; 2] = [&["x", "y"], &["x", "z"]];
        let contents = ["a", "b", "c"].map(|source| kept(source, &payloads));
        let payload = |at: usize, place: usize| Payload {
            source: &sources[["a", "b", "c"][at]],
            held: &contents[at].payloads[place],
        };
        let same = |payloads: &[Payload<'_>]| of_same(payloads).settled();
        let key = Some("may_equal".to_owned());
        assert_eq!(same(&[payload(0, 0), payload(1, 0)]), key);
        assert_eq!(same(&[payload(1, 0), payload(0, 0)]), key);
        assert_eq!(same(&[payload(2, 0), payload(2, 1)]), key);
        assert_eq!(same(&[payload(0, 0), payload(1, 0), payload(2, 0)]), None);
        // That records are kept says nothing of whole payloads, nor of another source's.
        assert_eq!(same(&[payload(1, 0), payload(1, 1)]), None);
        let shared = Shared { count: 1, first: vec![(1, 1)] };
        let overlap = |one, other| of_overlap([one, other], &shared).settled();
        assert_eq!(overlap(payload(1, 0), payload(1, 1)), Some("duplicates = \"keep\"".to_owned()));
        assert_eq!(overlap(payload(1, 0), payload(2, 1)), None);

        let ids = [
            id(Kind::Same, &[payload(0, 0), payload(1, 0)]),
            id(Kind::Same, &[payload(1, 0), payload(0, 0)]),
            id(Kind::Same, &[payload(0, 0), payload(1, 1)]),
            id(Kind::Overlap, &[payload(0, 0), payload(1, 0)]),
        ];
        assert_eq!(BTreeSet::from_iter(&ids).len(), ids.len(), "{ids:?}");
    }
}
