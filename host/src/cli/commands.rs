//! Which commands there are, and what becomes of the one that is named.

use std::cell::Cell;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory as _, Parser, Subcommand};

use super::context::{Context, Format, Global};
use super::{
    adjust, check, close, completions, diff, doctor, explain, export, fetch, history, import, index, init,
    lines, map, normalize, plugin, publish, rate, run, schema, status, test, verify,
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

/// Runs the command that the arguments name.
pub(crate) fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let terminal = Arc::new(Terminal::new(arguments.global.quiet, arguments.global.verbose));
    let context =
        Context { global: arguments.global, terminal, stop: Stop::listen(), has_result: Cell::new(false) };
    let others: &[Format] = match &arguments.command {
        Command::Diff(_) => &[Format::Markdown, Format::Html],
        Command::Export(_) | Command::Lines(_) => &[Format::Jsonl, Format::Csv],
        _ => &[],
    };
    let format = context.global.format;
    let result = match arguments.command {
        _ if !matches!(format, Format::Table | Format::Json) && !others.contains(&format) => {
            let which = "--format markdown and html are for `diff`, jsonl and csv for `export` and `lines`";
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
        Command::Completions(command) => command.run(&context, Arguments::command()),
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
        Arguments::command().debug_assert();
    }
}
