//! `ratebook test`: rules against recorded months and cases written by hand.

mod record;
mod watch;

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use ratebook_rating::{Coverage, CoverageReport, Rulebook};

use super::context::{Context, Format};
use super::stage;
use crate::config::Workspace;
use crate::failure::{Exit, Failure, Failures};
use crate::output::coverage;
use crate::output::money::counted;
use crate::output::tests::{Results, causes_text, moved_text};
use crate::rating::How;
use crate::run;
use crate::testing::{self, Look, Moved, MovedBy, Recorded, Tests, case};

/// Test rules against recorded months and cases written by hand; nobody is billed
///
/// Recorded months stand in `tests/<month>/`, cases in `tests/cases/<name>/`. What is not as expected is written beside it
/// as .snap.new (never in CI), and the exit code is 4.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Test {
    #[command(subcommand)]
    command: Option<Command>,
    /// Only these months and cases, by name
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Take what rating says now as what is expected
    #[arg(long, conflicts_with_all = ["review", "watch", "ci"])]
    accept: bool,
    /// Look at everything that moves, and accept or reject it one by one
    #[arg(long, conflicts_with_all = ["watch", "ci"])]
    review: bool,
    /// Test again whenever a file of rules or tests is saved; writes nothing
    #[arg(long)]
    watch: bool,
    /// Write nothing [default: if the environment variable CI is set]
    #[arg(long)]
    ci: bool,
    /// Show what no recorded month exercises: rules, tiers, prices
    #[arg(long, conflicts_with_all = ["accept", "review", "watch"])]
    coverage: bool,
}

#[derive(clap::Subcommand)]
enum Command {
    Record(record::Record),
}

/// What is tested, as the options choose it.
struct Chosen {
    months: Vec<Recorded>,
    cases: Vec<PathBuf>,
}

impl Test {
    pub(super) fn run(&self, context: &Context) -> Result<(), Failures> {
        if let Some(Command::Record(record)) = &self.command {
            return record.run(context);
        }
        let workspace = stage::workspace(context)?;
        let in_ci = self.ci || std::env::var_os("CI").is_some_and(|ci| !ci.is_empty() && ci != "false");
        if in_ci && (self.accept || self.review) {
            return Err(
                Failure::usage("nothing is accepted in CI (the environment variable CI is set)").into()
            );
        }
        if self.watch {
            return watch::watch(context, &workspace, |quiet| {
                self.once(context, &workspace, false, quiet).map(|_| ())
            });
        }
        let write = !in_ci;
        let _hold = write.then(|| Tests::of(&workspace).hold(&workspace.root)).transpose()?;
        let results = self.once(context, &workspace, write, self.review)?;
        let moved: Vec<&Moved> = results.moved().collect();
        let mut waiting = moved.len() as u64;
        if self.accept {
            moved.iter().try_for_each(|moved| moved.accept())?;
            context.terminal.note(&format!("{} accepted", counted(moved.len() as u64, "snapshot")));
            waiting = 0;
        } else if self.review {
            let root = &workspace.root;
            let by = self.causes(context, &workspace, &results)?;
            let reviewed = testing::review(
                &moved,
                |moved| moved_text(moved, root) + &causes_text(by.of(&moved.path)),
                &mut io::stdin().lock(),
                &mut io::stdout().lock(),
            )?;
            let testing::Reviewed { accepted, rejected, left } = reviewed;
            context.terminal.note(&format!("{accepted} accepted, {rejected} rejected, {left} left"));
            waiting = rejected + left;
        }
        verdict(&results, waiting, in_ci)
    }

    /// Why the bills moved that are looked at.
    fn causes(
        &self,
        context: &Context,
        workspace: &Workspace,
        results: &Results,
    ) -> Result<MovedBy, Failures> {
        let tests = Tests::of(workspace);
        let checked = results.months.iter().filter_map(|(month, checked)| {
            Some((tests.month(*month), checked.as_ref().ok()?.moved.as_slice()))
        });
        let checked: Vec<_> = checked.collect();
        let (voice, folder) = (context.terminal.voice("tests"), stage::temporary()?);
        let spill = folder.path().join("lines");
        let how = How { parts: 1, spill: &spill, cancel: &context.stop.flag(), voice: &voice };
        MovedBy::look_up(workspace, checked.iter().map(|(recorded, moved)| (recorded, *moved)), how)
    }

