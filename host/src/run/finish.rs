//! The end of a run: rules kept beside the bills, and the manifest written last.

use std::collections::BTreeMap;

use ratebook_line::{Currency, Decimal};

use super::adjustments;
use super::manifest::{BillTotals, Engine, FileEntry, Manifest, PluginEntry, SourceEntry};
use super::normalize::Normalized;
use super::rows::RatedMonth;
use super::rules::RuleTexts;
use super::stages::Stages;
use crate::failure::{Exit, Failure, Failures};
use crate::files::{Draft, Published, digest, write_file};
use crate::seal::sealed;
use crate::store::{BillHead, FORMAT};

impl Stages<'_> {
    /// Writes the manifest of a finished run, unless it stands there already.
    ///
    /// # Errors
    /// If it could not be written.
    pub(crate) fn finish(
        &self,
        rules: &RuleTexts,
        normalized: &[Normalized],
        rated: &RatedMonth<'_>,
    ) -> Result<Published, Failures> {
        let mut files = BTreeMap::new();
        let mut made: Vec<Published> = rated.tables.iter().chain([&rated.totals]).cloned().collect();
        for (name, rules) in rules {
            let mut draft = Draft::new(&self.folder.rules(name))?;
            draft.put(rules.text.as_bytes())?;
            made.push(self.folder.publish(draft)?);
        }
        let mut sources = BTreeMap::new();
        for (source, normalized) in self.sources.iter().zip(normalized) {
            made.extend([normalized.lines.clone(), normalized.skipped.clone()]);
            made.extend(normalized.contents.clone());
            for payload in normalized.payloads.files() {
                let entry = FileEntry { bytes: payload.bytes, sha256: payload.sha256.clone() };
                files.insert(format!("payloads/{}/{}", source.name, payload.file), entry);
            }
            let (listing, bytes, sha256) = normalized.payloads.listing();
            let entry = FileEntry { bytes, sha256: sha256.to_owned() };
            files.insert(format!("payloads/{}/{listing}", source.name), entry);
            let plugin = PluginEntry::of(source, self.plugin(source)?.found());
            let entry = SourceEntry {
                counts: normalized.counts.clone(),
                payloads: normalized.payloads.files().to_vec(),
                plugin,
                settings: source.kept_settings(),
            };
            sources.insert(source.name.clone(), entry);
        }
        let mapped = self.sources.iter().map(|source| self.folder.mapped(&source.name));
        for path in mapped.chain([self.folder.accepted()]).filter(|path| path.is_file()) {
            let (sha256, bytes) = digest(&path).map_err(|error| Failure::storage(&path, "read", &error))?;
            files.insert(self.folder.relative(&path), FileEntry { bytes, sha256 });
        }
        for (name, entry) in adjustments::adjustment_files(&self.folder)? {
            files.insert(name, entry);
        }
        for published in &made {
            files.insert(self.folder.relative(&published.path), FileEntry::of(published));
        }
        let manifest = Manifest {
            bills: totals(&rated.rows.bills)?,
            counts: rated.rows.counts,
            engine: Engine::this(),
            files,
            month: self.folder.month,
            partial: self.missing.clone(),
            rules: rules.iter().map(|(name, file)| (name.clone(), file.sha256.clone())).collect(),
            rules_root: self.workspace.rules.clone(),
            seal: String::new(),
            sources,
            tables: FORMAT,
        };
        Ok(write_file(&self.folder.manifest(), sealed(&manifest)?.as_bytes())?)
    }
}

fn totals(bills: &[BillHead]) -> Result<BTreeMap<Currency, BillTotals>, Failure> {
    let mut sums: BTreeMap<Currency, (u64, u32, Decimal)> = BTreeMap::new();
    for bill in bills {
        let sum = sums.entry(bill.currency).or_insert((0, bill.places, Decimal::ZERO));
        sum.0 += 1;
        sum.2 = sum.2.checked_add(bill.total).map_err(|error| {
            Failure::new(
                Exit::Review,
                "E-NUMBER",
                format!("the sum of the bills in {}: {error}", bill.currency),
            )
        })?;
    }
    let text = |places, total: Decimal| total.to_fixed(places).unwrap_or_else(|| total.to_string());
    Ok(sums
        .into_iter()
        .map(|(currency, (bills, places, total))| {
            (currency, BillTotals { bills, total: text(places, total) })
        })
        .collect())
}
