//! Values that a shell completes: the months, customers, sources and rules of the workspace that a command line is about.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Arg, Command};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use ratebook_line::Month;

use crate::config::Workspace;
use crate::run::{self, MonthFolder, Totals};

/// The variable by which a shell asks. Its value is the shell's name.
pub(super) const VARIABLE: &str = "RATEBOOK_COMPLETE";

/// Where a workspace keeps months: what was run, what is recorded.
const MONTHS: [&str; 2] = ["runs", "recordings"];

/// A command whose values are completed, with all of its subcommands.
pub(super) fn completing(command: Command) -> Command {
    command.mut_args(with_values).mut_subcommands(completing)
}

/// An argument of any command; what its values are is told by how it is called everywhere.
fn with_values(argument: Arg) -> Arg {
    let is_month =
        argument.get_value_names().is_some_and(|names| names.iter().any(|name| *name == "YYYY-MM"));
    let values: fn() -> Vec<CompletionCandidate> = match argument.get_long() {
        _ if is_month => months,
        Some("customer") => customers,
        Some("source") => sources,
        Some("rule") => rules,
        _ => return argument,
    };
    argument.add(ArgValueCandidates::new(values))
}

/// The workspace of the command line that is being completed.
fn root() -> Option<PathBuf> {
    // Before `--` stands who asks, behind it what was typed.
    let typed: Vec<OsString> = std::env::args_os().skip_while(|argument| argument != "--").skip(1).collect();
    let named = named(&typed).or_else(|| std::env::var_os("RATEBOOK_WORKSPACE").map(PathBuf::from));
    named.or_else(|| Workspace::nearest().ok())
}

/// The value of `--workspace` among the words of a command line.
fn named(words: &[OsString]) -> Option<PathBuf> {
    let value = |(at, word): (usize, &OsString)| {
        let text = word.to_str()?;
        match text {
            "-w" | "--workspace" => words.get(at + 1).map(PathBuf::from),
            _ => {
                let behind = text.strip_prefix("--workspace=");
                let short = || text.strip_prefix("-w").filter(|_| !text.starts_with("--"));
                behind.or_else(short).map(PathBuf::from)
            }
        }
    };
    words.iter().enumerate().find_map(value).filter(|path| path.as_os_str() != OsStr::new(""))
}

fn workspace() -> Option<Workspace> {
    Workspace::open(Some(&root()?)).ok()
}

/// The months that there is something of, and the last that is over.
fn months() -> Vec<CompletionCandidate> {
    let Some(root) = root() else { return Vec::new() };
    let mut months: BTreeSet<Month> =
        MONTHS.iter().flat_map(|folder| months_in(&root.join(folder))).collect();
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    months.extend(last_over(today));
    months.into_iter().map(|month| CompletionCandidate::new(month.to_string())).collect()
}

/// The last month that is over on a day.
fn last_over(today: jiff::civil::Date) -> Option<Month> {
    let before = today.first_of_month().yesterday().ok()?;
    format!("{:04}-{:02}", before.year(), before.month()).parse().ok()
}

fn months_in(folder: &Path) -> Vec<Month> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// Who is declared in the rules, and who has a bill of the newest month that was rated.
fn customers() -> Vec<CompletionCandidate> {
    let Some(workspace) = workspace() else { return Vec::new() };
    let mut customers: BTreeMap<String, Option<String>> = BTreeMap::new();
    let rated =
        months_in(&workspace.root.join("runs")).into_iter().collect::<BTreeSet<_>>().into_iter().rev();
    let newest = rated.map(|month| MonthFolder::new(&workspace.root, month).totals());
    let totals = newest.filter_map(|path| fs::read(path).ok()).next();
    let totals: Option<Totals> = totals.and_then(|text| serde_json::from_slice(&text).ok());
    customers
        .extend(totals.into_iter().flat_map(|totals| totals.customers).map(|one| (one.customer, one.name)));
    if let Ok((rulebook, _)) = run::load_rules(&workspace) {
        customers.extend(rulebook.declared().map(|(id, name)| (id.to_owned(), name.map(str::to_owned))));
    }
    let candidate =
        |(id, name): (String, Option<String>)| CompletionCandidate::new(id).help(name.map(Into::into));
    customers.into_iter().map(candidate).collect()
}

fn sources() -> Vec<CompletionCandidate> {
    let sources = workspace().map(|workspace| workspace.sources).unwrap_or_default();
    let candidate = |(name, source): (String, crate::config::Source)| {
        CompletionCandidate::new(name).help(Some(source.plugin.into()))
    };
    sources.into_iter().map(candidate).collect()
}

fn rules() -> Vec<CompletionCandidate> {
    let rules = workspace().and_then(|workspace| run::load_rules(&workspace).ok());
    let ids = rules.iter().flat_map(|(rulebook, _)| rulebook.rule_ids());
    ids.map(CompletionCandidate::new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_the_one_that_was_typed() {
        let words = |line: &str| line.split_whitespace().map(OsString::from).collect::<Vec<_>>();
        for (line, folder) in [
            ("ratebook run --workspace a/b --month", Some("a/b")),
            ("ratebook --workspace=c run --month", Some("c")),
            ("ratebook run -w d", Some("d")),
            ("ratebook run -wd", Some("d")),
            ("ratebook run --month", None),
            ("ratebook run -w", None),
        ] {
            assert_eq!(named(&words(line)), folder.map(PathBuf::from), "{line}");
        }
    }

    #[test]
    fn the_last_month_is_the_one_before_this() {
        for (today, month) in [("2026-03-31", "2026-02"), ("2026-01-01", "2025-12")] {
            assert_eq!(last_over(today.parse().unwrap()).unwrap().to_string(), month);
        }
    }
}
