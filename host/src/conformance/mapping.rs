//! What a plugin makes of payloads.

use std::collections::BTreeSet;

use ratebook_plugin::batch::{BatchError, read_block};
use ratebook_plugin::call::{Call, HostServices, Reply};
use ratebook_plugin::testing::Bodies;
use ratebook_plugin::{Month, Problem, ProblemKind};

use super::fixtures::Fixture;
use super::trial::Trial;
use super::verdict::{
    Check, Verdict, check, first_line, is_configuration, needs_configuration, passed_if, refused_as,
};
use crate::plugins::PluginError;

/// Bytes that are no payload of any vendor, by what they are.
const RUBBISH: [(&str, &[u8]); 5] = [
    ("an empty payload", b""),
    ("a text", b"hello, this is no report\n"),
    ("a web page", b"<!doctype html><html><body>Sign in</body></html>"),
    ("half a JSON document", b"{\"data\": [{\"a\": 1"),
    ("bytes of no text", &[0x00, 0xff, 0xfe, 0x80, 0x01, 0x02, 0xc3, 0x28]),
];

/// What a refused payload may be told as.
const REFUSED: [ProblemKind; 3] = [ProblemKind::Data, ProblemKind::Empty, ProblemKind::NotYet];

/// The checks of mapping: rubbish in every format, then the author's fixtures.
pub(super) fn checks(trial: &Trial<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    // What is looked up is never mapped: how it is refused shows with the payload that looks it up.
    for format in trial.about.formats.iter().filter(|format| !format.reference) {
        for (what, bytes) in RUBBISH {
            checks.push(check(
                format!("{what} is refused as {}", format.id),
                rubbish(trial, &format.id, bytes),
            ));
        }
    }
    if trial.fixtures.is_empty() {
        let why = "no fixtures: --fixtures DIR names them";
        checks.push(check("fixtures are mapped", Verdict::Skipped(why.to_owned())));
    }
    for fixture in &trial.fixtures {
        checks.extend(fixture_checks(trial, fixture));
    }
    checks
}

fn rubbish(trial: &Trial<'_>, format: &str, bytes: &[u8]) -> Verdict {
    let mut host = Payloads::new(trial.month, Bodies::of(bytes));
    match trial.plugin.map(&trial.config, trial.month, format, "payload", &mut host) {
        Err(error) => refused(&error),
        Ok(()) => Verdict::Failed(format!("it was taken: {} lines", host.lines.len())),
    }
}

fn fixture_checks(trial: &Trial<'_>, fixture: &Fixture) -> Vec<Check> {
    let name = &fixture.name;
    let map = |bytes: &[u8]| -> (Result<(), PluginError>, Payloads) {
        let mut host = Payloads::new(fixture.month, fixture.beside(bytes));
        let config =
            ratebook_plugin::Config { values: fixture.config(&trial.config), ..trial.config.clone() };
        (trial.plugin.map(&config, fixture.month, &fixture.format, &fixture.file, &mut host), host)
    };
    let (first, one) = map(&fixture.bytes);
    let (second, other) = map(&fixture.bytes);
    let same = one.lines == other.lines && one.skipped == other.skipped && told(&first) == told(&second);
    let mut checks = vec![check(
        format!("{name}: mapped twice it is the same"),
        passed_if(same, "the second time something else came out"),
    )];
    match first {
        Err(error) => checks.push(check(format!("{name}: is refused in words"), refused(&error))),
        Ok(()) => {
            checks.push(check(format!("{name}: every record is a line or skipped, once"), one.accounted()));
            let (cut, half) = map(&fixture.bytes[..fixture.bytes.len() / 2]);
            checks.push(check(
                format!("{name}: half of it is refused"),
                match cut {
                    Err(error) => refused(&error),
                    Ok(()) if half.rows.len() < one.rows.len() => Verdict::Skipped(
                        "half of such a payload looks like a whole one: only its size or its gzip can tell"
                            .to_owned(),
                    ),
                    Ok(()) => Verdict::Failed("half of it is as good as all of it".to_owned()),
                },
            ));
        }
    }
    checks
}

/// Refused as data, unless it was the configuration that was.
fn refused(error: &PluginError) -> Verdict {
    if is_configuration(error) { needs_configuration(error) } else { refused_as(error, &REFUSED) }
}

fn told(result: &Result<(), PluginError>) -> Option<String> {
    result.as_ref().err().map(|error| error.problem().map_or_else(|| error.to_string(), first_line))
}

/// A host that has one payload and writes down what becomes of it.
struct Payloads {
    month: Month,
    bodies: Bodies,
    lines: Vec<String>,
    skipped: Vec<String>,
    rows: BTreeSet<u64>,
    twice: Option<u64>,
}

impl Payloads {
    fn new(month: Month, bodies: Bodies) -> Payloads {
        let (lines, skipped) = (Vec::new(), Vec::new());
        Payloads { month, bodies, lines, skipped, rows: BTreeSet::new(), twice: None }
    }

    fn account(&mut self, row: u64) {
        if !self.rows.insert(row) {
            self.twice.get_or_insert(row);
        }
    }

    fn accounted(&self) -> Verdict {
        if let Some(row) = self.twice {
            return Verdict::Failed(format!("record {row} is told of twice"));
        }
        let missing = (1..).zip(&self.rows).find(|(wanted, row)| wanted != *row);
        match missing {
            Some((wanted, _)) => Verdict::Failed(format!("record {wanted} is neither a line nor skipped")),
            None => Verdict::Passed,
        }
    }
}

impl HostServices for Payloads {
    fn call(&mut self, call: Call, bytes: &mut Vec<u8>) -> Result<Reply, Problem> {
        if let Some(answer) = self.bodies.answer(&call, bytes) {
            return answer;
        }
        let broken = |error: BatchError| Problem::plugin(error.to_string());
        match call {
            Call::Block => {
                let block = read_block(bytes, self.month).map_err(broken)?;
                for row in 0..block.lines.rows() {
                    let record = block.lines.records().get(row);
                    let line = block.lines.line(row).map_err(|error| broken(error.into()))?;
                    let compared = (block.fingerprints.get(row), block.duplicates.get(row));
                    self.account(record);
                    self.lines.push(format!("{record} {line:?} {compared:?}"));
                }
                for (record, reason, what) in block.skipped.iter() {
                    self.account(record);
                    self.skipped.push(format!("{record} {reason:?} {what}"));
                }
            }
            Call::Log { .. } | Call::Progress { .. } => {}
            other => return Err(Problem::plugin(format!("map must not ask the host for {other:?}"))),
        }
        Ok(Reply::Done)
    }
}
