//! Which commands there are, and what becomes of the one that is named.

use std::cell::Cell;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use clap_complete::CompleteEnv;

use super::context::{Context, Format, Global};
use super::{
    adjust, check, close, complete, completions, diff, doctor, examples, explain, export, fetch, history,
    import, index, init, lines, map, normalize, plugin, publish, rate, run, schema, status, test, todo,
    verify,
};
use crate::failure::{Failure, Failures};
use crate::files::json_text;
use crate::stop::Stop;
use crate::terminal::Terminal;

/// Turn what vendors say was used into bills that can be explained to the cent
#[derive(Parser)]
#[command(name = "ratebook", version, max_term_width = 100, disable_help_subcommand = true)]
struct Arguments {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Init(init::Init),
    Check(check::Check),
    Run(run::Run),
    Fetch(fetch::Fetch),
    Import(import::Import),
    Normalize(normalize::Normalize),
    Rate(rate::Rate),
    Todo(todo::Todo),
    Explain(explain::Explain),
    Lines(lines::Lines),
    Export(export::Export),
    Verify(verify::Verify),
    Close(close::Close),
    Adjust(adjust::Adjust),
    Status(status::Status),
    History(history::History),
    Index(index::Index),
    Publish(publish::Publish),
    Doctor(doctor::Doctor),
    Diff(diff::Diff),
    Test(test::Test),
    Plugin(plugin::Plugin),
    Map(map::Map),
    Schema(schema::Schema),
    Completions(completions::Completions),
}

/// The command line, whole.
fn command() -> clap::Command {
    complete::completing(examples::with_examples(Arguments::command()))
}

/// Runs the command that the arguments name.
pub(crate) fn main() -> ExitCode {
    // A shell that asks how a command line goes on gets its answer, and nothing else is done.
    CompleteEnv::with_factory(command).var(complete::VARIABLE).complete();
    let matches = command().get_matches();
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let terminal = Arc::new(Terminal::new(arguments.global.quiet, arguments.global.verbose));
    let context =
        Context { global: arguments.global, terminal, stop: Stop::listen(), has_result: Cell::new(false) };
    let others: &[Format] = match &arguments.command {
        Command::Diff(_) => &[Format::Markdown, Format::Html],
        Command::Export(_) | Command::Lines(_) => &[Format::Jsonl, Format::Csv],
        Command::Todo(_) => &[Format::Toml, Format::Csv],
        _ => &[],
    };
    let format = context.global.format;
    let result = match arguments.command {
        _ if !matches!(format, Format::Table | Format::Json) && !others.contains(&format) => {
            let which = "--format markdown and html are for `diff`, jsonl and csv for `export` and `lines`, toml and csv for `todo`";
            Err(Failure::usage(which).into())
        }
        Command::Diff(command) => command.run(&context),
        Command::Export(command) => command.run(&context),
        Command::Lines(command) => command.run(&context),
        Command::Init(command) => command.run(&context),
        Command::Check(command) => command.run(&context),
        Command::Run(command) => command.run(&context),
        Command::Fetch(command) => command.run(&context),
        Command::Import(command) => command.run(&context),
        Command::Normalize(command) => command.run(&context),
        Command::Rate(command) => command.run(&context),
        Command::Todo(command) => command.run(&context),
        Command::Explain(command) => command.run(&context),
        Command::Verify(command) => command.run(&context),
        Command::Close(command) => command.run(&context),
        Command::Adjust(command) => command.run(&context),
        Command::Status(command) => command.run(&context),
        Command::History(command) => command.run(&context),
        Command::Index(command) => command.run(&context),
        Command::Publish(command) => command.run(&context),
        Command::Doctor(command) => command.run(&context),
        Command::Test(command) => command.run(&context),
        Command::Plugin(command) => command.run(&context),
        Command::Map(command) => command.run(&context),
        Command::Schema(command) => command.run(&context),
        Command::Completions(command) => command.run(&context),
    };
    context.terminal.count_warnings();
    match (result, context.stop.code()) {
        (Ok(()), _) => ExitCode::SUCCESS,
        (Err(_), Some(code)) => {
            context.terminal.note("stopped; what is on disk is whole");
            ExitCode::from(code)
        }
        (Err(failures), None) => {
            if context.json() && !context.has_result.get() {
                // The error is the result; it is said once, where programs look.
                let said =
                    json_text(&failures.json()).map_err(Failures::from).and_then(|text| context.print(&text));
                if let Err(unsaid) = said {
                    context.terminal.fail(&failures);
                    context.terminal.fail(&unsaid);
                }
            } else {
                context.terminal.fail(&failures);
            }
            ExitCode::from(failures.exit() as u8)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    /// All commands with their names, those below others too; `help` is clap's.
    fn all(command: &clap::Command, name: &str) -> Vec<(String, clap::Command)> {
        let mut found = vec![(name.to_owned(), command.clone())];
        for below in command.get_subcommands() {
            found.extend(all(below, &format!("{name} {}", below.get_name())));
        }
        found
    }

    /// The words of a command line as a shell takes them apart, as far as examples need it.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
        for letter in line.chars() {
            match letter {
                '"' => quoted = !quoted,
                '#' | '>' if !quoted && word.is_empty() => break,
                ' ' if !quoted => {
                    words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
                }
                letter => word.push(letter),
            }
        }
        words.extend(Some(word).filter(|word| !word.is_empty()));
        words
    }

    #[test]
    fn the_help_of_each_command_ends_with_two_or_three_examples_that_are_taken() {
        let command = command();
        let commands = all(&command, "ratebook");
        assert!(commands.len() > 30, "{}", commands.len());
        for (name, command) in commands {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let lines: Vec<&str> = help.strip_prefix("Examples:\n").unwrap_or_default().lines().collect();
            assert!((2..=3).contains(&lines.len()), "{name} has {} examples", lines.len());
            for line in lines {
                let words = words(line);
                assert!(words.join(" ").starts_with(&name), "{line:?} is no example of {name}");
                let taken = super::command().try_get_matches_from(words);
                assert!(taken.is_ok(), "{line:?}: {}", taken.unwrap_err());
            }
            assert!(
                command.clone().render_long_help().to_string().trim_end().ends_with(help.trim_end()),
                "{name}"
            );
        }
    }

    #[test]
    fn months_customers_sources_and_rules_are_completed_in_every_command() {
        use clap_complete::engine::ArgValueCandidates;
        let mut seen = std::collections::BTreeSet::new();
        for (name, command) in all(&command(), "ratebook") {
            for argument in command.get_arguments() {
                let long = argument.get_long().unwrap_or_default();
                let is_month =
                    long == "month" || long == "from-month" || long == "into" && name == "ratebook adjust";
                if is_month || ["customer", "source", "rule"].contains(&long) {
                    assert!(argument.get::<ArgValueCandidates>().is_some(), "{name} --{long}");
                    seen.insert(long.to_owned());
                }
            }
        }
        assert_eq!(
            seen.into_iter().collect::<Vec<_>>(),
            ["customer", "from-month", "into", "month", "rule", "source"]
        );
    }
}