    /// Tests everything that is chosen, and prints what became of it.
    fn once(
        &self,
        context: &Context,
        workspace: &Workspace,
        write: bool,
        quiet: bool,
    ) -> Result<Results, Failures> {
        let chosen = self.chosen(workspace)?;
        let (rulebook, _) = run::load_rules(workspace)?;
        let results = test(context, &rulebook, &chosen, write, self.coverage)?;
        let report = self.coverage.then(|| report(&results, &rulebook));
        match context.global.format {
            _ if quiet => {}
            Format::Json => {
                let mut json = results.json(&workspace.root);
                if let Some(report) = &report {
                    json["coverage"] = serde_json::json!(report);
                }
                context.print_result(&format!("{json:#}\n"))?;
            }
            _ => {
                let mut text = results.text(&workspace.root, context.global.verbose);
                text += &report.as_ref().map(coverage::text).unwrap_or_default();
                context.print_result(&text)?;
            }
        }
        Ok(results)
    }

    fn chosen(&self, workspace: &Workspace) -> Result<Chosen, Failures> {
        let tests = Tests::of(workspace);
        let (months, cases) = (tests.months()?, tests.cases()?);
        if months.is_empty() && cases.is_empty() {
            let failure = Failure::usage("there are no recorded months and no cases in tests/");
            return Err(failure
                .fix("Record a month that was run: ratebook test record --month YYYY-MM")
                .into());
        }
        let mut unknown: Vec<&String> = self.names.iter().collect();
        let mut is_wanted = |name: &str| {
            unknown.retain(|wanted| *wanted != name);
            self.names.is_empty() || self.names.iter().any(|wanted| wanted == name)
        };
        let chosen = Chosen {
            months: months
                .into_iter()
                .filter(|month| is_wanted(&month.to_string()))
                .map(|month| tests.month(month))
                .collect(),
            cases: cases.into_iter().filter(|case| is_wanted(&name_of(case))).collect(),
        };
        match unknown.first() {
            None => Ok(chosen),
            Some(name) => {
                Err(Failure::usage(format!("there is no recorded month and no case {name:?}")).into())
            }
        }
    }
}

/// What all recorded months exercise together. Cases are not counted: what only a case exercises bills nobody.
fn report(results: &Results, rulebook: &Rulebook) -> CoverageReport {
    let checked = results.months.iter().filter_map(|(_, checked)| checked.as_ref().ok());
    let all = checked.fold(Coverage::default(), |all, checked| all.merge(&checked.coverage));
    all.report(rulebook)
}

fn test(
    context: &Context,
    rulebook: &Rulebook,
    chosen: &Chosen,
    write: bool,
    coverage: bool,
) -> Result<Results, Failures> {
    let voice = context.terminal.voice("tests");
    let folder = stage::temporary()?;
    let cancel = context.stop.flag();
    let spill = folder.path().join("lines");
    let how = How { parts: 1, spill: &spill, cancel: &cancel, voice: &voice };
    let mut results = Results::default();
    for recorded in &chosen.months {
        let checked = testing::check(recorded, rulebook, Look { how, write, coverage });
        results.months.push((recorded.month, checked));
    }
    for path in &chosen.cases {
        results.cases.push((name_of(path), case::check(path, rulebook, how)));
    }
    Ok(results)
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// `1 case is`, `3 cases are`.
fn are(count: u64, what: &str) -> String {
    format!("{} {}", counted(count, what), if count == 1 { "is" } else { "are" })
}

/// What the command ends with.
fn verdict(results: &Results, moved: u64, in_ci: bool) -> Result<(), Failures> {
    let mut failures = results.failures();
    let wrong = results.wrong_cases();
    if moved > 0 {
        let failure =
            Failure::new(Exit::Review, "E-TEST", format!("{} not as expected", are(moved, "snapshot")));
        failures.push(failure.fix(match (in_ci, io::stdin().is_terminal()) {
            (true, _) => {
                "Run `ratebook test` where the rules are edited, look at it, accept it, and commit it."
            }
            (false, true) => "`ratebook test --review` asks for each; --accept takes all.",
            (false, false) => "Look at the .snap.new files; `ratebook test --accept` takes all.",
        }));
    }
    if wrong > 0 {
        let failure =
            Failure::new(Exit::Review, "E-TEST", format!("{} not as written by hand", are(wrong, "case")));
        failures.push(failure.fix("Correct the rules, or what case.toml says."));
    }
    if failures.is_empty() { Ok(()) } else { Err(Failures(failures)) }
}
