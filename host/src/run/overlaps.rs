//! Which records payloads of a month have in common, by their fingerprints.

use std::collections::{BTreeMap, BTreeSet};

use super::contents::{Content, Contents};
use super::month::MonthFolder;
use crate::config::Source;
use crate::failure::Failure;

/// How many of the records that two payloads have in common are named.
const NAMED: usize = 3;

/// A payload among all of the month.
#[derive(Clone, Copy)]
pub(super) struct Payload<'c> {
    /// Whose it is.
    pub(super) source: &'c Source,
    /// What it holds.
    pub(super) held: &'c Content,
}

/// Records that two payloads have in common.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shared {
    /// How many: those of the other that the one has too.
    pub(super) count: u64,
    /// The first of them: the record of the one and that of the other.
    pub(super) first: Vec<(u64, u64)>,
}

/// Two payloads, and what they have in common.
type Overlap<'c> = ([Payload<'c>; 2], Shared);

/// Pairs of payloads of one plugin that have records in common. Those of `again` are left out.
pub(super) fn overlaps<'c>(
    folder: &MonthFolder,
    all: &'c [(&'c Source, Contents)],
    again: &BTreeSet<*const Content>,
) -> Result<Vec<Overlap<'c>>, Failure> {
    let mut found = Vec::new();
    let plugins: BTreeSet<&str> = all.iter().map(|(_, contents)| contents.plugin.as_str()).collect();
    for plugin in plugins {
        let of_plugin: Vec<&(&Source, Contents)> =
            all.iter().filter(|(_, contents)| contents.plugin == plugin).collect();
        let compared = |held: &Content| held.fingerprints > 0 && !again.contains(&std::ptr::from_ref(held));
        let payloads = of_plugin.iter().flat_map(|(_, contents)| &contents.payloads);
        if payloads.filter(|held| compared(held)).count() < 2 {
            continue;
        }
        found.extend(overlaps_of(folder, &of_plugin, compared)?);
    }
    Ok(found)
}

fn overlaps_of<'c>(
    folder: &MonthFolder,
    sources: &[&'c (&'c Source, Contents)],
    compared: impl Fn(&Content) -> bool,
) -> Result<Vec<Overlap<'c>>, Failure> {
    let again = in_several(folder, sources, &compared)?;
    if again.is_empty() {
        return Ok(Vec::new());
    }
    // Whose each of them is first: the payload and the record.
    let mut owners: Vec<(u32, u64)> = vec![(u32::MAX, 0); again.len()];
    let mut payloads: Vec<Payload<'c>> = Vec::new();
    let mut pairs: BTreeMap<(u32, u32), Shared> = BTreeMap::new();
    for (source, contents) in sources {
        let first = u32::try_from(payloads.len()).unwrap_or(u32::MAX);
        payloads.extend(contents.payloads.iter().map(|held| Payload { source, held }));
        contents.each_fingerprint(folder, &source.name, |place, row, fingerprint| {
            if !compared(&contents.payloads[place]) {
                return;
            }
            let Ok(at) = again.binary_search(&fingerprint) else { return };
            let payload = first + u32::try_from(place).unwrap_or(u32::MAX);
            match owners[at] {
                (u32::MAX, _) => owners[at] = (payload, row),
                (owner, _) if owner == payload => {}
                (owner, there) => {
                    let shared = pairs.entry((owner, payload)).or_default();
                    shared.count += 1;
                    if shared.first.len() < NAMED {
                        shared.first.push((there, row));
                    }
                }
            }
        })?;
    }
    let payload = |number: u32| payloads[number as usize];
    Ok(pairs.into_iter().map(|((one, other), shared)| ([payload(one), payload(other)], shared)).collect())
}

/// The fingerprints that more than one payload has, sorted. Takes 16 bytes of memory for each.
fn in_several(
    folder: &MonthFolder,
    sources: &[&(&Source, Contents)],
    compared: &impl Fn(&Content) -> bool,
) -> Result<Vec<u128>, Failure> {
    let mut all: Vec<u128> = Vec::new();
    for (source, contents) in sources {
        let (mut begin, mut current) = (all.len(), 0);
        contents.each_fingerprint(folder, &source.name, |place, _, fingerprint| {
            if place != current {
                once_each(&mut all, begin);
                (begin, current) = (all.len(), place);
            }
            if compared(&contents.payloads[place]) {
                all.push(fingerprint);
            }
        })?;
        once_each(&mut all, begin);
    }
    all.sort_unstable();
    // What is there more than once stands at the front, once each.
    let mut found = 0;
    for at in 1..all.len() {
        if all[at] == all[at - 1] && (found == 0 || all[found - 1] != all[at]) {
            all[found] = all[at];
            found += 1;
        }
    }
    all.truncate(found);
    all.shrink_to_fit();
    Ok(all)
}

/// Leaves each number from `begin` on once: what a payload has in itself is not the question.
fn once_each(all: &mut Vec<u128>, begin: usize) {
    all[begin..].sort_unstable();
    let mut to = begin;
    for at in begin..all.len() {
        if at == begin || all[at] != all[to - 1] {
            all[to] = all[at];
            to += 1;
        }
    }
    all.truncate(to);
}

#[cfg(test)]
pub(super) mod tests {
    use std::path::Path;

    use ratebook_plugin::Duplicates;

    use super::super::contents::tests::kept;
    use super::*;

    /// Sources as `ratebook.toml` has them; each with a line of its own.
    pub(crate) fn sources(lines: &[(&str, &str)]) -> BTreeMap<String, Source> {
        let section = |(name, line): &(&str, &str)| format!("[source.{name}]\nplugin = \"table\"\n{line}\n");
        let text = format!("version = 1\n{}", lines.iter().map(section).collect::<String>());
        crate::config::read(Path::new("."), "ratebook.toml", &text).unwrap().sources
    }

    #[test]
    fn records_in_common_are_counted_between_payloads_and_not_within() {
        let root = tempfile::tempdir().unwrap();
        let folder = MonthFolder::new(root.path(), "2026-03".parse().unwrap());
        let sources = sources(&[("east", ""), ("west", "")]);
        let east: [&[&str]; 3] = [&["a", "a", "b", "c"], &["d", "d"], &["c", "b", "e", "e"]];
        let all = [
            (&sources["east"], kept(root.path(), "east", &east, Duplicates::Refuse)),
            (&sources["west"], kept(root.path(), "west", &[&["f"], &["c", "c"]], Duplicates::Refuse)),
        ];
        let found = overlaps(&folder, &all, &BTreeSet::new()).unwrap();
        let told: Vec<([&str; 4], Shared)> = found
            .into_iter()
            .map(|([one, other], shared)| {
                (
                    [&one.source.name, &one.held.file, &other.source.name, &other.held.file]
                        .map(String::as_str),
                    shared,
                )
            })
            .collect();
        let shared = |first: [(u64, u64); 2]| Shared { count: 2, first: first.to_vec() };
        assert_eq!(
            told,
            [
                (["east", "0.csv", "east", "2.csv"], shared([(4, 1), (3, 2)])),
                (["east", "0.csv", "west", "1.csv"], shared([(4, 1), (4, 2)])),
            ]
        );
        // One that stands for another is not compared as well.
        let again = BTreeSet::from([std::ptr::from_ref(&all[0].1.payloads[2])]);
        assert_eq!(overlaps(&folder, &all, &again).unwrap().len(), 1);
        assert!(overlaps(&folder, &all[1..], &BTreeSet::new()).unwrap().is_empty());
    }
}
