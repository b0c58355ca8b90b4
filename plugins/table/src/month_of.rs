//! Whether a payload is of the month that is asked for: by its records' dates, by a cell above its header, by its name.

use ratebook_plugin::written::ways_of;
use ratebook_plugin::{Date, Faults, Level, Lines, Month, Problem, shown};

use crate::above::AboveLine;
use crate::config::{OtherMonths, Settings};
use crate::read::Record;

/// Compares a payload with the month that is asked for.
pub(crate) struct MonthOf<'s> {
    settings: &'s Settings,
    month: Month,
    /// The first records of other months.
    first_others: Vec<String>,
    others: u64,
    /// The last date that is of the month, as it is written.
    fitting_date: String,
}

impl<'s> MonthOf<'s> {
    pub(crate) fn new(settings: &'s Settings, month: Month) -> MonthOf<'s> {
        MonthOf { settings, month, first_others: Vec::new(), others: 0, fitting_date: String::new() }
    }

    /// Refuses a file that is called after another month.
    pub(crate) fn check_name(&self, name: &str) -> Result<(), Problem> {
        let Some(format) = &self.settings.month.file_name else { return Ok(()) };
        let asked = self.month;
        let stem = name.strip_suffix(".gz").unwrap_or(name);
        let (mut months, pattern) = (months_of(format.all_in(stem)), format.pattern());
        months.dedup();
        match months.as_slice() {
            [month] if *month == asked => Ok(()),
            [other] => {
                Err(Problem::data(format!("asked for {asked}, and the file {name} is called after {other}")))
            }
            [] => Err(Problem::data(format!(
                "the name of the file {name} holds no date written like {pattern}"
            ))
            .advise(
                "Call the file after its month, or take month.file_name out and check the month otherwise.",
            )),
            _ => Err(Problem::data(format!(
                "the name of the file {name} holds several months written like {pattern}"
            ))),
        }
    }

    /// Compares the period above the header with the month.
    pub(crate) fn check_period(&self, preamble: &[AboveLine]) -> Result<(), Problem> {
        let check = &self.settings.month;
        let Some(cell) = &check.preamble else { return Ok(()) };
        let name = cell.name();
        let Some(period) = cell.said(preamble) else {
            // A column that is checked says it too.
            return match check.column.is_some() || check.file_name.is_some() {
                true => Ok(()),
                false => Err(Problem::data(format!("the file says nothing of its month above its header: no {name} there"))
                    .advise(
                        "Export the file with those lines, or check the month otherwise: month.column, or month.file_name.",
                    )),
            };
        };
        let format = check.dates.as_ref().unwrap_or(&self.settings.dates);
        let mut days = format.all_in(period);
        if days.is_empty() {
            // Dates of a sheet's own kind are there as `dates` writes them.
            days = self.settings.dates.all_in(period);
        }
        let month = self.month;
        // Whether the last day is the month's own or the one after it differs from vendor to vendor.
        let inside = days.iter().all(|day| (month.first_day()..=month.next().first_day()).contains(day));
        match days.first() {
            Some(first) if inside && Month::of(*first) == month => Ok(()),
            Some(_) => Err(Problem::data(format!("asked for {month}, the file's {name} is {period}"))),
            None => {
                let (text, pattern) = (shown(period), format.pattern());
                let problem = Problem::data(format!(
                    "the file's {name} is {text}, which holds no date written like {pattern}"
                ));
                Err(match ways_in(period) {
                    Some(advice) => problem.advise(advice.replace("dates =", "month.dates =")),
                    None => problem,
                })
            }
        }
    }

    /// Checks the record's date; what to say of it if it is to be skipped.
    pub(crate) fn is_another(&mut self, record: &Record<'_>, faults: &mut Faults) -> Option<String> {
        let check = &self.settings.month;
        let column = check.column?;
        let (name, text) = (&self.settings.columns[column].name, record.cells[column].text());
        if !text.is_empty() && text == self.fitting_date {
            return None;
        }
        let Some(date) = self.settings.dates.read(text) else {
            let pattern = self.settings.dates.pattern();
            faults.add(
                record.place,
                format_args!("{name}: {} is not a date written like {pattern}", shown(text)),
            );
            if let Some(advice) = ways_in(text) {
                faults.advise(advice);
            }
            return None;
        };
        if Month::of(date) == self.month {
            text.clone_into(&mut self.fitting_date);
            return None;
        }
        self.others += 1;
        match check.others {
            OtherMonths::Refuse => {
                let asked = self.month;
                faults
                    .add(record.place, format_args!("{name}: asked for {asked}, the record is dated {text}"));
                faults.advise(
                    "Export the month that is asked for; or set month.others: \"skip\" leaves such records out, \"warn\" \
                     bills them in the month.",
                );
                None
            }
            OtherMonths::Skip => Some(format!("{name} {text}")),
            OtherMonths::Warn => {
                if self.first_others.len() < 3 {
                    self.first_others.push(format!("{} ({text})", record.place));
                }
                None
            }
        }
    }

    /// Tells what the records together show.
    pub(crate) fn tell(&self, records: u64, out: &mut Lines<'_>) -> Result<(), Problem> {
        let MonthOf { settings, month, first_others, others, .. } = self;
        let check = &settings.month;
        if *others > 0 && check.others == OtherMonths::Warn {
            let places = first_others.join(", ");
            let more = if *others > first_others.len() as u64 { " ..." } else { "" };
            out.log(
                Level::Warning,
                format!("of {records} records, {others} billed in {month} though dated in another month: {places}{more}"),
            )?;
        }
        if check.column.is_none() && check.preamble.is_none() && check.file_name.is_none() {
            let level = if check.unchecked { Level::Note } else { Level::Warning };
            out.log(
                level,
                format!(
                    "nothing in the payload was compared with {month}: a file of another month would be billed in it. Say what \
                     tells the month: month.column, month.preamble or month.file_name; or month.unchecked = true"
                ),
            )?;
        }
        Ok(())
    }
}

fn months_of(days: Vec<Date>) -> Vec<Month> {
    days.into_iter().map(Month::of).collect()
}

/// What to write in `dates` so that a text is read; where it may be two dates, both are told.
fn ways_in(text: &str) -> Option<String> {
    let ways = ways_of(text);
    let first = ways.first()?.0;
    let meant: Vec<String> = ways.iter().map(|(way, date)| format!("{date} written like {way:?}")).collect();
    let doubt = if ways.len() > 1 { "; which of them, no cell alone says" } else { "" };
    Some(format!(
        "It is {}{doubt}. Set dates = {first:?}, or whichever the vendor writes.",
        meant.join(", or ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_ways_of_a_date_are_told() {
        let advice = ways_in("4/1/25").unwrap();
        assert!(
            advice.starts_with(
                "It is 2025-04-01 written like \"M/D/YY\", or 2025-01-04 written like \"D/M/YY\"; which"
            ),
            "{advice}"
        );
        assert!(ways_in("2026/03/31").unwrap().contains("dates = \"YYYY/MM/DD\""));
        assert_eq!(ways_in("soon"), None);
    }
}
