//! Names and ids replaced in a recorded month, so that it can be shown to others.
//!
//! A name says nothing to rating, so every name is replaced. An id says whose bill a line is on: it is replaced unless
//! the rules name it, for these stand beside the recorded month and would no longer find their customers.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ratebook_line::{BillableLine, Currency, Decimal};
use ratebook_rating::{Adjustment, Rulebook};
use sha2::{Digest as _, Sha256};

use super::check::Look;
use super::folder::{Recorded, kept_usage};
use crate::config::Workspace;
use crate::disk::{self, hex};
use crate::failure::{Exit, Failure, Failures};
use crate::files::read_if_there;
use crate::rating::{self, How, PART_LINES};
use crate::run::MonthFolder;

/// The file that pseudonyms are made with. It stays below `runs/`, which is not shared.
const KEY_FILE: &str = "runs/.pseudonym-key";

/// Replaces names and ids, the same by the same, in every month that is recorded in a workspace.
pub(super) struct Anonymizer<'r> {
    key: Vec<u8>,
    rulebook: &'r Rulebook,
    replaced: BTreeSet<String>,
    kept: BTreeSet<String>,
}

impl<'r> Anonymizer<'r> {
    /// One with the workspace's key, which is made if there is none.
    ///
    /// # Errors
    /// If the key cannot be read or written.
    pub(super) fn new(workspace: &Path, rulebook: &'r Rulebook) -> Result<Anonymizer<'r>, Failure> {
        Ok(Anonymizer {
            key: key(&workspace.join(KEY_FILE))?,
            rulebook,
            replaced: BTreeSet::new(),
            kept: BTreeSet::new(),
        })
    }

    /// Replaces what a line says of somebody.
    pub(super) fn replace(&mut self, line: &mut BillableLine<'_>) {
        if let Some(name) = &line.tenant_name {
            line.tenant_name = Some(Cow::Owned(self.pseudonym("name", name)));
        }
        for (kind, id) in
            [("tenant", &mut line.tenant), ("partner", &mut line.partner), ("customer", &mut line.customer)]
        {
            let Some(text) = id.as_deref() else { continue };
            if self.rulebook.names(text) {
                self.kept.insert(text.to_owned());
            } else {
                *id = Some(Cow::Owned(self.pseudonym(kind, text)));
            }
        }
    }

    /// The same for what an adjustment says. Its line was named when the month was closed, so a name that holds anything that
    /// was replaced is replaced as a whole.
    pub(super) fn replace_of(&mut self, adjustment: &mut Adjustment) {
        if self.replaced.iter().any(|told| adjustment.name.contains(told.as_str())) {
            adjustment.name = self.pseudonym("name", &adjustment.name.clone());
        }
        let customer = &adjustment.customer;
        if self.rulebook.names(customer) {
            self.kept.insert(customer.clone());
        } else {
            adjustment.customer = self.pseudonym("customer", &customer.clone());
        }
    }

    /// How many names and ids were replaced, and how many ids stay.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.replaced.len() as u64, self.kept.len() as u64)
    }

    fn pseudonym(&mut self, kind: &str, text: &str) -> String {
        let mut digest = Sha256::new();
        // The key cannot run into the text: it has one length.
        digest.update(&self.key);
        digest.update(text.as_bytes());
        self.replaced.insert(text.to_owned());
        format!("{kind}-{}", &hex(&digest.finalize())[..10])
    }

