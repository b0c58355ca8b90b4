//! `csv`: a row for each line of a bill, with whose bill it is on.

use std::io::{self, Write};

use super::bills::Bills;
use super::halt::Halt;
use crate::output::cell::harmless;
use crate::output::money::fixed;
use crate::output::paper;
use crate::store::LineRow;

const HEADER: [&str; 20] = [
    "month",
    "customer",
    "customer_name",
    "position",
    "kind",
    "name",
    "sku",
    "quantity",
    "unit",
    "unit_price",
    "amount",
    "currency",
    "tax",
    "rules",
    "adjusts_month",
    "included",
    "days",
    "tiers",
    "list",
    "discounts",
];

pub(super) fn write(bills: &Bills<'_>, to: &mut impl Write) -> Result<(), Halt> {
    let mut rows = csv::WriterBuilder::new().from_writer(to);
    rows.write_record(HEADER).map_err(written)?;
    let (month, mut reader) = (bills.month.to_string(), bills.open()?);
    while let Some(head) = reader.next()? {
        let mut unwritten = None;
        reader.each_line(&head, |position, line| {
            if unwritten.is_some() {
                return Ok(());
            }
            let rules: Vec<&str> = line.rules().collect();
            let [included, days, tiers, list, discounts] = told(line, head.places);
            let record = [
                month.as_str(),
                &harmless(&head.customer),
                &harmless(head.name.as_deref().unwrap_or_default()),
                &position.to_string(),
                line.kind,
                &harmless(line.name),
                &harmless(line.sku.unwrap_or_default()),
                &line.quantity.map(|quantity| quantity.to_string()).unwrap_or_default(),
                &harmless(line.unit.unwrap_or_default()),
                &line.unit_price.map(|price| price.to_string()).unwrap_or_default(),
                &fixed(line.amount, head.places),
                head.currency.code(),
                &harmless(line.tax),
                &harmless(&rules.join(" ")),
                &line.adjusts.as_ref().map(|adjusts| adjusts.month.to_string()).unwrap_or_default(),
                &included,
                &days,
                &tiers,
                &list,
                &harmless(&discounts),
            ];
            unwritten = rows.write_record(record).err();
            Ok(())
        })?;
        if let Some(error) = unwritten {
            return Err(written(error));
        }
    }
    Ok(rows.flush()?)
}

/// What a line says beside quantity and unit price.
fn told(line: &LineRow<'_>, places: u32) -> [String; 5] {
    let Some(paper) = &line.paper else { return Default::default() };
    let tiers: Vec<String> = paper.tiers.iter().map(paper::tier).collect();
    let discounts = paper.discounts.iter().map(|off| format!("{} {}", off.rule, fixed(off.amount, places)));
    [
        paper.included.map(|included| included.to_string()).unwrap_or_default(),
        paper.days.map(|(active, of)| format!("{active}/{of}")).unwrap_or_default(),
        tiers.join("; "),
        fixed(paper.list, places),
        discounts.collect::<Vec<_>>().join("; "),
    ]
}

fn written(error: csv::Error) -> Halt {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Halt::Write(error),
        other => Halt::Write(io::Error::other(format!("{other:?}"))),
    }
}
