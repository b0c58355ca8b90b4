//! What came of mapping bytes without loading a library.

use ratebook_line::{BillableLine, Month, TextColumn, TextField};

use super::bodies::Bodies;
use crate::batch::{BatchError, PluginBlock, read_block};
use crate::border::WrongTexts;
use crate::call::Level;
use crate::call::{Call, HostServices, Reply};
use crate::map_over::map_over;
use crate::problem::Problem;
use crate::skip::Skip;
use crate::vendor_plugin::VendorPlugin;

/// What came of mapping a payload.
#[derive(Debug, Default)]
pub struct Mapped {
    /// The lines, as the host would write them, with `vendor` set and `source` named `test`.
    pub lines: Vec<BillableLine<'static>>,
    /// The skipped records: row, reason, what.
    pub skipped: Vec<(u64, Skip, String)>,
    /// What was told to the operator; a code word stands before it in brackets.
    pub log: Vec<(Level, String)>,
}

/// Maps a payload (plain bytes) as the host would.
///
/// # Errors
/// The plugin's problem.
pub fn map<P: VendorPlugin>(plugin: &P, format: &str, bytes: &[u8], month: Month) -> Result<Mapped, Problem> {
    map_beside(plugin, format, Bodies::of(bytes), month)
}

/// Maps a payload that may look up what lies beside it.
///
/// # Errors
/// The plugin's problem.
pub fn map_beside<P: VendorPlugin>(
    plugin: &P,
    format: &str,
    bodies: Bodies,
    month: Month,
) -> Result<Mapped, Problem> {
    let mut host = MapHost::new(&P::about().id, bodies, month);
    map_over(plugin, format, "payload", month, &mut host)?;
    host.finish()
}

/// A host that has payloads and writes down what becomes of them.
#[derive(Debug)]
pub struct MapHost {
    bodies: Bodies,
    vendor: String,
    month: Month,
    /// What came so far.
    mapped: Mapped,
    wrong_texts: WrongTexts,
}

impl MapHost {
    /// A host for one payload of a vendor and month.
    #[must_use]
    pub fn new(vendor: &str, bodies: Bodies, month: Month) -> MapHost {
        let (mapped, wrong_texts) = (Mapped::default(), WrongTexts::default());
        MapHost { bodies, vendor: vendor.to_owned(), month, mapped, wrong_texts }
    }

    /// What came, once `map` is done.
    ///
    /// # Errors
    /// Texts that may not stand on a line.
    pub fn finish(self) -> Result<Mapped, Problem> {
        self.wrong_texts.refuse()?;
        Ok(self.mapped)
    }
}

impl HostServices for MapHost {
    fn call(&mut self, call: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        if let Some(answer) = self.bodies.answer(&call, bytes) {
            return answer;
        }
        let broken = |error: BatchError| Problem::plugin(error.to_string());
        match call {
            Call::Block => {
                let PluginBlock { mut lines, skipped, .. } = read_block(bytes, self.month).map_err(broken)?;
                for (field, text) in [
                    (TextField::Vendor, self.vendor.as_str()),
                    (TextField::Source, "test"),
                    (TextField::Payload, "payload"),
                ] {
                    lines.set_text(field, TextColumn::same(text));
                }
                self.wrong_texts.look_at(&lines).map_err(|error| broken(error.into()))?;
                for row in 0..lines.rows() {
                    let line = lines.line(row).map_err(|error| broken(error.into()))?;
                    self.mapped.lines.push(line.into_owned());
                }
                let skipped = skipped.iter().map(|(row, reason, what)| (row, reason, what.to_owned()));
                self.mapped.skipped.extend(skipped);
            }
            Call::Log { level, text, code } => {
                let code = code.map_or_else(String::new, |code| format!("[{code}] "));
                self.mapped.log.push((level, code + &text));
            }
            other => return Err(Problem::plugin(format!("map must not ask the host for {other:?}"))),
        }
        Ok(Reply::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plugin whose lines are named by what it looks up.
    struct Named;

    impl VendorPlugin for Named {
        fn about() -> crate::about::About {
            crate::about::About { id: "named".to_owned(), ..crate::about::About::default() }
        }

        fn open(_config: &crate::config::Config) -> Result<Self, Problem> {
            Ok(Named)
        }

        fn collect(&self, _month: Month, _host: &mut crate::host::Host<'_>) -> Result<(), Problem> {
            Ok(())
        }

        fn recognize(_file_name: &str, _head: &[u8]) -> Option<&'static str> {
            None
        }

        fn map(
            &self,
            payload: &mut crate::payload::Payload<'_>,
            _month: Month,
            out: &mut crate::lines::Lines<'_>,
        ) -> Result<(), Problem> {
            let names = payload.references("names", 4)?;
            let sku = payload.bytes(10)?;
            for (row, name) in (1..).zip(&names) {
                let (sku, name) = (std::str::from_utf8(&sku).unwrap(), std::str::from_utf8(name).unwrap());
                out.push(&crate::line::Line {
                    sku_id: Some(sku),
                    tenant_name: Some(name),
                    ..crate::line::Line::at(row)
                })?;
            }
            Ok(())
        }
    }

    #[test]
    fn what_lies_beside_a_payload_is_looked_up_by_its_format() {
        let month = "2026-03".parse().unwrap();
        let bodies =
            Bodies::of(b"sku").beside("names", b"Ann").beside("prices", b"9").beside("names", b"Bob");
        let mapped = map_beside(&Named, "usage", bodies.clone(), month).unwrap();
        let names: Vec<_> = mapped.lines.iter().map(|line| line.tenant_name.clone().unwrap()).collect();
        assert_eq!(names, ["Ann", "Bob"]);
        let too_long = map_beside(&Named, "usage", bodies.beside("names", b"Carla"), month).unwrap_err();
        assert_eq!(too_long.message, "names is longer than 4 bytes");
        assert!(map(&Named, "usage", b"sku", month).unwrap().lines.is_empty());
    }
}
