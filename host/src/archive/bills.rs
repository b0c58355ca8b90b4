//! The bills of a finished month, read one by one from its bill document: whatever the month's size, one is in memory.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use ratebook_line::{Currency, Month};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use sha2::{Digest as _, Sha256};

use super::Archive;
use crate::disk;
use crate::failure::Failure;
use crate::files::read_if_there;
use crate::run::Totals;

/// A bill as the document has it; amounts and quantities are its texts.
#[derive(Debug, Deserialize)]
pub(crate) struct KeptBill {
    /// False if lines that belong to it are held.
    pub complete: bool,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// Whom it is for.
    pub customer: String,
    /// Its lines.
    pub lines: Vec<KeptLine>,
    /// The customer's name, where one is declared.
    pub name: Option<String>,
    /// The sum of its lines.
    pub total: String,
}

/// A line of a bill.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeptLine {
    /// What it puts right, if it is an adjustment.
    pub adjusts: Option<KeptAdjusts>,
    /// The money.
    pub amount: String,
    /// `usage`, `credit`, ...
    pub kind: String,
    /// The text on the bill.
    pub name: String,
    /// How much.
    pub quantity: Option<String>,
    /// The rules that made it.
    pub rules: Vec<String>,
    /// The SKU on the bill.
    pub sku: Option<String>,
    /// The tax tag.
    pub tax: String,
    /// The unit of the quantity.
    pub unit: Option<String>,
    /// Money per unit.
    pub unit_price: Option<String>,
}

/// The line of a closed month that an adjustment puts right.
#[derive(Debug, Deserialize)]
pub(crate) struct KeptAdjusts {
    /// Its place on the closed bill; none if there was no such line.
    pub line: Option<u64>,
    /// The closed month.
    pub month: Month,
}

impl Archive {
    /// Gives every bill of the month to `take`, by customer, and compares the document with the manifest on the way.
    ///
    /// # Errors
    /// The first failure of `take`; or, when bills were given already, that the document is not what the manifest names.
    pub(crate) fn each_bill(
        &self,
        mut take: impl FnMut(&KeptBill) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let path = self.results().bills();
        let file = disk::open_file(&path).map_err(|error| Failure::storage(&path, "read", &error))?;
        let hash = Rc::new(RefCell::new((Sha256::new(), None)));
        let input = BufReader::with_capacity(256 << 10, Hashed { file, hash: Rc::clone(&hash) });
        let mut stopped = None;
        let mut reader = serde_json::Deserializer::from_reader(input);
        let read = Document { take: &mut take, stopped: &mut stopped }.deserialize(&mut reader);
        let read = read.and_then(|()| reader.end());
        if let Some(failure) = stopped {
            return Err(failure);
        }
        let (hash, unreadable) = hash.take();
        if let Some(error) = unreadable {
            return Err(Failure::storage(&path, "read", &error));
        }
        read.map_err(|error| self.not_as_written("bills.json", &format!("it is no bill document: {error}")))?;
        self.is_as_written(&self.folder.relative(&path), &disk::hex(&hash.finalize()))
    }

    /// What the month comes to, by customer and by SKU.
    ///
    /// # Errors
    /// If the file is not what the manifest names.
    pub(crate) fn totals(&self) -> Result<Totals, Failure> {
        let path = self.results().totals();
        let bytes = read_if_there(&path)?.unwrap_or_default();
        self.is_as_written(&self.folder.relative(&path), &disk::hex(&Sha256::digest(&bytes)))?;
        Totals::read(&bytes).map_err(|why| self.not_as_written("totals.json", &why))
    }

    /// The folder as the names of its results go: those of a month in part say so.
    fn results(&self) -> crate::run::MonthFolder {
        self.folder.clone().in_part(!self.manifest.partial.is_empty())
    }

    fn is_as_written(&self, name: &str, sha256: &str) -> Result<(), Failure> {
        match self.manifest.files.get(name) {
            Some(entry) if entry.sha256 == sha256 => Ok(()),
            Some(_) => Err(self.not_as_written(name, "it is not what the manifest names")),
            None => Err(self.not_as_written(name, "the manifest does not name it")),
        }
    }

    fn not_as_written(&self, name: &str, why: &str) -> Failure {
        let month = self.folder.month;
        Failure::new(self.exit_if_damaged(), "E-DAMAGED", why)
            .at(self.folder.path().join(name).display().to_string())
            .fix(format!("`ratebook verify --month {month}` tells all that differs."))
    }
}

/// A file whose bytes are hashed as they are read. An error of reading is kept: serde makes words of it.
struct Hashed {
    file: File,
    hash: Rc<RefCell<(Sha256, Option<io::Error>)>>,
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut kept = self.hash.borrow_mut();
        match self.file.read(buffer) {
            Ok(count) => {
                kept.0.update(&buffer[..count]);
                Ok(count)
            }
            Err(error) => {
                kept.1 = Some(io::Error::new(error.kind(), error.to_string()));
                Err(error)
            }
        }
    }
}

/// The bill document: of its members only the bills are read.
struct Document<'t, F> {
    take: &'t mut F,
    stopped: &'t mut Option<Failure>,
}

impl<'de, F: FnMut(&KeptBill) -> Result<(), Failure>> DeserializeSeed<'de> for Document<'_, F> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de, F: FnMut(&KeptBill) -> Result<(), Failure>> Visitor<'de> for Document<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a bill document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "bills" {
                map.next_value_seed(Bills { take: &mut *self.take, stopped: &mut *self.stopped })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Its list of bills.
struct Bills<'t, F> {
    take: &'t mut F,
    stopped: &'t mut Option<Failure>,
}

impl<'de, F: FnMut(&KeptBill) -> Result<(), Failure>> DeserializeSeed<'de> for Bills<'_, F> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(&KeptBill) -> Result<(), Failure>> Visitor<'de> for Bills<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of bills")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(bill) = list.next_element::<KeptBill>()? {
            if let Err(failure) = (self.take)(&bill) {
                *self.stopped = Some(failure);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}
