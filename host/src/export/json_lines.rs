//! `jsonl`: a bill a line, as it stands in the bill document.

use std::io::Write;

use super::bills::Bills;
use super::document::BillDocument;
use super::halt::Halt;

pub(super) fn write(bills: &Bills<'_>, to: &mut impl Write) -> Result<(), Halt> {
    let mut reader = bills.open()?;
    while let Some(head) = reader.next()? {
        let bill = BillDocument::new(&head, &mut reader);
        serde_json::to_writer(&mut *to, &bill).map_err(|error| bill.halted(error.into()))?;
        to.write_all(b"\n")?;
    }
    Ok(())
}