    /// Makes sure that the recorded month leads to the totals of the run: rules may look at ids in ways that a
    /// pseudonym does not survive.
    ///
    /// # Errors
    /// If it does not.
    pub(super) fn same_bills(
        &self,
        workspace: &Workspace,
        rulebook: &Rulebook,
        run: &MonthFolder,
        recorded: &Recorded,
        look: Look<'_>,
    ) -> Result<(), Failures> {
        let totals = |usage: &rating::Usage| {
            let how = How { parts: usage.parts(PART_LINES)?, ..look.how };
            let parts = rating::rate_each(usage, rulebook, how, |_, rated| {
                Ok(rated.bills().map(|bill| (bill.total(), bill.currency())).collect::<Vec<_>>())
            })?;
            let mut all: BTreeMap<(Decimal, Currency), u64> = BTreeMap::new();
            parts.into_iter().flatten().for_each(|total| *all.entry(total).or_default() += 1);
            Ok::<_, Failures>(all)
        };
        if totals(&kept_usage(workspace, run.month, false)?.usage)? == totals(&recorded.usage()?)? {
            return Ok(());
        }
        let message = "with names and ids replaced the bills are not the same";
        Err(Failure::new(Exit::Review, "E-ANONYMIZE", message)
            .note("Some rule looks at ids that it does not name. Nothing was recorded.")
            .fix("Record it without --anonymize, or let the rule name the ids.")
            .into())
    }
}

fn key(path: &Path) -> Result<Vec<u8>, Failure> {
    const LENGTH: usize = 32;
    match read_if_there(path)? {
        Some(key) if key.len() == LENGTH => return Ok(key),
        Some(_) => {
            let failure = Failure::new(Exit::Storage, "E-STORAGE", "this is no key");
            return Err(failure
                .at(path.display().to_string())
                .fix("Take it away: a new one makes new pseudonyms."));
        }
        None => {}
    }
    let mut key = vec![0; LENGTH];
    getrandom::fill(&mut key)
        .map_err(|error| Failure::storage(path, "make", &std::io::Error::other(error.to_string())))?;
    disk::make_folder(disk::folder_of(path)).map_err(Failure::from_problem)?;
    disk::write_whole(path, &key).map_err(Failure::from_problem)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use ratebook_rating::MemoryFiles;

    use super::*;

    const RULES: &str =
        "version = 1\n[settings]\ncurrency = \"EUR\"\n[customer.acme]\ntenants = [\"acronis:t-1\"]\n";

    fn replaced(workspace: &Path, rulebook: &Rulebook, tenant: &str, name: &str) -> [String; 2] {
        let month = "2026-03".parse().unwrap();
        let (tenant, name) = (Some(tenant.into()), Some(name.into()));
        let mut line = BillableLine { tenant, tenant_name: name, ..BillableLine::new(month) };
        Anonymizer::new(workspace, rulebook).unwrap().replace(&mut line);
        [line.tenant, line.tenant_name].map(|text| text.unwrap().into_owned())
    }

    #[test]
    fn the_same_id_is_the_same_pseudonym_in_one_workspace_only() {
        let rulebook =
            ratebook_rating::load("main.toml", &MemoryFiles::new().with("main.toml", RULES)).unwrap();
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let [tenant, name] = replaced(here.path(), &rulebook, "t-2", "Acme");
        assert!(tenant.starts_with("tenant-") && name.starts_with("name-"), "{tenant} {name}");
        assert_eq!(replaced(here.path(), &rulebook, "t-2", "Acme"), [tenant.clone(), name.clone()]);
        let [other, _] = replaced(here.path(), &rulebook, "t-3", "Acme");
        let [elsewhere, _] = replaced(there.path(), &rulebook, "t-2", "Acme");
        assert!(other != tenant && elsewhere != tenant);
        // An id that the rules name stays: they would not find the customer.
        let [kept, still_replaced] = replaced(here.path(), &rulebook, "t-1", "Acme");
        assert_eq!((kept.as_str(), still_replaced), ("t-1", name));
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs_key(folder.path(), b"short");
        assert_eq!(key(&folder.path().join(KEY_FILE)).unwrap_err().code, "E-STORAGE");
    }

    fn fs_key(workspace: &Path, key: &[u8]) {
        std::fs::create_dir(workspace.join("runs")).unwrap();
        std::fs::write(workspace.join(KEY_FILE), key).unwrap();
    }
}
