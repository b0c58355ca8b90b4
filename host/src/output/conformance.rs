//! What came of trying a plugin: a table, and JUnit XML for CI.

use std::fmt::Write as _;

use super::table;
use crate::conformance::{Check, Verdict};
use crate::failure::escaped;

/// A row for each check, then how many passed.
pub(crate) fn text(checks: &[Check]) -> String {
    let rows: Vec<Vec<String>> = checks
        .iter()
        .map(|check| {
            let (verdict, why) = match &check.verdict {
                Verdict::Passed => ("passed", ""),
                Verdict::Failed(why) => ("FAILED", why.as_str()),
                Verdict::Skipped(why) => ("skipped", why.as_str()),
            };
            vec![verdict.to_owned(), escaped(&check.name), escaped(why)]
        })
        .collect();
    let [passed, failed, skipped] = counts(checks);
    let end = format!("\n{passed} passed, {failed} failed, {skipped} skipped\n");
    table::plain(&["", "check", "why"], &rows, &[]) + &end
}

/// How many passed, failed, were skipped.
pub(crate) fn counts(checks: &[Check]) -> [usize; 3] {
    let count = |of: fn(&Verdict) -> bool| checks.iter().filter(|check| of(&check.verdict)).count();
    [
        count(|verdict| matches!(verdict, Verdict::Passed)),
        count(|verdict| matches!(verdict, Verdict::Failed(_))),
        count(|verdict| matches!(verdict, Verdict::Skipped(_))),
    ]
}

/// The form that CI systems read.
pub(crate) fn junit(suite: &str, checks: &[Check]) -> String {
    let [_, failed, skipped] = counts(checks);
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a text cannot fail.
    let _ = writeln!(
        xml,
        "<testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\" skipped=\"{skipped}\">",
        attribute(suite),
        checks.len()
    );
    for check in checks {
        let head =
            format!("  <testcase classname=\"{}\" name=\"{}\"", attribute(suite), attribute(&check.name));
        let _ = match &check.verdict {
            Verdict::Passed => writeln!(xml, "{head}/>"),
            Verdict::Failed(why) => {
                writeln!(xml, "{head}><failure message=\"{}\"/></testcase>", attribute(why))
            }
            Verdict::Skipped(why) => {
                writeln!(xml, "{head}><skipped message=\"{}\"/></testcase>", attribute(why))
            }
        };
    }
    xml + "</testsuite>\n"
}

fn attribute(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in escaped(text).chars() {
        match letter {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            _ => safe.push(letter),
        }
    }
    safe
}
